"""Processes that end themselves in the midst of bringing grades to a platform.

Run as a module it obeys commands, one line of JSON each, and forks a process for each run: it was
warmed up before, has no threads and no connections, so a run costs tenths of a second. Whatever a
run does has a boundary before and after: each statement, each commit, each step of a request.
"""

import gc
import json
import mmap
import os
import re
import select
import signal
import struct
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from urllib.parse import urlsplit

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from sqlalchemy import event
from urllib3.connection import HTTPConnection

from lti_tool import clock
from lti_tool.gradebook.delivery import Courier
from lti_tool.gradebook.models import Grade
from lti_tool.lti.connector import Connector
from lti_tool.lti.http import PlatformHTTP
from lti_tool.operation import tables as _tables  # noqa: F401  # So that all are known.
from lti_tool.persistence.session import EVERYWHERE, Database, Session
from lti_tool.projects import service as projects
from lti_tool.projects.service import Hand
from tests.commands import wait_until

DIED = 77
"""The exit status of a process that ended itself at a boundary."""
LEASE_IS_OVER = 46
NAME = "crashing"
"""How PostgreSQL knows these processes."""
PAUSE = 30
"""Seconds between deliveries, so that what was put off is tried again."""
_MOST_ROUNDS = 14
_MOST_SECONDS = 100
"""Who is not done by then never ends."""
_STATEMENT = re.compile(r"\s*(\w+)(?:\s+(?:INTO|FROM))?\s+(\w+)", re.IGNORECASE)
_FROM = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)


class Boundaries:
    """Writes down every boundary that is reached, and ends or holds up what was to end there."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._trace = os.open(order["trace"], os.O_WRONLY | os.O_APPEND)
        self._is_rescue = order["do"] == "rescue"
        self._die, self._hang = (tuple(order.get(k) or ()) for k in ("die", "hang"))
        self._resume = Path(order["resume"])
        self._reached: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.has_hung = False
        self.is_score_sent = threading.Event()

    def note(self, line: str) -> None:
        os.write(self._trace, f"{line}\n".encode())

    def reach(self, name: str) -> None:
        if self._is_rescue:
            return
        with self._lock:
            self._reached[name] += 1
            place = (name, self._reached[name])
            self.note(name)
            if place == self._die:
                self.note(f"= died at {name}")
                os._exit(DIED)
        if name.endswith(" scores: sent"):
            self.is_score_sent.set()
        if place == self._hang:
            self.has_hung = True
            self.note(f"= hangs at {name}")
            wait_until(self._resume.exists, 60)


Reach = Callable[[str], None]


def watch(database: Database, reach: Reach) -> None:
    """Make a boundary before and after whatever goes to the database."""

    def before(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        reach(f"{_who()}: {_what(statement)}: before")

    def after(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        reach(f"{_who()}: {_what(statement)}: after")

    def committed(session: Session) -> None:
        if not session.in_nested_transaction():
            reach(f"{_who()}: COMMIT: after")

    engine = database.engine
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    event.listen(engine, "commit", lambda _: reach(f"{_who()}: COMMIT: before"))
    event.listen(engine, "rollback", lambda _: reach(f"{_who()}: ROLLBACK: before"))
    event.listen(Session, "after_commit", committed)


def watch_requests(reach: Reach) -> None:
    """Make boundaries of every request: the library below ours is told to say where it is."""
    request, getresponse = HTTPConnection.request, HTTPConnection.getresponse

    def sending(
        connection: Any, method: str, url: str, *args: Any, **more: Any
    ) -> None:
        what = f"{method} {urlsplit(url).path.rpartition('/')[2]}"
        connection.crash_name = f"{_caller()}: {what}"
        reach(f"{connection.crash_name}: before")
        request(connection, method, url, *args, **more)
        reach(f"{connection.crash_name}: sent")

    def reading(connection: Any) -> Any:
        select.select([connection.sock], [], [], 10)
        reach(f"{connection.crash_name}: answered, not read")
        answer = getresponse(connection)
        reach(f"{connection.crash_name}: read")
        return answer

    HTTPConnection.request = sending  # type: ignore[method-assign]
    HTTPConnection.getresponse = reading  # type: ignore[method-assign]


def _who() -> str:
    """Return the function of ours that talks to the database now."""
    return _innermost("lti_tool.persistence")


def _caller() -> str:
    """Return the function of ours that calls a platform now."""
    return _innermost("lti_tool.persistence", "lti_tool.lti")


def _innermost(*passed_over: str) -> str:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("lti_tool.") and not module.startswith(passed_over):
            return f"{module.removeprefix('lti_tool.')}.{_function(frame)}"
        if frame.f_globals is globals() and frame.f_code.co_name in Run.STEPS:
            return f"feature.{frame.f_code.co_name}"
        frame = frame.f_back
    return "run"


def _function(frame: FrameType) -> str:
    return frame.f_code.co_qualname.partition(".<locals>")[0]


def _what(statement: str) -> str:
    found = _STATEMENT.match(statement)
    if found is None:
        return statement.strip().upper()
    kind, table = found[1].upper(), found[2]
    if kind == "SELECT":
        source = _FROM.search(statement)
        table = source[1] if source else "nothing"
        kind += " FOR UPDATE" * (" FOR " in statement)
    if kind in {"SAVEPOINT", "RELEASE", "ROLLBACK"}:
        return kind
    return f"{kind} {table}"


class Time:
    """The time for all processes of one run alike: it stands still until one lets it pass.

    So all that happens between falls into one second, which is as much as platforms compare.
    """

    def __init__(self) -> None:
        self._passed, self._real = mmap.mmap(-1, 8), clock.now
        self.begin_anew()

    def begin_anew(self) -> None:
        self._begun = self._real()
        self._passed[:8] = struct.pack("d", 0)

    def pass_by(self, seconds: float) -> None:
        self._passed[:8] = struct.pack("d", self._seconds() + seconds)

    def now(self) -> datetime:
        return self._begun + timedelta(seconds=self._seconds())

    def _seconds(self) -> float:
        seconds: float = struct.unpack("d", self._passed[:8])[0]
        return seconds


class Run:
    """What one process does: a feature's transactions, and deliveries between or beside them."""

    STEPS = ("hand_in", "accept", "take_back")
    boundaries: Boundaries

    def __init__(self, url: str, data_keys: Sequence[str], time_: Time) -> None:
        self._time = time_
        self.database = Database(
            url, data_keys, ring=lambda kind: self._reach(f"feature: ring {kind}")
        )
        key = generate_private_key(public_exponent=65537, key_size=2048)
        http = PlatformHTTP([ip_network("127.0.0.0/8")])
        self._connector = Connector(self.database, http, lambda: ("test", key))
        watch(self.database, self._reach)
        watch_requests(self._reach)

    def _reach(self, name: str) -> None:
        self.boundaries.reach(name)

    def obey(self, order: dict[str, Any]) -> None:
        self.boundaries = Boundaries(order)
        self._world, self._senders = order["world"], order["senders"]
        if order["do"] == "rescue":
            self._rescue(order)
        else:
            self._do(order["turns"])

    def _do(self, turns: Sequence[Sequence[str]]) -> None:
        """Do turn after turn; in one that delivers the other steps are done meanwhile."""
        for turn in turns:
            if self.boundaries.has_hung:
                return
            if turn[0] == "deliver":
                self._time.pass_by(PAUSE)
                self._deliver(turn[1:])
            else:
                self._step(turn[0])

    def _rescue(self, order: dict[str, Any]) -> None:
        """Let leases end, do what is to be done, and deliver until nothing is due any more."""
        if not order["lives"]:
            self._wait_for_the_dead()
        self._time.pass_by(LEASE_IS_OVER)
        self._do(order["turns"])
        for n in range(_MOST_ROUNDS):
            self._deliver([])
            with self.database.reading(EVERYWHERE) as session:
                if not session.scalar(
                    sa.select(sa.func.count(Grade.id)).where(Grade.state == "due")
                ):
                    return
            self._time.pass_by(LEASE_IS_OVER + 2.0**n)

    def _wait_for_the_dead(self) -> None:
        """Let the server see that a client is gone: until then it holds its rows and may commit."""
        if self.database.is_sqlite:
            return
        others = sa.text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = :name AND pid <> pg_backend_pid()"
        ).bindparams(name=NAME)
        for _ in range(1000):
            with self.database.reading(EVERYWHERE) as session:
                if not session.scalar(others):
                    return
            time.sleep(0.005)

    def _deliver(self, meanwhile: Sequence[str]) -> None:
        courier = Courier(self.database, self._connector, per_platform=self._senders)
        courier.look()
        if meanwhile:
            self.boundaries.is_score_sent.wait(2)
        for step in meanwhile:
            self._step(step)
            courier.look()
        courier.wait()

    def _step(self, step: str) -> None:
        name, _, points = step.partition(" ")
        act: Callable[..., None] = getattr(self, name)
        self.boundaries.note(f"= begin {step}")
        act(*([float(points)] if points else []))
        self.boundaries.note(f"= acknowledged {step}")

    def hand_in(self) -> None:
        with self.database.transaction(self._world["course"]) as session:
            member = Hand(self._world["people"][0])
            projects.hand_in(session, self._world["group"], member, "Our project")

    def accept(self, points: float) -> None:
        with self.database.transaction(self._world["course"]) as session:
            lead = Hand(self._world["lead"])
            projects.accept(session, self._world["group"], 1, lead, points=points)

    def take_back(self) -> None:
        with self.database.transaction(self._world["course"]) as session:
            lead = Hand(self._world["lead"])
            projects.take_back(session, self._world["group"], 1, lead, "A mistake")


def main(url: str, *data_keys: str) -> None:
    """Obey commands; what the processes print goes to the error output."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    sa.orm.configure_mappers()
    time_ = Time()
    clock.now = time_.now
    run = Run(url, data_keys, time_)
    for line in sys.stdin:
        answers.write(f"{json.dumps(_answer(run, json.loads(line), time_))}\n")


def _answer(run: Run, order: dict[str, Any], time_: Time) -> int | None:
    if order["do"] == "wait":
        pid, status = os.waitpid(order["pid"], 0 if order["long"] else os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None
    if order["do"] != "rescue":
        time_.begin_anew()
    if order["do"] == "warm up":
        # Statements are compiled now, and no connection or thread is left to those who are forked.
        signal.alarm(_MOST_SECONDS)
        run.obey(order)
        signal.alarm(0)
        run.database.engine.dispose()
        wait_until(lambda: threading.active_count() == 1)
        # Who looks through all that lies in memory gets a copy of it.
        gc.collect()
        gc.freeze()
        gc.disable()
        return None
    return os.fork() or _forked(run, order)


def _forked(run: Run, order: dict[str, Any]) -> NoReturn:
    signal.alarm(_MOST_SECONDS)
    try:
        run.obey(order)
    except BaseException:  # noqa: BLE001  # The status tells, and the log says why.
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
