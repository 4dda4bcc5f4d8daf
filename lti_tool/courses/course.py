"""The course itself, and what its leads have switched."""

from typing import Any

from lti_tool.courses.models import Course
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
