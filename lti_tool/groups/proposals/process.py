"""Computing in a process of its own, which is ended when it must and may die by itself.

The process has neither the database nor the settings. It starts in about 0.2
seconds, so none is kept ready.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import structlog

from lti_tool.groups import apart
from lti_tool.groups.problem import Problem
from lti_tool.groups.solver import Limits, Progress, Solution

LOOK_SECONDS = 0.5
"""So often is looked whether computing should go on."""
_MODULE = "lti_tool.groups.proposals.child"
log = structlog.get_logger()


class Ended(StrEnum):
    """Why there is no solution."""

    LOST = "lost"
    """It was cancelled, or somebody else computes it now."""
    STOPPED = "stopped"
    """The worker is to stop."""
    TOO_LONG = "too_long"
    """The hard limit was reached."""
    KILLED = "killed"
    """The system ended the process, most likely for want of memory."""
    BROKEN = "engine"
    """The engine failed."""


Look = Callable[[Progress | None], Ended | None]
"""Is told how far computing is, and tells whether to end it."""


def compute(
    problem: Problem, limits: Limits, *, hard_seconds: float, look: Look
) -> Solution | Ended:
    """Return the solution of a problem, or why there is none."""
    here, there = Pipe()
    with here:
        child = _start(there)
        there.close()
        try:
            here.send((problem, limits))
            return _follow(here, time.monotonic() + hard_seconds, look)
        except (EOFError, OSError):
            return Ended.KILLED if child.wait() < 0 else Ended.BROKEN
        finally:
            child.kill()
            child.wait()


def _start(connection: Connection) -> subprocess.Popen[bytes]:
    own = connection.fileno()
    return subprocess.Popen(  # noqa: S603  # Our own module.
        [sys.executable, "-P", "-m", _MODULE, str(own)],
        pass_fds=(own,),
        stdin=subprocess.DEVNULL,
        env=apart.environment(),
    )


def _follow(connection: Connection, until: float, look: Look) -> Solution | Ended:
    progress: Progress | None = None
    next_look = time.monotonic() + LOOK_SECONDS
    while True:
        if connection.poll(max(next_look - time.monotonic(), 0)):
            message = connection.recv()
            if isinstance(message, Solution):
                return message
            if not isinstance(message, Progress):
                log.error("engine failed", trace=message)
                return Ended.BROKEN
            progress = message
        now = time.monotonic()
        if now < next_look:
            continue
        if now > until:
            return Ended.TOO_LONG
        if (ended := look(progress)) is not None:
            return ended
        next_look = now + LOOK_SECONDS
