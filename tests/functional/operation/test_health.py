"""What a load balancer and a monitoring system are told."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool import clock
from lti_tool.app import create_app
from lti_tool.courses.models import Course, Enrolment
from lti_tool.gradebook.models import Grade, LineItem, PlatformGate
from lti_tool.operation import doctor, schema
from lti_tool.persistence import workers
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.settings import Settings
from tests.commands import wait_until
from tests.signing_platform import CLAIM, SigningPlatform, Visitor

TOKEN = "a token for tests only"
Figures = dict[tuple[str, ...], float]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(settings, metrics_token=TOKEN)


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def worker(database: Database) -> Iterator[None]:
    with workers.beating(database):
        wait_until(lambda: alive(database) == 1)
        yield


def alive(database: Database) -> int:
    with database.reading(EVERYWHERE) as session:
        return workers.alive(session)


def scrape(web: FlaskClient, authorization: str = f"Bearer {TOKEN}") -> TestResponse:
    return web.get("/metrics", headers={"Authorization": authorization})


def figures(web: FlaskClient) -> Figures:
    """Return what a monitoring system reads: the values by name and labels."""
    answer = scrape(web)
    assert answer.status_code == 200
    return {
        (sample.name.removeprefix("lti_tool_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def disturb(database: Database, registration_id: int) -> None:
    """Let a grade wait for an hour, another fail, the platform be spared and a list be late."""
    hour_ago = clock.now() - timedelta(hours=1)
    with database.transaction(EVERYWHERE) as session:
        course = session.scalars(select(Course)).one()
        course.memberships_url, course.roster_due_at = "https://lms.example/m", hour_ago
        item = LineItem(
            course_id=course.id, resource_id="r", tag="t", label="L", maximum=1
        )
        session.add(item)
        session.flush()
        people = session.scalars(select(Enrolment.person_id)).all()
        for person_id, state in zip(people, ("due", "failed"), strict=True):
            session.add(
                Grade(
                    course_id=course.id,
                    line_item_id=item.id,
                    person_id=person_id,
                    registration_id=registration_id,
                    wanted_at=hour_ago,
                    state=state,
                )
            )
        session.add(
            PlatformGate(
                registration_id=registration_id, failures=4, closed_until=clock.now()
            )
        )


def test_without_a_worker_the_web_is_ready_and_says_what_is_missing(
    web: FlaskClient,
) -> None:
    ready = web.get("/readyz")

    assert ready.status_code == 200
    assert ready.json == {
        "status": "degraded",
        "database": "ok",
        "workers": "none lives",
    }


def test_a_worker_is_known_while_it_runs_and_not_after(
    web: FlaskClient, database: Database
) -> None:
    with workers.beating(database):
        wait_until(lambda: alive(database) == 1)
        ready = web.get("/readyz").json

    assert ready == {"status": "ok", "database": "ok", "workers": 1}
    assert web.get("/readyz").json["status"] == "degraded"


def test_pages_of_a_course_can_ask_whether_a_worker_lives(
    database: Database, lead: Visitor
) -> None:
    with database.reading(EVERYWHERE) as session:
        course_id = session.scalars(select(Course.id)).one()

    with database.reading(course_id) as session:
        assert workers.alive(session) == 0


def test_a_worker_that_falls_silent_does_not_live_and_is_forgotten_by_the_next(
    web: FlaskClient, database: Database
) -> None:
    silent = clock.now() - workers.ALIVE - timedelta(seconds=1)
    with database.transaction(EVERYWHERE) as session:
        session.put(workers.Worker, {"id": "killed"}, seen_at=silent)
    assert web.get("/readyz").json["status"] == "degraded"

    with workers.beating(database):
        wait_until(lambda: alive(database) == 1)
        with database.reading(EVERYWHERE) as session:
            assert session.get(workers.Worker, "killed") is None


def test_the_doctor_says_whether_a_worker_lives(
    settings: Settings, database: Database
) -> None:
    def verdict() -> list[str]:
        said: list[str] = []
        doctor.examine(settings, said.append)
        return said

    assert any(line.startswith("BAD  No worker lives") for line in verdict())
    with workers.beating(database):
        wait_until(lambda: alive(database) == 1)
        assert "ok   Workers that live: 1." in verdict()


def said_of(settings: Settings) -> str:
    said: list[str] = []
    doctor.examine(settings, said.append)
    return "\n".join(said)


@pytest.mark.usefixtures("lead")
def test_the_doctor_names_a_platform_that_is_spared_and_what_waits_for_it(
    settings: Settings,
    database: Database,
    platform: SigningPlatform,
    arrive: Callable[..., Visitor],
) -> None:
    arrive("7")
    assert ": no grade waits for long." in said_of(settings)
    disturb(database, platform.registration_id)
    hour_ago = clock.now() - timedelta(hours=1)

    spared = said_of(settings)
    with database.transaction(EVERYWHERE) as session:
        session.delete(session.get_one(PlatformGate, platform.registration_id))
    neglected = said_of(settings)

    assert (
        " is being spared, for it failed or asked for a pause: 1 grade wait" in spared
    )
    assert f"waiting since {hour_ago:%Y-%m-%d %H:}" in spared
    assert "failed in 0 courses, and 1 grade failed:" in spared
    assert "is 'lti-tool worker' running" not in spared
    assert "is 'lti-tool worker' running" in neglected
    assert "is being spared" not in neglected


def test_with_the_tables_of_another_version_the_web_is_not_ready(
    web: FlaskClient, database: Database
) -> None:
    schema.downgrade(database, "first")

    ready = web.get("/readyz")

    assert ready.status_code == 503
    assert ready.json == {
        "status": "unavailable",
        "database": "ok",
        "revision": "first",
        "wanted": schema.newest(),
    }


def test_without_a_database_the_web_lives_and_is_not_ready(settings: Settings) -> None:
    gone = dataclasses.replace(
        settings, database_url="postgresql+psycopg://nobody@127.0.0.1:1/none"
    )
    web = create_app(gone).test_client()

    assert web.get("/healthz").status_code == 200
    ready = web.get("/readyz")
    assert ready.status_code == 503
    assert ready.json == {"status": "unavailable", "database": "unreachable"}


def test_without_a_token_set_there_are_no_metrics(settings: Settings) -> None:
    app = create_app(dataclasses.replace(settings, metrics_token=None))

    assert scrape(app.test_client()).status_code == 404
    assert scrape(app.test_client(), "Bearer None").status_code == 404
    app.extensions["lti_tool"].database.close()


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer ü"],
)
def test_metrics_are_refused_without_the_token(
    web: FlaskClient, authorization: str
) -> None:
    answer = scrape(web, authorization)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "lti_tool_" not in answer.text


@pytest.mark.usefixtures("worker")
def test_a_quiet_installation_has_every_figure_at_its_rest(
    web: FlaskClient, platform: SigningPlatform
) -> None:
    number = str(platform.registration_id)

    assert figures(web) == {
        ("workers",): 1,
        ("oldest_due_grade_seconds",): 0,
        **{
            ("grades", state): 0
            for state in (
                *("due", "sent", "failed", "withdrawn", "none"),
                *("changed", "left"),
            )
        },
        ("platform_spared", number): 0,
        ("platform_failures", number): 0,
        ("rosters_overdue",): 0,
    }


def test_metrics_count_grades_gates_launches_and_rosters_and_name_nobody(
    web: FlaskClient,
    platform: SigningPlatform,
    lead: Visitor,
    arrive: Callable[..., Visitor],
    database: Database,
) -> None:
    arrive("7", name="Mia Muster")
    refused = platform.launch(web, platform.claims() | {f"{CLAIM}version": "1.1"})
    assert refused.status_code == 400
    disturb(database, platform.registration_id)

    found = figures(web)

    number = str(platform.registration_id)
    assert found["grades", "due"] == found["grades", "failed"] == 1
    assert 3600 <= found["oldest_due_grade_seconds",] < 3700
    assert found["platform_spared", number] == 1
    assert found["platform_failures", number] == 4
    assert found["rosters_overdue",] == 1
    assert found["launches_last_day", "launch", "accepted"] == 2
    assert found["launches_last_day", "launch", "version_not_1_3"] == 1
    told = scrape(web).text
    with database.reading(EVERYWHERE) as session:
        title = session.scalars(select(Course.title)).one()
    assert not any(word in told for word in (title, "Mia", "Leonie", TOKEN))
