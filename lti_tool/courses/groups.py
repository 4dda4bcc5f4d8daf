"""The project groups that participants know of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses.models import Enrolment, Group, GroupMember
from lti_tool.persistence.session import Session


@dataclass(frozen=True, slots=True)
class CourseGroup:
    """A published group with the people who are in it now."""

    id: int
    name: str
    topic: str
    member_ids: tuple[int, ...]


def groups(session: Session) -> list[CourseGroup]:
    """Return the active groups of the course with their present members."""
    found = session.scalars(
        select(Group).where(Group.is_active).order_by(Group.name, Group.id)
    )
    places: dict[int, list[int]] = {}
    for place in session.scalars(
        select(GroupMember).where(GroupMember.until.is_(None))
    ):
        places.setdefault(place.group_id, []).append(place.person_id)
    return [
        CourseGroup(g.id, g.name, g.topic, tuple(sorted(places.get(g.id, ()))))
        for g in found
    ]


def group_of(session: Session, person_id: int) -> CourseGroup | None:
    """Return the active group of a person, or None."""
    return next((g for g in groups(session) if person_id in g.member_ids), None)


class Wanted(NamedTuple):
    """A group that a source wants to be active."""

    name: str
    topic: str
    people: Sequence[int]
    topic_key: str | None = None
    """Which topic it is for the source, whatever its title."""
    id: int | None = None
    """The group that goes on; None for a new one, or one known by name and topic only."""


def put_groups(
    session: Session,
    source: str,
    wanted: Sequence[Wanted | tuple[str, str, Sequence[int]]],
) -> list[int]:
    """Make these the active groups of a source, all others of it end; return their ids.

    A group that goes on keeps its id, so that its work stays with it. One that is not named by
    its id is known by name and topic. ``wanted`` empty takes a publication back.
    """
    given = [Wanted(*group) for group in wanted]
    known = _groups_of(session, source)
    reasons = _Reasons(session, known, {p for group in given for p in group.people})
    ids: list[int] = []
    for group, kept in zip(given, _kept(given, known), strict=True):
        row = kept or Group(name=group.name, source=source)
        row.topic, row.topic_key = group.topic, group.topic_key or row.topic_key
        row.is_active = True
        session.add(row)
        session.flush()
        ids.append(row.id)
    # All that end first: a person is in one group at a time.
    for row in known:
        if row.id not in ids:
            row.is_active = False
            _place(session, row.id, set(), reasons)
    for group_id, group in zip(ids, given, strict=True):
        _place(session, group_id, set(group.people), reasons)
    session.flush()
    return ids


def retitle_groups(
    session: Session, source: str, keys: Mapping[str, str], titles: Mapping[str, str]
) -> None:
    """Give the groups of a source the titles that their topics have now; they stay the same groups.

    ``titles`` are by key; ``keys``, by the title until now, are for groups without one.
    """
    for group in _groups_of(session, source):
        group.topic_key = group.topic_key or keys.get(group.topic)
        group.topic = titles.get(group.topic_key or "", group.topic)
    session.flush()


def _groups_of(session: Session, source: str) -> Sequence[Group]:
    """Return all groups that a source ever had, the active ones first."""
    return session.scalars(
        select(Group)
        .where(Group.source == source)
        .order_by(Group.is_active.desc(), Group.id)
    ).all()


def _kept(wanted: Sequence[Wanted], known: Sequence[Group]) -> list[Group | None]:
    """Return the group as which each goes on; none goes on as two."""
    by_id = {group.id: group for group in known}
    taken = {group.id for group in wanted}
    found: list[Group | None] = []
    for group in wanted:
        kept = by_id.get(group.id) if group.id is not None else None
        kept = kept or next(
            (g for g in known if g.id not in taken and _is_like(group, g)), None
        )
        if kept is not None:
            taken.add(kept.id)
        found.append(kept)
    return found


def _is_like(wanted: Wanted, group: Group) -> bool:
    same_key = not (wanted.topic_key and group.topic_key) or (
        wanted.topic_key == group.topic_key
    )
    return same_key and (wanted.name, wanted.topic) == (group.name, group.topic)


class _Reasons:
    """Why places of one source end, or begin later than their groups."""

    def __init__(
        self, session: Session, groups: Collection[Group], placed: Collection[int]
    ) -> None:
        self.placed = placed
        self.is_first = not groups
        self.former = set(
            session.scalars(
                select(GroupMember.person_id).where(
                    GroupMember.group_id.in_([group.id for group in groups])
                )
            )
        )
        self.present = set(
            session.scalars(select(Enrolment.person_id).where(Enrolment.is_active))
        )

    def of_begin(self, person_id: int) -> str | None:
        """Return None for a place that was there from the beginning."""
        if self.is_first:
            return None
        return "moved" if person_id in self.former else "joined_late"

    def of_end(self, person_id: int) -> str:
        if person_id in self.placed:
            return "moved"
        return "taken_back" if person_id in self.present else "left_course"


def _place(
    session: Session, group_id: int, people: set[int], reasons: _Reasons
) -> None:
    places = {
        p.person_id: p
        for p in session.scalars(
            select(GroupMember).where(GroupMember.group_id == group_id)
        )
    }
    for person_id, place in places.items():
        if person_id not in people and place.until is None:
            place.until, place.reason = clock.now(), reasons.of_end(person_id)
    for person_id in people:
        if person_id not in places:
            reason = reasons.of_begin(person_id)
            session.add(
                GroupMember(group_id=group_id, person_id=person_id, reason=reason)
            )
        elif (place := places[person_id]).until is not None:
            came_back = place.reason == "taken_back"
            place.until = None
            place.reason = None if came_back else reasons.of_begin(person_id)
