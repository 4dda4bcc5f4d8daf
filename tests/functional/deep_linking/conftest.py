"""Staff whom a platform asked what to add, and the platform's own look at the answer."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from lti_tool import keys
from tests.signing_platform import CLAIM, SigningPlatform, Visitor

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
RETURN_URL = "https://lms.example/return.php?course=2&sesskey=s3cr3tKey"
SETTINGS: dict[str, Any] = {
    "deep_link_return_url": RETURN_URL,
    "accept_types": ["ltiResourceLink"],
    "accept_presentation_document_targets": ["frame", "iframe", "window"],
    "accept_multiple": True,
    "auto_create": False,
}
Ask = Callable[..., Visitor]


@dataclass(frozen=True)
class Answer:
    """What a platform receives."""

    url: str
    header: dict[str, Any]
    claims: dict[str, Any]

    @property
    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.claims[f"{DL}content_items"]
        return found


def request_claims(
    platform: SigningPlatform, sub: str = "1", role: str = "Instructor", **more: Any
) -> dict[str, Any]:
    """Return the claims with which Moodle 4.5 asks; ``settings`` change what it accepts."""
    settings = SETTINGS | more.pop("settings", {})
    claims = platform.claims(sub=sub, role=role, **more)
    del claims[f"{CLAIM}resource_link"]
    claims[f"{CLAIM}message_type"] = "LtiDeepLinkingRequest"
    claims[f"{DL}deep_linking_settings"] = {
        k: v for k, v in settings.items() if v is not None
    }
    return claims


def received(page: TestResponse, platform: SigningPlatform) -> Answer:
    """Verify an answer as a platform does: our key set, our client id, itself as audience."""
    assert page.status_code == 200, page.text
    form = re.search(r'<form id="answer"[^>]* action="([^"]+)"', page.text)
    token = re.search(r'name="JWT" value="([^"]+)"', page.text)
    assert form is not None
    assert token is not None
    key_set = jwt.PyJWKSet.from_dict(
        platform.app.test_client().get("/lti/jwks").get_json()
    )
    header = jwt.get_unverified_header(token[1])
    claims = jwt.decode(
        token[1],
        key_set[header["kid"]],
        algorithms=["RS256"],
        audience=platform.issuer,
        issuer=platform.client_id,
        options={"require": ["exp", "iat", "nonce"]},
    )
    return Answer(html.unescape(form[1]), header, claims)


@pytest.fixture(autouse=True)
def signing_key(app: Flask) -> None:
    """A tool that serves has made its key before."""
    tool = app.extensions["lti_tool"]
    keys.ensure_active(tool.database, tool.key_folder)


@pytest.fixture
def ask(platform: SigningPlatform) -> Ask:
    """Let a platform ask staff what to add; the visitor's home is the picker."""

    def asking(sub: str = "1", **more: Any) -> Visitor:
        client = platform.app.test_client()
        answer = platform.launch(client, request_claims(platform, sub, **more))
        assert answer.status_code == 303, answer.text
        return Visitor(client, answer.location)

    return asking
