"""What the tool fetches from Open edX and brings to it, by its own worker."""

import time

import pytest
from sqlalchemy import select

from lti_tool.courses.models import Course as StoredCourse
from lti_tool.courses.models import Enrolment, Person
from lti_tool.gradebook import service
from lti_tool.gradebook.models import LineItem
from lti_tool.gradebook.service import Column
from lti_tool.lti.models import Registration
from lti_tool.lti.roster import members
from lti_tool.persistence.session import EVERYWHERE
from tests.commands import wait_until
from tests.functional.worksheet.conftest import Writer
from tests.interop.conftest import Installation, register
from tests.interop.platform import (
    CLASS,
    OTHER_STUDENT,
    STAFF,
    STUDENT,
    Course,
    Member,
    OpenEdX,
    Visitor,
)


def _shows(visitor: Visitor, *names: str) -> bool:
    page = visitor.get("people").text
    return all(name in page for name in names)


def test_the_roster_brings_people_who_never_came(openedx: OpenEdX) -> None:
    lead = openedx.course().enter(STAFF)

    wait_until(lambda: _shows(lead, STUDENT.name, OTHER_STUDENT.name))


def test_who_left_in_open_edx_is_gone_after_the_next_roster(openedx: OpenEdX) -> None:
    course = openedx.course()
    lead = course.enter(STAFF)
    wait_until(lambda: _shows(lead, OTHER_STUDENT.name))
    course.take(STAFF, STUDENT)

    lead.post("people/refresh")

    wait_until(lambda: not _shows(lead, OTHER_STUDENT.name))
    assert _shows(lead, STUDENT.name)


def test_a_roster_without_names_still_lists_people(openedx: OpenEdX) -> None:
    nameless = Member("example_unnamed", "Ursula Ungenannt", "student")
    course = openedx.course(STAFF, nameless, shares_names=False)

    lead = course.enter(STAFF)

    wait_until(lambda: _shows(lead, '<span class="count">1</span>'))
    assert not _shows(lead, nameless.name)


def test_every_page_of_the_roster_is_fetched(
    openedx: OpenEdX, installation: Installation
) -> None:
    students = [
        Member(f"example_page{n}", f"Paula Page{n}", "student") for n in range(7)
    ]
    course = openedx.course(STAFF, *students)
    course.enter(STAFF)
    stored = _stored(installation, course)
    connector = installation.tool.connector

    listed = members(
        connector,
        connector.platform(_registration(installation, openedx)),
        f"{stored.memberships_url}?limit=3",
    )

    assert {m.name for m in listed} == {m.name for m in (STAFF, *students)}


def _stored(installation: Installation, course: Course) -> StoredCourse:
    with installation.tool.database.reading(EVERYWHERE) as session:
        return session.scalars(
            select(StoredCourse).where(StoredCourse.context_id == course.key)
        ).one()


def _registration(installation: Installation, openedx: OpenEdX) -> int:
    with installation.tool.database.reading(EVERYWHERE) as session:
        return session.scalars(
            select(Registration.id).where(
                Registration.token_url.contains(openedx.passport)
            )
        ).one()


@pytest.fixture(params=["declarative", "programmatic"])
def graded(request: pytest.FixtureRequest, openedx: OpenEdX) -> Course:
    """A course whose worksheet counts: Open edX makes the column, or lets the tool make it."""
    course = openedx.course()
    course.place("worksheet", lti_advantage_ags_mode=request.param)
    course.enter(STAFF)
    return course


def _hand_in(course: Course, member: Member = STUDENT) -> None:
    Writer(course.enter(member, "worksheet")).fill().hand_in()


def test_what_a_student_hands_in_reaches_the_gradebook(graded: Course) -> None:
    _hand_in(graded)

    graded.wait_for_grades(STUDENT, 1.0)
    assert graded.grades(OTHER_STUDENT) == []


def test_a_correction_follows_in_the_same_second(
    graded: Course, installation: Installation
) -> None:
    _hand_in(graded)
    graded.wait_for_grades(STUDENT, 1.0)

    _correct(installation, graded, 0.5, "Nachträglich geändert")

    graded.wait_for_grades(STUDENT, 1.0, 0.5)
    [score] = graded.state()["scores"]
    assert (score["given"], score["comment"]) == (0.5, "Nachträglich geändert")


def _correct(
    installation: Installation, course: Course, score: float, comment: str
) -> None:
    stored, database = _stored(installation, course), installation.tool.database
    with database.transaction(stored.id) as session:
        item = session.scalars(select(LineItem)).one()
        column = Column(item.resource_id, item.tag, item.label, item.maximum)
        person = session.scalars(
            select(Enrolment.person_id)
            .join(Person, Person.id == Enrolment.person_id)
            .where(Person.name == STUDENT.name)
        ).one()
        service.want(session, column, person, score, comment)


def test_a_column_is_made_once_for_the_whole_class(openedx: OpenEdX) -> None:
    course = openedx.course()
    course.place("worksheet", lti_advantage_ags_mode="programmatic")
    course.enter(STAFF)

    for member in CLASS[1:]:
        _hand_in(course, member)

    for member in CLASS[1:]:
        course.wait_for_grades(member, 1.0)
    items = [i for i in course.state()["line_items"] if i["tag"] == "start"]
    assert [item["maximum"] for item in items] == [1]


def test_a_column_stands_in_the_list_of_its_own_block(openedx: OpenEdX) -> None:
    course = openedx.course()
    for activity in ("worksheet", "home"):
        course.place(activity, lti_advantage_ags_mode="programmatic")
    course.enter(STAFF)
    student = course.enter(STUDENT, "worksheet")
    course.enter(STAFF, "home")

    Writer(student).fill().hand_in()

    course.wait_for_grades(STUDENT, 1.0)


def test_a_new_key_of_the_platform_stops_neither_launches_nor_grades(
    openedx: OpenEdX, installation: Installation
) -> None:
    course = openedx.course()
    facts = course.place("worksheet", lti_1p3_passport_id="")
    register(installation, openedx.url, facts)
    course.enter(STAFF, "worksheet")
    _hand_in(course)
    course.wait_for_grades(STUDENT, 1.0)

    openedx.tell(f"new-key/{facts['passport_id']}")

    # For an unknown key the tool asks every ten seconds at most.
    for _second in range(20):
        if course.open(OTHER_STUDENT, "worksheet").status_code == 200:
            break
        time.sleep(1)
    _hand_in(course, OTHER_STUDENT)
    course.wait_for_grades(OTHER_STUDENT, 1.0)
