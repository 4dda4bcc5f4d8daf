"""A practice LMS on a real port that offers registration, and an administrator who uses it."""

import re
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.entrance.registration import service
from lti_tool.lti.models import Audit, Registration, RegistrationInvitation
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.practice_lms.app import create_lms
from lti_tool.practice_lms.lms import PracticeLMS
from lti_tool.settings import Settings
from tests.commands import free_port
from tests.serving import served

REGISTER = "/lti/register"


@pytest.fixture
def lms(settings: Settings) -> Iterator[PracticeLMS]:
    port = free_port()
    lms = create_lms(
        url=f"http://localhost:{port}", tool_url=settings.base_url, data=":memory:"
    )
    with served(lms, port):
        yield lms
    lms.close()


class Administrator:
    """Somebody who may register tools at an LMS, and the page of the tool that they see there."""

    def __init__(self, app: Flask, lms: PracticeLMS, database: Database) -> None:
        self.tool: FlaskClient = app.test_client()
        self.lms, self.database = lms, database

    def invited(self, **wanted: Any) -> str:
        """Return the secret of a new invitation."""
        with self.database.transaction(EVERYWHERE) as session:
            return service.invite(session, **wanted)[0]

    def parameters(self, secret: str, tool: str = "new") -> dict[str, str]:
        """Return what the LMS adds to the tool's address when it opens it."""
        address = f"{self.lms.addresses.tool_url}{REGISTER}?token={secret}"
        page = self.lms.test_client().get(
            "/tools/register", query_string={"url": address, "tool": tool}
        )
        [source] = re.findall(r'src="([^"]+/lti/register[^"]*)"', page.text)
        return dict(parse_qsl(urlsplit(unescape(source)).query))

    def opens(
        self, secret: str, lang: str = "en", **changed: str | None
    ) -> TestResponse:
        """Open the tool's page as the LMS does, but for what is changed."""
        sent = {**self.parameters(secret), "lang": lang, **changed}
        return self.tool.get(
            REGISTER, query_string={k: v for k, v in sent.items() if v is not None}
        )

    def confirms(self, page: TestResponse, **changed: str) -> TestResponse:
        """Press the button of the page, in a browser that keeps no cookies."""
        return self.tool.post(
            f"{REGISTER}?lang=en", data={**hidden_fields(page.text), **changed}
        )

    def registers(self, secret: str) -> TestResponse:
        return self.confirms(self.opens(secret))


def hidden_fields(page: str) -> dict[str, str]:
    form = page[page.index('method="post"') :]
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in pairs}


@pytest.fixture
def admin(app: Flask, lms: PracticeLMS, database: Database) -> Administrator:
    return Administrator(app, lms, database)


@pytest.fixture
def stored(database: Database) -> Callable[[], list[Registration]]:
    """Read the registrations, the oldest first."""

    def read() -> list[Registration]:
        with database.reading(EVERYWHERE) as session:
            return list(session.scalars(select(Registration).order_by(Registration.id)))

    return read


@pytest.fixture
def audited(database: Database) -> Callable[[], list[str]]:
    """Read what was noted of registrations, the oldest first."""

    def read() -> list[str]:
        with database.reading(EVERYWHERE) as session:
            rows = select(Audit.reason).where(Audit.event == "registration")
            return list(session.scalars(rows.order_by(Audit.id)))

    return read


@pytest.fixture
def invitations(database: Database) -> Callable[[], list[RegistrationInvitation]]:
    def read() -> list[RegistrationInvitation]:
        with database.reading(EVERYWHERE) as session:
            rows = select(RegistrationInvitation).order_by(RegistrationInvitation.id)
            return list(session.scalars(rows))

    return read


Document = Mapping[str, Any]
