"""Calls to platforms: time-outs, size caps, no redirects, and only into permitted networks."""

import http.client
import io
import json
import math
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from requests.utils import default_headers
from typing_extensions import override
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
)
from urllib3.exceptions import TimeoutError as UrllibTimeoutError
from urllib3.util.connection import create_connection

from lti_tool import clock
from lti_tool.lti.addresses import AddressGuard, Network, acceptable_url, origin

_TIMEOUT = (3.05, 10.0)
_MOST_BYTES = 16 * 1024 * 1024
"""Moodle sends a whole list of members at once: about 400 bytes for each."""
_LONGEST_ANSWER = 20.0
"""Seconds for a whole answer, its headers too: the time-out above starts anew with every byte."""
_MOST_ADDRESSES = 4
_LONGEST_TEXT = 2000
_MOST_DIGITS = 7
_CHUNK = 64 * 1024
_HEADERS = {**default_headers(), "User-Agent": "lti-tool (+LTI 1.3)"}


class PlatformUnreachableError(Exception):
    """A platform gave no answer; ``kind`` is dns, blocked, tls, timeout, connection or too_large."""

    def __init__(self, kind: str, url: str) -> None:
        super().__init__(f"{kind}: {origin(url)}")
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Reply:
    """A platform's answer."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    links: Mapping[str, str]

    def next_page(self, here: str) -> str | None:
        """Return the address of the page that follows ``here``, None after the last."""
        link = self.links.get("next")
        try:
            return urljoin(here, link) if link else None
        except ValueError:
            # It is no address, and whoever is asked to call it says so.
            return link

    @property
    def retry_after(self) -> timedelta | None:
        """Return for how long the platform asks to be left alone, if it does."""
        value = self.headers.get("Retry-After", "").strip()
        if value.isdecimal():
            return timedelta(seconds=int(value[:_MOST_DIGITS]))
        try:
            return parsedate_to_datetime(value).astimezone(UTC) - clock.now()
        except (ValueError, OverflowError):
            return None

    @property
    def text(self) -> str:
        """Return the beginning of the body as text, for a look at its words."""
        return self.body[:_LONGEST_TEXT].decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body as JSON, or None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class PlatformHTTP:
    """Sends requests to platforms, with one connection pool a thread.

    It goes without a session of the library: that follows redirects, keeps cookies and heeds
    variables of the environment, none of which is wanted, and takes half the time of a request.
    """

    def __init__(
        self,
        private_platforms: Sequence[Network] = (),
        ca_file: Path | None = None,
        longest: float = math.inf,
    ) -> None:
        self._permitted, self._ca_file = private_platforms, ca_file
        self._longest = longest
        self._guard = AddressGuard(private_platforms)
        self._verify = str(ca_file) if ca_file else True
        self._local = threading.local()

    def within(self, seconds: float) -> "PlatformHTTP":
        """Return one that is as careful and waits for a connection, and for an answer, no longer."""
        return PlatformHTTP(self._permitted, self._ca_file, seconds)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | Mapping[str, str] | None = None,
    ) -> Reply:
        """Return the answer of any status; raise PlatformUnreachableError without one."""
        if not acceptable_url(url):
            raise PlatformUnreachableError("blocked", url)
        try:
            request = requests.PreparedRequest()
            request.prepare(
                method, url, headers={**_HEADERS, **(headers or {})}, data=body
            )
            with self._adapter().send(
                request,
                stream=True,
                timeout=(
                    min(_TIMEOUT[0], self._longest),
                    min(_TIMEOUT[1], self._longest),
                ),
                verify=self._verify,
            ) as response:
                return _reply(response, url)
        except (requests.exceptions.RequestException, HTTPError) as error:
            raise PlatformUnreachableError(_kind(error), url) from error

    def _adapter(self) -> HTTPAdapter:
        adapter: HTTPAdapter | None = getattr(self._local, "adapter", None)
        if adapter is None:
            adapter = self._local.adapter = _GuardedAdapter(self._guard, self._longest)
        return adapter


class _GuardedAdapter(HTTPAdapter):
    """Connects to the address that was checked, so that a second look-up cannot change it."""

    def __init__(self, guard: AddressGuard, longest: float) -> None:
        self._guard, self._longest = guard, longest
        super().__init__(max_retries=0)

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = _guarded_pools(self._guard, self._longest)


class _TimedResponse(http.client.HTTPResponse):
    """Reads from a socket until a deadline, from the first byte of the headers on."""

    longest = math.inf

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        stream = _TimedStream(sock, self.fp.detach(), self.longest)
        self.fp = io.BufferedReader(stream)


class _TimedStream(io.RawIOBase):
    def __init__(
        self, sock: socket.socket, stream: io.RawIOBase, longest: float
    ) -> None:
        self._sock, self._stream = sock, stream
        self._deadline = time.monotonic() + min(_LONGEST_ANSWER, longest)

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole answer took too long")
        self._sock.settimeout(min(left, _TIMEOUT[1]))
        return self._stream.readinto(buffer)

    @override
    def close(self) -> None:
        self._stream.close()
        super().close()


def _guarded_pools(
    guard: AddressGuard, longest: float
) -> dict[str, type[HTTPConnectionPool]]:
    class Response(_TimedResponse):
        pass

    Response.longest = longest

    def connect(connection: HTTPConnection) -> socket.socket:
        try:
            places = guard.addresses(connection.host, connection.port)
        except OSError as error:
            raise NewConnectionError(connection, str(error)) from error
        *places, last = places[:_MOST_ADDRESSES]
        begun = time.monotonic()
        for place in places:
            if time.monotonic() - begun > longest:
                break
            with suppress(OSError, HTTPError):
                return _open(connection, place)
        return _open(connection, last)

    class Plain(HTTPConnection):
        _new_conn = connect
        response_class = Response

    class Secure(HTTPSConnection):
        _new_conn = connect
        response_class = Response

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _open(connection: HTTPConnection, address: str) -> socket.socket:
    try:
        return create_connection(
            (address, connection.port),
            connection.timeout,
            source_address=connection.source_address,
            socket_options=connection.socket_options,
        )
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, "timed out") from error
    except OSError as error:
        raise NewConnectionError(connection, str(error)) from error


def _reply(response: requests.Response, url: str) -> Reply:
    return Reply(
        status=response.status_code,
        reason=response.reason or "",
        headers=response.headers,
        body=_body(response, url),
        links={
            rel: link["url"] for rel, link in response.links.items() if "url" in link
        },
    )


def _body(response: requests.Response, url: str) -> bytes:
    body = bytearray()
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        body += chunk
        if len(body) > _MOST_BYTES:
            raise PlatformUnreachableError("too_large", url)
    return bytes(body)


def _kind(error: BaseException) -> str:
    for cause in _causes(error):
        if isinstance(cause, NewConnectionError):
            # To urllib3 a refused connection is a kind of time-out.
            continue
        for kind, types in _KINDS:
            if isinstance(cause, types):
                return kind
    return "connection"


_KINDS: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("blocked", (PermissionError,)),
    ("dns", (socket.gaierror, LocationParseError)),
    ("too_large", (http.client.LineTooLong,)),
    ("tls", (requests.exceptions.SSLError, ssl.SSLError)),
    ("timeout", (requests.exceptions.Timeout, UrllibTimeoutError, TimeoutError)),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give an error and what is wrapped in it, the innermost first."""
    seen: list[BaseException] = []
    inner: BaseException | None = error
    while inner is not None and inner not in seen:
        seen.append(inner)
        inner = _wrapped(inner)
    return reversed(seen)


def _wrapped(error: BaseException) -> BaseException | None:
    for wrapped in (getattr(error, "reason", None), *error.args[:1]):
        if isinstance(wrapped, BaseException):
            return wrapped
    return error.__cause__ or error.__context__
