"""Which rules groups only just keep."""

from dataclasses import replace

import pytest

from lti_tool.groups.criteria.parts import Demand, Part
from lti_tool.groups.problem import (
    Group,
    NotAlone,
    Person,
    Pool,
    Problem,
    Sizes,
    Spread,
    Times,
    Topic,
)
from lti_tool.groups.proposals.tight import Tight, tight

PEOPLE = (
    Person(0, (1, 2), (7,), frozenset({1, 2})),
    Person(1, (1, 2), (7,), frozenset({2, 3})),
    Person(2, (1, 2), (8,)),
    Person(3, (2, 1), (8,), frozenset({1, 2, 3})),
    Person(4, (1,), (8,), frozenset({1, 2, 3})),
)
GROUPS = (Group(1, (0, 1)), Group(2, (2, 3, 4)))
PROBLEM = Problem((Topic(1, 2), Topic(2, 2)), PEOPLE, Sizes(1, 3, 4), 1, 3)


def test_groups_with_room_on_all_sides_are_not_tight():
    assert tight(PROBLEM, GROUPS) == ()


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"groups_min": 2}, Tight(Part(Demand.GROUPS_MIN))),
        ({"groups_max": 2}, Tight(Part(Demand.GROUPS_MAX))),
        ({"sizes": Sizes(2, 3, 4)}, Tight(Part(Demand.SMALLEST), (0,))),
        ({"sizes": Sizes(1, 3, 3)}, Tight(Part(Demand.LARGEST), (1,))),
        (
            {"topics": (Topic(1), Topic(2, 2))},
            Tight(Part(Demand.TOPICS), people=2, topic=1),
        ),
        ({"pools": (Pool((1, 2), 2),)}, Tight(Part(Demand.POOL, 0))),
        ({"worst_rank": 2}, Tight(Part(Demand.WORST_WISH), people=1)),
        ({"times": Times(1, 3)}, Tight(Part(Demand.TIMES), (0,))),
        (
            {"spreads": (Spread(0), Spread(0, 3, 3))},
            Tight(Part(Demand.SPREAD, 1), (1,)),
        ),
        (
            {"not_alone": (NotAlone(0, 7), NotAlone(0, 7, None))},
            Tight(Part(Demand.NOT_ALONE, 1), (0,)),
        ),
    ],
    ids=lambda value: str(value.part.demand) if isinstance(value, Tight) else "",
)
def test_each_rule_that_is_only_just_kept_is_found_and_no_other(changes, found):
    assert tight(replace(PROBLEM, **changes), GROUPS) == (found,)


@pytest.mark.parametrize(
    "changes",
    [
        {"groups_min": 2, "groups_max": 2},
        {"topics": (Topic(1, 2), Topic(2))},
        {"pools": (Pool((1,), 2),)},
        {"worst_rank": 3},
        {"times": Times(0, 3)},
        {"spreads": (Spread(0, 3, 4),)},
        {"not_alone": (NotAlone(0, 8, None),)},
    ],
    ids=[
        "one number of groups",
        "nobody would rather be there",
        "a pool with room",
        "nobody gets the worst",
        "no times needed",
        "a mix with room",
        "three of a kind",
    ],
)
def test_what_leaves_room_or_no_choice_at_all_is_not_tight(changes):
    assert tight(replace(PROBLEM, **changes), GROUPS) == ()
