"""Places from which the tool calls a platform, and a record of every connection that leaves."""

import dataclasses
import ipaddress
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from lti_tool import clock
from lti_tool.errors import LaunchRefusedError, RegistrationRefusedError
from lti_tool.keys import Key, KeyFolder, public_jwk
from lti_tool.lti import dynamic_registration, grades, http, roster
from lti_tool.lti.connector import ForeignAddressError, TokenRefusedError
from lti_tool.lti.http import PlatformUnreachableError
from lti_tool.lti.models import Registration, TokenCache
from lti_tool.lti.platform_configuration import PlatformConfiguration
from lti_tool.lti.roster import RosterRefusedError
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.settings import Settings
from lti_tool.web.tool import Tool
from tests.raw_server import RawServer

LMS = "https://lms.example"
WANTED = grades.WantedLineItem("Worksheet", 1.0, "1-worksheet", "start")
SCORE = grades.Score("7", 1.0, 1.0, datetime(2026, 3, 1, tzinfo=UTC), None)
Outcomes = dict[str, str]

_recorders: list[list[Any]] = []


def _record(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        for recorder in _recorders:
            recorder.append(arguments[1])


# A hook cannot be taken away again, so there is one for all tests.
sys.addaudithook(_record)


@pytest.fixture
def connects() -> Iterator[list[Any]]:
    """Every address to which this process connects, or tries to, while the test runs."""
    recorded: list[Any] = []
    _recorders.append(recorded)
    yield recorded
    _recorders.remove(recorded)


@pytest.fixture
def permitted() -> tuple[str, ...]:
    """The private networks that the settings permit."""
    return ()


@pytest.fixture
def settings(settings: Settings, permitted: Sequence[str]) -> Settings:
    return dataclasses.replace(
        settings, private_platforms=tuple(map(ipaddress.ip_network, permitted))
    )


@pytest.fixture
def server() -> Iterator[RawServer]:
    running = RawServer()
    yield running
    running.stop()


@pytest.fixture
def tool(app: Flask) -> Tool:
    """The tool with a key to sign with."""
    tool: Tool = app.extensions["lti_tool"]
    kid, jwk = _make_key(tool.key_folder)
    with tool.database.transaction(EVERYWHERE) as session:
        session.add(
            Key(
                kid=kid,
                use="lti",
                public_jwk=jwk,
                state="active",
                state_since=clock.now(),
            )
        )
    return tool


_pem: list[tuple[str, bytes]] = []


def _make_key(folder: KeyFolder) -> tuple[str, dict[str, Any]]:
    """Put a key into the folder that was made once a run; making one takes long."""
    if not _pem:
        kid, _ = folder.make()
        _pem.append((kid, (folder.folder / f"{kid}.pem").read_bytes()))
    kid, pem = _pem[0]
    folder.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder.folder / f"{kid}.pem").write_bytes(pem)
    (folder.folder / f"{kid}.pem").chmod(0o600)
    return public_jwk(folder.load(kid))


class Caller:
    """Has the tool call a platform whose addresses are all the same, from every place that calls."""

    def __init__(self, tool: Tool, url: str, *, has_token: bool = True) -> None:
        self.tool, self.url = tool, url
        with tool.database.transaction(EVERYWHERE) as session:
            registration = Registration(
                name=url,
                issuer=url,
                client_id="tool",
                auth_url=f"{LMS}/auth",
                token_url=url,
                jwks_url=url,
                provider={},
            )
            session.add(registration)
            session.flush()
            self.registration_id = registration.id
            for scopes in _SCOPES if has_token else ():
                session.add(
                    TokenCache(
                        registration_id=registration.id,
                        scopes=scopes,
                        token="secret-token",
                        expires_at=clock.now() + timedelta(hours=1),
                    )
                )
        self.platform = tool.connector.platform(self.registration_id)

    def jwks(self) -> None:
        self.tool.platform_keys.find(self.url, "kid")

    def token(self) -> None:
        self.tool.connector.send(
            self.platform, "GET", f"{LMS}/x", scopes=["unknown"], headers={}
        )

    def roster(self) -> None:
        roster.members(self.tool.connector, self.platform, self.url)

    def score(self) -> str:
        reply = grades.post_score(self.tool.connector, self.platform, self.url, SCORE)
        return _answer(reply)

    def find_line_item(self) -> str:
        search = grades.find_line_item(
            self.tool.connector, self.platform, self.url, WANTED
        )
        return _answer(search.reply)

    def make_line_item(self) -> str:
        _, reply = grades.make_line_item(
            self.tool.connector, self.platform, self.url, WANTED
        )
        return _answer(reply)

    def configuration(self) -> None:
        dynamic_registration.fetch_configuration(self.tool.http, self.url)

    def registration(self) -> None:
        platform = PlatformConfiguration(
            url=f"{LMS}/.well-known/openid-configuration",
            issuer=LMS,
            auth_url=f"{LMS}/auth",
            token_url=f"{LMS}/token",
            jwks_url=f"{LMS}/jwks",
            registration_url=self.url,
            audience=None,
            family="",
            scopes=(),
            claims=(),
            messages={},
            variables=(),
        )
        dynamic_registration.register(self.tool.http, platform, {}, "secret-token")

    @property
    def places(self) -> Mapping[str, Callable[[], object]]:
        return {
            name: getattr(self, name)
            for name in (
                "jwks",
                "token",
                "roster",
                "score",
                "find_line_item",
                "make_line_item",
                "configuration",
                "registration",
            )
        }

    def outcomes(self) -> Outcomes:
        """Return what came of a call from each place: a kind of error, or the status."""
        return {name: outcome(call) for name, call in self.places.items()}


_SCOPES = (
    roster.SCOPE,
    grades.SCORE_SCOPE,
    grades.LINE_ITEM_SCOPE,
    grades.LINE_ITEM_READ_SCOPE,
)


def _answer(reply: http.Reply) -> str:
    return str(reply.status)


def outcome(call: Callable[[], object]) -> str:
    """Return a call's result in one word."""
    try:
        return str(call())
    except PlatformUnreachableError as error:
        return error.kind
    except ForeignAddressError:
        return "foreign"
    except LaunchRefusedError as error:
        return str(error.details.get("kind", error.reason))
    except RegistrationRefusedError as error:
        return error.reason.partition("_")[2]
    except (TokenRefusedError, RosterRefusedError) as error:
        return type(error).__name__


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """The answers of the system's resolver, by name, one look-up after the other; the last stays."""
    real, table = socket.getaddrinfo, dict[str, list[list[str]]]()

    def look_up(host: str, port: int, *_more: Any, **_named: Any) -> Any:
        if host not in table:
            return real(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
        answers = table[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return table
