"""The example data that other tests rely on."""

from collections import Counter

from lti_tool.practice_lms import example
from lti_tool.practice_lms.world import Role


def test_sixteen_active_participants_come_from_eleven_networks() -> None:
    members = [m for m in example.MINT_2026.members if m.role is Role.STUDENT]
    active = [member.person for member in members if member.active]

    assert len(active) == 16
    assert len({person.network for person in active}) == 11
    assert len({person.region for person in active}) == 11


def test_two_people_share_a_name_and_one_has_no_email() -> None:
    names = Counter(person.name for person in example.PARTICIPANTS)
    without = [person for person in example.PARTICIPANTS if person.email is None]

    assert [count for count in names.values() if count > 1] == [2]
    assert example.SAME_NAME[0].name == example.SAME_NAME[1].name
    assert example.SAME_NAME[0].sub != example.SAME_NAME[1].sub
    assert without == [example.WITHOUT_EMAIL]


def test_every_duty_is_there_and_the_courses_share_participants() -> None:
    duties = Counter(m.duty for m in example.MINT_2026.members if m.duty)
    shared = [
        member
        for member in example.EMPTY_2027.members
        if example.MINT_2026.find_member(member.person.sub)
    ]

    assert duties == {
        "lead": 1,
        "assistant": 1,
        "reviewer": 1,
        "speaker": 2,
        "examiner": 1,
    }
    assert len(shared) == 2
    assert not example.MINT_2026.find_member(example.LEAD_OF_EMPTY_COURSE.sub)


def test_ids_are_unique_and_three_links_of_each_course_are_graded() -> None:
    links = [link.id for course in example.EXAMPLE.courses for link in course.links]
    items = [
        item.id for course in example.EXAMPLE.courses for item in course.line_items
    ] + [course.total_item_id for course in example.EXAMPLE.courses]

    assert len(set(links)) == len(links) == 18
    assert len(set(items)) == len(items) == 12
    assert [item.maximum for item in example.MINT_2026.line_items] == [100.0, 1.0, 1.0]
