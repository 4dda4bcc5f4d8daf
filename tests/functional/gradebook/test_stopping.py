"""A worker process that is asked to stop finishes what is on its way, or gives it back."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.gradebook import lanes
from lti_tool.gradebook.models import Grade
from lti_tool.persistence.session import EVERYWHERE
from tests.chaos.wanting import WantingCourse
from tests.commands import free_port, wait_until
from tests.functional.gradebook.busy import BusyPlatform
from tests.serving import served

_LONGEST_STOP = 11.0
"""The promise is ten seconds; starting to stop takes a moment, too."""


@pytest.fixture
def platform() -> Iterator[BusyPlatform]:
    busy = BusyPlatform()
    busy.let_go.clear()
    yield busy
    busy.let_go.set()


@pytest.fixture
def course(
    platform: BusyPlatform, database_url: str, tmp_path: Path
) -> Iterator[WantingCourse]:
    """Five people whose grades are wanted, on a platform that holds every request."""
    port = free_port()
    with served(platform.app, port):
        course = WantingCourse(tmp_path, f"http://127.0.0.1:{port}", 5, database_url)
        course.want((sub, 1.0) for sub in course.people)
        yield course
        platform.let_go.set()
        course.close()


@pytest.fixture
def worker(
    course: WantingCourse, platform: BusyPlatform
) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker with two requests on their way."""
    process = course.start_worker()
    wait_until(lambda: platform.here == 2, 60)
    yield process
    process.kill()
    process.wait()


def grades(course: WantingCourse) -> list[Grade]:
    with course.database.reading(EVERYWHERE) as session:
        return list(session.scalars(select(Grade).order_by(Grade.id)))


def test_what_is_answered_in_time_is_noted_and_nothing_more_is_sent(
    course: WantingCourse, platform: BusyPlatform, worker: "subprocess.Popen[bytes]"
) -> None:
    worker.terminate()
    time.sleep(1)
    platform.let_go.set()

    assert worker.wait(40) == 0

    assert len(platform.people) == 2
    assert [grade.state for grade in grades(course)].count("sent") == 2
    assert not any(grade.lease_token for grade in grades(course))


def test_what_is_not_answered_is_given_back_within_ten_seconds(
    course: WantingCourse, platform: BusyPlatform, worker: "subprocess.Popen[bytes]"
) -> None:
    began = time.monotonic()
    worker.terminate()

    assert worker.wait(40) == 0

    assert time.monotonic() - began < _LONGEST_STOP
    assert {grade.state for grade in grades(course)} == {"due"}
    (number,) = lanes.due_platforms(course.database)
    taken = lanes.claim(course.database, number, 9)
    assert len(taken) == 5
    # Two may have arrived, so what is sent now must be later than they were.
    assert sum(parcel.last_stamp is not None for parcel in taken) == 2
