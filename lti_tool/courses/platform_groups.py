"""Groups that people have in the learning platform: shown to leads, who may take them over."""

from sqlalchemy import select, update

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
    if not told.by_sub:
        return
    places = session.execute(
        select(Enrolment.id, Enrolment.platform_groups, Person.sub)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.course_id == course.id)
    )
    changed = [
        {"id": place_id, "platform_groups": list(told.by_sub[sub])}
        for place_id, known, sub in places
        if sub in told.by_sub and known != list(told.by_sub[sub])
    ]
    if changed:
        session.execute(update(Enrolment), changed)


def name_of(course: Course, group_id: str) -> str:
    """Return what a group is called; Moodle tells only its number."""
    return course.platform_groups.get(group_id) or _("Group %(id)s", id=group_id)
