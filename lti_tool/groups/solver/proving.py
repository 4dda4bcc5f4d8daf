"""Chooses the model that can prove the best groups of a problem."""

from lti_tool.groups.problem import Problem
from lti_tool.groups.solver import counting, exact
from lti_tool.groups.solver.large import USUAL, Work
from lti_tool.groups.solver.listing import TooManyError
from lti_tool.groups.solver.result import Deadline, Limits, Solution, Status

QUICK = Work(trial_steps=1_000, steps=10_000, parts=0)
"""Where the exact engine was at work already, and a limit ended it."""
_MOST_COUNTED = 2_000
"""People whose wishes alone are looked at before a search, to see whether they can be kept."""


def solve_to_proof(
    problem: Problem, limits: Limits, deadline: Deadline
) -> tuple[Solution, Work]:
    """Return what can be proven, and how much work a search is worth where that has no groups."""
    if problem.wishes_and_sizes_only:
        return counting.solve(problem, limits, deadline), QUICK
    try:
        return exact.solve_exactly(problem, limits, deadline=deadline), QUICK
    except TooManyError:
        limits_places = problem.worst_rank or problem.pins or problem.pools
        if limits_places and len(problem.people) <= _MOST_COUNTED:
            return counting.relaxed(problem, limits, deadline), USUAL
        return Solution((), 0, 0, Status.BOUNDED), USUAL
