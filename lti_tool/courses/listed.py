"""A complete list of members, taken over into a course in a few statements however long it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select, update

from lti_tool.courses import rules
from lti_tool.courses.models import Course, Enrolment, Person
from lti_tool.lti.roster import Membership
from lti_tool.persistence.session import Session


@dataclass(frozen=True, slots=True)
class Taken:
    """What a complete list changed in a course, by the number of people."""

    present: int
    added: int
    returned: int
    gone: int
    renamed: int


def take_roster(
    session: Session,
    course: Course,
    registration_id: int,
    listed: Sequence[Membership],
    asked_at: datetime,
) -> Taken | None:
    """Take a complete list of members over and return what that changed.

    Who is no longer listed becomes inactive, except staff whom a launch brought and who came in
    while the list was on its way. A list without anybody changes nothing and gives None, and none
    changes the role with which somebody launched.
    """
    if not any(entry.is_active for entry in listed):
        return None
    present, renamed = _people(
        session, registration_id, {entry.sub: entry for entry in listed}
    )
    added, returned, gone = _enrol(session, course.id, present, asked_at)
    return Taken(
        present=sum(entry.is_active for entry in present.values()),
        added=added,
        returned=returned,
        gone=gone,
        renamed=renamed,
    )


def _people(
    session: Session, registration_id: int, listed: Mapping[str, Membership]
) -> tuple[dict[int, Membership], int]:
    """Store new people, bring names up to date; return the entries by person, and how many changed."""
    known = _known(session, registration_id, listed)
    there = {person.sub for person in known}
    # In the order of the list, so that the same list always brings the same ids.
    missing = [sub for sub in listed if sub not in there]
    added = session.add_missing(
        Person,
        ("sub", "name", "email"),
        [(sub, listed[sub].name, listed[sub].email) for sub in missing],
        returning=("id", "sub"),
        registration_id=registration_id,
    )
    renamed = []
    for person in known:
        entry = listed[person.sub]
        # A list without names (privacy "Never") does not take a known name away.
        said = (entry.name or person.name, entry.email or person.email)
        if said != (person.name, person.email):
            renamed.append({"id": person.id, "name": said[0], "email": said[1]})
    if renamed:
        session.execute(update(Person), renamed)
    present = {person.id: listed[person.sub] for person in (*known, *added)}
    if len(present) < len(listed):
        # Somebody else stored them just now.
        others = _known(session, registration_id, missing)
        present |= {person.id: listed[person.sub] for person in others}
    return present, len(renamed)


def _known(
    session: Session, registration_id: int, subs: Iterable[str]
) -> Sequence[Row[int, str, str | None, str | None]]:
    return session.execute(
        select(Person.id, Person.sub, Person.name, Person.email).where(
            Person.registration_id == registration_id, session.among(Person.sub, subs)
        )
    ).all()


def _enrol(
    session: Session,
    course_id: int,
    present: Mapping[int, Membership],
    asked_at: datetime,
) -> tuple[int, int, int]:
    """Bring all places in a course up to date; return how many came, came back and went."""
    enrolled = session.execute(
        select(
            Enrolment.id,
            Enrolment.person_id,
            Enrolment.role,
            Enrolment.source,
            Enrolment.is_active,
            Enrolment.seen_at,
        ).where(Enrolment.course_id == course_id)
    ).all()
    changed = []
    returned = gone = 0
    for place in enrolled:
        entry = present.get(place.person_id)
        role, is_active = rules.after_roster(
            (place.role, place.is_active),
            None if entry is None else (str(entry.role), entry.is_active),
            by_launch=place.source == "launch",
            came_since=place.seen_at is not None and place.seen_at >= asked_at,
        )
        if (role, is_active) != (place.role, place.is_active):
            changed.append({"id": place.id, "role": role, "is_active": is_active})
            returned += is_active > place.is_active
            gone += is_active < place.is_active
    if changed:
        session.execute(update(Enrolment), changed)
    there = {place.person_id for place in enrolled}
    missing = sorted(present.keys() - there)
    session.add_missing(
        Enrolment,
        ("person_id", "role", "is_active"),
        [(n, str(present[n].role), present[n].is_active) for n in missing],
        course_id=course_id,
        source="roster",
    )
    return sum(present[n].is_active for n in missing), returned, gone
