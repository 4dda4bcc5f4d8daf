"""Each answer of a platform becomes a state and a sentence, and no token goes astray."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from lti_tool.courses.models import Activity, Course
from lti_tool.gradebook.models import LineItem
from lti_tool.gradebook.words import in_words
from lti_tool.lti.grades import SCORE_SCOPE
from lti_tool.lti.models import Registration
from tests.functional.gradebook.scripted import Reply, ScriptedPlatform

# What an answer means is the same on every database; that it is noted, other tests show on both.
pytestmark = pytest.mark.sqlite

Wait = Callable[..., None]

ANSWERS = {
    "accepted": (Reply(200), "sent", "delivered"),
    "accepted without content": (Reply(204), "sent", "delivered"),
    "accepted with a word": (Reply(200, '{"ok": true}'), "sent", "delivered"),
    "accepted and yet refused": (Reply(200, "[]"), "failed", "refused_silently"),
    "accepted and yet refused, with spaces": (Reply(200, " []\n"), "failed", "refused_silently"),
    "redirect": (Reply(302, headers={"Location": "https://evil.example/"}), "due", "redirected"),
    "login page": (Reply(200, "<!DOCTYPE html><title>Log in</title>"), "due", "page_instead"),
    "too long": (Reply(413, "<html>"), "failed", "too_long"),
    "not gradable": (Reply(400, "[]"), "failed", "not_gradable"),
    "no token accepted": (Reply(401), "failed", "unauthorized"),
    "forbidden": (Reply(403), "failed", "forbidden"),
    "too fast, the old way": (Reply(403, "403 Forbidden (Rate Limit Exceeded)"), "due", "slow_down"),
    "gone": (Reply(404), "failed", "line_item_gone"),
    "not supported": (Reply(415), "failed", "not_supported"),
    "unprocessable": (Reply(422), "failed", "not_gradable"),
    "too fast": (Reply(429), "due", "slow_down"),
    "too fast until a date": (Reply(429, headers={"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}), "due", "slow_down"),
    "too fast, nonsense": (Reply(429, headers={"Retry-After": "9" * 40}), "due", "slow_down"),
    "fault": (Reply(500, "<h1>Error</h1>"), "due", "platform_error"),
    "locked": (Reply(500, "[]"), "failed", "locked"),
    "gateway": (Reply(502), "due", "platform_error"),
    "teapot": (Reply(418), "failed", "refused"),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "state", "code"), ANSWERS.values(), ids=ANSWERS)
def test_each_answer_becomes_a_state_and_a_sentence(
    scripted: ScriptedPlatform, served_tool: Flask, reply: Reply, state: str, code: str
) -> None:
    scripted.line_items = [
        Reply(body="[]"),
        Reply(201, json.dumps({"id": f"{scripted.url}/item"})),
        Reply(body="[]"),
    ]
    scripted.score = [reply]
    scripted.want()

    scripted.deliver()

    row = scripted.row()
    assert (row.state, row.answer) == (state, code)
    with served_tool.test_request_context():
        assert len(in_words(code)) > 20


def test_a_platform_that_is_down_is_tried_again(
    scripted: ScriptedPlatform, wait: Wait
) -> None:
    scripted.couple("http://127.0.0.1:1/item")
    with scripted.tool.database.transaction(None) as session:
        session.get_one(Registration, 1).issuer = "http://127.0.0.1:1"
    scripted.want()

    for _ in range(8):
        scripted.deliver()
        wait(hours=1)

    assert (scripted.row().state, scripted.row().answer) == (
        "due",
        "unreachable_connection",
    )


@pytest.mark.parametrize("listed", [Reply(500), Reply(429), Reply(403)])
def test_what_never_got_a_line_item_is_dropped_when_withdrawn(
    scripted: ScriptedPlatform, listed: Reply
) -> None:
    scripted.line_items = [listed]
    scripted.want()
    scripted.deliver()

    scripted.withdraw()

    assert scripted.find_row() is None


def test_a_line_item_whose_platform_is_down_can_be_looked_for_again_at_once(
    scripted: ScriptedPlatform, wait: Wait
) -> None:
    scripted.line_items = [
        Reply(502),
        Reply(body="[]"),
        Reply(201, json.dumps({"id": f"{scripted.url}/item"})),
    ]
    scripted.want()
    scripted.deliver()

    wait(10)
    scripted.deliver()

    assert scripted.row().state == "sent"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/item",
        "http://127.0.0.1:1/item",
        "//evil.example/item",
        "http://[broken/item",
        "http://127.0.0.1@evil.example/item",
    ],
)
def test_a_line_item_on_another_host_gets_neither_score_nor_token(
    scripted: ScriptedPlatform, url: str
) -> None:
    scripted.couple(url)
    scripted.want()

    scripted.deliver()

    assert (scripted.row().state, scripted.row().answer) == (
        "failed",
        "address_of_other_host",
    )
    assert scripted.asked == []


def test_a_line_item_that_the_platform_makes_on_another_host_gets_no_score(
    scripted: ScriptedPlatform,
) -> None:
    scripted.line_items = [
        Reply(body="[]"),
        Reply(201, json.dumps({"id": "https://evil.example/item"})),
    ]
    scripted.want()

    scripted.deliver()

    assert scripted.row().answer == "address_of_other_host"


def test_a_redirect_is_not_followed_with_the_token(scripted: ScriptedPlatform) -> None:
    scripted.couple(f"{scripted.url}/item")
    scripted.score = [Reply(307, headers={"Location": f"{scripted.url}/elsewhere"})]
    scripted.want()

    scripted.deliver()

    assert scripted.count("/item/scores") == 1
    assert scripted.count("/elsewhere") == 0


@pytest.mark.parametrize(
    "listed",
    [
        Reply(200, '{"items": []}'),
        Reply(403),
    ],
    ids=["no list", "forbidden"],
)
def test_without_a_list_of_line_items_none_is_made(
    scripted: ScriptedPlatform, listed: Reply
) -> None:
    scripted.line_items = [listed]
    scripted.want()

    scripted.deliver()

    assert (scripted.row().state, scripted.row().answer) == (
        "failed",
        "line_item_refused",
    )
    assert scripted.count("/lineitems") == 1


def test_a_line_item_on_the_second_page_is_found(scripted: ScriptedPlatform) -> None:
    wanted = {
        "id": f"{scripted.url}/item",
        "resourceId": f"{scripted.course_id}-worksheet",
        "tag": "start",
    }
    scripted.line_items = [
        Reply(
            body=json.dumps(
                [{"id": f"{scripted.url}/other", "tag": "mid"}, "nonsense", None]
            ),
            headers={"Link": '</lineitems?page=2>; rel="next"'},
        ),
        Reply(body=json.dumps([wanted])),
    ]
    scripted.want()

    scripted.deliver()

    assert scripted.row().state == "sent"
    assert scripted.count("/item/scores") == 1


def test_a_list_that_never_ends_is_given_up(scripted: ScriptedPlatform) -> None:
    scripted.line_items = [
        Reply(body="[]", headers={"Link": '</lineitems>; rel="next"'})
    ]
    scripted.want()

    scripted.deliver()

    assert scripted.row().state == "failed"
    assert scripted.count("/lineitems") == 50


def test_a_refused_token_is_tried_for_an_hour_and_then_it_fails(
    scripted: ScriptedPlatform, wait: Wait
) -> None:
    scripted.couple(f"{scripted.url}/item")
    scripted.token = [Reply(400, '{"error": "invalid_client"}')]
    scripted.want()

    for _ in range(15):
        scripted.deliver()
        wait(120)
    waiting = scripted.row().state
    for _ in range(12):
        scripted.deliver()
        wait(minutes=16)

    assert waiting == "due"
    assert (scripted.row().state, scripted.row().answer) == ("failed", "token_refused")
    assert (scripted.count("/token"), scripted.count("/item/scores")) == (14, 0)


@pytest.mark.parametrize(
    "token",
    [
        Reply(200, "not JSON"),
        Reply(200, '{"access_token": 7}'),
        Reply(200, "[" * 5000),
        Reply(404, "404 page not found\n"),
        Reply(403, "Forbidden"),
        Reply(401),
    ],
    ids=["no JSON", "no text", "nested", "away", "firewall", "nothing"],
)
def test_what_is_no_token_endpoint_is_an_outage_of_days(
    scripted: ScriptedPlatform, wait: Wait, token: Reply
) -> None:
    scripted.couple(f"{scripted.url}/item")
    working, scripted.token = scripted.token, [token]
    people = scripted.add_people(4)
    scripted.want(1.0, *people)

    for _ in range(12):
        scripted.deliver()
        wait(hours=6)
    waiting, asked = scripted.states(), scripted.count("/token")
    scripted.token = working
    scripted.deliver()

    assert waiting == {"due": 4}
    # One tries for all.
    assert asked < 20
    assert scripted.states() == {"sent": 4}


@pytest.mark.parametrize("at", ["token", "line_items", "score"])
@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, "<h1>Log in</h1>"),
        Reply(302, headers={"Location": "/login"}),
        Reply(403, "<html>Just a moment…"),
        Reply(401, "<html>Maintenance"),
    ],
    ids=["page", "redirect", "firewall", "sign in"],
)
def test_a_page_in_place_of_an_answer_is_an_outage_that_passes(
    scripted: ScriptedPlatform, wait: Wait, at: str, reply: Reply
) -> None:
    working = {
        "token": scripted.token,
        "line_items": [
            Reply(body="[]"),
            Reply(201, json.dumps({"id": f"{scripted.url}/item"})),
        ],
        "score": scripted.score,
    }
    scripted.line_items = working["line_items"]
    setattr(scripted, at, [reply])
    scripted.want()

    for _ in range(8):
        scripted.deliver()
        wait(hours=1)
    waiting = scripted.row()
    setattr(scripted, at, working[at])
    scripted.deliver()

    assert (waiting.state, scripted.row().state) == ("due", "sent")


def test_a_token_that_is_no_header_does_not_hold_up_the_worker(
    scripted: ScriptedPlatform, wait: Wait
) -> None:
    scripted.couple(f"{scripted.url}/item")
    scripted.token = [Reply(body=json.dumps({"access_token": "日本\r\nX: y"}))]
    scripted.want()

    for _ in range(8):
        scripted.deliver()
        wait(hours=1)

    assert scripted.count("/item/scores") == 0


def test_a_score_finds_its_path_before_the_query(scripted: ScriptedPlatform) -> None:
    scripted.couple(f"{scripted.url}/2/lineitems/17/lineitem?type_id=1")
    scripted.want()

    scripted.deliver()

    assert scripted.row().state == "sent"
    assert scripted.count("/2/lineitems/17/lineitem/scores") == 1


AWAY = Reply(404, "404 page not found\n")
"""What a proxy says whose platform is away."""


def items(platform: ScriptedPlatform) -> list[tuple[str | None, bool, str | None]]:
    """Return where grades go, and where the launches of the activity say that they go."""
    with platform.tool.database.reading(platform.course_id) as session:
        columns = (LineItem.url, LineItem.is_coupled, Activity.line_item_url)
        found = select(*columns).join(Activity, Activity.target == LineItem.resource_id)
        return [(row[0], row[1], row[2]) for row in session.execute(found)]


@pytest.mark.parametrize("lists", [AWAY, Reply(404, "<html>"), Reply(503)], ids=str)
def test_a_column_is_kept_while_nothing_is_there(
    scripted: ScriptedPlatform, wait: Wait, lists: Reply
) -> None:
    scripted.couple(f"{scripted.url}/item")
    scripted.want()
    scripted.deliver()
    before = items(scripted)
    scripted.score, scripted.line_items = [AWAY], [lists]
    people = scripted.add_people(4)
    scripted.want(1.0, *people)

    for _ in range(12):
        scripted.deliver()
        wait(hours=6)
    waiting = scripted.states()
    scripted.score, scripted.line_items = [Reply()], [Reply(body="[]")]
    scripted.deliver()

    assert waiting == {"sent": 1, "due": 4}
    assert scripted.states() == {"sent": 5}
    assert items(scripted) == before


def test_one_stray_answer_takes_no_column_away(
    scripted: ScriptedPlatform, wait: Wait
) -> None:
    scripted.couple(f"{scripted.url}/item")
    scripted.score = [AWAY, Reply()]
    scripted.line_items = [
        Reply(body="[]"),
        Reply(201, json.dumps({"id": f"{scripted.url}/second"})),
    ]
    scripted.want()

    scripted.deliver()
    wait(5)
    scripted.deliver()

    assert scripted.row().state == "sent"
    assert scripted.count("/item/scores") == 2
    assert items(scripted) == [(f"{scripted.url}/item", True, f"{scripted.url}/item")]


def test_a_column_that_the_platform_shows_to_be_gone_is_made_again_at_once(
    scripted: ScriptedPlatform, wait: Wait
) -> None:
    scripted.couple(f"{scripted.url}/item")
    # The score and the look at the column; then the new one.
    scripted.score = [Reply(404), Reply(404), Reply()]
    other = Reply(body=json.dumps([{"id": f"{scripted.url}/other"}]))
    made = Reply(201, json.dumps({"id": f"{scripted.url}/second"}))
    scripted.line_items = [other, other, made]
    scripted.want()

    scripted.deliver()
    wait(2)
    scripted.deliver()

    assert scripted.row().state == "sent"
    assert scripted.count("/second/scores") == 1


def test_what_the_platform_does_not_let_us_see_is_tried_for_an_hour(
    scripted: ScriptedPlatform, wait: Wait
) -> None:
    with scripted.tool.database.transaction(scripted.course_id) as session:
        session.get_one(Course, scripted.course_id).grade_scopes = [SCORE_SCOPE]
    scripted.couple(f"{scripted.url}/item")
    scripted.score = [Reply(404)]
    scripted.want()

    for _ in range(10):
        scripted.deliver()
        wait(120)
    waiting = scripted.row().state
    for _ in range(12):
        scripted.deliver()
        wait(minutes=16)

    assert waiting == "due"
    assert (scripted.row().state, scripted.row().answer) == ("failed", "line_item_gone")
    assert items(scripted) == [(f"{scripted.url}/item", True, f"{scripted.url}/item")]


def test_a_list_of_line_items_that_is_missing_may_come_back_within_a_day(
    scripted: ScriptedPlatform, wait: Wait
) -> None:
    made = Reply(201, json.dumps({"id": f"{scripted.url}/item"}))
    scripted.line_items = [Reply(404, "[]"), Reply(404, "[]"), Reply(body="[]"), made]
    scripted.want()

    scripted.deliver()
    wait(hours=1)
    scripted.deliver()
    waiting = scripted.row().state
    wait(hours=1)
    scripted.deliver()

    assert (waiting, scripted.row().state) == ("due", "sent")
