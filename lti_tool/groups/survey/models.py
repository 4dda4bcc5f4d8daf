"""What participants are asked beside the topics, and what they answered."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.groups.survey.rules import PROFILE_FIELDS, Side
from lti_tool.persistence.base import Base, CourseScoped, member, same_course


class Question(CourseScoped, Base):
    """A category that is asked in a formation, or taken from the profile."""

    __tablename__ = "question"
    constraints = (
        same_course("formation_id", "formation"),
        UniqueConstraint("formation_id", "profile_field"),
        CheckConstraint(
            sa.column("profile_field").in_(PROFILE_FIELDS), name="known_field"
        ),
        CheckConstraint(
            "profile_field IS NOT NULL OR length(title) > 0", name="says_what_is_asked"
        ),
    )

    formation_id: Mapped[int] = mapped_column(index=True)
    profile_field: Mapped[str | None]
    """Of the profile, whose words and choices it has; None for a question of a lead."""
    title: Mapped[str] = mapped_column(default="")
    purpose: Mapped[str] = mapped_column(default="")
    """What the answers serve, as participants read it."""
    choices: Mapped[list[str]] = mapped_column(sa.JSON, default=list)


class Answer(CourseScoped, Base):
    """What a person chose; who has no preference has no row."""

    __tablename__ = "answer"
    constraints = (
        same_course("question_id", "question"),
        member("person_id"),
        UniqueConstraint("question_id", "person_id"),
        CheckConstraint("choice >= 1", name="counted_from_one"),
    )

    question_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(index=True)
    choice: Mapped[int]
    """The place of the choice in the question, 1 for the first."""


class Availability(CourseScoped, Base):
    """When a person can meet; who does not say has no row."""

    __tablename__ = "availability"
    constraints = (
        same_course("formation_id", "formation"),
        member("person_id"),
        UniqueConstraint("formation_id", "person_id"),
    )

    formation_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(index=True)
    slots: Mapped[list[Any]] = mapped_column(sa.JSON)
    """Codes of slots, as ``rules.Slot.code`` writes them."""


class PersonWish(CourseScoped, Base):
    """Somebody with whom, or without whom, a person would like to work; only leads may know it."""

    __tablename__ = "person_wish"
    constraints = (
        same_course("formation_id", "formation"),
        member("person_id"),
        member("other_id"),
        UniqueConstraint("formation_id", "person_id", "other_id"),
        CheckConstraint("person_id <> other_id", name="somebody_else"),
        CheckConstraint(sa.column("side").in_(list(Side)), name="known_side"),
    )

    formation_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(index=True)
    other_id: Mapped[int] = mapped_column(index=True)
    side: Mapped[str]
    """``with`` or ``without``."""
