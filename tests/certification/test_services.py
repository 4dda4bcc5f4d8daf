"""The services of a launch are called as the certification wants to see it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from lti_tool.courses.models import Course, Person
from lti_tool.courses.roster import fetch_due
from lti_tool.gradebook import service as gradebook
from lti_tool.gradebook.delivery import deliver_due
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web.tool import Tool
from tests.certification.conftest import tool_in
from tests.certification.forging import ForgingPlatform, KeyServer
from tests.certification.launching import Attempt
from tests.certification.services import SCOPE, SERVICES, Received, ServiceServer
from tests.signing_platform import AGS, NRPS

COLUMN = gradebook.Column("worksheet", "start", "Worksheet")


class TaughtCourse:
    """A course that was launched, its list fetched and one grade delivered."""

    def __init__(self, app: Flask, key_server: KeyServer) -> None:
        self.tool: Tool = app.extensions["lti_tool"]
        self.platform = ForgingPlatform(app, key_server)
        self.server = ServiceServer(
            "tool", lambda: app.test_client().get("/lti/jwks").json
        )
        self.platform.set_registration(token_url=f"{self.server.url}/token")
        self.server.members = [
            [{"user_id": "sub-4711", "roles": ["Instructor"]}],
            [{"user_id": "8", "roles": ["Learner"], "name": "Mia Muster"}],
        ]

    def launch(self) -> None:
        ags = {
            "scope": [f"{SCOPE}lineitem", f"{SCOPE}score"],
            "lineitems": f"{self.server.url}/1/lineitems?type_id=1",
        }
        nrps = {
            "context_memberships_url": f"{self.server.url}{SERVICES['members'].path}",
            "service_versions": ["2.0"],
        }
        changes = {f"claims.{AGS}": ags, f"claims.{NRPS}": nrps}
        assert Attempt(self.platform, changes=changes).run().status_code == 303

    def fetch_members(self) -> None:
        self.taken = fetch_due(self.tool.database, self.tool.connector)

    def people(self) -> dict[str, int]:
        with self.tool.database.reading(EVERYWHERE) as session:
            return {p.sub: p.id for p in session.scalars(sa.select(Person))}

    def deliver(self) -> None:
        """Want a grade, deliver it, and see what became of it."""
        person = self.people()["8"]
        with self.tool.database.reading(EVERYWHERE) as session:
            course_id = session.scalars(sa.select(Course.id)).one()
        with self.tool.database.transaction(course_id) as session:
            gradebook.want(session, COLUMN, person, 1.0, "Gut <b>gemacht</b>")
        deliver_due(self.tool.database, self.tool.connector)
        with self.tool.database.reading(course_id) as session:
            row = gradebook.grade_of(session, COLUMN, person)
        assert row is not None
        self.state = row.state


@pytest.fixture(scope="module")
def course(
    empty_database: str,
    key_server: KeyServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[TaughtCourse]:
    folder: Path = tmp_path_factory.mktemp("services")
    with tool_in(folder, empty_database) as app:
        course = TaughtCourse(app, key_server)
        course.launch()
        course.fetch_members()
        course.deliver()
        yield course
        course.server.stop()


def received(course: TaughtCourse, service: str) -> list[Received]:
    return [each for each in course.server.received if each.service == service]


@pytest.mark.parametrize("service", SERVICES)
def test_a_request_arrives(course: TaughtCourse, service: str) -> None:
    assert len(received(course, service)) == (2 if service == "members" else 1)


@pytest.mark.parametrize("service", SERVICES)
def test_it_names_its_media_type(course: TaughtCourse, service: str) -> None:
    header, wanted = SERVICES[service].header, SERVICES[service].media_type

    assert {each.headers[header] for each in received(course, service)} == {wanted}


@pytest.mark.parametrize("service", SERVICES)
def test_it_carries_a_token_that_the_platform_gave(
    course: TaughtCourse, service: str
) -> None:
    assert all(
        each.headers["Authorization"].startswith("Bearer ") and each.granted
        for each in received(course, service)
    )


@pytest.mark.parametrize("service", SERVICES)
def test_its_token_is_for_this_call_and_nothing_else(
    course: TaughtCourse, service: str
) -> None:
    for each in received(course, service):
        assert len(each.granted) == 1
        assert each.granted <= SERVICES[service].scopes


def test_the_list_of_members_is_taken_over_with_all_its_pages(
    course: TaughtCourse,
) -> None:
    assert course.taken == 1
    assert set(course.people()) == {"sub-4711", "8"}


def test_the_line_item_is_looked_for_by_resource_and_tag(course: TaughtCourse) -> None:
    (asked,) = received(course, "line items")

    assert asked.path.split("?")[1].split("&")[0] == "type_id=1"
    assert "resource_id=" in asked.path
    assert "tag=start" in asked.path


def test_where_there_is_none_it_is_made_with_what_finds_it_again(
    course: TaughtCourse,
) -> None:
    (made,) = received(course, "line item")

    assert made.body["tag"] == "start"
    assert {"label", "scoreMaximum", "resourceId"} <= set(made.body)


def test_the_score_stands_on_the_results_page(course: TaughtCourse) -> None:
    (score,) = received(course, "score")

    assert course.state == "sent"
    assert "type_id=1" in score.path
    assert score.body["userId"] == "8"
    assert score.body["scoreGiven"] == score.body["scoreMaximum"] == 1
    assert score.body["gradingProgress"] == "FullyGraded"
    assert score.body["activityProgress"] == "Completed"
    assert score.body["timestamp"].endswith("Z")


def test_a_comment_goes_as_the_text_that_it_is(course: TaughtCourse) -> None:
    """It is plain text by the standard: whoever shows it as HTML has to escape it."""
    (score,) = received(course, "score")

    assert score.body["comment"] == "Gut <b>gemacht</b>"


def test_no_results_are_asked_for(course: TaughtCourse) -> None:
    assert course.server.unknown == []
    assert {each.service for each in course.server.received} == set(SERVICES)
