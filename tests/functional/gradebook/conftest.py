import dataclasses
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from lti_tool import clock
from lti_tool.keys import Key, KeyFolder
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.practice_lms.app import create_lms
from lti_tool.practice_lms.database import Database as PlatformDatabase
from lti_tool.practice_lms.keys import load_or_make_key
from lti_tool.practice_lms.lms import PracticeLMS
from lti_tool.settings import Settings
from tests.commands import free_port
from tests.functional.gradebook.course import GradedCourse
from tests.functional.gradebook.scripted import ScriptedPlatform
from tests.serving import served


@pytest.fixture(scope="session")
def tool_key(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, str, dict[str, Any]]:
    """A signing key of the tool in a folder, made once: making one takes long."""
    folder = tmp_path_factory.mktemp("signing") / "keys"
    kid, jwk = KeyFolder(folder).make()
    return folder, kid, jwk


@pytest.fixture(scope="session")
def platform_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data file of the practice LMS that holds its key only."""
    path = tmp_path_factory.mktemp("practice") / "key.sqlite"
    database = PlatformDatabase(path)
    load_or_make_key(database)
    database.close()
    return path


@pytest.fixture
def settings(
    settings: Settings, tool_key: tuple[Path, str, dict[str, Any]]
) -> Settings:
    """The tool on a real port, where the platform can read its keys."""
    port = free_port()
    return dataclasses.replace(
        settings, base_url=f"http://127.0.0.1:{port}", keys=tool_key[0]
    )


@pytest.fixture
def served_tool(
    app: Flask, settings: Settings, tool_key: tuple[Path, str, dict[str, Any]]
) -> Iterator[Flask]:
    _, kid, jwk = tool_key
    with app.extensions["lti_tool"].database.transaction(EVERYWHERE) as session:
        session.add(
            Key(
                kid=kid,
                use="lti",
                public_jwk=jwk,
                state="active",
                state_since=clock.now(),
            )
        )
    with served(app, int(settings.base_url.rpartition(":")[2])):
        yield app


@pytest.fixture
def lms(
    settings: Settings, platform_file: Path, tmp_path: Path
) -> Iterator[PracticeLMS]:
    """The practice LMS with its example courses, on a real port."""
    port = free_port(int(settings.base_url.rpartition(":")[2]) + 1)
    lms = create_lms(
        url=f"http://localhost:{port}",
        tool_url=settings.base_url,
        data=shutil.copy(platform_file, tmp_path / "lms.sqlite"),
    )
    with served(lms, port):
        yield lms
    lms.close()


@pytest.fixture
def course(served_tool: Flask, lms: PracticeLMS) -> GradedCourse:
    """The certificate course of the practice LMS, entered by nobody yet."""
    return GradedCourse(served_tool, lms)


@pytest.fixture
def scripted(served_tool: Flask) -> Iterator[ScriptedPlatform]:
    """A platform that answers what a test says, and remembers what it was asked."""
    platform = ScriptedPlatform(served_tool)
    with served(platform.app, platform.port):
        yield platform


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let time pass (or go back) for the tool."""
    real, passed = clock.now, [timedelta(0)]

    def later() -> datetime:
        return real() + passed[0]

    def waiting(seconds: float = 0, **more: float) -> None:
        passed[0] += timedelta(seconds=seconds, **more)

    monkeypatch.setattr(clock, "now", later)
    return waiting
