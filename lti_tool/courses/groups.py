"""The project groups that participants know of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

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
    reasons = _Reasons(session, known.values(), {p for *_, ps in wanted for p in ps})
    ids: list[int] = []
    for name, topic, people in wanted:
        group = known.pop((name, topic), None)
        if group is None:
            group = Group(name=name, topic=topic, source=source)
            session.add(group)
            session.flush()
        group.is_active = True
        _place(session, group.id, set(people), reasons)
        ids.append(group.id)
    for left in known.values():
        left.is_active = False
        _place(session, left.id, set(), reasons)
    session.flush()
    return ids


def retitle_groups(session: Session, source: str, topic: str, title: str) -> None:
    """Give the groups of a source that work on a topic its new title; they stay the same groups."""
    for group in session.scalars(
        select(Group).where(Group.source == source, Group.topic == topic)
    ):
        group.topic = title
    session.flush()


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
