"""Several hands at once on one chain of evidence."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from lti_tool.attendance import evidence, service
from lti_tool.attendance.evidence import Hand
from lti_tool.attendance.rules import State
from lti_tool.attendance.service import Wish
from lti_tool.operation import doctor
from lti_tool.settings import Settings
from tests.functional.attendance.conftest import Scene


def record(scene: Scene, sub: str, state: State) -> None:
    with scene.database.transaction(scene.course_id) as session:
        meeting = service.get_meeting(session, scene.past)
        wishes = {scene.ids[sub]: Wish(state)}
        seen = evidence.newest(session)
        service.record(session, meeting, wishes, hand=Hand(scene.ids["1"]), seen=seen)


def test_writers_at_the_same_time_leave_one_whole_chain(scene: Scene) -> None:
    states = [State.ON_SITE, State.ABSENT, State.BY_VIDEO, State.EXCUSED] * 3

    with ThreadPoolExecutor(4) as hands:
        jobs = [
            hands.submit(record, scene, sub, state)
            for state in states
            for sub in ("7", "8")
        ]
        for job in jobs:
            job.result()

    with scene.database.reading(scene.course_id) as session:
        assert evidence.first_break(session) is None
        changes = evidence.history(session, scene.ids["7"])[scene.past]
        mark = service.marks(session, service.get_meeting(session, scene.past))[
            scene.ids["7"]
        ]
    assert changes[-1].state is mark.state


def test_an_entry_changed_behind_our_back_is_found(scene: Scene) -> None:
    for state in (State.ABSENT, State.ON_SITE, State.EXCUSED):
        record(scene, "7", state)

    with scene.database.engine.begin() as connection:
        connection.execute(text("UPDATE evidence SET minutes = 90 WHERE sequence = 1"))

    with scene.database.reading(scene.course_id) as session:
        assert evidence.first_break(session) == 1


def test_the_doctor_names_the_course_whose_evidence_was_changed(
    scene: Scene, settings: Settings
) -> None:
    record(scene, "7", State.ABSENT)
    whole: list[str] = []
    doctor.examine(settings, whole.append)

    with scene.database.engine.begin() as connection:
        connection.execute(text("UPDATE evidence SET state = 'on_site'"))
    forged: list[str] = []
    verdict = doctor.examine(settings, forged.append)

    assert any("evidence of attendance proves itself" in line for line in whole)
    assert any(
        "BAD" in line and "course 1 was changed from outside at entry 1" in line
        for line in forged
    )
    assert verdict == 1
