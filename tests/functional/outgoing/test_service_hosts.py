"""Tokens go to the hosts of a registration and to no other, however a platform is spread."""

import json
from collections.abc import Callable, Iterator

import pytest

from lti_tool.errors import SettingError
from lti_tool.lti import grades, roster
from lti_tool.lti.connector import Platform
from lti_tool.lti.models import Registration, TokenCache
from lti_tool.operation import platforms
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web.tool import Tool
from tests.functional.outgoing.conftest import SCORE, WANTED, outcome
from tests.raw_server import HEAD, RawServer, Speak

pytestmark = pytest.mark.sqlite

FACTS = {"name": "Canvas", "client_id": "10000000000001"}


@pytest.fixture
def permitted() -> tuple[str, ...]:
    return ("127.0.0.1/32",)


@pytest.fixture
def servers() -> Iterator[tuple[RawServer, RawServer, RawServer]]:
    """The platform's doorway, the host of its services, and a stranger."""
    three = RawServer(), RawServer(), RawServer()
    three[0].speak = answers({"access_token": "secret-token", "expires_in": 3600})
    yield three
    for server in three:
        server.stop()


def answers(body: object, *headers: str) -> Speak:
    said = json.dumps(body).encode()
    lines = "".join(
        f"{line}\r\n" for line in (*headers, f"Content-Length: {len(said)}")
    )
    return lambda connection: connection.sendall(HEAD + f"{lines}\r\n".encode() + said)


def origin(server: RawServer) -> str:
    return f"http://127.0.0.1:{server.port}"


Register = Callable[..., Platform]


@pytest.fixture
def register(tool: Tool, servers: tuple[RawServer, ...]) -> Register:
    door = origin(servers[0])

    def registering(*service_hosts: str) -> Platform:
        facts = {
            **FACTS,
            "issuer": door,
            "auth_url": f"{door}/auth",
            "token_url": f"{door}/token",
            "jwks_url": f"{door}/jwks",
        }
        added = platforms.add(tool, facts, [], service_hosts)
        return tool.connector.platform(int(added))

    return registering


def calls(tool: Tool, platform: Platform, base: str) -> list[Callable[[], object]]:
    """Return every call that would carry a token, to one host."""
    return [
        lambda: roster.members(tool.connector, platform, f"{base}/members"),
        lambda: grades.post_score(tool.connector, platform, f"{base}/item", SCORE),
        lambda: grades.find_line_item(
            tool.connector, platform, f"{base}/items", WANTED
        ),
        lambda: grades.make_line_item(
            tool.connector, platform, f"{base}/items", WANTED
        ),
    ]


def test_services_on_a_host_that_nobody_named_get_no_request(
    tool: Tool, register: Register, servers: tuple[RawServer, ...]
) -> None:
    door, services, _ = servers

    for call in calls(tool, register(), origin(services)):
        assert outcome(call) == "foreign"
    # Not even a token is asked for.
    assert (door.connections, services.connections) == (0, 0)


def test_services_on_a_named_host_get_the_token(
    tool: Tool, register: Register, servers: tuple[RawServer, ...]
) -> None:
    _, services, stranger = servers
    services.speak = answers({"members": []})
    platform = register(origin(services))

    for call in calls(tool, platform, origin(services)):
        assert outcome(call) != "foreign"
    for call in calls(tool, platform, origin(stranger)):
        assert outcome(call) == "foreign"

    assert services.connections == 4
    assert all(b"Authorization: Bearer secret-token" in a for a in services.asked)
    assert stranger.connections == 0


def test_a_next_page_on_another_host_is_not_asked_for(
    tool: Tool, register: Register, servers: tuple[RawServer, ...]
) -> None:
    _, services, stranger = servers
    following = f'Link: <{origin(stranger)}/members?from=2>; rel="next"'
    platform = register(origin(services))

    services.speak = answers({"members": [{"user_id": "1"}]}, following)
    listed, _, found, _ = calls(tool, platform, origin(services))
    assert outcome(listed) == "foreign"
    services.speak = answers([], following)
    assert outcome(found) == "foreign"

    assert stranger.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_a_token_anywhere(
    tool: Tool, register: Register, servers: tuple[RawServer, ...], status: int
) -> None:
    door, services, stranger = servers
    platform = register(origin(services))
    moved = (
        f"HTTP/1.1 {status} Moved\r\nConnection: close\r\nContent-Length: 0\r\n"
        f"Location: {origin(stranger)}/\r\n\r\n"
    ).encode()
    services.speak = lambda connection: connection.sendall(moved)

    for call in calls(tool, platform, origin(services)):
        outcome(call)
    assert services.connections == 4
    with tool.database.transaction(EVERYWHERE) as session:
        session.query(TokenCache).delete()
    door.speak = services.speak
    for call in calls(tool, platform, origin(services)):
        assert outcome(call) == "TokenRefusedError"

    assert stranger.connections == 0


def test_a_connection_can_be_corrected_and_old_tokens_are_forgotten(
    tool: Tool, register: Register, servers: tuple[RawServer, ...]
) -> None:
    door, services, _ = servers
    services.speak = answers({"members": []})
    platform = register(origin(services))
    outcome(calls(tool, platform, origin(services))[0])

    platforms.change(
        tool,
        platform.registration_id,
        {"client_id": "2", "token_url": f"{origin(door)}/new", "audience": "canvas"},
    )

    changed = tool.connector.platform(platform.registration_id)
    assert (changed.client_id, changed.audience) == ("2", "canvas")
    assert f"{origin(services)}" in changed.urls
    outcome(calls(tool, changed, origin(services))[0])
    assert b"POST /new" in door.asked[-1]
    assert door.connections == 2

    platforms.change(tool, platform.registration_id, {"audience": ""}, [""])

    again = tool.connector.platform(platform.registration_id)
    assert again.audience == again.token_url
    assert origin(services) not in again.urls


def test_a_client_id_of_another_registration_is_refused(
    tool: Tool, register: Register
) -> None:
    first = register()
    with tool.database.transaction(EVERYWHERE) as session:
        known = session.get_one(Registration, first.registration_id)
        facts = {"auth_url": "", "token_url": "", "jwks_url": "", "provider": {}}
        session.add(
            Registration(name="Other", issuer=known.issuer, client_id="2", **facts)
        )

    for client_id in ("2", ""):
        with pytest.raises(
            SettingError, check=lambda error: "--client-id" in error.line
        ):
            platforms.change(tool, first.registration_id, {"client_id": client_id})


@pytest.mark.parametrize(
    ("host", "stored"),
    [
        ("school.instructure.com", ["https://school.instructure.com"]),
        ("School.Example:8443", ["https://school.example:8443"]),
        ("https://school.example/", ["https://school.example"]),
        ("http://localhost:8001", ["http://localhost:8001"]),
    ],
)
def test_a_host_is_stored_as_an_origin(
    tool: Tool, register: Register, host: str, stored: list[str]
) -> None:
    platform = register(host)

    with tool.database.reading(EVERYWHERE) as session:
        found = session.get_one(Registration, platform.registration_id)
        assert found.service_hosts == stored


@pytest.mark.parametrize(
    "host",
    [
        "http://school.example",
        "https://school.example/api",
        "school.example?x",
        "user@school.example",
        "ftp://school.example",
        "*.school.example/",
        "a b",
        "https://",
        "https://[broken",
    ],
)
def test_what_is_no_host_is_refused(register: Register, host: str) -> None:
    with pytest.raises(
        SettingError, check=lambda error: "--service-host" in error.line
    ):
        register(host)
