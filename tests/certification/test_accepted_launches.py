"""What tools must accept, and in which role people come in."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from lti_tool.courses.models import Duty, Enrolment, Person
from lti_tool.persistence.session import EVERYWHERE
from tests.certification.accepted import ACCEPTED, ASSISTANT, NO_NAME, PLACES, Accepted
from tests.certification.forging import ABSENT, ForgingPlatform, KeyServer
from tests.certification.launching import Attempt
from tests.certification.table import METHODS, lti


def places(app: Flask, platform: ForgingPlatform) -> list[str]:
    """Return as what the people of a platform are enrolled."""
    with app.extensions["lti_tool"].database.reading(EVERYWHERE) as session:
        found: Any = session.scalars(
            sa.select(Enrolment.role)
            .join(Person, Person.id == Enrolment.person_id)
            .where(Person.registration_id == platform.registration_id)
        )
        return list(found)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("row", ACCEPTED, ids=str)
def test_a_launch_opens_a_page_in_the_role_of_the_person(
    shared_app: Flask, key_server: KeyServer, row: Accepted, method: str
) -> None:
    platform = ForgingPlatform(shared_app, key_server)
    launch = Attempt(platform, row.role, method, row.change)

    answer = launch.run()

    assert answer.status_code == 303
    assert launch.browser.get(answer.location).status_code == 200
    assert places(shared_app, platform) == [row.place or PLACES[row.role]]


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
def test_without_a_course_the_page_says_to_open_it_from_one(
    shared_app: Flask, key_server: KeyServer, role: str
) -> None:
    without = {**lti("context", ABSENT), **NO_NAME}
    launch = Attempt(ForgingPlatform(shared_app, key_server), role, changes=without)
    launch.browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    page = launch.run()

    assert page.status_code == 200
    assert "Please open this from a course" in page.text


def test_a_teaching_assistant_has_no_duty_before_an_instructor_gives_one(
    shared_app: Flask, key_server: KeyServer
) -> None:
    platform = ForgingPlatform(shared_app, key_server)
    assert Attempt(platform).run().status_code == 303
    assistant = {**lti("roles", [ASSISTANT]), "claims.sub": "assistant"}

    assert Attempt(platform, changes=assistant).run().status_code == 303

    with shared_app.extensions["lti_tool"].database.reading(EVERYWHERE) as session:
        duties = session.scalars(
            sa.select(Duty.duty)
            .join(Person, Person.id == Duty.person_id)
            .where(Person.sub == "assistant")
        )
        assert list(duties) == []


def test_each_row_says_something_of_its_own() -> None:
    assert len({str(row) for row in ACCEPTED}) == len(ACCEPTED)
    assert all(row.change for row in ACCEPTED)
