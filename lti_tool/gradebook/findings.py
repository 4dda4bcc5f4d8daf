"""What a comparison found of the grades of one column, taken over, and what staff decide on it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import exists, select

from lti_tool import clock
from lti_tool.courses.models import Enrolment, Person
from lti_tool.errors import InvalidError
from lti_tool.gradebook import service
from lti_tool.gradebook.comparing import HELD, Lane, Shown, Verdict, compare
from lti_tool.gradebook.models import Comparison, Grade, GradeNote, LineItem
from lti_tool.persistence.session import Session

Mark = tuple[object, ...]
"""What changes when a grade is wanted, claimed or sent."""
_MISSING = "missing_in_lms"
_GONE = "line_item_gone"
SOON = timedelta(seconds=10)
"""After what is sent by a decision it is looked at so soon what the LMS shows now."""
_MOST_NOTES = 50
_AT_ONCE = 500
"""Databases take only so many values in one statement, and others wait for a transaction."""
_UNTOUCHED: Mark = (0, "none", None, None, None)


def marks(session: Session, line_item_id: int) -> dict[int, Mark]:
    """Return how far each grade of a column is, to be asked before the platform is."""
    return {grade.id: _mark(grade) for grade in _lanes(session, line_item_id)}


def parts(before: Mapping[int, Mark]) -> Iterator[dict[int, Mark]]:
    """Give the marks in parts, each for a transaction of its own; one part at least."""
    ids = sorted(before)
    for begin in range(0, max(len(ids), 1), _AT_ONCE):
        yield {i: before[i] for i in ids[begin : begin + _AT_ONCE]}


def _mark(grade: Grade) -> Mark:
    return (
        grade.version,
        grade.state,
        grade.sent_at,
        grade.sent_stamp,
        grade.lease_token,
    )


def _lanes(session: Session, line_item_id: int) -> Sequence[Grade]:
    return session.scalars(
        select(Grade).where(Grade.line_item_id == line_item_id).order_by(Grade.id)
    ).all()


def graded_there(
    session: Session, line_item_id: int, shown: Mapping[str, Shown]
) -> list[tuple[int, int]]:
    """Return who has a grade there that nobody here wanted: the person and the registration."""
    found = session.execute(
        select(Person.id, Person.registration_id, Person.sub)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(
            Enrolment.role == "participant",
            Enrolment.is_active,
            ~exists().where(
                Grade.line_item_id == line_item_id, Grade.person_id == Person.id
            ),
        )
        .order_by(Person.id)
    )
    return [(row.id, row.registration_id) for row in found if row.sub in shown]


def add_lanes(
    session: Session,
    course_id: int,
    line_item_id: int,
    people: Sequence[tuple[int, int]],
) -> dict[int, Mark]:
    """Give each of these a lane that says nothing yet, by a session that sees all courses.

    Return how far those are that were not there.
    """
    added = session.add_missing(
        Grade,
        ("person_id", "registration_id"),
        people,
        returning=("id",),
        course_id=course_id,
        line_item_id=line_item_id,
        state="none",
        wanted_at=clock.now(),
    )
    return dict.fromkeys((row.id for row in added), _UNTOUCHED)


def take(
    session: Session,
    line_item_id: int,
    shown: Mapping[str, Shown],
    before: Mapping[int, Mark],
    places: int,
) -> Counter[str]:
    """Note what the platform shows of these grades of a column, and count those of each state.

    What moved since ``before`` is passed over, and so is who does not take part in the course.
    """
    item = session.get_one(LineItem, line_item_id)
    if item.problem == _GONE:
        item.problem = None
    subs = _participants(session)
    # A lane that has no mark was wanted, and perhaps sent, while the platform answered.
    found = session.scalars(
        select(Grade).where(Grade.id.in_(before)).order_by(Grade.id)
    )
    resting = {
        grade.id: grade
        for grade in found
        if grade.person_id in subs
        and grade.lease_token is None
        and before[grade.id] == _mark(grade)
    }
    verdicts = {
        grade.id: compare(_lane(grade, item), shown.get(subs[grade.person_id]), places)
        for grade in resting.values()
    }
    changing = {i: _mark(resting[i]) for i in resting if _is_new(resting[i], verdicts)}
    ours = _locked(session, changing)
    for grade in ours:
        _settle(session, grade, verdicts[grade.id], shown.get(subs[grade.person_id]))
    session.flush()
    settled = {grade.id for grade in ours}
    return Counter(
        grade.state
        for grade in resting.values()
        if grade.id in settled or grade.id not in changing
    )


def _participants(session: Session) -> dict[int, str]:
    """Return how the platform calls those who take part."""
    found = session.execute(
        select(Person.id, Person.sub)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.role == "participant", Enrolment.is_active)
    )
    return {row.id: row.sub for row in found}


def _lane(grade: Grade, item: LineItem) -> Lane:
    known = grade.found_at is not None and grade.lms_score is not None
    return Lane(
        state=grade.state,
        wanted=grade.score,
        sent=grade.sent_score,
        maximum=item.maximum,
        known=Shown(grade.lms_score or 0.0, grade.lms_maximum or 1.0)
        if known
        else None,
        has_newer=grade.version != grade.sent_version,
    )


def _is_new(grade: Grade, verdicts: Mapping[int, Verdict | None]) -> bool:
    """Tell whether there is something to note of a grade."""
    if verdicts[grade.id] is not None:
        return True
    # What the LMS kept for itself once is forgotten when it shows ours.
    return grade.state == "sent" and grade.found_at is not None


def _locked(session: Session, changing: Mapping[int, Mark]) -> list[Grade]:
    """Return those that are ours until the commit, and did not move meanwhile."""
    ours: list[Grade] = []
    ids = sorted(changing)
    for begin in range(0, len(ids), _AT_ONCE):
        found = session.scalars(
            select(Grade)
            .where(Grade.id.in_(ids[begin : begin + _AT_ONCE]))
            .order_by(Grade.id)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        ours += [grade for grade in found if _mark(grade) == changing[grade.id]]
    return ours


def _settle(
    session: Session, grade: Grade, verdict: Verdict | None, shown: Shown | None
) -> None:
    if verdict is not None and verdict.state == "changed":
        grade.state, grade.answer, grade.next_try_at = "changed", verdict.code, None
        grade.lms_score = shown.score if shown else None
        grade.lms_maximum = shown.maximum if shown else None
        grade.found_at = clock.now()
        _note(session, grade, verdict.code or "")
        return
    grade.lms_score = grade.lms_maximum = grade.found_at = None
    if verdict is None:
        return
    if verdict.state == "due":
        service.make_due(session, grade)
        session.ring(service.RING)
    else:
        grade.state, grade.answer, grade.next_try_at = verdict.state, verdict.code, None
    if verdict.state == "sent":
        grade.sent_version, grade.sent_score = grade.version, grade.score
        grade.sent_at = grade.sent_at or clock.now()
        grade.attempts = grade.refusals = 0
    _note(session, grade, f"now_{verdict.state}", shown)


def _note(
    session: Session,
    grade: Grade,
    what: str,
    shown: Shown | None = None,
    *,
    by: int | None = None,
) -> None:
    session.add(
        GradeNote(
            course_id=grade.course_id,
            grade_id=grade.id,
            what=what,
            score=grade.score,
            lms_score=shown.score if shown else grade.lms_score,
            lms_maximum=shown.maximum if shown else grade.lms_maximum,
            by_person_id=by,
        )
    )


def give_up(session: Session, line_item_id: int, before: Mapping[int, Mark]) -> None:
    """Note that a column is gone, and with it what had arrived there."""
    item = session.get_one(LineItem, line_item_id)
    item.problem = _GONE
    lost = {
        grade.id: _mark(grade)
        for grade in _lanes(session, line_item_id)
        if grade.state in {"sent", *HELD}
        and grade.score is not None
        and before.get(grade.id) == _mark(grade)
    }
    for grade in _locked(session, lost):
        grade.state, grade.answer = "failed", _GONE
        grade.lms_score = grade.lms_maximum = grade.found_at = None
        _note(session, grade, _GONE)
    session.flush()


# What staff decide


def notes_of(session: Session, grade_id: int) -> Sequence[GradeNote]:
    """Return what was found and decided of a grade, the newest first."""
    return session.scalars(
        select(GradeNote)
        .where(GradeNote.grade_id == grade_id)
        .order_by(GradeNote.id.desc())
        .limit(_MOST_NOTES)
    ).all()


def send_ours(session: Session, grade_id: int, *, by: int) -> None:
    """Have a grade sent once more, whatever became of it and whatever the LMS says."""
    grade = service.get_locked(session, grade_id)
    if grade.state in HELD and grade.score is not None:
        _note(session, grade, "sent_again", by=by)
        _look_soon(session)
    service.send_again(session, grade_id)


def _look_soon(session: Session) -> None:
    """Have the course compared soon: the LMS may say "arrived" and keep its own."""
    row = session.scalar(select(Comparison).with_for_update())
    if row is not None:
        row.due_at = clock.now() + SOON


def send_missing(session: Session, *, by: int) -> int:
    """Send every grade again that was found missing in the LMS; return how many."""
    missing = [
        grade
        for grade in _of_state(session, "changed")
        if grade.answer == _MISSING and grade.score is not None
    ]
    for grade in missing:
        send_ours(session, grade.id, by=by)
    return len(missing)


def leave(session: Session, grade_id: int, *, by: int) -> bool:
    """Leave the LMS with what it says of a grade, until it or what is wanted changes.

    Return whether it says nothing.
    """
    grade = service.get_locked(session, grade_id)
    if grade.state != "changed":
        raise InvalidError
    _leave(session, grade, by)
    session.flush()
    return grade.answer == _MISSING


def leave_all(session: Session, *, by: int) -> int:
    """Leave the LMS with everything in which it differs; return how many grades that are."""
    differing = _of_state(session, "changed")
    for grade in differing:
        _leave(session, grade, by)
    session.flush()
    return len(differing)


def _leave(session: Session, grade: Grade, by: int) -> None:
    grade.state = "left"
    _note(session, grade, "left", by=by)


def ask_again(session: Session, grade_id: int, *, by: int) -> None:
    """Undo that the LMS was left with what it says."""
    grade = service.get_locked(session, grade_id)
    if grade.state != "left":
        raise InvalidError
    grade.state = "changed"
    _note(session, grade, "asked_again", by=by)
    session.flush()


def _of_state(session: Session, state: str) -> Sequence[Grade]:
    return session.scalars(
        select(Grade).where(Grade.state == state).order_by(Grade.id).with_for_update()
    ).all()
