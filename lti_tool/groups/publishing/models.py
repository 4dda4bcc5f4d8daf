"""Publications, and the groups as they were published."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import UtcDateTime


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
    restores: Mapped[int | None]
    """The earlier version whose groups these are again."""


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
    """The title that it had."""
    topic_id: Mapped[int | None]
    """Names it also under a new title; None in publications from before it was kept.

    No key, which older code that runs on these tables meanwhile would not know.
    """
    course_group_id: Mapped[int | None]
    """The group of the course that it is, with the work handed in; None, and no key, as above."""


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


class PublicationSeen(CourseScoped, Base):
    """That a participant has seen what a publication changed for them."""

    __tablename__ = "publication_seen"
    constraints = (
        same_course("publication_id", "publication"),
        member("person_id"),
        UniqueConstraint("publication_id", "person_id"),
    )

    publication_id: Mapped[int]
    person_id: Mapped[int]
