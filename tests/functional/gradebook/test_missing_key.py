"""A process that lacks the private key signs nothing; what is due waits until the key is there."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool import clock, keys
from lti_tool.courses.models import Course
from lti_tool.courses.roster import fetch_due
from lti_tool.errors import SettingError
from lti_tool.operation import doctor
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web.tool import Tool
from tests.functional.gradebook.scripted import ScriptedPlatform


@pytest.fixture
def hidden(scripted: ScriptedPlatform, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Without the private key; gives it back when called."""
    # Other tests of this run keep keys in the same folder.
    file = Path(missing_file(scripted.tool))
    place = file.rename(tmp_path / file.name)

    def give_back() -> None:
        if place.exists():
            place.rename(file)

    yield give_back
    give_back()


def missing_file(tool: Tool) -> str:
    with tool.database.reading(EVERYWHERE) as session:
        return str(tool.key_folder.folder / f"{keys.active_kid(session)}.pem")


def test_grades_wait_for_the_key_and_then_go_out(
    scripted: ScriptedPlatform, hidden: Callable[[], None], wait: Callable[..., None]
) -> None:
    scripted.couple(f"{scripted.url}/item")
    scripted.want()

    for _ in range(8):
        scripted.deliver()
        wait(hours=1)
    assert (scripted.row().state, scripted.row().answer) == ("due", "cannot_sign")
    assert scripted.asked == []

    hidden()
    scripted.deliver()
    assert scripted.row().state == "sent"


def test_lists_of_members_wait_for_the_key(
    scripted: ScriptedPlatform, hidden: Callable[[], None]
) -> None:
    database, connector = scripted.tool.database, scripted.tool.connector
    with database.transaction(EVERYWHERE) as session:
        course = session.get_one(Course, scripted.course_id)
        course.memberships_url = f"{scripted.url}/members"
        course.roster_due_at = clock.now() - timedelta(seconds=1)

    assert fetch_due(database, connector) == 0

    with database.reading(EVERYWHERE) as session:
        assert session.scalar(select(Course.roster_error)) == "cannot_sign"
    assert scripted.asked == []


@pytest.mark.usefixtures("hidden")
def test_the_doctor_names_the_file_to_copy(scripted: ScriptedPlatform) -> None:
    said: list[str] = []

    assert doctor.examine(scripted.tool.settings, said.append) == 1

    [line] = [line for line in said if missing_file(scripted.tool) in line]
    assert line.startswith("BAD ")
    assert "copy it from the machine or backup that made it" in line


def test_no_second_key_is_made_in_its_place(
    scripted: ScriptedPlatform, hidden: Callable[[], None]
) -> None:
    folder = scripted.tool.key_folder.folder
    there = sorted(folder.glob("*.pem"))
    with pytest.raises(SettingError, check=lambda error: "is missing" in error.line):
        keys.ensure_active(scripted.tool.database, scripted.tool.key_folder)

    with scripted.tool.database.reading(EVERYWHERE) as session:
        assert len(keys.listed(session)) == 1
    assert sorted(folder.glob("*.pem")) == there
