"""The groups of the example course."""

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.example_course import groups
from lti_tool.example_course.world import World


def test_the_example_course_has_four_published_groups_that_please_most(room):
    with room.database.transaction(1) as session:
        people = tuple(person.person_id for person in courses.participants(session))
    world = World(room.database, 1, {}, people, lead=1, now=clock.now())

    groups.fill(world)

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
