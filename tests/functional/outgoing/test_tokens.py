"""Access tokens: one for each platform and purpose, shared by all workers, given away to nobody."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from sqlalchemy import select, update
from werkzeug.wrappers import Request, Response

from lti_tool import clock, keys
from lti_tool.app import build_tool
from lti_tool.lti import grades, roster
from lti_tool.lti.connector import (
    CannotSignError,
    Platform,
    ScopeNotGrantedError,
    TokenRefusedError,
)
from lti_tool.lti.models import TokenCache
from lti_tool.operation import platforms
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web.tool import Tool
from tests.commands import free_port
from tests.functional.outgoing.conftest import SCORE, WANTED
from tests.serving import served

pytestmark = pytest.mark.sqlite

GRANTED = [grades.LINE_ITEM_SCOPE, grades.LINE_ITEM_READ_SCOPE]
RECORDED = Path(__file__).parents[2] / "recorded" / "moodle_4_5" / "token-endpoint.json"


class TokenEndpoint:
    """A platform that gives numbered tokens, takes the last one only, and remembers what was asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.more: dict[str, Any] = {}
        self.answer: Response | None = None
        self.refuses: set[str] = set()
        self.refuses_with = 401
        self.forms: list[dict[str, list[str]]] = []
        self.bearers: list[str] = []
        self._numbers = count(1)

    @property
    def app(self) -> Any:
        return Request.application(self._answer)

    def _answer(self, request: Request) -> Response:
        if request.path == "/token":
            self.forms.append(parse_qs(request.get_data(as_text=True)))
            body = {"access_token": f"t-{next(self._numbers)}", "expires_in": 3600}
            return self.answer or Response(json.dumps(body | self.more))
        bearer = request.headers["Authorization"].removeprefix("Bearer ")
        self.bearers.append(bearer)
        if bearer in self.refuses:
            return Response("no", self.refuses_with)
        return Response(json.dumps({"members": []}))

    def scopes(self) -> list[str]:
        return [form["scope"][0] for form in self.forms]


@pytest.fixture
def permitted() -> tuple[str, ...]:
    return ("127.0.0.1/32",)


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    endpoint = TokenEndpoint(port := free_port())
    with served(endpoint.app, port):
        yield endpoint


def add(
    tool: Tool, endpoint: TokenEndpoint, client_id: str = "tool", **more: str
) -> Platform:
    url = endpoint.url
    facts = {
        "name": client_id,
        "issuer": url,
        "client_id": client_id,
        "auth_url": f"{url}/auth",
        "token_url": f"{url}/token",
        "jwks_url": f"{url}/jwks",
        **more,
    }
    return tool.connector.platform(int(platforms.add(tool, facts, [])))


@pytest.fixture
def platform(tool: Tool, endpoint: TokenEndpoint) -> Platform:
    return add(tool, endpoint)


Ask = Callable[..., int]


@pytest.fixture
def ask(tool: Tool, platform: Platform, endpoint: TokenEndpoint) -> Ask:
    """Ask the platform for something with a token of one purpose."""

    def asking(
        scope: str = roster.SCOPE, by: Tool = tool, of: Platform = platform
    ) -> int:
        reply = by.connector.send(
            of, "GET", f"{endpoint.url}/x", scopes=[scope], headers={}
        )
        return reply.status

    return asking


def test_a_token_is_kept_in_the_database_for_all_workers(
    tool: Tool, ask: Ask, endpoint: TokenEndpoint
) -> None:
    other = build_tool(tool.settings, lambda _kind: None)

    assert [ask(), ask(), ask(by=other)] == [200, 200, 200]

    other.database.close()
    assert endpoint.bearers == ["t-1"] * 3
    assert len(endpoint.forms) == 1


def test_each_purpose_has_a_token_of_its_own_with_the_least_rights(
    tool: Tool, platform: Platform, endpoint: TokenEndpoint
) -> None:
    url, connector = endpoint.url, tool.connector
    for _twice in range(2):
        roster.members(connector, platform, f"{url}/members")
        grades.post_score(connector, platform, f"{url}/item", SCORE)
        grades.find_line_item(connector, platform, f"{url}/items", WANTED, GRANTED)
        grades.make_line_item(connector, platform, f"{url}/items", WANTED)

    nrps, ags = "https://purl.imsglobal.org/spec/lti-nrps/scope/", grades._SCOPE
    assert endpoint.scopes() == [
        f"{nrps}contextmembership.readonly",
        f"{ags}score",
        f"{ags}lineitem.readonly",
        f"{ags}lineitem",
    ]


def test_registrations_share_no_token(
    tool: Tool, ask: Ask, endpoint: TokenEndpoint
) -> None:
    other = add(tool, endpoint, "other")

    ask()
    ask(of=other)

    assert endpoint.bearers == ["t-1", "t-2"]
    assertions = [form["client_assertion"][0] for form in endpoint.forms]
    subjects = [
        jwt.decode(a, options={"verify_signature": False})["sub"] for a in assertions
    ]
    assert subjects == ["tool", "other"]


def test_the_assertion_is_what_a_platform_may_ask_for(
    tool: Tool, ask: Ask, endpoint: TokenEndpoint
) -> None:
    ask()
    ask(grades.SCORE_SCOPE)

    with tool.database.reading(EVERYWHERE) as session:
        shown = jwt.PyJWKSet.from_dict(keys.published(session))
    first, second = (form["client_assertion"][0] for form in endpoint.forms)
    said = jwt.decode(
        first,
        shown[jwt.get_unverified_header(first)["kid"]],
        algorithms=["RS256"],
        audience=f"{endpoint.url}/token",
        issuer="tool",
        options={"require": ["iss", "sub", "aud", "iat", "exp", "jti"]},
    )
    again = jwt.decode(second, options={"verify_signature": False})
    # Moodle refuses what comes from two seconds ahead of its clock.
    assert said["iat"] < clock.now().timestamp() - 2
    assert said["exp"] - said["iat"] <= 120
    assert said["jti"] != again["jti"]


def test_a_kept_token_is_replaced_once_after_a_403_and_a_new_one_is_not(
    ask: Ask, endpoint: TokenEndpoint
) -> None:
    endpoint.refuses_with = 403
    assert ask() == 200
    endpoint.refuses = {"t-1"}
    assert ask() == 200
    assert endpoint.bearers == ["t-1", "t-1", "t-2"]

    endpoint.refuses = {"t-2", "t-3"}
    assert ask() == 403
    assert ask(grades.SCORE_SCOPE) == 200
    assert endpoint.bearers[3:] == ["t-2", "t-3", "t-4"]


def test_after_a_401_it_is_tried_once_more_with_a_new_token(
    ask: Ask, endpoint: TokenEndpoint
) -> None:
    endpoint.refuses = {"t-1"}
    assert ask() == 200
    assert endpoint.bearers == ["t-1", "t-2"]

    endpoint.refuses = {"t-2", "t-3", "t-4"}
    assert ask() == 401
    assert endpoint.bearers == ["t-1", "t-2", "t-2", "t-3"]


def test_eight_workers_whose_token_was_withdrawn_fetch_one(
    ask: Ask, endpoint: TokenEndpoint
) -> None:
    ask()
    endpoint.refuses = {"t-1"}

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: ask(), range(8))) == {200}

    assert len(endpoint.forms) == 2


@pytest.mark.parametrize(
    ("lifetime", "requests"),
    [
        (3600, 1),
        ("1800", 1),
        (None, 1),
        ("soon", 1),
        (-1, 1),
        (10**30, 1),
        (30, 2),
        (0, 2),
    ],
)
def test_a_token_is_used_for_as_long_as_it_lives(
    ask: Ask, endpoint: TokenEndpoint, lifetime: object, requests: int
) -> None:
    endpoint.more = {"expires_in": lifetime}

    assert [ask(), ask()] == [200, 200]

    assert len(endpoint.forms) == requests


def test_a_token_that_ends_within_a_minute_is_fetched_anew(
    tool: Tool, ask: Ask, endpoint: TokenEndpoint
) -> None:
    ask()
    with tool.database.transaction(EVERYWHERE) as session:
        session.execute(
            update(TokenCache).values(expires_at=clock.now() + timedelta(seconds=59))
        )
    ask()

    assert endpoint.bearers == ["t-1", "t-2"]


@pytest.mark.parametrize(
    ("granted", "is_used"),
    [
        (None, True),
        ("", True),
        (7, True),
        ("read write", True),
        (roster.SCOPE, True),
        (f"{grades.SCORE_SCOPE} {roster.SCOPE}", True),
        (grades.SCORE_SCOPE, False),
    ],
)
def test_a_token_that_does_not_permit_what_was_asked_is_not_used(
    tool: Tool, ask: Ask, endpoint: TokenEndpoint, granted: object, is_used: bool
) -> None:
    endpoint.more = {"scope": granted}

    if is_used:
        assert ask() == 200
        return
    with pytest.raises(ScopeNotGrantedError):
        ask()
    assert endpoint.bearers == []
    with tool.database.reading(EVERYWHERE) as session:
        assert session.scalar(select(TokenCache.token)) is None


def recorded() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(RECORDED.read_text())
    return cases


def test_recorded_refusals_are_refusals(ask: Ask, endpoint: TokenEndpoint) -> None:
    refusals = [case for case in recorded() if case["status"] != 200]
    for case in refusals:
        endpoint.answer = Response(case["body"], case["status"])
        with pytest.raises(TokenRefusedError) as caught:
            ask()
        assert caught.value.reply.status == case["status"]
    assert refusals
    assert endpoint.bearers == []


NO_TOKEN = [
    "",
    "<h1>Error</h1>",
    '{"error" : ""kid" invalid, unable to lookup correct key"}',
    "[]",
    "null",
    '{"access_token": 7}',
    '{"access_token": ""}',
    '{"access_token": null}',
    '{"access_token": "a\\r\\nX: y"}',
    '{"access_token": "\\u00e4"}',
    '{"error": "invalid_scope"}',
]


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_an_answer_without_a_token_is_a_refusal(
    ask: Ask, endpoint: TokenEndpoint, status: int
) -> None:
    for body in NO_TOKEN:
        endpoint.answer = Response(body, status)
        with pytest.raises(TokenRefusedError):
            ask()
    assert endpoint.bearers == []


def test_without_the_private_key_nothing_is_asked(
    tool: Tool, ask: Ask, endpoint: TokenEndpoint
) -> None:
    for file in tool.key_folder.folder.glob("*.pem"):
        file.unlink()

    with pytest.raises(CannotSignError, match="copy it"):
        ask()
    assert (endpoint.forms, endpoint.bearers) == ([], [])
