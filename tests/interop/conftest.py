"""The tool and Open edX, each as processes of their own with data of their own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lti_tool.app import build_tool
from lti_tool.jobs import Jobs
from lti_tool.settings import Settings
from lti_tool.web.tool import Tool
from tests.commands import (
    answers,
    call,
    command,
    end,
    environment,
    free_port,
    wait_until,
)
from tests.interop.environment import CONSUMER
from tests.interop.platform import OpenEdX
from tests.own_environment import ROOT

_LOGS: list[Path] = []
_LAST_LINES = 30


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After a failure, show how both logs end."""
    if terminalreporter.stats.keys() & {"failed", "error"}:
        for log in _LOGS:
            terminalreporter.section(f"the end of {log}")
            terminalreporter.write_line(
                "\n".join(log.read_text().splitlines()[-_LAST_LINES:])
            )


@dataclass(frozen=True, slots=True)
class Installation:
    """A served tool, and a hand on its database."""

    url: str
    environ: dict[str, str]
    tool: Tool


@contextmanager
def _running(
    words: list[str], environ: dict[str, str], ready: str, log: Path
) -> Iterator[None]:
    _LOGS.append(log)
    with log.open("wb") as output:
        process = subprocess.Popen(
            words,
            env=environ,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            wait_until(lambda: process.poll() is not None or answers(ready), 60)
            assert process.poll() is None, log.read_text()
            yield
        finally:
            end(process)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The tool as an operator starts it: upgrade the database, serve."""
    place = tmp_path_factory.mktemp("tool")
    url = f"http://127.0.0.1:{free_port()}"
    environ = environment(
        place, LTI_TOOL_BASE_URL=url, LTI_TOOL_PRIVATE_PLATFORMS="127.0.0.0/8"
    )
    upgraded = call(environ, "database", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    serve = command("serve", "--bind", url.removeprefix("http://"))
    with _running(serve, environ, f"{url}/readyz", place / "log"):
        settings = Settings.from_environ(environ)
        tool = build_tool(settings, Jobs(settings).ring)
        yield Installation(url, environ, tool)
        tool.database.close()


@pytest.fixture(scope="session")
def openedx(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenEdX]:
    """Open edX with the tool registered in it, and it in the tool, by what its Studio shows."""
    CONSUMER.ensure()
    place = tmp_path_factory.mktemp("openedx")
    port = free_port(int(installation.url.rpartition(":")[2]) + 1)
    environ = {
        **os.environ,
        "OPENEDX_PORT": str(port),
        "OPENEDX_FOLDER": str(place),
        "DJANGO_SETTINGS_MODULE": "tests.interop.openedx.settings",
    }
    url = f"http://127.0.0.1:{port}"
    words = [str(CONSUMER.python), "-m", "tests.interop.openedx"]
    with _running(words, environ, f"{url}/lms/ready", place / "log"):
        platform = OpenEdX(url, installation.url)
        facts = platform.course().place("home")
        platform.passport = facts["passport_id"]
        register(installation, url, facts)
        yield platform


def register(installation: Installation, issuer: str, facts: dict[str, str]) -> str:
    """Enter in the tool what Studio shows, as an operator does, and return the registration id."""
    added = call(
        installation.environ,
        *("platform", "add", "--name", "Open edX", "--issuer", issuer),
        *("--client-id", facts["client_id"], "--deployment-id", facts["deployment_id"]),
        *("--auth-url", facts["oidc_callback"], "--token-url", facts["token_url"]),
        *("--jwks-url", facts["keyset_url"]),
    )
    assert added.returncode == 0, added.stderr
    return added.stdout.strip()
