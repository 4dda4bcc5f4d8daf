"""A server on this machine that says what a test wants, well-formed or not."""

import socket
import threading
from collections.abc import Callable
from contextlib import closing

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n"
Speak = Callable[[socket.socket], None]


class RawServer:
    """Accepts connections and lets a function speak; counts them and keeps what was asked."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.speak: Speak = lambda _connection: None
        self.asked: list[bytes] = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._place = host
        self._listener = socket.create_server((host, port), family=family)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/x"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def connections(self) -> int:
        return len(self.asked)

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with closing(connection):
                asked = _whole_request(connection)
                if not asked:
                    return
                self.asked.append(asked)
                try:
                    self.speak(connection)
                except OSError:
                    continue

    def stop(self) -> None:
        with socket.create_connection((self._place, self.port)) as goodbye:
            goodbye.shutdown(socket.SHUT_WR)
            self._thread.join(timeout=10)
        self._listener.close()


def _whole_request(connection: socket.socket) -> bytes:
    asked = connection.recv(65536)
    head, _, body = asked.partition(b"\r\n\r\n")
    _, named, length = head.lower().partition(b"content-length: ")
    missing = int(length.split(b"\r\n")[0]) - len(body) if named else 0
    return asked + (connection.recv(missing, socket.MSG_WAITALL) if missing else b"")


def says(*parts: bytes) -> Speak:
    """Say it and hang up."""
    return lambda connection: connection.sendall(b"".join(parts))
