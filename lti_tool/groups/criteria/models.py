"""Rule cards, pairs of people, and whether all of it can be kept at once."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.groups.criteria.rules import Bonding, Kind, Strength
from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import EncryptedText, UtcDateTime

CHECK_STATES = ("queued", "running", "done", "failed")


class Criterion(CourseScoped, Base):
    """A rule card; which of its columns are used depends on its kind."""

    __tablename__ = "criterion"
    constraints = (
        same_course("formation_id", "formation"),
        CheckConstraint(sa.column("kind").in_(list(Kind)), name="known_kind"),
        CheckConstraint(
            sa.column("strength").in_(list(Strength)), name="known_strength"
        ),
    )

    formation_id: Mapped[int] = mapped_column(index=True)
    place: Mapped[int]
    """The smallest stands on top and counts most."""
    kind: Mapped[str]
    strength: Mapped[str]
    is_on: Mapped[bool] = mapped_column(default=True)
    """A card that is switched off says nothing, and can be switched on again."""
    attribute: Mapped[str | None]
    value: Mapped[str | None]
    least: Mapped[int | None]
    wanted: Mapped[int | None]
    most: Mapped[int | None]
    topics: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    purpose: Mapped[str] = mapped_column(default="")
    """What the attribute is used for."""


class Pair(CourseScoped, Base):
    """Two people whom a lead wants apart or together; both may ask to see the note."""

    __tablename__ = "pair"
    constraints = (
        same_course("formation_id", "formation"),
        member("first_id"),
        member("second_id"),
        UniqueConstraint("formation_id", "first_id", "second_id", "bonding"),
        CheckConstraint(sa.column("bonding").in_(list(Bonding)), name="known_bonding"),
        CheckConstraint(
            sa.column("strength").in_(list(Strength)), name="known_strength"
        ),
        CheckConstraint("first_id < second_id", name="two_people"),
    )

    formation_id: Mapped[int]
    first_id: Mapped[int] = mapped_column(index=True)
    second_id: Mapped[int] = mapped_column(index=True)
    bonding: Mapped[str]
    strength: Mapped[str]
    is_on: Mapped[bool] = mapped_column(default=True)
    note: Mapped[str | None] = mapped_column(EncryptedText)
    added_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )


class FeasibilityCheck(CourseScoped, Base):
    """The newest question of a formation whether its rules can all be kept, and the answer."""

    __tablename__ = "feasibility_check"
    constraints = (
        same_course("formation_id", "formation"),
        UniqueConstraint("formation_id"),
        CheckConstraint(sa.column("status").in_(CHECK_STATES), name="known_status"),
        Index("ix__feasibility_check__due", "status", "leased_until"),
    )

    formation_id: Mapped[int]
    cards: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    """The cards that were asked about, stored or not."""
    input_hash: Mapped[str]
    status: Mapped[str]
    found: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None]
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
