import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import answers, end, environment, free_port, python, wait_until


@pytest.fixture
def place(tmp_path: Path, empty_database: str) -> Path:
    """An installation in a folder: the newest tables, no rows, no key."""
    assert empty_database.startswith("sqlite"), (
        "these tests run with -m 'not sqlite' left out"
    )
    (tmp_path / "instance").mkdir(mode=0o700)
    shutil.copy(
        empty_database.removeprefix("sqlite:///"), tmp_path / "instance/lti_tool.sqlite"
    )
    return tmp_path


@pytest.fixture
def practice_lms(tmp_path: Path) -> Iterator[str]:
    """The address of a practice LMS in a process of its own."""
    port = free_port()
    options = ("--port", str(port), "--data", str(tmp_path / "lms.sqlite"))
    process = subprocess.Popen(
        python("lti_tool.practice_lms", *options), env=environment(tmp_path), text=True
    )
    url = f"http://localhost:{port}"
    wait_until(lambda: answers(f"{url}/jwks"))
    yield url
    end(process)
