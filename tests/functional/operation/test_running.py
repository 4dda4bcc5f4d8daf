"""`make run`, as somebody at a terminal sees it."""

import os
import pty
import select
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.commands import (
    command,
    environment,
    free_port,
    is_open,
    processes_of,
    wait_until,
)

ROOT = Path(__file__).resolve().parents[3]
READY = "Ctrl-C stops everything."
START_SECONDS = 180

pytestmark = pytest.mark.sqlite


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, place: Path, ports: tuple[int, int], words: list[str]) -> None:
        self.place, self.ports, self.screen = place, ports, ""
        own = {"PORT": str(ports[0]), "LMS_PORT": str(ports[1])}
        environ = environment(place) | own
        environ.pop("MAKEFLAGS", None)
        self.pid, self._screen = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execvpe(words[0], words, environ)  # noqa: S606  # The program under test.

    def read_until(self, words: str | None, seconds: float) -> bool:
        """Read the screen until some words appear, or to the end of the program."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if words and words in self.screen:
                return True
            if not select.select([self._screen], [], [], 0.2)[0]:
                continue
            with suppress(OSError):
                if text := os.read(self._screen, 65536):
                    self.screen += text.decode(errors="replace")
                    continue
            return words is None
        return False

    def press_ctrl_c(self) -> None:
        os.write(self._screen, b"\x03")

    def end(self) -> int:
        """Wait for the program's end and return its exit code."""
        assert self.read_until(None, 60), self.screen
        _pid, status = os.waitpid(self.pid, 0)
        os.close(self._screen)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def assert_nothing_is_left(self) -> None:
        wait_until(lambda: not processes_of(self.place), 10)
        assert not any(is_open(port) for port in self.ports)
        assert "Traceback" not in self.screen


Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Terminal] = []
    first = free_port()
    ports = (first, free_port(first + 1))

    def starting(*words: str) -> Terminal:
        terminal = Terminal(tmp_path, ports, list(words))
        started.append(terminal)
        assert terminal.read_until(READY, START_SECONDS), terminal.screen
        return terminal

    yield starting
    for terminal in started:
        for pid in processes_of(tmp_path) if terminal.pid else ():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is missing")
def test_ctrl_c_ends_every_process_and_a_second_run_finds_the_data(
    start: Start,
) -> None:
    first = start("make", "-o", ".venv/.run", "run")
    running = processes_of(first.place)

    first.press_ctrl_c()
    code = first.end()

    assert any("lti_tool worker" in words for words in running.values())
    assert code in (0, -signal.SIGINT)
    assert "Filling the example course" in first.screen
    assert "Everything has stopped" in first.screen
    first.assert_nothing_is_left()

    second = start(*command("run"))
    os.kill(second.pid, signal.SIGTERM)

    assert second.end() == 0
    assert "Filling" not in second.screen
    second.assert_nothing_is_left()


def test_when_a_part_is_killed_the_rest_ends_with_one_line(start: Start) -> None:
    terminal = start(*command("run"))
    [serving, *_] = sorted(
        p for p, w in processes_of(terminal.place).items() if "lti_tool serve" in w
    )

    os.kill(serving, signal.SIGKILL)

    assert terminal.end() == 2
    assert "lti-tool: The tool ended by itself" in terminal.screen
    terminal.assert_nothing_is_left()
