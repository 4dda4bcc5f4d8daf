"""A tool with a real database for every test, and people who enter it."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask

from lti_tool.app import create_app
from lti_tool.operation import schema
from lti_tool.persistence.session import Database
from lti_tool.settings import Settings
from tests.signing_platform import SigningPlatform, Visitor, enter

DATA_KEY = "data-key-for-tests-only"

# A busy machine is no fault of the code, so there is no deadline; CI runs a part, at random,
# and prints how to repeat what failed.
for _profile, _examples in {"ci": 20, "default": 100, "deep": 2000}.items():
    hypothesis.settings.register_profile(
        _profile,
        max_examples=_examples,
        deadline=None,
        derandomize=False,
        print_blob=True,
    )
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgresql",
        metavar="URL",
        help="run on this PostgreSQL server in place of SQLite (postgresql+psycopg://…)",
    )


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out, on SQLite, what only several writers at once can show."""
    if config.getoption("--postgresql"):
        return
    left_out = [item for item in items if item.get_closest_marker("postgresql")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted, such as how many odd launches were accepted."""
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", ()):
            if name == "summary" and report.when == "call":
                terminalreporter.write_line(f"\n{value}")


@pytest.fixture(scope="session")
def empty_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A database with all tables and no rows, made by the migrations once a run."""
    server = request.config.getoption("--postgresql")
    if server:
        name = f"template_{os.getpid()}"
        _administer(
            server, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"
        )
        url = f"{server.rstrip('/')}/{name}"
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('template') / 'empty.sqlite'}"
    database = Database(url, [DATA_KEY])
    schema.upgrade(database)
    database.close()
    return url


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, empty_database: str, tmp_path: Path
) -> Iterator[str]:
    """A database of this test alone."""
    server = request.config.getoption("--postgresql")
    if not server:
        file = tmp_path / "tool.sqlite"
        shutil.copy(empty_database.removeprefix("sqlite:///"), file)
        yield f"sqlite:///{file}"
        return
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid))}"
    template = empty_database.rpartition("/")[2]
    # Copying files takes half as long as writing all of them to the log, the default since 15.
    _administer(
        server, f"CREATE DATABASE {name} TEMPLATE {template}{_by_files(server)}"
    )
    yield f"{server.rstrip('/')}/{name}"
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _by_files(server: str) -> str:
    engine = sa.create_engine(f"{server.rstrip('/')}/postgres")
    with engine.connect() as connection:
        version = engine.dialect.server_version_info or (0,)
        connection.rollback()
    engine.dispose()
    return " STRATEGY FILE_COPY" if version >= (15,) else ""


def _administer(server: str, *statements: str) -> None:
    engine = sa.create_engine(
        f"{server.rstrip('/')}/postgres", isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """The settings of the tool under test; tests may copy and change them."""
    return Settings.from_environ(
        {
            "LTI_TOOL_BASE_URL": "http://127.0.0.1:29999",
            "LTI_TOOL_INSTANCE": str(tmp_path / "instance"),
            "LTI_TOOL_DATABASE_URL": database_url,
            "LTI_TOOL_SECRET_KEY": "secret-key-for-tests-only",
            "LTI_TOOL_DATA_KEY": DATA_KEY,
            "LTI_TOOL_KEYS": str(tmp_path / "keys"),
            "LTI_TOOL_PRIVATE_PLATFORMS": "127.0.0.0/8,::1/128",
        }
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The tool's web application on the test's database."""
    app = create_app(settings)
    app.testing = False  # Errors become pages, as in life.
    yield app
    app.extensions["lti_tool"].database.close()


@pytest.fixture
def platform(app: Flask) -> SigningPlatform:
    """A registered platform that signs whatever a test wants."""
    return SigningPlatform(app)


@pytest.fixture
def lead(platform: SigningPlatform) -> Visitor:
    """The first instructor in course c1, who becomes its lead."""
    return enter(platform, "1", "Instructor", name="Leonie Leitner")


@pytest.fixture
def arrive(platform: SigningPlatform) -> Callable[..., Visitor]:
    """Launch as anybody: ``arrive("7")`` is a participant, ``arrive("2", "Instructor")`` staff."""

    def arriving(sub: str, role: str = "Learner", **claims: Any) -> Visitor:
        return enter(platform, sub, role, **claims)

    return arriving


@pytest.fixture
def database(app: Flask) -> Database:
    """The database of the tool under test."""
    found: Database = app.extensions["lti_tool"].database
    return found
