"""What participants are told: their own group, and what has changed for them since they looked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select

from lti_tool.courses import service as courses
from lti_tool.errors import NotFoundError
from lti_tool.groups import service
from lti_tool.groups.models import Formation
from lti_tool.groups.publishing import rules
from lti_tool.groups.publishing import service as publishing
from lti_tool.groups.publishing.models import (
    Publication,
    PublicationSeen,
    PublishedGroup,
    PublishedMember,
)
from lti_tool.groups.publishing.rules import Place
from lti_tool.groups.survey import service as survey
from lti_tool.groups.survey.rules import Slot
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
    contacts: tuple[str, ...]
    """The leads of the course."""
    times: tuple[Slot, ...] | None
    """When all who said something can meet; None where that would tell of one person."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What changed for a participant since they said that they have seen their group."""

    publication_id: int
    before: Place | None
    after: Place | None
    joined: tuple[str, ...]
    """Who is new in the group, where it is still the same."""
    gone: tuple[str, ...]

    @property
    def same_group(self) -> bool:
        """Whether only the others of the group changed."""
        return bool(self.before and self.after and self.before.key == self.after.key)


def own_groups(session: Session, person_id: int) -> list[OwnGroup]:
    """Return the published groups of a participant, with nothing of others but their names."""
    present = {p.person_id: p.name for p in courses.participants(session)}
    contacts = tuple(lead.name for lead in courses.holders(session, "lead"))
    found = session.execute(
        _places(person_id)
        .where(Publication.ended_at.is_(None))
        .order_by(Publication.id.desc())
    )
    groups = []
    for seat, _group, publication in found:
        formation = service.get_formation(session, publication.formation_id)
        place = _place(session, publication, person_id)
        people = place.people if place else ()
        groups.append(
            OwnGroup(
                formation.title,
                place.name if place else "",
                place.topic if place else "",
                tuple(name for person, name in present.items() if person in people),
                seat.rank,
                seat.had_answered,
                contacts,
                _times(
                    session, formation, [p for p in people if p in present], person_id
                ),
            )
        )
    return groups


def _times(
    session: Session, formation: Formation, people: Sequence[int], reader: int
) -> tuple[Slot, ...] | None:
    asked = survey.slots_of(formation)
    told = survey.all_answers(session, formation)
    free = {p: told[p].slots for p in people if p in told and told[p].slots}
    return rules.common(asked, free, reader)


def notice(session: Session, person_id: int) -> Notice | None:
    """Return what changed for a participant since they last said that they know; None for nothing.

    Who never said so knows what they were told first.
    """
    now = session.scalar(
        select(Publication)
        .where(Publication.ended_at.is_(None))
        .order_by(Publication.id.desc())
        .limit(1)
    )
    seen = session.scalar(
        select(Publication)
        .join(PublicationSeen, PublicationSeen.publication_id == Publication.id)
        .where(PublicationSeen.person_id == person_id)
        .order_by(Publication.id.desc())
        .limit(1)
    )
    if now is None or (seen and seen.id == now.id):
        return None
    known = seen or _first_told(session, person_id)
    before = _place(session, known, person_id) if known and known is not now else None
    after = _place(session, now, person_id)
    if before is None and after is None:
        return None
    names = courses.names(session)
    found = Notice(now.id, before, after, (), ())
    if not (found.same_group and before and after):
        return found
    joined, gone = (
        set(after.people) - {*before.people},
        set(before.people) - {*after.people},
    )
    if not (joined or gone):
        return None
    return Notice(now.id, before, after, _sorted(names, joined), _sorted(names, gone))


def see(session: Session, person_id: int, publication_id: int) -> None:
    """Note that a participant knows what a publication changed for them."""
    courses.get_participant(session, person_id)
    known = select(Publication.id).where(Publication.id == publication_id)
    if session.scalar(known) is None:
        raise NotFoundError
    session.try_add(PublicationSeen(publication_id=publication_id, person_id=person_id))


def _places(
    person_id: int,
) -> Select[PublishedMember, PublishedGroup, Publication]:
    return (
        select(PublishedMember, PublishedGroup, Publication)
        .join(PublishedGroup, PublishedGroup.id == PublishedMember.group_id)
        .join(Publication, Publication.id == PublishedGroup.publication_id)
        .where(PublishedMember.person_id == person_id)
    )


def _first_told(session: Session, person_id: int) -> Publication | None:
    row = session.execute(_places(person_id).order_by(Publication.id).limit(1)).first()
    return row.Publication if row else None


def _place(session: Session, publication: Publication, person_id: int) -> Place | None:
    formation = service.get_formation(session, publication.formation_id)
    places = publishing.places_of(session, formation, publication)
    return rules.by_person(places).get(person_id)


def _sorted(names: dict[int, str], people: Iterable[int]) -> tuple[str, ...]:
    return tuple(sorted(names[person] for person in people))
