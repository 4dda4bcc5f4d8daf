"""Proposals with their groups and places, and what was moved by hand."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import UtcDateTime

PROPOSAL_STATES = ("queued", "running", "done", "failed", "cancelled")


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
