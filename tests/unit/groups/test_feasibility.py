"""What is counted in a moment is never wrong, and rules can be taken one by one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.groups.criteria import parts, quick
from lti_tool.groups.criteria.parts import Demand, Part
from lti_tool.groups.problem import (
    Bond,
    Group,
    NotAlone,
    Person,
    Pin,
    Pool,
    Problem,
    Sizes,
    Spread,
    Times,
    Topic,
)
from tests.unit.groups.oracle import cheapest
from tests.unit.groups.strategies import mixed_problems, problems

EIGHT = tuple(Person(n, (1, 2), (n % 2,)) for n in range(8))
BEFORE = (Group(1, (0, 1, 2)), Group(2, (3, 4, 5)), Group(2, (6, 7)))
CLASS = Problem((Topic(1), Topic(2)), EIGHT, Sizes(3, 4, 5), 2, 2, former=BEFORE)


def with_wishes(*wishes):
    return tuple(Person(n, (wish,)) for n, wish in enumerate(wishes))


def fixed(*places):
    return tuple(Pin(person, former=place) for person, place in places)


def apart(*pairs):
    return tuple(Bond(first, second) for first, second in pairs)


@given(mixed_problems() | problems(fewest=4, most=8))
def test_what_is_called_impossible_has_no_grouping(problem):
    if quick.is_impossible(problem):
        assert cheapest(problem) is None


@given(problems(fewest=4, most=8))
def test_sizes_and_topics_alone_are_counted_exactly(problem):
    assert quick.is_impossible(problem) == (cheapest(problem) is None)


@given(mixed_problems())
def test_all_parts_together_forbid_what_the_problem_forbids(problem):
    everything = parts.only(problem, parts.parts_of(problem))

    assert (cheapest(everything) is None) == (cheapest(problem) is None)


@given(mixed_problems(), st.data())
def test_fewer_parts_never_forbid_more(problem, data):
    every = parts.parts_of(problem)
    some = data.draw(st.lists(st.sampled_from(every), unique=True))
    fewer = data.draw(st.lists(st.sampled_from(some), unique=True)) if some else []

    # Groups of any size are too many to go through: sizes stay.
    kept = [part for part in every if part.demand in (Demand.SMALLEST, Demand.LARGEST)]
    if cheapest(parts.only(problem, {*some, *kept})) is not None:
        assert cheapest(parts.only(problem, {*fewer, *kept})) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"topics": ()},
        {"sizes": Sizes(5, 5, 6)},
        {"sizes": Sizes(2, 2, 3)},
        {"topics": (Topic(1),)},
        {"pools": (Pool((1, 2), 1),)},
        {"apart": apart((0, 1)), "together": apart((0, 2), (2, 1))},
        {"apart": apart((0, 1), (1, 2), (0, 2))},
        {"together": apart((0, 1), (1, 2), (2, 3), (3, 4), (4, 5))},
        {"spreads": (Spread(0, 3, 1),)},
        {"people": with_wishes(1, 1, 1, 1, 1, 1, 1, 2), "worst_rank": 1},
        {"pins": tuple(Pin(person, 1) for person in range(6))},
        {"pins": fixed((0, 0), (1, 0)), "apart": apart((0, 1))},
        {"pins": fixed((0, 0), (1, 1)), "together": apart((0, 2), (2, 1))},
        {"pins": fixed(*((person, 0) for person in range(6)))},
        {"pins": fixed((0, 0), (1, 1), (2, 2))},
        {
            "people": (*EIGHT[:7], Person(7, (), (2,))),
            "not_alone": (NotAlone(0, 2, None),),
        },
        {
            "people": (*EIGHT[:7], Person(7, available=frozenset())),
            "times": Times(1, 1),
        },
    ],
    ids=[
        "no topics",
        "too few people",
        "too many people",
        "too little capacity",
        "a pool too small",
        "apart, and together through a third",
        "more people apart than groups",
        "too many together",
        "too many alike",
        "too many want the same",
        "too many fixed to a topic",
        "apart, and fixed to one group",
        "together, and fixed to two groups",
        "too many fixed to one group",
        "fixed to more groups than there may be",
        "only one has the value",
        "somebody never has time",
    ],
)
def test_what_cannot_be_kept_is_seen_at_once(changes):
    assert not quick.is_impossible(CLASS)
    assert quick.is_impossible(replace(CLASS, **changes))


def test_soft_rules_are_no_parts():
    soft = replace(
        CLASS,
        apart=(Bond(0, 1, 5),),
        spreads=(Spread(0),),
        not_alone=(NotAlone(0, 1),),
        times=Times(0, 3),
    )

    assert set(parts.parts_of(soft)) == set(parts.parts_of(CLASS))
    assert Part(Demand.APART) in parts.parts_of(replace(CLASS, apart=apart((0, 1))))


def test_of_several_rules_of_a_kind_only_the_named_ones_are_left():
    ruled = replace(
        CLASS,
        apart=apart((0, 1), (2, 3)),
        pools=(Pool((1,), 1), Pool((2,), 1)),
        spreads=(Spread(0, 3, 2), Spread(0, 3, 4)),
    )

    left = parts.only(ruled, [Part(Demand.APART, 1), Part(Demand.SPREAD, 0)])

    assert left.apart == ruled.apart[1:]
    assert left.pools == ()
    assert [spread.most for spread in left.spreads] == [2]
    assert (left.groups_min, left.groups_max, left.worst_rank) == (1, 8, None)
