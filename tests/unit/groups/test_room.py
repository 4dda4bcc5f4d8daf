"""A tap on a phone, and what balancing changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.groups.problem import Group, Person, Problem, Sizes, Topic
from lti_tool.groups.room.rules import MOST_MARKS, Why, balanced, marked, put_in

A, B, C, D = 1, 2, 3, 4


def problem(*wishes: tuple[int, ...], sizes: Sizes = Sizes(2, 2, 3)) -> Problem:  # noqa: B008
    people = tuple(Person(number, said) for number, said in enumerate(wishes))
    return Problem(tuple(Topic(t) for t in (A, B, C, D)), people, sizes, 2, 2)


def whys(problem: Problem, *groups: Group) -> dict[int, Why]:
    return {change.person: change.why for change in balanced(problem, groups)}


@pytest.mark.parametrize(
    ("before", "topic", "place", "after"),
    [
        ((), A, 1, [A]),
        ((), A, 3, [A]),
        ((A,), B, 1, [B]),
        ((A,), B, 2, [A, B]),
        ((A, B), B, 1, [B, A]),
        ((A, B), C, 1, [C, B]),
        ((A, B, C), D, 3, [A, B, D]),
        ((A, B, C), A, 3, [C, B, A]),
        ((A,), A, 1, [A]),
        ((A,), A, 3, [A]),
        ((A, B), B, 0, [A]),
        ((A, B), A, 0, [B]),
        ((A,), A, 0, [A]),
        ((A, B, C, D), B, 2, [A, B, C, D]),
        ((A, B, C, D), D, 1, [D, B, C, A]),
    ],
)
def test_a_tap_puts_a_topic_at_its_place(before, topic, place, after):
    assert marked(before, topic, place) == after


@given(
    st.lists(st.sampled_from((A, B, C, D)), unique=True),
    st.sampled_from((A, B, C, D)),
    st.integers(0, MOST_MARKS),
)
def test_a_tap_keeps_each_topic_once_and_a_second_one_changes_nothing(
    before, topic, place
):
    once = marked(before, topic, place)

    assert len(once) == len(set(once)) <= max(len(before), MOST_MARKS)
    assert bool(once) is bool(before or place)
    if place:
        assert topic in once
        assert marked(once, topic, place) == once


def test_nothing_is_said_of_those_with_their_favourite():
    assert whys(problem((A,), (B,)), Group(A, (0,)), Group(B, (1,))) == {}


def test_a_full_topic_is_told_with_its_numbers():
    crowded = problem((A, B), (A,), (A,), (A,), (B,))

    change = balanced(crowded, [Group(A, (1, 2, 3)), Group(B, (0, 4))])[0]

    assert (change.person, change.before, change.group) == (0, A, 1)
    assert (change.why, change.rank) == (Why.FULL, 2)
    assert change.numbers == {"fans": 4, "places": 3}


def test_two_groups_on_a_topic_have_twice_the_places():
    many = problem((A,), (A,), (A,), (A,))

    groups = [Group(A, (0, 1)), Group(B, (2,)), Group(A, (3,))]

    assert whys(many, *groups) == {2: Why.EVENED_OUT}


def test_a_topic_without_a_group_had_too_few_or_less_than_others():
    torn = problem((A,), (B,), (B,), (C,), (C,))
    groups = [Group(C, (0, 3, 4)), Group(D, (1, 2))]

    assert whys(torn, *groups) == {
        0: Why.TOO_FEW,
        1: Why.NOT_FORMED,
        2: Why.NOT_FORMED,
    }


def test_who_marked_nothing_is_placed_where_people_are_missing_or_places_free():
    silent = problem((A,), (B,), (B,), (), ())

    groups = [Group(A, (0, 3)), Group(B, (1, 2, 4))]

    assert whys(silent, *groups) == {3: Why.NEEDED, 4: Why.FREE_PLACE}


def test_a_favourite_that_was_removed_counts_as_the_next():
    gone = problem((9, A), (B,))

    assert whys(gone, Group(A, (0,)), Group(B, (1,))) == {}


def test_putting_in_tells_of_those_who_came_and_those_who_moved():
    late = problem((A,), (A,), (B,), (B, A), (A,))
    before = [Group(A, (0, 1)), Group(B, (2, 3))]

    found = put_in(late, before, [Group(B, (2,)), Group(A, (0, 1, 3, 4))])

    assert [(c.person, c.before, c.why, c.rank) for c in found] == [
        (3, B, Why.MADE_ROOM, 2),
        (4, None, Why.CAME_LATER, 1),
    ]


def test_of_two_groups_on_one_topic_the_one_is_the_same_in_which_most_stay():
    people = problem((A,), (A,), (A,), (A,), (A,))
    before = [Group(A, (0, 1, 2)), Group(A, (3, 4))]

    found = put_in(people, before, [Group(A, (3, 4, 2)), Group(A, (0, 1))])

    assert [(c.person, c.why) for c in found] == [(2, Why.MADE_ROOM)]
