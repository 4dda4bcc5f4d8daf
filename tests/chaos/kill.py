"""Kills the worker while it delivers grades, and counts what is lost: `make chaos`.

300 participants get a grade, and each a better one meanwhile. The platform answers slowly, and
wrongly now and then. Three times the worker is killed with signal 9 while the platform holds one
of its requests; the next one starts at once. At the end the gradebook is compared, lane by lane,
with what was wanted. The last line is JSON; exit 1 if a grade is lost or an older one came last.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.platform import Books, Platform
from tests.chaos.wanting import WantingCourse

LANES = 300
LATENCY = 0.02
FAULTS = 0.02
KILLS_AFTER = (40, 120, 200)
"""How many scores the platform has when the worker is killed."""
PATIENCE = 60.0
"""Longer than a lane or a platform waits after a kill; a busy machine gets its time that way."""


BEGAN = time.monotonic()


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        Platform(latency=LATENCY, faults=FAULTS) as platform,
    ):
        course = WantingCourse(Path(folder), platform.url, LANES)
        began = time.monotonic()
        result = _deliver_under_fire(course, platform.books)
        seconds = round(time.monotonic() - began, 1)
        course.database.close()
    print(json.dumps({**result, "seconds": seconds}))
    return int(bool(result["lost"] or result["disordered"]))


def _deliver_under_fire(course: WantingCourse, books: Books) -> dict[str, int]:
    first, second = (dict.fromkeys(course.people, score) for score in (1.0, 2.0))
    course.want(first.items())
    worker, kills = course.start_worker(), 0
    try:
        for after in KILLS_AFTER:
            _wait_for(books, after)
            kills += _kill_in_flight(worker, books)
            worker = course.start_worker()
            third = list(second.items())[after // 2 :: 3]
            course.want(third)
        course.want(second.items())
        while course.waiting() and _goes_on(books):
            time.sleep(0.3)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    waiting = course.waiting()
    return _compare(books, second) | {"waiting": waiting, "kills_in_flight": kills}


def _goes_on(books: Books) -> bool:
    newest = books.applied[-1].at if books.applied else BEGAN
    return time.monotonic() - newest < PATIENCE


def _wait_for(books: Books, applied: int) -> None:
    while len(books.applied) < applied and _goes_on(books):
        time.sleep(0.005)


def _kill_in_flight(worker: "subprocess.Popen[bytes]", books: Books) -> int:
    """Kill the worker at a moment when the platform holds a request of it; tell whether it did."""
    held = False
    while not held and _goes_on(books):
        held = books.in_flight > 0
        time.sleep(0 if held else 0.001)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    return int(held)


def _compare(books: Books, wanted: dict[str, float]) -> dict[str, int]:
    final: dict[str, float] = {}
    disordered = duplicates = 0
    for score in books.applied:
        before = final.get(score.sub)
        duplicates += before == score.score
        disordered += before is not None and before > score.score
        final[score.sub] = score.score
    lost = sum(final.get(sub) != score for sub, score in wanted.items())
    return {
        "scores": len(books.applied),
        "lost": lost,
        "disordered": disordered,
        "duplicates": duplicates,
        "refused_by_platform": books.refused,
    }


if __name__ == "__main__":
    sys.exit(main())
