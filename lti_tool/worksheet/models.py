"""The tables of the worksheet."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import EncryptedText, UtcDateTime


class WorksheetPhase(CourseScoped, Base):
    """The days on which a phase can be worked on, in the course's time zone."""

    __tablename__ = "worksheet_phase"
    constraints: ClassVar[tuple[Any, ...]] = (UniqueConstraint("course_id", "phase"),)

    phase: Mapped[str]
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]


class Worksheet(CourseScoped, Base):
    """One person's worksheet in one course."""

    __tablename__ = "worksheet"
    constraints: ClassVar[tuple[Any, ...]] = (
        UniqueConstraint("course_id", "person_id"),
        member("person_id"),
    )

    person_id: Mapped[int]


class Draft(CourseScoped, Base):
    """What a person works on in one phase."""

    __tablename__ = "worksheet_draft"
    constraints: ClassVar[tuple[Any, ...]] = (
        UniqueConstraint("worksheet_id", "phase"),
        same_course("worksheet_id", "worksheet"),
    )

    worksheet_id: Mapped[int]
    phase: Mapped[str]


class Revision(CourseScoped, Base):
    """One value that arrived for a field; rows are only ever added."""

    __tablename__ = "revision"
    constraints: ClassVar[tuple[Any, ...]] = (
        UniqueConstraint("draft_id", "path", "number"),
        UniqueConstraint("draft_id", "op_id"),
        same_course("draft_id", "worksheet_draft"),
    )

    draft_id: Mapped[int]
    path: Mapped[str]
    number: Mapped[int]
    op_id: Mapped[str]
    """Made by the page; a repeated request is recognised by it."""
    value: Mapped[str] = mapped_column(EncryptedText)
    aside: Mapped[bool] = mapped_column(default=False)
    """Typed over a text that had changed meanwhile; waits for its owner's choice."""
    settles: Mapped[int | None]
    """The number of the value set aside about which this one decides."""


class Actor(CourseScoped, Base):
    """An organisation in the network of one draft; its uuid is the same in every phase."""

    __tablename__ = "actor"
    constraints: ClassVar[tuple[Any, ...]] = (
        UniqueConstraint("draft_id", "uuid"),
        CheckConstraint("status IN ('known', 'missing', 'left')", name="status"),
        same_course("draft_id", "worksheet_draft"),
    )

    draft_id: Mapped[int]
    uuid: Mapped[str]
    type: Mapped[str]
    number: Mapped[int]
    """With the type it makes the alias that others see: School 2."""
    label: Mapped[str] = mapped_column(EncryptedText)
    status: Mapped[str]
    closeness: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Tie(CourseScoped, Base):
    """Two actors of a draft that work together without the owner."""

    __tablename__ = "tie"
    constraints: ClassVar[tuple[Any, ...]] = (
        UniqueConstraint("draft_id", "a", "b"),
        CheckConstraint("a < b", name="unordered"),
        CheckConstraint("strength BETWEEN 1 AND 3", name="strength"),
        same_course("draft_id", "worksheet_draft"),
        *(
            ForeignKeyConstraint(
                ["draft_id", end], ["actor.draft_id", "actor.uuid"], ondelete="CASCADE"
            )
            for end in ("a", "b")
        ),
    )

    draft_id: Mapped[int]
    a: Mapped[str]
    b: Mapped[str]
    strength: Mapped[int]
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Snapshot(CourseScoped, Base):
    """What was handed in for a phase; it never changes."""

    __tablename__ = "snapshot"
    constraints: ClassVar[tuple[Any, ...]] = (
        UniqueConstraint("worksheet_id", "phase"),
        same_course("worksheet_id", "worksheet"),
    )

    worksheet_id: Mapped[int]
    phase: Mapped[str]
    instrument: Mapped[str]
    version: Mapped[str]
    instrument_sha256: Mapped[str]
    form: Mapped[str]
    handed_in_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[str]
    """Canonical JSON with a commitment in place of every answer and label."""
    sha256: Mapped[str]


class SnapshotText(CourseScoped, Base):
    """Where an answer or label of a snapshot lies; the snapshot's hash covers its commitment."""

    __tablename__ = "snapshot_text"
    constraints: ClassVar[tuple[Any, ...]] = (
        UniqueConstraint("snapshot_id", "key"),
        same_course("snapshot_id", "snapshot"),
        same_course("text_id", "erasable_text"),
    )

    snapshot_id: Mapped[int]
    key: Mapped[str]
    """A field path, or ``actor/<uuid>`` for a label."""
    text_id: Mapped[int]
    prose: Mapped[bool]
    """Written in the person's own words: what retention erases first."""


class Share(CourseScoped, Base):
    """Whom the owner shows a section to; without a row, nobody."""

    __tablename__ = "share"
    constraints: ClassVar[tuple[Any, ...]] = (
        UniqueConstraint("worksheet_id", "section"),
        same_course("worksheet_id", "worksheet"),
    )

    worksheet_id: Mapped[int]
    section: Mapped[str]
    audience: Mapped[str]


class Opening(CourseScoped, Base):
    """Somebody other than the owner opened a shared section."""

    __tablename__ = "section_opening"
    constraints: ClassVar[tuple[Any, ...]] = (same_course("snapshot_id", "snapshot"),)

    snapshot_id: Mapped[int]
    section: Mapped[str]
    reader_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )


class FrozenRowError(RuntimeError):
    """A row that never changes was to be changed."""


def _refuse_change(_mapper: object, _connection: object, row: object) -> None:
    raise FrozenRowError(type(row).__name__)


for _frozen in (Revision, Snapshot, SnapshotText, Opening):
    event.listen(_frozen, "before_update", _refuse_change)
