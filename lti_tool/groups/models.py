"""Formations, topics and wishes."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool import clock
from lti_tool.groups import dates
from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import UtcDateTime

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
    left_at: Mapped[str] = mapped_column("stage")
    """The stage to which a lead went by hand; ``stage`` is where it is now."""
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When topics can be ranked; None where a lead opens that by hand."""
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From when on nothing is taken any more; None where a lead closes by hand."""
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a lead last asked those who had not answered."""
    put_away_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the round is over for participants; None while it is not."""
    slots: Mapped[list[str] | None] = mapped_column(sa.JSON)
    """The weekly slots for which people say whether they can meet."""
    asks_company: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether people name others with whom, or without whom, they want to work."""
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

    @property
    def stage(self) -> str:
        """Return the stage now: ``topics`` are collected, then ``wishes``, then ``closed``."""
        return dates.stage_at(self._stored(), clock.now())

    @stage.setter
    def stage(self, stage: str) -> None:
        """Go to a stage by hand, forward or back."""
        stored = dates.by_hand(self._stored(), stage, clock.now())
        self.left_at = stored.stage
        self.opens_at, self.closes_at = stored.opens_at, stored.closes_at

    def _stored(self) -> dates.Way:
        return dates.Way(self.left_at, self.opens_at, self.closes_at)


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
    """A topic in a person's order of wishes; only the person and the leads may know it, unless it is shown."""

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
    is_shown: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether the person marked it as favourite in a room, where all see it with their name."""


class Response(CourseScoped, Base):
    """That a person has answered, also where they have no preference at all."""

    __tablename__ = "response"
    constraints = (
        same_course("formation_id", "formation"),
        member("person_id"),
        UniqueConstraint("formation_id", "person_id"),
    )

    formation_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(index=True)


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
