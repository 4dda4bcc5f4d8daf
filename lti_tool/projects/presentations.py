"""When each group presents at the closing workshop, and who did."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.courses.models import Group
from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session
from lti_tool.projects import records, reporting
from lti_tool.projects.models import Slot
from lti_tool.projects.reporting import PRESENTATION

HELD = "held"
MISSED = "missed"
TAKEN_BACK = "open"
USUAL_MINUTES = 20


def set_slot(
    session: Session, group_id: int, starts_at: datetime | None, minutes: int
) -> None:
    """Set when a group presents; without a moment its slot is taken away.

    Whatever was recorded of the presentation stays; a recorded slot cannot be taken away.
    """
    slot = _locked_slot(session, group_id)
    if starts_at is None:
        if slot is not None and slot.recorded_at is not None:
            raise ConflictError(
                _("It was recorded who presented. Take that back first.")
            )
        if slot is not None:
            session.delete(slot)
    elif slot is None:
        session.add(Slot(group_id=group_id, starts_at=starts_at, minutes=minutes))
    else:
        slot.starts_at, slot.minutes = starts_at, minutes
    session.flush()
    reporting.plan(session)


def record(
    session: Session, group_id: int, presented: Collection[int], by: int
) -> None:
    """Record which members presented; the others of the group missed it."""
    slot = _locked_slot(session, group_id)
    if slot is None:
        raise ConflictError(_("Please set first when the group presents."))
    members = records.get_project(session, group_id).group.member_ids
    if not set(presented) <= set(members):
        raise InvalidError
    slot.recorded_at, slot.recorded_by = clock.now(), by
    reporting.plan_on_first_use(session)
    for person_id in members:
        _achieve(session, person_id, HELD if person_id in presented else MISSED)


def take_back(session: Session, group_id: int) -> None:
    """Undo what was recorded of a group's presentation."""
    slot = _locked_slot(session, group_id)
    if slot is None or slot.recorded_at is None:
        raise ConflictError(_("Nothing was recorded that could be taken back."))
    slot.recorded_at = slot.recorded_by = None
    for person_id in records.get_project(session, group_id).group.member_ids:
        if reporting.state_before(session, person_id, PRESENTATION) is not None:
            _achieve(session, person_id, TAKEN_BACK)


def states(session: Session) -> dict[int, str]:
    """Return what is recorded of each person's presentation, by person id."""
    found = courses.achievements(session)
    return {a.person_id: a.state for a in found if a.kind == PRESENTATION}


def closing_workshop(session: Session) -> datetime | None:
    """Return when the closing workshop starts, where it is planned."""
    starts = [
        o.starts_at
        for o in courses.opportunities(session)
        if o.kind == "meeting" and "closing" in o.tags and o.state != "cancelled"
    ]
    return next((moment for moment in starts if moment is not None), None)


def _achieve(session: Session, person_id: int, state: str) -> None:
    if reporting.state_before(session, person_id, PRESENTATION) != state:
        courses.achieve(session, person_id, PRESENTATION, PRESENTATION, state=state)


def _locked_slot(session: Session, group_id: int) -> Slot | None:
    group = session.scalar(
        select(Group).where(Group.id == group_id, Group.is_active).with_for_update()
    )
    if group is None:
        raise NotFoundError
    return session.scalar(select(Slot).where(Slot.group_id == group_id))
