"""Two web servers on one PostgreSQL, restarted one after the other while people ask."""

import http.client
import os
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.commands import (
    answers,
    command,
    end,
    environment,
    free_port,
    processes_of,
    wait_until,
)
from tests.conftest import DATA_KEY

pytestmark = pytest.mark.postgresql
PAGES = ("/readyz", "/docs/", "/lti/jwks")
ASKERS = 6


class Servers:
    """Servers as processes; whoever finds one away asks the next, as a reverse proxy does."""

    def __init__(self, place: Path, database_url: str) -> None:
        self.environ = environment(
            place,
            LTI_TOOL_DATABASE_URL=database_url,
            LTI_TOOL_SECRET_KEY="secret-key-for-tests-only",
            LTI_TOOL_DATA_KEY=DATA_KEY,
        )
        first = free_port()
        self.ports = [first, free_port(first + 1)]
        self.said: Counter[str] = Counter()
        self.stop = threading.Event()
        # At once, and on a database where nothing has run yet.
        self.running = [self._begin(port) for port in self.ports]
        for port in self.ports:
            self._await(port)

    def restart(self, number: int) -> int:
        """Stop a server, start it again and return the exit code of the one that stopped."""
        code = end(self.running[number])
        self.running[number] = self._begin(self.ports[number])
        self._await(self.ports[number])
        return code

    def ask(self, turn: int) -> None:
        """Ask for pages until told to stop, and note what came."""
        while not self.stop.is_set():
            turn += 1
            self.said[self._asked(turn, PAGES[turn % len(PAGES)])] += 1

    def _asked(self, turn: int, page: str) -> str:
        for port in (self.ports[turn % 2], self.ports[(turn + 1) % 2]):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            try:
                connection.connect()
            except ConnectionRefusedError:
                continue
            try:
                connection.request("GET", page, headers={"Connection": "close"})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                return repr(error)
            else:
                return str(answer.status)
            finally:
                connection.close()
        return "nobody there"

    def _begin(self, port: int) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            command("serve", "--bind", f"127.0.0.1:{port}", "--workers", "2"),
            env=self.environ,
            text=True,
        )

    def _await(self, port: int) -> None:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), 120)


@pytest.fixture
def servers(tmp_path: Path, database_url: str) -> Iterator[Servers]:
    found = Servers(tmp_path, database_url)
    yield found
    found.stop.set()
    for process in found.running:
        end(process)
    for pid in processes_of(tmp_path):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_no_request_fails_while_one_server_after_the_other_is_restarted(
    servers: Servers,
) -> None:
    askers = [threading.Thread(target=servers.ask, args=(n,)) for n in range(ASKERS)]
    for asker in askers:
        asker.start()
    wait_until(lambda: servers.said.total() > 100)

    codes = [servers.restart(number) for number in (0, 1)]

    before = servers.said.total()
    wait_until(lambda: servers.said.total() > before + 100)
    servers.stop.set()
    for asker in askers:
        asker.join()
    print(f"\nrolling restart: {servers.said.total()} requests, {dict(servers.said)}")
    assert set(servers.said) == {"200"}
    assert codes == [0, 0]
