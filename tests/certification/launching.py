"""A launch from login to answer, in parts, so that one part at a time can be changed."""

import json
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.certification.forging import (
    ABSENT,
    ForgingPlatform,
    base64url,
    signature,
)
from tests.signing_platform import CLAIM

SECRETS = {"sub": "sub-4711", "name": "Erika Geheim", "email": "geheim@example.org"}
TITLE = "Kurs im Vertrauen"

Changes = Mapping[str, Any]
"""What differs from an accepted launch, by part:

``login.NAME``, ``claims.NAME``, ``header.NAME``, ``form.NAME`` are a field, claim or header;
``signing`` signs by another key and says so in the header;
``body`` and ``token`` replace what was made so far; ``browser`` is who posts;
``platform`` happens before the login, ``meanwhile`` between login and launch.
A value that can be called gets the attempt; ABSENT takes a field away.
"""


class Signing(NamedTuple):
    """What signs a token: algorithm, key and the key's id."""

    algorithm: str
    key: Any
    kid: str


class Attempt:
    """One try to enter the tool, in a browser of its own."""

    def __init__(
        self,
        platform: ForgingPlatform,
        role: str = "Instructor",
        method: str = "POST",
        changes: Changes | None = None,
    ) -> None:
        self.platform, self.role, self.method = platform, role, method
        self.changes = changes or {}
        self.browser: FlaskClient = platform.app.test_client()
        self.now = int(time.time())
        self.state = self.nonce = ""

    def run(self, about_to_post: Callable[[], None] = lambda: None) -> TestResponse:
        """Go as far as the tool lets us and return its last answer."""
        self.changed("platform", None)
        answer = self.login()
        if answer.status_code != 302:
            return answer
        self.changed("meanwhile", None)
        about_to_post()
        return self.post()

    @property
    def login_fields(self) -> dict[str, str]:
        """What the platform sends to start a login."""
        return self._parts(
            "login",
            {
                "iss": self.platform.issuer,
                "client_id": self.platform.client_id,
                "login_hint": "7",
                "lti_deployment_id": "1",
                "target_link_uri": f"{self.platform.base_url}/lti/launch",
            },
        )

    def login(self) -> TestResponse:
        """Start a login as a form or as a link."""
        place = {"data" if self.method == "POST" else "query_string": self.login_fields}
        answer = self.browser.open("/lti/login", method=self.method, **place)
        query = parse_qs(urlsplit(answer.location or "").query)
        self.state, self.nonce = (query.get(n, [""])[0] for n in ("state", "nonce"))
        return answer

    def post(self) -> TestResponse:
        """Post the signed message, from this browser or the one that the change names."""
        form = self._parts("form", {"state": self.state, "id_token": self.token})
        browser = self.changed("browser", self.browser)
        answer: TestResponse = browser.post("/lti/launch", data=form)
        return answer

    def page(self, answer: TestResponse) -> TestResponse:
        """Return the page to which an answer leads; a few messages are answered by one at once."""
        if answer.status_code != 303:
            return answer
        return self.browser.get(answer.location, follow_redirects=True)

    @cached_property
    def claims(self) -> dict[str, Any]:
        claims = {**self.platform.claims(role=self.role), **SECRETS}
        claims[f"{CLAIM}context"] |= {"title": TITLE}
        return self._parts("claims", {**claims, "nonce": self.nonce})

    @cached_property
    def token(self) -> str:
        """The claims in a signed envelope, as the changes want it."""
        usual = Signing("RS256", self.platform.key, self.platform.kid)
        algorithm, signer, kid = self.changed("signing", usual)
        header = self._parts("header", {"typ": "JWT", "alg": algorithm, "kid": kid})
        body = self.changed("body", json.dumps(self.claims).encode())
        signed = f"{base64url(json.dumps(header).encode())}.{base64url(body)}"
        right = base64url(signature(signed, algorithm, signer))
        # The token as it stands is what a change of it begins with.
        self.__dict__["token"] = f"{signed}.{right}"
        return str(self.changed("token", self.token))

    def changed(self, part: str, usual: Any) -> Any:
        """Return what a part was changed to, or what it usually is."""
        value = self.changes.get(part, usual)
        return value(self) if callable(value) else value

    def _parts(self, kind: str, usual: dict[str, Any]) -> dict[str, Any]:
        named = [p.partition(".") for p in self.changes]
        names = [name for begin, _, name in named if begin == kind and name]
        parts = usual | {n: self.changed(f"{kind}.{n}", None) for n in names}
        return {name: value for name, value in parts.items() if value is not ABSENT}
