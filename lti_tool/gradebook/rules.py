"""What a platform's answer means, when to try again, and which timestamp a score carries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus

_FIRST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(minutes=15)
_LONGEST_ASKED = timedelta(hours=6)
_MOST_DOUBLINGS = 20
_FEW_ATTEMPTS = 5
_MANY_ATTEMPTS = 8
_OF_AN_HOUR = 14
"""So many attempts last for about an hour, as the waits between them grow."""
_OF_A_DAY = 137
_FEW_FAULTS = 2
"""A fault now and then is of one grade; three in a row are of the platform."""


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
    tolerated: int = 0
    """How many such answers in a row a platform may give before it is left alone."""
    may_be_stored: bool = False
    """False only if the score certainly does not stand in the platform's gradebook."""
    most_attempts: int | None = None
    """After how many attempts it fails; None for as long as it takes, which burns none."""

    def is_worth(self, refusals: int) -> bool:
        """Tell whether to try again after so many attempts that count."""
        if self.outcome in {Outcome.SENT, Outcome.FAILED}:
            return False
        return self.most_attempts is None or refusals < self.most_attempts


MISSING = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
"""Also a proxy says so whose platform is away; what a platform shows tells one from the other."""
_CLOSED = MISSING | {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_REFUSALS: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "not_gradable",
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.METHOD_NOT_ALLOWED: "not_supported",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_long",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "not_supported",
    HTTPStatus.UNPROCESSABLE_ENTITY: "not_gradable",
}
_DELIVERED = Judgement(Outcome.SENT, "delivered", may_be_stored=True)
_SILENT = Judgement(Outcome.FAILED, "refused_silently")
_GONE = Judgement(Outcome.FIND_AGAIN, "line_item_gone")
_NEWER = Judgement(
    Outcome.NEWER, "newer_in_lms", may_be_stored=True, most_attempts=_FEW_ATTEMPTS
)
_MENDABLE: Mapping[int, Judgement] = {
    HTTPStatus.NOT_FOUND: _GONE,
    HTTPStatus.GONE: _GONE,
    HTTPStatus.CONFLICT: _NEWER,
}
_OF_WORDS: Sequence[tuple[int, str, Judgement]] = tuple(
    (status, words, _NEWER if code == _NEWER.code else Judgement(Outcome.FAILED, code))
    for status, words, code in (
        # Canvas: a moment earlier than its own, in fractions of a second, is no conflict to it.
        (400, "before last updated timestamp", "newer_in_lms"),
        # Open edX, of a score of the same second.
        (400, "already exists for the provided timestamp", "newer_in_lms"),
        (400, "in the future", "clock_ahead"),
        (412, "does not have permission", "forbidden"),
        (422, "has concluded", "course_over"),
        (422, "unpublished", "not_published"),
        (422, "allowed attempts", "attempts_used"),
        # Brightspace: the person is missing, and not the line item or a permission.
        (403, "user in requested score", "not_gradable"),
        (404, "user in requested score", "not_gradable"),
        # Moodle, of an address that is no line item's.
        (400, "no handler found", "not_supported"),
    )
)


_SEEN_BY_LOOKING = frozenset(
    {
        "unauthorized",
        "forbidden",
        "line_item_gone",
        "slow_down",
        "redirected",
        "page_instead",
    }
)
_CLOCK_WORDS = ("expired token", "token with iat prior", "token with nbf prior")
"""Moodle, of an assertion that lives for another minute than its own."""
_SIGN_IN_REFUSED = (
    "access_denied",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "unauthorized_client",
    "unsupported_grant_type",
)
"""What a token endpoint says (RFC 6749, 5.2); Moodle says it in words of its own, with 400."""


def judge(status: int, body: str, retry_after: timedelta | None = None) -> Judgement:
    """Return what an answer to a score means (AGS 2.0, and what Moodle 4.5 was seen to do)."""
    elsewhere = _from_elsewhere(status, body)
    if elsewhere is not None:
        return elsewhere
    # Moodle answers some refusals with 200 and an empty list; success has an empty body.
    empty_list = body.strip() == "[]"
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _SILENT if empty_list else _DELIVERED
    if _asks_for_a_pause(status, body):
        return _pause("slow_down", retry_after)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR and empty_list:
        return Judgement(Outcome.FAILED, "locked")
    if (
        status == HTTPStatus.REQUEST_TIMEOUT
        or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        return _fault(retry_after, may_be_stored=True)
    refused = Judgement(Outcome.FAILED, _REFUSALS.get(status, "refused"))
    return _said(status, body) or _MENDABLE.get(status, refused)


def _said(status: int, body: str) -> Judgement | None:
    """Return what only the words of an answer tell."""
    text = body.lower()
    found = (j for code, words, j in _OF_WORDS if code == status and words in text)
    return next(found, None)


def is_page(body: str) -> bool:
    """Tell whether an answer is a page for people, such as a login; services answer none."""
    return body.lstrip("\ufeff \t\r\n").startswith("<")


def _from_elsewhere(status: int, body: str) -> Judgement | None:
    """Return what it means that something before the platform answered; None if it did itself.

    That passes, as a maintenance does, so it is an outage and burns no attempts.
    """
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return replace(_fault(None), code="redirected")
    if is_page(body) and (status < HTTPStatus.MULTIPLE_CHOICES or status in _CLOSED):
        # Where it is refused by a page, such as a firewall's, nothing was stored.
        taken = status < HTTPStatus.MULTIPLE_CHOICES
        return replace(_fault(None, may_be_stored=taken), code="page_instead")
    return None


def judge_look(status: int, body: str) -> str | None:
    """Return the reason code for an answer to a mere look, None if it showed what is there."""
    if status == HTTPStatus.OK and not is_page(body):
        return None
    code = judge(status, body).code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "platform_error"
    return code if code in _SEEN_BY_LOOKING else "not_understood"


def judge_token(
    status: int, body: str, retry_after: timedelta | None = None
) -> Judgement:
    """Return what it means that the token endpoint gave no token.

    A platform refuses us for a moment too, for instance while it cannot read our keys, which
    Moodle says by a page.
    """
    if _asks_for_a_pause(status, body):
        return _pause("slow_down", retry_after)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _fault(retry_after)
    if is_page(body):
        return replace(_fault(retry_after), code="page_instead")
    return _from_elsewhere(status, body) or _refused_token(status, body, retry_after)


def _refused_token(status: int, body: str, retry_after: timedelta | None) -> Judgement:
    text = body.lower()
    if "invalid_scope" in text:
        return Judgement(Outcome.FAILED, "scope_not_granted")
    by_itself = status == HTTPStatus.BAD_REQUEST and '"error"' in text
    if not (by_itself or any(code in text for code in _SIGN_IN_REFUSED)):
        # What answers so is no token endpoint, such as a proxy whose platform is away.
        return _fault(retry_after)
    is_late = any(words in text for words in _CLOCK_WORDS)
    code = "clocks_differ" if is_late else "token_refused"
    return Judgement(Outcome.RETRY, code, most_attempts=_OF_AN_HOUR)


def _asks_for_a_pause(status: int, body: str) -> bool:
    # Canvas once said so with 403.
    limited = status == HTTPStatus.FORBIDDEN and "rate limit" in body.lower()
    return status == HTTPStatus.TOO_MANY_REQUESTS or limited


def _pause(code: str, asked: timedelta | None) -> Judgement:
    wait = None if asked is None else min(max(asked, timedelta(0)), _LONGEST_ASKED)
    return Judgement(Outcome.RETRY, code, wait, spares_platform=True)


def _fault(asked: timedelta | None, *, may_be_stored: bool = False) -> Judgement:
    return replace(
        _pause("platform_error", asked),
        may_be_stored=may_be_stored,
        tolerated=0 if asked is not None else _FEW_FAULTS,
    )


_NEVER_SENT = frozenset({"dns", "tls"})


def unreachable(kind: str) -> Judgement:
    """Return what it means that no answer came; ``kind`` as in PlatformUnreachableError."""
    if kind == "blocked":
        return Judgement(Outcome.FAILED, "address_not_permitted")
    return Judgement(
        Outcome.RETRY,
        f"unreachable_{kind}",
        spares_platform=True,
        tolerated=0 if kind in _NEVER_SENT else _FEW_FAULTS,
        may_be_stored=kind not in _NEVER_SENT,
    )


class Trace(StrEnum):
    """What a platform shows of a column after it said that there is none."""

    THERE = "there"
    GONE = "gone"
    HIDDEN = "hidden"
    """The platform is there, and does not let us see."""
    AWAY = "away"
    """Nothing is there that should be: it is not the platform that answers."""


def missing(judged: Judgement, trace: Trace) -> Judgement:
    """Return what an answer from MISSING to a score means, as ``judge`` and the traces tell."""
    is_page = judged.outcome is Outcome.RETRY
    match trace:
        case Trace.GONE:
            return _GONE
        case Trace.THERE:
            return Judgement(Outcome.RETRY, "not_gradable", most_attempts=_OF_AN_HOUR)
        case Trace.HIDDEN if not is_page:
            return Judgement(Outcome.RETRY, _GONE.code, most_attempts=_OF_AN_HOUR)
    return judged if is_page else _fault(None)


def no_list() -> Judgement:
    """Return what it means that the list of line items is missing: for a day it may come back."""
    return Judgement(Outcome.RETRY, "line_item_refused", most_attempts=_OF_A_DAY)


def cannot_sign() -> Judgement:
    """Return what it means that our key is not here: all wait until an operator has copied it."""
    return Judgement(Outcome.RETRY, "cannot_sign", spares_platform=True)


def own_fault() -> Judgement:
    """Return what it means that this tool stumbled: a few more attempts, then a person looks."""
    return Judgement(
        Outcome.RETRY, "tool_error", may_be_stored=True, most_attempts=_FEW_ATTEMPTS
    )


def may_be_of_one_grade(judgement: Judgement, attempts: int) -> bool:
    """Tell whether a fault came so often that it may be of this grade and not of the platform."""
    return judgement.code == "platform_error" and attempts >= _MANY_ATTEMPTS


def of_one_grade(judgement: Judgement) -> Judgement:
    """Return a fault as that of one grade, while the platform takes others: it cannot go on for ever."""
    return replace(
        judgement,
        code="fails_alone",
        spares_platform=False,
        most_attempts=_FEW_ATTEMPTS,
    )


def wait_after(failures: int, share: float) -> timedelta:
    """Return how long to wait after so many failures in a row; ``share`` in [0, 1) spreads it."""
    doubled: timedelta = _FIRST_WAIT * 2 ** min(failures, _MOST_DOUBLINGS)
    return min(doubled, _LONGEST_WAIT) * (0.5 + share / 2)


def next_stamp(now: datetime, last: datetime | None) -> datetime:
    """Return a timestamp in whole seconds, later than the last, also if our clock went back.

    Platforms compare whole seconds and refuse a score that is not newer.
    """
    whole = now.replace(microsecond=0)
    return whole if last is None else max(whole, last + timedelta(seconds=1))
