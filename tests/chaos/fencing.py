"""A worker stands still for longer than its lease: what it says afterwards is not believed.

    python -m tests.chaos.fencing DATABASE_URL

Two workers on PostgreSQL. The first is stopped while the platform holds its requests; the same
grades are wanted again with another score; the second takes the lanes over when the leases have
ended, and delivers. Then the first goes on. The last line is JSON; exit 1 unless its stale word
came, was refused, and nothing is lost.
"""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from lti_tool.gradebook.models import Attempt, Grade
from lti_tool.persistence.session import EVERYWHERE
from tests.chaos.fire import compare, end_on_sigterm, kill
from tests.chaos.platform import Books, Platform
from tests.chaos.wanting import WantingCourse

_LANES = 40
_LATENCY = 0.3
_PATIENCE = 150.0
"""Longer than a lease, also where the machine is busy."""


def main(database_url: str) -> int:
    end_on_sigterm()
    with (
        tempfile.TemporaryDirectory() as folder,
        Platform(latency=_LATENCY) as platform,
    ):
        course = WantingCourse(Path(folder), platform.url, _LANES, database_url)
        began = time.monotonic()
        _stand_still(course, platform.books)
        wanted = dict.fromkeys(course.people, 2.0)
        result = {
            "fencing": "PostgreSQL, two workers, one stopped longer than its lease",
            "scores": _LANES,
            **compare(platform.books, wanted),
            **_stale_words(course),
            "waiting": course.waiting(),
            "seconds": round(time.monotonic() - began, 1),
        }
        course.close()
    holds = result["stale"] and not (
        result["stale_believed"]
        or result["lost"]
        or result["disordered"]
        or result["waiting"]
    )
    print(json.dumps(result), flush=True)
    return int(not holds)


def _stand_still(course: WantingCourse, books: Books) -> None:
    course.want(dict.fromkeys(course.people, 1.0).items())
    workers = [course.start_worker()]
    try:
        _wait(lambda: bool(books.applied))
        while not _stopped_amid_a_request(books, workers[0].pid):
            time.sleep(0.005)
        _wait(lambda: _is_taken(course))
        workers.append(course.start_worker())
        _wait(lambda: course.waiting() == 0)
        os.killpg(workers[0].pid, signal.SIGCONT)
        _wait(lambda: bool(_stale_words(course)["stale"]))
        _wait(lambda: course.waiting() == 0)
    finally:
        for worker in workers:
            kill(worker)


def _stopped_amid_a_request(books: Books, worker: int) -> bool:
    with books.lock:
        if books.in_flight:
            os.killpg(worker, signal.SIGSTOP)
        return books.in_flight > 0


def _is_taken(course: WantingCourse) -> bool:
    """Want the newer scores, and tell whether that was possible.

    A worker that was stopped amid a transaction holds its lanes until the database ends it.
    """
    try:
        course.want(dict.fromkeys(course.people, 2.0).items())
    except sa.exc.OperationalError:
        return False
    return True


def _wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not done() and time.monotonic() < deadline:
        time.sleep(0.2)


def _stale_words(course: WantingCourse) -> dict[str, int]:
    """Return how many answers came to be noted after those of a newer version, and of how many
    of these grades the older one is taken for what the platform says."""
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
    with course.database.reading(EVERYWHERE) as session:
        found = session.execute(stale).all()
    believed = sum(sent != newest or score != 2.0 for sent, newest, score in found)
    return {"stale": len(found), "stale_believed": believed}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
