"""What others lose under the same fire: `python -m tests.chaos.controls`, two lines of JSON.

Nothing here is demanded; the lines are to be read beside those of our own runs.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.fire import (
    FAULTS,
    LATENCY,
    OUTAGE_SECONDS,
    Process,
    compare,
    end_on_sigterm,
    kill,
)
from tests.chaos.platform import Platform
from tests.chaos.queue_control import Queue

LANES = 200
_KILLS = (0.1, 0.3)
_OUTAGE = 0.5
_CONSUMER = (
    "import sys; from tests.chaos.queue_control import consume; consume(sys.argv[1])"
)
_PATIENCE = 40.0
"""Longer than the longest wait of either control."""


class Control:
    """One control: a queue with a task per score, its consumer, and a platform of its own."""

    def __init__(self, file: Path, platform: Platform) -> None:
        self._platform, self._books = platform, platform.books
        self._file = str(file)
        self._queue = Queue(self._file)
        self._stamp = 0
        self.kills = 0

    def run(self, *, task: str, with_kills: bool) -> dict[str, object]:
        """Deliver, a quarter again with another score, and return what came of it."""
        lanes = [str(n) for n in range(LANES)]
        again = lanes[::4]
        self._want(task, lanes, 1.0)
        self._consumer = self._start()
        began = time.monotonic()
        try:
            for share in _KILLS if with_kills else ():
                self._until(share)
                self._kill()
            self._until(_OUTAGE)
            self._platform.die()
            self._want(task, again, 2.0)
            time.sleep(OUTAGE_SECONDS)
            self._platform.start()
            if with_kills:
                self._kill()
            while not self._queue.is_empty() and self._goes_on():
                time.sleep(0.2)
            # What was taken from the queue last is still on its way.
            time.sleep(2)
        finally:
            kill(self._consumer)
        wanted = dict.fromkeys(lanes, 1.0) | dict.fromkeys(again, 2.0)
        return {
            "scores": LANES,
            "wanted_again": len(again),
            **compare(self._books, wanted),
            "kills_in_flight": self.kills,
            "queue_empty": self._queue.is_empty(),
            "seconds": round(time.monotonic() - began, 1),
        }

    def _want(self, task: str, lanes: list[str], score: float) -> None:
        for sub in lanes:
            self._stamp += 1
            said = {"userId": sub, "scoreGiven": score, "timestamp": f"{self._stamp:9}"}
            getattr(self._queue, task)(f"{self._platform.url}/scores", said)

    def _start(self) -> Process:
        return subprocess.Popen(
            [sys.executable, "-c", _CONSUMER, self._file],
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )

    def _until(self, share: float) -> None:
        while len(self._books.applied) < share * LANES and self._goes_on():
            time.sleep(0.005)

    def _goes_on(self) -> bool:
        return time.monotonic() - self._books.last_heard < _PATIENCE

    def _kill(self) -> None:
        while self._goes_on():
            with self._books.lock:
                if self._books.in_flight:
                    kill(self._consumer)
                    self.kills += 1
                    break
            time.sleep(0.0005)
        kill(self._consumer)
        self._consumer = self._start()


def main() -> int:
    end_on_sigterm()
    for name, task, with_kills in (
        ("queue as the truth (huey, 200 retries)", "deliver", True),
        ("policy of hypothesis/lms (2 retries, 10 s)", "deliver_twice_more", False),
    ):
        with (
            tempfile.TemporaryDirectory() as folder,
            Platform(latency=LATENCY, faults=FAULTS) as platform,
        ):
            control = Control(Path(folder) / "queue.sqlite", platform)
            result = control.run(task=task, with_kills=with_kills)
        print(json.dumps({"control": name, **result}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
