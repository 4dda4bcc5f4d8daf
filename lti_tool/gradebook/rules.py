"""What a platform's answer means, when to try again, and which timestamp a score carries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

_FIRST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(minutes=15)
_LONGEST_ASKED = timedelta(hours=6)
_MOST_DOUBLINGS = 20


class Outcome(StrEnum):
    """What becomes of a grade after an attempt."""

    SENT = "sent"
    RETRY = "retry"
    """The platform had a moment of weakness; this grade is not to blame."""
    FIND_AGAIN = "find_again"
    """The line item is gone: look for it, or make it, once more."""
    NEWER = "newer"
    """The platform holds a score of the same or a later moment: send with a later one."""
    FAILED = "failed"
    """A person must do something first."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """An outcome, its reason code, and how long the platform asked to wait."""

    outcome: Outcome
    code: str
    wait: timedelta | None = None
    spares_platform: bool = False
    """True if the whole platform should be left alone for a while."""


_REFUSALS = {
    400: "not_gradable",
    401: "unauthorized",
    403: "forbidden",
    405: "not_supported",
    415: "not_supported",
    422: "not_gradable",
}


def judge(status: int, body: str, retry_after: timedelta | None = None) -> Judgement:
    """Return what an answer to a score means (AGS 2.0, and what Moodle 4.5 was seen to do)."""
    empty_list = body.strip() == "[]"
    if 200 <= status < 300:  # noqa: PLR2004  # HTTP
        # Moodle answers some refusals with 200 and an empty list; success has an empty body.
        if empty_list:
            return Judgement(Outcome.FAILED, "refused_silently")
        return Judgement(Outcome.SENT, "delivered")
    if status == 429 or (status == 403 and "rate limit" in body.lower()):  # noqa: PLR2004  # HTTP
        return Judgement(Outcome.RETRY, "slow_down", _capped(retry_after), spares_platform=True)
    if status == 404:  # noqa: PLR2004  # HTTP
        return Judgement(Outcome.FIND_AGAIN, "line_item_gone")
    if status == 409:  # noqa: PLR2004  # HTTP
        return Judgement(Outcome.NEWER, "newer_in_lms")
    if status == 500 and empty_list:  # noqa: PLR2004  # HTTP
        return Judgement(Outcome.FAILED, "locked")
    if status >= 500:  # noqa: PLR2004  # HTTP
        return Judgement(Outcome.RETRY, "platform_error", _capped(retry_after), spares_platform=True)
    return Judgement(Outcome.FAILED, _REFUSALS.get(status, "refused"))


def _capped(wait: timedelta | None) -> timedelta | None:
    return None if wait is None else min(max(wait, timedelta(0)), _LONGEST_ASKED)


def unreachable(kind: str) -> Judgement:
    """Return what it means that no answer came; ``kind`` as in PlatformUnreachableError."""
    if kind == "blocked":
        return Judgement(Outcome.FAILED, "address_not_permitted")
    return Judgement(Outcome.RETRY, f"unreachable_{kind}", spares_platform=True)


def wait_after(failures: int, share: float) -> timedelta:
    """Return how long to wait after so many failures in a row; ``share`` in [0, 1) spreads it."""
    longest = min(_FIRST_WAIT * 2 ** min(failures, _MOST_DOUBLINGS), _LONGEST_WAIT)
    return longest * (0.5 + share / 2)


def next_stamp(now: datetime, last: datetime | None) -> datetime:
    """Return a timestamp in whole seconds, later than the last, also if our clock went back.

    Platforms compare whole seconds and refuse a score that is not newer.
    """
    whole = now.replace(microsecond=0)
    return whole if last is None else max(whole, last + timedelta(seconds=1))
