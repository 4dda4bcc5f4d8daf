"""Who switches the role in the LMS gains nothing and spoils nothing."""

from collections.abc import Callable

import pytest

from lti_tool.courses import service as courses
from lti_tool.courses.models import Enrolment
from lti_tool.persistence.session import Database
from tests.functional.courses.conftest import Numbers
from tests.signing_platform import Visitor

Arrive = Callable[..., Visitor]


@pytest.fixture
def looking_on(lead: Visitor, arrive: Arrive) -> Visitor:
    return arrive("1", "Learner", name="Leonie Leitner")


@pytest.mark.parametrize("page", ["", "profiles/mine", "people/participants"])
def test_pages_of_participants_open_without_anything_of_ones_own(
    looking_on: Visitor, page: str
) -> None:
    answer = looking_on.get(page)

    assert answer.status_code == 200
    assert "You see what participants see" in answer.text


def test_pages_of_the_lead_do_not_open(looking_on: Visitor) -> None:
    assert [
        looking_on.get(p).status_code for p in ("people/", "settings", "gradebook/")
    ] == [403] * 3


def test_nothing_is_stored(
    looking_on: Visitor, lead: Visitor, database: Database
) -> None:
    answer = looking_on.post("profiles/mine", {"network": "Netz der Leitung"})

    assert answer.status_code == 403
    assert "looking at the course as a participant" in answer.text
    assert "Netz der Leitung" not in lead.get("people/participants").text


def test_the_lead_stays_lead_and_gets_no_standing(
    looking_on: Visitor,
    lead: Visitor,
    number: Numbers,
    database: Database,
    course_id: Callable[[], int],
) -> None:
    assert lead.get("people/").status_code == 200
    with database.reading(course_id()) as session:
        assert courses.participants(session) == []
        assert [m.person_id for m in courses.holders(session, "lead")] == [number("1")]
        assert session.query(Enrolment.role).all() == [("staff",)]


def test_a_participant_stays_one_when_a_launch_names_no_role(
    lead: Visitor, arrive: Arrive, database: Database, course_id: Callable[[], int]
) -> None:
    arrive("7")

    without_role = arrive("7", "Observer")

    assert without_role.get("profiles/mine").status_code == 403
    with database.reading(course_id()) as session:
        assert [p.name for p in courses.participants(session)] == ["Mia Muster"]
