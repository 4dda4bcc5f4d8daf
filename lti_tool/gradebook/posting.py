"""One delivery to a platform: which line item, the request, and what the answer means."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog

from lti_tool import clock
from lti_tool.gradebook import rules
from lti_tool.gradebook.models import LineItem
from lti_tool.gradebook.rules import Judgement, Outcome
from lti_tool.gradebook.service import coupled_url
from lti_tool.lti import grades as ags
from lti_tool.lti.connector import (
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
_MOST_DIGITS = 7
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parcel:
    """One grade on its way, free of any session."""

    grade_id: int
    version: int
    lease: str
    registration_id: int
    course_id: int
    line_item_id: int
    line_item_url: str | None
    lineitems_url: str | None
    wanted: ags.WantedLineItem
    score: ags.Score
    attempts: int
    last_stamp: datetime | None
    """The timestamp of the score before this one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a delivery; ``status`` is the platform's HTTP status, None where none came."""

    judgement: Judgement
    status: int | None = None


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
    except TokenRefusedError as error:
        return _without_token(error)
    except ForeignAddressError:
        return Answer(Judgement(Outcome.FAILED, "address_of_other_host"))
    except Exception:
        # One grade that nobody foresaw must not hold up all others.
        log.exception("delivery failed", grade=parcel.grade_id)
        return Answer(rules.own_fault())


def _without_token(error: TokenRefusedError) -> Answer:
    reply = error.reply
    if isinstance(error, ScopeNotGrantedError):
        return Answer(Judgement(Outcome.FAILED, "scope_not_granted"), reply.status)
    judged = rules.judge_token(reply.status, _text(reply), _retry_after(reply))
    return Answer(judged, reply.status)


def _post(database: Database, connector: Connector, parcel: Parcel) -> Answer:
    platform = connector.platform(parcel.registration_id)
    url = parcel.line_item_url or _line_item(database, connector, platform, parcel)
    reply = ags.post_score(connector, platform, url, parcel.score)
    judged = rules.judge(reply.status, _text(reply), _retry_after(reply))
    return Answer(judged, reply.status)


def _line_item(
    database: Database, connector: Connector, platform: Platform, parcel: Parcel
) -> str:
    """Return the line item's URL: coupled, found or made; lanes of one item take turns."""
    known = _begin_search(database, parcel)
    if known is not None:
        return known
    url: str | None = None
    try:
        url = _search(connector, platform, parcel)
    except PlatformUnreachableError as error:
        raise _StoppedError(rules.unreachable(error.kind)) from error
    finally:
        _end_search(database, parcel, url)
    return url


def _begin_search(database: Database, parcel: Parcel) -> str | None:
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
            wait = timedelta(seconds=1)
            raise _StoppedError(Judgement(Outcome.RETRY, "line_item_busy", wait))
        item.leased_until = now + LEASE
    return None


def _end_search(database: Database, parcel: Parcel, url: str | None) -> None:
    with database.transaction(parcel.course_id) as session:
        item = session.get_one(LineItem, parcel.line_item_id, with_for_update=True)
        item.url, item.leased_until = url or item.url, None


def _search(connector: Connector, platform: Platform, parcel: Parcel) -> str:
    container = parcel.lineitems_url or ""
    search = ags.find_line_item(connector, platform, container, parcel.wanted)
    url, reply = search.url, search.reply
    if search.is_complete and url is None:
        url, reply = ags.make_line_item(connector, platform, container, parcel.wanted)
    if url is None:
        judged = rules.judge(reply.status, _text(reply), _retry_after(reply))
        if judged.outcome is not Outcome.RETRY:
            judged = Judgement(Outcome.FAILED, "line_item_refused")
        raise _StoppedError(judged, reply.status)
    return url


def _text(reply: Reply) -> str:
    return reply.body[:2000].decode("utf-8", "replace")


def _retry_after(reply: Reply) -> timedelta | None:
    value = reply.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return timedelta(seconds=int(value[:_MOST_DIGITS]))
    try:
        return parsedate_to_datetime(value).astimezone(UTC) - clock.now()
    except (ValueError, OverflowError):
        return None
