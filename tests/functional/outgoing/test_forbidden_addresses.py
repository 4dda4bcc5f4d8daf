"""No connection leaves for an address that no platform may have, whatever a URL looks like."""

import gzip
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from lti_tool.lti import http
from lti_tool.web.tool import Tool
from tests.functional.outgoing.conftest import Caller, outcome
from tests.raw_server import HEAD, RawServer, Speak, says

pytestmark = pytest.mark.sqlite

Names = dict[str, list[list[str]]]
_CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_MOVED = b"HTTP/1.1 302 Found\r\nLocation: https://lms.example/\r\n\r\n"

# ``{port}`` is a port of this machine on which somebody listens.
LITERALS = [
    # This machine, in every spelling that a resolver takes.
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://127.0.1:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7f.0.0.1:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://017700000001:{port}/",
    "https://127.8.9.10:{port}/",
    "https://0.0.0.0:{port}/",
    "https://0:{port}/",
    "https://[::1]:{port}/",
    "http://[::1]:{port}/",
    "https://[::]:{port}/",
    "https://[0:0:0:0:0:0:0:1]:{port}/",
    # IPv4 inside IPv6: mapped, translated, compatible, 6to4, NAT64, Teredo.
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[::ffff:0:127.0.0.1]:{port}/",
    "https://[::127.0.0.1]:{port}/",
    "https://[2002:7f00:1::]:{port}/",
    "https://[2002:a9fe:a9fe::1]:{port}/",
    "https://[64:ff9b::7f00:1]:{port}/",
    "https://[64:ff9b::a9fe:a9fe]:{port}/",
    "https://[64:ff9b:1::a00:1]:{port}/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]:{port}/",
    # Private, shared, link-local, site-local, multicast, reserved; where clouds keep secrets.
    "https://10.0.0.1:{port}/",
    "https://172.16.0.1:{port}/",
    "https://192.168.1.1:{port}/",
    "https://100.64.0.1:{port}/",
    "https://100.100.100.200:{port}/",
    "https://169.254.169.254:{port}/latest/meta-data/",
    "https://2852039166:{port}/",
    "https://0xa9fea9fe:{port}/",
    "https://168.63.129.16:{port}/",
    "https://192.0.0.192:{port}/",
    "https://198.18.0.1:{port}/",
    "https://224.0.0.1:{port}/",
    "https://255.255.255.255:{port}/",
    "https://[fc00::1]:{port}/",
    "https://[fd00:ec2::254]:{port}/",
    "https://[fe80::1]:{port}/",
    "https://[fe80::1%25lo]:{port}/",
    "https://[fec0::1]:{port}/",
    "https://[ff02::1]:{port}/",
    "https://[2001:db8::1]:{port}/",
    # Other schemes, and URLs on which readers differ.
    "http://lms.example:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "https://lms.example@127.0.0.1:{port}/",
    "https://lms.example:443@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\\@lms.example/",
    "https://127.0.0.1:{port}#@lms.example/",
    "https://127.0.0.1:{port}?@lms.example/",
    "https://lms.example\\.127.0.0.1:{port}/",
    "https://127.0.0.1.:{port}/",
    "https://127.0.0.1\t:{port}/",
    "https://127.0.0.1:{port}/\r\nHost: lms.example",
    "https://%31%32%37.0.0.1:{port}/",
    "https://127%2e0%2e0%2e1:{port}/",
    "https://127。0。0。1:{port}/",
    "https://\N{FULLWIDTH DIGIT ONE}27.0.0.1:{port}/",
    "https://①②⑦.0.0.1:{port}/",
    "https://ⓛocalhost:{port}/",
]
NAMED = {
    "localhost": ["127.0.0.1"],
    "LOCALHOST": ["127.0.0.1"],
    "localhost.": ["127.0.0.1"],
    "localhost.localdomain": ["127.0.0.1", "::1"],
    "lms.localhost": ["::1"],
    "loopback.example": ["127.0.0.1"],
    "six.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "inside.example": ["10.0.0.5", "192.168.0.5"],
    "metadata.google.internal": ["169.254.169.254"],
    "linklocal.example": ["fe80::1%lo"],
    "any.example": ["0.0.0.0"],  # noqa: S104  # Nothing is bound here.
    "xn--lms-example-f1a.example": ["fd00::1"],
}


@pytest.fixture
def listeners() -> Iterator[Sequence[RawServer]]:
    """Somebody on this machine who must not be called, over IPv4 and IPv6 on one port."""
    first = RawServer()
    second = RawServer("::1", first.port)
    yield first, second
    first.stop()
    second.stop()


def seen(listeners: Sequence[RawServer]) -> int:
    return sum(listener.connections for listener in listeners)


@pytest.mark.parametrize("url", LITERALS)
@pytest.mark.usefixtures("names")
def test_a_hostile_address_is_not_called(
    tool: Tool, listeners: Sequence[RawServer], connects: list[Any], url: str
) -> None:
    outcomes = Caller(tool, url.format(port=listeners[0].port)).outcomes()

    assert set(outcomes.values()) <= {"blocked", "foreign", "dns", "address"}, outcomes
    assert outcomes["jwks"] != "foreign"
    assert (connects, seen(listeners)) == ([], 0)


@pytest.mark.parametrize("name", NAMED)
def test_a_name_that_leads_inside_is_not_called(
    tool: Tool,
    listeners: Sequence[RawServer],
    connects: list[Any],
    names: Names,
    name: str,
) -> None:
    for spelling in (name, name.lower(), name.rstrip(".")):
        names[spelling] = [NAMED[name]]

    outcomes = Caller(tool, f"https://{name}:{listeners[0].port}/").outcomes()

    assert set(outcomes.values()) == {"blocked"}, outcomes
    assert (connects, seen(listeners)) == ([], 0)


class TestWithThisMachinePermitted:
    """What keeps these tests honest: the same listener is called once the settings permit it."""

    @pytest.fixture
    def permitted(self) -> tuple[str, ...]:
        return ("127.0.0.1/32",)

    def test_it_is_called_from_every_place(
        self, tool: Tool, listeners: Sequence[RawServer], connects: list[Any]
    ) -> None:
        listeners[0].speak = says(HEAD, b"Content-Length: 2\r\n\r\n{}")

        outcomes = Caller(tool, f"http://127.0.0.1:{listeners[0].port}/").outcomes()

        assert outcomes == {
            "jwks": "jwks_invalid",
            "token": "TokenRefusedError",
            "roster": "RosterRefusedError",
            "score": "200",
            "find_line_item": "200",
            "make_line_item": "200",
            "configuration": "incomplete",
            "registration": "id_missing",
        }
        assert connects == [("127.0.0.1", listeners[0].port)] * 8

    def test_a_name_that_changes_its_address_is_called_where_it_was_checked(
        self,
        tool: Tool,
        listeners: Sequence[RawServer],
        connects: list[Any],
        names: Names,
    ) -> None:
        for place in (caller := _caller(tool, listeners)).places:
            # The first look-up gives a permitted address, every later one a forbidden one.
            names["localhost"] = [["127.0.0.1"], ["::1"]]
            listeners[0].speak = says(HEAD, b"Content-Length: 2\r\n\r\n{}")
            before = len(connects)

            came_of_it = _outcome(caller, place)

            assert came_of_it not in {"blocked", "connection"}, place
            assert connects[before:] == [("127.0.0.1", listeners[0].port)], place
        assert listeners[1].connections == 0

    def test_the_next_look_up_is_checked_too(
        self,
        tool: Tool,
        listeners: Sequence[RawServer],
        connects: list[Any],
        names: Names,
    ) -> None:
        names["localhost"] = [["127.0.0.1"], ["::1"]]
        listeners[0].speak = says(HEAD, b"Content-Length: 2\r\n\r\n{}")
        caller = _caller(tool, listeners)

        assert _outcome(caller, "score") == "200"
        assert _outcome(caller, "score") == "blocked"
        assert connects == [("127.0.0.1", listeners[0].port)]

    def test_of_a_name_with_both_only_the_permitted_address_is_called(
        self,
        tool: Tool,
        listeners: Sequence[RawServer],
        connects: list[Any],
        names: Names,
    ) -> None:
        names["localhost"] = [["::1", "127.0.0.1", "10.0.0.1"]]
        listeners[0].speak = says(HEAD, b"Content-Length: 2\r\n\r\n{}")

        _caller(tool, listeners).outcomes()

        assert set(connects) == {("127.0.0.1", listeners[0].port)}

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize(
        "target",
        [
            "http://[::1]:{port}/latest/meta-data/",
            "//[::1]:{port}/",
            "https://169.254.169.254/",
            "https://10.0.0.1/",
            "file:///etc/passwd",
            "http://127.0.0.1:{port}/again",
        ],
    )
    def test_a_redirect_is_followed_from_no_place(
        self,
        tool: Tool,
        listeners: Sequence[RawServer],
        connects: list[Any],
        status: int,
        target: str,
    ) -> None:
        location = target.format(port=listeners[0].port)
        listeners[0].speak = says(
            f"HTTP/1.1 {status} Moved\r\nConnection: close\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n".encode()
        )

        outcomes = Caller(tool, f"http://127.0.0.1:{listeners[0].port}/").outcomes()

        assert outcomes["score"] == outcomes["make_line_item"] == str(status)
        assert connects == [("127.0.0.1", listeners[0].port)] * 8
        assert b"/again" not in b"".join(listeners[0].asked)
        assert listeners[1].connections == 0

    @pytest.mark.parametrize(
        ("kind", "speak"),
        [
            ("timeout", lambda _connection: time.sleep(0.3)),
            ("timeout", lambda c: _drips(c, b"", b"H")),
            ("timeout", lambda c: _drips(c, b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")),
            ("timeout", lambda c: _drips(c, b"HTTP/1.1 200 OK\r\nX: ")),
            ("timeout", lambda c: _drips(c, b"", b"HTTP/1.1 100 Continue\r\n\r\n")),
            ("timeout", lambda c: _drips(c, HEAD + b"Content-Length: 999\r\n\r\n")),
            ("timeout", lambda c: _drips(c, HEAD + b"\r\n")),
            ("timeout", lambda c: _drips(c, _CHUNKED, b"1\r\n \r\n")),
            ("timeout", lambda c: _drips(c, _CHUNKED + b"0\r\n", b"X: y\r\n")),
            ("too_large", lambda c: _pours(c, HEAD + b"\r\n")),
            ("too_large", lambda c: _pours(c, HEAD + b"X: ")),
            ("too_large", lambda c: _pours(c, b"HTTP/1.1 200 ")),
            ("too_large", lambda c: _pours(c, _MOVED)),
            ("connection", lambda c: _pours(c, HEAD, b"X: y\r\n")),
            ("too_large", lambda c: _pours(c, _CHUNKED, b"f")),
            ("too_large", lambda c: c.sendall(_bomb(HEAD))),
            ("too_large", lambda c: c.sendall(_bomb(_MOVED.rstrip() + b"\r\n"))),
        ],
        ids=[
            "silence",
            "status drips",
            "headers drip",
            "header drips",
            "continue for ever",
            "body drips",
            "body without length drips",
            "chunks drip",
            "trailers drip",
            "body without end",
            "header without end",
            "reason without end",
            "body of a redirect without end",
            "headers without end",
            "size of a chunk without end",
            "gzip bomb",
            "gzip bomb in a redirect",
        ],
    )
    def test_an_answer_without_end_ends_at_every_place(
        self,
        tool: Tool,
        server: RawServer,
        monkeypatch: pytest.MonkeyPatch,
        kind: str,
        speak: Speak,
    ) -> None:
        # Shorter limits, so that the test ends soon.
        monkeypatch.setattr(http, "_MOST_BYTES", 300_000)
        if kind == "timeout":
            monkeypatch.setattr(http, "_TIMEOUT", (0.5, 0.2))
            monkeypatch.setattr(http, "_LONGEST_ANSWER", 0.25)
        server.speak = speak
        caller = Caller(tool, server.url)
        for place in caller.places:
            begun = time.monotonic()

            assert (place, _outcome(caller, place)) == (place, kind)
            assert time.monotonic() - begun < 3


def _caller(tool: Tool, listeners: Sequence[RawServer]) -> Caller:
    return Caller(tool, f"http://localhost:{listeners[0].port}/")


def _outcome(caller: Caller, place: str) -> str:
    return outcome(caller.places[place])


def _drips(connection: socket.socket, begin: bytes, drop: bytes = b" ") -> None:
    connection.sendall(begin)
    for _ in range(8):
        connection.sendall(drop)
        time.sleep(0.05)


def _pours(connection: socket.socket, begin: bytes, flood: bytes = b"x") -> None:
    connection.sendall(begin)
    for _ in range(100):
        connection.sendall(flood * (100_000 // len(flood)))


_PACKED = gzip.compress(b"x" * 50_000_000)


def _bomb(head: bytes) -> bytes:
    return (
        head
        + b"Content-Encoding: gzip\r\n"
        + f"Content-Length: {len(_PACKED)}\r\n\r\n".encode()
        + _PACKED
    )
