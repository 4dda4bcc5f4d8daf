"""The solver with all rules, against an oracle that tries every grouping."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import event, given, settings

from lti_tool.groups.scoring import Scorer
from lti_tool.groups.solver import Limits, Status, cohort, solve
from lti_tool.groups.solver.exact import solve_exactly
from tests.unit.groups.oracle import cheapest, judge
from tests.unit.groups.strategies import mixed_problems

COHORTS = Path(__file__).parent / "cohorts"


def read(name):
    return cohort.read((COHORTS / f"{name}.json").read_bytes())


@settings(deadline=None, max_examples=300)
@given(mixed_problems())
def test_under_any_rules_no_grouping_is_cheaper_than_the_proposal(problem):
    lowest = cheapest(problem)

    solution = solve_exactly(problem)

    event("infeasible" if lowest is None else "feasible")
    if lowest is None:
        assert solution.status == Status.INFEASIBLE
    else:
        assert solution.status == Status.OPTIMAL
        assert judge(problem, solution.groups) == lowest
        assert solution.cost == solution.bound == lowest
        assert Scorer(problem).broken(solution.groups) == ()


def test_few_nodes_give_groups_with_a_valid_bound():
    problem = read("cohort-40-1")

    solution = solve(problem, Limits(nodes=0))

    assert solution.bound <= 288 <= solution.cost == judge(problem, solution.groups)


def test_a_stopped_run_gives_what_it_has():
    problem = read("cohort-40-1")

    solution = solve(problem, Limits(seconds=0.05))

    assert solution.stopped
    assert solution.status in (Status.BOUNDED, Status.HEURISTIC)
    assert solution.bound <= 288


def test_a_grouping_to_begin_with_is_only_replaced_by_a_better_one():
    problem = read("cohort-24-0")
    best = solve(problem).groups
    worse = solve(replace(problem, spreads=(), not_alone=())).groups

    assert solve_exactly(problem, incumbent=best).groups == best
    assert solve_exactly(problem, Limits(nodes=0), incumbent=worse).cost <= judge(
        problem, worse
    )


def test_progress_never_falls_and_ends_with_a_closed_gap():
    told = []

    solution = solve(read("cohort-40-0"), on_progress=told.append)

    shares = [progress.share for progress in told]
    assert shares == sorted(shares)
    assert told[-1].cost == told[-1].bound == solution.cost


def test_who_is_told_of_progress_can_end_the_work():
    def cancel(progress):
        if progress.share > 0:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        solve(read("cohort-40-0"), on_progress=cancel)


def test_too_many_possible_groups_are_searched_not_listed():
    problem = read("cohort-16-0")

    solution = solve(problem, Limits(columns=1_000, seconds=2))

    assert solution.bound <= 127 <= solution.cost == judge(problem, solution.groups)


def test_without_highs_groups_are_found_and_called_heuristic():
    program = """
import sys
sys.modules["highspy"] = None
from pathlib import Path
from lti_tool.groups.solver import cohort, solve
print(cohort.answer(solve(cohort.read(Path(sys.argv[1]).read_bytes())), 0))
"""
    file = str(COHORTS / "cohort-16-0.json")
    told = subprocess.run(
        [sys.executable, "-c", program, file],
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(told.stdout)

    assert answer["status"] == "heuristic"
    assert answer["bound"] <= 127 <= answer["cost"] < 180
    assert answer["broken"] == []
