"""A platform that is slow to show its keys, or silent, holds up nobody for long."""

import ipaddress
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from lti_tool import clock
from lti_tool.errors import LaunchRefusedError
from lti_tool.lti import jwks
from lti_tool.lti.http import PlatformHTTP
from lti_tool.lti.jwks import PlatformKeys
from lti_tool.persistence.session import Database
from tests.certification.forging import jwk_of, key
from tests.raw_server import HEAD, RawServer

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
JWK = jwk_of(key("slow"))
BODY = json.dumps({"keys": [JWK]}).encode()
SHOWN = HEAD + f"Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY


@pytest.fixture
def keys(database: Database, monkeypatch: pytest.MonkeyPatch) -> PlatformKeys:
    """Keys of platforms with shorter limits, so that tests end soon."""
    monkeypatch.setattr(jwks, "_LONGEST", 1.0)
    monkeypatch.setattr(jwks, "_PATIENCE", 0.6)
    return PlatformKeys(database, PlatformHTTP(LOOPBACK))


@pytest.fixture
def silence() -> Iterator[threading.Event]:
    """Holds a silent platform until it is set."""
    over = threading.Event()
    yield over
    over.set()


@pytest.fixture
def server(silence: threading.Event) -> Iterator[RawServer]:
    running = RawServer()

    def say_nothing(_connection: socket.socket) -> None:
        silence.wait(20)

    running.speak = say_nothing
    yield running
    silence.set()
    running.stop()


def slowly(seconds: float) -> Callable[[socket.socket], None]:
    def speak(connection: socket.socket) -> None:
        time.sleep(seconds)
        connection.sendall(SHOWN)

    return speak


def found(keys: PlatformKeys, url: str, kid: str) -> str:
    """Return what comes of a search, as a word."""
    try:
        keys.find(url, kid)
    except LaunchRefusedError as refused:
        return refused.reason
    return "found"


def found_at_once(keys: PlatformKeys, url: str, kid: str, count: int) -> list[str]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: found(keys, url, kid), range(count)))


def test_many_launches_with_an_unknown_key_wait_shortly_for_a_silent_platform(
    keys: PlatformKeys, server: RawServer
) -> None:
    begun = time.monotonic()

    outcomes = found_at_once(keys, server.url, "unknown", 12)

    assert time.monotonic() - begun < 2
    assert outcomes == ["jwks_unreachable"] * 12
    assert server.connections == 1


def test_a_silent_platform_is_left_alone_for_longer_than_it_was_waited_for(
    keys: PlatformKeys,
    server: RawServer,
    silence: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jwks, "_REFETCH_AFTER", timedelta(seconds=2))
    found(keys, server.url, "unknown")
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=8))
    begun = time.monotonic()

    assert found(keys, server.url, "unknown") == "jwks_unreachable"

    assert time.monotonic() - begun < 0.5
    assert server.connections == 1
    silence.set()
    server.speak = slowly(0)
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=12))
    assert found(keys, server.url, JWK["kid"]) == "found"


def test_those_who_wait_for_slow_keys_get_them(
    keys: PlatformKeys, server: RawServer
) -> None:
    server.speak = slowly(0.4)

    assert found_at_once(keys, server.url, JWK["kid"], 8) == ["found"] * 8

    assert server.connections == 1


def test_a_known_key_serves_while_another_launch_waits_for_newer_ones(
    keys: PlatformKeys,
    server: RawServer,
    silence: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    silent, server.speak = server.speak, slowly(0)
    assert found(keys, server.url, JWK["kid"]) == "found"
    server.speak = silent
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=13))

    assert found_at_once(keys, server.url, JWK["kid"], 4) == ["found"] * 4

    assert server.connections == 2
