"""The groups of the example course, which is made on the embedded database only."""

import pytest

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.example_course import groups, survey
from lti_tool.example_course.world import World
from lti_tool.groups.proposals import service as proposals

pytestmark = pytest.mark.sqlite


def world_of(room):
    with room.database.transaction(1) as session:
        people = tuple(person.person_id for person in courses.participants(session))
    return World(room.database, 1, {}, people, lead=1, now=clock.now())


def test_the_example_course_has_four_published_groups_that_please_most(room):
    groups.fill(world_of(room))

    page = room.lead.get("groups/1/proposals/1").text
    assert "proven optimal" in page
    assert "not wished for</li>" not in page
    with room.database.reading(1) as session:
        found = courses.groups(session)
    assert [group.topic for group in found][:3] == [
        "Parcours durch Betriebe",
        "Gründerinnen als Vorbilder",
        "Labor mobil",
    ]
    assert sorted(len(group.member_ids) for group in found) == [4, 4, 4, 4]


def test_the_example_course_has_an_open_survey_whose_rules_can_be_kept(room):
    survey.fill(world_of(room))

    assert "11 of 16 have ranked the topics" in room.lead.get("groups/1").text
    assert (
        "Wie reisen Sie am liebsten an?"
        in room.people["Teilnehmerin P"].get("groups/").text
    )
    room.lead.post("groups/1/proposals")
    assert proposals.compute_due(room.database) == 1
    page = room.lead.get("groups/1/proposals/1").text
    assert "What these groups cost" in page
    assert "break rules" not in page
