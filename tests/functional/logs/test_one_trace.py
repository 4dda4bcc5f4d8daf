"""One id leads from a launch to the gradebook, through every process that has a part in it."""

import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
import structlog
from structlog.contextvars import clear_contextvars

from lti_tool import logs
from lti_tool.app import create_app
from lti_tool.gradebook.models import Attempt, Grade
from lti_tool.lti.models import Audit
from lti_tool.lti.session import trace_of
from lti_tool.operation import traces
from lti_tool.operation.connections import report
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.practice_lms.example import MINT_2026
from tests.functional.gradebook.course import GradedCourse
from tests.functional.worksheet.conftest import Writer
from tests.signing_platform import Visitor


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the processes write into their logs from now on."""
    written = io.StringIO()
    clear_contextvars()
    logs.configure(written)
    yield written
    structlog.reset_defaults()


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def come(course: GradedCourse, sub: str) -> Visitor:
    """Launch the worksheet as somebody, in a browser of their own."""
    person, link = (
        course.lms.world.find_person(sub),
        MINT_2026.find_link("worksheet"),
    )
    assert person is not None
    assert link is not None
    client = course.app.test_client()
    login = client.post("/lti/login", data=course.lms.login_fields(person, link))
    query = parse_qs(urlsplit(login.location).query)
    token = course.lms.id_token(person, link, query["nonce"][0])
    answer = client.post(
        "/lti/launch", data={"state": query["state"][0], "id_token": token}
    )
    return Visitor(client, "/".join(answer.location.split("/")[:3]) + "/")


def hand_in(course: GradedCourse, sub: str) -> Visitor:
    """Launch on one web server, hand in on another, deliver by a worker."""
    visitor = come(course, sub)
    other = create_app(course.tool.settings)
    visitor.client.application = other
    Writer(visitor).fill().hand_in()
    other.extensions["lti_tool"].database.close()
    assert course.deliver() == 1
    return visitor


def test_from_launch_to_delivery_every_line_has_the_trace_of_the_launch(
    course: GradedCourse, logged: io.StringIO
) -> None:
    visitor = hand_in(course, "11")

    told = lines(logged)
    assert [line["event"] for line in told] == ["let in", "grade wanted", "grade"]
    assert {line["trace_id"] for line in told} == {trace_of(visitor.session_id)}
    launch, wanted, _delivered = told
    assert launch["request_id"] != wanted["request_id"]
    with course.tool.database.reading(EVERYWHERE) as session:
        for table in (Audit, Grade, Attempt):
            assert session.scalars(sa.select(table.trace_id)).all() == [
                trace_of(visitor.session_id)
            ]


def test_two_launches_have_two_traces(
    course: GradedCourse, logged: io.StringIO
) -> None:
    visitors = [hand_in(course, "11"), hand_in(course, "12")]

    traced = [trace_of(visitor.session_id) for visitor in visitors]
    assert [line["trace_id"] for line in lines(logged)] == [
        trace for trace in traced for _stage in range(3)
    ]
    assert len(set(traced)) == 2


def test_a_refused_request_of_a_launch_is_a_line_of_its_trace(
    course: GradedCourse, logged: io.StringIO
) -> None:
    visitor = come(course, "11")

    page = visitor.get("gradebook/").text

    refused = lines(logged)[-1]
    assert refused["event"] == "refused"
    assert refused["trace_id"] == trace_of(visitor.session_id)
    assert refused["trace_id"] in page


def test_a_grade_that_no_launch_wanted_has_one_trace_of_its_own(
    course: GradedCourse, logged: io.StringIO
) -> None:
    course.enter("11")
    entered = lines(logged)[-1]["trace_id"]
    course.want("11")
    course.deliver()

    wanted, delivered = lines(logged)[-2:]
    assert wanted["trace_id"] == delivered["trace_id"] != entered
    assert course.lane("11").trace_id == wanted["trace_id"]


def test_nobody_can_tell_a_launch_session_from_its_trace(
    course: GradedCourse, logged: io.StringIO
) -> None:
    visitor = hand_in(course, "11")

    traced = lines(logged)[0]["trace_id"]
    assert traced not in visitor.session_id
    assert visitor.session_id not in logged.getvalue()


def test_operators_follow_a_trace_through_the_database(
    course: GradedCourse, logged: io.StringIO
) -> None:
    visitor = hand_in(course, "11")
    trace = trace_of(visitor.session_id)

    told = [line.partition("UTC  ")[2] for line in traces.follow(course.tool, trace)]

    assert told[0] == "launch from platform 1: accepted"
    assert told[1].endswith("wanted, worksheet/start: now sent")
    assert told[2].endswith("tried: delivered, HTTP 200")
    with course.app.test_request_context():
        shown = "\n".join(report(course.tool, 1))
    assert f"code {trace}" in shown
    assert traces.follow(course.tool, "0123456789abcdef") == []
