"""What may follow what in project work, against a machine written down as a table."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.projects import rules
from lti_tool.projects.rules import Decision, LinkProblem, Refusal, State

DEADLINE = datetime(2026, 5, 4, 22, tzinfo=UTC)

# The oracle: every pair that is possible, and nothing else.
TABLE = {
    ("open", "hand_in"): "handed_in",
    ("handed_in", "hand_in"): "handed_in",
    ("returned", "hand_in"): "handed_in",
    ("handed_in", "accept"): "accepted",
    ("handed_in", "return"): "returned",
    ("accepted", "take_back"): "handed_in",
    ("returned", "take_back"): "handed_in",
}
DECISIONS = {
    "accept": Decision.ACCEPTED,
    "return": Decision.RETURNED,
    "take_back": Decision.TAKEN_BACK,
}
steps = st.lists(st.sampled_from(["hand_in", *DECISIONS]), max_size=25)


def refusal(versions: list[list[Decision]], step: str, version: int) -> Refusal | None:
    state, newest = rules.state_of(versions), len(versions)
    if step == "hand_in":
        return rules.hand_in_refusal(state)
    if step == "take_back":
        return rules.take_back_refusal(state, newest, version)
    return rules.review_refusal(state, newest, version)


def walked(wanted: list[str]) -> tuple[str, list[list[Decision]]]:
    """Walk the table; steps that it does not know are left out."""
    state, versions = "open", []
    for step in wanted:
        following = TABLE.get((state, step))
        assert (refusal(versions, step, len(versions)) is None) == bool(following)
        if following is None:
            continue
        state = following
        if step == "hand_in":
            versions.append([])
        else:
            versions[-1].append(DECISIONS[step])
    return state, versions


@given(steps)
def test_every_walk_ends_where_the_table_says(wanted: list[str]) -> None:
    state, versions = walked(wanted)

    assert rules.state_of(versions) == state


@given(steps, st.sampled_from(list(DECISIONS)), st.integers(-2, 30))
def test_only_the_newest_version_can_be_decided_about(
    wanted: list[str], step: str, version: int
) -> None:
    _state, versions = walked(wanted)

    found = refusal(versions, step, version)

    if 1 <= version < len(versions):
        assert found is Refusal.NEWER_VERSION
    elif version != len(versions) or not versions:
        assert found is Refusal.NOTHING_HANDED_IN
    else:
        assert found not in {Refusal.NEWER_VERSION, Refusal.NOTHING_HANDED_IN}


def test_a_second_reviewer_learns_that_somebody_was_faster() -> None:
    assert rules.review_refusal(State.RETURNED, 2, 2) is Refusal.REVIEWED_ALREADY
    assert rules.review_refusal(State.ACCEPTED, 1, 1) is Refusal.REVIEWED_ALREADY


hours = st.lists(st.integers(-50, 50), min_size=1, max_size=8)


@given(hours, st.data())
def test_a_version_is_late_after_the_deadline_unless_it_answers_a_return(
    offsets: list[int], data: st.DataObject
) -> None:
    handed_in = [DEADLINE + timedelta(hours=h) for h in sorted(offsets)]
    returned = [data.draw(st.booleans()) for _ in handed_in]
    decisions = [[Decision.RETURNED] if r else [] for r in returned]

    late = rules.late_versions(handed_in, decisions, DEADLINE)

    for i, at in enumerate(handed_in):
        assert late[i] == (at > DEADLINE and True not in returned[:i])


def test_nothing_is_late_without_a_deadline() -> None:
    assert rules.late_versions([DEADLINE], [[]], None) == [False]


def test_a_return_that_was_taken_back_excuses_no_late_version() -> None:
    later = [DEADLINE - timedelta(days=1), DEADLINE + timedelta(days=1)]
    decided = [[Decision.RETURNED, Decision.TAKEN_BACK], []]

    assert rules.late_versions(later, decided, DEADLINE) == [False, True]


@given(
    st.booleans(),
    st.sampled_from(State),
    st.sampled_from([None, "handed_in", "returned", "accepted"]),
)
def test_only_credit_makes_a_project_count(
    credited: bool, group: State, before: str | None
) -> None:
    found = rules.personal_state(credited=credited, group=group, before=before)

    assert (found == "accepted") == credited


@pytest.mark.parametrize(
    ("group", "before", "now"),
    [
        (State.HANDED_IN, None, "handed_in"),
        (State.HANDED_IN, "accepted", "handed_in"),
        (State.RETURNED, "handed_in", "returned"),
        (State.OPEN, "accepted", "returned"),
        (State.OPEN, "handed_in", "handed_in"),
        (State.ACCEPTED, None, None),
    ],
)
def test_without_credit_the_state_of_the_group_decides(
    group: State, before: str | None, now: str | None
) -> None:
    assert rules.personal_state(credited=False, group=group, before=before) == now


@given(st.sets(st.integers(1, 20)), st.sets(st.integers(1, 20)), st.sampled_from(State))
def test_who_joined_later_is_who_is_in_the_group_without_credit(
    members: set[int], credited: set[int], state: State
) -> None:
    found = rules.without_credit(state, members, credited)

    expected = [p for p in range(1, 21) if p in members and p not in credited]
    assert found == (expected if state is State.ACCEPTED else [])


@pytest.mark.parametrize(
    ("points", "maximum", "fits"),
    [
        (None, None, True),
        (1.0, None, False),
        (None, 10.0, False),
        (0.0, 10.0, True),
        (10.0, 10.0, True),
        (10.5, 10.0, False),
        (-1.0, 10.0, False),
        (float("nan"), 10.0, False),
    ],
)
def test_points_are_asked_for_only_where_they_are_switched_on(
    points: float | None, maximum: float | None, fits: bool
) -> None:
    assert rules.points_fit(points, maximum) is fits


def test_an_accepted_project_is_one_of_one_without_points() -> None:
    assert (rules.score(None, None), rules.score(7.5, 10.0)) == (1.0, 7.5)


def test_what_waits_for_review_stands_first_in_the_list() -> None:
    ranked = sorted(State, key=rules.rank_for_staff)

    assert ranked[0] is State.HANDED_IN
    assert ranked[-1] is State.ACCEPTED


@pytest.mark.parametrize(
    "link",
    [
        "https://cloud.example/s/aBc?x=1#y",
        "HTTPS://cloud.example",
        "https://cloud.example:8443/Präsentation",
        "https://xn--grn-hoa.example/a@b",
    ],
)
def test_a_usual_link_is_taken(link: str) -> None:
    assert rules.link_problem(link) is None


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("http://cloud.example", LinkProblem.NOT_HTTPS),
        ("javascript:alert(1)", LinkProblem.NOT_HTTPS),
        ("cloud.example/s", LinkProblem.NOT_HTTPS),
        ("https://", LinkProblem.NO_ADDRESS),
        ("https://localhost/x", LinkProblem.NO_ADDRESS),
        ("https://cloud..example", LinkProblem.NO_ADDRESS),
        ("https://cloud.example/a b", LinkProblem.NO_ADDRESS),
        ("https://cloud.example\\@evil.example", LinkProblem.NO_ADDRESS),
        ("https://cloud.example/\n", LinkProblem.NO_ADDRESS),
        ("https://cloud.example:99999/", LinkProblem.NO_ADDRESS),
        ("https://[::1", LinkProblem.NO_ADDRESS),
        ("https://cloud.example@evil.example", LinkProblem.HAS_PASSWORD),
        ("https://c.example/" + "x" * 2000, LinkProblem.TOO_LONG),
    ],
)
def test_a_link_that_cannot_be_trusted_is_refused(
    link: str, problem: LinkProblem
) -> None:
    assert rules.link_problem(link) is problem


@given(st.text())
def test_any_text_gets_an_answer_as_a_link(text: str) -> None:
    problem = rules.link_problem(f"https://{text}")

    assert problem is None or problem in LinkProblem
