"""The course itself, and what its leads have switched."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import available_timezones

from lti_tool.courses.models import Course
from lti_tool.errors import InvalidError
from lti_tool.i18n import LANGUAGES
from lti_tool.lti.addresses import acceptable_url, origin
from lti_tool.lti.models import Deployment, LaunchSession, Registration
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


def time_zones() -> list[str]:
    """Return the time zones a course can have, the usual ones first."""
    places = sorted(zone for zone in available_timezones() if "/" in zone)
    others = [
        z for z in places if not z.startswith(("Etc/", "SystemV/", "posix/", "right/"))
    ]
    return [*_NEAR_ZONES, *(zone for zone in others if zone not in _NEAR_ZONES)]


def change_course(
    session: Session, *, time_zone: str, language: str, lms_url: str | None
) -> None:
    """Set the zone of the course's dates, the language of what leaves the tool, and the way back.

    Raise InvalidError for a zone or language that is not offered.
    """
    if time_zone not in time_zones() or language not in LANGUAGES:
        raise InvalidError
    course = course_of(session)
    course.time_zone, course.language = time_zone, language
    course.lms_url = lms_url
    session.flush()


def lms_address(text: str, places: Sequence[str]) -> str | None:
    """Return an address on one of these servers as it may be shown to others, or None.

    Moodle's addresses may carry a secret of whoever copies them.
    """
    if not acceptable_url(text) or origin(text) not in places:
        return None
    parts = urlsplit(text)
    open_to_all = [
        p for p in parts.query.split("&") if not p.lower().startswith("sesskey")
    ]
    return urlunsplit(parts._replace(query="&".join(open_to_all)))


def platform_origins(session: Session) -> list[str]:
    """Return the servers of the course's platform, as ``https://host``."""
    deployment = session.get_one(Deployment, course_of(session).deployment_id)
    return _origins(session.get_one(Registration, deployment.registration_id))


def _origins(registration: Registration) -> list[str]:
    known = [registration.issuer, registration.auth_url, *registration.service_hosts]
    return [place for place in dict.fromkeys(map(origin, known)) if place]


def lms_url_of(session: Session, opened: LaunchSession) -> str | None:
    """Return where a visit's course lies in the LMS, if a lead has said so."""
    course = session.get_one(Course, opened.course_id)
    return _within(course, session.get_one(Registration, opened.registration_id))


def course_page(session: Session, course: Course) -> str | None:
    """Return where a course lies in the LMS, if a lead has said so."""
    deployment = session.get_one(Deployment, course.deployment_id)
    return _within(course, session.get_one(Registration, deployment.registration_id))


def _within(course: Course, registration: Registration) -> str | None:
    # The registration may have moved to another server since.
    within = course.lms_url and origin(course.lms_url) in _origins(registration)
    return course.lms_url if within else None
