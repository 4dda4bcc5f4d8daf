"""The solver with all rules, against an oracle that tries every grouping."""

from hypothesis import event, given, settings

from lti_tool.groups.scoring import Scorer
from lti_tool.groups.solver import Status
from lti_tool.groups.solver.exact import solve_exactly
from tests.unit.groups.oracle import cheapest, judge
from tests.unit.groups.strategies import mixed_problems


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
