import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lti_tool.practice_lms.app import create_lms
from lti_tool.practice_lms.database import Database
from lti_tool.practice_lms.keys import load_or_make_key
from lti_tool.practice_lms.lms import PracticeLMS
from tests.unit.practice_lms.moodle import Tool, make_moodle
from tests.unit.practice_lms.tool_keys import ToolKeyServer


@pytest.fixture(scope="session")
def file_with_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data file that holds a key only: making one takes long."""
    path = tmp_path_factory.mktemp("practice_lms") / "key.sqlite"
    database = Database(path)
    load_or_make_key(database)
    database.close()
    return path


@pytest.fixture
def data(file_with_key: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(file_with_key, tmp_path / "lms.sqlite"))


@pytest.fixture
def moodle(data: Path) -> Iterator[PracticeLMS]:
    """The recorded Moodle, rebuilt."""
    lms = make_moodle(data)
    yield lms
    lms.close()


@pytest.fixture
def start(data: Path) -> Iterator[Callable[[], PracticeLMS]]:
    """Start the practice LMS with its example courses, each time on the same file."""
    started: list[PracticeLMS] = []

    def again() -> PracticeLMS:
        lms = create_lms(
            url="http://localhost:8001", tool_url="http://127.0.0.1:8000", data=data
        )
        started.append(lms)
        return lms

    yield again
    for lms in started:
        lms.close()


@pytest.fixture
def lms(start: Callable[[], PracticeLMS]) -> PracticeLMS:
    return start()


@pytest.fixture
def tool(lms: PracticeLMS) -> Tool:
    return Tool(lms)


@pytest.fixture(scope="session")
def served_keys() -> Iterator[ToolKeyServer]:
    server = ToolKeyServer()
    yield server
    server.stop()


@pytest.fixture
def tool_keys(served_keys: ToolKeyServer) -> ToolKeyServer:
    """The tool's public keys, served afresh."""
    served_keys.reset()
    return served_keys
