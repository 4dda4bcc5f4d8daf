"""Hand-ins, their reviews, for whom an acceptance counts, and presentation slots."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import EncryptedText, UtcDateTime


class HandIn(CourseScoped, Base):
    """One version of what a group handed in; it never changes."""

    __tablename__ = "hand_in"
    constraints: ClassVar[tuple[Any, ...]] = (
        UniqueConstraint("course_id", "group_id", "version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("text IS NOT NULL OR link IS NOT NULL", name="not_empty"),
        same_course("group_id", "course_group"),
    )

    group_id: Mapped[int]
    version: Mapped[int]
    text: Mapped[str | None] = mapped_column(EncryptedText)
    link: Mapped[str | None] = mapped_column(EncryptedText)
    """Encrypted like the text: who knows the link of a shared file can open it."""
    # The work of a group outlives the place of the member who sent it.
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Review(CourseScoped, Base):
    """What was decided about a version; append-only, the newest of a version holds."""

    __tablename__ = "review"
    constraints: ClassVar[tuple[Any, ...]] = (
        CheckConstraint(
            "decision IN ('accepted', 'returned', 'taken_back')", name="decision"
        ),
        same_course("hand_in_id", "hand_in"),
    )

    hand_in_id: Mapped[int]
    decision: Mapped[str]
    comment: Mapped[str | None] = mapped_column(EncryptedText)
    points: Mapped[float | None]
    maximum: Mapped[float | None]
    """The most points at that moment; None while points were switched off."""
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Credit(CourseScoped, Base):
    """A person for whom an acceptance counts, for as long as it holds."""

    __tablename__ = "project_credit"
    constraints: ClassVar[tuple[Any, ...]] = (
        UniqueConstraint("course_id", "review_id", "person_id"),
        same_course("review_id", "review"),
        member("person_id"),
    )

    review_id: Mapped[int]
    person_id: Mapped[int]
    given_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )


class Slot(CourseScoped, Base):
    """When a group presents at the closing workshop, and that it was recorded who did."""

    __tablename__ = "slot"
    constraints: ClassVar[tuple[Any, ...]] = (
        UniqueConstraint("course_id", "group_id"),
        CheckConstraint("minutes > 0", name="minutes"),
        same_course("group_id", "course_group"),
    )

    group_id: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int]
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )


class FrozenRowError(RuntimeError):
    """A record that is only ever added to was to be changed."""


def _refuse_change(_mapper: object, _connection: object, row: object) -> None:
    raise FrozenRowError(type(row).__name__)


for _frozen in (HandIn, Review):
    event.listen(_frozen, "before_update", _refuse_change)
