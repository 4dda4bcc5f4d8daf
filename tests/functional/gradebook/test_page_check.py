"""Whether a course can take grades: asked of the platform by what changes nothing there."""

import json
import socket
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select, update

from lti_tool import clock
from lti_tool.courses.models import Course
from lti_tool.gradebook import checking, words
from lti_tool.gradebook.models import GradeCheck
from lti_tool.jobs import WORK
from lti_tool.lti.grades import LINE_ITEM_SCOPE, RESULT_SCOPE, SCORE_SCOPE
from lti_tool.lti.models import Registration
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.persistence.workers import Worker
from tests.functional.gradebook.scripted import Reply, ScriptedPlatform
from tests.signing_platform import AGS, Visitor

pytestmark = pytest.mark.sqlite

Arrive = Callable[..., Visitor]
LISTED = Reply(body="[]")


def asked(scripted: ScriptedPlatform) -> str | None:
    """Ask the scripted platform and return the reason code of its answer."""
    tool, course = scripted.tool, scripted.course_id
    with tool.database.transaction(course) as session:
        assert checking.begin(session)
    checking.answer_due(tool.database, tool.connector)
    with tool.database.reading(course) as session:
        found = checking.last(session)
    assert found is not None
    assert found.answered_at is not None
    return found.answer


def offer(scripted: ScriptedPlatform, **values: object) -> None:
    with scripted.tool.database.transaction(EVERYWHERE) as session:
        session.execute(update(Course).values(**values))


def token(**more: object) -> Reply:
    return Reply(body=json.dumps({"access_token": "t-1", "expires_in": 3600, **more}))


def test_a_platform_that_shows_its_columns_can_take_grades(
    scripted: ScriptedPlatform,
) -> None:
    scripted.couple(f"{scripted.url}/item")

    assert asked(scripted) == "can_take"
    assert scripted.count("/item/scores") == 0
    assert scripted.count("/lineitems") == scripted.count("/item") == 1


def test_each_question_asks_for_a_fresh_token(
    scripted: ScriptedPlatform, wait: Callable[..., None]
) -> None:
    asked(scripted)
    before = scripted.count("/token")
    wait(60)
    scripted.token = [Reply(400, '{"error": "invalid_client"}')]

    assert asked(scripted) == "token_refused"
    assert scripted.count("/token") == before + 1


def test_a_platform_that_only_takes_scores_is_not_asked_for_columns(
    scripted: ScriptedPlatform,
) -> None:
    offer(scripted, grade_scopes=[SCORE_SCOPE, RESULT_SCOPE])

    assert asked(scripted) == "can_sign_in"
    assert scripted.count("/lineitems") == 0


@pytest.mark.parametrize(
    ("offered", "code"),
    [
        ({"lineitems_url": None}, "no_line_item"),
        ({"grade_scopes": [LINE_ITEM_SCOPE]}, "scope_not_offered"),
    ],
)
def test_what_launches_did_not_offer_is_known_without_asking(
    scripted: ScriptedPlatform, offered: dict[str, object], code: str
) -> None:
    offer(scripted, **offered)

    assert asked(scripted) == code
    assert scripted.asked == []


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (token(scope=LINE_ITEM_SCOPE), "scope_not_granted"),
        (Reply(400, '{"error": "invalid_client"}'), "token_refused"),
        (Reply(503), "platform_error"),
        (Reply(429), "slow_down"),
    ],
)
def test_without_a_token_for_scores_the_answer_says_why(
    scripted: ScriptedPlatform, reply: Reply, code: str
) -> None:
    scripted.token = [reply]

    assert asked(scripted) == code
    assert scripted.count("/lineitems") == 0


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(401), "unauthorized"),
        (Reply(403), "forbidden"),
        (Reply(403, "403 Forbidden (Rate Limit Exceeded)"), "slow_down"),
        (Reply(404), "line_item_gone"),
        (Reply(400, "[]"), "not_understood"),
        (Reply(302, headers={"Location": "/login"}), "redirected"),
        (Reply(200, "<!DOCTYPE html><title>Log in</title>"), "page_instead"),
        (Reply(500, "[]"), "platform_error"),
    ],
)
def test_a_list_that_is_not_shown_becomes_an_answer(
    scripted: ScriptedPlatform, reply: Reply, code: str
) -> None:
    scripted.line_items = [reply]

    assert asked(scripted) == code


def test_a_column_that_is_gone_is_found_although_the_list_is_there(
    scripted: ScriptedPlatform,
) -> None:
    scripted.couple(f"{scripted.url}/item")
    scripted.score = [Reply(404)]

    assert asked(scripted) == "line_item_gone"


def test_an_address_on_another_server_is_not_asked(scripted: ScriptedPlatform) -> None:
    offer(scripted, lineitems_url="https://evil.example/lineitems")

    assert asked(scripted) == "address_of_other_host"


def test_a_platform_that_is_down_is_said_to_be(scripted: ScriptedPlatform) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with scripted.tool.database.transaction(EVERYWHERE) as session:
            port = unused.getsockname()[1]
            session.get_one(
                Registration, 1
            ).token_url = f"http://127.0.0.1:{port}/token"

        assert asked(scripted) == "unreachable_connection"


def test_it_is_asked_once_in_ten_seconds(
    scripted: ScriptedPlatform, wait: Callable[..., None]
) -> None:
    asked(scripted)

    with scripted.tool.database.transaction(scripted.course_id) as session:
        assert not checking.begin(session)
    wait(11)
    with scripted.tool.database.transaction(scripted.course_id) as session:
        assert checking.begin(session)


@pytest.mark.parametrize(
    "code",
    [
        *("can_take", "can_sign_in", "no_line_item", "scope_not_offered"),
        *("scope_not_granted", "unauthorized", "forbidden", "line_item_gone"),
        *("token_refused", "cannot_sign", "address_not_permitted"),
        *("address_of_other_host", "unreachable_dns", "unreachable_tls"),
        *("unreachable_timeout", "unreachable_connection", "slow_down"),
        *("platform_error", "tool_error", "not_understood"),
        *("page_instead", "redirected", "clocks_differ"),
    ],
)
def test_each_answer_is_a_sentence_that_says_what_to_change(
    app: Flask, code: str
) -> None:
    told = words.check_words(code)

    assert (told.change is None) == (told.style == "good")
    with app.test_request_context():
        app.preprocess_request()
        for text in filter(None, (told.verdict, told.what, told.change)):
            with force_locale("en"):
                english = str(text)
            with force_locale("de"):
                assert str(text) != english
            assert text is told.verdict or english.endswith(".")


def answer(app: Flask) -> None:
    """Do what the worker does."""
    WORK[checking.RING](app.extensions["lti_tool"])


def live(database: Database) -> None:
    """Let a worker have been heard of."""
    with database.transaction(EVERYWHERE) as session:
        session.put(Worker, {"id": "w"}, seen_at=clock.now())


def questions(database: Database) -> list[GradeCheck]:
    with database.reading(EVERYWHERE) as session:
        return list(session.scalars(select(GradeCheck)))


def test_the_page_has_it_asked_and_then_shows_the_answer(
    app: Flask, lead: Visitor, database: Database
) -> None:
    live(database)
    assert "Ask the learning platform before" in lead.get("gradebook/").text

    waiting = lead.post("gradebook/check").text
    answer(app)
    page = lead.get("gradebook/").text

    assert "The learning platform is being asked" in waiting
    assert waiting.count("data-look-again") == 1
    assert "Ask again" not in waiting
    assert "has offered no gradebook to this course" in page
    assert "Ask again" in page
    assert "data-look-again" not in page


def test_without_a_worker_the_page_says_that_nobody_asks(lead: Visitor) -> None:
    page = lead.post("gradebook/check").text

    assert "will be asked as soon as" in page
    assert "data-look-again" not in page


def test_no_web_process_waits_for_the_platform(
    app: Flask, lead: Visitor, arrive: Arrive, database: Database
) -> None:
    arrive("7", activity="worksheet", **{AGS: {"lineitem": "https://l.example/5", "scope": []}})  # fmt: skip

    lead.post("gradebook/check")
    assert [(q.answer, q.answered_at) for q in questions(database)] == [(None, None)]
    answer(app)

    # The platform of this test has no server: that it was asked for shows in the answer.
    assert [q.answer in {None, "no_line_item"} for q in questions(database)] == [False]


def test_of_several_workers_one_asks(scripted: ScriptedPlatform) -> None:
    tool = scripted.tool
    with tool.database.transaction(scripted.course_id) as session:
        assert checking.begin(session)

    def be_another_worker() -> None:
        scripted.before_token = lambda: None
        checking.answer_due(tool.database, tool.connector)

    scripted.before_token = be_another_worker
    checking.answer_due(tool.database, tool.connector)

    assert scripted.count("/lineitems") == 1
    assert [q.answer for q in questions(tool.database)] == ["can_take"]


def test_a_question_whose_worker_was_lost_is_taken_up_by_another(
    scripted: ScriptedPlatform, wait: Callable[..., None]
) -> None:
    tool = scripted.tool
    with tool.database.transaction(scripted.course_id) as session:
        checking.begin(session)
        session.flush()
        session.execute(
            update(GradeCheck).values(answered_at=clock.now() + timedelta(minutes=4))
        )

    checking.answer_due(tool.database, tool.connector)
    assert [q.answer for q in questions(tool.database)] == [None]
    wait(minutes=5)
    checking.answer_due(tool.database, tool.connector)

    assert [q.answer for q in questions(tool.database)] == ["can_take"]


def test_a_question_that_waits_is_not_asked_twice(
    scripted: ScriptedPlatform, wait: Callable[..., None]
) -> None:
    tool = scripted.tool
    for _ in range(2):
        with tool.database.transaction(scripted.course_id) as session:
            checking.begin(session)
        wait(60)

    checking.answer_due(tool.database, tool.connector)
    checking.answer_due(tool.database, tool.connector)

    assert scripted.count("/lineitems") == 1
