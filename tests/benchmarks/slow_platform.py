"""A platform, as a process of its own, that takes every score after some milliseconds.

It does next to nothing else, so that the benchmarks measure who sends. ``GET /told`` returns what
came, and begins anew.
"""

import asyncio
import json
import sys
import time
from selectors import SelectSelector
from typing import Any

from typing_extensions import override

_TOKEN = json.dumps({"access_token": "t", "token_type": "Bearer", "expires_in": 3600})


class Told:
    """What came since it was last asked for."""

    def __init__(self) -> None:
        self.tokens = 0
        self.scores: list[tuple[float, str]] = []
        self.connections = 0
        """On which scores came."""
        self.held = 0.0
        """Seconds from whole requests to their answers."""


class Connection(asyncio.Protocol):
    """One connection: whole requests in, one answer each."""

    def __init__(self, told: Told, latency: float) -> None:
        self._told, self._latency = told, latency
        self._seen = b""
        self._was_used = False

    @override
    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, end, rest = self._seen.partition(b"\r\n\r\n")
        if not end:
            return
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(rest) >= length:
            self._seen = rest[length:]
            self._answer(head.split(b" ", 2)[1].decode(), rest[:length])

    def _answer(self, path: str, body: bytes) -> None:
        if path == "/told":
            self._write(json.dumps(vars(self._told)))
            self._told.__init__()  # type: ignore[misc]
        elif path == "/token":
            self._told.tokens += 1
            self._write(_TOKEN)
        else:
            self._told.connections += not self._was_used
            self._was_used = True
            loop, sub = asyncio.get_running_loop(), json.loads(body)["userId"]
            loop.call_later(self._latency, self._take, sub, time.perf_counter())

    def _take(self, sub: str, came: float) -> None:
        self._told.scores.append((time.time(), sub))
        self._told.held += time.perf_counter() - came
        self._write("")

    def _write(self, body: str) -> None:
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length:"
        self._transport.write(f"{head} {len(body)}\r\n\r\n{body}".encode())


async def serve(port: int, latency: float) -> None:
    told = Told()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(told, latency), "127.0.0.1", port
    )
    await server.serve_forever()


if __name__ == "__main__":
    # The usual selector wakes up in whole milliseconds only, so that 20 would be almost 21.
    loop = asyncio.SelectorEventLoop(SelectSelector())
    loop.run_until_complete(serve(int(sys.argv[1]), float(sys.argv[2])))
