"""Groups that participants choose themselves: who is in, who waits, and by which code friends come in."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import UtcDateTime

NEWS = ("moved_up", "put_in", "put_out", "group_gone")


class Choice(CourseScoped, Base):
    """That the participants of a formation choose their groups, and until when."""

    __tablename__ = "choice"
    constraints = (
        same_course("formation_id", "formation"),
        UniqueConstraint("formation_id"),
        CheckConstraint("places >= 1", name="some_places"),
    )

    formation_id: Mapped[int]
    places: Mapped[int]
    """How many people a group takes."""
    may_found: Mapped[bool]
    """Whether participants found groups of their own, into which others come by a code."""
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when places can be chosen; None while that is left to the lead."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a lead closed it."""


class ChosenGroup(CourseScoped, Base):
    """A group in which places can be chosen."""

    __tablename__ = "chosen_group"
    constraints = (
        same_course("formation_id", "formation"),
        same_course("topic_id", "topic"),
        UniqueConstraint("formation_id", "number"),
        UniqueConstraint("formation_id", "code"),
    )

    formation_id: Mapped[int]
    number: Mapped[int]
    topic_id: Mapped[int]
    code: Mapped[str | None]
    """What lets others into a group that somebody founded; None for a group open to all."""
    founded_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )


class ChosenPlace(CourseScoped, Base):
    """A person's place in a group, or on its waiting list; the oldest row is the first of the list."""

    __tablename__ = "chosen_place"
    constraints = (
        same_course("formation_id", "formation"),
        same_course("group_id", "chosen_group"),
        member("person_id"),
        # One may be in a group and wait for a better one, and no more than that.
        UniqueConstraint("formation_id", "person_id", "is_waiting"),
    )

    formation_id: Mapped[int]
    group_id: Mapped[int] = mapped_column(index=True)
    person_id: Mapped[int]
    is_waiting: Mapped[bool]


class ChoiceNews(CourseScoped, Base):
    """What happened to a person's place without them, until they have read it."""

    __tablename__ = "choice_news"
    constraints = (
        same_course("formation_id", "formation"),
        member("person_id"),
        UniqueConstraint("formation_id", "person_id"),
        CheckConstraint(sa.column("kind").in_(NEWS), name="known_kind"),
    )

    formation_id: Mapped[int]
    person_id: Mapped[int]
    kind: Mapped[str]
    group_label: Mapped[str]
    """Name and topic of the group as they were then."""


class WrongCode(CourseScoped, Base):
    """How many wrong codes a person typed lately."""

    __tablename__ = "wrong_code"
    constraints = (
        same_course("formation_id", "formation"),
        member("person_id"),
        UniqueConstraint("formation_id", "person_id"),
    )

    formation_id: Mapped[int]
    person_id: Mapped[int]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    count: Mapped[int]
