"""A course with staff of every duty, participants, and meetings around now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_tool import clock
from lti_tool.attendance import service
from lti_tool.attendance.models import MeetingKind
from lti_tool.attendance.service import Draft
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course, Enrolment, Person
from lti_tool.persistence.session import EVERYWHERE, Database, Session
from tests.signing_platform import SigningPlatform, Visitor

Arrive = Callable[..., Visitor]


@dataclass
class Scene:
    """Who is in the course, and which meetings it has."""

    database: Database
    course_id: int
    ids: dict[str, int]
    past: int
    past_of_other: int
    coming: int


NAMES = {
    "2": "Aylin Assmann",
    "3": "Sven Sprecher",
    "4": "Olga Olsen",
    "5": "Nils Neu",
    "7": "Mia Muster",
    "8": "Pia Probe",
}


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


@pytest.fixture
def scene(lead: Visitor, platform: SigningPlatform, database: Database) -> Scene:
    """Lead 1, assistant 2, speaker 3 (of the past meeting), speaker 4 (of another), 5 without duty."""
    with database.transaction(EVERYWHERE) as session:
        course_id = session.scalars(select(Course.id)).one()
        for sub, name in NAMES.items():
            add_member(session, platform.registration_id, course_id, sub, name)
        ids = {person.sub: person.id for person in session.scalars(select(Person))}
    with database.transaction(course_id) as session:
        for sub, duty in (("2", "assistant"), ("3", "speaker"), ("4", "speaker")):
            courses.set_duties(session, ids[sub], [duty], by=ids["1"])
        past = service.add_meeting(session, draft("Netzwerke verstehen", -7, ids["3"]))
        other = service.add_meeting(session, draft("Moderation", -3, ids["4"]))
        coming = service.add_meeting(session, draft("Verstetigung", 2, ids["3"]))
        return Scene(database, course_id, ids, past.id, other.id, coming.id)


def draft(theme: str, days: int, speaker: int, minutes: int = 90) -> Draft:
    starts_at = clock.now() + timedelta(days=days)
    return Draft(
        MeetingKind.WEBINAR,
        theme,
        starts_at,
        starts_at + timedelta(minutes=minutes),
        minutes,
        place="Raum 4",
        video_url="https://video.example/raum",
        speaker_ids=(speaker,),
        speaker_names=("Dr. Gast",),
    )
