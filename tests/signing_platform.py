"""A platform for tests that signs real tokens, whatever they say."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool import clock
from lti_tool.keys import public_jwk
from lti_tool.lti.models import JwksCache, Registration
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web.tool import Tool

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"

_KEYS: dict[str, Any] = {}


def _key(name: str) -> Any:
    """Return a key made once a test run; making one takes long."""
    if name not in _KEYS:
        _KEYS[name] = generate_private_key(public_exponent=65537, key_size=2048)
    return _KEYS[name]


class SigningPlatform:
    """An LMS that is registered with the tool under test; its key set stands in the tool's cache."""

    def __init__(
        self,
        app: Flask,
        issuer: str = "https://lms.example",
        client_id: str = "tool",
        key: Any = None,
    ) -> None:
        self.app = app
        self.tool: Tool = app.extensions["lti_tool"]
        self.issuer, self.client_id = issuer, client_id
        self.key = key or _key(issuer)
        self.kid, self.jwk = public_jwk(self.key)
        with self.tool.database.transaction(EVERYWHERE) as session:
            registration = Registration(
                name=issuer,
                issuer=issuer,
                client_id=client_id,
                auth_url=f"{issuer}/auth",
                token_url=f"{issuer}/token",
                jwks_url=f"{issuer}/jwks",
                provider={},
            )
            session.add(registration)
            session.merge(
                JwksCache(url=f"{issuer}/jwks", keys=[self.jwk], fetched_at=clock.now())
            )
            session.flush()
            self.registration_id = registration.id

    @property
    def base_url(self) -> str:
        return self.tool.settings.base_url

    def login(self, client: FlaskClient, **fields: str) -> tuple[str, str]:
        """Start a login in a browser and return state and nonce."""
        form = {
            "iss": self.issuer,
            "client_id": self.client_id,
            "login_hint": "1",
            "lti_message_hint": "m",
            "lti_deployment_id": "1",
            "target_link_uri": f"{self.base_url}/lti/launch",
            **fields,
        }
        answer = client.post("/lti/login", data={k: v for k, v in form.items() if v})
        assert answer.status_code == 302, answer.text
        query = parse_qs(urlsplit(answer.location).query)
        return query["state"][0], query["nonce"][0]

    def claims(
        self,
        sub: str = "7",
        role: str = "Learner",
        name: str | None = "Mia Muster",
        course: str = "c1",
        activity: str | None = None,
        locale: str = "en",
        **more: Any,
    ) -> dict[str, Any]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": sub,
            "iat": now,
            "exp": now + 60,
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}message_type": "LtiResourceLinkRequest",
            f"{CLAIM}deployment_id": "1",
            f"{CLAIM}target_link_uri": f"{self.base_url}/lti/launch",
            f"{CLAIM}roles": [f"{MEMBERSHIP}{role}"],
            f"{CLAIM}context": {
                "id": course,
                "title": f"Course {course}",
                "type": ["CourseSection"],
            },
            f"{CLAIM}resource_link": {
                "id": f"{course}-{activity or 'home'}",
                "title": activity or "Home",
            },
            f"{CLAIM}custom": {"activity": activity} if activity else {},
            f"{CLAIM}launch_presentation": {
                "locale": locale,
                "document_target": "iframe",
            },
        }
        if name:
            claims |= {"name": name, "email": f"person{sub}@example.org"}
        return {k: v for k, v in (claims | more).items() if v is not None}

    def sign(self, claims: dict[str, Any], **headers: Any) -> str:
        return jwt.encode(
            claims, self.key, algorithm="RS256", headers={"kid": self.kid} | headers
        )

    def launch(
        self, client: FlaskClient, claims: dict[str, Any] | None = None
    ) -> TestResponse:
        """Take a browser through login and launch."""
        state, nonce = self.login(client)
        token = self.sign({**(claims or self.claims()), "nonce": nonce})
        return client.post("/lti/launch", data={"state": state, "id_token": token})


class Visitor:
    """A person in a browser, inside a launch session."""

    def __init__(self, client: FlaskClient, home: str) -> None:
        self.client, self.home = client, home

    def get(self, path: str = "", **query: Any) -> TestResponse:
        """Open a page of the launch session, or follow a full path."""
        url = path if path.startswith("/") else self.home + path
        return self.client.get(url, query_string=query or None)

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, follow: bool = True
    ) -> TestResponse:
        """Send a form with a valid security code."""
        url = path if path.startswith("/") else self.home + path
        return self.client.post(
            url,
            data={"csrf_token": self.code(), **(data or {})},
            follow_redirects=follow,
        )

    def code(self) -> str:
        page = self.client.get(self.home).text
        return page.split('name="csrf_token" value="')[1].split('"')[0]

    @property
    def session_id(self) -> str:
        return self.home.split("/")[2]


def enter(
    platform: SigningPlatform, sub: str, role: str = "Learner", **claims: Any
) -> Visitor:
    """Launch as a person in a browser of their own and return the visitor."""
    client = platform.app.test_client()
    answer = platform.launch(client, platform.claims(sub=sub, role=role, **claims))
    assert answer.status_code == 303, answer.text
    return Visitor(client, "/".join(answer.location.split("/")[:3]) + "/")
