"""A worker stands still for longer than its lease: what it says afterwards is not believed.

    python -m tests.chaos.fencing DATABASE_URL

Two web processes and two workers on PostgreSQL; the grades are wanted through both webs in turn.
One worker is stopped while the platform holds a request of it, and the same grades are wanted
again with another score. The other worker takes the lanes over when the leases have ended, which
are as long as in life, and delivers. Then the first goes on. The last line is JSON; exit 1 unless
its stale word came, was noted and not believed, and nothing is lost.
"""

import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import cycle
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from lti_tool.gradebook.models import Attempt, Grade
from lti_tool.gradebook.posting import LEASE
from lti_tool.persistence import workers
from lti_tool.persistence.session import EVERYWHERE
from tests.chaos.fire import Process, compare, end_on_sigterm, kill
from tests.chaos.platform import Platform
from tests.chaos.wanting import WantingCourse, Web

_LANES = 40
_BATCH = 5
_LATENCY = 0.3
_PATIENCE = 150.0
"""Longer than a lease, also where the machine is busy."""


class Fencing:
    """Two webs, two workers, and what one of these says after it stood still."""

    def __init__(self, course: WantingCourse, platform: Platform) -> None:
        self.course, self.books = course, platform.books
        self.taken: Counter[str] = Counter()
        """How many requests each web took."""
        self.stopped_seconds = 0.0
        self.newest_score = 1.0
        self._webs: list[Web] = []
        self._workers: list[Process] = []

    def run(self) -> None:
        """Let one worker stand still while the grades move on, and hear what it says then."""
        try:
            self._workers = [self.course.start_worker() for _ in range(2)]
            self._webs = [self.course.start_web() for _ in range(2)]
            _wait(lambda: self._living() == len(self._workers))
            self._want(1.0)
            since = self._stop_amid_a_request(self._workers[0])
            self._want(2.0)
            _wait(lambda: self.course.waiting() == 0)
            os.killpg(self._workers[0].pid, signal.SIGCONT)
            self.stopped_seconds = time.monotonic() - since
            _wait(lambda: bool(self.stale_words()["stale"]))
            _wait(lambda: self.course.waiting() == 0)
        finally:
            for process in (*self._workers, *(web.process for web in self._webs)):
                kill(process)

    def _living(self) -> int:
        with self.course.database.reading(EVERYWHERE) as session:
            return workers.alive(session)

    def _want(self, score: float) -> None:
        """Want this of everybody, a few in each request and from each web in turn."""
        lanes, webs = list(self.course.people), cycle(self._webs)
        self.newest_score = score
        for start in range(0, len(lanes), _BATCH):
            self._want_from(next(webs), [(n, score) for n in lanes[start:][:_BATCH]])

    def _want_from(self, web: Web, scores: Sequence[tuple[str, float]]) -> None:
        # A worker that was stopped amid a transaction holds its lanes until the database ends it.
        _wait(lambda: web.want(scores))
        self.taken[web.url] += 1

    def _stop_amid_a_request(self, worker: Process) -> float:
        while True:
            with self.books.lock:
                # No request ends while this is held.
                if self.books.in_flight and set(self.books.in_flight) & _ports(worker):
                    os.killpg(worker.pid, signal.SIGSTOP)
                    return time.monotonic()
            time.sleep(0.005)

    def stale_words(self) -> dict[str, int]:
        """Return how many answers came to be noted after those of a newer version, and of how
        many of these grades the older one is taken for what the platform says."""
        later = aliased(Attempt)
        stale = (
            sa.select(Grade.sent_version, Grade.version, Grade.sent_score)
            .join(Attempt, Attempt.grade_id == Grade.id)
            .where(
                sa.exists().where(
                    later.grade_id == Attempt.grade_id,
                    later.version > Attempt.version,
                    later.id < Attempt.id,
                )
            )
        )
        with self.course.database.reading(EVERYWHERE) as session:
            found = session.execute(stale).all()
        believed = sum(
            sent != newest or score != self.newest_score
            for sent, newest, score in found
        )
        return {"stale": len(found), "stale_believed": believed}


def _ports(process: Process) -> set[int]:
    """Return the local ports of a process's connections."""
    sockets = set()
    for opened in Path(f"/proc/{process.pid}/fd").iterdir():
        # It may have been closed meanwhile.
        with suppress(FileNotFoundError):
            sockets.add(str(opened.readlink()).removeprefix("socket:[").rstrip("]"))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].split(":")[1], 16) for row in rows if row[9] in sockets}


def _wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("what was waited for did not happen")
        time.sleep(0.2)


def main(database_url: str) -> int:
    end_on_sigterm()
    with (
        tempfile.TemporaryDirectory() as folder,
        Platform(latency=_LATENCY) as platform,
    ):
        course = WantingCourse(Path(folder), platform.url, _LANES, database_url)
        fencing, began = Fencing(course, platform), time.monotonic()
        fencing.run()
        result = {
            "fencing": "PostgreSQL, two webs, two workers, one stopped longer than its lease",
            "scores": _LANES,
            "wanted_again": _LANES,
            **compare(platform.books, dict.fromkeys(course.people, 2.0)),
            **fencing.stale_words(),
            "waiting": course.waiting(),
            "requests_of_each_web": sorted(fencing.taken.values()),
            "lease_seconds": LEASE.total_seconds(),
            "stopped_seconds": round(fencing.stopped_seconds, 1),
            "seconds": round(time.monotonic() - began, 1),
        }
        course.close()
    print(json.dumps(result), flush=True)
    holds = (
        result["stale"]
        and fencing.stopped_seconds > LEASE.total_seconds()
        and len(fencing.taken) == 2
        and not any(
            result[wrong]
            for wrong in ("stale_believed", "lost", "disordered", "waiting")
        )
    )
    return int(not holds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
