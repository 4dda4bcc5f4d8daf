"""The course itself, and what its leads have switched."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import select

from lti_tool.courses.models import Activity, Course
from lti_tool.errors import InvalidError
from lti_tool.i18n import LANGUAGES
from lti_tool.persistence.session import Session


def course_of(session: Session) -> Course:
    """Return the course of a course-scoped session."""
    return session.get_one(Course, _course_id(session))


def _course_id(session: Session) -> int:
    if not isinstance(session.scope, int):
        raise TypeError("this needs a session of one course")
    return session.scope


def option(session: Session, name: str, default: Any = None) -> Any:
    """Return what leads have switched, such as ``worksheet.form``."""
    return course_of(session).options.get(name, default)


def set_option(session: Session, name: str, value: Any) -> None:
    """Switch something for the whole course."""
    course = course_of(session)
    course.options = {**course.options, name: value}


_NEAR_ZONES = ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich")


@dataclass(frozen=True, slots=True)
class Connection:
    """What the platform has offered to a course."""

    platform: str | None
    members: bool
    grades: bool
    columns: bool
    """Whether the tool may make columns of its own in the gradebook."""
    activities: tuple[Activity, ...]


def connection(session: Session) -> Connection:
    """Return what the platform has offered to the course, as of the last launches."""
    course = course_of(session)
    activities = tuple(session.scalars(select(Activity).order_by(Activity.id)))
    coupled = any(activity.line_item_url for activity in activities)
    return Connection(
        platform=course.platform_family,
        members=bool(course.memberships_url),
        grades=bool(course.lineitems_url) or coupled,
        columns=any(scope.endswith("/lineitem") for scope in course.grade_scopes),
        activities=activities,
    )


def time_zones() -> list[str]:
    """Return the time zones a course can have, the usual ones first."""
    places = sorted(zone for zone in available_timezones() if "/" in zone)
    others = [
        z for z in places if not z.startswith(("Etc/", "SystemV/", "posix/", "right/"))
    ]
    return [*_NEAR_ZONES, *(zone for zone in others if zone not in _NEAR_ZONES)]


def change_course(session: Session, *, time_zone: str, language: str) -> None:
    """Set the time zone of the course's dates and the language of what leaves the tool."""
    if time_zone not in time_zones() or language not in LANGUAGES:
        raise InvalidError
    course = course_of(session)
    course.time_zone, course.language = time_zone, language
    session.flush()
