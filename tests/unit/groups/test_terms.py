"""What is asked of a proposal besides the rules: stored and read again, and put into the problem."""

from dataclasses import replace

import pytest

from lti_tool.groups.problem import Group, Person, Pin, Problem, Sizes, Topic
from lti_tool.groups.proposals.pricing import moved
from lti_tool.groups.proposals.rules import (
    Terms,
    numbered,
    with_fewest_moves,
    with_terms,
)
from lti_tool.groups.scoring import Scorer
from lti_tool.groups.solver import Status, solve

FORMER = (Group(1, (1, 2, 3)), Group(2, (4, 5, 9)))


def problem(people: int = 8, wishes: tuple[int, ...] = (1, 2)) -> Problem:
    return Problem(
        (Topic(1, 2), Topic(2, 2)),
        tuple(Person(number, wishes) for number in range(1, people + 1)),
        Sizes(2, 3, 4),
        2,
        4,
    )


@pytest.mark.parametrize(
    "terms",
    [
        Terms(),
        Terms(
            "fair", 3, 5, (Pin(1, topic=2), Pin(4, former=0)), "Neu", True, ((2, 4),)
        ),
    ],
)
def test_terms_are_the_same_after_they_were_stored(terms):
    assert Terms.from_json(terms.as_json()) == terms


def test_nothing_stored_is_nothing_asked():
    assert Terms.from_json(None) == Terms()


def test_only_those_who_are_still_there_are_in_former_groups_and_fixed():
    pins = (
        Pin(1, topic=2),
        Pin(9, topic=1),
        Pin(2, topic=7),
        Pin(3, former=1),
        Pin(4, former=2),
    )

    found = with_terms(problem(), Terms(move_cost=4, pins=pins), FORMER)

    assert found.former == (FORMER[0], Group(2, (4, 5)))
    assert found.pins == (Pin(1, topic=2), Pin(3, former=1))
    assert found.move_cost == 4


def test_a_former_group_whose_topic_is_gone_holds_nobody():
    gone = replace(problem(), topics=(Topic(1, 4),))

    found = with_terms(gone, Terms(pins=(Pin(4, former=1),)), FORMER)

    assert found.pins == ()


def test_among_the_best_groups_those_with_the_fewest_moves_are_found():
    # All wish for topic 1 and may be in two groups of it: very many groups are as good.
    before = (Group(1, (1, 3, 5, 7)), Group(1, (2, 4, 6, 8)))
    asked = with_terms(problem(), Terms(pins=(Pin(1, former=1),)), before)
    best = solve(asked)

    scaled, scale = with_fewest_moves(asked)
    found = solve(scaled)

    assert found.status == best.status == Status.OPTIMAL
    groups = [replace(group, former=None) for group in found.groups]
    cost = Scorer(replace(asked, pins=())).cost(groups).total
    assert cost == found.cost // scale == best.cost
    assert 1 in moved(before, found.groups)
    assert len(moved(before, found.groups)) == found.cost % scale <= 2


def test_a_move_that_costs_something_still_costs_so_much_and_breaks_ties_too():
    asked = replace(with_terms(problem(), Terms(), FORMER), move_cost=7)

    scaled, scale = with_fewest_moves(asked)

    assert scaled.move_cost == 7 * scale + 1


def test_groups_keep_their_numbers_and_new_ones_get_what_their_topic_is_known_by():
    groups = [Group(5, (1,), former=1), Group(7, (2,)), Group(8, (3,)), Group(7, (4,))]

    assert numbered(groups, (1, 3), [(7, 4), (9, 2)]) == [3, 4, 1, 5]
    assert numbered(groups[1:], (), ()) == [1, 2, 3]
