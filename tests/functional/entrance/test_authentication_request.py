"""The request that a login answers with is what Moodle takes: anything else is an error page there."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from tests.signing_platform import SigningPlatform


@pytest.mark.parametrize("path", ["/lti/launch", "/lti/launch?activity=worksheet", "/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_authentication_request_has_every_field_and_the_one_address(
    app: Flask, platform: SigningPlatform, method: str, path: str
) -> None:
    sent = {
        "iss": platform.issuer,
        "client_id": platform.client_id,
        "login_hint": "4",
        "lti_message_hint": '{"cmid":3,"launchid":"ltilaunch1_x"}',
        "lti_deployment_id": "1",
        "target_link_uri": f"{platform.base_url}{path}",
    }
    client = app.test_client()

    if method == "GET":
        answer = client.get("/lti/login", query_string=sent)
    else:
        answer = client.post("/lti/login", data=sent)

    asked = {k: v for k, [v] in parse_qs(urlsplit(answer.location).query).items()}
    assert asked.pop("state")
    assert asked.pop("nonce")
    assert asked == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "login_hint": "4",
        "lti_message_hint": '{"cmid":3,"launchid":"ltilaunch1_x"}',
        # Whatever the link opens: the platform compares it with the registered one, letter by letter.
        "redirect_uri": f"{platform.base_url}/lti/launch",
    }
