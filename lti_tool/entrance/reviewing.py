"""From a submission review to the work of the person whom it names."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from lti_tool.courses import service as courses
from lti_tool.courses.models import Person
from lti_tool.courses.service import Entry
from lti_tool.errors import NotFoundError
from lti_tool.gradebook.models import LineItem
from lti_tool.lti.messages import REVIEW, Launch
from lti_tool.persistence.session import Session
from lti_tool.web.tool import Tool

_GRADED = {"home": "certificate"}
"""The column of a link to the course home is the certificate's."""
Target = tuple[str, Mapping[str, Any]]
"""An endpoint and its arguments."""


def target_of(tool: Tool, session: Session, launch: Launch, entry: Entry) -> Target:
    """Return the page on which a launch begins.

    A review leads staff to the person's own page, where the page itself asks for the duty, and
    participants to their own, for checking the launch has seen to it that it is theirs.
    """
    if launch.message_type != REVIEW or entry.role == "none":
        return _begin(tool, entry.activity)
    name = _reviewed(session, launch, entry)
    feature = tool.features.get(name)
    if entry.role != "staff" or feature is None or feature.review is None:
        return _begin(tool, name)
    person_id = session.scalar(
        select(Person.id).where(
            Person.registration_id == launch.registration_id,
            Person.sub == launch.for_user,
        )
    )
    with session.beside(entry.course.id) as beside:
        try:
            courses.get_participant(beside, person_id or 0)
        except NotFoundError:
            return "people.not_here", {}
        return feature.review(beside, person_id or 0)


def _reviewed(session: Session, launch: Launch, entry: Entry) -> str:
    """Return the feature that fills the column which was clicked, or else that of the link."""
    url = launch.grades.lineitem if launch.grades is not None else None
    column = select(LineItem.resource_id).where(
        LineItem.course_id == entry.course.id, LineItem.url == url
    )
    found = session.scalar(column) if url else None
    return found or _GRADED.get(entry.activity, entry.activity)


def _begin(tool: Tool, name: str) -> Target:
    feature = tool.features.get(name)
    return (feature.endpoint if feature is not None else "courses.home"), {}
