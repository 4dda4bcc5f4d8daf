"""A platform that takes its time over each score, and sees how many requests come at once."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.functional.gradebook.scripted import Reply


class BusyPlatform:
    """Takes scores, none before it is let go; ``replies`` come first, then all is well."""

    def __init__(self, seconds: float = 0.05) -> None:
        self.seconds = seconds
        self.replies: list[Reply] = []
        self.people: list[str] = []
        self.most = 0
        self.most_of_a_person = 0
        self.let_go = threading.Event()
        self.let_go.set()
        self._lock = threading.Lock()
        self._here: Counter[str] = Counter()

    @property
    def here(self) -> int:
        """How many requests are being answered now."""
        return self._here.total()

    @property
    def app(self) -> Any:
        """Serve it alone, with a token endpoint."""
        return Request.application(self._answer)

    def _answer(self, request: Request) -> Response:
        if request.path == "/token":
            return Response('{"access_token": "t-1", "expires_in": 3600}')
        return self.take(request)

    def take(self, request: Request) -> Response:
        sub = str(request.get_json(force=True)["userId"])
        with self._counted(sub):
            time.sleep(self.seconds)
            self.let_go.wait(30)
            with self._lock:
                reply = self.replies.pop(0) if self.replies else Reply()
        return Response(reply.body, reply.status, dict(reply.headers))

    @contextmanager
    def _counted(self, sub: str) -> Iterator[None]:
        with self._lock:
            self.people.append(sub)
            self._here[sub] += 1
            self.most = max(self.most, self.here)
            self.most_of_a_person = max(self.most_of_a_person, self._here[sub])
        yield
        with self._lock:
            self._here[sub] -= 1
