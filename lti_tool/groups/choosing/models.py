"""What choosing groups keeps beside who is where: news, and codes typed wrongly."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import UtcDateTime

NEWS = ("moved_up", "put_in", "put_out", "group_gone")


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
