"""Which group goes on under which name, and what a publication changes."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.groups.changes.rules import Stop, dearer_than_all_else, move_cost
from lti_tool.groups.problem import (
    Bond,
    Group,
    NotAlone,
    Person,
    Problem,
    Sizes,
    Spread,
    Times,
    Topic,
)
from lti_tool.groups.publishing.rules import Place, common, difference, in_order, named
from lti_tool.groups.scoring import Scorer
from lti_tool.groups.solver import Status, solve

BEFORE = (Place("Group 1", "Harbour", (1, 2, 3)), Place("Group 2", "Boats", (4, 5, 6)))


def name(number):
    return f"Group {number}"


def names(teams, before):
    """Return the names of groups, given as number, topic and people."""
    new = [(number, Place("", topic, people)) for number, topic, people in teams]
    return [place.name for place in named(new, before, name)]


def test_a_group_keeps_its_name_whatever_its_number():
    teams = [(7, "Boats", (4, 5)), (8, "Harbour", (1, 2, 9))]

    assert names(teams, BEFORE) == ["Group 2", "Group 1"]


def test_of_two_on_one_topic_the_more_alike_goes_on():
    teams = [(1, "Harbour", (3, 8)), (2, "Harbour", (1, 2))]

    assert names(teams, BEFORE) == ["Group 2", "Group 1"]


def test_a_group_of_other_people_is_a_new_one():
    assert names([(1, "Harbour", (7, 8))], BEFORE) == ["Group 2"]


def test_the_same_people_on_another_topic_are_a_new_group():
    assert names([(5, "Trams", (1, 2, 3))], BEFORE) == ["Group 5"]


def test_names_of_a_first_publication_follow_the_numbers():
    assert names([(3, "A", (1,)), (1, "B", (2,))], ()) == ["Group 3", "Group 1"]


def test_names_differ_whatever_there_was():
    earlier = (*BEFORE, Place("Group 1", "Boats", (4, 5)))
    teams = [(1, "Boats", (4, 5)), (2, "Boats", (6,)), (3, "Harbour", (1,))]

    found = names(teams, earlier)

    assert len(set(found)) == len(teams)


def test_a_group_goes_on_by_its_topic_whatever_the_title():
    before = (
        Place("Group 1", "Boats", (1, 2), 5, 70),
        Place("Group 2", "Harbour", (1, 2), 6, 80),
    )
    new = Place("", "Boats", (1, 2), 6)

    assert named([(1, new)], before, name) == [Place("Group 2", "Boats", (1, 2), 6, 80)]


def test_ten_comes_after_nine():
    places = [Place(name(number), "") for number in (10, 9, 1)]

    assert [p.name for p in in_order(places)] == ["Group 1", "Group 9", "Group 10"]


def test_the_difference_says_who_moves_who_is_new_and_who_is_gone():
    after = (Place("Group 1", "Harbour", (1, 2, 4)), Place("Group 2", "Boats", (5, 7)))

    found = difference(BEFORE, after)

    assert [(c.person, c.before, c.after) for c in found.moved] == [
        (4, BEFORE[1], after[0])
    ]
    assert [c.person for c in found.placed] == [7]
    assert [c.person for c in found.dropped] == [3, 6]
    assert found.stay == 3
    assert difference(BEFORE, BEFORE).is_empty


@pytest.mark.parametrize(
    ("free", "expected"),
    [
        ({}, None),
        ({1: "ab", 2: "ab"}, None),
        ({2: "ab", 3: "bc"}, ("b",)),
        ({1: "a", 2: "ab", 3: "bc"}, ()),
    ],
    ids=["nobody", "one other", "two others", "no common time"],
)
def test_common_times_need_two_others(free, expected):
    assert common("abc", free, 1) == expected


def groupings():
    """Return every division of six people into two groups of two to four, on two topics."""
    for sides in product((0, 1), repeat=6):
        sizes = [sides.count(0), sides.count(1)]
        if min(sizes) >= 2:
            yield tuple(
                Group(topic, tuple(p for p in range(6) if sides[p] == topic), topic)
                for topic in (0, 1)
            )


@given(
    wishes=st.lists(st.permutations([0, 1]), min_size=6, max_size=6),
    values=st.lists(st.integers(0, 2), min_size=6, max_size=6),
    free=st.lists(st.frozensets(st.integers(0, 3)), min_size=6, max_size=6),
    costs=st.lists(st.integers(0, 500), min_size=5, max_size=5),
)
def test_no_gain_outweighs_a_move_where_nobody_else_shall_move(
    wishes, values, free, costs
):
    spread, alone, times, apart, together = costs
    people = tuple(
        Person(number, tuple(wishes[number]), (values[number],), free[number])
        for number in range(6)
    )
    plain = Problem(
        (Topic(0), Topic(1)),
        people,
        Sizes(2, 3, 4),
        2,
        2,
        spreads=(Spread(0, spread),),
        not_alone=(NotAlone(0, 1, alone),),
        times=Times(0, 3, times),
        apart=(Bond(0, 1, apart),),
        together=(Bond(2, 3, together),),
    )
    totals = [Scorer(plain).cost(groups).total for groups in groupings()]

    assert dearer_than_all_else(plain) > max(totals) - min(totals)


def test_stops_go_from_the_dearest_move_to_one_that_costs_nothing():
    problem = Problem((Topic(0),), (Person(0),), Sizes(1, 1, 1), 1, 1)

    costs = [move_cost(stop, problem) for stop in Stop]

    assert costs == sorted(costs, reverse=True)
    assert costs[-1] == 0


@pytest.mark.parametrize(("stop", "moves"), [(Stop.NOBODY, 0), (Stop.BEST, 6)])
def test_at_the_first_stop_all_stay_though_all_would_gain(stop, moves):
    """Everybody sits where the other topic was their favourite."""
    people = tuple(
        Person(number, (1, 0) if number < 3 else (0, 1)) for number in range(6)
    )
    former = (Group(0, (0, 1, 2)), Group(1, (3, 4, 5)))
    problem = Problem((Topic(0), Topic(1)), people, Sizes(3, 3, 3), 2, 2, former=former)

    found = solve(replace(problem, move_cost=move_cost(stop, problem)))

    stay = sum(
        len({*former[group.topic].people} & {*group.people}) for group in found.groups
    )
    assert 6 - stay == moves
    assert found.status == Status.OPTIMAL
