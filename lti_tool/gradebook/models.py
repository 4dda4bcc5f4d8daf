"""Line items, and per person what each should say, what was sent and what came back."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import UtcDateTime


class LineItem(CourseScoped, Base):
    """A column of the platform's gradebook that one of our activities fills."""

    __tablename__ = "line_item"
    constraints = (UniqueConstraint("course_id", "resource_id", "tag"),)

    resource_id: Mapped[str]
    """The activity, such as ``worksheet``."""
    tag: Mapped[str]
    """What of it, such as ``start``."""
    label: Mapped[str]
    maximum: Mapped[float]
    url: Mapped[str | None]
    is_coupled: Mapped[bool] = mapped_column(default=False)
    """True for the platform's own column of a link, False for one that we made."""
    problem: Mapped[str | None]
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """While somebody looks for it or makes it on the platform, so that it is made once."""


class Grade(CourseScoped, Base):
    """One lane: what one line item should say of one person, and how far that got."""

    __tablename__ = "grade"
    constraints = (
        UniqueConstraint("course_id", "line_item_id", "person_id"),
        same_course("line_item_id", "line_item"),
        member("person_id"),
        Index("ix__grade__due", "state", "registration_id", "next_try_at"),
    )

    line_item_id: Mapped[int]
    person_id: Mapped[int]
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE")
    )
    """The person's platform, so that the lanes of each are found without looking at the others'."""
    version: Mapped[int] = mapped_column(default=0)
    score: Mapped[float | None]
    """What the line item should say; None for nothing."""
    comment: Mapped[str | None]
    wanted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str]
    """``due``, ``sent``, ``failed``, ``withdrawn`` (here, still in the LMS), ``changed`` (the LMS
    says something else, and somebody has to decide), ``left`` (decided: the LMS's) or ``none``."""
    sent_version: Mapped[int | None]
    sent_score: Mapped[float | None]
    sent_stamp: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The timestamp of the newest score that may have reached the platform, in whole seconds."""
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    """How often this version was tried; each makes the next wait longer."""
    refusals: Mapped[int] = mapped_column(default=0)
    """Those attempts that count for giving up: not the ones for which the platform was spared."""
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[str | None]
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str | None]
    """The reason code of the last answer; the page says it in words."""
    trace_id: Mapped[str | None]
    """The launch that wanted it, as the log, the audit and its attempts name it."""
    lms_score: Mapped[float | None]
    """What the LMS was found to say where that is not what was sent; None for nothing."""
    lms_maximum: Mapped[float | None]
    found_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When that was found; None while no difference is known."""


class Attempt(CourseScoped, Base):
    """One request for one grade; append-only."""

    __tablename__ = "attempt"
    constraints = (same_course("grade_id", "grade"),)

    grade_id: Mapped[int]
    version: Mapped[int]
    status: Mapped[int | None]
    """The HTTP status; None where no answer came."""
    answer: Mapped[str]
    trace_id: Mapped[str | None]


class GradeCheck(CourseScoped, Base):
    """That somebody asked whether the platform takes grades of this course, and what it said."""

    __tablename__ = "grade_check"
    constraints = (UniqueConstraint("course_id"),)

    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Without an answer: until when the worker that asks has time, None before one does."""
    answer: Mapped[str | None]
    """The reason code; the page says it in words."""


class GradeNote(CourseScoped, Base):
    """That the LMS was found to say something else of a grade, or what somebody decided; append-only."""

    __tablename__ = "grade_note"
    constraints = (same_course("grade_id", "grade"),)

    grade_id: Mapped[int]
    what: Mapped[str]
    """The code of what was found, or ``left``, ``asked_again`` or ``sent_again``."""
    score: Mapped[float | None]
    """What the line item should have said then."""
    lms_score: Mapped[float | None]
    lms_maximum: Mapped[float | None]
    by_person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    """Who decided; None for what a comparison found."""


class Comparison(CourseScoped, Base):
    """The comparing of what was sent with the platform's gradebook: when it is due, how far it is."""

    __tablename__ = "grade_comparison"
    constraints = (UniqueConstraint("course_id"),)

    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    lease_token: Mapped[str | None]
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    columns: Mapped[int] = mapped_column(default=0)
    """Of the run that is under way, or of the last one."""
    columns_done: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the last run ended, whatever came of it."""
    error: Mapped[str | None]
    """The reason code why the last run is not complete."""
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the last complete run ended; the figures are of that one."""
    as_sent: Mapped[int] = mapped_column(default=0)
    differing: Mapped[int] = mapped_column(default=0)
    left: Mapped[int] = mapped_column(default=0)


class PlatformGate(Base):
    """Whether a platform is being spared: after an outage or a request to slow down."""

    __tablename__ = "platform_gate"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True
    )
    failures: Mapped[int] = mapped_column(default=0)
    closed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
