"""A platform that takes scores as Moodle does, slowly and with faults, and remembers each."""

import json
import random
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from typing_extensions import override


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
    faults: float
    """Which share of requests goes wrong: half before, half after the score was applied."""
    rng: random.Random
    applied: list[Applied] = field(default_factory=list)
    newest: dict[str, str] = field(default_factory=dict)
    in_flight: int = 0
    tokens: int = 0
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, sub: str, score: float, timestamp: str) -> int:
        """Apply a score, unless it is not newer, and return the HTTP status."""
        with self.lock:
            chance = self.rng.random()
            if chance < self.faults / 2:
                self.refused += 1
                return 503
            if timestamp <= self.newest.get(sub, ""):
                return 409
            self.newest[sub] = timestamp
            self.applied.append(Applied(sub, score, timestamp, time.monotonic()))
            return 500 if chance < self.faults else 200


class Platform:
    """The platform's server on a loopback port, in threads of this process."""

    def __init__(
        self, *, latency: float, faults: float = 0.0, seed: int = 1, port: int = 0
    ) -> None:
        self.books = Books(latency, faults, random.Random(seed))  # noqa: S311  # Faults.
        handler = type("Handler", (_Handler,), {"books": self.books})
        self._server = _Server(("127.0.0.1", port), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a killed worker breaks its connections, that is the point."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    books: Books

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/token":
            self.books.tokens += 1
            self._answer(
                200, {"access_token": "t", "token_type": "Bearer", "expires_in": 3600}
            )
            return
        with self.books.lock:
            self.books.in_flight += 1
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
                self.books.in_flight -= 1

    def _answer(self, status: int, body: Any) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if status == 503:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Keep the terminal for the result."""
