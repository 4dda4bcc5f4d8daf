"""Calls to platforms end: in time, in size, at the first host, in the permitted network."""

import gzip
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator

import pytest

from lti_tool.lti import http
from lti_tool.lti.http import PlatformHTTP, PlatformUnreachableError
from tests.raw_server import HEAD, RawServer, says

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.fixture
def server() -> Iterator[RawServer]:
    running = RawServer()
    yield running
    running.stop()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter limits, so that tests end soon."""
    monkeypatch.setattr(http, "_TIMEOUT", (0.5, 0.5))
    monkeypatch.setattr(http, "_LONGEST_ANSWER", 1.0)


def kind_of(call: Callable[[], object]) -> str:
    with pytest.raises(PlatformUnreachableError) as caught:
        call()
    return caught.value.kind


def get(url: str) -> http.Reply:
    return PlatformHTTP(LOOPBACK).send("GET", url)


def test_an_answer_comes_with_its_body_and_links(server: RawServer) -> None:
    server.speak = says(
        HEAD, b'Link: </x?from=A2>; rel="next"\r\nContent-Length: 8\r\n\r\n{"a": 1}'
    )

    reply = get(server.url)

    assert (reply.status, reply.json(), reply.links) == (
        200,
        {"a": 1},
        {"next": "/x?from=A2"},
    )


def test_redirects_are_answers_and_are_not_followed(server: RawServer) -> None:
    server.speak = says(
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n",
        f"Location: {server.url}/secret\r\n\r\n".encode(),
    )

    assert get(server.url).status == 302
    assert server.connections == 1


@pytest.mark.usefixtures("hasty")
def test_silence_is_a_time_out(server: RawServer) -> None:
    server.speak = lambda _connection: time.sleep(1)

    assert kind_of(lambda: get(server.url)) == "timeout"


@pytest.mark.usefixtures("hasty")
def test_an_answer_that_stops_half_way_is_a_time_out(server: RawServer) -> None:
    def speak(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        time.sleep(1)

    server.speak = speak

    assert kind_of(lambda: get(server.url)) == "timeout"


@pytest.mark.usefixtures("hasty")
def test_an_answer_that_drips_is_a_time_out(server: RawServer) -> None:
    def speak(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
        for _ in range(40):
            connection.sendall(b" ")
            time.sleep(0.1)

    server.speak = speak
    begun = time.monotonic()

    assert kind_of(lambda: get(server.url)) == "timeout"
    assert time.monotonic() - begun < 3


def test_an_answer_without_end_is_too_large(server: RawServer) -> None:
    def speak(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    server.speak = speak

    assert kind_of(lambda: get(server.url)) == "too_large"


def test_a_small_answer_that_unpacks_to_a_large_one_is_too_large(
    server: RawServer,
) -> None:
    packed = gzip.compress(b"x" * 50_000_000)
    server.speak = says(
        HEAD,
        b"Content-Encoding: gzip\r\n",
        f"Content-Length: {len(packed)}\r\n\r\n".encode(),
        packed,
    )

    assert kind_of(lambda: get(server.url)) == "too_large"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"nonsense\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        HEAD + b"Content-Length: 100\r\n\r\n{",
    ],
    ids=["nothing", "nonsense", "broken chunks", "broken gzip", "cut short"],
)
def test_a_broken_answer_is_a_broken_connection(server: RawServer, said: bytes) -> None:
    server.speak = says(said)

    assert kind_of(lambda: get(server.url)) == "connection"


def test_nobody_at_home_is_a_broken_connection() -> None:
    assert kind_of(lambda: get("http://127.0.0.1:1/")) == "connection"


def test_a_name_that_does_not_exist_is_dns() -> None:
    assert kind_of(lambda: get("https://lms.invalid/")) == "dns"


def test_a_name_that_no_name_can_be_is_dns() -> None:
    assert kind_of(lambda: get(f"https://{'a' * 70}.example/")) == "dns"


def test_a_server_without_tls_is_tls(server: RawServer) -> None:
    server.speak = says(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    assert kind_of(lambda: get(server.url.replace("http:", "https:"))) == "tls"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "https://127.0.0.1:{port}/",
        "https://2130706433:{port}/",
        "https://0x7f000001:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "http://lms.example:{port}/",
        "file:///etc/passwd",
    ],
)
def test_without_permission_this_machine_is_not_even_connected_to(
    server: RawServer, url: str
) -> None:
    wanted = url.format(port=server.port)

    assert kind_of(lambda: PlatformHTTP().send("GET", wanted)) == "blocked"
    assert server.connections == 0


def test_after_an_address_that_does_not_answer_the_next_is_tried(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(0, 1, 0, "", (address, server.port)) for address in ("::1", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", _only_for("localhost", found))
    server.speak = says(HEAD, b"Content-Length: 2\r\n\r\n{}")

    both = PlatformHTTP([*LOOPBACK, ipaddress.ip_network("::1/128")])
    answer = both.send("GET", server.url.replace("127.0.0.1", "localhost"))

    assert answer.status == 200


def _only_for(host: str, found: list[object]) -> Callable[..., list[object]]:
    real = socket.getaddrinfo
    return lambda name, *more, **named: (
        found if name == host else real(name, *more, **named)
    )


def test_proxies_of_the_environment_are_not_used(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.speak = says(HEAD, b"Content-Length: 2\r\n\r\n{}")

    assert get(server.url).status == 200


@pytest.mark.parametrize("body", ["", "<h1>", "[" * 100_000, "\x00", "NaN,"])
def test_a_body_that_is_no_json_is_none(body: str) -> None:
    assert http.Reply(200, "OK", {}, body.encode(), {}).json() is None


def test_certificates_are_checked() -> None:
    assert PlatformHTTP(LOOPBACK)._verify is True
    assert ssl.create_default_context().verify_mode is ssl.CERT_REQUIRED
