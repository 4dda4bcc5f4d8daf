"""Brings the platform's gradebook to what it should say: claim, send outside any transaction, finish."""

import random
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog
from sqlalchemy import Select, func, or_, select

from lti_tool import clock
from lti_tool.courses.models import Course, Person
from lti_tool.gradebook import rules
from lti_tool.gradebook.models import Attempt, Grade, LineItem, PlatformGate
from lti_tool.gradebook.rules import Judgement, Outcome
from lti_tool.lti import grades as ags
from lti_tool.lti.connector import (
    Connector,
    ForeignAddressError,
    Platform,
    TokenRefusedError,
)
from lti_tool.lti.http import PlatformUnreachableError, Reply
from lti_tool.persistence.session import EVERYWHERE, Database, Session

LEASE = timedelta(seconds=45)
"""Longer than the requests of one delivery can take together."""
_MOST_SAME_SECOND = 5
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


def deliver_due(database: Database, connector: Connector, *, most: int = 200) -> int:
    """Deliver what is due now and return how many requests for grades were answered."""
    done = 0
    while done < most:
        parcel = _claim(database)
        if parcel is None:
            break
        _finish(database, parcel, *_send(database, connector, parcel))
        done += 1
    return done


def oldest_due(session: Session) -> datetime | None:
    """Return since when the longest-waiting grade waits."""
    return session.scalar(select(func.min(Grade.wanted_at)).where(Grade.state == "due"))


def _claim(database: Database) -> Parcel | None:
    now = clock.now()
    with database.transaction(EVERYWHERE) as session:
        found = session.execute(_due(now)).first()
        if found is None:
            return None
        grade, item, course, person, gate = found
        if gate is not None:
            # One request tries a platform that failed; the others wait for its answer.
            gate.closed_until = now + LEASE if gate.failures else gate.closed_until
        grade.lease_token = secrets.token_hex(8)
        grade.leased_until = now + LEASE
        grade.sent_stamp = rules.next_stamp(now, grade.sent_stamp)
        return _parcel(grade, item, course, person)


def _due(now: datetime) -> Select[tuple[Grade, LineItem, Course, Person, PlatformGate]]:
    free = or_(Grade.leased_until.is_(None), Grade.leased_until < now)
    opened = or_(PlatformGate.closed_until.is_(None), PlatformGate.closed_until <= now)
    return (
        select(Grade, LineItem, Course, Person, PlatformGate)
        .join(LineItem, LineItem.id == Grade.line_item_id)
        .join(Course, Course.id == Grade.course_id)
        .join(Person, Person.id == Grade.person_id)
        .outerjoin(PlatformGate, PlatformGate.registration_id == Person.registration_id)
        .where(Grade.state == "due", Grade.next_try_at <= now, free, opened)
        .order_by(Grade.next_try_at, Grade.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=[Grade, LineItem])
    )


def _parcel(grade: Grade, item: LineItem, course: Course, person: Person) -> Parcel:
    return Parcel(
        grade_id=grade.id,
        version=grade.version,
        lease=grade.lease_token or "",
        registration_id=person.registration_id,
        course_id=grade.course_id,
        line_item_id=item.id,
        line_item_url=item.url,
        lineitems_url=course.lineitems_url,
        wanted=ags.WantedLineItem(
            label=item.label,
            maximum=item.maximum,
            # Copies of a course on one platform must not share columns.
            resource_id=f"{course.id}-{item.resource_id}",
            tag=item.tag,
        ),
        score=ags.Score(
            sub=person.sub,
            given=grade.score or 0.0,
            maximum=item.maximum,
            at=grade.sent_stamp or clock.now(),
            comment=grade.comment,
        ),
        attempts=grade.attempts,
    )


def _send(
    database: Database, connector: Connector, parcel: Parcel
) -> tuple[Judgement, int | None]:
    """Return what the platform's answer means, and its HTTP status if there was one."""
    try:
        platform = connector.platform(parcel.registration_id)
        url = parcel.line_item_url
        if url is None:
            url, refusal = _line_item(database, connector, platform, parcel)
            if refusal is not None:
                return refusal, None
        if url is None:
            return Judgement(Outcome.FAILED, "no_line_item"), None
        reply = ags.post_score(connector, platform, url, parcel.score)
    except PlatformUnreachableError as error:
        return rules.unreachable(error.kind), None
    except TokenRefusedError as error:
        return _token_refused(error.reply), error.reply.status
    except ForeignAddressError:
        return Judgement(Outcome.FAILED, "address_of_other_host"), None
    return rules.judge(reply.status, _text(reply), _retry_after(reply)), reply.status


def _line_item(
    database: Database, connector: Connector, platform: Platform, parcel: Parcel
) -> tuple[str | None, Judgement | None]:
    """Return the URL of our own line item, found or made; lanes of one item take turns."""
    if parcel.lineitems_url is None:
        return None, Judgement(Outcome.FAILED, "no_line_item")
    with database.transaction(parcel.course_id) as session:
        item = session.get_one(LineItem, parcel.line_item_id, with_for_update=True)
        if item.url is not None:
            return item.url, None
        if item.leased_until is not None and item.leased_until > clock.now():
            return None, Judgement(Outcome.RETRY, "line_item_busy", timedelta(seconds=1))
        item.leased_until = clock.now() + LEASE
    url, reply = ags.find_line_item(connector, platform, parcel.lineitems_url, parcel.wanted)
    if url is None and 200 <= reply.status < 300:  # noqa: PLR2004  # HTTP
        url, reply = ags.make_line_item(connector, platform, parcel.lineitems_url, parcel.wanted)
    if url is None:
        _give_back(database, parcel)
        judged = rules.judge(reply.status, _text(reply), _retry_after(reply))
        if judged.outcome is Outcome.RETRY:
            return None, judged
        return None, Judgement(Outcome.FAILED, "line_item_refused")
    with database.transaction(parcel.course_id) as session:
        item = session.get_one(LineItem, parcel.line_item_id)
        item.url, item.leased_until = url, None
    return url, None


def _give_back(database: Database, parcel: Parcel) -> None:
    with database.transaction(parcel.course_id) as session:
        session.get_one(LineItem, parcel.line_item_id).leased_until = None


def _token_refused(reply: Reply) -> Judgement:
    if reply.status >= 500 or reply.status == 429:  # noqa: PLR2004  # HTTP
        return rules.judge(reply.status, "", _retry_after(reply))
    return Judgement(Outcome.FAILED, "token_refused")


def _text(reply: Reply) -> str:
    return reply.body[:2000].decode("utf-8", "replace")


def _retry_after(reply: Reply) -> timedelta | None:
    value = reply.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return timedelta(seconds=int(value))
    try:
        return parsedate_to_datetime(value).astimezone(UTC) - clock.now()
    except ValueError:
        return None


def _finish(
    database: Database, parcel: Parcel, judgement: Judgement, status: int | None
) -> None:
    trace = secrets.token_hex(8)
    with database.transaction(EVERYWHERE) as session:
        grade = session.scalar(
            select(Grade)
            .where(Grade.id == parcel.grade_id, Grade.lease_token == parcel.lease)
            .with_for_update()
        )
        _tend_gate(session, parcel.registration_id, judgement)
        session.add(
            Attempt(
                course_id=parcel.course_id,
                grade_id=parcel.grade_id,
                version=parcel.version,
                status=status,
                answer=judgement.code,
                trace_id=trace,
            )
        )
        if grade is not None:
            # Otherwise the lease ran out and somebody else took the lane over.
            _note(session, grade, parcel, judgement)
    log.info("grade", grade=parcel.grade_id, answer=judgement.code, status=status, trace_id=trace)


def _note(session: Session, grade: Grade, parcel: Parcel, judgement: Judgement) -> None:
    grade.lease_token = grade.leased_until = None
    grade.answer = judgement.code
    if judgement.outcome is Outcome.SENT:
        grade.sent_version, grade.sent_score = parcel.version, parcel.score.given
        grade.sent_at = clock.now()
    if grade.version != parcel.version:
        # Something newer is wanted (or nothing any more); what was sent is only remembered.
        return
    if judgement.outcome is Outcome.SENT:
        grade.state, grade.next_try_at, grade.attempts = "sent", None, 0
        return
    if judgement.outcome is Outcome.FIND_AGAIN and parcel.attempts == 0:
        _forget_line_item(session, parcel)
    elif judgement.outcome is Outcome.FAILED or not _worth_another(judgement, parcel):
        grade.state, grade.next_try_at = "failed", None
        return
    grade.attempts += 1
    grade.next_try_at = clock.now() + _wait(judgement, grade.attempts)


def _worth_another(judgement: Judgement, parcel: Parcel) -> bool:
    if judgement.outcome is Outcome.FIND_AGAIN:
        return False
    return judgement.outcome is not Outcome.NEWER or parcel.attempts < _MOST_SAME_SECOND


def _wait(judgement: Judgement, attempts: int) -> timedelta:
    if judgement.outcome in {Outcome.NEWER, Outcome.FIND_AGAIN}:
        return timedelta(seconds=1)
    return judgement.wait or rules.wait_after(attempts, random.random())  # noqa: S311  # Jitter only.


def _forget_line_item(session: Session, parcel: Parcel) -> None:
    item = session.get_one(LineItem, parcel.line_item_id)
    if item.url == parcel.line_item_url:
        item.url, item.is_coupled = None, False


def _tend_gate(session: Session, registration_id: int, judgement: Judgement) -> None:
    gate = session.get(PlatformGate, registration_id)
    if not judgement.spares_platform:
        if gate is not None:
            gate.failures, gate.closed_until = 0, None
        return
    if gate is None:
        gate = PlatformGate(registration_id=registration_id, failures=0)
        session.add(gate)
    gate.failures += 1
    pause = judgement.wait or rules.wait_after(gate.failures, random.random())  # noqa: S311  # Jitter only.
    gate.closed_until = clock.now() + pause
