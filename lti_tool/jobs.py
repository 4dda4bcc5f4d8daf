"""What to run, when and in which process; huey wakes it, the work's own rows say what is due."""

import threading
from collections.abc import Callable, Mapping

import structlog
from huey import Huey, PostgresHuey, SqliteHuey
from huey.consumer import Consumer

from lti_tool.courses import roster
from lti_tool.gradebook import delivery
from lti_tool.groups import proposals
from lti_tool.lti import audit, notices
from lti_tool.settings import Settings
from lti_tool.web.tool import Tool

SWEEP_SECONDS = 5
"""A lost wake-up costs at most this long."""
log = structlog.get_logger()

WORK: Mapping[str, Callable[[Tool], object]] = {
    "grades": lambda tool: delivery.deliver_due(tool.database, tool.connector),
    "proposals": lambda tool: proposals.compute_due(tool.database),
    "roster": lambda tool: roster.fetch_due(tool.database, tool.connector),
    "notices": lambda tool: notices.subscribe_due(
        tool.database, tool.connector, f"{tool.settings.base_url}/lti/notices"
    ),
    "audit": lambda tool: audit.forget_old(tool.database),
}


class Jobs:
    """The wake-ups of one installation; without them the sweep still finds what is due."""

    def __init__(self, settings: Settings) -> None:
        self._huey = _store(settings)
        self._tool: Tool | None = None
        # One kind runs once at a time in a process; what comes meanwhile is found in the rows.
        self._busy = {kind: threading.Lock() for kind in WORK}
        self._task = self._huey.task(name="do")(self.do)

    def ring(self, kind: str) -> None:
        """Wake a worker; a fault here only costs time."""
        try:
            self._task(kind)
        except Exception as error:  # noqa: BLE001  # The row is stored, the sweep will find it.
            log.warning("wake-up lost", kind=kind, error=type(error).__name__)

    def do(self, kind: str) -> None:
        """Do what is due of one kind, unless this process is at it already."""
        lock = self._busy.get(kind)
        if lock is None or self._tool is None or not lock.acquire(blocking=False):
            return
        try:
            WORK[kind](self._tool)
        except Exception:
            log.exception("work failed", kind=kind)
        finally:
            lock.release()

    def work(self, tool: Tool) -> None:
        """Work until SIGTERM or SIGINT; what runs is finished first."""
        self._tool = tool
        consumer = Consumer(
            self._huey,
            workers=2,
            periodic=False,
            max_delay=0.5,
            graceful_signal="TERM",
            shutdown_timeout=10,
        )
        stop = threading.Event()
        sweeper = threading.Thread(target=self._sweep, args=(stop,), daemon=True)
        sweeper.start()
        consumer.run()
        stop.set()
        sweeper.join(timeout=10)

    def _sweep(self, stop: threading.Event) -> None:
        while not stop.is_set():
            for kind in WORK:
                self.do(kind)
            stop.wait(SWEEP_SECONDS)


def _store(settings: Settings) -> Huey:
    if settings.is_sqlite:
        settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        return SqliteHuey("lti-tool", filename=str(settings.jobs_file), results=False)
    dsn = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    return PostgresHuey("lti-tool", dsn=dsn, results=False)
