"""Brings the platform's gradebook to what it should say: claim, send outside any transaction, finish."""

import random
import secrets
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, func, or_, select, update

from lti_tool import clock
from lti_tool.courses.models import Activity, Course, Person
from lti_tool.gradebook import rules
from lti_tool.gradebook.models import Attempt, Grade, LineItem, PlatformGate
from lti_tool.gradebook.posting import LEASE, Answer, Parcel, post
from lti_tool.gradebook.rules import Judgement, Outcome
from lti_tool.lti import grades as ags
from lti_tool.lti.connector import Connector
from lti_tool.lti.models import Registration
from lti_tool.persistence.session import EVERYWHERE, Database, Session

_NEXT_SECOND = timedelta(seconds=1)
log = structlog.get_logger()


def deliver_due(database: Database, connector: Connector, *, most: int = 200) -> int:
    """Deliver what is due now and return how many grades were tried."""
    done = 0
    while done < most and (parcel := claim(database)) is not None:
        finish(database, parcel, post(database, connector, parcel))
        done += 1
    return done


def oldest_due(session: Session) -> datetime | None:
    """Return since when the longest-waiting grade waits."""
    return session.scalar(select(func.min(Grade.wanted_at)).where(Grade.state == "due"))


def claim(database: Database) -> Parcel | None:
    """Take the lane that waits longest and return its grade; nobody else gets it meanwhile."""
    now = clock.now()
    with database.transaction(EVERYWHERE) as session:
        found = session.execute(_due(now)).first()
        if found is None:
            return None
        grade, item, course, person, gate = found
        _probe_alone(gate, now)
        last = grade.sent_stamp
        grade.lease_token = secrets.token_hex(8)
        grade.leased_until = now + LEASE
        grade.sent_stamp = rules.next_stamp(now, last)
        return Parcel(
            grade_id=grade.id,
            version=grade.version,
            lease=grade.lease_token,
            registration_id=person.registration_id,
            course_id=grade.course_id,
            line_item_id=item.id,
            line_item_url=item.url,
            lineitems_url=course.lineitems_url,
            grade_scopes=tuple(course.grade_scopes),
            wanted=_wanted(item),
            score=_score(grade, item, person),
            attempts=grade.attempts,
            last_stamp=last,
        )


def _probe_alone(gate: PlatformGate | None, now: datetime) -> None:
    """Let one request try a platform that failed; the others wait for its answer."""
    if gate is not None and gate.failures:
        gate.closed_until = now + LEASE


def _due(
    now: datetime,
) -> Select[Grade, LineItem, Course, Person, PlatformGate]:
    free = or_(Grade.leased_until.is_(None), Grade.leased_until < now)
    opened = or_(PlatformGate.closed_until.is_(None), PlatformGate.closed_until <= now)
    return (
        select(Grade, LineItem, Course, Person, PlatformGate)
        .join(LineItem, LineItem.id == Grade.line_item_id)
        .join(Course, Course.id == Grade.course_id)
        .join(Person, Person.id == Grade.person_id)
        .join(Registration, Registration.id == Person.registration_id)
        .outerjoin(PlatformGate, PlatformGate.registration_id == Person.registration_id)
        .where(
            Grade.state == "due",
            Grade.next_try_at <= now,
            Registration.enabled,
            free,
            opened,
        )
        .order_by(Grade.next_try_at, Grade.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Grade)
    )


def _wanted(item: LineItem) -> ags.WantedLineItem:
    return ags.WantedLineItem(
        label=item.label,
        maximum=item.maximum,
        # Copies of a course on one platform must not share columns.
        resource_id=f"{item.course_id}-{item.resource_id}",
        tag=item.tag,
    )


def _score(grade: Grade, item: LineItem, person: Person) -> ags.Score:
    return ags.Score(
        sub=person.sub,
        given=grade.score or 0.0,
        maximum=item.maximum,
        at=grade.sent_stamp or clock.now(),
        comment=grade.comment,
    )


def finish(database: Database, parcel: Parcel, answer: Answer) -> None:
    """Record what came of a delivery; if its lease was taken over, only that it happened."""
    trace = secrets.token_hex(8)
    with database.transaction(EVERYWHERE) as session:
        grade = session.scalar(
            select(Grade)
            .where(Grade.id == parcel.grade_id, Grade.lease_token == parcel.lease)
            .with_for_update()
        )
        session.add(
            Attempt(
                course_id=parcel.course_id,
                grade_id=parcel.grade_id,
                version=parcel.version,
                status=answer.status,
                answer=answer.judgement.code,
                trace_id=trace,
            )
        )
        if grade is not None:
            _note(session, grade, parcel, answer.judgement)
        _tend_gate(session, parcel.registration_id, answer)
    log.info(
        "grade",
        grade=parcel.grade_id,
        answer=answer.judgement.code,
        status=answer.status,
        trace_id=trace,
    )


def _note(session: Session, grade: Grade, parcel: Parcel, judgement: Judgement) -> None:
    grade.lease_token = grade.leased_until = None
    if judgement.outcome is Outcome.SENT:
        grade.sent_version, grade.sent_score = parcel.version, parcel.score.given
        grade.sent_at = clock.now()
    if not judgement.may_be_stored:
        grade.sent_stamp = parcel.last_stamp
    if judgement.outcome is Outcome.FIND_AGAIN:
        _forget_line_item(session, parcel)
    if grade.version == parcel.version:
        _settle(grade, parcel, judgement)
    elif grade.state == "withdrawn" and grade.sent_stamp is None:
        # It was taken back on its way, and it did not arrive.
        grade.state = "none"


def _settle(grade: Grade, parcel: Parcel, judgement: Judgement) -> None:
    grade.answer = judgement.code
    if judgement.outcome is Outcome.SENT:
        grade.state, grade.next_try_at, grade.attempts = "sent", None, 0
        return
    # A line item that was only just found or made cannot be found any better.
    lost = judgement.outcome is Outcome.FIND_AGAIN and parcel.line_item_url is None
    if lost or not judgement.is_worth(parcel.attempts + 1):
        grade.state, grade.next_try_at = "failed", None
        return
    grade.attempts += 1
    grade.next_try_at = clock.now() + _wait(judgement, grade.attempts)


def _wait(judgement: Judgement, attempts: int) -> timedelta:
    if judgement.outcome in {Outcome.NEWER, Outcome.FIND_AGAIN}:
        return _NEXT_SECOND
    return judgement.wait or rules.wait_after(attempts, random.random())  # noqa: S311  # Jitter only.


def _forget_line_item(session: Session, parcel: Parcel) -> None:
    item = session.get_one(LineItem, parcel.line_item_id, with_for_update=True)
    if item.url == parcel.line_item_url:
        item.url, item.is_coupled = None, False
    # The next launch of the activity tells its new line item.
    session.execute(
        update(Activity)
        .where(
            Activity.course_id == parcel.course_id,
            Activity.line_item_url == parcel.line_item_url,
        )
        .values(line_item_url=None)
    )


def _tend_gate(session: Session, registration_id: int, answer: Answer) -> None:
    gate = session.get(PlatformGate, registration_id, with_for_update=True)
    failures = gate.failures if gate is not None else 0
    if answer.judgement.spares_platform:
        failures += 1
        share = random.random()  # noqa: S311  # Jitter only.
        pause = answer.judgement.wait or rules.wait_after(failures, share)
        session.put(
            PlatformGate,
            {"registration_id": registration_id},
            failures=failures,
            closed_until=clock.now() + pause,
        )
    elif gate is not None and answer.status is not None:
        gate.failures, gate.closed_until = 0, None
