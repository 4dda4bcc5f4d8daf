"""Meetings, the evidence of who attended them, and what holds by that evidence."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import UtcDateTime


class MeetingKind(StrEnum):
    """What sort of meeting it is."""

    KICKOFF = "kickoff"
    ONSITE = "onsite"
    WEBINAR = "webinar"
    CLOSING = "closing"


class MeetingState(StrEnum):
    """How far a meeting has come; cancelled ones count for nothing."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class Meeting(CourseScoped, Base):
    """One dated part of the course; `minutes` are teaching time without breaks."""

    __tablename__ = "meeting"
    constraints = (
        CheckConstraint(
            "kind IN ('kickoff', 'onsite', 'webinar', 'closing')", name="kind"
        ),
        CheckConstraint("state IN ('planned', 'held', 'cancelled')", name="state"),
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("starts_at < ends_at", name="times"),
        member("signed_off_by", ondelete="NO ACTION"),
    )

    kind: Mapped[str]
    theme: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(default="")
    video_url: Mapped[str] = mapped_column(default="")
    material: Mapped[str] = mapped_column(default="")
    mandatory: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default=MeetingState.PLANNED)
    signed_off_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_off_by: Mapped[int | None]
    speakers: Mapped[list["MeetingSpeaker"]] = relationship(
        order_by="MeetingSpeaker.id", cascade="all, delete-orphan"
    )


class MeetingSpeaker(CourseScoped, Base):
    """Who speaks: a person of the course team, or somebody known by name only."""

    __tablename__ = "meeting_speaker"
    constraints = (
        same_course("meeting_id", "meeting"),
        member("person_id"),
        UniqueConstraint("meeting_id", "person_id"),
        CheckConstraint("(person_id IS NULL) <> (name = '')", name="person_or_name"),
    )

    meeting_id: Mapped[int]
    person_id: Mapped[int | None]
    name: Mapped[str] = mapped_column(default="")


class Evidence(CourseScoped, Base):
    """One link of the course's chain; never changed, never removed."""

    __tablename__ = "evidence"
    constraints = (
        same_course("meeting_id", "meeting", ondelete="NO ACTION"),
        member("person_id", ondelete="NO ACTION"),
        member("actor_id", ondelete="NO ACTION"),
        same_course("reason_id", "erasable_text", ondelete="NO ACTION"),
        UniqueConstraint("course_id", "sequence"),
        UniqueConstraint("course_id", "supersedes"),
    )

    sequence: Mapped[int]
    kind: Mapped[str]
    meeting_id: Mapped[int]
    person_id: Mapped[int | None]
    state: Mapped[str | None]
    minutes: Mapped[int]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int]
    source: Mapped[str]
    supersedes: Mapped[int | None]
    reason_hash: Mapped[str] = mapped_column(default="")
    """Commitment to why an entry was corrected; the text can be erased."""
    reason_id: Mapped[int | None]
    previous: Mapped[str]
    digest: Mapped[str]


class Attendance(CourseScoped, Base):
    """What holds for one person at one meeting: a projection of the evidence."""

    __tablename__ = "attendance"
    constraints = (
        same_course("meeting_id", "meeting"),
        member("person_id"),
        UniqueConstraint("meeting_id", "person_id"),
    )

    meeting_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(index=True)
    state: Mapped[str]
    minutes: Mapped[int]
    sequence: Mapped[int]


@event.listens_for(Evidence, "before_update")
@event.listens_for(Evidence, "before_delete")
def _evidence_stays(
    _mapper: Mapper[Any], _connection: Connection, _row: object
) -> None:
    raise RuntimeError("evidence is only ever appended")
