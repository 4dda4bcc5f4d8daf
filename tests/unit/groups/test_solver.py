"""The solver against an oracle that tries every grouping."""

import json
from pathlib import Path

import pytest
from hypothesis import event, given, settings

from lti_tool.groups import rules
from lti_tool.groups.problem import Person, Problem, Sizes, Topic
from lti_tool.groups.solver import Limits, Status, solve
from tests.unit.groups.oracle import cheapest, judge
from tests.unit.groups.strategies import problems

COHORTS = Path(__file__).parent / "cohorts"


def cohort(name, groups_min, groups_max):
    told = json.loads((COHORTS / f"cohort-{name}.json").read_text())
    size = told["size"]
    return Problem(
        tuple(Topic(t["id"], t["groups_max"]) for t in told["topics"]),
        tuple(Person(p["id"], tuple(p["wishes"])) for p in told["people"]),
        Sizes(size["min"], size["preferred"], size["max"]),
        groups_min,
        groups_max,
    )


@settings(deadline=None)
@given(problems(fewest=4, most=10))
def test_no_grouping_is_cheaper_than_the_proposal(problem):
    lowest = cheapest(problem) if problem.people else None

    solution = solve(problem)

    event("infeasible" if lowest is None else "feasible")
    if lowest is None:
        assert solution.status == Status.INFEASIBLE
    else:
        assert solution.status == Status.OPTIMAL
        assert judge(problem, solution.groups) == lowest
        assert solution.cost == solution.bound == lowest


@pytest.mark.parametrize("name", ["16-0", "16-1", "20-0", "24-0", "40-0", "40-1"])
def test_a_class_is_proven_optimal_and_its_cost_is_real(name):
    people = int(name.split("-")[0])
    problem = cohort(name, people // 4, people // 4)

    solution = solve(problem)

    assert solution.status == Status.OPTIMAL
    assert solution.cost == solution.bound == judge(problem, solution.groups)
    assert not solution.stopped


def test_the_same_seed_gives_the_same_groups():
    problem = cohort("24-0", 6, 6)

    first, second = (solve(problem, Limits(seed=7)) for _ in range(2))

    assert first == second


def test_another_seed_may_choose_other_groups_of_the_same_cost():
    silent = tuple(Person(number) for number in range(12))
    topics = (Topic(1), Topic(2), Topic(3))
    problem = Problem(topics, silent, Sizes(3, 4, 5), 3, 3)

    solutions = [solve(problem, Limits(seed=seed)) for seed in range(4)]

    assert len({solution.cost for solution in solutions}) == 1
    assert len({solution.groups for solution in solutions}) > 1


def test_groups_of_one_topic_are_as_equal_as_possible():
    fans = tuple(Person(number, (1,)) for number in range(10))
    problem = Problem((Topic(1, 3),), fans, Sizes(2, 3, 6), 3, 3)

    sizes = sorted(len(group.people) for group in solve(problem).groups)

    assert sizes == [3, 3, 4]


def test_a_stopped_run_says_so_and_still_gives_groups_and_a_valid_bound():
    problem = cohort("40-0", 10, 10)
    proven = solve(problem)

    stopped = solve(problem, Limits(seconds=0.0))

    assert stopped.stopped
    assert stopped.status == Status.BOUNDED
    assert judge(problem, stopped.groups) == stopped.cost
    assert stopped.bound <= proven.cost <= stopped.cost


def test_ranks_tell_each_person_which_wish_came_true():
    people = (Person(1, (5, 6)), Person(2, (5,)), Person(3, (6,)), Person(4))
    problem = Problem((Topic(5), Topic(6)), people, Sizes(2, 2, 2), 2, 2)

    solution = solve(problem)

    assert solution.ranks == {1: 1, 2: 1, 3: 1, 4: None}
    assert rules.tally(problem, solution.groups).by_rank == (3, 0, 0, 0, 0)
