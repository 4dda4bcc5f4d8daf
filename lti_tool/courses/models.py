"""Courses, people, duties, groups, and what can be and was achieved."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.persistence.base import Base, CourseScoped, member, same_course
from lti_tool.persistence.types import EncryptedText, UtcDateTime

DUTIES = ("lead", "assistant", "reviewer", "speaker", "examiner")


class Course(Base):
    """One context of a platform, as this tool knows it."""

    __tablename__ = "course"
    __table_args__ = (UniqueConstraint("deployment_id", "context_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deployment_id: Mapped[int] = mapped_column(
        ForeignKey("deployment.id", ondelete="CASCADE")
    )
    context_id: Mapped[str]
    title: Mapped[str]
    language: Mapped[str] = mapped_column(default="de")
    """The language of what leaves the tool, such as the names of line items."""
    time_zone: Mapped[str] = mapped_column(default="Europe/Berlin")
    platform_family: Mapped[str | None]
    memberships_url: Mapped[str | None]
    lineitems_url: Mapped[str | None]
    groups_url: Mapped[str | None]
    """The platform's service of course groups, where it has one."""
    platform_groups: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    """Names of the platform's groups by id, as far as it tells them."""
    lms_url: Mapped[str | None]
    """The course's page in the LMS, which a lead has entered."""
    context_history: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    """Ids of the contexts from which the platform says that this one was copied."""
    copied_from_id: Mapped[int | None] = mapped_column(
        ForeignKey("course.id", ondelete="SET NULL"), index=True
    )
    """The course from which the platform made this one."""
    copied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its set-up was taken over."""
    grade_scopes: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    options: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """What leads have switched, as ``feature.option``; a missing one has its default."""
    roster_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a complete list of members was taken over last."""
    roster_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When it is fetched next; the past while that waits or goes on."""
    roster_error: Mapped[str | None]
    """Why it could not be had the last time."""


class RosterRun(CourseScoped, Base):
    """The fetching of a course's list of members: who is at it, how far that is, what the last one changed.

    A row of its own beside the course, so that no launch waits while a run notes how far it is.
    """

    __tablename__ = "roster_run"
    constraints = (UniqueConstraint("course_id"),)

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), index=True
    )
    asked_by: Mapped[str] = mapped_column(default="launch")
    """Who wants the run that comes next or goes on: ``launch``, ``person`` or ``night``."""
    lease_token: Mapped[str | None]
    """Of the worker at it; whose is another one may write nothing."""
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pages: Mapped[int] = mapped_column(default=0)
    members: Mapped[int] = mapped_column(default=0)
    """How much this run has read so far, or had when it ended."""
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(default=0)
    """How many runs failed in a row."""
    spared_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when the platform's answer to this run lets all its lists wait."""
    present: Mapped[int | None]
    """People in the last complete list; the counts below say what that one changed."""
    added: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    gone: Mapped[int] = mapped_column(default=0)
    renamed: Mapped[int] = mapped_column(default=0)


class Person(Base):
    """A user of a platform; the platform may keep name and e-mail to itself."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("registration_id", "sub"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE")
    )
    sub: Mapped[str]
    name: Mapped[str | None]
    email: Mapped[str | None]


class Enrolment(CourseScoped, Base):
    """A person's place in a course."""

    __tablename__ = "enrolment"
    constraints = (UniqueConstraint("course_id", "person_id"),)

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[str]
    """``staff``, ``participant`` or ``none``."""
    is_active: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str]
    """``launch`` or ``roster``: a launch knows better."""
    joins_by_video: Mapped[bool] = mapped_column(default=False)
    platform_groups: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    """Ids of the platform's groups to which the person belongs."""
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Duty(CourseScoped, Base):
    """What a lead has charged a member of staff with."""

    __tablename__ = "duty"
    constraints = (
        UniqueConstraint("course_id", "person_id", "duty"),
        CheckConstraint(sa.column("duty").in_(DUTIES), name="known"),
        member("person_id"),
    )

    person_id: Mapped[int]
    duty: Mapped[str]
    given_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )


class Profile(CourseScoped, Base):
    """Where a participant comes from and what they ask of the course."""

    __tablename__ = "profile"
    constraints = (UniqueConstraint("course_id", "person_id"), member("person_id"))

    person_id: Mapped[int]
    network: Mapped[str | None]
    region: Mapped[str | None]
    network_kind: Mapped[str | None]
    employer_kind: Mapped[str | None]
    experience: Mapped[str | None]
    question: Mapped[str | None] = mapped_column(EncryptedText)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the person said that it is right; None for an imported one."""


class ProfileImport(CourseScoped, Base):
    """One table of profiles that a lead uploaded."""

    __tablename__ = "profile_import"
    constraints = (
        CheckConstraint(
            sa.column("state").in_(("uploaded", "applied", "undone")), name="known"
        ),
    )

    file_name: Mapped[str]
    state: Mapped[str]
    by_person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it was uploaded, then applied, then undone."""


class ProfileImportRow(CourseScoped, Base):
    """One row of an uploaded table: kept until it is confirmed, then only what undoing needs."""

    __tablename__ = "profile_import_row"
    constraints = (
        same_course("import_id", "profile_import"),
        member("person_id"),
    )

    import_id: Mapped[int]
    line: Mapped[int]
    person_id: Mapped[int | None]
    """Whose profile it changed; the row goes with the person."""
    content: Mapped[str] = mapped_column(EncryptedText)
    """The row as JSON; after applying, the profile's fields as they were then left."""
    before: Mapped[str | None] = mapped_column(EncryptedText)
    """The profile's fields before, as JSON."""


class Activity(CourseScoped, Base):
    """What a resource link opens."""

    __tablename__ = "activity"
    constraints = (UniqueConstraint("course_id", "resource_link_id"),)

    resource_link_id: Mapped[str]
    target: Mapped[str]
    title: Mapped[str | None]
    line_item_url: Mapped[str | None]
    """The coupled line item, as of the last launch that named one."""
    lineitems_url: Mapped[str | None]
    """The list of line items that its launches name; in Open edX each block has one of its own."""
    phase: Mapped[str | None]
    """Of a worksheet: the phase for which it was added, where it was added for one."""


class Opportunity(CourseScoped, Base):
    """Something that can be achieved in the course: a meeting, a worksheet phase, the project.

    Written by the feature that owns it, read by the certificate.
    """

    __tablename__ = "opportunity"
    constraints = (UniqueConstraint("course_id", "kind", "reference"),)

    kind: Mapped[str]
    """``meeting``, ``worksheet``, ``project`` or ``presentation``."""
    reference: Mapped[str]
    title: Mapped[str]
    minutes: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when it can be achieved; None while that is open."""
    state: Mapped[str] = mapped_column(default="planned")
    """``planned``, ``held`` or ``cancelled``."""
    tags: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    """What rules ask for by name, such as ``mandatory``, ``kickoff`` or ``closing``."""


class Achievement(CourseScoped, Base):
    """What a person achieved; append-only, the newest of one kind and reference holds."""

    __tablename__ = "achievement"
    constraints = (
        member("person_id"),
        Index(
            "ix__achievement__newest",
            "course_id",
            "person_id",
            "kind",
            "reference",
            "id",
        ),
    )

    person_id: Mapped[int]
    kind: Mapped[str]
    reference: Mapped[str]
    state: Mapped[str]
    minutes: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Group(CourseScoped, Base):
    """A project group that participants know of."""

    __tablename__ = "course_group"

    name: Mapped[str]
    topic: Mapped[str]
    topic_key: Mapped[str | None]
    """Which topic of the source that is, whatever its title; None in groups from before it was kept."""
    source: Mapped[str]
    """Which formation published it, as ``formation:<id>``."""
    is_active: Mapped[bool] = mapped_column(default=True)


PLACE_REASONS = ("joined_late", "moved", "left_course", "taken_back")


class GroupMember(CourseScoped, Base):
    """A participant's place in a group; a person is in one active group at most."""

    __tablename__ = "group_member"
    constraints = (
        UniqueConstraint("course_id", "group_id", "person_id"),
        same_course("group_id", "course_group"),
        member("person_id"),
        CheckConstraint(sa.column("reason").in_(PLACE_REASONS), name="known_reason"),
    )

    group_id: Mapped[int]
    person_id: Mapped[int]
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None]
    """Why it ended; while it lasts, why it began later than the group."""


class ErasableText(CourseScoped, Base):
    """A text whose hash stands in a chain or snapshot; erasing it leaves the hash verifiable."""

    __tablename__ = "erasable_text"

    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    """Whose text it is, so that it goes with the person."""
    salt: Mapped[str | None]
    text: Mapped[str | None] = mapped_column(EncryptedText)
    commitment: Mapped[str]
