"""The production web server, with its worker beside it on an embedded database."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from lti_tool import keys
from lti_tool.app import build_tool, create_app
from lti_tool.errors import SettingError
from lti_tool.jobs import Jobs
from lti_tool.logs import configure
from lti_tool.operation import schema
from lti_tool.operation.alone import alone
from lti_tool.persistence import sealed, workers
from lti_tool.settings import Settings

_THREADS = 8
_LOOK_SECONDS = 0.5
_PAUSE = 2.0
"""Seconds before a worker that ended is started again."""
_POLITE_SECONDS = 15
log = structlog.get_logger()


def serve(settings: Settings, bind: str, workers: int, *, with_worker: bool) -> None:
    """Serve until SIGTERM or SIGINT; raise SettingError with one line if that cannot work."""
    host, port = parse_bind(bind)
    if settings.is_sqlite and workers > 1:
        raise SettingError(
            "SQLite has one web process: leave --workers at 1, or set LTI_TOOL_DATABASE_URL to PostgreSQL."
        )
    check_port(host, port)
    prepare(settings)
    with (
        alone(settings, "web server"),
        _beside(settings.is_sqlite and with_worker),
    ):
        log.info("serving", listens=f"http://{bind}", public=settings.base_url)
        Granian(
            "lti_tool",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=_THREADS,
            log_level=LogLevels.error,
            workers_kill_timeout=10,
        ).serve(target_loader=_Loader(settings))


@contextmanager
def _beside(wanted: bool) -> Iterator[None]:  # noqa: FBT001  # The condition of the with.
    """Keep a worker process running beside the web; one that ends is started again."""
    if not wanted:
        yield
        return
    stop = threading.Event()
    # Started here and not in the thread: granian forks, and a fork beside it would hold our pipes.
    keeper = threading.Thread(target=_keep_worker, args=(_start_worker(), stop))
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _keep_worker(worker: subprocess.Popen[bytes], stop: threading.Event) -> None:
    while not stop.wait(_LOOK_SECONDS):
        if worker.poll() is None:
            continue
        log.error("worker ended", code=worker.returncode)
        if not stop.wait(_PAUSE):
            worker = _start_worker()
    stop_process(worker)


class _Loader:
    """Makes the application in each web process; settings and not connections cross over."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._parent = settings, os.getpid()

    def __call__(self, _target: str) -> Flask:
        configure()
        _end_with(self._parent)
        return create_app(self._settings, Jobs(self._settings).ring)


def _end_with(parent: int) -> None:
    """End this process once its parent has gone, which may not have had the time to end it.

    Nobody would stop it then, start its worker again or give its port free.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        log.error("web server ended", process=parent)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def work(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    configure()
    prepare(settings)
    with alone(settings, "worker"):
        jobs = Jobs(settings)
        tool = build_tool(settings, jobs.ring)
        with workers.beating(tool.database):
            jobs.work(tool)
        tool.database.close()


def prepare(settings: Settings) -> None:
    """Check the database and its tables and make what is missing, or raise SettingError."""
    tool = build_tool(settings, lambda _kind: None)
    try:
        tool.database.check()
        schema.require_fitting(tool.database)
        sealed.require_opened(tool.database, settings)
        keys.ensure_active(tool.database, tool.key_folder)
        # At its first start huey makes tables; several processes at once would stumble.
        with schema.in_turn(tool.database):
            Jobs(settings).close()
    finally:
        tool.database.close()


def parse_bind(bind: str) -> tuple[str, int]:
    """Return host and port of HOST:PORT or raise SettingError."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:  # noqa: PLR2004  # TCP
        raise SettingError(
            f"--bind must be HOST:PORT, such as 127.0.0.1:8000, not {bind}."
        )
    return host.strip("[]"), int(port)


def check_port(host: str, port: int) -> None:
    """Raise SettingError if somebody else listens there."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise SettingError(
            f"Port {port} on {host} cannot be used ({error.strerror}): choose another."
        ) from error


def _start_worker() -> subprocess.Popen[bytes]:
    # Ctrl-C reaches the whole terminal group; the worker is stopped by us, after the web.
    # The pipe closes when this process ends in whatever way, and then the worker ends too.
    worker = subprocess.Popen(  # Our own program.
        [sys.executable, "-P", "-m", "lti_tool", "worker", "--until-input-ends"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    if worker.stdin is not None:
        # Web processes are forks and would keep the pipe open.
        os.register_at_fork(after_in_child=worker.stdin.close)
    return worker


def stop_when_input_ends() -> None:
    """Ask this process to stop, as SIGTERM does, once its standard input is closed."""

    def watch() -> None:
        # Past Python's buffer: its lock, held at the end of the process, would be fatal.
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def stop_process(process: "subprocess.Popen[bytes]") -> None:
    """End a child, leader of its own group, and that group: politely, after ten seconds for good."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_POLITE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
