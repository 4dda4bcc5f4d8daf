"""Adding activities in the practice LMS: the question of Moodle 4.5.6, and what is done with an answer."""

import html
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from werkzeug.test import TestResponse

from lti_tool.practice_lms.claims import MESSAGE_TYPE
from lti_tool.practice_lms.lms import PracticeLMS
from tests.unit.practice_lms.moodle import CLIENT_ID, TOOL_URL, URL, ours, recorded
from tests.unit.practice_lms.tool_keys import ToolKeyServer, make_key

LTI = "https://purl.imsglobal.org/spec/lti/claim"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim"
SETTINGS = f"{DL}/deep_linking_settings"
COURSE = "/course/ZNK-2026"
ITEM = {
    "type": "ltiResourceLink",
    "title": "Bogen & mehr",
    "text": "Über das Netz",
    "url": f"{TOOL_URL}/lti/launch",
    "custom": {"activity": "worksheet", "Number": 3},
    "window": {"targetName": "_blank"},
    "lineItem": {
        "label": "dropped by Moodle",
        "scoreMaximum": 5,
        "resourceId": "worksheet",
        "tag": "mid",
    },
}


def _fields(page: str) -> dict[str, str]:
    inputs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in inputs}


def _asked(lms: PracticeLMS, sub: str = "3") -> dict[str, Any]:
    """Take a teacher through the login and return the claims of the question."""
    client = lms.test_client()
    login = _fields(client.get(f"{COURSE}/add/ask?as={sub}", base_url=URL).text)
    sent = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": login["client_id"],
        "redirect_uri": f"{TOOL_URL}/lti/launch",
        "login_hint": login["login_hint"],
        "lti_message_hint": login["lti_message_hint"],
        "state": "st-1",
        "nonce": "a-nonce",
    }
    page = client.get("/auth", query_string=sent, base_url=URL).text
    key = jwt.PyJWK(client.get("/jwks", base_url=URL).json["keys"][0])  # type: ignore[index]
    claims: dict[str, Any] = jwt.decode(
        _fields(page)["id_token"],
        key,
        algorithms=["RS256"],
        audience=CLIENT_ID,
        options={"verify_exp": False, "verify_iat": False},
    )
    return claims


class Answering:
    """A tool that was asked, and the answer that it will send."""

    def __init__(self, lms: PracticeLMS, keys: ToolKeyServer) -> None:
        lms.tool_keys.url = f"{keys.url}/lti/jwks"
        self.lms, self.key, self.kid = lms, keys.first, "k1"
        settings = _asked(lms)[SETTINGS]
        self.url: str = settings["deep_link_return_url"]
        now = int(lms.clock())
        self.claims: dict[str, Any] = {
            "iss": CLIENT_ID,
            "aud": URL,
            "iat": now - 5,
            "exp": now + 60,
            "nonce": "n",
            f"{LTI}/deployment_id": lms.addresses.deployment_id,
            MESSAGE_TYPE: "LtiDeepLinkingResponse",
            f"{LTI}/version": "1.3.0",
            f"{DL}/content_items": [ITEM, {"type": "link", "url": "https://x.example"}],
            f"{DL}/data": settings["data"],
        }

    def send(self, **changes: Any) -> TestResponse:
        claims = {k: v for k, v in (self.claims | changes).items() if v is not None}
        token = jwt.encode(claims, self.key, "RS256", headers={"kid": self.kid})
        return self._post(self.url, {"JWT": token})

    def save(self) -> TestResponse:
        return self._post(self.url.replace("/add/answer", "/add/save"))

    def _post(self, url: str, data: dict[str, str] | None = None) -> TestResponse:
        parts = urlsplit(url)
        return self.lms.test_client().post(
            f"{parts.path}?{parts.query}", data=data, base_url=URL
        )


@pytest.fixture
def tool(moodle: PracticeLMS, tool_keys: ToolKeyServer) -> Answering:
    return Answering(moodle, tool_keys)


def test_the_question_is_moodles(moodle: PracticeLMS) -> None:
    wanted = json.loads(ours(json.dumps(recorded("id-token-deep-linking"))))

    claims = _asked(moodle)

    assert claims.keys() == wanted.keys()
    # Moodle sends no data; here it binds the answer to the question.
    assert claims[SETTINGS].keys() == wanted[SETTINGS].keys() | {"data"}
    own = {"nonce", "iat", "exp", SETTINGS, f"{LTI}/target_link_uri"} | {
        f"{LTI}/{name}" for name in ("tool_platform", "custom")
    }
    for name in claims.keys() - own:
        assert (name, claims[name]) == (name, wanted[name])
    own_settings = {"deep_link_return_url", "title", "data"}
    for name in claims[SETTINGS].keys() - own_settings:
        assert claims[SETTINGS][name] == wanted[SETTINGS][name]


@pytest.mark.parametrize(("sub", "status"), [("5", 403), ("6", 403), ("99", 404)])
def test_only_who_may_change_a_course_adds_to_it(
    moodle: PracticeLMS, sub: str, status: int
) -> None:
    for page in ("", "ask"):
        address = f"{COURSE}/add/{page}?as={sub}"
        assert moodle.test_client().get(address, base_url=URL).status_code == status


def test_nothing_exists_before_the_teacher_saves(
    tool: Answering, moodle: PracticeLMS
) -> None:
    page = tool.send()

    assert page.status_code == 200
    assert "Bogen &amp; mehr" in page.text
    assert "at most 5" in page.text
    assert moodle.world.find_link("101") is None
    assert all(item.tag != "mid" for item in moodle.gradebook.line_items("2"))


def test_what_is_saved_is_what_moodle_keeps(
    tool: Answering, moodle: PracticeLMS
) -> None:
    tool.send()
    saved = tool.save()

    assert saved.location == f"{COURSE}?as=3"
    link = moodle.world.find_link("101")
    assert link is not None
    assert (link.title, link.description, link.url) == (
        ITEM["title"],
        ITEM["text"],
        ITEM["url"],
    )
    assert link.custom == {"activity": "worksheet", "number": "3"}
    assert moodle.world.find_link("102") is None
    (column,) = moodle.coupled_line_items(link)
    assert (column.label, column.maximum) == ("Bogen & mehr", 5)
    assert (column.resource_id, column.tag) == ("worksheet", "mid")
    person = moodle.world.find_person("6")
    assert person is not None
    assert moodle.claims(person, link, "n")[f"{LTI}/resource_link"]["id"] == "101"


def test_a_choice_is_answered_and_saved_once(
    tool: Answering, moodle: PracticeLMS
) -> None:
    assert tool.save().status_code == 400
    assert [tool.send().status_code, tool.send().status_code] == [200, 400]
    assert [tool.save().status_code, tool.save().status_code] == [303, 400]

    course = moodle.world.find_context("2")
    assert course is not None
    assert [link.id for link in course.links if int(link.id) > 100] == ["101"]


def test_nothing_chosen_shows_the_tools_words(tool: Answering) -> None:
    page = tool.send(**{f"{DL}/content_items": [], f"{DL}/msg": "Nichts <gewählt>"})

    assert "Nothing was chosen" in page.text
    assert "Nichts &lt;gewählt&gt;" in page.text


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"aud": "https://other.example"},
        {"aud": None},
        {"exp": 1},
        {"exp": "soon"},
        {"iat": 2**33},
        {"iat": None},
        {"nonce": None},
        {f"{LTI}/deployment_id": "7"},
        {f"{LTI}/version": "1.1"},
        {MESSAGE_TYPE: "LtiResourceLinkRequest"},
        {f"{DL}/data": "another question"},
        {f"{DL}/data": None},
        {f"{DL}/content_items": "many"},
        {f"{DL}/content_items": [1]},
    ],
    ids=str,
)
def test_an_answer_that_cannot_be_trusted_is_refused(
    tool: Answering, changes: dict[str, Any]
) -> None:
    assert tool.send(**changes).status_code == 400
    assert tool.send().status_code == 200


def test_an_answer_with_another_key_is_refused(tool: Answering) -> None:
    tool.key = make_key()
    forged = tool.send()
    tool.kid = "unknown"

    assert [forged.status_code, tool.send().status_code] == [400, 400]


def test_an_answer_comes_with_the_secret_of_its_question(tool: Answering) -> None:
    secret = parse_qs(urlsplit(tool.url).query)["sesskey"][0]
    tool.url = tool.url.replace(secret, "guessed")

    assert tool.send().status_code == 403
