"""Proposals with their groups and places, and what was moved by hand."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.groups.proposals import titles
from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import UtcDateTime

PROPOSAL_STATES = ("queued", "running", "done", "failed", "cancelled")
PINS = ("group", "topic", "none")


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
    """``optimal``, ``bounded`` or ``heuristic``, as the solver says."""
    reason: Mapped[str | None]
    """Why it failed, as a code."""
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None]
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    terms: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What was asked of it besides the rules of the formation."""
    title: Mapped[str | None]
    """The name that a lead gave it, or a code of ``titles``."""
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """How far its computing is: share, cost, bound."""
    made_with: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Limits, versions and time of its computing, so that it can be computed again."""
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a lead put it away; it can be brought back."""
    asked_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )

    @property
    def name(self) -> str:
        """Return its title in the reader's language, empty for none."""
        return titles.shown(self.title)


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
    """A person moved or fixed by hand; undoing marks all of the newest step."""

    __tablename__ = "move"
    constraints = (
        same_course("proposal_id", "proposal"),
        same_course("to_group_id", "proposal_group"),
        member("person_id"),
        CheckConstraint(sa.column("pin").in_(PINS), name="known_pin"),
    )

    proposal_id: Mapped[int] = mapped_column(index=True)
    step: Mapped[int | None]
    """What was done at once, such as a swap, has one number; None is a step of its own."""
    person_id: Mapped[int]
    to_group_id: Mapped[int | None]
    """Where the person is since, also if only fixed there; None is in no group."""
    pin: Mapped[str | None]
    """What the person is fixed to since; None leaves that as it was."""
    moved_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
