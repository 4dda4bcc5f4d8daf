"""Whatever goes wrong while a platform registers becomes sentences, an audit row, and nothing else."""

import re
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from lti_tool import clock
from lti_tool.entrance.registration import service, words
from lti_tool.lti import dynamic_registration, http
from lti_tool.lti.models import Registration, RegistrationInvitation
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.practice_lms.lms import PracticeLMS
from tests.commands import free_port
from tests.functional.registration.conftest import (
    REGISTER,
    Administrator,
    hidden_fields,
)
from tests.serving import served

pytestmark = pytest.mark.sqlite

Stored = Callable[[], list[Registration]]
Audited = Callable[[], list[str]]
ROOT = Path(__file__).resolve().parents[3]


class ScriptedPlatform:
    """A platform that says of itself, and answers a registration, what a test wants."""

    def __init__(self, app: Flask, database: Database, url: str) -> None:
        self.url, self.app, self.database = url, app, database
        self.document: Any = {
            "issuer": url,
            "authorization_endpoint": f"{url}/auth",
            "token_endpoint": f"{url}/token",
            "jwks_uri": f"{url}/jwks",
            "registration_endpoint": f"{url}/register",
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        self.configuration_status = 200
        self.answer: Callable[[], Any] = lambda: jsonify(client_id="c1")
        self.asked: list[tuple[str, str]] = []
        """What was asked for, and the token that came along."""

    def application(self) -> Flask:
        platform = Flask("scripted")

        @platform.before_request
        def note() -> None:
            self.asked.append((request.path, request.headers.get("Authorization", "")))

        @platform.get("/configuration")
        def configuration() -> Any:
            if isinstance(self.document, bytes):
                return Response(self.document, self.configuration_status)
            return jsonify(self.document), self.configuration_status

        @platform.post("/register")
        def register() -> Any:
            return self.answer()

        return platform

    def opened(self, **changed: str | None) -> TestResponse:
        """Open the tool's page as this platform would, but for what is changed."""
        with self.database.transaction(EVERYWHERE) as session:
            secret, _ = service.invite(session)
        sent = {
            "token": secret,
            "openid_configuration": f"{self.url}/configuration",
            "registration_token": "t0ken",
            "lang": "en",
            **changed,
        }
        return self.client.get(
            REGISTER, query_string={k: v for k, v in sent.items() if v is not None}
        )

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def confirmed(self, lang: str = "en") -> TestResponse:
        page = self.opened()
        assert page.status_code == 200, page.text
        return self.client.post(
            f"{REGISTER}?lang={lang}", data=hidden_fields(page.text)
        )


@pytest.fixture
def scripted(app: Flask, database: Database) -> Iterator[ScriptedPlatform]:
    port = free_port()
    platform = ScriptedPlatform(app, database, f"http://localhost:{port}")
    with served(platform.application(), port):
        yield platform


def refusal(page: TestResponse) -> str:
    """Return the code of a page that refuses, and check that it explains itself."""
    assert page.status_code in {400, 403}, page.text
    paragraphs = re.findall(r"<p>(.+?)</p>", page.text)
    assert len(paragraphs) >= 2
    found = re.search(r"Code: (\w+)", page.text)
    assert found, page.text
    return found[1]


class TestWithoutInvitation:
    """Nothing is fetched, and the page says how to get an invitation."""

    @pytest.mark.parametrize(
        ("token", "reason"),
        [
            (None, "invitation_missing"),
            ("", "invitation_missing"),
            ("x" * 43, "invitation_unknown"),
            ("\0", "invitation_unknown"),
            ("\ud800".encode(errors="replace").decode(), "invitation_unknown"),
        ],
        ids=["none", "empty", "unknown", "NUL", "odd"],
    )
    def test_an_unknown_secret_is_refused(
        self,
        scripted: ScriptedPlatform,
        token: str | None,
        reason: str,
        audited: Audited,
    ) -> None:
        page = scripted.opened(token=token)

        assert page.status_code == 403
        assert refusal(page) == reason
        assert "lti-tool platform invite" in page.text
        assert scripted.asked == []
        assert audited() == [reason]

    def test_an_old_one_too(
        self, admin: Administrator, database: Database, lms: PracticeLMS
    ) -> None:
        secret = admin.invited()
        page = admin.opens(secret)
        with database.transaction(EVERYWHERE) as session:
            session.execute(
                update(RegistrationInvitation).values(
                    expires_at=clock.now() - timedelta(seconds=1)
                )
            )

        assert refusal(admin.opens(secret)) == "invitation_expired"
        assert refusal(admin.confirms(page)) == "invitation_expired"
        assert lms.tools.all() == []

    def test_a_post_needs_it_as_well(
        self, admin: Administrator, lms: PracticeLMS
    ) -> None:
        page = admin.opens(admin.invited())

        assert refusal(admin.confirms(page, token="wrong")) == "invitation_unknown"
        assert lms.tools.all() == []


ANSWERS: dict[str, tuple[int, str, str, str]] = {
    # status, type, body -> reason
    "Moodle misses the domain": (400, "text/html", "missing_domain", "missing_domain"),
    "Moodle finds another domain": (
        400,
        "text/html",
        "domain_targetlinkuri_mismatch",
        "domain_targetlinkuri_mismatch",
    ),
    "Moodle knows the token": (
        401,
        "text/html",
        "token_already_used",
        "token_already_used",
    ),
    "Moodle misses an attribute": (
        400,
        "text/html",
        "missing required attribute jwks_uri",
        "attribute_missing",
    ),
    "Moodle on response types": (
        400,
        "text/html",
        "invalid_response_types",
        "invalid_response_types",
    ),
    "Moodle on redirects": (
        400,
        "text/html",
        "invalid_redirect_uris",
        "invalid_redirect_uris",
    ),
    "Moodle on keys": (
        400,
        "text/html",
        "invalid_token_endpoint_auth_method",
        "invalid_token_endpoint_auth_method",
    ),
    "Moodle on the kind": (
        400,
        "text/html",
        "invalid_application_type",
        "invalid_application_type",
    ),
    "Moodle's page for a garbage token": (
        404,
        "text/html",
        "<!DOCTYPE html><h1>Error</h1>",
        "endpoint_missing",
    ),
    "a redirect URI": (
        400,
        "application/json",
        '{"error": "invalid_redirect_uri", "error_description": "<b>no</b>"}',
        "invalid_redirect_uri",
    ),
    "metadata": (
        400,
        "application/json",
        '{"error":"invalid_client_metadata"}',
        "invalid_client_metadata",
    ),
    "a statement": (
        400,
        "application/json",
        '{"error":"invalid_software_statement"}',
        "invalid_software_statement",
    ),
    "an approval": (
        400,
        "application/json",
        '{"error":"unapproved_software_statement"}',
        "unapproved_software_statement",
    ),
    "a token as JSON": (
        401,
        "application/json",
        '{"error":"invalid_token"}',
        "invalid_token",
    ),
    "a request": (
        400,
        "application/json",
        '{"error":"invalid_request"}',
        "invalid_request",
    ),
    "a scope": (
        403,
        "application/json",
        '{"error":"insufficient_scope"}',
        "insufficient_scope",
    ),
    "a right": (403, "application/json", '{"error":"access_denied"}', "access_denied"),
    "no token": (401, "text/plain", "", "token_refused"),
    "forbidden": (403, "text/html", "<h1>Forbidden</h1>", "token_refused"),
    "gone": (405, "text/html", "", "endpoint_missing"),
    "twice": (409, "text/plain", "conflict", "already_registered"),
    "busy": (429, "text/plain", "", "platform_busy"),
    "broken": (500, "text/html", "<h1>Oops</h1>", "platform_failed"),
    "behind a proxy": (502, "text/html", "", "platform_failed"),
    "elsewhere": (302, "text/html", "", "platform_redirects"),
    "unknown words": (
        422,
        "application/json",
        '{"errors":[{"field":"domain"}]}',
        "platform_refused",
    ),
    "an error that is no text": (
        400,
        "application/json",
        '{"error":["x"]}',
        "platform_refused",
    ),
    "a list": (400, "application/json", "[]", "platform_refused"),
    "success without JSON": (200, "text/html", "<h1>Welcome</h1>", "answer_unreadable"),
    "success with a list": (200, "application/json", "[1]", "answer_unreadable"),
    "success without an id": (201, "application/json", "{}", "client_id_missing"),
    "success with an odd id": (
        200,
        "application/json",
        '{"client_id": "a\\nb"}',
        "client_id_missing",
    ),
    "success with a wrong id": (
        200,
        "application/json",
        '{"client_id": {"a": 1}}',
        "client_id_missing",
    ),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_each_answer_of_a_platform_becomes_a_sentence(
    scripted: ScriptedPlatform,
    stored: Stored,
    audited: Audited,
    invitations: Callable[[], list[RegistrationInvitation]],
    answer: tuple[int, str, str, str],
) -> None:
    status, kind, body, reason = answer
    headers = {"Location": "https://elsewhere.example"}
    scripted.answer = lambda: Response(body, status, headers, content_type=kind)

    page = scripted.confirmed()

    assert refusal(page) == reason
    assert audited() == [reason]
    assert stored() == []
    assert [row.used_at for row in invitations()] == [None]
    # Nothing that a platform wrote stands on our page.
    assert "<b>no" not in page.text
    assert "elsewhere.example" not in page.text


def test_the_words_are_german_for_who_reads_german(scripted: ScriptedPlatform) -> None:
    scripted.answer = lambda: Response("token_already_used", 401)

    page = scripted.confirmed(lang="de")

    assert "Ihre Lernplattform hat die Registrierung abgelehnt" in page.text
    assert "gilt einmal" in page.text


def test_a_number_is_an_id_too(scripted: ScriptedPlatform, stored: Stored) -> None:
    scripted.answer = lambda: jsonify(client_id=10000000000042)

    assert scripted.confirmed().status_code == 200
    assert stored()[0].client_id == "10000000000042"


def test_the_token_goes_to_the_place_of_registration_only(
    scripted: ScriptedPlatform,
) -> None:
    scripted.confirmed()

    assert scripted.asked == [("/configuration", ""), ("/register", "Bearer t0ken")]


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer": ({"issuer": "https://lms.example"}, "issuer_differs"),
    "a vendor's issuer": (
        {"issuer": "https://canvas.instructure.com"},
        "issuer_differs",
    ),
    "no token endpoint": ({"token_endpoint": None}, "configuration_incomplete"),
    "keys without https": ({"jwks_uri": "http://lms.example/jwks"}, "endpoint_unsafe"),
    "another place": (
        {"registration_endpoint": "https://elsewhere.example/register"},
        "registration_elsewhere",
    ),
    "other signatures": (
        {"id_token_signing_alg_values_supported": ["ES256"]},
        "no_rs256",
    ),
}


@pytest.mark.parametrize(("change", "reason"), CHANGES.values(), ids=CHANGES)
def test_a_configuration_that_cannot_be_trusted_is_not_offered(
    scripted: ScriptedPlatform, audited: Audited, change: dict[str, Any], reason: str
) -> None:
    scripted.document |= change

    assert refusal(scripted.opened()) == reason
    assert audited() == [reason]
    assert [path for path, _ in scripted.asked] == ["/configuration"]


@pytest.mark.parametrize(
    "document", [b"<h1>Login</h1>", b"[]", b'"x"', b"{", b"\xff\xfe"]
)
def test_an_answer_that_is_no_configuration_is_refused(
    scripted: ScriptedPlatform, document: bytes
) -> None:
    scripted.document = document

    assert refusal(scripted.opened()) == "configuration_unreadable"


@pytest.mark.parametrize("status", [201, 204, 302, 401, 404, 500])
def test_a_configuration_with_another_status_is_refused(
    scripted: ScriptedPlatform, status: int
) -> None:
    scripted.configuration_status = status

    page = scripted.opened()

    assert refusal(page) == "configuration_status"
    assert f"({status})" in page.text


UNREACHABLE = {
    "http": ("http://lms.example/c", "configuration_address"),
    "no address": ("lms", "configuration_address"),
    "empty": ("", "configuration_address"),
    "a file": ("file:///etc/passwd", "configuration_address"),
    "user": ("https://tool@lms.example/c", "configuration_address"),
    "NUL": ("https://lms.example/\0", "configuration_address"),
    "long": ("https://lms.example/" + "x" * 3000, "configuration_address"),
    "private": ("https://10.0.0.1/c", "configuration_blocked"),
    "metadata": ("https://169.254.169.254/latest", "configuration_blocked"),
    "unknown": ("https://nothing.invalid/c", "configuration_dns"),
    "closed": ("http://127.0.0.1:1/c", "configuration_connection"),
}


@pytest.mark.parametrize(("address", "reason"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_an_address_that_gives_no_answer_is_explained(
    scripted: ScriptedPlatform, audited: Audited, address: str, reason: str
) -> None:
    page = scripted.opened(openid_configuration=address)

    assert refusal(page) == reason
    assert audited() == [reason]


def test_a_certificate_that_is_none_is_explained(scripted: ScriptedPlatform) -> None:
    address = f"{scripted.url}/configuration".replace("http://", "https://")

    assert refusal(scripted.opened(openid_configuration=address)) == "configuration_tls"


@pytest.mark.parametrize("token", ["a b", "a\r\nX: y", "ä", "x" * 9000])
def test_a_token_that_fits_into_no_header_is_not_sent(
    scripted: ScriptedPlatform, token: str
) -> None:
    page = scripted.opened(registration_token=token)

    done = scripted.client.post(f"{REGISTER}?lang=en", data=hidden_fields(page.text))

    assert refusal(done) == "token_malformed"
    assert [path for path, _ in scripted.asked] == ["/configuration"]


def test_a_platform_that_hangs_up_is_explained(
    scripted: ScriptedPlatform, invitations: Callable[[], list[RegistrationInvitation]]
) -> None:
    page = scripted.opened()
    fields = hidden_fields(page.text)
    scripted.answer = _hang_up

    done = scripted.client.post(f"{REGISTER}?lang=en", data=fields)

    assert refusal(done) == "registration_connection"
    assert "delete the entry" in done.text
    assert [row.used_at for row in invitations()] == [None]


def _hang_up() -> Any:
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return ""


def test_every_reason_has_words() -> None:
    sources = [
        *(ROOT / "lti_tool/entrance/registration").glob("*.py"),
        ROOT / "lti_tool/lti/dynamic_registration.py",
        ROOT / "lti_tool/lti/platform_configuration.py",
    ]
    raised = {
        reason
        for source in sources
        for reason in re.findall(
            r'RegistrationRefusedError\(\s*"(\w+)"', source.read_text()
        )
    }
    kinds = [*(kind for kind, _ in http._KINDS), "connection"]
    reached = {
        f"{stage}_{kind}"
        for stage in ("configuration", "registration")
        for kind in kinds
    }
    answered = {
        *dynamic_registration.KNOWN_ERRORS,
        *dynamic_registration._BY_STATUS.values(),
        *dynamic_registration._BY_HUNDRED.values(),
        "attribute_missing",
        "platform_refused",
    }
    invited = {"invitation_unknown", "invitation_missing"}

    assert len(raised) > 10
    assert raised | reached | answered | invited == set(words._WORDS)
