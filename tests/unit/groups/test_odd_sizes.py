"""Sizes that nobody would choose, and groups without anybody on the way to good ones."""

from dataclasses import replace
from pathlib import Path

import pytest

from lti_tool.groups.problem import Sizes
from lti_tool.groups.solver import Status, cohort, solve
from lti_tool.groups.solver.arrays import Arrays
from lti_tool.groups.solver.large import Work, solve_large
from lti_tool.groups.solver.search import State
from tests.unit.groups.oracle import judge

COHORT = Path(__file__).parent / "cohorts/cohort-16-0.json"


@pytest.fixture
def problem():
    return cohort.read(COHORT.read_bytes())


@pytest.mark.parametrize("largest", [99, 100_000])
def test_more_places_than_people_change_nothing(problem, largest):
    wide, narrow = (replace(problem, sizes=Sizes(4, 4, most)) for most in (largest, 16))

    solution = solve(wide)

    assert solution.status is Status.OPTIMAL
    assert judge(wide, solution.groups) == solution.cost == solve(narrow).cost


def test_a_search_goes_on_beside_a_group_that_has_become_empty(problem):
    arrays = Arrays(problem)
    units = list(range(len(arrays.units)))
    state = State(arrays, [units[:8], units[8:], []], [0, 1, 2])

    take, swap = state.kind_prices(0)

    assert len(swap) == 3
    assert len(take) == len(state.by_kind)


def test_groups_of_one_are_found_by_the_search_too(problem):
    single = replace(problem, sizes=Sizes(1, 1, 8))

    solution = solve_large(single, work=Work(trial_steps=500, steps=2000, parts=5))

    assert judge(single, solution.groups) == solution.cost
