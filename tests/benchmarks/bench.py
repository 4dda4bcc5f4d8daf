"""The benchmarks: `make bench`, or `make bench ONLY=drain`. Each prints one line of JSON.

Peer and limit are measured in the same run; where there is none yet, the line says why. Figures
of a busy machine are worth little: compare ratios.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests

from lti_tool.groups.rules import Person, Problem, Sizes, Topic
from lti_tool.groups.solver import Status, solve
from tests.chaos.platform import Platform
from tests.chaos.wanting import WantingCourse
from tests.commands import environment, free_port

ROOT = Path(__file__).resolve().parents[2]
COHORTS = ROOT / "tests/unit/groups/cohorts"
RUNTIME = (
    "flask",
    "pylti1p3",
    "sqlalchemy.orm",
    "flask_wtf",
    "flask_babel",
    "alembic.command",
    "jwt",
    "cryptography.hazmat.primitives.asymmetric.rsa",
    "requests",
    "huey",
    "granian",
    "click",
    "structlog",
    "highspy",
    "psycopg",
    "yaml",
    "python_calamine",
    "markdown",
)
"""What the tool depends on, as it imports it."""

Result = dict[str, Any]


def drain() -> Result:
    """Scores a second that one worker delivers to a platform that takes 20 ms, from a long queue."""
    lanes, seconds, latency, at_once = 2_000, 40.0, 0.02, 8
    with tempfile.TemporaryDirectory() as folder, Platform(latency=latency) as platform:
        course = WantingCourse(Path(folder), platform.url, lanes)
        course.want((sub, 1.0) for sub in course.people)
        worker = course.start_worker()
        applied = platform.books.applied
        try:
            _wait(lambda: bool(applied), 30)
            _wait(lambda: len(applied) == lanes, seconds)
        finally:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
            course.database.close()
        took = applied[-1].at - applied[0].at
        rate = round((len(applied) - 1) / took, 1)
    limit = at_once / latency
    return _line(
        "drain",
        rate,
        "scores/s",
        ("limit: 8 requests of 20 ms at a time", limit),
        ratio=rate / limit,
        goal=0.9,
        met=rate / limit >= 0.9,
        scores=len(applied),
    )


def start() -> Result:
    """Seconds from a cold `lti-tool serve` to its first answer, against importing what it needs."""
    pairs = [(_first_answer(), _imports()) for _ in range(3)]
    ours, peer = (statistics.median(values) for values in zip(*pairs, strict=True))
    return _line(
        "start",
        round(ours, 2),
        "s",
        ("import of the runtime dependencies", round(peer, 2)),
        ratio=ours / peer,
        goal=2.0,
        met=ours / peer <= 2.0,
    )


def groups_class() -> Result:
    """Median seconds to solve a class of 40, and the share of all classes proven optimal."""
    seconds: dict[str, float] = {}
    proven = 0
    for file in sorted(COHORTS.glob("*.json")):
        problem = _cohort(json.loads(file.read_text(encoding="utf-8")))
        began = time.perf_counter()
        solution = solve(problem)
        seconds[file.stem] = time.perf_counter() - began
        proven += solution.status is Status.OPTIMAL
    median = statistics.median(
        took for name, took in seconds.items() if name.startswith("40")
    )
    return _line(
        "groups-class",
        round(median, 3),
        "s",
        (None, None),
        ratio=None,
        goal=1.0,
        met=proven == len(seconds) and median < 1.0,
        proven=proven / len(seconds),
        classes=len(seconds),
        reason="the person x slot model is not built yet; classes of 60 are not in the tests",
    )


BENCHES: Mapping[str, Callable[[], Result]] = {
    "drain": drain,
    "start": start,
    "groups-class": groups_class,
}


def _line(  # The fields of one line.
    bench: str,
    value: float,
    unit: str,
    peer: tuple[str | None, float | None],
    **rest: Any,
) -> Result:
    ratio = rest.pop("ratio")
    return {
        "bench": bench,
        "value": value,
        "unit": unit,
        "peer": peer[0],
        "peer_value": peer[1],
        "ratio": ratio if ratio is None else round(ratio, 3),
        **rest,
    }


def _wait(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.002)


def _first_answer() -> float:
    with tempfile.TemporaryDirectory() as folder:
        environ = environment(Path(folder))
        program = [sys.executable, "-P", "-m", "lti_tool"]
        for words in (("database", "upgrade"), ("keys", "rotate"), ("keys", "rotate")):
            subprocess.run(
                [*program, *words], env=environ, check=True, capture_output=True
            )
        port = free_port()
        began = time.perf_counter()
        serving = subprocess.Popen(
            [*program, "serve", "--bind", f"127.0.0.1:{port}"],
            env=environ,
            start_new_session=True,
        )
        try:
            _wait(lambda: _answers(f"http://127.0.0.1:{port}/healthz"), 60)
            return time.perf_counter() - began
        finally:
            serving.terminate()
            serving.wait()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=1).ok
    except requests.RequestException:
        return False


def _imports() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {', '.join(RUNTIME)}"], check=True)
    return time.perf_counter() - began


def _cohort(told: Mapping[str, Any]) -> Problem:
    size, groups = told["size"], len(told["people"]) // 4
    return Problem(
        tuple(Topic(t["id"], t["groups_max"]) for t in told["topics"]),
        tuple(Person(p["id"], tuple(p["wishes"])) for p in told["people"]),
        Sizes(size["min"], size["preferred"], size["max"]),
        groups,
        groups,
    )


def main() -> int:
    chosen = sys.argv[1:] or list(BENCHES)
    if unknown := [name for name in chosen if name not in BENCHES]:
        print(
            f"There is no benchmark {unknown[0]}; there are {', '.join(BENCHES)}.",
            file=sys.stderr,
        )
        return 2
    for name in chosen:
        print(json.dumps(BENCHES[name]()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
