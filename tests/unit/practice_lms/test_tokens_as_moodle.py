"""The token endpoint, compared with Moodle 4.5.6; stricter where Moodle is lax."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from werkzeug.test import TestResponse

from lti_tool.practice_lms.access_tokens import ASSERTION_TYPE
from lti_tool.practice_lms.app import create_lms
from lti_tool.practice_lms.claims import LINE_ITEM_READ, MEMBERS_READ, SCORE
from lti_tool.practice_lms.lms import PracticeLMS
from tests.unit.practice_lms.moodle import (
    CLIENT_ID,
    MOODLE_WORLD,
    NOW,
    SCORE_TYPE,
    URL,
    Tool,
    differences,
    recorded,
)
from tests.unit.practice_lms.tool_keys import ToolKeyServer

CASES = {case["case"]: case for case in recorded("token-endpoint")}
EVERYTHING = (
    f"{SCORE} https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
    f" https://purl.imsglobal.org/spec/lti-ags/scope/lineitem {LINE_ITEM_READ}"
    f" {MEMBERS_READ}"
)
ABSENT = None

# What each recorded case changes: claims, header and form of a good request.
CLAIMS: dict[str, dict[str, Any]] = {
    "wrong sub": {"sub": "somebody"},
    "expired 5s ago": {"iat": NOW - 65, "exp": NOW - 5},
    "exp one year": {"exp": NOW + 31_536_000},
}
HEADERS: dict[str, dict[str, Any]] = {
    "no kid": {"kid": ABSENT},
    "unknown kid": {"kid": "k9"},
}
FORMS: dict[str, dict[str, str]] = {
    "ok score": {},
    "ok all": {"scope": EVERYTHING},
    "partly unknown scope": {"scope": f"{SCORE} https://example.org/scope"},
    "only unknown scope": {"scope": "https://example.org/scope"},
    "cgs scope": {
        "scope": "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
    },
    "basicoutcome scope": {
        "scope": "https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome"
    },
    "toolsetting scope": {
        "scope": "https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting"
    },
    "no scope": {"scope": ""},
    "wrong grant": {"grant_type": "password"},
    "garbage assertion": {"client_assertion": "garbage"},
    "garbage 3 parts": {"client_assertion": "a.b.c"},
}
STRICTER: dict[str, dict[str, Any]] = {
    "wrong aud": {"aud": "https://example.org/token"},
    "no aud": {"aud": ABSENT},
    "wrong iss": {"iss": "somebody"},
    "no iss": {"iss": ABSENT},
    "no jti": {"jti": ABSENT},
    "no exp": {"exp": ABSENT},
}


@pytest.fixture
def lms(data: Path, tool_keys: ToolKeyServer) -> Iterator[PracticeLMS]:
    """The recorded Moodle, with a tool whose keys can be read."""
    lms = create_lms(
        url=URL,
        tool_url=tool_keys.url,
        data=data,
        client_id=CLIENT_ID,
        world=MOODLE_WORLD,
    )
    lms.clock = lambda: NOW
    yield lms
    lms.close()


def _assertion(
    keys: ToolKeyServer, *, header: dict[str, Any] | None = None, **changes: Any
) -> str:
    claims = {
        "iss": CLIENT_ID,
        "sub": CLIENT_ID,
        "aud": f"{URL}/token",
        "iat": NOW - 5,
        "exp": NOW + 60,
        "jti": "once",
    }
    kept = {name: value for name, value in (claims | changes).items() if value}
    headers = {"kid": "k1"} | (header or {})
    return jwt.encode(
        kept,
        keys.first,
        "RS256",
        headers={name: value for name, value in headers.items() if value},
    )


def _ask(lms: PracticeLMS, assertion: str, **changes: str) -> TestResponse:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        "scope": SCORE,
    }
    return lms.test_client().post("/token", data=form | changes, base_url=URL)


def _differences(response: TestResponse, case: dict[str, Any]) -> dict[str, Any]:
    found = differences(response, case)
    # The reason phrases of errors are the web server's, not Moodle's.
    found.pop("reason", None)
    if case["status"] == 200 and response.status_code == 200:
        lines = [body.split("\r\n") for body in (response.text, case["body"])]
        assert lines[0][1].startswith('  "access_token" : "')
        found["body"] = [line for line in lines[0] if "access_token" not in line]
        wanted = [line for line in lines[1] if "access_token" not in line]
        return {} if found["body"] == wanted else found
    return found


@pytest.mark.parametrize("name", [*CLAIMS, *HEADERS, *FORMS])
def test_a_token_request_gets_moodles_answer(
    lms: PracticeLMS, tool_keys: ToolKeyServer, name: str
) -> None:
    assertion = _assertion(tool_keys, header=HEADERS.get(name), **CLAIMS.get(name, {}))

    response = _ask(lms, assertion, **FORMS.get(name, {}))

    assert _differences(response, CASES[name]) == {}


@pytest.mark.parametrize("name", STRICTER)
def test_what_moodle_does_not_check_is_checked_here(
    lms: PracticeLMS, tool_keys: ToolKeyServer, name: str
) -> None:
    response = _ask(lms, _assertion(tool_keys, **STRICTER[name]))

    assert CASES[name]["status"] == 200
    assert response.status_code == 400
    assert response.json_module.loads(response.text) == {"error": "invalid_client"}


def test_an_assertion_works_once(lms: PracticeLMS, tool_keys: ToolKeyServer) -> None:
    assertion = _assertion(tool_keys)

    answers = [_ask(lms, assertion).status_code for _ in range(2)]

    assert answers == [200, 400]


@pytest.mark.parametrize("seconds", [2, 30])
def test_an_assertion_from_the_future_is_refused_at_once(
    lms: PracticeLMS, tool_keys: ToolKeyServer, seconds: int
) -> None:
    response = _ask(lms, _assertion(tool_keys, iat=NOW + seconds))

    wanted = CASES[f"iat {seconds}s in future"]
    assert response.status_code == wanted["status"]
    assert response.text[:60] == wanted["body"][:60]


@pytest.mark.parametrize("name", ["json content type", "GET"])
def test_only_a_posted_form_is_read(lms: PracticeLMS, name: str) -> None:
    client = lms.test_client()

    response = (
        client.get("/token", base_url=URL)
        if name == "GET"
        else client.post("/token", json={"grant_type": "x"}, base_url=URL)
    )

    assert _differences(response, CASES[name]) == {}


def test_a_forged_signature_is_refused(
    lms: PracticeLMS, tool_keys: ToolKeyServer
) -> None:
    forged = jwt.encode(
        jwt.decode(_assertion(tool_keys), options={"verify_signature": False}),
        tool_keys.second,
        "RS256",
        headers={"kid": "k1"},
    )

    response = _ask(lms, forged)

    assert _differences(response, CASES["wrong key, right kid"]) == {}


def test_a_new_key_is_found_with_one_more_read(
    lms: PracticeLMS, tool_keys: ToolKeyServer
) -> None:
    _ask(lms, _assertion(tool_keys, jti="before"))
    tool_keys.published = {"k1": tool_keys.first, "k2": tool_keys.first}

    first = _ask(lms, _assertion(tool_keys, header={"kid": "k2"}, jti="a"))
    second = _ask(lms, _assertion(tool_keys, header={"kid": "k2"}, jti="b"))

    assert (first.status_code, second.status_code) == (200, 200)
    assert tool_keys.reads == 2


@pytest.mark.parametrize(("kid", "status"), [("k1", 200), ("k2", 404)])
def test_known_keys_outlive_a_tool_that_is_down(
    lms: PracticeLMS, tool_keys: ToolKeyServer, kid: str, status: int
) -> None:
    _ask(lms, _assertion(tool_keys, jti="before"))
    tool_keys.is_down = True

    response = _ask(lms, _assertion(tool_keys, header={"kid": kid}, jti="after"))

    assert response.status_code == status


def test_each_token_is_new_and_lives_an_hour(
    lms: PracticeLMS, tool_keys: ToolKeyServer
) -> None:
    tokens = [
        _ask(lms, _assertion(tool_keys, jti=jti)).text.split('"')[3] for jti in "ab"
    ]

    assert tokens[0] != tokens[1]
    assert lms.tickets.scopes_of(tokens[0], NOW + 3599) == {SCORE}
    assert lms.tickets.scopes_of(tokens[0], NOW + 3600) == set()
    assert lms.traffic.requests("token") == 2


@pytest.mark.parametrize(
    "name",
    ["score with lineitem-readonly token", "bad token", "no token", "expired token"],
)
def test_a_service_refuses_a_wrong_token_as_moodle_does(
    lms: PracticeLMS, name: str
) -> None:
    case = CASES[name]
    is_score = '"POST"' in case["body"]
    tool = Tool(lms)
    expired = lms.tickets.issue_token([SCORE], NOW - 3600)
    headers = {
        "bad token": {"Authorization": "Bearer nonsense"},
        "no token": {"Authorization": ""},
        "expired token": {"Authorization": f"Bearer {expired}"},
    }
    response = tool.ask(
        "POST" if is_score else "GET",
        "/services/2/lineitems/2/lineitem/scores?type_id=1"
        if is_score
        else "/services/2/lineitems?type_id=1",
        scopes=frozenset({LINE_ITEM_READ}),
        **headers.get(name, {}),
        **({"Content_Type": SCORE_TYPE} if is_score else {}),
    )

    assert differences(response, case) == {}
