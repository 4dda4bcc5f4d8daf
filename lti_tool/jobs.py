"""What to run, when and in which process; huey wakes it, the work's own rows say what is due."""

import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

import structlog
from huey import Huey, PostgresHuey, SqliteHuey
from huey.consumer import Consumer
from typing_extensions import override

from lti_tool.courses import runs
from lti_tool.courses.roster import Fetcher
from lti_tool.gradebook import checking, gates, reconciling
from lti_tool.gradebook.delivery import PER_PLATFORM, Courier
from lti_tool.gradebook.service import RING
from lti_tool.groups.criteria import checking as feasibility
from lti_tool.groups.proposals import service as proposals
from lti_tool.lti import audit, notices
from lti_tool.settings import Settings
from lti_tool.web.tool import Tool

SWEEP_SECONDS = 5
"""A lost wake-up costs at most this long."""
_LOOK_SECONDS = 0.5
"""How late a grade's next try may be: platforms ask for pauses as short as this."""
_POLL_SECONDS = 0.02
"""How long a wake-up waits on an embedded installation; PostgreSQL tells at once."""
_TURN_SECONDS = 0.0005
"""How long a thread may compute while others, whose answers are there, wait to go on."""
_STOP_SECONDS = 9
"""A worker that is asked to stop is gone after ten seconds."""
log = structlog.get_logger()

WORK: Mapping[str, Callable[[Tool], object]] = {
    proposals.RING: lambda tool: proposals.compute_due(tool.database),
    feasibility.RING: lambda tool: feasibility.check_due(tool.database),
    "notices": lambda tool: notices.subscribe_due(
        tool.database, tool.connector, f"{tool.settings.base_url}/lti/notices"
    ),
    checking.RING: lambda tool: checking.answer_due(tool.database, tool.connector),
    "audit": lambda tool: audit.forget_old(tool.database),
}


class Jobs:
    """The wake-ups of one installation; without them the sweep still finds what is due."""

    def __init__(self, settings: Settings, *, per_platform: int = PER_PLATFORM) -> None:
        self._huey = _store(settings)
        self._per_platform = per_platform
        self._acts: Mapping[str, Callable[[], object]] = {}
        # One kind runs once at a time in a process; what comes meanwhile is found in the rows.
        kinds = (RING, runs.RING, reconciling.RING, *WORK)
        self._busy = {kind: threading.Lock() for kind in kinds}
        self._task = self._huey.task(name="do")(self.do)

    def close(self) -> None:
        """Give this thread's connection to the wake-ups back."""
        self._huey.storage.close()

    def ring(self, kind: str) -> None:
        """Wake a worker; a fault here only costs time."""
        try:
            self._task(kind)
        except Exception as error:  # noqa: BLE001  # The row is stored, the sweep will find it.
            log.warning("wake-up lost", kind=kind, error=type(error).__name__)

    def do(self, kind: str) -> None:
        """Do what is due of one kind, unless this process is at it already."""
        act = self._acts.get(kind)
        if act is None or not self._busy[kind].acquire(blocking=False):
            return
        try:
            act()
        except Exception:
            log.exception("work failed", kind=kind)
        finally:
            self._busy[kind].release()

    def work(self, tool: Tool) -> None:
        """Work until SIGTERM or SIGINT; within ten seconds what runs is finished or given back."""
        consumer = _Consumer(
            self._huey,
            workers=2,
            periodic=False,
            max_delay=_POLL_SECONDS,
            graceful_signal="TERM",
            shutdown_timeout=_STOP_SECONDS,
        )
        courier = Courier(
            tool.database,
            tool.connector,
            per_platform=self._per_platform,
            stop=consumer.stop_flag,
        )
        fetcher = Fetcher(
            tool.database, tool.connector, gates.spared_platforms, consumer.stop_flag
        )
        self._acts = {
            RING: courier.look,
            runs.RING: fetcher.look,
            reconciling.RING: partial(
                reconciling.compare_due,
                tool.database,
                tool.connector,
                consumer.stop_flag,
            ),
            **{kind: partial(act, tool) for kind, act in WORK.items()},
            proposals.RING: partial(
                proposals.compute_due, tool.database, consumer.stop_flag
            ),
        }
        sys.setswitchinterval(_TURN_SECONDS)
        # One for each, so that nothing waits for what takes long.
        sweepers = [
            threading.Thread(
                target=self._sweep, args=(kind, consumer.stop_flag), daemon=True
            )
            for kind in self._acts
        ]
        for sweeper in sweepers:
            sweeper.start()
        consumer.run()
        courier.wait(consumer.seconds_left())
        fetcher.wait(consumer.seconds_left())
        for sweeper in sweepers:
            sweeper.join(consumer.seconds_left())

    def _sweep(self, kind: str, stop: threading.Event) -> None:
        while not stop.is_set():
            self.do(kind)
            stop.wait(_LOOK_SECONDS if kind == RING else SWEEP_SECONDS)


class _Consumer(Consumer):  # type: ignore[misc]  # huey has no types.
    """Knows how long it may take to stop; its flag is set before it waits for its own threads."""

    _until = 0.0

    @override
    def stop(self, graceful: bool = False) -> None:
        self._until = time.monotonic() + _STOP_SECONDS
        super().stop(graceful)

    def seconds_left(self) -> float:
        return max(self._until - time.monotonic(), 0.0)


def _store(settings: Settings) -> Huey:
    if settings.is_sqlite:
        settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        return SqliteHuey("lti-tool", filename=str(settings.jobs_file), results=False)
    dsn = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    # A wake-up that a crash takes along is none that needs to wait for the disk.
    options = "-c synchronous_commit=off"
    return PostgresHuey("lti-tool", dsn=dsn, results=False, options=options)
