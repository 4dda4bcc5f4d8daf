"""Formations, topics, wishes, proposals, and what was published of them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import UtcDateTime

STAGES = ("topics", "wishes", "closed")
TOPIC_STATES = ("offered", "removed", "merged")
PROPOSAL_STATES = ("queued", "running", "done", "failed", "cancelled")


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


class Proposal(CourseScoped, Base):
    """One computed solution, and how far its computing got."""

    __tablename__ = "proposal"
    constraints = (
        same_course("formation_id", "formation"),
        UniqueConstraint("formation_id", "number"),
        CheckConstraint(sa.column("status").in_(PROPOSAL_STATES), name="known_status"),
        Index("ix__proposal__due", "status", "leased_until"),
    )

    formation_id: Mapped[int]
    number: Mapped[int]
    status: Mapped[str]
    seed: Mapped[int]
    input_hash: Mapped[str | None]
    """The hash of people, topics, wishes and sizes that it was computed from."""
    cost: Mapped[int | None]
    bound: Mapped[int | None]
    proof: Mapped[str | None]
    """``optimal`` or ``bounded``, as the solver says."""
    reason: Mapped[str | None]
    """Why it failed, as a code."""
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None]
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )


class ProposalGroup(CourseScoped, Base):
    """A group of a proposal."""

    __tablename__ = "proposal_group"
    constraints = (
        same_course("proposal_id", "proposal"),
        same_course("topic_id", "topic"),
        UniqueConstraint("proposal_id", "number"),
    )

    proposal_id: Mapped[int]
    number: Mapped[int]
    topic_id: Mapped[int]


class Placement(CourseScoped, Base):
    """Where the computed solution put a person; never changed, moves stand apart."""

    __tablename__ = "placement"
    constraints = (
        same_course("proposal_id", "proposal"),
        same_course("group_id", "proposal_group"),
        member("person_id"),
        UniqueConstraint("proposal_id", "person_id"),
    )

    proposal_id: Mapped[int]
    group_id: Mapped[int]
    person_id: Mapped[int]


class Move(CourseScoped, Base):
    """A person moved by hand; undoing marks the newest one."""

    __tablename__ = "move"
    constraints = (
        same_course("proposal_id", "proposal"),
        same_course("to_group_id", "proposal_group"),
        member("person_id"),
    )

    proposal_id: Mapped[int] = mapped_column(index=True)
    person_id: Mapped[int]
    to_group_id: Mapped[int | None]
    """None takes the person out of all groups."""
    moved_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Publication(CourseScoped, Base):
    """What participants were told at one time; a record that is never changed but by its end."""

    __tablename__ = "publication"
    constraints = (
        same_course("formation_id", "formation"),
        same_course("proposal_id", "proposal"),
        UniqueConstraint("formation_id", "version"),
        Index(
            "uq__publication__in_force",
            "formation_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    formation_id: Mapped[int]
    proposal_id: Mapped[int]
    version: Mapped[int]
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end: Mapped[str | None]
    """``taken_back`` by a lead, or ``replaced`` by a newer publication."""


class PublishedGroup(CourseScoped, Base):
    """A group as it was published."""

    __tablename__ = "published_group"
    constraints = (
        same_course("publication_id", "publication"),
        UniqueConstraint("publication_id", "name"),
    )

    publication_id: Mapped[int]
    name: Mapped[str]
    topic: Mapped[str]


class PublishedMember(CourseScoped, Base):
    """A person's place as it was published, and which of their wishes it was."""

    __tablename__ = "published_member"
    constraints = (
        same_course("group_id", "published_group"),
        member("person_id"),
        UniqueConstraint("group_id", "person_id"),
    )

    group_id: Mapped[int]
    person_id: Mapped[int]
    rank: Mapped[int | None]
    """1 for the favourite; None where it was not wished for or nothing was answered."""
    had_answered: Mapped[bool]
