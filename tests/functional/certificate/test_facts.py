"""What the plan and the achievements of a course say about a person."""

from datetime import timedelta

import pytest

from lti_tool import clock
from lti_tool.certificate.facts import facts_of, facts_of_all
from lti_tool.certificate.rules import Facts, PieceState, Presence
from lti_tool.courses import service as courses
from tests.functional.certificate.conftest import Scene


def facts(scene: Scene, sub: str = "7") -> Facts:
    with scene.database.reading(scene.course_id) as session:
        return facts_of(session, scene.ids[sub], clock.now())


@pytest.mark.parametrize(
    ("state", "presence", "credited"),
    [
        ("on_site", Presence.ATTENDED, 720),
        ("by_video", Presence.ATTENDED, 720),
        ("made_up", Presence.ATTENDED, 720),
        ("excused", Presence.EXCUSED, 0),
        ("absent", Presence.ABSENT, 0),
        ("open", Presence.OPEN, 0),
        ("something new", Presence.OPEN, 0),
    ],
)
def test_a_recorded_state_becomes_presence_and_minutes(
    scene: Scene, state: str, presence: Presence, credited: int
) -> None:
    scene.achieve("7", "meeting", "kickoff", state)

    found = next(m for m in facts(scene).meetings if m.reference == "kickoff")

    assert (found.presence, found.credited) == (presence, credited)


def test_the_newest_word_holds(scene: Scene) -> None:
    scene.achieve("7", "project", "project", "accepted")
    scene.achieve("7", "project", "project", "returned")

    assert [p.state for p in facts(scene).pieces] == [PieceState.OPEN]


def test_what_was_done_counts_although_nobody_planned_it(scene: Scene) -> None:
    scene.achieve("7", "presentation", "presentation", "held")

    assert [p.state for p in facts(scene).pieces] == [PieceState.DONE]


def test_cancelled_meetings_are_no_part_of_the_plan(scene: Scene) -> None:
    with scene.database.transaction(scene.course_id) as session:
        courses.plan(
            session,
            "meeting",
            "kickoff",
            title="Auftakt",
            minutes=720,
            state="cancelled",
        )

    assert "kickoff" not in {m.reference for m in facts(scene).meetings}


def test_a_worksheet_closes_when_its_time_is_over_unless_it_was_handed_in(
    scene: Scene,
) -> None:
    yesterday = clock.now() - timedelta(days=1)
    with scene.database.transaction(scene.course_id) as session:
        courses.plan(session, "worksheet", "start", title="Start", ends_at=yesterday)
    scene.achieve("8", "worksheet", "start", "handed_in")

    assert [p.state for p in facts(scene, "7").pieces] == [PieceState.CLOSED]
    assert [p.state for p in facts(scene, "8").pieces] == [PieceState.DONE]


def test_all_at_once_is_the_same_as_one_by_one(scene: Scene) -> None:
    scene.complete("7")
    scene.achieve("8", "meeting", "kickoff", "absent")
    now, people = clock.now(), [scene.ids[sub] for sub in ("7", "8", "9")]

    with scene.database.reading(scene.course_id) as session:
        together = facts_of_all(session, people, now)
        alone = {person: facts_of(session, person, now) for person in people}

    assert together == alone
