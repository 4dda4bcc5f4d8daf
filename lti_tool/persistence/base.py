"""The base of all tables and the mixin of those that belong to one course."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, ForeignKeyConstraint, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from lti_tool import clock
from lti_tool.persistence.types import UtcDateTime


class Base(DeclarativeBase):
    """A table; every row knows when it was made and last changed."""

    # Batch migrations on SQLite need a name on every constraint.
    metadata = MetaData(
        naming_convention={
            "ix": "ix__%(table_name)s__%(column_0_N_name)s",
            "uq": "uq__%(table_name)s__%(column_0_N_name)s",
            "ck": "ck__%(table_name)s__%(constraint_name)s",
            "fk": "fk__%(table_name)s__%(column_0_N_name)s__%(referred_table_name)s",
            "pk": "pk__%(table_name)s",
        }
    )

    created_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, sort_order=98
    )
    updated_at: Mapped[datetime] = mapped_column(
        UtcDateTime, default=clock.now, onupdate=clock.now, sort_order=99
    )


class CourseScoped:
    """A row of one course; a session sees those of its own course only.

    Name further constraints in ``constraints``.
    """

    constraints: ClassVar[tuple[Any, ...]] = ()

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-2)
    course_id: Mapped[int] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), index=True, sort_order=-1
    )

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805  # SQLAlchemy calls it with the class.
        """Return the constraints; (course, id) is what composite keys point to."""
        return (UniqueConstraint("course_id", "id"), *cls.constraints)


def same_course(
    column: str, table: str, *, ondelete: str = "CASCADE"
) -> ForeignKeyConstraint:
    """Return the composite key of a column that points to a row of the same course."""
    return ForeignKeyConstraint(
        ["course_id", column], [f"{table}.course_id", f"{table}.id"], ondelete=ondelete
    )


def member(column: str, *, ondelete: str = "CASCADE") -> ForeignKeyConstraint:
    """Return the composite key of a column that names a person enrolled in the same course."""
    return ForeignKeyConstraint(
        ["course_id", column],
        ["enrolment.course_id", "enrolment.person_id"],
        ondelete=ondelete,
    )
