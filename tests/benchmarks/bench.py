"""The benchmarks: `make bench`, or `make bench ONLY=drain`. Each prints one line of JSON.

Peer and limit are measured in the same run; where there is none yet, the line says why. Figures
of a busy machine are worth little: compare ratios. What works on a database runs on SQLite and on
a PostgreSQL of its own, which keeps its promises to the disk; the variable POSTGRESQL names another.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa
import structlog

from lti_tool.gradebook.delivery import PER_PLATFORM
from tests.benchmarks import grouping
from tests.benchmarks.large_groups import large_groups
from tests.benchmarks.peers import side_by_side
from tests.benchmarks.rosters import Rosters
from tests.chaos.wanting import WantingCourse
from tests.commands import environment, free_port
from tests.postgresql import NoServerError, server

ROOT = Path(__file__).resolve().parents[2]
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
    """Scores a second that one worker delivers to a platform that takes 20 ms, from a long queue.

    The limit is arithmetic. What a plain loop of requests reaches is measured in the same minutes,
    and the CPU of the worker for each score, which a busy machine disturbs least.
    """
    latency, at_once, pairs = 0.02, 8, 3
    lanes = int(os.environ.get("LANES", "10000"))
    ours: list[float] = []
    plain: list[float] = []
    cpu: list[float] = []
    with installed(latency, lanes) as (course, platform):
        for _ in range(pairs):
            plain.append(platform.drained_by_a_loop(lanes // 2, at_once))
            course.want((sub, len(ours) + 1.0) for sub in course.people)
            with worker(course, at_once) as process:
                came = platform.scores(1)
                began, already = _cpu(process), len(came)
                came += platform.scores(lanes - already)
                cpu.append((_cpu(process) - began) / (lanes - already))
                ours.append(_rate(came))
    rate, peer = statistics.median(ours), statistics.median(plain)
    limit = at_once / latency
    return _line(
        "drain",
        round(rate, 1),
        "scores/s",
        ("a loop of 8 threads with requests.Session, which stores nothing", peer),
        ratio=statistics.median(a / b for a, b in zip(ours, plain, strict=True)),
        limit=limit,
        of_limit=round(rate / limit, 3),
        goal=0.9,
        met=rate / limit >= 0.9,
        scores=lanes * pairs,
        database=_database_name(),
        cpu_ms_a_score=round(statistics.median(cpu) * 1000, 2),
        connections_a_run=round(platform.connections / pairs, 1),
        platform_ms=round(platform.held / platform.taken * 1000, 2),
        load=round(os.getloadavg()[0], 1),
    )


def coalesce() -> Result:
    """Share of requests saved where each of many grades is wanted four times in a burst."""
    lanes, wants = 250, 4
    with installed(0.02, lanes) as (course, platform), worker(course, PER_PLATFORM):
        # It works already when the burst comes.
        course.want([(next(iter(course.people)), 0.5)])
        platform.scores(1)
        for score in range(wants):
            course.want((sub, score + 1.0) for sub in course.people)
        _wait(lambda: course.waiting() == 0, 120)
        sent = len(platform.told()["scores"])
    saved = 1 - sent / (lanes * wants)
    return _line(
        "coalesce",
        round(saved, 3),
        "of the requests",
        ("limit: one of four is sent", 0.75),
        ratio=saved / 0.75,
        goal=0.7,
        met=saved >= 0.7,
        sent=sent,
        wanted=lanes * wants,
        database=_database_name(),
    )


def tokens() -> Result:
    """Token requests for a thousand scores, sent by eight at a time."""
    lanes = 1_000
    with installed(0.005, lanes) as (course, platform):
        course.want((sub, 1.0) for sub in course.people)
        with worker(course, 8):
            _wait(lambda: course.waiting() == 0, 120)
            told = platform.told()
    return _line(
        "tokens",
        told["tokens"],
        "token requests",
        ("limit", 1),
        ratio=float(told["tokens"]),
        goal=1,
        met=told["tokens"] == 1 and len(told["scores"]) == lanes,
        scores=len(told["scores"]),
        database=_database_name(),
    )


def accepted() -> Result:
    """Milliseconds from a page's commit until an idle worker's platform has taken the score."""
    times, latency = 100, 0.02
    took = []
    with installed(latency, times) as (course, platform), worker(course, 2):
        # The first of all wakes the worker up; it does not count.
        for number, sub in enumerate([*course.people, *list(course.people)[:1]]):
            course.want([(sub, number % 99 + 1.0)])
            committed = time.time()
            ((moment, _),) = platform.scores(1)
            took.append((moment - committed) * 1000)
            time.sleep(random.uniform(0.05, 0.35))  # noqa: S311  # As people come.
    took = sorted(took[1:])
    p99 = took[int(len(took) * 0.99) - 1]
    return _line(
        "submit-to-accepted",
        round(p99, 1),
        "ms, p99",
        ("limit: one request of 20 ms", latency * 1000),
        ratio=p99 / (latency * 1000),
        goal=250,
        met=p99 <= 250,
        median=round(statistics.median(took), 1),
        grades=len(took),
        database=_database_name(),
        load=round(os.getloadavg()[0], 1),
    )


def roster() -> Result:
    """Seconds to take over a list of 10,000 new people, against handing all rows to the driver.

    Both without HTTP; ``with_http`` is the whole way from a list that is due, in 50 pages, against
    a plain loop of requests and the same rows.
    """
    port, rounds = free_port(), 5
    platform = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.rosters", str(port)], cwd=ROOT
    )
    url = f"http://127.0.0.1:{port}"
    times: dict[str, list[float]] = {}
    try:
        _wait(lambda: _answers(f"{url}/members"), 60)
        with tempfile.TemporaryDirectory() as folder, _database() as place:
            course = WantingCourse(Path(folder), url, 0, place)
            both = Rosters(course, url)
            ways = (both.taken_over, both.stored, both.synced, both.fetched_and_stored)
            for number in range(rounds + 1):
                for way in ways:
                    seconds = way()
                    # The first round warms up.
                    times.setdefault(way.__name__, []).extend([seconds][: number > 0])
            both.close()
            course.close()
    finally:
        platform.kill()
        platform.wait()
    ours, raw, whole, plain = (statistics.median(found) for found in times.values())
    return _line(
        "roster",
        round(ours, 3),
        "s for 10,000 members",
        ("executemany of the driver", round(raw, 3)),
        ratio=ours / raw,
        goal=3.0,
        met=ours / raw <= 3.0,
        moonshot=1.5,
        http="on neither side",
        with_http={
            "value": round(whole, 3),
            "peer": "a loop of requests.Session and executemany",
            "peer_value": round(plain, 3),
            "ratio": round(whole / plain, 3),
        },
        database=_database_name(),
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
    """Median seconds to prove the best groups of 40, and the share of all classes that is proven."""
    found = dict(grouping.compared())
    return _line(
        "groups-class",
        found.pop("value"),
        "s",
        (
            "share that a plain person x slot MIP proves, with at least as many seconds",
            found.pop("peer_value"),
        ),
        ratio=found.pop("ratio"),
        ratio_is="median cost of its groups to ours",
        **found,
    )


def groups_changes() -> Result:
    """Median seconds to find the fewest moves when somebody leaves or joins, proven."""
    found = dict(grouping.changed())
    return _line(
        "groups-changes",
        found.pop("value"),
        "s",
        ("limit", 1.0),
        ratio=None,
        **found,
    )


def groups_peers() -> Result:
    """Classes beside a plain MIP and a published peer, all scored by one scorer."""
    found = dict(side_by_side.compared())
    ratio = found.pop("ratio")
    return _line(
        "groups-peers",
        ratio,
        "cost of HBS team-formation's groups to ours, at most",
        ("HBS team-formation 2.0.0, and a person x slot MIP", None),
        ratio=ratio,
        **found,
    )


BENCHES: Mapping[str, Callable[[], Result]] = {
    "drain": drain,
    "coalesce": coalesce,
    "tokens": tokens,
    "submit-to-accepted": accepted,
    "roster": roster,
    "start": start,
    "groups-class": groups_class,
    "groups-large": large_groups,
    "groups-changes": groups_changes,
    "groups-peers": groups_peers,
}


class SlowPlatform:
    """The platform process, and what it tells."""

    def __init__(self, latency: float) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        module = "tests.benchmarks.slow_platform"
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, str(port), str(latency)], cwd=ROOT
        )
        self.taken = self.connections = 0
        self.held = 0.0
        _wait(lambda: _answers(f"{self.url}/told"), 60)

    def told(self) -> dict[str, Any]:
        """Return what came since it was last asked."""
        found: dict[str, Any] = requests.get(f"{self.url}/told", timeout=30).json()
        self.taken += len(found["scores"])
        self.connections += found["connections"]
        self.held += found["held"]
        return found

    def scores(self, count: int, seconds: float = 300) -> list[tuple[float, str]]:
        """Wait for so many scores and return when each was taken, and of whom."""
        came: list[tuple[float, str]] = []
        deadline = time.monotonic() + seconds
        while len(came) < count and time.monotonic() < deadline:
            time.sleep(0.02 if count == 1 else 0.3)
            came += [(moment, sub) for moment, sub in self.told()["scores"]]
        return came

    def drained_by_a_loop(self, count: int, at_once: int) -> float:
        """Send as many scores in the plainest way and return how many came in a second."""
        numbers, lock = iter(range(count)), threading.Lock()

        def send() -> None:
            session = requests.Session()
            session.trust_env = False
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                session.post(
                    f"{self.url}/lineitems/1/scores",
                    json={**_SCORE, "userId": str(number)},
                    headers={"Authorization": "Bearer t"},
                    timeout=30,
                )

        senders = [threading.Thread(target=send) for _ in range(at_once)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        rate = round(_rate(self.scores(count)), 1)
        # Its own connections are not counted.
        self.connections -= at_once
        return rate

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


_SCORE = {
    "scoreGiven": 1.0,
    "scoreMaximum": 100.0,
    "activityProgress": "Completed",
    "gradingProgress": "FullyGraded",
    "timestamp": "2026-01-01T00:00:00Z",
}


@contextmanager
def installed(
    latency: float, lanes: int
) -> Iterator[tuple[WantingCourse, SlowPlatform]]:
    """Give a fresh installation and its platform.

    On PostgreSQL where the variable POSTGRESQL holds a server's URL.
    """
    platform = SlowPlatform(latency)
    try:
        with tempfile.TemporaryDirectory() as folder, _database() as url:
            course = WantingCourse(Path(folder), platform.url, lanes, url)
            yield course, platform
            course.close()
    finally:
        platform.end()


@contextmanager
def _database() -> Iterator[str]:
    place = os.environ.get("POSTGRESQL", "")
    if not place:
        yield ""
        return
    name = f"bench_{os.getpid()}_{time.monotonic_ns()}"
    engine = sa.create_engine(f"{place}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
        yield f"{place}/{name}"
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def _database_name() -> str:
    return "PostgreSQL" if os.environ.get("POSTGRESQL") else "SQLite"


@contextmanager
def worker(course: WantingCourse, at_once: int) -> "Iterator[subprocess.Popen[bytes]]":
    """Run the worker that is shipped while the block runs."""
    module = "tests.benchmarks.worker"
    process = subprocess.Popen(
        [sys.executable, "-m", module, str(at_once)],
        cwd=ROOT,
        env=course.environ,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _cpu(process: "subprocess.Popen[bytes]") -> float:
    """Return how many seconds of CPU a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rate(came: Sequence[tuple[float, str]]) -> float:
    """Return how many came in a second, between the first and the last."""
    moments = sorted(moment for moment, _ in came)
    return (len(moments) - 1) / (moments[-1] - moments[0])


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


OF_DATABASES = frozenset(
    ("drain", "coalesce", "tokens", "submit-to-accepted", "roster")
)
"""These run on SQLite and on PostgreSQL."""


def _postgresql(stack: ExitStack) -> str:
    """Return the URL of a server, one of our own where none is named; empty if there is none."""
    try:
        return os.environ.get("POSTGRESQL") or stack.enter_context(server(durable=True))
    except NoServerError as error:
        print(f"NOT RUN on PostgreSQL: {error}", file=sys.stderr)
        return ""


def main() -> int:
    chosen = sys.argv[1:] or list(BENCHES)
    if unknown := [name for name in chosen if name not in BENCHES]:
        print(
            f"There is no benchmark {unknown[0]}; there are {', '.join(BENCHES)}.",
            file=sys.stderr,
        )
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
    with ExitStack() as stack:
        needs_database = OF_DATABASES.intersection(chosen)
        postgresql = _postgresql(stack) if needs_database else ""
        for name in chosen:
            both = ["", postgresql] if name in OF_DATABASES and postgresql else [""]
            for os.environ["POSTGRESQL"] in both:
                print(json.dumps(BENCHES[name]()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
