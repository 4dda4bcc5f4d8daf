"""What the gradebook should say: features want it here, in their own transaction."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import structlog
from sqlalchemy import ColumnElement, Select, or_, select
from structlog.contextvars import get_contextvars

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.courses.models import Activity, Course, Person
from lti_tool.errors import InvalidError, NotFoundError
from lti_tool.gradebook.comparing import HELD
from lti_tool.gradebook.models import Attempt, Grade, LineItem
from lti_tool.persistence.session import Session

RING: Final = "grades"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a feature fills: which activity, what of it, its name and its maximum."""

    activity: str
    tag: str
    label: str
    maximum: float = 1.0


@dataclass(frozen=True, slots=True)
class GradeRow:
    """A grade as the pages show it."""

    id: int
    person_id: int
    line_item_id: int
    label: str
    score: float | None
    maximum: float
    state: str
    answer: str | None
    wanted_at: datetime
    sent_at: datetime | None
    sent_score: float | None
    next_try_at: datetime | None
    attempts: int
    lms_score: float | None
    """What the LMS was found to say where that is something else; None for nothing."""
    lms_maximum: float | None
    found_at: datetime | None

    def there(self, points: float) -> float:
        """Return as many points as that is in the LMS, where the column may have another maximum."""
        return points / self.maximum * (self.lms_maximum or self.maximum)


# The coupled line item of a link serves this tag, unless the link was added for a phase;
# other tags get columns of their own.
_COUPLED_TAG: Mapping[str, str] = {
    "worksheet": "start",
    "project": "project",
    "certificate": "certificate",
}


def want(
    session: Session,
    column: Column,
    person_id: int,
    score: float,
    comment: str | None = None,
) -> None:
    """Say what the LMS gradebook should show of a person; a worker brings it there.

    Only the newest is ever sent. Where somebody else's grade was found there it waits until staff
    have decided. Raise InvalidError for a score outside 0 to the maximum.
    """
    if not 0 <= score <= column.maximum:
        raise InvalidError(details=f"score {score} of {column.maximum}")
    grade = _lane(session, column, person_id)
    unchanged = (grade.score, grade.comment) == (score, comment)
    if unchanged and grade.state in {"due", "sent", *HELD}:
        return
    grade.score, grade.comment = score, comment
    if _is_held(grade):
        grade.version += 1
        grade.state, grade.wanted_at = "changed", clock.now()
    else:
        make_due(session, grade)
        session.ring(RING)
    session.flush()


def _is_held(grade: Grade) -> bool:
    """Tell whether sending would undo what somebody did in the LMS and nobody has decided on.

    A grade that is only missing there stands in nobody's way, unless it was left so: then
    something newer waits already.
    """
    waits = grade.lms_score is not None or grade.version != grade.sent_version
    return grade.state == "left" or (grade.state == "changed" and waits)


def withdraw(session: Session, column: Column, person_id: int) -> None:
    """Take a wanted grade back: dropped if it never left, else "withdrawn here, still in the LMS"."""
    item = _find_line_item(session, column)
    grade = item and _find(session, item.id, person_id)
    if not grade or grade.state in {"none", "withdrawn"}:
        return
    # A lease in flight may have reached the platform, so the stamp decides and not the answer.
    grade.version += 1
    grade.score, grade.comment, grade.next_try_at = None, None, None
    if _is_held(grade):
        grade.state = "changed"
    else:
        grade.state = "none" if grade.sent_stamp is None else "withdrawn"
    session.flush()


def send_again(session: Session, grade_id: int) -> None:
    """Have a grade sent once more, whatever became of it."""
    grade = get_locked(session, grade_id)
    if grade.score is None:
        raise InvalidError
    make_due(session, grade)
    item = session.get_one(LineItem, grade.line_item_id)
    item.problem = None
    session.flush()
    session.ring(RING)


def get_locked(session: Session, grade_id: int) -> Grade:
    """Return a grade of the course that is ours until the commit, or raise NotFoundError."""
    grade = session.scalar(select(Grade).where(Grade.id == grade_id).with_for_update())
    if grade is None:
        raise NotFoundError
    return grade


def send_failed_again(session: Session) -> int:
    """Have every failed grade of the course sent once more; return how many."""
    failed = session.scalars(
        select(Grade)
        .where(Grade.state == "failed")
        .order_by(Grade.id)
        .with_for_update()
    ).all()
    for grade in failed:
        make_due(session, grade)
    concerned = {grade.line_item_id for grade in failed}
    for item in session.scalars(select(LineItem).where(LineItem.id.in_(concerned))):
        item.problem = None
    session.flush()
    session.ring(RING)
    return len(failed)


def rows(session: Session, *, person_id: int | None = None) -> list[GradeRow]:
    """Return the grades of the course, or of one person, that say or said something."""
    wanted = _shown()
    if person_id is not None:
        wanted = wanted.where(Grade.person_id == person_id)
    return [_row(grade, item) for grade, item in session.execute(wanted)]


def _shown() -> Select[Grade, LineItem]:
    return (
        select(Grade, LineItem)
        .join(
            LineItem,
            (LineItem.id == Grade.line_item_id)
            & (LineItem.course_id == Grade.course_id),
        )
        .where(Grade.state != "none")
        .order_by(LineItem.id, Grade.person_id)
    )


def _row(grade: Grade, item: LineItem) -> GradeRow:
    return GradeRow(
        id=grade.id,
        person_id=grade.person_id,
        line_item_id=item.id,
        label=item.label,
        score=grade.score,
        maximum=item.maximum,
        state=grade.state,
        answer=grade.answer or item.problem,
        wanted_at=grade.wanted_at,
        sent_at=grade.sent_at,
        sent_score=grade.sent_score,
        next_try_at=grade.next_try_at,
        attempts=grade.attempts,
        lms_score=grade.lms_score,
        lms_maximum=grade.lms_maximum,
        found_at=grade.found_at,
    )


def get_row(session: Session, grade_id: int) -> GradeRow:
    """Return one grade of the course or raise NotFoundError."""
    found = session.execute(_shown().where(Grade.id == grade_id)).first()
    if found is None:
        raise NotFoundError
    return _row(*found)


def attempts_of(session: Session, grade_id: int, most: int = 50) -> Sequence[Attempt]:
    """Return the last attempts to bring a grade to the platform, the newest first."""
    return session.scalars(
        select(Attempt)
        .where(Attempt.grade_id == grade_id)
        .order_by(Attempt.id.desc())
        .limit(most)
    ).all()


def grade_of(session: Session, column: Column, person_id: int) -> GradeRow | None:
    """Return how far the grade of a person got, or None where nothing was wanted."""
    found = session.execute(
        _shown().where(
            LineItem.resource_id == column.activity,
            LineItem.tag == column.tag,
            Grade.person_id == person_id,
        )
    ).first()
    return _row(*found) if found is not None else None


def line_items(session: Session) -> list[LineItem]:
    """Return the columns that this course fills."""
    return list(session.scalars(select(LineItem).order_by(LineItem.id)))


def make_due(session: Session, grade: Grade) -> None:
    """Have what a grade should say sent, whatever became of it before."""
    grade.version += 1
    grade.state, grade.attempts, grade.refusals, grade.answer = "due", 0, 0, None
    # What no launch asked for begins a trace of its own.
    trace_id = get_contextvars().get("trace_id") or secrets.token_hex(8)
    grade.trace_id = trace_id
    grade.wanted_at = grade.next_try_at = clock.now()
    told = {"grade": grade.id, "version": grade.version, "trace_id": trace_id}
    session.after_commit(partial(log.info, "grade wanted", **told))


def _lane(session: Session, column: Column, person_id: int) -> Grade:
    item = _find_line_item(session, column)
    if item is None:
        new = LineItem(
            resource_id=column.activity,
            tag=column.tag,
            label=column.label,
            maximum=column.maximum,
        )
        item = new if session.try_add(new) else _get_line_item(session, column)
    item.label, item.maximum = column.label, column.maximum
    _couple(session, item)
    session.flush()
    lane = (
        _find(session, item.id, person_id)
        or _add_lane(session, item.id, person_id)
        or _find(session, item.id, person_id)
    )
    if lane is None:
        raise NotFoundError
    return lane


def _add_lane(session: Session, line_item_id: int, person_id: int) -> Grade | None:
    """Store a lane that says nothing yet; None if somebody else has just done so."""
    lane = Grade(
        line_item_id=line_item_id,
        person_id=person_id,
        registration_id=_platform_of(session, person_id),
        version=0,
        state="none",
        attempts=0,
        refusals=0,
        wanted_at=clock.now(),
    )
    return lane if session.try_add(lane) else None


def _platform_of(session: Session, person_id: int) -> int:
    person = session.get(Person, person_id)
    if person is None:
        raise NotFoundError
    return person.registration_id


def _get_line_item(session: Session, column: Column) -> LineItem:
    found = _find_line_item(session, column)
    if found is None:
        raise NotFoundError
    return found


def _find(session: Session, line_item_id: int, person_id: int) -> Grade | None:
    return session.scalar(
        select(Grade)
        .where(Grade.line_item_id == line_item_id, Grade.person_id == person_id)
        .with_for_update()
    )


def _find_line_item(session: Session, column: Column) -> LineItem | None:
    return session.scalar(
        select(LineItem).where(
            LineItem.resource_id == column.activity, LineItem.tag == column.tag
        )
    )


def _couple(session: Session, item: LineItem) -> None:
    """Use the platform's own column of a link that opens the activity, where there is one.

    A column of ours that is in use stays, so that a class is not split over two.
    """
    coupled = coupled_url(session, item.resource_id, item.tag)
    if coupled is not None and (item.url is None or item.is_coupled):
        item.url, item.is_coupled = coupled, True


def coupled_url(session: Session, activity: str, tag: str) -> str | None:
    """Return the coupled line item for an activity's tag; a home link's belongs to the certificate.

    One that another of our columns fills is none: a link can be set to open something else, and
    in Open edX one block can open several activities.
    """
    link = _link(session, activity, tag, Activity.line_item_url.is_not(None))
    if link is None or _fills_another(session, link.line_item_url, activity, tag):
        return None
    return link.line_item_url


def _fills_another(session: Session, url: str | None, activity: str, tag: str) -> bool:
    others = or_(LineItem.resource_id != activity, LineItem.tag != tag)
    found = select(LineItem.id).where(LineItem.url == url, others).limit(1)
    return session.scalar(found) is not None


def bare_link(session: Session, activity: str, tag: str) -> Activity | None:
    """Return the resource link to which a new line item may be attached, if there is one.

    It has none yet. On Moodle a link keeps to itself: a second line item would hide the first.
    """
    if courses.course_of(session).platform_family == "moodle":
        return None
    return _link(session, activity, tag, Activity.line_item_url.is_(None))


def _link(
    session: Session, activity: str, tag: str, condition: ColumnElement[bool]
) -> Activity | None:
    """Return the link that serves an activity's tag, one that was added for it first."""
    serves = Activity.phase == tag
    if _COUPLED_TAG.get(activity) == tag:
        serves |= Activity.phase.is_(None)
    targets = [activity, "home"] if activity == "certificate" else [activity]
    return session.scalar(
        select(Activity)
        .where(Activity.target.in_(targets), condition, serves)
        .order_by(Activity.target == "home", Activity.phase.is_(None), Activity.id)
        .limit(1)
    )


def is_filled(session: Session, column: Column) -> bool:
    """Tell whether the platform's gradebook is known to have this column."""
    item = _find_line_item(session, column)
    known = item.url if item is not None else None
    return bool(known or coupled_url(session, column.activity, column.tag))


def can_take_grades(session: Session) -> bool:
    """Tell whether the platform offered this course any way to take grades."""
    course: Course = courses.course_of(session)
    offered = session.scalar(
        select(Activity.id).where(Activity.line_item_url.is_not(None)).limit(1)
    )
    return bool(course.lineitems_url) or offered is not None
