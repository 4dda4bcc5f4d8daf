"""What a platform's gradebook says, beside what it should say: the rules, without database and clock."""

from dataclasses import dataclass

HELD = frozenset({"changed", "left"})
"""States in which nothing is sent by itself: the LMS says something else, or is left with it."""
_DECIMALS = {"moodle": 5}
_USUAL_DECIMALS = 2
_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class Shown:
    """What the platform shows of a person: points of a maximum, which may not be ours."""

    score: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Lane:
    """What a line item should say of a person, and what was sent and found before."""

    state: str
    wanted: float | None
    """None where nothing is wanted, or no longer."""
    sent: float | None
    """The score that last arrived; None if none ever did."""
    maximum: float
    known: Shown | None = None
    """What the platform was found to show at the last difference."""
    has_newer: bool = False
    """True if what is wanted was never sent."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of a lane after a comparison, and the reason code of it."""

    state: str
    code: str | None = None


def decimals(platform_family: str | None) -> int:
    """Return how many decimals of a grade a platform keeps; what is finer is no difference."""
    return _DECIMALS.get(platform_family or "", _USUAL_DECIMALS)


def agrees(
    points: float | None, maximum: float, shown: Shown | None, places: int
) -> bool:
    """Tell whether a platform that keeps so many decimals shows just these points."""
    if points is None or shown is None:
        return False
    expected = points / maximum * shown.maximum
    finest = 0.5 * 10.0**-places
    return abs(expected - shown.score) <= finest + _NOISE * max(1.0, abs(expected))


def compare(lane: Lane, shown: Shown | None, places: int) -> Verdict | None:
    """Return what becomes of a lane; None where it stays as it is.

    Nothing that somebody else wrote into the gradebook leads to sending. What is on its way is
    not compared.
    """
    if lane.state == "due":
        return None
    if shown is None:
        return _of_nothing(lane)
    if agrees(lane.wanted, lane.maximum, shown, places):
        return None if lane.state == "sent" else Verdict("sent", "delivered")
    # Somebody may have set by hand just what arrived last: a held lane that wants something else
    # stays with staff.
    is_waiting = lane.state in HELD and lane.wanted is not None
    if not is_waiting and agrees(lane.sent, lane.maximum, shown, places):
        return _of_the_last(lane)
    return _of_another(lane, shown)


def _of_nothing(lane: Lane) -> Verdict | None:
    """Judge a lane of which the platform shows no grade."""
    if lane.wanted is None:
        return None if lane.state == "none" else Verdict("none")
    if lane.state == "failed" or (lane.state in HELD and lane.known is None):
        return None
    if lane.state == "changed" and lane.has_newer:
        # What stood in the way is gone.
        return Verdict("due")
    return Verdict("changed", "missing_in_lms")


def _of_the_last(lane: Lane) -> Verdict | None:
    """Judge a lane of which the platform shows what arrived last, and not what is wanted now."""
    return Verdict("withdrawn") if lane.state in {"none", *HELD} else None


def _of_another(lane: Lane, shown: Shown) -> Verdict | None:
    """Judge a lane of which the platform shows what this tool did not send."""
    is_known = lane.known == shown
    if lane.state in HELD and is_known:
        return None
    if lane.wanted is None and lane.sent is None:
        return Verdict("changed", "unsent_in_lms")
    if lane.state == "sent" and is_known:
        return Verdict("changed", "kept_in_lms")
    return Verdict("changed", "changed_in_lms")
