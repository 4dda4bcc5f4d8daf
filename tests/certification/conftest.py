import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from lti_tool.app import create_app
from lti_tool.settings import Settings
from tests.certification.forging import ForgingPlatform, KeyServer
from tests.conftest import DATA_KEY, _administer


@pytest.fixture(scope="session")
def key_server() -> Iterator[KeyServer]:
    server = KeyServer()
    yield server
    server.stop()


@pytest.fixture
def forger(app: Flask, key_server: KeyServer) -> ForgingPlatform:
    """A registered platform that signs and forges; its keys are on a real port."""
    return ForgingPlatform(app, key_server)


def copied(folder: Path, empty_database: str) -> str:
    """Return a database of one's own; it goes with the folder or with the server."""
    file = empty_database.removeprefix("sqlite:///")
    if file != empty_database:
        return f"sqlite:///{shutil.copy(file, folder / 'tool.sqlite')}"
    server, _, template = empty_database.rpartition("/")
    name = f"{template}_{folder.name}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{server}/{name}"


@contextmanager
def tool_in(folder: Path, empty_database: str) -> Iterator[Flask]:
    """Give a tool whose database and keys lie in a folder."""
    app = create_app(
        Settings.from_environ(
            {
                "LTI_TOOL_BASE_URL": "http://127.0.0.1:29999",
                "LTI_TOOL_INSTANCE": str(folder / "instance"),
                "LTI_TOOL_DATABASE_URL": copied(folder, empty_database),
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


@pytest.fixture(scope="session")
def shared_app(
    empty_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """A tool for tests that bring a platform of their own each; making one takes long."""
    with tool_in(tmp_path_factory.mktemp("shared"), empty_database) as app:
        yield app
