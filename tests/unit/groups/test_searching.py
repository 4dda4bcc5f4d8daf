"""Searching says that all rules can be kept, or which cannot; a moment never says what is wrong."""

from dataclasses import replace

from hypothesis import given, settings

from lti_tool.groups.criteria import searching
from lti_tool.groups.criteria.parts import Demand, Part, only, parts_of
from lti_tool.groups.criteria.searching import Answer, Outcome
from lti_tool.groups.problem import (
    Bond,
    NotAlone,
    Person,
    Problem,
    Sizes,
    Spread,
    Times,
    Topic,
)
from tests.unit.groups.oracle import cheapest
from tests.unit.groups.strategies import mixed_problems

# Nobody of three groups of three may be the only one with a value, of which there are five and four.
MIXED = Problem(
    tuple(Topic(n) for n in range(3)),
    tuple(Person(n, (n % 3,), (n % 2, n % 3)) for n in range(9)),
    Sizes(3, 3, 3),
    3,
    3,
    not_alone=(NotAlone(0, 0, None), NotAlone(0, 1, None)),
)
ODD = replace(MIXED, spreads=(Spread(0, 0, 2),))


@settings(max_examples=50)
@given(mixed_problems())
def test_searching_agrees_with_going_through_all_groupings(problem):
    found = searching.search(problem)

    feasible = cheapest(problem) is not None
    assert found.outcome == (Outcome.FITS if feasible else Outcome.CONFLICT)


@settings(max_examples=50)
@given(mixed_problems())
def test_a_conflict_cannot_be_kept_by_itself(problem):
    found = searching.search(problem)

    if found.outcome == Outcome.CONFLICT:
        base = [Part(demand) for demand in (Demand.SMALLEST, Demand.LARGEST)]
        if found.is_within_sizes:
            base = [p for p in parts_of(problem) if p.demand in searching.BASE]
        assert cheapest(only(problem, [*base, *found.parts])) is None


@settings(max_examples=50)
@given(mixed_problems())
def test_a_moment_is_never_wrong(problem):
    found = searching.at_once(problem)

    if found.outcome != Outcome.UNKNOWN:
        feasible = cheapest(problem) is not None
        assert (found.outcome == Outcome.FITS) == feasible


def test_what_only_a_search_can_tell_is_named_within_the_sizes():
    assert searching.at_once(ODD).outcome == Outcome.UNKNOWN

    found = searching.search(ODD)

    assert found.outcome == Outcome.CONFLICT
    assert found.is_within_sizes
    assert Part(Demand.SPREAD) in found.parts


def test_a_process_of_its_own_gives_the_same_answer():
    assert searching.search_apart(ODD) == searching.search(ODD)


def test_an_answer_can_be_stored_and_read():
    told = Answer(Outcome.CONFLICT, (Part(Demand.APART, 3),), is_smallest=True)

    assert Answer.of_json(told.as_json()) == told


def test_no_time_at_all_is_no_answer():
    contradicting = replace(MIXED, apart=(Bond(0, 1),), together=(Bond(0, 1),))

    assert searching.at_once(contradicting).outcome == Outcome.CONFLICT
    assert searching.at_once(contradicting, seconds=0).outcome == Outcome.UNKNOWN


def test_somebody_without_a_common_time_is_a_conflict_with_the_smallest_size():
    alone = replace(
        MIXED,
        not_alone=(),
        times=Times(1, 1),
        people=(
            *(replace(p, available=frozenset({1})) for p in MIXED.people[:8]),
            Person(8, available=frozenset({2})),
        ),
    )

    found = searching.at_once(alone)

    assert set(found.parts) == {Part(Demand.SMALLEST), Part(Demand.TIMES)}
