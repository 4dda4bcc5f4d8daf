"""How people come into a course: by a launch, or by the platform's list of members."""

from dataclasses import dataclass

from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses import rules, runs
from lti_tool.courses.copying import note_origin
from lti_tool.courses.models import Activity, Course, Duty, Enrolment, Person, RosterRun
from lti_tool.courses.people import shown_name
from lti_tool.courses.platform_groups import note_own
from lti_tool.i18n import DEFAULT_LANGUAGE, spoken
from lti_tool.i18n import gettext as _
from lti_tool.lti import notices
from lti_tool.lti.messages import ContextMessage, Launch
from lti_tool.lti.models import LaunchSession
from lti_tool.lti.registrations import get_or_add_deployment
from lti_tool.persistence.session import Session
from lti_tool.web.access import Membership

TARGETS = ("home", "groups", "project", "worksheet", "attendance", "certificate")
_PHASES = ("start", "mid", "end")


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a launch leads."""

    course: Course
    person: Person
    activity: str
    role: str
    is_preview: bool


def enter(session: Session, launch: Launch) -> Entry:
    """Store what a trusted launch says of course, person, place and activity; return where it leads."""
    course, person, place = come_in(session, launch)
    activity = _activity(session, course, launch)
    return Entry(course, person, activity.target, place.launch_role, place.is_preview)


def come_in(
    session: Session, message: ContextMessage
) -> tuple[Course, Person, rules.Place]:
    """Store what a trusted message says of course, person and their place in it."""
    course = _course(session, message)
    person = _person(session, message.registration_id, message.sub)
    # A launch without names (privacy "Never") does not take a known name away.
    person.name = message.name or person.name
    person.email = message.email or person.email
    session.flush()
    return course, person, _enrol(session, course, person, message)


def _course(session: Session, launch: ContextMessage) -> Course:
    deployment = get_or_add_deployment(
        session, launch.registration_id, launch.deployment_id
    )
    notices.offered(session, deployment, launch.notices_url)
    course, run = session.execute(
        select(Course, RosterRun)
        .outerjoin(RosterRun, RosterRun.course_id == Course.id)
        .where(
            Course.deployment_id == deployment.id,
            Course.context_id == launch.context_id,
        )
    ).first() or (None, None)
    if course is None:
        course = Course(
            deployment_id=deployment.id,
            context_id=launch.context_id,
            title=launch.context_title or _("Course"),
            language=spoken(launch.locale) or DEFAULT_LANGUAGE,
            options={},
            grade_scopes=[],
            context_history=[],
        )
        session.add(course)
    course.title = launch.context_title or course.title
    course.platform_family = launch.platform_family or course.platform_family
    course.memberships_url = launch.memberships_url or course.memberships_url
    course.groups_url = launch.groups_url or course.groups_url
    if launch.grades is not None:
        course.lineitems_url = launch.grades.lineitems or course.lineitems_url
        course.grade_scopes = sorted(launch.grades.scopes)
    if course.memberships_url:
        runs.ask_at_launch(session, course, run)
    note_origin(session, course, launch.custom)
    session.flush()
    return course


def _person(session: Session, registration_id: int, sub: str) -> Person:
    person = session.scalar(
        select(Person).where(
            Person.registration_id == registration_id, Person.sub == sub
        )
    )
    if person is None:
        person = Person(registration_id=registration_id, sub=sub)
        session.add(person)
        session.flush()
    return person


def _enrol(
    session: Session, course: Course, person: Person, message: ContextMessage
) -> rules.Place:
    enrolment = session.scalar(
        select(Enrolment).where(
            Enrolment.course_id == course.id, Enrolment.person_id == person.id
        )
    )
    launched = str(message.role)
    place = rules.place(enrolment.role if enrolment is not None else None, launched)
    if enrolment is None:
        enrolment = Enrolment(course_id=course.id, person_id=person.id)
        session.add(enrolment)
    enrolment.source = rules.source_after_launch(enrolment.source, place)
    enrolment.role, enrolment.is_active = place.role, True
    enrolment.seen_at = clock.now()
    note_own(course, enrolment, message)
    session.flush()
    if place.launch_role == "staff" and _is_without_duties(session, course.id):
        session.add(Duty(course_id=course.id, person_id=person.id, duty="lead"))
        session.flush()
    return place


def _is_without_duties(session: Session, course_id: int) -> bool:
    """Tell whether nobody has a duty yet; of two who come at once the second waits for the first."""
    has_duties = select(Duty.id).where(Duty.course_id == course_id).limit(1)
    if session.scalar(has_duties) is not None:
        return False
    session.execute(select(Course.id).where(Course.id == course_id).with_for_update())
    return session.scalar(has_duties) is None


def _activity(session: Session, course: Course, launch: Launch) -> Activity:
    activity = session.scalar(
        select(Activity).where(
            Activity.course_id == course.id,
            Activity.resource_link_id == launch.resource_link_id,
        )
    )
    if activity is None:
        activity = Activity(
            course_id=course.id, resource_link_id=launch.resource_link_id
        )
        session.add(activity)
    wanted = launch.custom.get("activity", "home")
    activity.target = wanted if wanted in TARGETS else "home"
    phase = launch.custom.get("phase") if activity.target == "worksheet" else None
    activity.phase = phase if phase in _PHASES else None
    activity.title = launch.resource_link_title or activity.title
    if launch.grades is not None:
        # Saved again, a Moodle activity gets another line item; an absent one says nothing.
        activity.line_item_url = launch.grades.lineitem or activity.line_item_url
        activity.lineitems_url = launch.grades.lineitems or activity.lineitems_url
    session.flush()
    return activity


def membership_of(session: Session, opened: LaunchSession) -> Membership:
    """Return what the course knows of the visitor behind a launch session."""
    course = session.get_one(Course, opened.course_id)
    enrolment = session.scalar(
        select(Enrolment).where(
            Enrolment.course_id == opened.course_id,
            Enrolment.person_id == opened.person_id,
        )
    )
    person = session.get_one(Person, opened.person_id)
    duties = session.scalars(
        select(Duty.duty).where(
            Duty.course_id == opened.course_id, Duty.person_id == opened.person_id
        )
    )
    enrolled = enrolment.role if enrolment is not None else "none"
    # Whoever lost the staff role meanwhile does not keep it for as long as a session lives.
    role = "none" if opened.role == "staff" and enrolled != "staff" else opened.role
    return Membership(
        is_active=enrolment is not None and enrolment.is_active,
        role=role,
        is_preview=opened.role == "participant" and enrolled == "staff",
        duties=frozenset(duties),
        name=shown_name(person),
        course_title=course.title,
        time_zone=course.time_zone,
    )
