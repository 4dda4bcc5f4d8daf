"""A backup made amid the work, and what comes back from it, on both databases."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.gradebook.models import Grade
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.chaos.platform import Platform
from tests.chaos.wanting import WantingCourse
from tests.commands import Finished, call, wait_until
from tests.conftest import DATA_KEY

PEOPLE = 20
STEP = 1 / 1024
Make = Callable[[], str]


@pytest.fixture
def new_database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], str]]:
    """Make places for a database, with nothing in them."""
    server, made = request.config.getoption("--postgresql"), []

    def make() -> str:
        made.append(f"restored_{len(made)}")
        if not server:
            return f"sqlite:///{tmp_path / made[-1]}.sqlite"
        administer(server, f"CREATE DATABASE {made[-1]}")
        return f"{server.rstrip('/')}/{made[-1]}"

    yield make
    for name in made if server else ():
        administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def administer(server: str, statement: str) -> None:
    url = f"{server.rstrip('/')}/postgres"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


class Busy:
    """A course in which everybody's grade changes all the time, and is delivered."""

    def __init__(self, place: Path, platform: Platform, database_url: str) -> None:
        self.course = WantingCourse(place, platform.url, PEOPLE, database_url)
        self.changes = 0
        """How often all grades changed, in one transaction each time; their score says it."""
        self._stop = threading.Event()
        self._wanting = threading.Thread(target=self._want)
        self._worker: subprocess.Popen[bytes] = self.course.start_worker()
        self._wanting.start()
        wait_until(lambda: self.changes > 3 and bool(platform.books.applied), 60)

    def _want(self) -> None:
        while not self._stop.is_set():
            score = (self.changes + 1) * STEP
            self.course.want((sub, score) for sub in self.course.people)
            self.changes += 1
            time.sleep(0.02)

    def rest(self) -> None:
        """Let nobody write any more."""
        self._stop.set()
        self._wanting.join()
        self._worker.terminate()
        self._worker.wait()

    def run(self, *words: str, on: str | None = None) -> Finished:
        there = {"LTI_TOOL_DATABASE_URL": on} if on else {}
        return call(self.course.environ | there, "database", *words)


@pytest.fixture
def busy(tmp_path: Path, database_url: str) -> Iterator[Busy]:
    with Platform(latency=0.01) as platform:
        found = Busy(tmp_path, platform, database_url)
        yield found
        found.rest()
        found.course.close()


def scores(url: str) -> list[float]:
    database = Database(url, [DATA_KEY])
    with database.reading(EVERYWHERE) as session:
        found = [score or 0.0 for score in session.scalars(sa.select(Grade.score))]
    database.close()
    return found


def everything(url: str) -> dict[str, list[Any]]:
    """Return every row of every table but those of the wake-ups."""
    engine, metadata = sa.create_engine(url), sa.MetaData()
    with engine.connect() as connection:
        metadata.reflect(connection)
        found = {
            name: sorted(map(repr, connection.execute(sa.select(table))))
            for name, table in metadata.tables.items()
        }
    engine.dispose()
    return found


def test_a_backup_amid_the_work_holds_the_state_of_one_moment_and_nothing_is_overwritten(
    busy: Busy, new_database: Make, tmp_path: Path
) -> None:
    file, place = str(tmp_path / "backup"), new_database()
    before = busy.changes
    saved = busy.run("backup", file)
    after = busy.changes
    assert saved.returncode == 0, saved.stderr
    assert after > before

    again, back = busy.run("backup", file), busy.run("restore", file)
    assert (again.returncode, back.returncode) == (2, 2)
    assert "exists already: name a new file" in again.stderr
    assert "a restore overwrites nothing" in back.stderr
    wait_until(lambda: busy.changes > after)

    restored = busy.run("restore", file, on=place)

    assert restored.returncode == 0, restored.stderr
    [changes] = {score / STEP for score in scores(place)}
    # What is committed last may not have been acknowledged yet.
    assert before <= changes <= after + 1
    assert len(scores(place)) == PEOPLE
    assert "Nothing to do" in busy.run("upgrade", on=place).stdout


def test_what_comes_back_equals_what_was_there(
    busy: Busy, new_database: Make, tmp_path: Path, database_url: str
) -> None:
    file, place = tmp_path / "backup", new_database()
    busy.rest()
    assert busy.run("backup", str(file)).returncode == 0
    assert file.stat().st_mode & 0o777 == 0o600

    assert busy.run("restore", str(file), on=place).returncode == 0

    held = everything(database_url)
    assert everything(place) == held
    assert len(held["grade"]) == PEOPLE
    assert held["attempt"]


@pytest.mark.postgresql
def test_what_is_no_backup_is_refused_and_leaves_nothing(
    busy: Busy, new_database: Make, tmp_path: Path
) -> None:
    place, letter = new_database(), tmp_path / "letter"
    letter.write_text("Dear database")
    whole = tmp_path / "backup"
    assert busy.run("backup", str(whole)).returncode == 0
    torn = tmp_path / "torn"
    torn.write_bytes(whole.read_bytes()[:-500])

    for file in (letter, torn):
        done = busy.run("restore", str(file), on=place)

        assert done.returncode == 2
        assert done.stderr.count("\n") == 1, done.stderr
    assert everything(place) == {}
