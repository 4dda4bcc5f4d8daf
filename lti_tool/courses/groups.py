"""The project groups that participants know of."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses.models import Group, GroupMember
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


def put_groups(
    session: Session, source: str, wanted: Sequence[tuple[str, str, Sequence[int]]]
) -> list[int]:
    """Make (name, topic, people) the active groups of a source and return their ids.

    A group of the same name and topic keeps its id, so that its work stays with it; the others
    of the source end. ``wanted`` empty takes a publication back.
    """
    known = {
        (g.name, g.topic): g
        for g in session.scalars(select(Group).where(Group.source == source))
    }
    ids: list[int] = []
    for name, topic, people in wanted:
        group = known.pop((name, topic), None)
        if group is None:
            group = Group(name=name, topic=topic, source=source)
            session.add(group)
            session.flush()
        group.is_active = True
        _place(session, group.id, set(people))
        ids.append(group.id)
    for left in known.values():
        left.is_active = False
        _place(session, left.id, set())
    session.flush()
    return ids


def retitle_groups(session: Session, source: str, topic: str, title: str) -> None:
    """Give the groups of a source that work on a topic its new title; they stay the same groups."""
    for group in session.scalars(
        select(Group).where(Group.source == source, Group.topic == topic)
    ):
        group.topic = title
    session.flush()


def _place(session: Session, group_id: int, people: set[int]) -> None:
    places = {
        p.person_id: p
        for p in session.scalars(
            select(GroupMember).where(GroupMember.group_id == group_id)
        )
    }
    for person_id, place in places.items():
        if person_id not in people and place.until is None:
            place.until = clock.now()
    for person_id in people:
        if person_id in places:
            places[person_id].until = None
        else:
            session.add(GroupMember(group_id=group_id, person_id=person_id))
