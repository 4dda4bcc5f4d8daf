"""Entering a course, its people and their duties, groups, and achievements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from lti_tool import clock
from lti_tool.courses import rules
from lti_tool.courses.models import (
    Achievement,
    Activity,
    Course,
    Duty,
    Enrolment,
    ErasableText,
    Group,
    GroupMember,
    Opportunity,
    Person,
)
from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.i18n import DEFAULT_LANGUAGE, spoken
from lti_tool.i18n import gettext as _
from lti_tool.lti.launch import Launch
from lti_tool.lti.models import LaunchSession
from lti_tool.lti.registrations import get_or_add_deployment
from lti_tool.lti.roster import Membership as ListedMember
from lti_tool.persistence.session import Session
from lti_tool.persistence.types import commitment, new_salt
from lti_tool.web.access import Membership

TARGETS = ("home", "groups", "project", "worksheet", "attendance", "certificate")


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a launch leads."""

    course: Course
    person: Person
    activity: str
    role: str
    is_preview: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a course, with a name that can be shown."""

    person_id: int
    name: str
    email: str | None
    role: str
    is_active: bool
    duties: tuple[str, ...] = ()


# Entering


def enter(session: Session, launch: Launch) -> Entry:
    """Store what a trusted launch says of course, person, place and activity; return where it leads."""
    course = _course(session, launch)
    person = _person(session, launch.registration_id, launch.sub)
    # A launch without names (privacy "Never") does not take a known name away.
    person.name = launch.name or person.name
    person.email = launch.email or person.email
    session.flush()
    place = _enrol(session, course, person, str(launch.role))
    activity = _activity(session, course, launch)
    return Entry(course, person, activity.target, place.launch_role, place.is_preview)


def _course(session: Session, launch: Launch) -> Course:
    deployment = get_or_add_deployment(session, launch.registration_id, launch.deployment_id)
    course = session.scalar(
        select(Course).where(
            Course.deployment_id == deployment.id, Course.context_id == launch.context_id
        )
    )
    if course is None:
        course = Course(
            deployment_id=deployment.id,
            context_id=launch.context_id,
            title=launch.context_title or _("Course"),
            language=spoken(launch.locale) or DEFAULT_LANGUAGE,
            options={},
            grade_scopes=[],
        )
        session.add(course)
    course.title = launch.context_title or course.title
    course.platform_family = launch.platform_family or course.platform_family
    course.memberships_url = launch.memberships_url or course.memberships_url
    if launch.grades is not None:
        course.lineitems_url = launch.grades.lineitems or course.lineitems_url
        course.grade_scopes = sorted(launch.grades.scopes)
    if course.memberships_url and course.roster_at is None and course.roster_due_at is None:
        course.roster_due_at = clock.now()
    session.flush()
    return course


def _person(session: Session, registration_id: int, sub: str) -> Person:
    person = session.scalar(
        select(Person).where(Person.registration_id == registration_id, Person.sub == sub)
    )
    if person is None:
        person = Person(registration_id=registration_id, sub=sub)
        session.add(person)
        session.flush()
    return person


def _enrol(session: Session, course: Course, person: Person, launched: str) -> rules.Place:
    enrolment = session.scalar(
        select(Enrolment).where(
            Enrolment.course_id == course.id, Enrolment.person_id == person.id
        )
    )
    known = enrolment.role if enrolment is not None and enrolment.source == "launch" else None
    place = rules.place(known, launched)
    if enrolment is None:
        enrolment = Enrolment(course_id=course.id, person_id=person.id)
        session.add(enrolment)
    enrolment.role, enrolment.source, enrolment.is_active = place.role, "launch", True
    enrolment.seen_at = clock.now()
    session.flush()
    if place.launch_role == "staff" and not _has_duties(session, course.id):
        session.add(Duty(course_id=course.id, person_id=person.id, duty="lead"))
        session.flush()
    return place


def _has_duties(session: Session, course_id: int) -> bool:
    return session.scalar(select(Duty.id).where(Duty.course_id == course_id).limit(1)) is not None


def _activity(session: Session, course: Course, launch: Launch) -> Activity:
    activity = session.scalar(
        select(Activity).where(
            Activity.course_id == course.id,
            Activity.resource_link_id == launch.resource_link_id,
        )
    )
    if activity is None:
        activity = Activity(course_id=course.id, resource_link_id=launch.resource_link_id)
        session.add(activity)
    wanted = launch.custom.get("activity", "home")
    activity.target = wanted if wanted in TARGETS else "home"
    activity.title = launch.resource_link_title or activity.title
    if launch.grades is not None:
        # Saved again, a Moodle activity gets another line item; an absent one says nothing.
        activity.line_item_url = launch.grades.lineitem or activity.line_item_url
    session.flush()
    return activity


def membership_of(session: Session, opened: LaunchSession) -> Membership:
    """Return what the course knows of the visitor behind a launch session."""
    course = session.get_one(Course, opened.course_id)
    enrolment = session.scalar(
        select(Enrolment).where(
            Enrolment.course_id == opened.course_id, Enrolment.person_id == opened.person_id
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


# People


def shown_name(person: Person) -> str:
    """Return a name that can be shown, also where the platform tells none."""
    return person.name or _("Person %(number)s", number=person.id)


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


def members(session: Session, *, role: str | None = None, active: bool = True) -> list[Member]:
    """Return the people of the course, sorted by name; two of one name are told apart.

    ``role`` is ``participant`` or ``staff``; ``active`` leaves out those who left.
    """
    wanted = select(Enrolment, Person).join(Person, Person.id == Enrolment.person_id)
    if role is not None:
        wanted = wanted.where(Enrolment.role == role)
    if active:
        wanted = wanted.where(Enrolment.is_active)
    duties: dict[int, list[str]] = {}
    for row in session.scalars(select(Duty).order_by(Duty.id)):
        duties.setdefault(row.person_id, []).append(row.duty)
    found = [
        Member(
            person_id=person.id,
            name=shown_name(person),
            email=person.email,
            role=enrolment.role,
            is_active=enrolment.is_active,
            duties=tuple(duties.get(person.id, ())),
        )
        for enrolment, person in session.execute(wanted)
    ]
    return sorted(_told_apart(found), key=lambda m: (_family_name_first(m.name), m.person_id))


def _told_apart(people: Sequence[Member]) -> list[Member]:
    """Add a number to names that more than one person bears."""
    by_name: dict[str, list[int]] = {}
    for person in sorted(people, key=lambda m: m.person_id):
        by_name.setdefault(person.name, []).append(person.person_id)
    return [
        replace(p, name=f"{p.name} ({by_name[p.name].index(p.person_id) + 1})")
        if len(by_name[p.name]) > 1
        else p
        for p in people
    ]


def _family_name_first(name: str) -> str:
    umlauts = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
    bare = name.casefold().split(" (")[0].split()
    return " ".join([*bare[-1:], *bare[:-1]]).translate(umlauts)


def participants(session: Session) -> list[Member]:
    """Return the participants of the course who have not left, sorted by family name."""
    return members(session, role="participant")


def staff(session: Session) -> list[Member]:
    """Return the staff of the course."""
    return members(session, role="staff")


def names(session: Session) -> dict[int, str]:
    """Return everybody's name by person id, also of those who left."""
    return {m.person_id: m.name for m in members(session, active=False)}


def holders(session: Session, *duties: str) -> list[Member]:
    """Return the staff who have one of the duties."""
    return [m for m in staff(session) if set(m.duties) & set(duties)]


def get_participant(session: Session, person_id: int) -> Member:
    """Return a participant of this course or raise NotFoundError."""
    for person in participants(session):
        if person.person_id == person_id:
            return person
    raise NotFoundError


def set_duties(session: Session, person_id: int, duties: Iterable[str], *, by: int) -> None:
    """Give a member of staff exactly these duties; the last lead cannot step down."""
    wanted = set(duties)
    enrolment = session.scalar(select(Enrolment).where(Enrolment.person_id == person_id))
    if enrolment is None:
        raise NotFoundError
    if wanted and not rules.may_take_duty(enrolment.role):
        raise InvalidError(_("Only members of the course team can have duties."))
    leads = session.scalars(select(Duty.person_id).where(Duty.duty == "lead"))
    if "lead" not in wanted and rules.last_lead_stays(leads, person_id):
        raise ConflictError(
            _("A course needs a lead. Make somebody else lead first, then give up the duty.")
        )
    have = set(session.scalars(select(Duty.duty).where(Duty.person_id == person_id)))
    session.execute(
        delete(Duty).where(Duty.person_id == person_id, Duty.duty.in_(have - wanted))
    )
    for duty in sorted(wanted - have):
        session.add(Duty(person_id=person_id, duty=duty, given_by=by))


# Roster


def ask_for_roster(session: Session) -> None:
    """Have the list of members fetched by the worker."""
    course = course_of(session)
    if not course.memberships_url:
        raise InvalidError(_("The learning platform does not offer a list of members here."))
    course.roster_due_at = clock.now()
    session.ring("roster")


def take_roster(session: Session, course: Course, registration_id: int, listed: Sequence[ListedMember]) -> int:
    """Take a complete list of members over and return how many are active.

    People who are no longer listed become inactive; an empty list changes nothing, and a list
    never changes the role with which somebody launched.
    """
    course.roster_due_at, course.roster_at, course.roster_error = None, clock.now(), None
    if not listed:
        course.roster_error = "empty"
        return 0
    enrolled = {
        e.person_id: e
        for e in session.scalars(select(Enrolment).where(Enrolment.course_id == course.id))
    }
    present: set[int] = set()
    for entry in listed:
        person = _person(session, registration_id, entry.sub)
        person.name, person.email = entry.name or person.name, entry.email or person.email
        enrolment = enrolled.get(person.id)
        if enrolment is None:
            enrolment = Enrolment(
                course_id=course.id, person_id=person.id, role=str(entry.role), source="roster"
            )
            session.add(enrolment)
        enrolment.role = rules.roster_role(enrolment.role, enrolment.source, str(entry.role))
        enrolment.is_active = entry.is_active
        if entry.is_active:
            present.add(person.id)
    for person_id, enrolment in enrolled.items():
        # An administrator of the platform launches as staff and is in no list.
        if person_id not in present and enrolment.role != "staff":
            enrolment.is_active = False
    session.flush()
    return len(present)


# Groups


@dataclass(frozen=True, slots=True)
class CourseGroup:
    """A published group with the people who are in it now."""

    id: int
    name: str
    topic: str
    member_ids: tuple[int, ...]


def groups(session: Session) -> list[CourseGroup]:
    """Return the active groups of the course with their present members."""
    found = session.scalars(select(Group).where(Group.is_active).order_by(Group.name, Group.id))
    places: dict[int, list[int]] = {}
    for place in session.scalars(select(GroupMember).where(GroupMember.until.is_(None))):
        places.setdefault(place.group_id, []).append(place.person_id)
    return [
        CourseGroup(g.id, g.name, g.topic, tuple(sorted(places.get(g.id, ())))) for g in found
    ]


def group_of(session: Session, person_id: int) -> CourseGroup | None:
    """Return the active group of a person, or None."""
    return next((g for g in groups(session) if person_id in g.member_ids), None)


def put_groups(
    session: Session, source: str, wanted: Sequence[tuple[str, str, Sequence[int]]]
) -> list[int]:
    """Make (name, topic, people) the active groups of a source and return their ids.

    A group of the same name and topic keeps its id, so that its work stays with it; the others
    of the source end. ``wanted`` empty takes a publication back.
    """
    known = {(g.name, g.topic): g for g in session.scalars(select(Group).where(Group.source == source))}
    ids: list[int] = []
    for name, topic, people in wanted:
        group = known.pop((name, topic), None)
        if group is None:
            group = Group(name=name, topic=topic, source=source)
            session.add(group)
            session.flush()
        group.is_active = True
        _place(session, group.id, set(people))
        ids.append(group.id)
    for left in known.values():
        left.is_active = False
        _place(session, left.id, set())
    session.flush()
    return ids


def _place(session: Session, group_id: int, people: set[int]) -> None:
    places = {
        p.person_id: p
        for p in session.scalars(select(GroupMember).where(GroupMember.group_id == group_id))
    }
    for person_id, place in places.items():
        if person_id not in people and place.until is None:
            place.until = clock.now()
    for person_id in people:
        if person_id in places:
            places[person_id].until = None
        else:
            session.add(GroupMember(group_id=group_id, person_id=person_id))


# Opportunities and achievements


def plan(  # noqa: PLR0913  # The parts of one opportunity, by keyword.
    session: Session,
    kind: str,
    reference: str,
    *,
    title: str,
    minutes: int = 0,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    state: str = "planned",
    tags: Sequence[str] = (),
) -> None:
    """Say what can be achieved; the same kind and reference replaces what was said before."""
    found = session.scalar(
        select(Opportunity).where(Opportunity.kind == kind, Opportunity.reference == reference)
    )
    if found is None:
        found = Opportunity(kind=kind, reference=reference)
        session.add(found)
    found.title, found.minutes, found.state, found.tags = title, minutes, state, list(tags)
    found.starts_at, found.ends_at = starts_at, ends_at
    session.flush()


def unplan(session: Session, kind: str, reference: str) -> None:
    """Take an opportunity back that never took place."""
    session.execute(
        delete(Opportunity).where(Opportunity.kind == kind, Opportunity.reference == reference)
    )


def opportunities(session: Session) -> list[Opportunity]:
    """Return all that can be achieved in the course, by date."""
    far = datetime.max.replace(tzinfo=clock.now().tzinfo)
    return sorted(session.scalars(select(Opportunity)), key=lambda o: (o.starts_at or far, o.id))


def achieve(  # noqa: PLR0913  # The parts of one achievement, by keyword.
    session: Session,
    person_id: int,
    kind: str,
    reference: str,
    *,
    state: str,
    minutes: int | None = None,
    at: datetime | None = None,
) -> None:
    """Append what a person achieved (or no longer has: the state says so)."""
    session.add(
        Achievement(
            person_id=person_id,
            kind=kind,
            reference=reference,
            state=state,
            minutes=minutes,
            at=at or clock.now(),
        )
    )
    session.flush()


def achievements(session: Session, person_id: int | None = None) -> list[Achievement]:
    """Return the newest achievement of each person, kind and reference."""
    newest = select(func.max(Achievement.id)).group_by(
        Achievement.course_id, Achievement.person_id, Achievement.kind, Achievement.reference
    )
    wanted = select(Achievement).where(Achievement.id.in_(newest)).order_by(Achievement.id)
    if person_id is not None:
        wanted = wanted.where(Achievement.person_id == person_id)
    return list(session.scalars(wanted))


# Erasable texts


def keep_text(session: Session, text: str, *, person_id: int | None) -> ErasableText:
    """Store a text apart from the hashed row that commits to it; return its row.

    The hashed row stores ``commitment`` and ``id``.
    """
    salt = new_salt()
    kept = ErasableText(
        person_id=person_id, salt=salt, text=text, commitment=commitment(text, salt)
    )
    session.add(kept)
    session.flush()
    return kept


def texts(session: Session, ids: Iterable[int | None]) -> Mapping[int, str | None]:
    """Return kept texts by id; None where a text was erased."""
    wanted = [i for i in ids if i is not None]
    found = session.scalars(select(ErasableText).where(ErasableText.id.in_(wanted)))
    return {row.id: row.text for row in found}
