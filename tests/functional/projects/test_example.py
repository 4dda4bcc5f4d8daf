"""The example course shows project work under way."""

from lti_tool import clock
from lti_tool.example_course import projects as filler
from lti_tool.example_course.world import World
from lti_tool.practice_lms import example
from lti_tool.projects import records
from lti_tool.projects.rules import State
from tests.functional.projects.conftest import Class
from tests.signing_platform import Visitor


def test_the_example_has_groups_at_different_stages(
    lead: Visitor, course: Class
) -> None:
    course.regroup("7", "8")
    world = World(
        database=course.database,
        course_id=course.course_id,
        people=course.people | {example.REVIEWER.sub: course.people["1"]},
        participants=tuple(course.people[sub] for sub in ("7", "8", "9", "10")),
        lead=course.people["1"],
        now=clock.now(),
    )

    filler.fill(world)

    with course.database.reading(course.course_id) as session:
        first = records.get_project(session, course.first)
        second = records.get_project(session, course.second)
    assert (first.state, first.newest_number) == (State.ACCEPTED, 2)
    assert second.state is State.RETURNED
    assert first.versions[0].at < first.versions[1].at < clock.now()
    assert lead.get("project/").status_code == 200
