"""One delivery to a platform: which line item, the request, and what the answer means."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from lti_tool import clock
from lti_tool.gradebook import rules
from lti_tool.gradebook.models import LineItem
from lti_tool.gradebook.reading import trace
from lti_tool.gradebook.rules import Judgement, Outcome
from lti_tool.gradebook.service import bare_link, coupled_url
from lti_tool.lti import grades as ags
from lti_tool.lti.connector import (
    CannotSignError,
    Connector,
    ForeignAddressError,
    Platform,
    ScopeNotGrantedError,
    TokenRefusedError,
)
from lti_tool.lti.http import PlatformUnreachableError, Reply
from lti_tool.persistence.session import Database

LEASE = timedelta(seconds=45)
"""Covers the usual requests of one delivery. A delivery that takes longer loses its lane; what
it still sends carries an older timestamp, and what it still writes is refused."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parcel:
    """One grade on its way, free of any session."""

    grade_id: int
    version: int
    lease: str
    leased_until: datetime
    platform: Platform
    course_id: int
    line_item_id: int
    line_item_url: str | None
    lineitems_url: str | None
    grade_scopes: tuple[str, ...]
    """What launches say that this course's grade service permits."""
    wanted: ags.WantedLineItem
    score: ags.Score
    last_stamp: datetime | None
    """The timestamp of the score before this one."""
    trace_id: str
    is_probe: bool = False
    """True for the one request that tries a platform after an outage."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a delivery; ``status`` is the platform's HTTP status, None where none came."""

    judgement: Judgement
    status: int | None = None


Delivered = tuple[Parcel, Answer]


class _StoppedError(Exception):
    """There is no line item to send to, so no score was sent."""

    def __init__(self, judgement: Judgement, status: int | None = None) -> None:
        super().__init__(judgement.code)
        self.answer = Answer(replace(judgement, may_be_stored=False), status)


def post(database: Database, connector: Connector, parcel: Parcel) -> Answer:
    """Bring a grade to its platform and return what came of it; it never raises."""
    try:
        return _post(database, connector, parcel)
    except _StoppedError as stopped:
        return stopped.answer
    except PlatformUnreachableError as error:
        return Answer(rules.unreachable(error.kind))
    except (TokenRefusedError, CannotSignError) as error:
        return _without_token(error)
    except ForeignAddressError:
        return Answer(Judgement(Outcome.FAILED, "address_of_other_host"))
    except Exception:
        # One grade that nobody foresaw must not hold up all others.
        log.exception("delivery failed", grade=parcel.grade_id)
        return Answer(rules.own_fault())


def _without_token(error: TokenRefusedError | CannotSignError) -> Answer:
    if isinstance(error, CannotSignError):
        log.error("cannot sign", reason=str(error))
        return Answer(rules.cannot_sign())
    reply = error.reply
    if isinstance(error, ScopeNotGrantedError):
        return Answer(Judgement(Outcome.FAILED, "scope_not_granted"), reply.status)
    judged = rules.judge_token(reply.status, reply.text, reply.retry_after)
    return Answer(judged, reply.status)


def _post(database: Database, connector: Connector, parcel: Parcel) -> Answer:
    url = parcel.line_item_url or _line_item(database, connector, parcel)
    if clock.now() >= parcel.leased_until:
        # The search took so long that somebody else may be sending it by now.
        raise _StoppedError(_BUSY)
    reply = ags.post_score(connector, parcel.platform, url, parcel.score)
    judged = rules.judge(reply.status, reply.text, reply.retry_after)
    if reply.status in rules.MISSING and judged.outcome is not Outcome.FAILED:
        # To forget a column that is there would send a class to two columns.
        container, scopes = parcel.lineitems_url, parcel.grade_scopes
        seen = trace(connector, parcel.platform, url, container, scopes)
        judged = rules.missing(judged, seen)
    return Answer(judged, reply.status)


def _line_item(database: Database, connector: Connector, parcel: Parcel) -> str:
    """Return the line item's URL: coupled, found or made; lanes of one item take turns."""
    turn = _begin_search(database, parcel)
    if isinstance(turn, str):
        return turn
    url: str | None = None
    try:
        url = _find(connector, parcel, turn)
        if url is None:
            turn = _renew(database, parcel, turn)
            url = _make(connector, parcel, turn)
    except PlatformUnreachableError as error:
        raise _StoppedError(rules.unreachable(error.kind)) from error
    finally:
        # Somebody may have taken over from a search that went on for long, and found another.
        known = _end_search(database, parcel, turn, url)
    return known or url


@dataclass(frozen=True, slots=True)
class _Turn:
    """The right to look for a line item and to make it, for a while."""

    wanted: ags.WantedLineItem
    container: str
    until: datetime


_BUSY = Judgement(Outcome.RETRY, "line_item_busy", timedelta(seconds=1))


def _begin_search(database: Database, parcel: Parcel) -> str | _Turn:
    """Return the URL where it is known by now, else the right to look for it."""
    now = clock.now()
    with database.transaction(parcel.course_id) as session:
        item = session.get_one(LineItem, parcel.line_item_id, with_for_update=True)
        coupled = coupled_url(session, item.resource_id, item.tag)
        if item.url is None and coupled is not None:
            item.url, item.is_coupled = coupled, True
        if item.url is not None:
            return item.url
        if parcel.lineitems_url is None:
            raise _StoppedError(Judgement(Outcome.FAILED, "no_line_item"))
        if item.leased_until is not None and item.leased_until > now:
            raise _StoppedError(_BUSY)
        item.leased_until = now + LEASE
        link = bare_link(session, item.resource_id, item.tag)
        if link is None:
            return _Turn(parcel.wanted, parcel.lineitems_url, item.leased_until)
        return _Turn(
            replace(parcel.wanted, resource_link_id=link.resource_link_id),
            link.lineitems_url or parcel.lineitems_url,
            item.leased_until,
        )


def _renew(database: Database, parcel: Parcel, turn: _Turn) -> _Turn:
    """Return a fresh turn, unless somebody else took over from a search that went on for long."""
    with database.transaction(parcel.course_id) as session:
        item = session.get_one(LineItem, parcel.line_item_id, with_for_update=True)
        if item.url is not None or item.leased_until != turn.until:
            raise _StoppedError(_BUSY)
        item.leased_until = clock.now() + LEASE
        return replace(turn, until=item.leased_until)


def _end_search(
    database: Database, parcel: Parcel, turn: _Turn, url: str | None
) -> str | None:
    """Note what was found and return the line item's URL as it is known now."""
    with database.transaction(parcel.course_id) as session:
        item = session.get_one(LineItem, parcel.line_item_id, with_for_update=True)
        item.url = item.url or url
        if item.leased_until == turn.until:
            item.leased_until = None
        return item.url


def _find(connector: Connector, parcel: Parcel, turn: _Turn) -> str | None:
    search = ags.find_line_item(
        connector, parcel.platform, turn.container, turn.wanted, parcel.grade_scopes
    )
    if not search.is_complete:
        raise _no_line_item(search.reply)
    return search.url


def _make(connector: Connector, parcel: Parcel, turn: _Turn) -> str:
    if parcel.grade_scopes and ags.LINE_ITEM_SCOPE not in parcel.grade_scopes:
        raise _StoppedError(_REFUSED)
    url, reply = ags.make_line_item(
        connector, parcel.platform, turn.container, turn.wanted
    )
    if url is None:
        raise _no_line_item(reply)
    return url


_REFUSED = Judgement(Outcome.FAILED, "line_item_refused")


def _no_line_item(reply: Reply) -> _StoppedError:
    judged = rules.judge(reply.status, reply.text, reply.retry_after)
    is_passing = judged.outcome is Outcome.RETRY
    if reply.status in rules.MISSING and not is_passing:
        return _StoppedError(rules.no_list(), reply.status)
    return _StoppedError(judged if is_passing else _REFUSED, reply.status)
