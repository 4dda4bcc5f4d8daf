"""Tools register at the practice LMS as they would in Moodle 4.5, with its errors."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool.practice_lms.app import create_lms
from lti_tool.practice_lms.lms import PracticeLMS

TOOL_URL = "http://127.0.0.1:8000"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
ADDRESS = f"{TOOL_URL}/lti/register?token=t"
SAID: dict[str, Any] = {
    "application_type": "web",
    "response_types": ["id_token"],
    "initiate_login_uri": f"{TOOL_URL}/lti/login",
    "redirect_uris": [f"{TOOL_URL}/lti/launch"],
    "client_name": "A tool",
    "jwks_uri": f"{TOOL_URL}/lti/jwks",
    "token_endpoint_auth_method": "private_key_jwt",
    "scope": "https://purl.imsglobal.org/spec/lti-ags/scope/score other",
    TOOL: {"domain": "127.0.0.1:8000", "target_link_uri": f"{TOOL_URL}/lti/launch"},
}


@pytest.fixture(scope="module")
def key_holder() -> Iterator[PracticeLMS]:
    lms = create_lms(url="http://localhost:8001", tool_url=TOOL_URL, data=":memory:")
    yield lms
    lms.close()


@pytest.fixture
def browser(key_holder: PracticeLMS) -> FlaskClient:
    return key_holder.test_client()


def opened(browser: FlaskClient, tool: str = "new") -> dict[str, str]:
    """Return what the LMS adds to a tool's address."""
    page = browser.get("/tools/register", query_string={"url": ADDRESS, "tool": tool})
    [source] = re.findall(r'<iframe[^>]+src="([^"]+)"', page.text)
    query = parse_qs(urlsplit(unescape(source)).query)
    return {name: values[0] for name, values in query.items()}


def posted(browser: FlaskClient, token: str, said: Any) -> TestResponse:
    return browser.post(
        "/register", json=said, headers={"Authorization": f"Bearer {token}"}
    )


def test_it_adds_its_configuration_and_a_token_to_the_address(
    browser: FlaskClient,
) -> None:
    added = opened(browser)

    assert added["token"] == "t"
    assert added["openid_configuration"] == "http://localhost:8001/openid-configuration"
    said = browser.get("/openid-configuration").json
    assert said["issuer"] == "http://localhost:8001"
    assert said["registration_endpoint"] == "http://localhost:8001/register"


def test_a_tool_gets_a_client_id_of_fifteen_characters_and_a_deployment(
    browser: FlaskClient,
) -> None:
    answer = posted(browser, opened(browser)["registration_token"], SAID).json

    assert re.fullmatch(r"\w{15}", answer["client_id"])
    assert int(answer[TOOL]["deployment_id"]) > 1
    assert answer["scope"] == "https://purl.imsglobal.org/spec/lti-ags/scope/score"
    assert answer["client_id"] in browser.get("/tools").text


def test_a_token_works_once(browser: FlaskClient) -> None:
    token = opened(browser)["registration_token"]
    posted(browser, token, SAID)

    again = posted(browser, token, SAID)

    assert (again.status_code, again.text) == (401, "token_already_used")


def test_a_failed_registration_does_not_use_it(browser: FlaskClient) -> None:
    token = opened(browser)["registration_token"]
    posted(browser, token, {**SAID, TOOL: {"version": "1"}})

    assert posted(browser, token, SAID).status_code == 200


def test_after_an_hour_there_is_a_page_of_the_lms(
    browser: FlaskClient, key_holder: PracticeLMS, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = opened(browser)["registration_token"]
    late = key_holder.clock() + 3601
    monkeypatch.setattr(key_holder, "clock", lambda: late)

    for odd in (token, "garbage", ""):
        answer = posted(browser, odd, SAID)
        assert (answer.status_code, "<html" in answer.text) == (404, True)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in SAID.items() if key != name}


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (without("jwks_uri"), "missing required attribute jwks_uri"),
        (without(TOOL), f"missing required attribute {TOOL}"),
        ({**SAID, TOOL: {"version": "1"}}, "missing_domain"),
        (
            {**SAID, TOOL: {**SAID[TOOL], "domain": "127.0.0.1"}},
            "domain_targetlinkuri_mismatch",
        ),
        ({**SAID, "response_types": ["code"]}, "invalid_response_types"),
        ({**SAID, "redirect_uris": "x"}, "invalid_redirect_uris"),
        (
            {**SAID, "token_endpoint_auth_method": "none"},
            "invalid_token_endpoint_auth_method",
        ),
        ({**SAID, "application_type": "native"}, "invalid_application_type"),
        ([], "invalid_request"),
    ],
)
def test_it_refuses_in_moodles_words(
    browser: FlaskClient, said: Any, error: str
) -> None:
    answer = posted(browser, opened(browser)["registration_token"], said)

    assert (answer.status_code, answer.text) == (400, error)
    assert answer.mimetype == "text/html"


def test_an_update_keeps_client_id_and_deployment(browser: FlaskClient) -> None:
    first = posted(browser, opened(browser)["registration_token"], SAID).json
    token = opened(browser, first["client_id"])["registration_token"]

    second = posted(browser, token, {**SAID, "client_name": "Another name"}).json

    assert second["client_id"] == first["client_id"]
    assert second[TOOL]["deployment_id"] == first[TOOL]["deployment_id"]
    assert second["client_name"] == "Another name"


def test_with_a_tool_known_it_asks_whether_to_update_it(browser: FlaskClient) -> None:
    known = posted(browser, opened(browser)["registration_token"], SAID).json

    page = browser.get("/tools/register", query_string={"url": ADDRESS}).text

    assert "This tool is registered already" in page
    assert known["client_id"] in page
    assert "<iframe" not in page


@pytest.mark.parametrize(
    "url", ["", "https://elsewhere.example/x", "http://127.0.0.1:80001/x", "lti"]
)
def test_it_opens_no_other_tool(browser: FlaskClient, url: str) -> None:
    answer = browser.get("/tools/register", query_string={"url": url, "tool": "new"})

    assert (answer.status_code, "<iframe" in answer.text) == (400, False)


def test_the_tool_of_the_example_courses_stays_what_it_is(
    browser: FlaskClient, key_holder: PracticeLMS
) -> None:
    before = key_holder.registration()

    posted(browser, opened(browser)["registration_token"], SAID)

    assert key_holder.registration() == before
    assert before["client_id"] in browser.get("/tools").text
