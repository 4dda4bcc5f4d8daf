"""The page on which staff see each grade's way, and send again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lti_tool import clock
from lti_tool.courses.models import Course, Person
from lti_tool.gradebook.models import Grade
from lti_tool.gradebook.service import Column, want, withdraw
from lti_tool.persistence import workers
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.commands import wait_until
from tests.signing_platform import AGS, Visitor

Arrive = Callable[..., Visitor]
START = Column("worksheet", "start", "Arbeitsblatt Start")
COUPLED = {AGS: {"lineitem": "https://lms.example/items/5", "scope": []}}


@pytest.fixture
def course_id(lead: Visitor, database: Database) -> int:
    with database.reading(EVERYWHERE) as session:
        return session.scalars(select(Course.id).where(Course.context_id == "c1")).one()


@pytest.fixture
def graded(lead: Visitor, arrive: Arrive, database: Database, course_id: int) -> int:
    """The number of Mia's grade, which waits to be sent."""
    arrive("7", activity="worksheet", **COUPLED)
    with database.transaction(course_id) as session:
        mia = session.scalars(select(Person.id).where(Person.sub == "7")).one()
        want(session, START, mia, 1.0)
        return session.scalars(select(Grade.id)).one()


def set_grade(database: Database, **values: object) -> None:
    with database.transaction(EVERYWHERE) as session:
        session.execute(update(Grade).values(**values))


def test_without_grades_the_page_says_how_they_come(lead: Visitor) -> None:
    page = lead.get("gradebook/").text

    assert "No grades here" in page
    assert "has not offered a gradebook to this course" in page


def test_a_grade_that_waits_is_on_its_way(lead: Visitor, graded: int) -> None:
    page = lead.get("gradebook/").text

    assert "Mia Muster" in page
    assert "Arbeitsblatt Start" in page
    assert "Waits to be sent." in page
    assert "has not offered a gradebook" not in page


def test_a_refusal_is_said_in_words_and_can_be_sent_again(
    lead: Visitor, graded: int, database: Database
) -> None:
    set_grade(database, state="failed", answer="locked", next_try_at=None)
    assert "The grade is locked in the gradebook." in lead.get("gradebook/").text

    page = lead.post(f"gradebook/{graded}/again").text

    assert "The grade is on its way again." in page
    assert "locked" not in page


def test_all_failed_grades_are_sent_again_at_once(
    lead: Visitor, graded: int, database: Database
) -> None:
    set_grade(database, state="failed", answer="locked", next_try_at=None)

    assert "1 grade is on its way again." in lead.post("gradebook/failed/again").text


def test_only_the_grades_of_one_state_are_shown(
    lead: Visitor, graded: int, database: Database
) -> None:
    set_grade(database, state="failed", answer="locked")

    assert "Mia Muster" in lead.get("gradebook/", state="failed").text
    assert "Mia Muster" not in lead.get("gradebook/", state="sent").text
    assert "Mia Muster" in lead.get("gradebook/", state="nonsense").text


def test_a_withdrawn_grade_says_that_it_still_stands_in_the_lms(
    lead: Visitor, graded: int, database: Database, course_id: int
) -> None:
    with database.transaction(course_id) as session:
        grade = session.scalars(select(Grade)).one()
        grade.state, grade.sent_stamp, grade.sent_score = "sent", grade.wanted_at, 1.0
        withdraw(session, START, grade.person_id)

    page = lead.get("gradebook/").text

    assert "It was withdrawn here and still stands in the learning platform." in page
    assert "remove it by hand" in page


def test_the_page_tells_where_a_column_comes_from(lead: Visitor, graded: int) -> None:
    assert (
        "It belongs to a link in the learning platform." in lead.get("gradebook/").text
    )


def test_participants_and_staff_without_duty_see_no_grades(
    graded: int, arrive: Arrive
) -> None:
    visitors = [arrive("8"), arrive("2", "Instructor")]

    assert [v.get("gradebook/").status_code for v in visitors] == [403, 403]
    assert [v.post(f"gradebook/{graded}/again").status_code for v in visitors] == [
        403,
        403,
    ]


def test_a_grade_of_another_course_cannot_be_sent(graded: int, arrive: Arrive) -> None:
    elsewhere = arrive("9", "Instructor", course="c2")

    assert elsewhere.post(f"gradebook/{graded}/again").status_code == 404
    assert "Mia Muster" not in elsewhere.get("gradebook/").text


def test_grades_that_failed_for_one_reason_stand_together(
    lead: Visitor, arrive: Arrive, graded: int, database: Database, course_id: int
) -> None:
    arrive("8", activity="worksheet", name="Ben Beispiel", **COUPLED)
    with database.transaction(course_id) as session:
        ben = session.scalars(select(Person.id).where(Person.sub == "8")).one()
        want(session, START, ben, 1.0)
    set_grade(database, state="failed", answer="locked", next_try_at=None)

    page = lead.get("gradebook/").text

    assert page.count("The grade is locked in the gradebook.") == 1
    assert page.count('class="row-actions"') == 2


def test_the_page_looks_again_only_while_a_grade_is_about_to_go_out(
    lead: Visitor, graded: int, database: Database
) -> None:
    with workers.beating(database):
        wait_until(lambda: "does not run" not in lead.get("gradebook/").text)
        moving = lead.get("gradebook/").text
        set_grade(database, next_try_at=clock.now() + timedelta(minutes=15))
        waiting = lead.get("gradebook/").text

    assert 'id="grades" data-look-again' in moving
    assert "data-look-again" not in waiting


def test_without_a_worker_the_page_says_that_nothing_goes_out(
    lead: Visitor, graded: int
) -> None:
    page = lead.get("gradebook/").text

    assert "Nothing goes to the learning platform at the moment." in page
    assert "data-look-again" not in page
