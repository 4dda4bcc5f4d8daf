"""One database under fire: every process is killed while it works, and nothing may be lost.

    python -m tests.chaos.fire NAME SCORES [DATABASE_URL]

The last line is JSON; exit 1 if anything is not as it must be.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lti_tool.gradebook.delivery import PER_PLATFORM
from tests.chaos.platform import Books, Faults, Platform
from tests.chaos.wanting import WantingCourse, Web

FAULTS = Faults(slow_down=0.05, refused=0.03, applied=0.02)
LATENCY = 0.02
OUTAGE_SECONDS = 20
PATIENCE = 150.0
"""Nothing waits for so long: not a lane whose worker was killed, nor a platform that was gone."""
_BATCH = 25
_TRIES = 200
Process = subprocess.Popen[bytes]
Score = tuple[str, float]


class Fire:
    """One run: what is wanted, and what is done to those who deliver it."""

    def __init__(self, course: WantingCourse, platform: Platform) -> None:
        self.course, self.platform, self.books = course, platform, platform.books
        self.acknowledged: dict[str, float] = {}
        self.worker_kills = self.web_kills = 0
        lanes = list(course.people)
        self._count = len(lanes)
        self.again = random.Random(1).sample(lanes, self._count // 4)  # noqa: S311
        self._quarters = [[(sub, 2.0) for sub in self.again[n::4]] for n in range(4)]
        self._web: Web
        self._worker: Process

    def run(self) -> None:
        """Want everything, and a quarter again with another score, while all are killed in turn.

        Early enough that the leases of the killed end while the others' grades are delivered.
        """
        self._worker, self._web = self.course.start_worker(), self.course.start_web()
        try:
            self._want([(sub, 1.0) for sub in self.course.people])
            self._kill_all()
            self._until(0.3)
            self._break_platform()
            self._until(0.35)
            self._kill_worker(1)
            while self.course.waiting() and self._goes_on():
                time.sleep(0.5)
        finally:
            kill(self._worker)
            kill(self._web.process)

    def _kill_all(self) -> None:
        first, second, *_ = self._quarters
        self._until(0.05)
        self._kill_worker()
        self._until(0.12)
        self._kill_web(first)
        self.course.delete_wake_ups()
        self._until(0.2)
        self._kill_worker()
        self._want(second)

    def _break_platform(self) -> None:
        *_, third, fourth = self._quarters
        self.platform.die()
        self._want(third)
        time.sleep(OUTAGE_SECONDS)
        self.platform.start()
        self._want(fourth)

    def _until(self, share: float) -> None:
        """Wait until the platform has this share of all scores."""
        while len(self.books.applied) < share * self._count and self._goes_on():
            time.sleep(0.01)

    def _goes_on(self) -> bool:
        return time.monotonic() - self.books.last_heard < PATIENCE

    def _want(self, scores: Sequence[Score]) -> None:
        for batch in _batches(scores):
            if not self._web.want(batch):
                raise RuntimeError("the web did not take grades that were wanted")
            self.acknowledged.update(batch)

    def _kill_worker(self, requests: int = PER_PLATFORM) -> None:
        """Kill the worker while the platform holds so many requests of it, and start the next.

        A single one is often that which tries a platform after a pause: then the platform is
        spared until its lease has ended.
        """
        while self._goes_on():
            with self.books.lock:
                # No request ends while this is held.
                if len(self.books.in_flight) >= requests:
                    kill(self._worker)
                    self.worker_kills += 1
                    break
            time.sleep(0.0005)
        kill(self._worker)
        self._worker = self.course.start_worker()

    def _kill_web(self, scores: Sequence[Score]) -> None:
        """Kill the web amid a request while the platform holds one too; want its grades again."""
        batch = scores[:_BATCH]
        for _ in range(_TRIES):
            is_dead, acknowledged = self._kill_web_during(batch)
            if acknowledged:
                self.acknowledged.update(batch)
            if is_dead:
                self.web_kills += not acknowledged
                break
        kill(self._web.process)
        self._web = self.course.start_web()
        self._want(scores)

    def _kill_web_during(self, batch: Sequence[Score]) -> tuple[bool, bool]:
        """Tell whether the web was killed, and whether it acknowledged before that."""
        answers: list[bool] = []
        is_dead = False
        self._web.begun.unlink(missing_ok=True)
        # On SQLite the worker claims nothing during the request, so one must be on its way.
        while not self.books.in_flight and self._goes_on():
            time.sleep(0.0005)
        asking = threading.Thread(target=lambda: answers.append(self._web.want(batch)))
        asking.start()
        while asking.is_alive() and not is_dead:
            with self.books.lock:
                if self.books.in_flight and self._web.begun.exists():
                    kill(self._web.process)
                    is_dead = True
            time.sleep(0.0005)
        asking.join()
        return is_dead, answers == [True]


def kill(process: Process) -> None:
    """End a process and all that it started, so that it can do nothing more."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def end_on_sigterm() -> None:
    """Let SIGTERM end this process as Ctrl-C does: with all that it started."""

    def stop(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)


def _batches(scores: Sequence[Score]) -> Iterator[Sequence[Score]]:
    for start in range(0, len(scores), _BATCH):
        yield scores[start : start + _BATCH]


def compare(books: Books, wanted: dict[str, float]) -> dict[str, int]:
    """Return what the platform's books say of that which was wanted."""
    final: dict[str, float] = {}
    disordered = duplicates = 0
    for score in books.applied:
        before = final.get(score.sub)
        duplicates += before == score.score
        disordered += before is not None and before > score.score
        final[score.sub] = score.score
    lost = sum(final.get(sub) != score for sub, score in wanted.items())
    return {"lost": lost, "disordered": disordered, "duplicates": duplicates}


def _faults_of(fire: Fire, result: dict[str, Any], duplicates: int) -> list[str]:
    demanded = {
        f"{result['lost']} lost": result["lost"] == 0,
        f"{result['disordered']} out of order": result["disordered"] == 0,
        f"more than {duplicates} duplicates": result["duplicates"] <= duplicates,
        f"only {len(fire.acknowledged)} acknowledged": len(fire.acknowledged)
        == len(fire.course.people),
        f"{result['waiting']} still waiting": result["waiting"] == 0,
        "worker not killed three times": fire.worker_kills == 3,
        "web not killed": fire.web_kills == 1,
    }
    return [fault for fault, holds in demanded.items() if not holds]


def main(name: str, scores: int, database_url: str = "") -> int:
    end_on_sigterm()
    with (
        tempfile.TemporaryDirectory() as folder,
        Platform(latency=LATENCY, faults=FAULTS) as platform,
    ):
        course = WantingCourse(Path(folder), platform.url, scores, database_url)
        fire, began = Fire(course, platform), time.monotonic()
        fire.run()
        seconds = round(time.monotonic() - began, 1)
        books, waiting = platform.books, course.waiting()
        course.close()
    # The platform's own end breaks requests too.
    broken = fire.worker_kills + 1
    most = 2 * PER_PLATFORM * broken + books.denied
    result: dict[str, Any] = {
        "database": name,
        "scores": scores,
        "wanted_again": len(fire.again),
        **compare(books, fire.acknowledged),
        "duplicates_at_most": most,
        "kills_in_flight": fire.worker_kills + fire.web_kills,
        "waiting": waiting,
        "applied": len(books.applied),
        "answers": {str(int(k)): n for k, n in sorted(books.answered.items())},
        "seconds": seconds,
    }
    faults = _faults_of(fire, result, most)
    print(json.dumps({**result, "wrong": faults}), flush=True)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
