"""What the course home tells the team of grades that did not arrive, and of a standstill."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select, update

from lti_tool.courses.models import Course, Person
from lti_tool.gradebook.models import Grade
from lti_tool.gradebook.service import Column, want
from lti_tool.persistence import workers
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.commands import wait_until
from tests.signing_platform import Visitor

Arrive = Callable[..., Visitor]
START = Column("worksheet", "start", "Arbeitsblatt Start")


@pytest.fixture
def worker(database: Database) -> Iterator[None]:
    """A worker that lives."""
    with workers.beating(database):
        wait_until(lambda: is_alive(database))
        yield


def is_alive(database: Database) -> bool:
    with database.reading(EVERYWHERE) as session:
        return workers.alive(session) > 0


@pytest.fixture
def graded(lead: Visitor, arrive: Arrive, database: Database) -> None:
    """Two people with a grade that waits."""
    people = ("7", "8")
    for sub in people:
        arrive(sub, activity="worksheet")
    with database.reading(EVERYWHERE) as session:
        course = session.scalars(select(Course.id)).one()
    with database.transaction(course) as session:
        for person in session.scalars(select(Person.id).where(Person.sub.in_(people))):
            want(session, START, person, 1.0)


def fail(database: Database, *answers: str) -> None:
    with database.transaction(EVERYWHERE) as session:
        for grade, answer in zip(
            session.scalars(select(Grade).order_by(Grade.id)), answers, strict=True
        ):
            grade.state, grade.answer = "failed", answer


@pytest.mark.usefixtures("graded", "worker")
def test_while_all_goes_well_nothing_is_said_of_grades(lead: Visitor) -> None:
    page = lead.get().text

    assert "did not reach the gradebook" not in page
    assert "Nothing goes to the learning platform" not in page


@pytest.mark.usefixtures("graded", "worker")
def test_failed_grades_wait_for_the_lead_with_their_reason(
    lead: Visitor, database: Database
) -> None:
    fail(database, "locked", "locked")

    urgent = lead.get().text.split("Good to know")[0]

    assert "2 grades did not reach the gradebook" in urgent
    assert "The grade is locked in the gradebook." in urgent
    assert f'href="{lead.home}gradebook/?state=failed"' in urgent


@pytest.mark.usefixtures("graded", "worker")
def test_several_reasons_are_left_to_the_page(
    lead: Visitor, database: Database
) -> None:
    fail(database, "locked", "not_gradable")

    page = lead.get().text

    assert "2 grades did not reach the gradebook" in page
    assert "There are several reasons." in page


@pytest.mark.usefixtures("graded", "worker")
def test_leads_are_told_of_withdrawn_grades_that_still_stand_in_the_platform(
    lead: Visitor, arrive: Arrive, database: Database
) -> None:
    with database.transaction(EVERYWHERE) as session:
        first = session.scalars(select(Grade).order_by(Grade.id)).first()
        first.state, first.score = "withdrawn", None
    assistant = arrive("2", "Instructor")
    with database.reading(EVERYWHERE) as session:
        person = session.scalars(select(Person.id).where(Person.sub == "2")).one()
    lead.post(f"people/{person}/duties", {"duties": ["assistant"]})

    urgent, _, more = lead.get().text.partition("Good to know")

    assert "1 withdrawn grade still stands in the learning platform" in more
    assert f'href="{lead.home}gradebook/?state=withdrawn"' in more
    assert "withdrawn grade" not in urgent
    assert assistant.get("gradebook/").status_code == 200
    assert "withdrawn grade" not in assistant.get().text


@pytest.mark.usefixtures("graded")
def test_without_a_worker_the_lead_reads_that_nothing_goes_out(lead: Visitor) -> None:
    assert "Nothing goes to the learning platform" in lead.get().text


@pytest.mark.usefixtures("graded")
def test_participants_and_staff_without_duty_read_nothing_of_it(
    arrive: Arrive, database: Database
) -> None:
    fail(database, "locked", "locked")

    for visitor in (arrive("7"), arrive("2", "Instructor")):
        page = visitor.get().text
        assert "reach the gradebook" not in page
        assert "Nothing goes to the learning platform" not in page


def test_grades_of_another_course_are_not_counted(
    graded: None, arrive: Arrive, database: Database
) -> None:
    with database.transaction(EVERYWHERE) as session:
        session.execute(update(Grade).values(state="failed", answer="locked"))

    elsewhere = arrive("9", "Instructor", course="c2")

    assert "reach the gradebook" not in elsewhere.get().text
