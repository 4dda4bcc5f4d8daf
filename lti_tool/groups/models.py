"""Formations, topics and wishes."""

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.persistence.base import Base, CourseScoped, member, same_course

STAGES = ("topics", "wishes", "closed")
TOPIC_STATES = ("offered", "removed", "merged")


class Formation(CourseScoped, Base):
    """One round of forming groups."""

    __tablename__ = "formation"
    constraints = (
        CheckConstraint(sa.column("stage").in_(STAGES), name="known_stage"),
        CheckConstraint("groups_wanted >= 1", name="some_groups"),
        CheckConstraint(
            "(size_min IS NULL) = (size_preferred IS NULL) AND (size_min IS NULL) = (size_max IS NULL)",
            name="all_sizes_or_none",
        ),
    )

    title: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    """What participants should know before they propose and rank."""
    stage: Mapped[str]
    """``topics`` are collected, then ``wishes``, then ``closed``."""
    may_propose: Mapped[bool]
    """Whether participants propose topics too."""
    groups_wanted: Mapped[int]
    size_min: Mapped[int | None]
    """The sizes; None while they follow from the number of people."""
    size_preferred: Mapped[int | None]
    size_max: Mapped[int | None]
    opened_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )


class Topic(CourseScoped, Base):
    """What a group can work on."""

    __tablename__ = "topic"
    constraints = (
        same_course("formation_id", "formation"),
        same_course("merged_into_id", "topic"),
        CheckConstraint(sa.column("state").in_(TOPIC_STATES), name="known_state"),
        CheckConstraint(
            "(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged_somewhere"
        ),
        CheckConstraint("groups_max >= 1", name="some_groups"),
    )

    formation_id: Mapped[int] = mapped_column(index=True)
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    groups_max: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default="offered")
    merged_into_id: Mapped[int | None]
    proposed_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )


class Wish(CourseScoped, Base):
    """A topic in a person's order of wishes; only the person and the leads may know it."""

    __tablename__ = "wish"
    constraints = (
        same_course("formation_id", "formation"),
        same_course("topic_id", "topic"),
        member("person_id"),
        UniqueConstraint("formation_id", "person_id", "place"),
        UniqueConstraint("formation_id", "person_id", "topic_id"),
    )

    formation_id: Mapped[int]
    person_id: Mapped[int]
    place: Mapped[int]
    """1 for the favourite."""
    topic_id: Mapped[int]
