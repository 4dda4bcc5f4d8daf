"""A course that has gone through everything, and the copies that a platform makes of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_tool import clock
from lti_tool.attendance import service as attendance
from lti_tool.attendance.models import MeetingKind
from lti_tool.attendance.service import Draft
from lti_tool.certificate import service as certificate
from lti_tool.certificate.choices import Choices, build
from lti_tool.certificate.requirements import Excused
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course, Person
from lti_tool.groups import service as groups
from lti_tool.groups.service import Plan
from lti_tool.persistence.session import EVERYWHERE, Database, Session
from lti_tool.projects import service as projects
from lti_tool.worksheet import phases
from lti_tool.worksheet.rules import Window
from tests.signing_platform import CLAIM, SigningPlatform, Visitor, enter

CopyOf = Callable[..., Visitor]


class Courses:
    """Sessions of courses by context id."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def find(self, context_id: str) -> Course:
        with self.database.reading(EVERYWHERE) as session:
            return session.scalars(
                select(Course)
                .where(Course.context_id == context_id)
                .order_by(Course.id.desc())
            ).first()

    @contextmanager
    def writing(self, context_id: str) -> Iterator[Session]:
        with self.database.transaction(self.find(context_id).id) as session:
            yield session

    @contextmanager
    def reading(self, context_id: str) -> Iterator[Session]:
        with self.database.reading(self.find(context_id).id) as session:
            yield session

    def person(self, sub: str) -> int:
        with self.database.reading(EVERYWHERE) as session:
            return session.scalars(select(Person.id).where(Person.sub == sub)).one()


@pytest.fixture
def known(database: Database) -> Courses:
    return Courses(database)


@pytest.fixture
def earlier(lead: Visitor, arrive: Callable[..., Visitor], known: Courses) -> Visitor:
    """Course c1, well under way, with a lead (1), a colleague (2) and a participant (7)."""
    arrive("2", "Instructor", name="Kolja Kollege")
    arrive("7", name="Mia Muster")
    with known.writing("c1") as session:
        by, participant = known.person("1"), known.person("7")
        course = courses.course_of(session)
        course.time_zone, course.language = "Europe/Vienna", "de"
        for days, theme, kind in (
            (-7, "Auftakt", "kickoff"),
            (7, "Abschluss", "closing"),
        ):
            starts_at = (clock.now() + timedelta(days=days)).replace(
                hour=12, minute=30, second=0, microsecond=0
            )
            draft = Draft(
                MeetingKind(kind),
                theme,
                starts_at,
                starts_at + timedelta(minutes=100),
                90,
                place="Haus am See",
                video_url="https://video.example.org/old-room",
                mandatory=True,
                speaker_names=("Frau Alt",),
            )
            attendance.add_meeting(session, draft)
        plan = Plan("Projektgruppen", "Bitte lesen", groups_wanted=3)
        formation = groups.open_formation(session, plan, by=by)
        topic = groups.add_topics(session, formation, ["Hafen"], by=by)[0]
        groups.change_topic(session, topic, "Hafen", "Lernorte am Wasser", 2)
        groups.propose_topic(
            session, formation, "Mias Idee", "Mias Text", by=participant
        )
        projects.set_terms(session, clock.now() + timedelta(days=20), 40.0)
        phases.set_form(session, "full")
        phases.set_window(session, "mid", Window(opens_on=clock.now().date()))
        tree = build(Choices(min_pct=85, excused=Excused.ABSENT, course_units=60))
        certificate.publish(session, tree, by=by)
        courses.set_option(session, certificate.SECOND, value=True)
    return lead


@pytest.fixture
def copy_of(platform: SigningPlatform) -> CopyOf:
    """Launch in course c2, which the platform copied from what ``history`` says."""

    def launching(
        history: str | None = "c1",
        sub: str = "1",
        role: str = "Instructor",
        course: str = "c2",
        home: SigningPlatform = platform,
        **claims: object,
    ) -> Visitor:
        custom = {} if history is None else {"context_history": history}
        claims.setdefault(f"{CLAIM}custom", custom)
        claims.setdefault("name", f"Person {sub}")
        return enter(home, sub, role, course=course, **claims)

    return launching
