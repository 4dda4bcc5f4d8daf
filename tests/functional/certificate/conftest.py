"""A course of 50 units with a lead, an assistant, an examiner and three participants."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_tool import clock
from lti_tool.certificate import service
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course, Enrolment, Person
from lti_tool.gradebook.models import Grade
from lti_tool.persistence.session import EVERYWHERE, Database, Session
from tests.signing_platform import SigningPlatform, Visitor

Arrive = Callable[..., Visitor]
NAMES = {
    "1": "Leonie Leitner",
    "2": "Aylin Assmann",
    "3": "Ernst Prüfer",
    "4": "Svea Sprecher",
    "5": "Nils Neu",
    "7": "Mia Muster",
    "8": "Pia Probe",
    "9": "Ole Olsen",
}


@dataclass
class Scene:
    """The course, its people, and shortcuts to say what they achieved."""

    database: Database
    course_id: int
    ids: dict[str, int]

    def achieve(self, sub: str, kind: str, reference: str, state: str) -> None:
        with self.database.transaction(self.course_id) as session:
            courses.achieve(session, self.ids[sub], kind, reference, state=state)

    def plan_webinars(self, units: int) -> None:
        with self.database.transaction(self.course_id) as session:
            plan_meeting(session, "more", "Weitere Webinare", units, 5, "webinar")

    def complete(self, sub: str) -> None:
        """Let a person do all that the standard asks for."""
        for reference in ("kickoff", "webinars", "closing"):
            self.achieve(sub, "meeting", reference, "on_site")
        for phase in ("start", "end"):
            self.achieve(sub, "worksheet", phase, "handed_in")
        self.achieve(sub, "project", "project", "accepted")
        self.achieve(sub, "presentation", "presentation", "held")

    def seen(self, sub: str) -> str:
        with self.database.reading(self.course_id) as session:
            return service.standing_of(session, self.ids[sub]).seen

    def award(self, sub: str) -> str:
        with self.database.reading(self.course_id) as session:
            return service.standing_of(session, self.ids[sub]).award

    def score(self, sub: str) -> float | None:
        with self.database.reading(self.course_id) as session:
            wanted = select(Grade.score).where(Grade.person_id == self.ids[sub])
            return session.scalar(wanted)

    def option(self, name: str, value: object) -> None:
        with self.database.transaction(self.course_id) as session:
            courses.set_option(session, name, value)


def add_member(
    session: Session, registration_id: int, course_id: int, sub: str, name: str
) -> None:
    """Enrol somebody as their launch would; launching takes longer."""
    person = Person(registration_id=registration_id, sub=sub, name=name)
    session.add(person)
    session.flush()
    role = "staff" if int(sub) < 7 else "participant"
    session.add(
        Enrolment(course_id=course_id, person_id=person.id, role=role, source="launch")
    )


def plan_meeting(
    session: Session, reference: str, title: str, units: int, days: int, tag: str
) -> None:
    starts_at = clock.now() + timedelta(days=days)
    courses.plan(
        session,
        "meeting",
        reference,
        title=title,
        minutes=units * 45,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=8),
        tags=[tag],
    )


@pytest.fixture
def scene(lead: Visitor, platform: SigningPlatform, database: Database) -> Scene:
    with database.transaction(EVERYWHERE) as session:
        course_id = session.scalars(select(Course.id)).one()
        for sub, name in NAMES.items():
            if sub != "1":
                add_member(session, platform.registration_id, course_id, sub, name)
        ids = {person.sub: person.id for person in session.scalars(select(Person))}
    with database.transaction(course_id) as session:
        for sub, duty in (("2", "assistant"), ("3", "examiner"), ("4", "speaker")):
            courses.set_duties(session, ids[sub], [duty], by=ids["1"])
        for reference, title, units, days in (
            ("kickoff", "Auftakt in Kiel", 16, -60),
            ("webinars", "Webinarreihe", 18, -20),
            ("closing", "Abschluss in Jena", 16, 10),
        ):
            tag = "webinar" if reference == "webinars" else reference
            plan_meeting(session, reference, title, units, days, tag)
    return Scene(database, course_id, ids)


@pytest.fixture
def enter(arrive: Arrive) -> Arrive:
    """Launch as one of the people above, by number."""

    def entering(sub: str, **claims: object) -> Visitor:
        role = "Instructor" if int(sub) < 7 else "Learner"
        return arrive(sub, role, name=NAMES[sub], **claims)

    return entering
