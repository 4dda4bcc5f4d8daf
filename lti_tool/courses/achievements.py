"""What can be achieved in a course, and what was."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from lti_tool import clock
from lti_tool.courses.models import Achievement, Opportunity
from lti_tool.persistence.session import Session


def plan(  # noqa: PLR0913  # The parts of one opportunity, by keyword.
    session: Session,
    kind: str,
    reference: str,
    *,
    title: str,
    minutes: int = 0,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    state: str = "planned",
    tags: Sequence[str] = (),
) -> None:
    """Say what can be achieved; the same kind and reference replaces what was said before."""
    own = select(Opportunity).where(
        Opportunity.kind == kind, Opportunity.reference == reference
    )
    found = session.scalar(own)
    if found is None:
        # Of several who say it first at the same moment, one stores it and all find it.
        session.try_add(Opportunity(kind=kind, reference=reference, title=title))
        found = session.scalars(own).one()
    found.title, found.minutes, found.state, found.tags = (
        title,
        minutes,
        state,
        list(tags),
    )
    found.starts_at, found.ends_at = starts_at, ends_at
    session.flush()


def unplan(session: Session, kind: str, reference: str) -> None:
    """Take an opportunity back that never took place."""
    session.execute(
        delete(Opportunity).where(
            Opportunity.kind == kind, Opportunity.reference == reference
        )
    )


def opportunities(session: Session) -> list[Opportunity]:
    """Return all that can be achieved in the course, by date."""
    far = datetime.max.replace(tzinfo=clock.now().tzinfo)
    return sorted(
        session.scalars(select(Opportunity)), key=lambda o: (o.starts_at or far, o.id)
    )


def achieve(  # noqa: PLR0913  # The parts of one achievement, by keyword.
    session: Session,
    person_id: int,
    kind: str,
    reference: str,
    *,
    state: str,
    minutes: int | None = None,
    at: datetime | None = None,
) -> None:
    """Append what a person achieved (or no longer has: the state says so)."""
    session.add(
        Achievement(
            person_id=person_id,
            kind=kind,
            reference=reference,
            state=state,
            minutes=minutes,
            at=at or clock.now(),
        )
    )
    session.flush()


def achievements(session: Session, person_id: int | None = None) -> list[Achievement]:
    """Return the newest achievement of each person, kind and reference."""
    newest = select(func.max(Achievement.id)).group_by(
        Achievement.course_id,
        Achievement.person_id,
        Achievement.kind,
        Achievement.reference,
    )
    wanted = (
        select(Achievement).where(Achievement.id.in_(newest)).order_by(Achievement.id)
    )
    if person_id is not None:
        wanted = wanted.where(Achievement.person_id == person_id)
    return list(session.scalars(wanted))
