"""What platforms answer when they are asked for results, and what becomes of that."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import event, select, update

from lti_tool import clock
from lti_tool.courses.models import Course
from lti_tool.gradebook import difference_words, reconciling
from lti_tool.gradebook.models import Comparison, Grade, LineItem, PlatformGate
from lti_tool.lti.grades import LINE_ITEM_SCOPE, RESULT_SCOPE, SCORE_SCOPE
from lti_tool.persistence.session import EVERYWHERE
from tests.functional.gradebook.scripted import Reply, ScriptedPlatform

pytestmark = pytest.mark.sqlite

Wait = Callable[..., None]
PASSING = {"slow_down", "platform_error", "page_instead", "redirected"}


def result(sub: str = "7", score: object = 1, maximum: object = 1) -> dict[str, object]:
    return {"userId": sub, "resultScore": score, "resultMaximum": maximum}


def page(*results: object, follow: str | None = None) -> Reply:
    link = {"Link": f'<{follow}>; rel="next"'} if follow else {}
    return Reply(200, json.dumps(results), link)


@pytest.fixture
def sent(scripted: ScriptedPlatform) -> ScriptedPlatform:
    """A platform that took Mia's grade, 1 of 1."""
    scripted.couple(f"{scripted.url}/item")
    scripted.want()
    scripted.deliver()
    assert scripted.row().state == "sent"
    return scripted


def compare(platform: ScriptedPlatform) -> Comparison:
    with platform.tool.database.transaction(platform.course_id) as session:
        reconciling.ask(session)
    reconciling.compare_due(platform.tool.database, platform.tool.connector)
    with platform.tool.database.reading(platform.course_id) as session:
        found = reconciling.last(session)
    assert found is not None
    return found


def found(platform: ScriptedPlatform) -> tuple[str, str | None]:
    row = platform.row()
    return row.state, row.answer


def offer(platform: ScriptedPlatform, *scopes: str) -> None:
    with platform.tool.database.transaction(EVERYWHERE) as session:
        session.execute(update(Course).values(grade_scopes=list(scopes)))


def add_column(platform: ScriptedPlatform) -> None:
    """Let the course have a second column, ``/other``."""
    with platform.tool.database.transaction(platform.course_id) as session:
        session.add(
            LineItem(
                resource_id="worksheet",
                tag="mid",
                label="Mid",
                maximum=1.0,
                url=f"{platform.url}/other",
            )
        )


def grades_written(platform: ScriptedPlatform) -> list[int]:
    """Return a list that gets how many statements on grades each transaction runs from now on."""
    written: list[int] = []

    def count(
        _c: object, _r: object, text: str, values: Any, _x: object, many: bool
    ) -> None:
        if text.startswith(("INSERT INTO grade ", "UPDATE grade ")):
            written[-1] += len(values) if many else 1

    engine = platform.tool.database.engine
    event.listen(engine, "begin", lambda _connection: written.append(0))
    event.listen(engine, "before_cursor_execute", count)
    return written


@pytest.mark.parametrize(
    "shown",
    [
        result(),
        result(score=40, maximum=40),
        result(score=1.0, maximum=None),
        {"userId": "7", "resultScore": 1, "comment": "Gut", "scoreOf": "…"},
    ],
    ids=["same", "other maximum", "no maximum", "nothing named"],
)
def test_the_same_grade_is_known_however_it_is_written(
    sent: ScriptedPlatform, shown: object
) -> None:
    sent.results = [page(shown)]

    assert (compare(sent).as_sent, found(sent)) == (1, ("sent", "delivered"))


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(body="[]"), "missing_in_lms"),
        (page({"userId": "7"}), "missing_in_lms"),
        (page(result(score=None)), "missing_in_lms"),
        (page(result("8")), "missing_in_lms"),
        (page(result(score=0)), "changed_in_lms"),
        (page(result(score=1, maximum=2)), "changed_in_lms"),
    ],
    ids=["[]", "no score", "null", "of somebody else", "zero", "half"],
)
def test_a_difference_is_found(sent: ScriptedPlatform, reply: Reply, code: str) -> None:
    sent.results = [reply]

    assert (compare(sent).differing, found(sent)) == (1, ("changed", code))


def test_all_pages_are_read(sent: ScriptedPlatform) -> None:
    follow = f"{sent.url}/item/results?page=2"
    sent.results = [page(result("8"), follow=follow), page(result("7"))]

    assert compare(sent).as_sent == 1
    assert sent.count("/item/results") == 2


@pytest.mark.parametrize(
    ("second", "error"),
    [
        (Reply(500), "platform_error"),
        (Reply(200, "<html>Login"), "page_instead"),
        (Reply(200, '{"results": []}'), "not_understood"),
        (page({"userId": 7}), "not_understood"),
        (page(result(score="many")), "not_understood"),
        (page(result(score=True)), "not_understood"),
        (page(result(maximum=0)), "not_understood"),
        (Reply(200, '[{"userId": "8", "resultScore": 1e999}]'), "not_understood"),
    ],
)
def test_half_a_list_is_no_list(
    sent: ScriptedPlatform, second: Reply, error: str
) -> None:
    follow = f"{sent.url}/item/results?page=2"
    sent.results = [page(result("8"), follow=follow), second]

    row = compare(sent)

    # On the page that is missing somebody may stand.
    assert (row.error, row.finished_at) == (error, None)
    assert found(sent) == ("sent", "delivered")


def test_a_list_without_end_is_given_up(sent: ScriptedPlatform) -> None:
    sent.results = [page(result("8"), follow=f"{sent.url}/item/results?again")]

    assert compare(sent).error is not None
    assert found(sent) == ("sent", "delivered")
    assert sent.count("/item/results") < 5


@pytest.mark.parametrize(
    ("body", "is_asked"), [("[]", False), ("{}", True)], ids=["endless", "no list"]
)
def test_only_a_list_without_end_keeps_other_columns_from_being_asked_for(
    sent: ScriptedPlatform, body: str, is_asked: bool
) -> None:
    follow = {"Link": f'<{sent.url}/item/results>; rel="next"'}
    sent.results = [Reply(200, body, follow)]
    add_column(sent)

    row = compare(sent)

    assert (row.error, row.finished_at) == ("not_understood", None)
    assert sent.count("/other/results") == is_asked


def test_no_token_goes_to_the_next_page_on_another_server(
    sent: ScriptedPlatform,
) -> None:
    sent.results = [page(result("8"), follow="https://evil.example/results")]

    assert compare(sent).error == "address_of_other_host"
    assert found(sent) == ("sent", "delivered")


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(200, "<!DOCTYPE html>"), "page_instead"),
        (Reply(401), "unauthorized"),
        (Reply(403), "forbidden"),
        (Reply(404), "no_results_service"),
        (Reply(405), "no_results_service"),
        (Reply(501), "no_results_service"),
        (Reply(400, "[]"), "not_understood"),
        (Reply(429), "slow_down"),
        (Reply(403, "403 Forbidden (Rate Limit Exceeded)"), "slow_down"),
        (Reply(503), "platform_error"),
        (Reply(500, "[]"), "platform_error"),
        (Reply(302, headers={"Location": "/login"}), "redirected"),
    ],
)
def test_a_refusal_changes_no_grade_and_is_said(
    sent: ScriptedPlatform, reply: Reply, error: str
) -> None:
    sent.results = [reply]

    row = compare(sent)

    assert (row.error, found(sent)) == (error, ("sent", "delivered"))
    is_soon = row.due_at < clock.now() + timedelta(minutes=20)
    assert is_soon or error not in PASSING


def test_only_reading_results_is_asked_for(sent: ScriptedPlatform) -> None:
    sent.results = [page(result())]
    asked = sent.count("/token")

    compare(sent)

    assert sent.count("/token") == asked + 1


def test_what_launches_did_not_offer_is_not_asked_for(sent: ScriptedPlatform) -> None:
    offer(sent, SCORE_SCOPE, LINE_ITEM_SCOPE)
    asked = len(sent.asked)

    assert compare(sent).error == "results_not_offered"
    assert len(sent.asked) == asked


@pytest.mark.parametrize(
    "token",
    [
        Reply(
            body=json.dumps(
                {"access_token": "t", "expires_in": 3600, "scope": SCORE_SCOPE}
            )
        ),
        Reply(400, '{"error" : "invalid_scope"}'),
    ],
    ids=["another one", "none"],
)
def test_a_platform_that_does_not_grant_it_is_left_alone(
    sent: ScriptedPlatform, token: Reply
) -> None:
    offer(sent, SCORE_SCOPE, RESULT_SCOPE)
    sent.token = [token]

    assert compare(sent).error == "results_not_granted"
    assert sent.count("/item/results") == 0


def test_a_column_is_only_given_up_if_it_is_gone_itself_at_two_looks(
    sent: ScriptedPlatform, wait: Wait
) -> None:
    sent.results, sent.score = [Reply(404)], [Reply(404)]

    row = compare(sent)
    assert (row.error, found(sent)) == ("line_item_gone", ("sent", "delivered"))
    # Whoever asks in between does not make it sure.
    wait(minutes=2)
    compare(sent)
    assert found(sent) == ("sent", "delivered")

    wait(minutes=16)
    reconciling.compare_due(sent.tool.database, sent.tool.connector)
    assert found(sent) == ("failed", "line_item_gone")


@pytest.mark.parametrize(
    "lists", [Reply(404, "404 page not found\n"), Reply(404, "<html>"), Reply(502)]
)
def test_a_night_in_which_nothing_is_there_costs_no_grade(
    sent: ScriptedPlatform, wait: Wait, lists: Reply
) -> None:
    sent.results, sent.score = [Reply(404)], [Reply(404)]
    sent.line_items = [lists]

    row = compare(sent)

    assert (row.error, found(sent)) == ("platform_error", ("sent", "delivered"))
    sent.results, sent.score = [page(result())], [Reply()]
    wait(minutes=16)
    reconciling.compare_due(sent.tool.database, sent.tool.connector)
    assert (found(sent), sent.count("/item/scores")) == (("sent", "delivered"), 1)


def test_a_column_that_is_there_again_settles_its_grades(
    sent: ScriptedPlatform, wait: Wait
) -> None:
    sent.results, sent.score = [Reply(404)], [Reply(404)]
    compare(sent)
    wait(minutes=16)
    compare(sent)
    assert found(sent)[0] == "failed"
    sent.results, sent.score = [page(result())], [Reply()]
    wait(minutes=1)

    assert compare(sent).error is None

    assert found(sent) == ("sent", "delivered")
    with sent.tool.database.reading(sent.course_id) as session:
        assert session.scalars(select(LineItem.problem)).all() == [None]


def test_a_course_of_thousands_is_compared_in_one_go(sent: ScriptedPlatform) -> None:
    people = sent.add_people(3000)
    with sent.tool.database.transaction(EVERYWHERE) as session:
        mia = session.scalars(select(Grade)).one()
        same = ("course_id", "line_item_id", "registration_id", "version", "state")
        session.add_all(
            Grade(
                person_id=person,
                score=1.0,
                sent_score=1.0,
                sent_version=1,
                wanted_at=clock.now(),
                **{name: getattr(mia, name) for name in same},
            )
            for person in people
        )
    sent.results = [page(*(result(f"p{n}", min(n % 3, 1)) for n in range(3000)))]

    row = compare(sent)

    assert (row.as_sent, row.differing) == (2000, 1001)


def test_thousands_graded_by_hand_do_not_keep_others_from_the_database(
    sent: ScriptedPlatform,
) -> None:
    sent.add_people(1200)
    by_hand = (result(f"p{n}", 0.5) for n in range(1200))
    sent.results = [page(result(), *by_hand)]
    written = grades_written(sent)

    row = compare(sent)

    assert (row.as_sent, row.differing) == (1, 1200)
    assert max(written) <= 500


def test_what_may_not_be_looked_at_is_taken_to_be_there(
    sent: ScriptedPlatform,
) -> None:
    offer(sent, SCORE_SCOPE, RESULT_SCOPE)
    sent.results, sent.score = [Reply(404)], [Reply(404)]

    assert compare(sent).error == "no_results_service"
    assert found(sent) == ("sent", "delivered")


def test_a_platform_that_is_spared_is_asked_later(
    sent: ScriptedPlatform, wait: Wait
) -> None:
    with sent.tool.database.transaction(EVERYWHERE) as session:
        session.add(
            PlatformGate(
                registration_id=1,
                failures=3,
                closed_until=clock.now() + timedelta(minutes=5),
            )
        )
    sent.results = [page(result())]

    assert compare(sent).tried_at is None
    assert sent.count("/item/results") == 0
    wait(minutes=6)
    assert compare(sent).as_sent == 1


def test_a_worker_that_died_over_it_is_replaced(
    sent: ScriptedPlatform, wait: Wait
) -> None:
    sent.results = [page(result())]
    compare(sent)
    wait(minutes=1)
    with sent.tool.database.transaction(EVERYWHERE) as session:
        session.execute(
            update(Comparison).values(
                due_at=clock.now(),
                lease_token="of-the-dead",
                leased_until=clock.now() + timedelta(minutes=4),
                columns_done=0,
            )
        )

    assert reconciling.compare_due(sent.tool.database, sent.tool.connector) == 0
    wait(minutes=5)
    assert reconciling.compare_due(sent.tool.database, sent.tool.connector) == 1


def test_a_worker_that_is_asked_to_stop_gives_the_course_back(
    sent: ScriptedPlatform,
) -> None:
    stop = threading.Event()
    sent.results, sent.before_results = [page(result())], stop.set
    add_column(sent)
    with sent.tool.database.transaction(sent.course_id) as session:
        reconciling.ask(session)

    tool = sent.tool
    assert reconciling.compare_due(tool.database, tool.connector, stop) == 0

    assert sent.count("/other/results") == 0
    # Another worker takes it at once.
    assert reconciling.compare_due(tool.database, tool.connector) == 1
    assert sent.count("/other/results") == 1


def test_who_lost_the_course_meanwhile_writes_nothing(sent: ScriptedPlatform) -> None:
    sent.results = [Reply(body="[]")]

    def take_over() -> None:
        with sent.tool.database.transaction(EVERYWHERE) as session:
            session.execute(update(Comparison).values(lease_token="another"))

    sent.before_results = take_over
    row = compare(sent)

    assert (row.lease_token, row.finished_at) == ("another", None)
    assert found(sent) == ("sent", "delivered")


@pytest.mark.parametrize(
    "code",
    [
        *("results_not_offered", "results_not_granted", "unauthorized", "forbidden"),
        *("no_results_service", "not_understood", "line_item_gone", "token_refused"),
        *("clocks_differ", "slow_down", "platform_error", "page_instead"),
        *("redirected", "unreachable_dns", "unreachable_timeout", "cannot_sign"),
        *("tool_error", "address_not_permitted", "address_of_other_host"),
    ],
)
def test_each_trouble_is_a_sentence_in_both_languages(app: Flask, code: str) -> None:
    with app.test_request_context():
        app.preprocess_request()
        with force_locale("en"):
            english = difference_words.trouble(code)
        with force_locale("de"):
            german = difference_words.trouble(code)

    assert english != german
    assert english.endswith(".")
    assert german.endswith(".")
