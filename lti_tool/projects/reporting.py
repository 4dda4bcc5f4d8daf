"""What certificate and gradebook are told of project work.

Both are brought in line with what holds, however often that is asked for. People who join a
group after its acceptance get nothing by themselves; a reviewer can let it count for them.
People who leave keep what counted for them, until the acceptance is taken back.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import select

from lti_tool.courses import service as courses
from lti_tool.gradebook import service as gradebook
from lti_tool.gradebook.service import Column, GradeRow
from lti_tool.persistence.session import Session
from lti_tool.projects import rules
from lti_tool.projects.models import Review, Slot
from lti_tool.projects.records import own_project, standing_reviews, terms
from lti_tool.projects.rules import State

PROJECT: Final = "project"
PRESENTATION: Final = "presentation"

# What leaves the tool speaks the language of the course, not that of whoever acts.
_TITLES = {
    "de": {PROJECT: "Projektarbeit", PRESENTATION: "Abschlusspräsentation"},
    "en": {PROJECT: "Project work", PRESENTATION: "Final presentation"},
}


def plan(session: Session) -> None:
    """Let the certificate know that there are project work and presentation."""
    titles = _titles(session)
    # No end: late work is marked, not refused, and a missed presentation can be held later.
    courses.plan(session, PROJECT, PROJECT, title=titles[PROJECT])
    first = session.scalar(select(Slot.starts_at).order_by(Slot.starts_at).limit(1))
    courses.plan(
        session,
        PRESENTATION,
        PRESENTATION,
        title=titles[PRESENTATION],
        starts_at=first,
    )


def plan_on_first_use(session: Session) -> None:
    """Plan project work where nobody did so yet."""
    if all(o.kind != PROJECT for o in courses.opportunities(session)):
        plan(session)


def report(session: Session, people: Iterable[int], at: datetime) -> None:
    """Bring the achievements and grades of these people in line with what holds now."""
    standing = standing_reviews(session)
    for person_id in sorted(set(people)):
        _achieve(session, person_id, credited=person_id in standing, at=at)
        _grade(session, person_id, standing.get(person_id))


def _achieve(session: Session, person_id: int, *, credited: bool, at: datetime) -> None:
    before = state_before(session, person_id, PROJECT)
    own = own_project(session, person_id)
    now = rules.personal_state(
        credited=credited, group=own.state if own else State.OPEN, before=before
    )
    if now is not None and now != before:
        courses.achieve(session, person_id, PROJECT, PROJECT, state=now, at=at)


def state_before(session: Session, person_id: int, kind: str) -> str | None:
    """Return what was last recorded of a person's project or presentation."""
    found = courses.achievements(session, person_id)
    return next((a.state for a in found if a.kind == kind), None)


def _grade(session: Session, person_id: int, review: Review | None) -> None:
    if review is None:
        gradebook.withdraw(session, column(session), person_id)
        return
    target = column(session, review.maximum)
    score = rules.score(review.points, review.maximum)
    gradebook.want(session, target, person_id, score)


def column(session: Session, maximum: float | None = None) -> Column:
    """Return the gradebook column of the project, with the maximum of an acceptance."""
    most = maximum if maximum is not None else terms(session).points
    return Column(PROJECT, PROJECT, _titles(session)[PROJECT], most or 1.0)


def grade(session: Session, person_id: int) -> GradeRow | None:
    """Return how far the grade of a person got on its way into the gradebook."""
    return gradebook.grade_of(session, column(session), person_id)


def still_in_lms(session: Session, people: Iterable[int]) -> int:
    """Count those of whom a grade arrived in the gradebook and was withdrawn only here."""
    found = (grade(session, person_id) for person_id in people)
    return sum(1 for row in found if row and row.state == "withdrawn" and row.sent_at)


def _titles(session: Session) -> dict[str, str]:
    return _TITLES.get(courses.course_of(session).language, _TITLES["en"])
