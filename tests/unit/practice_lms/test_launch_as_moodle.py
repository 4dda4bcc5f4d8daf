"""Authentication and claims of a launch, compared with Moodle 4.5.6."""

import html
import json
import re
from typing import Any

import jwt
import pytest

from lti_tool.practice_lms.lms import ABSENT, PracticeLMS
from tests.unit.practice_lms.moodle import (
    CLIENT_ID,
    ITEM_TYPE,
    TOOL_URL,
    URL,
    Tool,
    ours,
    recorded,
)

LTI = "https://purl.imsglobal.org/spec/lti/claim"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"
REDIRECT_URI = f"{TOOL_URL}/lti/launch"
LINE_ITEMS = "/services/2/lineitems?type_id=1"

# What each recorded case changes in an otherwise good request; None leaves it out.
CHANGES: dict[str, dict[str, str | None]] = {
    "ok GET": {},
    "wrong redirect_uri": {"redirect_uri": f"{TOOL_URL}/elsewhere"},
    "redirect_uri with extra query": {"redirect_uri": f"{REDIRECT_URI}?x=1"},
    "wrong client_id": {"client_id": "somebody"},
    "wrong login_hint": {"login_hint": "7"},
    "no lti_message_hint": {"lti_message_hint": None},
    "scope openid profile": {"scope": "openid profile"},
    "response_mode missing": {"response_mode": None},
    "response_mode fragment": {"response_mode": "fragment"},
    "prompt missing": {"prompt": None},
    "prompt login": {"prompt": "login"},
    "nonce missing": {"nonce": None},
    "state missing": {"state": None},
}
AUTHENTICATION = {case["case"]: case for case in recorded("auth-endpoint")}


def _request(lms: PracticeLMS, sub: str = "6", link_id: str = "1") -> dict[str, Any]:
    person, link = lms.world.find_person(sub), lms.world.find_link(link_id)
    assert person is not None
    assert link is not None
    fields = lms.login_fields(person, link)
    return {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": fields["client_id"],
        "redirect_uri": REDIRECT_URI,
        "login_hint": fields["login_hint"],
        "lti_message_hint": fields["lti_message_hint"],
        "state": "st-1",
        "nonce": "a-nonce",
    }


def _form(page: str) -> tuple[str | None, dict[str, str]]:
    action = re.search(r'<form id="post" action="([^"]+)"', page)
    inputs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    fields = {name: html.unescape(value) for name, value in inputs}
    return (action.group(1) if action else None), fields


def _claims(lms: PracticeLMS, sub: str, link_id: str) -> dict[str, Any]:
    response = lms.test_client().post(
        "/auth", data=_request(lms, sub, link_id), base_url=URL
    )
    token = _form(response.text)[1]["id_token"]
    key = jwt.PyJWK(lms.test_client().get("/jwks", base_url=URL).json["keys"][0])  # type: ignore[index]
    assert jwt.get_unverified_header(token)["kid"] == key.key_id
    options: Any = {"verify_exp": False, "verify_iat": False}
    return jwt.decode(
        token, key, algorithms=["RS256"], audience=CLIENT_ID, options=options
    )


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_authentication_is_answered_as_by_moodle(
    moodle: PracticeLMS, name: str, method: str
) -> None:
    case = AUTHENTICATION[name]
    sent = {
        field: value
        for field, value in (_request(moodle) | CHANGES[name]).items()
        if value is not None
    }
    where = {"query_string" if method == "GET" else "data": sent}

    response = moodle.test_client().open("/auth", method=method, base_url=URL, **where)

    action, fields = _form(response.text)
    fields |= {"id_token": "JWT"} if "id_token" in fields else {}
    wanted_action = case["form_action"] and ours(case["form_action"])
    assert (response.status_code, action) == (case["status"], wanted_action)
    assert fields == case["fields"]


def test_a_launch_hint_works_once(moodle: PracticeLMS) -> None:
    client, sent = moodle.test_client(), _request(moodle)

    first = client.get("/auth", query_string=sent, base_url=URL)
    second = client.get("/auth", query_string=sent, base_url=URL)

    wanted = AUTHENTICATION["same launch hint a second time"]["status"]
    assert (first.status_code, second.status_code) == (200, wanted)


def test_a_login_asks_with_exactly_moodles_fields(moodle: PracticeLMS) -> None:
    page = moodle.test_client().get("/launch/1?as=6", base_url=URL).text

    action, fields = _form(page)
    assert action == f"{TOOL_URL}/lti/login"
    assert list(fields) == [
        "iss",
        "target_link_uri",
        "login_hint",
        "lti_message_hint",
        "client_id",
        "lti_deployment_id",
    ]
    hint = json.loads(fields["lti_message_hint"])
    assert hint["cmid"] == 3
    assert hint["launchid"].startswith("ltilaunch1_")


@pytest.mark.parametrize(
    ("recording", "sub", "link_id"),
    [
        ("id-token-student", "6", "1"),
        ("id-token-student-ungraded-link", "6", "2"),
        ("id-token-teacher", "3", "1"),
        ("id-token-non-editing-teacher", "5", "1"),
        ("id-token-admin", "2", "1"),
    ],
)
def test_the_claims_are_moodles(
    moodle: PracticeLMS, recording: str, sub: str, link_id: str
) -> None:
    wanted = json.loads(ours(json.dumps(recorded(recording))))

    claims = _claims(moodle, sub, link_id)

    assert claims.keys() == wanted.keys()
    assert claims["exp"] - claims["iat"] == wanted["exp"] - wanted["iat"]
    for name in claims.keys() - _changing(claims):
        assert (name, claims[name]) == (name, wanted[name])
    for name in (f"{LTI}/launch_presentation", f"{LTI}/tool_platform"):
        assert claims[name].keys() == wanted[name].keys()
    locales = [c[f"{LTI}/launch_presentation"]["locale"] for c in (claims, wanted)]
    assert locales[0] == locales[1]
    assert claims[f"{LTI}/custom"].items() <= wanted[f"{LTI}/custom"].items()
    assert claims.get(OUTCOME, {}).keys() == wanted.get(OUTCOME, {}).keys()


def _changing(claims: dict[str, Any]) -> set[str]:
    """Claims that differ from launch to launch or from site to site."""
    lti = ("launch_presentation", "tool_platform", "custom")
    return {"nonce", "iat", "exp", OUTCOME, *(f"{LTI}/{name}" for name in lti)} & set(
        claims
    )


@pytest.mark.parametrize(
    ("recording", "link_id", "added"),
    [
        ("ungraded link + one own coupled line item", "2", 1),
        ("ungraded link + two own coupled line items", "2", 2),
        ("graded link + second line item", "1", 1),
    ],
)
def test_own_line_items_of_a_link_blur_its_claim(
    moodle: PracticeLMS, recording: str, link_id: str, added: int
) -> None:
    item = {"label": "Eigene", "scoreMaximum": 10, "resourceLinkId": link_id}
    for _ in range(added):
        Tool(moodle).ask(
            "POST", LINE_ITEMS, body=json.dumps(item), Content_Type=ITEM_TYPE
        )

    endpoint = _claims(moodle, "6", link_id)[AGS]

    wanted = recorded("ags-claim-with-own-line-items")[recording]
    assert endpoint == json.loads(ours(json.dumps(wanted)))


def test_the_public_key_is_shown_as_by_moodle(moodle: PracticeLMS) -> None:
    shown = moodle.test_client().get("/jwks", base_url=URL).json

    assert shown is not None
    assert shown["keys"][0].keys() == recorded("moodle-jwks")["keys"][0].keys()


def test_a_test_can_sign_any_launch(moodle: PracticeLMS) -> None:
    person, link = moodle.world.find_person("6"), moodle.world.find_link("1")
    assert person is not None
    assert link is not None

    token = moodle.id_token(person, link, "n", aud="other", email=ABSENT)

    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["aud"], claims["nonce"]) == ("other", "n")
    assert "email" not in claims
