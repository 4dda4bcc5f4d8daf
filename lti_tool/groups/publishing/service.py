"""Telling the participants: publications, and taking them back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError
from lti_tool.groups import service
from lti_tool.groups.models import Formation, Topic
from lti_tool.groups.proposals.arrangement import Team, arrange
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.publishing import rules
from lti_tool.groups.publishing.models import (
    Publication,
    PublishedGroup,
    PublishedMember,
)
from lti_tool.groups.publishing.rules import Difference, Place
from lti_tool.groups.service import standing_topics
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session


@dataclass(frozen=True, slots=True)
class Told:
    """What a person is told of their place beside the group itself."""

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
    a person is in one group at a time. A group that goes on stays the same group,
    with the work that it has handed in.
    """
    _lock(session, formation)
    places = planned(session, formation, proposal, name=name)
    if not places:
        raise ConflictError(
            _("Nobody is in a group here. Move people into groups first.")
        )
    seats = {
        seat.person_id: Told(seat.rank, seat.has_answered)
        for team in arrange(session, formation, proposal).teams
        for seat in team.seats
    }
    return _tell(session, formation, places, seats, _New(proposal.id, by))


def restore(
    session: Session, formation: Formation, earlier: Publication, *, by: int
) -> Publication:
    """Publish the groups of an earlier version again, without those who have left since."""
    _lock(session, formation)
    places = again(session, formation, earlier)
    if not places:
        raise ConflictError(_("Nobody of these groups is in the course any more."))
    seats = told(session, earlier)
    new = _New(earlier.proposal_id, by, restores=earlier.version)
    return _tell(session, formation, places, seats, new)


def _lock(session: Session, formation: Formation) -> None:
    """Let nobody else publish in this course, as that ends the groups of all formations."""
    # The course first, always, so that two who publish cannot block each other for good.
    session.refresh(courses.course_of(session), with_for_update={"key_share": True})
    service.lock(session, formation)


def planned(
    session: Session,
    formation: Formation,
    proposal: Proposal,
    *,
    name: Callable[[int], str],
) -> tuple[Place, ...]:
    """Return the groups that publishing a proposal would tell; groups that go on keep their names."""
    if proposal.status != "done":
        raise ConflictError(_("This proposal is not computed yet."))
    standing = arrange(session, formation, proposal)
    teams = [
        (team.number, Place("", team.topic, group.people, group.topic))
        for team, group in zip(standing.teams, standing.grouping, strict=True)
        if group.people
    ]
    earlier = [
        place
        for publication in publications(session, formation)
        for place in places_of(session, formation, publication)
    ]
    return rules.in_order(rules.named(teams, earlier, name))


def again(
    session: Session, formation: Formation, earlier: Publication
) -> tuple[Place, ...]:
    """Return the groups that restoring an earlier version would tell."""
    present = {person.person_id for person in courses.participants(session)}
    places = (
        replace(place, people=tuple(p for p in place.people if p in present))
        for place in places_of(session, formation, earlier)
    )
    return tuple(place for place in places if place.people)


def places_of(
    session: Session, formation: Formation, publication: Publication
) -> tuple[Place, ...]:
    """Return the groups of a publication, those who have left since too, under the titles of today."""
    topics = standing_topics(session, formation)
    people: dict[int, list[int]] = {}
    for seat in _seats(session, publication):
        people.setdefault(seat.group_id, []).append(seat.person_id)
    told = session.scalars(
        select(PublishedGroup).where(PublishedGroup.publication_id == publication.id)
    )
    return rules.in_order(
        _place(group, topics, tuple(people.get(group.id, ()))) for group in told
    )


def _place(
    group: PublishedGroup, topics: Mapping[int, Topic], people: tuple[int, ...]
) -> Place:
    by_title = (t for t in topics.values() if t.title == group.topic)
    topic = topics.get(group.topic_id or 0) or next(by_title, None)
    return Place(
        group.name,
        topic.title if topic else group.topic,
        people,
        topic.id if topic else None,
        group.course_group_id,
    )


@dataclass(frozen=True, slots=True)
class Version:
    """A publication, and what it changed against the one before it."""

    publication: Publication
    groups: int
    difference: Difference
    is_first: bool
    """Whether nobody in the course had been told of any group before."""


def history(session: Session, formation: Formation) -> list[Version]:
    """Return all versions of a formation, the newest first."""
    found: list[Version] = []
    known: Sequence[Place] = ()
    first = session.scalar(select(func.min(Publication.id)))
    for publication in reversed(publications(session, formation)):
        places = places_of(session, formation, publication)
        earlier = before(session, publication)
        if earlier is not None:
            known = _seen_from(session, formation, earlier)
        changed = rules.difference(known, places)
        is_first = publication.id == first
        found.insert(0, Version(publication, len(places), changed, is_first))
        known = places
    return found


def told(session: Session, publication: Publication) -> dict[int, Told]:
    """Return what each person of a publication was told beside their group."""
    return {
        seat.person_id: Told(seat.rank, seat.had_answered)
        for seat in _seats(session, publication)
    }


def difference(
    session: Session, formation: Formation, places: Iterable[Place]
) -> Difference:
    """Return what telling these groups would change against those in force, of whichever formation."""
    before = [
        place
        for publication in standing(session)
        for place in _seen_from(session, formation, publication)
    ]
    return rules.difference(before, places)


def _seen_from(
    session: Session, formation: Formation, publication: Publication
) -> list[Place]:
    """Return the groups of a publication; those of another formation never pass for ones of this."""
    if publication.formation_id == formation.id:
        return [*places_of(session, formation, publication)]
    other = service.get_formation(session, publication.formation_id)
    return [
        replace(place, topic=f"{place.topic} ({other.title})")
        for place in places_of(session, other, publication)
    ]


def standing(session: Session) -> list[Publication]:
    """Return what is in force in the course, of whichever formation."""
    return list(
        session.scalars(select(Publication).where(Publication.ended_at.is_(None)))
    )


def under_way(session: Session) -> list[Formation]:
    """Return the formations of which participants still have something to expect, the newest first."""
    return [
        formation
        for formation in service.standing_formations(session)
        if in_force(session, formation) is None
        and not (formation.stage == "closed" and is_superseded(session, formation))
    ]


def is_superseded(session: Session, formation: Formation) -> bool:
    """Tell whether other groups took the place of those that were to be formed here."""
    others = other_published(session, formation)
    if not others:
        return False
    told = publications(session, formation)
    was_replaced = bool(told) and told[0].end == "replaced"
    return was_replaced or any(other.id > formation.id for other in others)


def before(session: Session, publication: Publication) -> Publication | None:
    """Return what was in force until this publication replaced it, of whichever formation."""
    earlier = session.scalar(
        select(Publication)
        .where(Publication.id < publication.id)
        .order_by(Publication.id.desc())
        .limit(1)
    )
    return earlier if earlier and earlier.end == "replaced" else None


def bring_back(session: Session, formation: Formation, *, by: int) -> Formation:
    """Take a publication back for what was in force before it; return the formation of that."""
    _lock(session, formation)
    now = in_force(session, formation)
    earlier = before(session, now) if now else None
    if earlier is None:
        raise ConflictError(
            _("There is nothing to bring back: no groups were in force before these.")
        )
    owner = service.get_formation(session, earlier.formation_id)
    _end(session, formation, "taken_back")
    if owner.id != formation.id:
        courses.put_groups(session, service.source(formation.id), [])
    restore(session, owner, earlier, by=by)
    return owner


def take_back(session: Session, formation: Formation) -> None:
    """Undo a publication: participants no longer see groups, the record of it stays."""
    service.lock(session, formation)
    if in_force(session, formation) is None:
        raise ConflictError(_("These groups are not published."))
    _end(session, formation, "taken_back")
    courses.put_groups(session, service.source(formation.id), [])


def is_as_published(
    session: Session, formation: Formation, teams: tuple[Team, ...]
) -> bool:
    """Tell whether participants see exactly these groups now."""
    publication = in_force(session, formation)
    if publication is None:
        return False
    known = {
        (place.topic, frozenset(place.people))
        for place in places_of(session, formation, publication)
    }
    return known == {
        (team.topic, frozenset(seat.person_id for seat in team.seats))
        for team in teams
        if team.seats
    }


def other_published(session: Session, formation: Formation) -> list[Formation]:
    """Return other formations whose groups are in force, which publishing this one ends."""
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


@dataclass(frozen=True, slots=True)
class _New:
    """Of what a new publication is made, and by whom."""

    proposal_id: int
    by: int
    restores: int | None = None


def _tell(
    session: Session,
    formation: Formation,
    places: Sequence[Place],
    seats: Mapping[int, Told],
    new: _New,
) -> Publication:
    service.bring_formation_back(formation)
    _end(session, formation, "replaced")
    for other in other_published(session, formation):
        _end(session, other, "replaced")
        courses.put_groups(session, service.source(other.id), [])
    publication = _record(session, formation, new)
    wanted = [
        courses.Wanted(
            place.name,
            place.topic,
            place.people,
            str(place.topic_id) if place.topic_id else None,
            place.group_id,
        )
        for place in places
    ]
    ids = courses.put_groups(session, service.source(formation.id), wanted)
    for place, course_group_id in zip(places, ids, strict=True):
        group = PublishedGroup(
            publication_id=publication.id,
            name=place.name,
            topic=place.topic,
            topic_id=place.topic_id,
            course_group_id=course_group_id,
        )
        session.add(group)
        session.flush()
        session.add_all(
            PublishedMember(
                group_id=group.id,
                person_id=person,
                rank=seats[person].rank,
                had_answered=seats[person].had_answered,
            )
            for person in place.people
        )
    session.flush()
    return publication


def _record(session: Session, formation: Formation, new: _New) -> Publication:
    before = session.scalar(
        select(func.max(Publication.version)).where(
            Publication.formation_id == formation.id
        )
    )
    publication = Publication(
        formation_id=formation.id,
        proposal_id=new.proposal_id,
        version=(before or 0) + 1,
        published_at=clock.now(),
        published_by=new.by,
        restores=new.restores,
    )
    session.add(publication)
    session.flush()
    return publication


def _seats(session: Session, publication: Publication) -> list[PublishedMember]:
    return list(
        session.scalars(
            select(PublishedMember)
            .join(PublishedGroup, PublishedGroup.id == PublishedMember.group_id)
            .where(PublishedGroup.publication_id == publication.id)
            .order_by(PublishedMember.id)
        )
    )
