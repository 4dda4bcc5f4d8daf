"""Groups that people have in the learning platform: shown to leads, and nothing more."""

from sqlalchemy import select

from lti_tool.courses.models import Course, Enrolment, Person
from lti_tool.i18n import gettext as _
from lti_tool.lti.course_groups import PlatformGroups
from lti_tool.lti.messages import ContextMessage
from lti_tool.persistence.session import Session


def note_own(course: Course, enrolment: Enrolment, message: ContextMessage) -> None:
    """Store the groups of who launches, as Moodle tells them, where there is no better source."""
    if message.user_groups is not None and not course.groups_url:
        enrolment.platform_groups = list(message.user_groups)


def take(session: Session, course: Course, told: PlatformGroups) -> None:
    """Store the names of all groups and whose they are, as a service told it."""
    course.platform_groups = dict(told.names)
    places = session.execute(
        select(Enrolment, Person.sub)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.course_id == course.id)
    )
    for enrolment, sub in places:
        group_ids = list(told.by_sub.get(sub, enrolment.platform_groups))
        if enrolment.platform_groups != group_ids:
            enrolment.platform_groups = group_ids
    session.flush()


def name_of(course: Course, group_id: str) -> str:
    """Return what a group is called; Moodle tells only its number."""
    return course.platform_groups.get(group_id) or _("Group %(id)s", id=group_id)
