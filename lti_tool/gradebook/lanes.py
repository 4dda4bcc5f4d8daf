"""The lanes of grades in the database: who may send what, and what came of it.

Nothing here waits for a lane or a course that somebody else holds, so a page that wants grades
and a worker that notes their delivery cannot block each other.
"""

import random
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import (
    Row,
    Select,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from lti_tool import clock
from lti_tool.courses.models import Activity, Course, Person
from lti_tool.gradebook import gates, rules
from lti_tool.gradebook.models import Attempt, Grade, LineItem, PlatformGate
from lti_tool.gradebook.posting import LEASE, Answer, Delivered, Parcel
from lti_tool.gradebook.rules import Judgement, Outcome
from lti_tool.lti import grades as ags
from lti_tool.lti.connector import Platform
from lti_tool.lti.models import Registration
from lti_tool.persistence.session import EVERYWHERE, Database, Session
from lti_tool.persistence.types import UtcDateTime

_NEXT_SECOND = timedelta(seconds=1)
log = structlog.get_logger()


def oldest_due(session: Session) -> datetime | None:
    """Return since when the longest-waiting grade waits."""
    return session.scalar(select(func.min(Grade.wanted_at)).where(Grade.state == "due"))


def due_platforms(database: Database) -> Sequence[int]:
    """Return the registrations that can be sent something now, the longest-waiting first."""
    with database.reading(EVERYWHERE) as session:
        found = session.connection().execute(_DUE_PLATFORMS, _moment())
        waiting = [(moment, number) for number, moment in found if moment is not None]
    return [number for _, number in sorted(waiting)]


# Statements that run with every batch are built once and loaded without objects: to build
# them anew, and to keep track of what was loaded, took more time than all requests together.

_NOW = bindparam("now", type_=UtcDateTime)
_NO_LEASE_YET = bindparam("no_lease_yet", type_=UtcDateTime)
_LONGEST_LEASE = 2 * LEASE


def _moment() -> dict[str, object]:
    now = clock.now()
    return {"now": now, "no_lease_yet": now + _LONGEST_LEASE}


def _due(registration_id: object) -> Select[Grade]:
    return select(Grade).where(
        Grade.state == "due",
        Grade.registration_id == registration_id,
        # What was never tried need not wait for a clock that was set back, nor does a lease count
        # that ends later than one can.
        or_(Grade.next_try_at <= _NOW, Grade.attempts == 0),
        or_(
            Grade.leased_until.is_(None),
            Grade.leased_until < _NOW,
            Grade.leased_until > _NO_LEASE_YET,
        ),
    )


_DUE_PLATFORMS = select(
    Registration.id,
    _due(Registration.id)
    .with_only_columns(Grade.next_try_at)
    .order_by(Grade.next_try_at)
    .limit(1)
    .correlate(Registration)
    .scalar_subquery(),
).where(
    Registration.enabled,
    ~gates.is_closed(Registration.id, _NOW),
)
_PLATFORM = (
    select(Registration, PlatformGate.closed_until)
    .outerjoin(PlatformGate, PlatformGate.registration_id == Registration.id)
    .where(Registration.id == bindparam("registration_id"), Registration.enabled)
)
_WAITING = (
    _due(bindparam("registration_id"))
    .with_only_columns(
        Grade.id,
        Grade.course_id,
        Grade.line_item_id,
        Grade.version,
        Grade.score,
        Grade.comment,
        Grade.sent_stamp,
        Grade.trace_id,
        LineItem.url,
        LineItem.label,
        LineItem.maximum,
        LineItem.resource_id,
        LineItem.tag,
        Course.lineitems_url,
        Course.grade_scopes,
        Person.sub,
    )
    .join(LineItem, LineItem.id == Grade.line_item_id)
    .join(Course, Course.id == Grade.course_id)
    .join(Person, Person.id == Grade.person_id)
    .where(Grade.id.not_in(bindparam("besides", expanding=True)))
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=Grade)
)
_LONGEST_WAITING = _WAITING.order_by(Grade.next_try_at, Grade.id)
_LIKELIEST = _WAITING.order_by(Grade.attempts, Grade.next_try_at, Grade.id)
"""For a probe: grades at which a platform fails for ever must not keep the others from their turn."""
_CHANGE = update(Grade).where(Grade.id == bindparam("lane"))


# Claiming


def claim(database: Database, registration_id: int, most: int) -> list[Parcel]:
    """Take the platform's longest-waiting lanes; nobody else gets them meanwhile."""
    with database.transaction(EVERYWHERE) as session:
        return _claim(session, registration_id, most, ())


def _claim(
    session: Session, registration_id: int, most: int, besides: Collection[int]
) -> list[Parcel]:
    connection, now = session.connection(), clock.now()
    found = connection.execute(_PLATFORM, {"registration_id": registration_id}).first()
    if found is None:
        return []
    gate, waiting = None, _LONGEST_WAITING
    if found.closed_until is not None:
        gate, waiting, most = (
            gates.to_probe(session, registration_id, now),
            _LIKELIEST,
            1,
        )
        if gate is None:
            return []
    platform = Platform.of(found)
    asked = {"registration_id": registration_id, "most": most, "besides": list(besides)}
    parcels = [
        _taken(lane, platform, now, is_probe=gate is not None)
        for lane in connection.execute(waiting, asked | _moment())
    ]
    if parcels:
        connection.execute(_CHANGE, [_lease(parcel) for parcel in parcels])
    if parcels and gate is not None:
        gate.closed_until = now + LEASE
    return parcels


def _taken(
    waiting: Row[*tuple[Any, ...]], platform: Platform, now: datetime, *, is_probe: bool
) -> Parcel:
    return Parcel(
        grade_id=waiting.id,
        version=waiting.version,
        lease=secrets.token_hex(8),
        leased_until=now + LEASE,
        platform=platform,
        course_id=waiting.course_id,
        line_item_id=waiting.line_item_id,
        line_item_url=waiting.url,
        lineitems_url=waiting.lineitems_url,
        grade_scopes=tuple(waiting.grade_scopes),
        wanted=_wanted(waiting),
        score=ags.Score(
            sub=waiting.sub,
            given=waiting.score or 0.0,
            maximum=waiting.maximum,
            at=rules.next_stamp(now, waiting.sent_stamp),
            comment=waiting.comment,
        ),
        last_stamp=waiting.sent_stamp,
        trace_id=waiting.trace_id or secrets.token_hex(8),
        is_probe=is_probe,
    )


def _lease(parcel: Parcel) -> dict[str, object]:
    return {
        "lane": parcel.grade_id,
        "lease_token": parcel.lease,
        "leased_until": parcel.leased_until,
        "sent_stamp": parcel.score.at,
    }


def _wanted(waiting: Row[*tuple[Any, ...]]) -> ags.WantedLineItem:
    return ags.WantedLineItem(
        label=waiting.label,
        maximum=waiting.maximum,
        # Copies of a course on one platform must not share columns.
        resource_id=f"{waiting.course_id}-{waiting.resource_id}",
        tag=waiting.tag,
    )


# Finishing


def finish(database: Database, delivered: Collection[Delivered]) -> list[Delivered]:
    """Record what came of deliveries and return those whose lane somebody else holds just now.

    Of a lane whose lease was taken over it is only recorded that it happened.
    """
    return finish_and_claim(database, delivered, 0, 0)[0]


def finish_and_claim(
    database: Database,
    delivered: Collection[Delivered],
    registration_id: int,
    most: int,
    besides: Collection[int] = (),
) -> tuple[list[Delivered], list[Parcel]]:
    """Do both in one transaction, for a commit is what takes longest.

    ``besides`` are the lanes that the caller has in hand, even if their leases have ended.
    """
    for parcel, answer in delivered:
        if answer.judgement.outcome is Outcome.FIND_AGAIN:
            _forget_line_item(database, parcel)
    # After a crash of the database server a lane would be sent again, with a later timestamp.
    with database.transaction(EVERYWHERE, waits_for_disk=False) as session:
        held = _finish(session, delivered) if delivered else ()
        parcels = _claim(session, registration_id, most, besides) if most else []
    for parcel, answer in delivered:
        if parcel.grade_id in held:
            continue
        log.info(
            "grade",
            grade=parcel.grade_id,
            answer=answer.judgement.code,
            status=answer.status,
            trace_id=parcel.trace_id,
        )
    return [each for each in delivered if each[0].grade_id in held], parcels


def _finish(session: Session, delivered: Collection[Delivered]) -> Collection[int]:
    grades, held = _held(session, [parcel for parcel, _ in delivered])
    done = [
        (parcel, _seen_beside_others(session, grades[parcel.grade_id], parcel, answer))
        for parcel, answer in delivered
        if parcel.grade_id in grades
    ]
    if not done:
        return held
    session.connection().execute(insert(Attempt), [_attempt(*each) for each in done])
    ours = []
    for parcel, answer in done:
        grade = grades[parcel.grade_id]
        if grade.lease_token == parcel.lease:
            _note(grade, parcel, answer.judgement)
            ours.append(grade)
    _store(session, ours)
    gates.tend(session, done)
    session.flush()
    return held


def _attempt(parcel: Parcel, answer: Answer) -> dict[str, object]:
    return {
        "course_id": parcel.course_id,
        "grade_id": parcel.grade_id,
        "version": parcel.version,
        "status": answer.status,
        "answer": answer.judgement.code,
        "trace_id": parcel.trace_id,
    }


@dataclass(slots=True)
class _Lane:
    """A grade that is ours until the commit, and all of it that a delivery changes."""

    id: int
    course_id: int
    version: int
    state: str
    sent_version: int | None
    sent_score: float | None
    sent_stamp: datetime | None
    sent_at: datetime | None
    attempts: int
    refusals: int
    next_try_at: datetime | None
    lease_token: str | None
    leased_until: datetime | None
    answer: str | None

    def changed(self) -> dict[str, object]:
        return {"lane": self.id, **{name: getattr(self, name) for name in _CHANGED}}


_CHANGED = [field.name for field in fields(_Lane)][3:]
_LOCKED = (
    select(*(getattr(Grade, field.name) for field in fields(_Lane)))
    .where(Grade.id.in_(bindparam("ids", expanding=True)))
    .order_by(Grade.id)
    .with_for_update(skip_locked=True)
)
_COURSES = (
    select(Course.id)
    .where(Course.id.in_(bindparam("ids", expanding=True)))
    .with_for_update(read=True, key_share=True, skip_locked=True)
)


def _seen_beside_others(
    session: Session, grade: _Lane, parcel: Parcel, answer: Answer
) -> Answer:
    """Return the answer; a fault that comes again and again as that of one grade, if it is one."""
    if not rules.may_be_of_one_grade(answer.judgement, grade.attempts):
        return answer
    number = parcel.platform.registration_id
    before = select(func.max(Attempt.created_at)).where(Attempt.grade_id == grade.id)
    taken = select(Grade.id).where(
        Grade.registration_id == number, Grade.sent_at > before.scalar_subquery()
    )
    if session.scalar(taken.limit(1)) is None:
        return answer
    return replace(answer, judgement=rules.of_one_grade(answer.judgement))


def _held(
    session: Session, parcels: Sequence[Parcel]
) -> tuple[Mapping[int, _Lane], Collection[int]]:
    """Return the grades that are ours until the commit, and the ids of those others hold."""
    wanted = {parcel.grade_id for parcel in parcels}
    ours = _locked(session, wanted)
    # An attempt refers to its course, which a page may hold while it waits for a grade.
    concerned = {"ids": list({grade.course_id for grade in ours})}
    courses = set(session.connection().scalars(_COURSES, concerned))
    grades = {grade.id: grade for grade in ours if grade.course_id in courses}
    missing = wanted - grades.keys()
    if not missing:
        return grades, ()
    there = select(Grade.id).where(Grade.id.in_(missing))
    return grades, session.scalars(there).all()


def _locked(session: Session, ids: Collection[int]) -> list[_Lane]:
    found = session.connection().execute(_LOCKED, {"ids": list(ids)})
    return [_Lane(*row) for row in found]


def _store(session: Session, lanes: Iterable[_Lane]) -> None:
    changed = [lane.changed() for lane in lanes]
    if changed:
        session.connection().execute(_CHANGE, changed)


def _note(grade: _Lane, parcel: Parcel, judgement: Judgement) -> None:
    grade.lease_token = grade.leased_until = None
    if judgement.outcome is Outcome.SENT:
        grade.sent_version, grade.sent_score = parcel.version, parcel.score.given
        grade.sent_at = clock.now()
    if not judgement.may_be_stored:
        grade.sent_stamp = parcel.last_stamp
    if grade.version == parcel.version:
        _settle(grade, parcel, judgement)
    elif grade.state == "withdrawn" and grade.sent_stamp is None:
        # It was taken back on its way, and it did not arrive.
        grade.state = "none"


def _settle(grade: _Lane, parcel: Parcel, judgement: Judgement) -> None:
    grade.answer = judgement.code
    if judgement.outcome is Outcome.SENT:
        grade.state, grade.next_try_at = "sent", None
        grade.attempts = grade.refusals = 0
        return
    grade.attempts += 1
    grade.refusals += judgement.most_attempts is not None
    # A line item that was only just found or made cannot be found any better.
    lost = judgement.outcome is Outcome.FIND_AGAIN and parcel.line_item_url is None
    if lost or not judgement.is_worth(grade.refusals):
        grade.state, grade.next_try_at = "failed", None
        return
    grade.next_try_at = clock.now() + _wait(judgement, grade.attempts)


def _wait(judgement: Judgement, attempts: int) -> timedelta:
    if judgement.outcome in {Outcome.NEWER, Outcome.FIND_AGAIN}:
        return _NEXT_SECOND
    return judgement.wait or rules.wait_after(attempts, random.random())  # noqa: S311  # Jitter only.


def _forget_line_item(database: Database, parcel: Parcel) -> None:
    with database.transaction(EVERYWHERE) as session:
        item = session.get(LineItem, parcel.line_item_id, with_for_update=True)
        if item is not None and item.url == parcel.line_item_url:
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


# Giving back


def release(database: Database, parcels: Collection[Parcel], *, sent: bool) -> None:
    """End the leases of parcels without an answer, so that any worker takes them at once.

    ``sent`` tells whether their scores may have reached the platform.
    """
    if not parcels:
        return
    leases = {parcel.grade_id: parcel for parcel in parcels}
    with database.transaction(EVERYWHERE) as session:
        ours = [
            grade
            for grade in _locked(session, leases)
            if grade.lease_token == leases[grade.id].lease
        ]
        for grade in ours:
            grade.lease_token = grade.leased_until = None
            if not sent:
                grade.sent_stamp = leases[grade.id].last_stamp
        _store(session, ours)
        probed = {p.platform.registration_id for p in parcels if p.is_probe}
        gates.reopen(session, probed)
