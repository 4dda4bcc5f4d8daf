"""Who is taught what here: the people, courses and activities of a practice LMS."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a person is in a course of the LMS."""

    TEACHER = "teacher"
    NON_EDITING_TEACHER = "non-editing teacher"
    STUDENT = "student"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user of the LMS; `network` and `region` are known of participants only."""

    sub: str
    given_name: str
    family_name: str
    username: str
    email: str | None
    language: str = "de"
    sourced_id: str = ""
    network: str | None = None
    region: str | None = None

    @property
    def name(self) -> str:
        """The full name as the LMS shows it."""
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True)
class Member:
    """A person's place in a course; `duty` is what the tool's lead would give them."""

    person: Person
    role: Role
    duty: str | None = None
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class ResourceLink:
    """An activity of a course that opens the tool."""

    id: str
    activity: str
    title: str
    description: str
    custom: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    """Where it leads, if that is not the tool's usual address."""


@dataclass(frozen=True, kw_only=True)
class CoupledLineItem:
    """The gradebook column that came into being with a graded activity."""

    id: int
    link_id: str
    label: str
    maximum: float
    resource_id: str = ""
    tag: str = ""
    submission_review: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Course:
    """A course; `key` stands in the pages' addresses, `context_id` in LTI."""

    key: str
    context_id: str
    label: str
    title: str
    sourced_id: str
    total_item_id: int
    members: tuple[Member, ...]
    links: tuple[ResourceLink, ...]
    line_items: tuple[CoupledLineItem, ...] = ()
    copied_from: tuple[str, ...] = ()
    """Context ids of the courses from which it was copied, the newest first."""

    def find_member(self, sub: str) -> Member | None:
        """Return this person's place in the course, suspended or not."""
        return next((m for m in self.members if m.person.sub == sub), None)

    def find_link(self, id_or_activity: str) -> ResourceLink | None:
        """Return the activity with this resource link id or activity name."""
        return next(
            (link for link in self.links if id_or_activity in (link.id, link.activity)),
            None,
        )


@dataclass(frozen=True)
class World:
    """Everything the LMS knows before the first grade arrives."""

    courses: tuple[Course, ...]
    administrators: tuple[Person, ...] = ()

    def find_course(self, key: str) -> Course | None:
        """Return the course with this key."""
        return next((c for c in self.courses if c.key == key), None)

    def find_context(self, context_id: str) -> Course | None:
        """Return the course with this LTI context id."""
        return next((c for c in self.courses if c.context_id == context_id), None)

    def course_of(self, link: ResourceLink) -> Course:
        """Return the course in which this activity stands."""
        return next(c for c in self.courses if c.find_link(link.id))

    def find_link(self, link_id: str) -> ResourceLink | None:
        """Return the activity with this resource link id, in whatever course."""
        return next(
            (link for c in self.courses for link in c.links if link.id == link_id),
            None,
        )

    def find_person(self, sub: str) -> Person | None:
        """Return the user with this id."""
        return next((p for p in self.people() if p.sub == sub), None)

    def people(self) -> tuple[Person, ...]:
        """Return every user once, administrators first."""
        everybody = [
            *self.administrators,
            *(m.person for course in self.courses for m in course.members),
        ]
        return tuple({person.sub: person for person in everybody}.values())

    def find_role(self, course: Course, person: Person) -> Role | None:
        """Return what this person is in this course now; None for the suspended."""
        member = course.find_member(person.sub)
        if member is not None:
            return member.role if member.active else None
        return Role.ADMINISTRATOR if person in self.administrators else None
