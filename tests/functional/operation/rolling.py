"""Several web servers and workers on one PostgreSQL, and people who use them without a pause."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from tests.chaos.platform import Platform
from tests.commands import (
    answers,
    command,
    end,
    environment,
    free_port,
    processes_of,
    wait_until,
)
from tests.conftest import DATA_KEY
from tests.functional.worksheet.conftest import Writer
from tests.signing_platform import AGS, CLAIM, SigningPlatform, Visitor, enter

ROOT = Path(__file__).resolve().parents[3]
PAGES = ("/readyz", "/docs/", "/lti/jwks")
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
READERS, WRITERS = 2, 3
_PAUSE = 0.05
"""Seconds until somebody asks again; servers that start need a little of the machine, too."""
_FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, in the words of Flask's test client."""

    status_code: int
    location: str
    text: str

    def get_json(self) -> Any:
        return json.loads(self.text) if self.text.startswith("{") else None


class Cluster:
    """Servers and workers as processes; each can be replaced by one of another version."""

    def __init__(self, place: Path, database_url: str) -> None:
        self.place = place
        self.environ = environment(
            place,
            LTI_TOOL_DATABASE_URL=database_url,
            LTI_TOOL_SECRET_KEY="secret-key-for-tests-only",
            LTI_TOOL_DATA_KEY=DATA_KEY,
            LTI_TOOL_PRIVATE_PLATFORMS="127.0.0.0/8",
        )
        first = free_port()
        self.ports = [first, free_port(first + 1)]
        # At once, and on a database where nothing has run yet.
        self._webs = [self._begin_web(port) for port in self.ports]
        self._workers = [self._begin("worker") for _ in range(2)]
        for port in self.ports:
            self._await(port)

    def code(self, place: Path | None) -> dict[str, str]:
        """Return the settings with which commands run the code of a folder; None for ours."""
        return self.environ | ({"PYTHONPATH": str(place)} if place else {})

    def replace_web(self, number: int, code: Path | None = None) -> int:
        """Stop a server, start another in its place and return the exit code of the first."""
        left = end(self._webs[number])
        self._webs[number] = self._begin_web(self.ports[number], code)
        self._await(self.ports[number])
        return left

    def replace_worker(self, number: int, code: Path | None = None) -> int:
        left = end(self._workers[number])
        self._workers[number] = self._begin("worker", code=code)
        return left

    def close(self) -> None:
        for process in (*self._webs, *self._workers):
            end(process)
        for pid in processes_of(self.place):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _begin_web(
        self, port: int, code: Path | None = None
    ) -> "subprocess.Popen[str]":
        return self._begin("serve", "--bind", f"127.0.0.1:{port}", code=code)

    def _begin(self, *words: str, code: Path | None = None) -> "subprocess.Popen[str]":
        return subprocess.Popen(command(*words), env=self.code(code), text=True)

    def _await(self, port: int) -> None:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), 120)


class Browser:
    """A browser behind a proxy that asks the servers in turn; whom it reaches it asks once."""

    def __init__(self, crowd: "Crowd") -> None:
        self._crowd = crowd
        self._cookies: dict[str, str] = {}

    def get(self, url: str, query_string: dict[str, str] | None = None) -> Answer:
        return self._ask("GET", f"{url}?{urlencode(query_string or {})}".rstrip("?"))

    def post(
        self, url: str, data: dict[str, str], *, follow_redirects: bool = False
    ) -> Answer:
        answer = self._ask("POST", url, urlencode(data))
        while follow_redirects and answer.location:
            answer = self._ask("GET", answer.location)
        return answer

    def _ask(self, method: str, url: str, body: str | None = None) -> Answer:
        try:
            answer = self._asked(method, url, body)
        except (OSError, http.client.HTTPException) as error:
            self._crowd.failed.append(f"{method} {url}: {error!r}")
            raise
        if answer.status_code >= _FIRST_ERROR:
            self._crowd.failed.append(f"{method} {url}: {answer.status_code}")
        self._crowd.said[method] += 1
        time.sleep(_PAUSE)
        return answer

    def _asked(self, method: str, url: str, body: str | None) -> Answer:
        connection = self._connect()
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Connection": "close", "Cookie": cookies}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, url, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(answer.status, answer.headers.get("Location", ""), text)

    def _connect(self) -> http.client.HTTPConnection:
        """Connect to the server whose turn it is; who finds it away takes the other one."""
        turn, ports = next(self._crowd.turns), self._crowd.ports
        for port in (ports[turn % 2], ports[(turn + 1) % 2]):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            with suppress(ConnectionRefusedError):
                connection.connect()
                return connection
        raise ConnectionRefusedError("no server is there")


class Crowd:
    """People who read pages, and people who come from the LMS, fill in a worksheet and hand it in."""

    def __init__(self, ports: list[int], lms: SigningPlatform) -> None:
        self.ports, self.turns = ports, count()
        self.said: Counter[str] = Counter()
        """Requests by method."""
        self.failed: list[str] = []
        self.handed_in: list[str] = []
        """Whose worksheet was acknowledged, so that their grade is wanted."""
        self._lms, self._numbers = lms, count(1000)
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep, args=(act,))
            for act in (*[self._read] * READERS, *[self._write] * WRITERS)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def end(self) -> None:
        """Let everybody finish what they are at."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, requests: int = 100, grades: int = 3) -> None:
        """Wait until so much more was asked and handed in."""
        asked, done = self.said.total() + requests, len(self.handed_in) + grades
        wait_until(
            lambda: (
                bool(self.failed)
                or (self.said.total() >= asked and len(self.handed_in) >= done)
            ),
            120,
        )

    def _keep(self, act: Any) -> None:
        try:
            while not self._stop.is_set():
                act()
        except Exception as error:
            self.failed.append(repr(error))
            raise

    def _read(self) -> None:
        for page in PAGES:
            Browser(self).get(page)

    def _write(self) -> None:
        sub = str(next(self._numbers))
        endpoint = {"lineitem": f"{self._lms.issuer}/lineitems/1", "scope": [SCORE]}
        opened = {"activity": "worksheet", "phase": "start"}
        claims = {f"{CLAIM}custom": opened, AGS: endpoint}
        browser: Any = Browser(self)
        launched = self._lms.launch(
            browser, self._lms.claims(sub, activity="worksheet", **claims)
        )
        home = "/".join(launched.location.split("/")[:3]) + "/"
        Writer(Visitor(browser, home)).fill().hand_in()
        self.handed_in.append(sub)


def newer_version(place: Path, revision: str | None) -> Path:
    """Make a copy of the code that is one migration ahead, and writes what that adds."""
    for folder in ("lti_tool", "templates"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, place / folder, ignore=ignored)
    package = place / "lti_tool"
    with (package / "gradebook" / "models.py").open("a") as models:
        models.write("\nfrom sqlalchemy import String\n\n")
        models.write(
            'Grade.written_by = mapped_column("written_by", String, default="newer")\n'
        )
    (package / "migrations" / "versions" / "newer.py").write_text(
        f'''"""A column, a table and an index more."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "newer", "{revision}"
only_adds = True


def upgrade():
    op.add_column("grade", sa.Column("written_by", sa.String()))
    op.create_table(
        "remark",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("c", sa.Integer, sa.ForeignKey("course.id", ondelete="CASCADE")),
    )
    op.create_index("ix__grade__written_by", "grade", ["written_by"])
'''
    )
    return place


def lms_of(app: Any, platform: Platform) -> SigningPlatform:
    """Register an LMS whose gradebook is a platform's, with a lead in its course."""
    lms = SigningPlatform(app, issuer=platform.url)
    enter(lms, "1", "Instructor")
    return lms
