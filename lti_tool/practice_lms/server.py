"""Serves the practice LMS on this machine, and nowhere else."""

import socket
from functools import partial
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from lti_tool.practice_lms.app import create_lms
from lti_tool.practice_lms.lms import PracticeLMS

ADDRESS = "127.0.0.1"
THREADS = 8


class CannotServeError(Exception):
    """The server cannot start; the message says why in one line."""


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except (OSError, OverflowError) as error:
            raise CannotServeError(
                f"Port {port} is taken or not allowed; choose another with --port."
            ) from error


def _load(_target: str, *, port: int, tool_url: str, data: Path) -> PracticeLMS:
    return create_lms(url=f"http://localhost:{port}", tool_url=tool_url, data=data)


def serve(*, port: int, tool_url: str, data: Path) -> None:
    """Answer as http://localhost:PORT until interrupted or terminated."""
    _check_port(port)
    load = partial(_load, port=port, tool_url=tool_url, data=data)
    try:
        load("").close()
    except Exception as error:
        raise CannotServeError(f"Cannot use the data file {data}: {error}") from error
    server = Granian(
        "lti_tool.practice_lms",
        address=ADDRESS,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=load)
