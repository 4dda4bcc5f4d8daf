"""Telling the participants: publications, and taking them back."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError
from lti_tool.groups import service
from lti_tool.groups.models import Formation
from lti_tool.groups.proposals.arrangement import Team, arrange
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.publishing.models import (
    Publication,
    PublishedGroup,
    PublishedMember,
)
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session


@dataclass(frozen=True, slots=True)
class OwnGroup:
    """What a participant may know of their group."""

    formation: str
    name: str
    topic: str
    members: tuple[str, ...]
    rank: int | None
    had_answered: bool


def in_force(session: Session, formation: Formation) -> Publication | None:
    """Return the publication that participants see now, or None."""
    return session.scalar(
        select(Publication).where(
            Publication.formation_id == formation.id, Publication.ended_at.is_(None)
        )
    )


def publications(session: Session, formation: Formation) -> list[Publication]:
    """Return all publications of a formation, the newest first."""
    return list(
        session.scalars(
            select(Publication)
            .where(Publication.formation_id == formation.id)
            .order_by(Publication.version.desc())
        )
    )


def publish(
    session: Session,
    formation: Formation,
    proposal: Proposal,
    *,
    name: Callable[[int], str],
    by: int,
) -> Publication:
    """Tell the participants their groups as the proposal stands now.

    ``name`` gives the name of the group of a number, in the language of the
    course. Groups that were in force before end, those of other formations too:
    a person is in one group at a time. A group of the same name and topic stays
    the same group, with the work that it has handed in.
    """
    service.lock(session, formation)
    if proposal.status != "done":
        raise ConflictError(_("This proposal is not computed yet."))
    teams = [team for team in arrange(session, formation, proposal).teams if team.seats]
    if not teams:
        raise ConflictError(
            _("Nobody is in a group here. Move people into groups first.")
        )
    _end(session, formation, "replaced")
    for other in _other_published(session, formation):
        _end(session, other, "replaced")
        courses.put_groups(session, service.source(other.id), [])
    publication = _record(session, formation, proposal, by)
    for team in teams:
        _record_team(session, publication, name(team.number), team)
    courses.put_groups(
        session,
        service.source(formation.id),
        [(name(t.number), t.topic, [s.person_id for s in t.seats]) for t in teams],
    )
    return publication


def take_back(session: Session, formation: Formation) -> None:
    """Undo a publication: participants no longer see groups, the record of it stays."""
    service.lock(session, formation)
    if in_force(session, formation) is None:
        raise ConflictError(_("These groups are not published."))
    _end(session, formation, "taken_back")
    courses.put_groups(session, service.source(formation.id), [])


def own_groups(session: Session, person_id: int) -> list[OwnGroup]:
    """Return the published groups of a participant, with nothing of others but their names."""
    names = {p.person_id: p.name for p in courses.participants(session)}
    found = session.execute(
        select(PublishedMember, PublishedGroup, Formation)
        .join(PublishedGroup, PublishedGroup.id == PublishedMember.group_id)
        .join(Publication, Publication.id == PublishedGroup.publication_id)
        .join(Formation, Formation.id == Publication.formation_id)
        .where(PublishedMember.person_id == person_id, Publication.ended_at.is_(None))
        .order_by(Publication.id.desc())
    )
    return [
        OwnGroup(
            formation.title,
            group.name,
            group.topic,
            tuple(names[p] for p in names if p in _people(session, group)),
            seat.rank,
            seat.had_answered,
        )
        for seat, group, formation in found
    ]


def _people(session: Session, group: PublishedGroup) -> set[int]:
    return set(
        session.scalars(
            select(PublishedMember.person_id).where(
                PublishedMember.group_id == group.id
            )
        )
    )


def is_as_published(
    session: Session, formation: Formation, teams: tuple[Team, ...]
) -> bool:
    """Tell whether participants see exactly these groups now."""
    publication = in_force(session, formation)
    if publication is None:
        return False
    told = {
        (group.topic, frozenset(_people(session, group)))
        for group in session.scalars(
            select(PublishedGroup).where(
                PublishedGroup.publication_id == publication.id
            )
        )
    }
    return told == {
        (team.topic, frozenset(seat.person_id for seat in team.seats))
        for team in teams
        if team.seats
    }


def _other_published(session: Session, formation: Formation) -> list[Formation]:
    return list(
        session.scalars(
            select(Formation)
            .join(Publication, Publication.formation_id == Formation.id)
            .where(Formation.id != formation.id, Publication.ended_at.is_(None))
        )
    )


def _end(session: Session, formation: Formation, end: str) -> None:
    publication = in_force(session, formation)
    if publication is not None:
        publication.ended_at, publication.end = clock.now(), end
        session.flush()


def _record(
    session: Session, formation: Formation, proposal: Proposal, by: int
) -> Publication:
    before = session.scalar(
        select(func.max(Publication.version)).where(
            Publication.formation_id == formation.id
        )
    )
    publication = Publication(
        formation_id=formation.id,
        proposal_id=proposal.id,
        version=(before or 0) + 1,
        published_at=clock.now(),
        published_by=by,
    )
    session.add(publication)
    session.flush()
    return publication


def _record_team(
    session: Session, publication: Publication, name: str, team: Team
) -> None:
    group = PublishedGroup(publication_id=publication.id, name=name, topic=team.topic)
    session.add(group)
    session.flush()
    session.add_all(
        PublishedMember(
            group_id=group.id,
            person_id=seat.person_id,
            rank=seat.rank,
            had_answered=seat.has_answered,
        )
        for seat in team.seats
    )
    session.flush()
