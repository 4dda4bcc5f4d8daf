"""Calls to platforms: time-outs, size caps, no redirects, and only into permitted networks."""

import ipaddress
import json
import socket
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

_TIMEOUT = (3.05, 10.0)
_MOST_BYTES = 4 * 1024 * 1024
_USER_AGENT = "lti-tool (+LTI 1.3)"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class PlatformUnreachableError(Exception):
    """A platform gave no answer; ``kind`` is dns, blocked, tls, timeout, connection or too_large."""

    def __init__(self, kind: str, url: str) -> None:
        super().__init__(f"{kind}: {urlsplit(url).hostname}")
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Reply:
    """A platform's answer."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    links: Mapping[str, str]

    def json(self) -> Any:
        """Return the body as JSON, or None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class PlatformHTTP:
    """Sends requests to platforms, with one connection pool a thread."""

    def __init__(
        self, private_platforms: Sequence[Network] = (), ca_file: Path | None = None
    ) -> None:
        self._guard = AddressGuard(private_platforms)
        self._ca_file = ca_file
        self._local = threading.local()

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
            with self._session().request(
                method,
                url,
                headers=dict(headers or {}),
                data=body,
                timeout=_TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as response:
                return _reply(response, url)
        except requests.exceptions.RequestException as error:
            raise PlatformUnreachableError(_kind(error), url) from error

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.headers["User-Agent"] = _USER_AGENT
            if self._ca_file:
                session.verify = str(self._ca_file)
            adapter = _GuardedAdapter(self._guard)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            self._local.session = session
        return session


def acceptable_url(url: str) -> bool:
    """Tell whether a platform's URL may be called: https, or http on this machine itself."""
    parts = urlsplit(url)
    if parts.username or not parts.hostname:
        return False
    loopback = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return parts.scheme == "https" or (parts.scheme == "http" and loopback)


def same_host(url: str, known: Sequence[str]) -> bool:
    """Tell whether a URL lies on the scheme, host and port of one of the known URLs."""
    return origin(url) in {origin(other) for other in known}


def origin(url: str) -> str:
    """Return scheme, host and port of a URL, as in an Origin header."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


class AddressGuard:
    """Resolves a host once and refuses addresses that no platform may have."""

    def __init__(self, permitted: Sequence[Network]) -> None:
        self._permitted = permitted

    def address(self, host: str, port: int) -> str:
        """Return the address to connect to; raise PermissionError if none is permitted."""
        for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            if self.allows(str(place[0])):
                return str(place[0])
        raise PermissionError(f"{host} lies in a network that is not permitted")

    def allows(self, address: str) -> bool:
        """Tell whether an address is public or in a permitted private network."""
        ip = ipaddress.ip_address(address.split("%")[0])
        if isinstance(ip, ipaddress.IPv6Address):
            # Tunnels carry an IPv4 address that must be judged itself.
            inner = ip.ipv4_mapped or ip.sixtofour or _nat64(ip)
            if inner is not None:
                ip = inner
        if any(ip.version == network.version and ip in network for network in self._permitted):
            return True
        return ip.is_global and not ip.is_multicast


def _nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in ipaddress.IPv6Network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


class _GuardedAdapter(HTTPAdapter):
    """Connects to the address that was checked, so that a second look-up cannot change it."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        super().__init__(max_retries=0)

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)  # type: ignore[no-untyped-call]
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = _guarded_pools(self._guard)


def _guarded_pools(guard: AddressGuard) -> dict[str, type[HTTPConnectionPool]]:
    def connect(connection: HTTPConnection) -> socket.socket:
        try:
            address = guard.address(connection.host, connection.port)
        except OSError as error:
            raise NewConnectionError(connection, str(error)) from error
        try:
            return create_connection(
                (address, connection.port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except TimeoutError:
            raise
        except OSError as error:
            raise NewConnectionError(connection, str(error)) from error

    class Plain(HTTPConnection):
        _new_conn = connect

    class Secure(HTTPSConnection):
        _new_conn = connect

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _reply(response: requests.Response, url: str) -> Reply:
    body = response.raw.read(_MOST_BYTES + 1, decode_content=True)
    if len(body) > _MOST_BYTES:
        raise PlatformUnreachableError("too_large", url)
    return Reply(
        status=response.status_code,
        reason=response.reason or "",
        headers=response.headers,
        body=body,
        links={rel: link["url"] for rel, link in response.links.items() if "url" in link},
    )


def _kind(error: requests.exceptions.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "tls"
    if isinstance(error, requests.exceptions.Timeout):
        return "timeout"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PermissionError):
            return "blocked"
        if isinstance(cause, socket.gaierror):
            return "dns"
        cause = _reason(cause)
    return "connection"


def _reason(error: BaseException) -> BaseException | None:
    wrapped = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    if isinstance(wrapped, BaseException):
        return wrapped
    return error.__cause__
