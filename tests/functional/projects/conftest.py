"""A course with two groups, and the people who work in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from lti_tool.courses import service as courses
from lti_tool.courses.models import Course, Enrolment, Person
from lti_tool.persistence.session import EVERYWHERE, Database, Session
from tests.signing_platform import Visitor

NAMES = {
    "7": "Mia Muster",
    "8": "Jörg Beispiel",
    "9": "Ayşe Probe",
    "10": "Nele Neu",
}


@dataclass
class Class:
    """Two groups: Mia and Jörg in the first, Ayşe in the second; Nele is in none."""

    database: Database
    course_id: int
    people: Mapping[str, int]
    first: int
    second: int

    def regroup(self, *first: str) -> None:
        """Publish the groups again with other members in the first."""
        with self.database.transaction(self.course_id) as session:
            courses.put_groups(
                session,
                "formation:1",
                [
                    ("Group A", "Apprentice fair", [self.people[s] for s in first]),
                    ("Group B", "Girls in labs", [self.people["9"]]),
                ],
            )

    def achieved(self, sub: str, kind: str = "project") -> str | None:
        """Return what a person last achieved of a kind."""
        with self.database.reading(self.course_id) as session:
            found = courses.achievements(session, self.people[sub])
        return next((a.state for a in found if a.kind == kind), None)


@pytest.fixture
def mia(arrive: Callable[..., Visitor], lead: Visitor) -> Visitor:
    return arrive("7", name=NAMES["7"], activity="project")


@pytest.fixture
def joerg(arrive: Callable[..., Visitor], lead: Visitor) -> Visitor:
    return arrive("8", name=NAMES["8"])


@pytest.fixture
def ayse(arrive: Callable[..., Visitor], lead: Visitor) -> Visitor:
    return arrive("9", name=NAMES["9"])


@pytest.fixture
def nele(arrive: Callable[..., Visitor], lead: Visitor) -> Visitor:
    return arrive("10", name=NAMES["10"])


@pytest.fixture
def course(lead: Visitor, database: Database) -> Class:
    with database.reading(EVERYWHERE) as session:
        course_id = session.scalars(select(Course.id)).one()
    with database.transaction(course_id) as session:
        _enrol(session)
        people = {p.sub: p.id for p in session.scalars(select(Person))}
    found = Class(database, course_id, people, 0, 0)
    found.regroup("7", "8")
    with database.reading(course_id) as session:
        found.first, found.second = (g.id for g in courses.groups(session))
    return found


def _enrol(session: Session) -> None:
    """Enrol whoever has not launched yet, as a list of members does; launching takes long."""
    registration_id = session.scalars(select(Person.registration_id).limit(1)).one()
    known = set(session.scalars(select(Person.sub)))
    for sub in NAMES.keys() - known:
        person = Person(registration_id=registration_id, sub=sub, name=NAMES[sub])
        session.add(person)
        session.flush()
        session.add(Enrolment(person_id=person.id, role="participant", source="roster"))


@pytest.fixture
def with_duty(
    arrive: Callable[..., Visitor], course: Class
) -> Callable[[str], Visitor]:
    """Launch as staff with a duty: ``with_duty("reviewer")``; "" for staff without one."""
    subs = iter(range(50, 60))

    def entering(duty: str) -> Visitor:
        sub = str(next(subs))
        visitor = arrive(sub, "Instructor", name=f"Staff {duty or 'plain'}")
        with course.database.transaction(EVERYWHERE) as session:
            person = session.scalars(select(Person.id).where(Person.sub == sub)).one()
        with course.database.transaction(course.course_id) as session:
            courses.set_duties(
                session, person, [duty] if duty else [], by=course.people["1"]
            )
        return visitor

    return entering


@pytest.fixture
def reviewer(with_duty: Callable[[str], Visitor]) -> Visitor:
    return with_duty("reviewer")
