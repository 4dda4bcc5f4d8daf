"""The chain of evidence and what holds by it."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.attendance.rules import (
    GENESIS,
    Entry,
    Kind,
    Link,
    Mark,
    State,
    changes,
    credited,
    digest,
    first_break,
    fold,
)

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def append(
    chain: list[Link],
    meeting: int,
    person: int | None,
    state: State | None,
    reason: str = "",
) -> None:
    same = [
        link.entry.sequence
        for link in chain
        if (link.entry.meeting, link.entry.person) == (meeting, person)
    ]
    entry = Entry(
        sequence=len(chain) + 1,
        kind=Kind.MARK if person else Kind.SIGN_OFF,
        meeting=meeting,
        person=person,
        state=state,
        minutes=90 if state in {State.ON_SITE, State.BY_VIDEO} else 0,
        recorded_at=START + timedelta(minutes=len(chain)),
        actor=99,
        source="list",
        supersedes=max(same) if same else None,
        reason=reason,
        previous=chain[-1].digest if chain else GENESIS,
    )
    chain.append(Link(entry, digest(entry)))


@st.composite
def chains(draw: st.DrawFn, least: int = 0) -> list[Link]:
    chain: list[Link] = []
    marks = st.tuples(
        st.integers(1, 3), st.sampled_from([None, 1, 2, 3]), st.sampled_from(State)
    )
    for meeting, person, state in draw(st.lists(marks, min_size=least, max_size=12)):
        append(chain, meeting, person, state if person else None)
    return chain


@given(chains())
def test_an_honest_chain_proves_itself(chain: list[Link]) -> None:
    assert first_break(chain) is None


@given(chains(least=2), st.data())
def test_an_entry_taken_out_or_moved_breaks_the_chain(
    chain: list[Link], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(chain) - 2))

    without = chain[:place] + chain[place + 1 :]
    swapped = [*chain]
    swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]

    assert first_break(without) == place + 1
    assert first_break(swapped) == place + 1


@given(chains(least=1), st.data())
def test_a_changed_entry_breaks_the_chain_even_with_its_hash_made_anew(
    chain: list[Link], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(chain) - 1))
    entry = chain[place].entry
    forged = data.draw(
        st.sampled_from(
            [
                replace(entry, minutes=entry.minutes + 1),
                replace(entry, actor=7),
                replace(entry, reason="other"),
                replace(entry, recorded_at=entry.recorded_at + timedelta(seconds=1)),
            ]
        )
    )

    quietly = [*chain[:place], Link(forged, chain[place].digest), *chain[place + 1 :]]
    rehashed = [*chain[:place], Link(forged, digest(forged)), *chain[place + 1 :]]

    assert first_break(quietly) == place + 1
    if place < len(chain) - 1:
        assert first_break(rehashed) == place + 2


def test_a_correction_that_forgets_what_it_supersedes_breaks_the_chain() -> None:
    chain: list[Link] = []
    append(chain, 1, 1, State.ABSENT)
    append(chain, 1, 1, State.ON_SITE)
    amnesia = replace(chain[1].entry, supersedes=None)

    assert first_break([chain[0], Link(amnesia, digest(amnesia))]) == 2


def test_the_hash_is_the_same_for_the_same_moment_in_another_zone() -> None:
    chain: list[Link] = []
    append(chain, 1, 1, State.ON_SITE)
    berlin = timezone(timedelta(hours=2))
    entry = chain[0].entry

    abroad = replace(entry, recorded_at=entry.recorded_at.astimezone(berlin))

    assert digest(abroad) == digest(entry)


@given(chains(), st.randoms())
def test_the_order_of_arrival_does_not_change_what_holds(
    chain: list[Link], rng: random.Random
) -> None:
    entries = [link.entry for link in chain]
    shuffled = [*entries]
    rng.shuffle(shuffled)

    assert fold(shuffled) == fold(entries)


@given(chains())
def test_what_holds_is_the_one_mark_that_nothing_supersedes(chain: list[Link]) -> None:
    marks = [link.entry for link in chain if link.entry.person]
    superseded = {entry.supersedes for entry in marks}

    heads = {(e.meeting, e.person): e for e in marks if e.sequence not in superseded}

    assert fold(link.entry for link in chain) == {
        about: Mark(e.state, e.minutes, e.sequence) for about, e in heads.items()
    }


def test_a_sign_off_is_evidence_but_nobodys_attendance() -> None:
    chain: list[Link] = []
    append(chain, 1, None, None)

    assert first_break(chain) is None
    assert fold([chain[0].entry]) == {}


@pytest.mark.parametrize(
    ("state", "stayed", "minutes"),
    [
        (State.ON_SITE, None, 90),
        (State.BY_VIDEO, 60, 60),
        (State.ON_SITE, 400, 90),
        (State.ON_SITE, -5, 0),
        (State.EXCUSED, 90, 0),
        (State.ABSENT, None, 0),
        (State.OPEN, None, 0),
    ],
)
def test_only_attendance_is_credited_and_never_more_than_the_meeting(
    state: State, stayed: int | None, minutes: int
) -> None:
    assert credited(state, 90, stayed) == minutes


def test_saying_the_same_again_is_no_new_evidence() -> None:
    assert not changes(None, State.OPEN, 0)
    assert changes(None, State.ABSENT, 0)
    assert not changes(Mark(State.ON_SITE, 90, 4), State.ON_SITE, 90)
    assert changes(Mark(State.ON_SITE, 90, 4), State.ON_SITE, 60)
    assert changes(Mark(State.ON_SITE, 90, 4), State.OPEN, 0)
