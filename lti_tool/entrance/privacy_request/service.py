"""Counts what is stored about one person, in every course of the platform; never what it says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from flask_babel import LazyString
from sqlalchemy import Select, func, select

from lti_tool.courses.models import Course, Person
from lti_tool.entrance.privacy_request.kinds import KINDS, Kind, Path
from lti_tool.lti.messages import PrivacyRequest
from lti_tool.lti.models import LaunchSession, Registration
from lti_tool.persistence.session import Session


@dataclass(frozen=True, slots=True)
class Stored:
    """How much there is of one kind, and since when."""

    label: LazyString
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class InCourse:
    """What one course holds of the person."""

    title: str
    stored: tuple[Stored, ...]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """All that the page says; ``since`` is None for a person who is not known here."""

    frame_origin: str
    locale: str | None
    is_own: bool
    sub: str
    since: datetime | None
    has_name: bool
    has_email: bool
    visits: int
    courses: tuple[InCourse, ...]
    provider: str
    contact: str | None
    imprint: str | None
    retention_months: int | None


def disclose(session: Session, request: PrivacyRequest) -> Disclosure:
    """Return what is stored about the person for whom the platform asks; nothing is written."""
    registration = session.get_one(Registration, request.registration_id)
    told = registration.provider or {}
    person = session.scalar(
        select(Person).where(
            Person.registration_id == registration.id, Person.sub == request.for_user
        )
    )
    return Disclosure(
        frame_origin=request.frame_origin,
        locale=request.locale,
        is_own=request.for_user == request.sub,
        sub=request.for_user or "",
        since=person.created_at if person is not None else None,
        has_name=person is not None and person.name is not None,
        has_email=person is not None and person.email is not None,
        visits=_visits(session, person.id) if person is not None else 0,
        courses=tuple(_courses(session, person.id)) if person is not None else (),
        provider=told.get("sender") or registration.name,
        contact=told.get("contact"),
        imprint=told.get("imprint"),
        retention_months=told.get("retention_months"),
    )


def _visits(session: Session, person_id: int) -> int:
    counted = select(func.count()).where(LaunchSession.person_id == person_id)
    return session.scalar(counted) or 0


def _courses(session: Session, person_id: int) -> Iterator[InCourse]:
    found: dict[int, list[Stored]] = {}
    for kind in KINDS:
        for course_id, stored in _of_kind(session, kind, person_id).items():
            found.setdefault(course_id, []).append(stored)
    named = session.scalars(
        select(Course).where(Course.id.in_(found)).order_by(Course.title, Course.id)
    )
    for course in named:
        yield InCourse(course.title, tuple(found[course.id]))


def _of_kind(session: Session, kind: Kind, person_id: int) -> dict[int, Stored]:
    """Return how much of a kind each course holds."""
    found: dict[int, Stored] = {}
    for path in kind.paths:
        for course_id, count, since in session.execute(_counted(path, person_id)):
            before = found.get(course_id)
            found[course_id] = Stored(
                kind.label,
                count + (before.count if before else 0),
                min(since, before.since) if before else since,
            )
    return found


def _counted(path: Path, person_id: int) -> Select[int, int, datetime]:
    rows = path[0].class_
    wanted = select(rows.course_id, func.count(), func.min(rows.created_at))
    for column, following in pairwise(path):
        wanted = wanted.join(following.class_, following.class_.id == column)
    return wanted.where(path[-1] == person_id).group_by(rows.course_id)
