"""How a choice stands: which groups there are, who is in, who waits, and where one more can come."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from lti_tool.courses import service as courses
from lti_tool.errors import NotFoundError
from lti_tool.groups import service
from lti_tool.groups.choosing import rules
from lti_tool.groups.choosing.models import ChoiceNews
from lti_tool.groups.choosing.rules import Place, Shortage
from lti_tool.groups.choosing.words import shortage_sentence
from lti_tool.groups.chosen import is_over
from lti_tool.groups.models import Choice, ChosenGroup, ChosenPlace, Formation, Topic
from lti_tool.groups.publishing import service as publishing
from lti_tool.groups.service import standing_topics
from lti_tool.persistence.session import Session


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group in which places can be chosen, as it stands now."""

    id: int
    number: int
    topic: Topic
    code: str | None
    members: tuple[courses.Member, ...]
    waiting: tuple[courses.Member, ...]
    """Who waits for a place, the next one first."""
    free: int

    def place_in_line(self, person_id: int) -> int:
        """Return the place of somebody who waits, 1 for the next."""
        return [member.person_id for member in self.waiting].index(person_id) + 1


@dataclass(frozen=True, slots=True)
class Look:
    """All groups of a choice as they stand now."""

    choice: Choice
    is_open: bool
    groups: tuple[ShownGroup, ...]
    without: tuple[courses.Member, ...]
    """Participants who are in no group, waiting or not."""
    shortage: Shortage | None
    """Why not all find a place in these groups and in those that topics still take."""
    groups_are_endless: bool
    """Whether founders may go on with topics of their own."""

    @property
    def too_few(self) -> str:
        """Return that not all find a place, and what to change; empty where they do."""
        return shortage_sentence(self.shortage) if self.shortage else ""

    @property
    def warning(self) -> str:
        """Return that not all find a place, unless founders may still see to that."""
        return "" if self.is_open and self.groups_are_endless else self.too_few

    def own(self, person_id: int) -> ShownGroup | None:
        """Return the group that somebody is in."""
        return _first_with(person_id, [(g, g.members) for g in self.groups])

    def awaited(self, person_id: int) -> ShownGroup | None:
        """Return the group for which somebody waits."""
        return _first_with(person_id, [(g, g.waiting) for g in self.groups])

    def group(self, group_id: int) -> ShownGroup:
        """Return a group by its id."""
        return next(group for group in self.groups if group.id == group_id)

    @property
    def placed(self) -> int:
        """Return how many are in a group."""
        return sum(len(group.members) for group in self.groups)


def _first_with(
    person_id: int, lists: Sequence[tuple[ShownGroup, Sequence[courses.Member]]]
) -> ShownGroup | None:
    return next(
        (g for g, people in lists if any(m.person_id == person_id for m in people)),
        None,
    )


def choice_of(session: Session, formation: Formation) -> Choice | None:
    """Return how participants choose their groups, None where they do not."""
    return session.scalar(select(Choice).where(Choice.formation_id == formation.id))


def get_choice(session: Session, formation: Formation) -> Choice:
    """Return how participants choose their groups or raise NotFoundError."""
    choice = choice_of(session, formation)
    if choice is None:
        raise NotFoundError
    return choice


def is_open(session: Session, formation: Formation, choice: Choice) -> bool:
    """Tell whether places can be chosen now."""
    if is_over(choice):
        return False
    return publishing.in_force(session, formation) is None


def find_look(session: Session, formation: Formation) -> Look | None:
    """Return how the choice of a formation stands, None where nobody chooses."""
    found = choice_of(session, formation)
    return None if found is None else look(session, formation)


@dataclass(frozen=True, slots=True)
class OwnLook:
    """A choice under way, and where one participant is in it."""

    formation: Formation
    seen: Look
    own: ShownGroup | None
    awaited: ShownGroup | None
    news: ChoiceNews | None


def own_looks(session: Session, person_id: int) -> list[OwnLook]:
    """Return the choices that are not published yet, for a participant."""
    under_way = [
        (formation, find_look(session, formation))
        for formation in publishing.under_way(session)
    ]
    return [
        OwnLook(
            formation,
            seen,
            seen.own(person_id),
            seen.awaited(person_id),
            news_of(session, formation, person_id),
        )
        for formation, seen in under_way
        if seen is not None
        and (seen.is_open or not publishing.is_superseded(session, formation))
    ]


def look(session: Session, formation: Formation) -> Look:
    """Return the groups with who is in and who waits; raise NotFoundError where nobody chooses."""
    choice = get_choice(session, formation)
    present = {p.person_id: p for p in courses.participants(session)}
    topics = standing_topics(session, formation)
    held = places(session, formation)

    def shown(group: ChosenGroup) -> ShownGroup:
        here = [place for place in held if place.group == group.id]
        members = tuple(present[p.person] for p in here if not p.is_waiting)
        return ShownGroup(
            group.id,
            group.number,
            topics[group.topic_id],
            group.code,
            members,
            tuple(present[p.person] for p in here if p.is_waiting),
            max(choice.places - len(members), 0),
        )

    placed = {place.person for place in held if not place.is_waiting}
    groups = tuple(shown(group) for group in groups_of(session, formation))
    return Look(
        choice,
        is_open(session, formation, choice),
        groups,
        tuple(p for p in present.values() if p.person_id not in placed),
        _shortage(session, formation, choice, groups, len(present)),
        choice.may_found and formation.may_propose,
    )


def _shortage(
    session: Session,
    formation: Formation,
    choice: Choice,
    groups: Sequence[ShownGroup],
    people: int,
) -> Shortage | None:
    standing = [group for group in groups if group.topic.state == "offered"]
    used = [group.topic.id for group in standing]
    more = (
        max(topic.groups_max - used.count(topic.id), 0)
        for topic in service.topics(session, formation)
    )
    sizes = [len(group.members) for group in standing]
    return rules.shortage(people, choice.places, sizes, sum(more))


def groups_of(session: Session, formation: Formation) -> list[ChosenGroup]:
    """Return the groups of a formation that can be chosen, by number."""
    return list(
        session.scalars(
            select(ChosenGroup)
            .where(ChosenGroup.formation_id == formation.id)
            .order_by(ChosenGroup.number)
        )
    )


def get_group(session: Session, formation: Formation, group_id: int) -> ChosenGroup:
    """Return a group of this formation or raise NotFoundError."""
    for group in groups_of(session, formation):
        if group.id == group_id:
            return group
    raise NotFoundError


def places(session: Session, formation: Formation) -> list[Place]:
    """Return who of the present participants is where, in the order in which they came."""
    present = {p.person_id for p in courses.participants(session)}
    return [
        Place(row.person_id, row.group_id, row.is_waiting)
        for row in session.scalars(
            select(ChosenPlace)
            .where(ChosenPlace.formation_id == formation.id)
            .order_by(ChosenPlace.id)
        )
        if row.person_id in present
    ]


def open_topics(session: Session, formation: Formation) -> list[Topic]:
    """Return the offered topics on which there can be one more group."""
    standing = standing_topics(session, formation)
    used = [standing[g.topic_id].id for g in groups_of(session, formation)]
    return [
        topic
        for topic in service.topics(session, formation)
        if used.count(topic.id) < topic.groups_max
    ]


def news_of(
    session: Session, formation: Formation, person_id: int
) -> ChoiceNews | None:
    """Return what happened to a person's place without them, until they have read it."""
    return session.scalar(
        select(ChoiceNews).where(
            ChoiceNews.formation_id == formation.id, ChoiceNews.person_id == person_id
        )
    )
