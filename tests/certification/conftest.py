import shutil
from collections.abc import Iterator

import pytest
from flask import Flask

from lti_tool.app import create_app
from lti_tool.settings import Settings
from tests.certification.forging import ForgingPlatform, KeyServer
from tests.conftest import DATA_KEY


@pytest.fixture(scope="session")
def key_server() -> Iterator[KeyServer]:
    server = KeyServer()
    yield server
    server.stop()


@pytest.fixture
def forger(app: Flask, key_server: KeyServer) -> ForgingPlatform:
    """A registered platform that signs and forges; its keys are on a real port."""
    return ForgingPlatform(app, key_server)


@pytest.fixture(scope="session")
def shared_app(
    empty_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """A tool for tests that bring a platform of their own each; making one takes long."""
    folder = tmp_path_factory.mktemp("shared")
    database = folder / "tool.sqlite"
    shutil.copy(empty_database.removeprefix("sqlite:///"), database)
    app = create_app(
        Settings.from_environ(
            {
                "LTI_TOOL_BASE_URL": "http://127.0.0.1:29999",
                "LTI_TOOL_INSTANCE": str(folder / "instance"),
                "LTI_TOOL_DATABASE_URL": f"sqlite:///{database}",
                "LTI_TOOL_SECRET_KEY": "secret-key-for-tests-only",
                "LTI_TOOL_DATA_KEY": DATA_KEY,
                "LTI_TOOL_KEYS": str(folder / "keys"),
                "LTI_TOOL_PRIVATE_PLATFORMS": "127.0.0.0/8,::1/128",
            }
        )
    )
    app.testing = False
    yield app
    app.extensions["lti_tool"].database.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted, such as how many odd launches were accepted."""
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", ()):
            if name == "summary" and report.when == "call":
                terminalreporter.write_line(f"\n{value}")
