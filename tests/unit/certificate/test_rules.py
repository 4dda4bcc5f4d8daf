"""The standing of a participant, against an oracle that tries every future."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.certificate.requirements import (
    IHK_STANDARD,
    Count,
    KOf,
    parse,
    tree_hash,
    validate,
)
from lti_tool.certificate.rules import (
    Action,
    Facts,
    Meeting,
    Piece,
    PieceState,
    Presence,
    Reason,
    Result,
    Status,
    evaluate,
    fingerprint,
    leaves,
    needed_share,
)

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
KINDS = ("kickoff", "onsite", "webinar", "closing")
PHASES = ("start", "mid", "end")


def meeting(reference: str, minutes: int = 90, days: int = 1, **more: Any) -> Meeting:
    starts_at = NOW + timedelta(days=days)
    return Meeting(reference, more.pop("kind", "webinar"), minutes, starts_at, **more)


def attended(reference: str, minutes: int = 90, **more: Any) -> Meeting:
    presence = Presence.ATTENDED
    return meeting(reference, minutes, -1, presence=presence, credited=minutes, **more)


def absent(reference: str, minutes: int = 90, **more: Any) -> Meeting:
    return meeting(reference, minutes, -1, presence=Presence.ABSENT, **more)


def excused(reference: str, minutes: int = 90) -> Meeting:
    return meeting(reference, minutes, -1, presence=Presence.EXCUSED)


def standing(
    tree: object, *meetings: Meeting, pieces: tuple[Piece, ...] = ()
) -> Result:
    return evaluate(parse(tree), Facts(meetings, pieces), NOW)


def share(percent: int = 80, policy: str = "absent") -> dict[str, Any]:
    return {"att_units": {"min_pct": percent, "excused": policy}}


# --- One requirement at a time -------------------------------------------------


def test_two_missed_days_of_eight_units_cost_more_than_their_count_suggests() -> None:
    days = [absent("d1", 360), absent("d2", 360), attended("d3", 360)]
    webinars = [attended(f"w{i}") for i in range(13)]

    result = standing(share(), *days, *webinars)

    assert result.status is Status.UNREACHABLE
    assert (result.hi, result.need, result.total) == (1530, 1800, 2250)
    assert result.reasons == (
        Reason("minutes_missed", 720),
        Reason("minutes_allowed", 450),
    )


def test_an_open_share_says_what_is_missing_and_what_may_be_missed() -> None:
    result = standing(share(), attended("a", 180), meeting("b", 180), meeting("c", 40))

    assert result.status is Status.OPEN
    assert Reason("minutes_missing", 140) in result.reasons
    assert Reason("minutes_buffer", 80) in result.reasons
    assert result.buffer == 80


def test_a_meeting_that_is_over_but_not_recorded_is_a_gap_and_not_a_step() -> None:
    result = standing(share(), meeting("past", days=-2), meeting("next", days=3))

    assert Reason("not_recorded", 90, "past") in result.reasons
    assert result.actions == (Action("attend", "next", NOW + timedelta(days=3), 90),)


@pytest.mark.parametrize(
    ("policy", "lo", "total", "status"),
    [
        ("absent", 90, 180, Status.UNREACHABLE),
        ("drop", 90, 90, Status.MET),
        ("count", 180, 180, Status.MET),
    ],
)
def test_the_policy_decides_what_excused_absence_costs(
    policy: str, lo: int, total: int, status: Status
) -> None:
    result = standing(share(80, policy), attended("a"), excused("b"))

    assert (result.lo, result.total, result.status) == (lo, total, status)


def test_someone_excused_from_everything_has_not_met_a_share_of_nothing() -> None:
    result = standing(share(80, "drop"), excused("a"), excused("b"))

    assert result.status is Status.UNREACHABLE
    assert result.reasons == (Reason("all_excused"),)


def test_a_course_without_meetings_leaves_attendance_open() -> None:
    assert standing(share()).reasons == (Reason("nothing_planned"),)


def test_minutes_beyond_the_meeting_are_not_credited() -> None:
    long_stay = replace(attended("a", 90), credited=500)

    assert standing(share(), long_stay).lo == 90


def test_missing_the_kickoff_cannot_be_made_good_by_other_meetings() -> None:
    result = standing(
        {"mandatory": ["kickoff"]}, absent("k", kind="kickoff"), attended("w")
    )

    assert result.status is Status.UNREACHABLE
    assert result.reasons == (Reason("mandatory_absent", 90, "k"),)


def test_a_closing_workshop_that_is_not_planned_yet_stays_open() -> None:
    result = standing({"mandatory": ["closing"]}, attended("w"))

    assert result.status is Status.OPEN
    assert result.reasons == (Reason("not_planned", 0, "closing"),)


def test_marked_meetings_are_asked_for_only_where_the_rules_say_so() -> None:
    missed = absent("w", mandatory=True)
    kickoff = attended("k", kind="kickoff")

    with_marked = standing({"mandatory": ["kickoff", "marked"]}, missed, kickoff)
    without = standing({"mandatory": ["kickoff"]}, missed, kickoff)

    assert with_marked.status is Status.UNREACHABLE
    assert without.status is Status.MET


def test_only_the_named_worksheet_phases_count() -> None:
    mid = Piece("worksheet", "mid", PieceState.DONE)
    start = Piece("worksheet", "start", PieceState.DONE)
    tree = {"count": {"kind": "worksheet", "min": 2, "of": ["start", "end"]}}

    result = standing(tree, pieces=(mid, start))

    assert (result.lo, result.hi, result.status) == (1, 2, Status.OPEN)
    assert result.reasons == (Reason("not_opened", 0, "end"),)


def test_steps_are_listed_by_their_deadline_and_undated_ones_last() -> None:
    pieces = (
        Piece("worksheet", "b"),
        Piece("worksheet", "c", due=NOW + timedelta(days=9)),
        Piece("worksheet", "a", due=NOW + timedelta(days=2)),
    )

    result = standing(
        {"count": {"kind": "worksheet", "min": 3, "of": 3}}, pieces=pieces
    )

    assert [step.reference for step in result.actions] == ["a", "c", "b"]


def test_a_project_that_was_turned_down_for_good_is_out_of_reach() -> None:
    closed = Piece("project", "p", PieceState.CLOSED)

    assert (
        standing({"passed": "project"}, pieces=(closed,)).status is Status.UNREACHABLE
    )
    assert standing({"passed": "project"}).status is Status.OPEN


def test_a_plan_that_is_too_short_is_open_because_it_can_grow() -> None:
    result = standing({"course_units": {"min": 50}}, meeting("a", 2205))

    assert result.status is Status.OPEN
    assert result.reasons == (Reason("plan_short", 45),)


MET_ONE = {"passed": "project"}
OPEN_ONE = {"passed": "talk"}
LOST_ONE = {"mandatory": ["kickoff"]}


@pytest.mark.parametrize(
    ("name", "parts", "status", "bounds"),
    [
        ("all", [MET_ONE, OPEN_ONE], Status.OPEN, (1, 2, 2)),
        ("all", [MET_ONE, OPEN_ONE, LOST_ONE], Status.UNREACHABLE, (1, 2, 3)),
        ("all", [MET_ONE, MET_ONE], Status.MET, (2, 2, 2)),
        ("any", [MET_ONE, LOST_ONE], Status.MET, (1, 1, 1)),
        ("any", [OPEN_ONE, LOST_ONE], Status.OPEN, (0, 1, 1)),
        ("any", [LOST_ONE, LOST_ONE], Status.UNREACHABLE, (0, 0, 1)),
    ],
)
def test_a_group_counts_what_is_met_and_what_still_can_be(
    name: str, parts: list[object], status: Status, bounds: tuple[int, int, int]
) -> None:
    done = Piece("project", "p", PieceState.DONE)
    missed = absent("k", kind="kickoff")

    result = standing({name: parts}, missed, pieces=(done,))

    assert (result.status, (result.lo, result.hi, result.need)) == (status, bounds)


def test_two_of_three_are_open_while_one_is_met_and_one_still_can_be() -> None:
    tree = {"k_of": {"k": 2, "parts": [MET_ONE, OPEN_ONE, LOST_ONE]}}
    done = Piece("project", "p", PieceState.DONE)

    result = standing(tree, absent("k", kind="kickoff"), pieces=(done,))

    assert result.status is Status.OPEN


def test_the_standard_is_met_by_someone_who_did_everything() -> None:
    meetings = (
        attended("k", 1080, kind="kickoff"),
        attended("c", 1170, kind="closing"),
    )
    done = PieceState.DONE
    pieces = (
        Piece("worksheet", "start", done),
        Piece("worksheet", "end", done),
        Piece("project", "p", done),
        Piece("presentation", "p", done),
    )

    result = standing(IHK_STANDARD, *meetings, pieces=pieces)

    assert result.status is Status.MET
    assert len(leaves(result)) == 6


@given(st.integers(0, 100_000), st.integers(1, 100))
def test_the_needed_minutes_are_the_least_that_reach_the_share(
    total: int, percent: int
) -> None:
    need = needed_share(total, percent)

    assert Fraction(need) >= Fraction(total * percent, 100) > need - 1


# --- Every future --------------------------------------------------------------


@st.composite
def some_meeting(draw: st.DrawFn, reference: str) -> Meeting:
    minutes = draw(st.integers(1, 5)) * 45
    presence = draw(st.sampled_from(Presence))
    return Meeting(
        reference,
        draw(st.sampled_from(KINDS)),
        minutes,
        NOW + timedelta(days=draw(st.integers(-9, 9))),
        draw(st.booleans()),
        presence,
        draw(st.integers(0, minutes)) if presence is Presence.ATTENDED else 0,
    )


@st.composite
def some_facts(draw: st.DrawFn, most: int = 9, most_open: int = 5) -> Facts:
    count = draw(st.integers(1, most))
    meetings = [draw(some_meeting(f"m{i}")) for i in range(count)]
    open_ones = [m for m in meetings if m.presence is Presence.OPEN]
    for extra in open_ones[most_open:]:
        meetings[meetings.index(extra)] = replace(extra, presence=Presence.ABSENT)
    states = st.sampled_from(PieceState)
    phases = draw(st.sets(st.sampled_from(PHASES)))
    pieces = [Piece("worksheet", phase, draw(states)) for phase in sorted(phases)]
    if draw(st.booleans()):
        pieces.append(Piece("project", "p", draw(states)))
    return Facts(tuple(meetings), tuple(pieces))


some_leaf = st.one_of(
    st.builds(share, st.integers(1, 100), st.sampled_from(["absent", "drop", "count"])),
    st.lists(
        st.sampled_from(["kickoff", "closing", "marked"]), min_size=1, unique=True
    ).map(lambda names: {"mandatory": names}),
    st.lists(st.sampled_from(PHASES), min_size=1, unique=True).flatmap(
        lambda of: st.integers(1, len(of)).map(
            lambda least: {"count": {"kind": "worksheet", "min": least, "of": of}}
        )
    ),
    st.integers(1, 3).map(
        lambda least: {"count": {"kind": "worksheet", "min": least, "of": 3}}
    ),
    st.just({"passed": "project"}),
    st.integers(1, 12).map(lambda units: {"course_units": {"min": units}}),
)


def _groups(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda list_: {"all": list_}),
        several.map(lambda list_: {"any": list_}),
        several.flatmap(
            lambda list_: st.integers(1, len(list_)).map(
                lambda k: {"k_of": {"k": k, "parts": list_}}
            )
        ),
    )


some_tree = st.recursive(some_leaf, _groups, max_leaves=5)


def futures(facts: Facts) -> Iterator[tuple[Facts, bool]]:
    """Yield every way the course can end, and whether the plan was made longer.

    An open meeting ends attended in full, for a minute, excused or absent; an
    open piece, and one the course has yet to open, is done or not.
    """
    pieces = list(facts.pieces)
    known = {p.reference for p in pieces}
    pieces += [Piece("worksheet", phase) for phase in PHASES if phase not in known]
    if "p" not in known:
        pieces.append(Piece("project", "p"))
    for *ended, longer in itertools.product(
        *[_ends(m) for m in facts.meetings], [True, False]
    ):
        for work in itertools.product(*[_piece_ends(p) for p in pieces]):
            yield Facts(tuple(ended), work), longer


def _ends(m: Meeting) -> list[Meeting]:
    if m.presence is not Presence.OPEN:
        return [m]
    return [
        replace(m, presence=Presence.ATTENDED, credited=m.minutes),
        replace(m, presence=Presence.EXCUSED),
        replace(m, presence=Presence.ABSENT),
    ]


def _piece_ends(p: Piece) -> list[Piece]:
    if p.state is not PieceState.OPEN:
        return [p]
    return [replace(p, state=PieceState.DONE), replace(p, state=PieceState.CLOSED)]


def is_met(tree: dict[str, Any], end: Facts, *, longer: bool) -> bool:
    """Read the JSON anew, with fractions, on a course that is over."""
    ((name, spec),) = tree.items()
    if name in {"all", "any", "k_of"}:
        parts = spec["parts"] if name == "k_of" else spec
        least = {"all": len(parts), "any": 1}.get(name) or spec["k"]
        return sum(is_met(part, end, longer=longer) for part in parts) >= least
    if name == "att_units":
        return _share_met(spec, end)
    if name == "mandatory":
        return _mandatory_met(spec, end, longer=longer)
    if name == "course_units":
        planned = Fraction(sum(m.minutes for m in end.meetings), 45)
        return longer or planned >= spec["min"]
    done = {(p.kind, p.reference) for p in end.pieces if p.state is PieceState.DONE}
    if name == "passed":
        return any(kind == spec for kind, _ in done)
    wanted = spec["of"] if isinstance(spec["of"], list) else PHASES
    return len(done & {("worksheet", phase) for phase in wanted}) >= spec["min"]


def _share_met(spec: dict[str, Any], end: Facts) -> bool:
    got, total = Fraction(0), Fraction(0)
    for m in end.meetings:
        if m.presence is Presence.EXCUSED and spec["excused"] == "drop":
            continue
        total += m.minutes
        if m.presence is Presence.ATTENDED:
            got += m.credited
        elif m.presence is Presence.EXCUSED and spec["excused"] == "count":
            got += m.minutes
    return total > 0 and got / total >= Fraction(spec["min_pct"], 100)


def _mandatory_met(spec: list[str], end: Facts, *, longer: bool) -> bool:
    planned = {m.kind for m in end.meetings}
    unplanned = {"kickoff", "closing"} & set(spec) - planned
    chosen = [
        m for m in end.meetings if m.kind in spec or (m.mandatory and "marked" in spec)
    ]
    met = all(m.presence is Presence.ATTENDED for m in chosen)
    return met and (longer or not unplanned)


@given(some_tree, some_facts(most_open=3))
def test_the_status_is_what_trying_every_future_says(
    tree: dict[str, Any], facts: Facts
) -> None:
    ends = [is_met(tree, end, longer=longer) for end, longer in futures(facts)]

    expected = (
        Status.MET if all(ends) else Status.OPEN if any(ends) else Status.UNREACHABLE
    )

    assert evaluate(parse(tree), facts, NOW).status is expected


@given(st.integers(1, 100), st.sampled_from(["absent", "drop", "count"]), some_facts())
def test_nine_meetings_give_the_bounds_that_trying_every_future_gives(
    percent: int, policy: str, facts: Facts
) -> None:
    tree = share(percent, policy)
    meetings_only = Facts(facts.meetings)
    ends = [
        Facts(tuple(ended))
        for ended in itertools.product(*[_ends(m) for m in meetings_only.meetings])
    ]

    result = evaluate(parse(tree), meetings_only, NOW)

    finals = [evaluate(parse(tree), end, NOW) for end in ends]
    assert result.lo == min(final.lo for final in finals)
    assert result.hi == max(final.hi for final in finals)
    met = [_share_met(tree["att_units"], end) for end in ends]
    assert (result.status is Status.MET) == all(met)
    assert (result.status is Status.UNREACHABLE) == (not any(met))


@given(some_tree, some_facts(), st.data())
def test_more_evidence_never_widens_the_bounds_nor_undoes_a_final_word(
    tree: dict[str, Any], facts: Facts, data: st.DataObject
) -> None:
    requirement = parse(tree)
    open_at = [i for i, m in enumerate(facts.meetings) if m.presence is Presence.OPEN]
    if not open_at:
        return
    i = data.draw(st.sampled_from(open_at))
    recorded = data.draw(st.sampled_from(_ends(facts.meetings[i])))
    more = replace(
        facts, meetings=(*facts.meetings[:i], recorded, *facts.meetings[i + 1 :])
    )

    before, after = evaluate(requirement, facts, NOW), evaluate(requirement, more, NOW)

    for old, new in zip(leaves(before), leaves(after), strict=True):
        assert old.lo <= new.lo <= new.hi <= old.hi or new.total == 0
    if before.status is not Status.OPEN:
        assert after.status is before.status


@given(some_tree, some_facts(), st.randoms())
def test_the_order_of_the_facts_changes_nothing(
    tree: dict[str, Any], facts: Facts, rng: random.Random
) -> None:
    meetings, pieces = list(facts.meetings), list(facts.pieces)
    rng.shuffle(meetings)
    rng.shuffle(pieces)
    shuffled = Facts(tuple(meetings), tuple(pieces))

    requirement = parse(tree)

    assert evaluate(requirement, shuffled, NOW) == evaluate(requirement, facts, NOW)
    assert fingerprint("r", shuffled) == fingerprint("r", facts)


# --- What a confirmation is bound to --------------------------------------------


def test_the_fingerprint_changes_with_evidence_and_rules_but_not_with_dates() -> None:
    seen = Facts((meeting("a"),))

    recorded = Facts((replace(meeting("a"), presence=Presence.ABSENT),))
    marked = Facts((meeting("a", mandatory=True),))
    moved = Facts((meeting("a", days=8),))

    assert fingerprint("r1", seen) != fingerprint("r1", recorded)
    assert fingerprint("r1", seen) != fingerprint("r2", seen)
    assert fingerprint("r1", seen) != fingerprint("r1", marked)
    assert fingerprint("r1", seen) == fingerprint("r1", moved)


def test_the_hash_of_a_rule_set_does_not_depend_on_the_order_of_its_fields() -> None:
    one = {"att_units": {"min_pct": 80, "excused": "drop"}}
    other = {"att_units": {"excused": "drop", "min_pct": 80}}

    assert tree_hash(one) == tree_hash(other) != tree_hash(share())


# --- What is no rule set ---------------------------------------------------------


@pytest.mark.parametrize(
    ("tree", "code"),
    [
        ([], "one_requirement_expected"),
        ({}, "one_requirement_expected"),
        ({"all": []}, "parts_expected"),
        ({"att_units": {"min_pct": True, "excused": "drop"}}, "whole_number_expected"),
        ({"att_units": {"min_pct": 0, "excused": "drop"}}, "out_of_range"),
        ({"att_units": {"min_pct": 80, "excused": "ignore"}}, "unknown_policy"),
        ({"att_units": {"min_pct": 80}}, "wrong_fields"),
        ({"mandatory": ["party"]}, "unknown_meeting"),
        ({"mandatory": ["closing", "closing"]}, "named_twice"),
        ({"mandatory": []}, "names_expected"),
        ({"count": {"kind": "worksheet", "min": 3, "of": ["start"]}}, "out_of_range"),
        ({"passed": "../project"}, "name_expected"),
        ({"course_units": {"min": 50.0}}, "whole_number_expected"),
        ({"eval": "1"}, "unknown_requirement"),
        ({"k_of": {"k": 3, "parts": [{"passed": "project"}]}}, "out_of_range"),
        ({"any": [{"all": [{"any": [{"all": [{"any": []}]}]}]}]}, "parts_expected"),
        (
            {"any": [{"all": [{"any": [{"all": [{"any": [{"passed": "p"}]}]}]}]}]},
            "too_deep",
        ),
        ({"all": [{"passed": "project"}] * 60}, "too_large"),
    ],
)
def test_what_is_no_rule_set_is_refused_with_a_code(tree: object, code: str) -> None:
    problem = validate(tree)

    assert problem is not None
    assert problem.code == code


def test_the_shipped_standard_is_a_rule_set() -> None:
    requirement = parse(IHK_STANDARD)

    assert isinstance(requirement, KOf)
    assert Count("worksheet", 2, 2, ("start", "end")) in requirement.parts
