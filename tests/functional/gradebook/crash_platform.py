"""A platform that writes down every score it is sent, for many registrations at one address."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from typing_extensions import override

from tests.commands import free_port

FINE = "fine"
SLOW_DOWN = "slow down"
"""Answered 429."""
FAULT = "fault"
"""Answered 500 and not applied."""
DENIED = "denied"
"""Applied, and then answered 500."""
CUT = "cut"
"""Applied, and then the connection broken."""
GONE = "gone"
"""Answered 404: there is no such line item."""
TOKEN = "token"
"""Answered 401."""
_STATUS = {FINE: 200, SLOW_DOWN: 429, FAULT: 500, DENIED: 500, GONE: 404, TOKEN: 401}


@dataclass(frozen=True, slots=True)
class Received:
    """A score as it came, in the order of coming."""

    sub: str
    score: float
    timestamp: str
    answer: str
    """``stale`` if it was not newer than the one before."""

    @property
    def is_applied(self) -> bool:
        return self.answer in {FINE, DENIED, CUT}


@dataclass
class Book:
    """What one registration's gradebook was sent; ``answers`` come first, then all is well."""

    answers: list[str] = field(default_factory=list)
    item_answers: list[str] = field(default_factory=list)
    """To those who make a line item."""
    latency: float = 0.0
    items: list[dict[str, Any]] = field(default_factory=list)
    scores: list[Received] = field(default_factory=list)
    overlaps: int = 0
    """How often a score came while another of the same person was being answered."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    _here: Counter[str] = field(default_factory=Counter)
    _newest: dict[str, str] = field(default_factory=dict)

    @property
    def applied(self) -> Sequence[Received]:
        return [score for score in self.scores if score.is_applied]

    def take(self, score: dict[str, Any]) -> str:
        sub = score["userId"]
        with self.lock:
            self.overlaps += bool(self._here[sub])
            self._here[sub] += 1
        time.sleep(self.latency)
        with self.lock:
            self._here[sub] -= 1
            answer = self.answers.pop(0) if self.answers else FINE
            stamp = score["timestamp"]
            if stamp <= self._newest.get(sub, ""):
                answer = "stale"
            received = Received(sub, score["scoreGiven"], stamp, answer)
            self.scores.append(received)
            if received.is_applied:
                self._newest[sub] = stamp
            return answer

    def make(self, item: dict[str, Any], url: str) -> tuple[str, dict[str, Any]]:
        with self.lock:
            answer = self.item_answers.pop(0) if self.item_answers else FINE
            made = {**item, "id": f"{url}/{len(self.items) + 1}"}
            if answer in {FINE, DENIED, CUT}:
                self.items.append(made)
            return answer, made


class CrashPlatform:
    """The server, in threads of this process."""

    def __init__(self) -> None:
        self.books: dict[str, Book] = {}
        handler = type("Handler", (_Handler,), {"books": self.books})
        self._server = _Server(("127.0.0.1", free_port()), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def settle(self) -> None:
        """Wait until all is answered that was sent by processes that are gone now."""
        # Connections are taken in the order of coming, so behind this one none is overlooked.
        with socket.create_connection(self._server.server_address[:2], 10) as last:
            last.sendall(b"GET /nothing HTTP/1.0\r\n\r\n")
            while last.recv(1000):
                pass
        deadline = time.monotonic() + 10
        while self._server.open:
            assert time.monotonic() < deadline, "a connection stays open"
            time.sleep(0.001)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, *arguments: Any) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(*arguments)

    @override
    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    @override
    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.open.discard(request)

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who dies breaks connections, that is the point."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    books: dict[str, Book]

    def do_GET(self) -> None:
        if self.path == "/nothing":
            self.close_connection = True
            self._answer(404, None)
            return
        self._answer(200, self._book().items)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            # The other side died amid its request.
            self.close_connection = True
            return
        kind = self.path.partition("?")[0].rpartition("/")[2]
        if kind == "token":
            self._answer(200, {"access_token": "t", "expires_in": 3600})
        elif kind == "scores":
            self._say(self._book().take(json.loads(body)), None)
        else:
            host = self.headers["Host"]
            url = f"http://{host}{self.path}"
            self._say(*self._book().make(json.loads(body), url))

    def _book(self) -> Book:
        return self.books[self.path.split("/")[1]]

    def _say(self, answer: str, content: Any) -> None:
        if answer == CUT:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status = _STATUS.get(answer, 409)
        self._answer(status, content if status == 200 else None)

    def _answer(self, status: int, content: Any) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Keep the terminal for the result."""
