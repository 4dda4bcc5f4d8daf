"""Changing a proposal by hand: moving, swapping and fixing people, undoing and doing again."""

from collections.abc import Iterable

from sqlalchemy import func, select

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError, InvalidError
from lti_tool.groups.proposals.arrangement import group_rows, places, steps
from lti_tool.groups.proposals.models import PINS, Move, Proposal
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session


def move(
    session: Session,
    proposal: Proposal,
    person_id: int,
    to_group: int | None,
    *,
    by: int,
) -> None:
    """Put a participant into another group of the proposal, or into none."""
    _lock(session, proposal)
    courses.get_participant(session, person_id)
    rows = group_rows(session, proposal.id)
    if to_group is not None and to_group not in {row.id for row in rows}:
        raise InvalidError(_("Choose a group of this proposal."))
    if places(session, proposal).at.get(person_id) == to_group:
        raise InvalidError(_("This person is there already."))
    _record(session, proposal, [(person_id, to_group)], by)


def swap(
    session: Session, proposal: Proposal, person_id: int, other: int, *, by: int
) -> None:
    """Let two participants of different groups change places."""
    _lock(session, proposal)
    for participant in (person_id, other):
        courses.get_participant(session, participant)
    at = places(session, proposal).at
    if at.get(person_id) is None or at.get(other) in {None, at[person_id]}:
        raise InvalidError(_("Choose two people of different groups."))
    _record(session, proposal, [(person_id, at[other]), (other, at[person_id])], by)


def pin(
    session: Session, proposal: Proposal, person_id: int, kind: str, *, by: int
) -> None:
    """Fix a participant to their group or to its topic, or let them go."""
    _lock(session, proposal)
    courses.get_participant(session, person_id)
    group = places(session, proposal).at.get(person_id)
    if kind not in PINS or group is None:
        raise InvalidError(_("Only who is in a group can be fixed there."))
    _record(session, proposal, [(person_id, group)], by, kind)


def undo(session: Session, proposal: Proposal) -> list[int]:
    """Undo the newest step that stands, and return whom it concerned."""
    _lock(session, proposal)
    standing = steps(session, proposal).standing
    if not standing:
        raise ConflictError(_("Nothing is left to undo."))
    newest = _of_one_step(reversed(standing))
    for row in newest:
        row.undone_at = clock.now()
    session.flush()
    return [row.person_id for row in newest]


def redo(session: Session, proposal: Proposal) -> list[int]:
    """Do again what was undone last, and return whom it concerned."""
    _lock(session, proposal)
    undone = steps(session, proposal).undone
    if not undone:
        raise ConflictError(_("Nothing is left to do again."))
    oldest = _of_one_step(undone)
    for row in oldest:
        row.undone_at = None
    session.flush()
    return [row.person_id for row in oldest]


def _lock(session: Session, proposal: Proposal) -> None:
    session.refresh(proposal, with_for_update=True)
    if proposal.status != "done":
        raise ConflictError(_("This proposal is not computed yet."))


def _of_one_step(rows: Iterable[Move]) -> list[Move]:
    """Return the first row, and the others that were done with it."""
    first, *others = rows
    return [first, *(row for row in others if row.step and row.step == first.step)]


def _record(
    session: Session,
    proposal: Proposal,
    moves: Iterable[tuple[int, int | None]],
    by: int,
    pin: str | None = None,
) -> None:
    before = session.scalar(
        select(func.max(Move.step)).where(Move.proposal_id == proposal.id)
    )
    session.add_all(
        Move(
            proposal_id=proposal.id,
            person_id=person,
            to_group_id=group,
            moved_by=by,
            pin=pin,
            step=(before or 0) + 1,
        )
        for person, group in moves
    )
    session.flush()
