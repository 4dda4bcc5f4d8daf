"""Staff whom a platform asked what to add, and the platform's own look at the answer."""

import dataclasses
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
from werkzeug.test import TestResponse

from lti_tool import clock
from lti_tool.keys import Key, KeyFolder
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.settings import Settings
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


@pytest.fixture(scope="session")
def tool_key(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, str, dict[str, Any]]:
    """A signing key of the tool in a folder, made once: making one takes long."""
    folder = tmp_path_factory.mktemp("signing") / "keys"
    return folder, *KeyFolder(folder).make()


@pytest.fixture
def settings(
    settings: Settings, tool_key: tuple[Path, str, dict[str, Any]]
) -> Settings:
    """The tool with the folder of that key."""
    return dataclasses.replace(settings, keys=tool_key[0])


@pytest.fixture(autouse=True)
def signing_key(database: Database, tool_key: tuple[Path, str, dict[str, Any]]) -> None:
    """A tool that serves has an active key."""
    _, kid, jwk = tool_key
    with database.transaction(EVERYWHERE) as session:
        session.add(
            Key(
                kid=kid,
                use="lti",
                public_jwk=jwk,
                state="active",
                state_since=clock.now(),
            )
        )


@pytest.fixture
def ask(platform: SigningPlatform) -> Ask:
    """Let a platform ask staff what to add; the visitor's home is the picker."""

    def asking(sub: str = "1", **more: Any) -> Visitor:
        client = platform.app.test_client()
        answer = platform.launch(client, request_claims(platform, sub, **more))
        assert answer.status_code == 303, answer.text
        return Visitor(client, answer.location)

    return asking
