"""A platform that takes scores as Moodle does, slowly and with faults, and remembers each."""

import json
import os
import random
import socket
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from typing_extensions import override

from tests.commands import free_port


@dataclass(frozen=True, slots=True)
class Faults:
    """Which shares of requests go wrong."""

    slow_down: float = 0.0
    """Answered 429 with ``Retry-After: 1``."""
    refused: float = 0.0
    """Answered 500, and not applied."""
    applied: float = 0.0
    """Answered 500, though applied."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A score that the platform wrote down, before it answered."""

    sub: str
    score: float
    timestamp: str
    at: float


@dataclass
class Books:
    """What the platform saw and holds; all of it is read and written under the lock."""

    latency: float
    faults: Faults
    rng: random.Random
    applied: list[Applied] = field(default_factory=list)
    newest: dict[str, str] = field(default_factory=dict)
    in_flight: list[int] = field(default_factory=list)
    """The requests that are not answered yet, each as the port of whoever asks."""
    tokens: int = 0
    answered: dict[int, int] = field(default_factory=dict)
    """How often the platform gave each answer."""
    denied: int = 0
    """How many scores were applied and then answered by 500."""
    last_heard: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, sub: str, score: float, timestamp: str) -> int:
        """Apply a score, unless it is not newer, and return the HTTP status."""
        with self.lock:
            status = self._take(sub, score, timestamp)
            self.answered[status] = self.answered.get(status, 0) + 1
            return status

    def _take(self, sub: str, score: float, timestamp: str) -> int:
        chance, faults = self.rng.random(), self.faults
        if chance < faults.slow_down:
            return HTTPStatus.TOO_MANY_REQUESTS
        chance -= faults.slow_down
        if chance < faults.refused:
            return HTTPStatus.INTERNAL_SERVER_ERROR
        if timestamp <= self.newest.get(sub, ""):
            return HTTPStatus.CONFLICT
        self.newest[sub] = timestamp
        self.applied.append(Applied(sub, score, timestamp, time.monotonic()))
        if chance < faults.refused + faults.applied:
            self.denied += 1
            return HTTPStatus.INTERNAL_SERVER_ERROR
        return HTTPStatus.OK


class Platform:
    """The platform's server on a loopback port, in threads of this process."""

    def __init__(
        self, *, latency: float, faults: Faults | None = None, seed: int = 1
    ) -> None:
        self.books = Books(latency, faults or Faults(), random.Random(seed))  # noqa: S311  # Faults.
        # Below the ports of clients: one of those that finds nobody there may connect to itself.
        self._port = free_port(20100 + os.getpid() * 7 % 11000)
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.die()

    def start(self) -> None:
        """Listen, at the same address each time, with the same books."""
        handler = type("Handler", (_Handler,), {"books": self.books})
        self._server = _Server(("127.0.0.1", self._port), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def die(self) -> None:
        """Break every connection, also amid a request, and listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._server.break_all()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*arguments)

    @override
    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    @override
    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def break_all(self) -> None:
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a killed worker breaks its connections, that is the point."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    books: Books

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.books.last_heard = time.monotonic()
        if self.path == "/token":
            self.books.tokens += 1
            self._answer(
                200, {"access_token": "t", "token_type": "Bearer", "expires_in": 3600}
            )
            return
        with self.books.lock:
            self.books.in_flight.append(self.client_address[1])
        try:
            time.sleep(self.books.latency)
            score = json.loads(body)
            status = self.books.take(
                score["userId"], score["scoreGiven"], score["timestamp"]
            )
            time.sleep(self.books.latency / 4)
            self._answer(status, None)
        finally:
            with self.books.lock:
                self.books.in_flight.remove(self.client_address[1])

    def _answer(self, status: int, body: Any) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Keep the terminal for the result."""
