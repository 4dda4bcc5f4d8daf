"""`lti-tool serve` and the worker beside it."""

import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.commands import (
    answers,
    call,
    command,
    end,
    environment,
    free_port,
    is_open,
    processes_of,
    wait_until,
)

pytestmark = pytest.mark.sqlite


class Serving:
    """The web server as a process, in an installation of its own."""

    def __init__(self, place: Path) -> None:
        self.place, self.port = place, free_port()
        self.log = place / "serve.log"
        self.process = self.start()
        wait_until(lambda: answers(f"http://127.0.0.1:{self.port}/readyz"), 60)
        wait_until(lambda: bool(self.workers()), 60)

    def start(self) -> "subprocess.Popen[str]":
        with self.log.open("wb") as log:
            return subprocess.Popen(
                command("serve", "--bind", f"127.0.0.1:{self.port}"),
                env=environment(self.place),
                stderr=log,
                text=True,
            )

    def has_living_worker(self) -> bool:
        ready = requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5)
        return bool(ready.json() == {"status": "ok", "database": "ok", "workers": 1})

    def known_workers(self) -> int:
        """Return how many workers the database knows, living or not."""
        database = sqlite3.connect(self.place / "instance/lti_tool.sqlite")
        [count] = database.execute("SELECT count(*) FROM worker").fetchone()
        database.close()
        return int(count)

    def workers(self) -> list[int]:
        return [
            p
            for p, words in processes_of(self.place).items()
            if "lti_tool worker" in words
        ]


@pytest.fixture
def serving(place: Path) -> Iterator[Serving]:
    found = Serving(place)
    yield found
    end(found.process)
    for pid in processes_of(place):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"]
)
def test_the_web_server_ends_with_its_worker_and_frees_its_port(
    serving: Serving, number: int
) -> None:
    wait_until(serving.has_living_worker)

    code = end(serving.process, number)

    assert code == 0
    assert serving.known_workers() == 0
    assert serving.workers() == []
    assert not is_open(serving.port)


def test_the_web_server_says_where_it_listens(serving: Serving) -> None:
    events = [json.loads(line) for line in serving.log.read_text().splitlines()]

    [said] = [event for event in events if event["event"] == "serving"]
    assert said["listens"] == f"http://127.0.0.1:{serving.port}"
    assert said["public"] == "http://127.0.0.1:29999"


def test_a_worker_that_is_killed_is_started_again(serving: Serving) -> None:
    [killed] = serving.workers()

    os.kill(killed, signal.SIGKILL)

    wait_until(lambda: serving.workers() not in ([], [killed]), 30)
    assert answers(f"http://127.0.0.1:{serving.port}/healthz")


def test_a_worker_does_not_outlive_a_web_server_that_is_killed(
    serving: Serving,
) -> None:
    serving.process.kill()
    serving.process.wait()

    wait_until(lambda: serving.workers() == [], 30)


def test_no_web_process_outlives_a_web_server_that_is_killed_and_another_can_start(
    serving: Serving,
) -> None:
    assert len(processes_of(serving.place)) > len(serving.workers()) + 1

    serving.process.kill()
    serving.process.wait()

    wait_until(lambda: not is_open(serving.port), 4)
    wait_until(lambda: processes_of(serving.place) == {}, 15)
    again = serving.start()
    wait_until(lambda: answers(f"http://127.0.0.1:{serving.port}/healthz"), 60)
    assert end(again) == 0


def test_a_web_process_that_outlives_its_server_keeps_others_from_the_database(
    serving: Serving,
) -> None:
    [web] = set(processes_of(serving.place)) - {serving.process.pid, *serving.workers()}
    os.kill(web, signal.SIGSTOP)
    serving.process.kill()
    serving.process.wait()

    port = free_port(serving.port + 1)
    done = call(environment(serving.place), "serve", "--bind", f"127.0.0.1:{port}")

    assert (done.returncode, "Another web server" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [(["worker"], "worker"), (["serve", "--no-worker"], "web server")],
    ids=["worker", "web server"],
)
def test_a_second_process_of_a_kind_is_refused_on_sqlite(
    serving: Serving, arguments: list[str], kind: str
) -> None:
    if kind == "web server":
        arguments = [*arguments, "--bind", f"127.0.0.1:{free_port(serving.port + 1)}"]
    [own] = serving.workers()
    first = own if kind == "worker" else serving.process.pid
    wait_until(serving.has_living_worker)

    done = call(environment(serving.place), *arguments)

    assert done.returncode == 2
    assert f"lti-tool: Another {kind} (process {first}) serves" in done.stderr
    assert done.stderr.count("\n") == 1
    assert serving.workers() == [own]


@pytest.mark.parametrize("kind", ["web server", "worker"])
def test_nothing_is_restored_beside_what_still_works_on_the_file_moved_away(
    place: Path, kind: str
) -> None:
    environ = environment(place)
    wanted = ["serve", "--no-worker", "--bind", f"127.0.0.1:{free_port()}"]
    backup = str(place / "backup.sqlite")
    assert call(environ, "database", "backup", backup).returncode == 0
    running = subprocess.Popen(
        command(*(wanted if kind == "web server" else ["worker"])),
        env=environ,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        wait_until(lambda: any((place / "instance").glob("*.lock")), 60)
        (place / "old").mkdir()
        for file in (place / "instance").glob("lti_tool.sqlite*"):
            file.rename(place / "old" / file.name)

        beside = call(environ, "database", "restore", backup)
    finally:
        end(running)
    alone = call(environ, "database", "restore", backup)

    assert beside.returncode == 2
    assert f"A {kind} (process {running.pid}) still works on" in beside.stderr
    assert "stop it before you restore" in beside.stderr
    assert alone.returncode == 0, alone.stderr
