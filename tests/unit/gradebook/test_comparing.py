"""What a comparison makes of a grade, against statements of the rules of their own.

The oracle for points is exact: fractions, rounded as a platform does. The one for states is a
table of what is wanted, sent, known and shown, read off the contract.
"""

import json
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lti_tool.gradebook.comparing import (
    Lane,
    Shown,
    Verdict,
    agrees,
    compare,
    decimals,
)

RECORDED = Path(__file__).parents[2] / "recorded" / "moodle_4_5"
STATES = ["due", "sent", "failed", "withdrawn", "changed", "left", "none"]
MAXIMA = st.sampled_from([1.0, 3.0, 10.0, 40.0, 50.0, 100.0, 7.5])
POINTS = st.integers(0, 4)
"""Few different ones, so that they meet each other often."""


def rounded(exact: Fraction, places: int, rounding: str) -> Decimal:
    """Return what a platform keeps of an exact number of points."""
    step = Decimal(1).scaleb(-places)
    # Far more digits than any platform keeps, so that this division decides nothing.
    value = Decimal(exact.numerator * 10**30 // exact.denominator).scaleb(-30)
    return value.quantize(step, rounding)


@st.composite
def given_points(draw: st.DrawFn) -> tuple[float, float]:
    """Draw points as a feature reports them, and their maximum."""
    maximum = draw(MAXIMA)
    return draw(st.floats(0, maximum, allow_subnormal=False)), maximum


@given(
    given_points(),
    MAXIMA,
    st.sampled_from([2, 5]),
    st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN]),
)
def test_what_a_platform_rounded_and_scaled_is_still_the_same(
    ours: tuple[float, float], theirs: float, places: int, rounding: str
) -> None:
    points, maximum = ours
    exact = Fraction(points) * Fraction(theirs) / Fraction(maximum)

    shown = Shown(float(rounded(exact, places, rounding)), theirs)

    assert agrees(points, maximum, shown, places)


@given(given_points(), MAXIMA, st.sampled_from([2, 5]), st.integers(1, 10**6))
def test_what_differs_by_one_step_or_more_is_not_the_same(
    ours: tuple[float, float], theirs: float, places: int, steps: int
) -> None:
    points, maximum = ours
    exact = Fraction(points) * Fraction(theirs) / Fraction(maximum)
    kept = rounded(exact, places, ROUND_HALF_UP)

    for direction in (-1, 1):
        other = kept + direction * steps * Decimal(1).scaleb(-places)
        # Exactly between two steps both are as near.
        assume(abs(Fraction(other) - exact) > Fraction(6, 10 ** (places + 1)))
        assert not agrees(points, maximum, Shown(float(other), theirs), places)


def test_moodle_keeps_five_decimals_and_nobody_else_is_known_to() -> None:
    third = 100 / 3

    assert (decimals("moodle"), decimals("canvas"), decimals(None)) == (5, 2, 2)
    assert agrees(third, 100.0, Shown(33.33333, 100.0), decimals("moodle"))
    assert not agrees(third, 100.0, Shown(33.33, 100.0), decimals("moodle"))
    assert agrees(third, 100.0, Shown(33.33, 100.0), decimals("canvas"))


@st.composite
def lanes(draw: st.DrawFn) -> tuple[Lane, Shown | None]:
    """Draw a lane as the tool can come to have it, and what the platform shows of it."""
    state = draw(st.sampled_from(STATES))
    points = st.none() | POINTS.map(float)
    wanted, sent, known, shown = (draw(points) for _ in range(4))
    if state in {"withdrawn", "none"}:
        wanted = None
    elif state not in {"changed", "left"}:
        wanted = wanted if wanted is not None else 1.0
    if state == "sent":
        sent = wanted
    has_newer = wanted is not None and (wanted != sent or draw(st.booleans()))
    lane = Lane(
        state=state,
        wanted=wanted,
        sent=sent,
        maximum=4.0,
        known=None if known is None else Shown(known, 4.0),
        has_newer=has_newer and state != "sent",
    )
    return lane, None if shown is None else Shown(shown, 4.0)


def after(lane: Lane, verdict: Verdict | None) -> str:
    return lane.state if verdict is None else verdict.state


def told(lane: Lane, shown: Shown | None) -> str:
    """Say, as a table of which the first line that fits holds, what becomes of a lane."""
    theirs = None if shown is None else shown.score
    is_held = lane.state in {"changed", "left"}
    is_left_so = lane.state == "left" and lane.known == shown
    is_out_of_the_way = lane.state == "changed" and lane.known is not None
    table = [
        (lane.state == "due", "due"),
        # The platform shows what it should.
        (theirs is not None and theirs == lane.wanted, "sent"),
        (theirs is None and lane.wanted is None, "none"),
        # It shows what arrived before.
        (
            theirs is not None and theirs == lane.sent and lane.wanted is None,
            "withdrawn",
        ),
        (theirs is not None and theirs == lane.sent and not is_held, lane.state),
        # It shows somebody else's, or what arrived before where somebody meanwhile had a hand in
        # it: with staff, or left by them as long as it stays the same.
        (is_left_so, "left"),
        (theirs is not None, "changed"),
        # It shows nothing.
        (lane.state == "failed", "failed"),
        (is_out_of_the_way and lane.has_newer, "due"),
        (True, "changed"),
    ]
    return next(state for holds, state in table if holds)


@given(lanes())
def test_every_lane_comes_to_the_state_of_the_table(
    drawn: tuple[Lane, Shown | None],
) -> None:
    lane, shown = drawn

    assert after(lane, compare(lane, shown, 5)) == told(lane, shown)


@given(lanes())
def test_nothing_is_sent_over_what_somebody_else_wrote(
    drawn: tuple[Lane, Shown | None],
) -> None:
    lane, shown = drawn
    verdict = compare(lane, shown, 5)

    if verdict is not None and verdict.state == "due":
        assert shown is None
        assert lane.state == "changed"


@given(lanes())
def test_the_second_comparison_of_the_same_finds_nothing_new(
    drawn: tuple[Lane, Shown | None],
) -> None:
    lane, shown = drawn
    first = compare(lane, shown, 5)
    assume(first is not None and first.state != "due")
    assert first is not None
    settled = Lane(
        state=first.state,
        wanted=lane.wanted,
        sent=lane.wanted if first.state == "sent" else lane.sent,
        maximum=lane.maximum,
        known=shown if first.state == "changed" else None,
        has_newer=lane.has_newer and first.state != "sent",
    )

    assert compare(settled, shown, 5) is None


@pytest.mark.parametrize(
    ("lane", "shown", "code"),
    [
        (Lane("sent", 1.0, 1.0, 1.0), Shown(0.5, 1.0), "changed_in_lms"),
        (Lane("sent", 1.0, 1.0, 1.0), None, "missing_in_lms"),
        (
            Lane("changed", 0.8, 1.0, 1.0, known=Shown(0.4, 1.0), has_newer=True),
            Shown(1.0, 1.0),
            "changed_in_lms",
        ),
        (Lane("none", None, None, 1.0), Shown(0.5, 1.0), "unsent_in_lms"),
        (Lane("withdrawn", None, 1.0, 1.0), Shown(0.5, 1.0), "changed_in_lms"),
        (
            Lane("sent", 1.0, 1.0, 1.0, known=Shown(0.5, 1.0)),
            Shown(0.5, 1.0),
            "kept_in_lms",
        ),
        (
            Lane("sent", 1.0, 1.0, 1.0, known=Shown(0.5, 1.0)),
            Shown(0.6, 1.0),
            "changed_in_lms",
        ),
    ],
    ids=[
        "changed",
        "deleted",
        "set back by hand",
        "by hand only",
        "after withdrawal",
        "kept",
        "once more",
    ],
)
def test_a_difference_has_a_name(lane: Lane, shown: Shown | None, code: str) -> None:
    assert compare(lane, shown, 5) == Verdict("changed", code)


def recorded(case: str) -> Shown:
    cases: list[dict[str, Any]] = json.loads(
        (RECORDED / "ags-lineitems-results.json").read_text()
    )
    body = next(c["body"] for c in cases if c["case"] == case)
    (entry,) = json.loads(body)
    return Shown(entry["resultScore"], entry["resultMaximum"])


@pytest.mark.parametrize(
    ("case", "points", "maximum", "is_same"),
    [
        ("results rescaled 50/100", 50.0, 100.0, True),
        ("results user 10 (zero grade)", 0.0, 1.0, True),
        ("results user 25 (overridden 39, raw 20)", 20.0, 40.0, False),
    ],
)
def test_what_a_real_moodle_showed_is_understood(
    case: str, points: float, maximum: float, is_same: bool
) -> None:
    assert agrees(points, maximum, recorded(case), decimals("moodle")) == is_same
