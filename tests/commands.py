"""Runs `lti-tool` as an operator does: a process, an environment, an exit code."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import requests

Finished = subprocess.CompletedProcess[str]


def environment(place: Path, **settings: str) -> dict[str, str]:
    """Return settings of an installation in a folder; none of the caller's own gets in."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith("LTI_TOOL_")}
    return {
        **bare,
        "LTI_TOOL_BASE_URL": "http://127.0.0.1:29999",
        "LTI_TOOL_INSTANCE": str(place / "instance"),
        "LTI_TOOL_KEYS": str(place / "keys"),
        **{k: v for k, v in settings.items() if v},
    }


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", module, *arguments]


def command(*arguments: str) -> list[str]:
    return python("lti_tool", *arguments)


def call(environ: Mapping[str, str], *arguments: str) -> Finished:
    """Run a command to its end."""
    return subprocess.run(
        command(*arguments),
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# Processes that test side by side look in ranges of their own: between looking at a port and
# listening on it somebody else could take it.
_OF_A_PROCESS = 2500
_FIRST_PORT = 20100 + _OF_A_PROCESS * int(
    os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]
)


def free_port(first: int | None = None) -> int:
    """Return a port below those that the system gives to outgoing connections."""
    for port in range(first or _FIRST_PORT + os.getpid() % 2000, 32000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something to become true, and fail where it does not."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def processes_of(place: Path) -> dict[int, str]:
    """Return the running processes whose settings name a folder, with their command lines."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if str(place).encode() in (folder / "environ").read_bytes():
                words = (folder / "cmdline").read_bytes().split(b"\0")
                found[int(folder.name)] = b" ".join(words).decode()
        except OSError:
            continue
    return found


def end(process: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> int:
    """Stop a process politely and return its exit code."""
    if process.poll() is None:
        process.send_signal(number)
    return process.wait(timeout=40)
