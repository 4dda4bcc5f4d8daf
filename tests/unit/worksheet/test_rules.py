import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.worksheet.answers import Actor, Network, Tie
from lti_tool.worksheet.rules import (
    Audience,
    Circle,
    PhaseState,
    Verdict,
    Window,
    both_texts,
    earlier_phases,
    may_add_actor,
    may_read,
    next_number,
    phase_state,
    readers,
    snapshot_body,
    snapshot_digest,
    tie_pair,
    verdict,
)

DAY = date(2026, 3, 28)
NEXT = DAY + timedelta(days=1)
BEFORE = DAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("window", "state"),
    [
        (Window(), PhaseState.LATER),
        (Window(opens_on=NEXT), PhaseState.LATER),
        (Window(opens_on=DAY), PhaseState.OPEN),
        (Window(opens_on=DAY, closes_on=DAY), PhaseState.OPEN),
        (Window(opens_on=BEFORE, closes_on=BEFORE), PhaseState.CLOSED),
    ],
)
def test_a_phase_is_open_on_both_days_of_its_window(
    window: Window, state: PhaseState
) -> None:
    assert phase_state(window, DAY, handed_in=False) is state


def test_what_was_handed_in_stays_handed_in_when_the_dates_move() -> None:
    state = phase_state(Window(opens_on=NEXT), DAY, handed_in=True)

    assert state is PhaseState.HANDED_IN


def test_a_later_phase_looks_back_at_the_latest_one_first() -> None:
    assert earlier_phases("end") == ("mid", "start")
    assert earlier_phases("start") == ()


WORDS = ("one", "two", "three", "four", "five")
EDITS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["type", "reload"])))


@given(EDITS)
def test_two_tabs_never_lose_a_text(edits: list[tuple[str, str]]) -> None:
    log = [""]
    aside: set[str] = set()
    typed: set[str] = set()
    base = {"a": 0, "b": 0}
    for step, (tab, action) in enumerate(edits):
        current = len(log) - 1
        if action == "reload":
            base[tab] = current
            continue
        text = f"{WORDS[step % len(WORDS)]} {step} {tab}"
        typed.add(text)
        said = verdict(
            base=base[tab],
            current=current,
            sent=text,
            at_base=log[base[tab]],
            now=log[-1],
        )
        if said is Verdict.ACCEPTED:
            log.append(text)
            base[tab] = len(log) - 1
        else:
            aside.add(text)

    assert typed == {text for text in log if text} | aside


def test_a_page_that_changed_nothing_overwrites_nothing() -> None:
    said = verdict(base=1, current=2, sent="old", at_base="old", now="new")

    assert said is Verdict.SAME


def test_typing_over_what_changed_meanwhile_is_set_aside() -> None:
    said = verdict(base=1, current=2, sent="mine", at_base="old", now="theirs")

    assert said is Verdict.ASIDE


def test_both_texts_stand_one_under_the_other() -> None:
    assert both_texts("a", "b") == "a\n\nb"
    assert both_texts("", "b") == "b"


@given(st.uuids(), st.uuids())
def test_a_tie_has_no_direction(one: object, other: object) -> None:
    a, b = str(one), str(other)
    if a == b:
        with pytest.raises(ValueError, match=a):
            tie_pair(a, b)
    else:
        assert tie_pair(a, b) == tie_pair(b, a) == tuple(sorted((a, b)))


def test_the_sixtieth_actor_is_the_last() -> None:
    assert may_add_actor(59)
    assert not may_add_actor(60)


def test_a_number_that_was_given_up_is_not_used_again() -> None:
    assert next_number([]) == 1
    assert next_number([1, 3]) == 4


PEOPLE = st.frozensets(st.integers(1, 9))


@given(
    st.sampled_from(Audience), st.integers(1, 9), st.integers(1, 9), PEOPLE, PEOPLE,
    PEOPLE,
)  # fmt: skip
def test_a_section_is_read_by_its_audience_and_its_owner_only(
    audience: Audience,
    reader: int,
    owner: int,
    team: frozenset[int],
    group: frozenset[int],
    course: frozenset[int],
) -> None:
    circle = Circle(team, group, course)

    allowed = may_read(reader, owner, audience, circle)

    assert allowed == (
        reader == owner
        or (audience in ("team", "course") and reader in team)
        or (audience == "group" and reader in group)
        or (audience == "course" and reader in course)
    )
    assert (reader in readers(audience, owner, circle)) == allowed


def _body(network: Network) -> str:
    return snapshot_body(
        head={"phase": "start"},
        answers={"A1.text": "aa"},
        network=network,
        labels={actor.uuid: f"c-{actor.uuid}" for actor in network.actors},
        numbers={actor.uuid: 1 for actor in network.actors},
    )


def test_a_snapshot_does_not_depend_on_the_order_of_its_rows() -> None:
    one, two = Actor("u1", "school", "known", "1"), Actor("u2", "club", "missing")

    first = _body(Network((one, two), (Tie("u1", "u2", 3),)))
    second = _body(Network((two, one), (Tie("u2", "u1", 3),)))

    assert first == second
    assert json.loads(first)["ties"] == [["u1", "u2", 3]]


def test_a_snapshot_known_by_another_hash_was_changed() -> None:
    near = _body(Network((Actor("u1", "school", "known", "1"),)))
    far = _body(Network((Actor("u1", "school", "known", "3"),)))

    assert snapshot_digest(near) != snapshot_digest(far)
    assert len(snapshot_digest(near)) == 64
