"""Chooses the model that can prove the best groups of a problem."""

from lti_tool.groups.problem import Problem
from lti_tool.groups.solver import counting, exact
from lti_tool.groups.solver.listing import TooManyError
from lti_tool.groups.solver.result import Deadline, Limits, Solution, Status

_MOST_COUNTED = 2_000
"""People whose wishes alone are looked at before a search, to see whether they can be kept."""


def solve_to_proof(problem: Problem, limits: Limits, deadline: Deadline) -> Solution:
    """Return what can be proven: maybe that there are no groups, maybe a bound without groups."""
    if problem.wishes_and_sizes_only:
        return counting.solve(problem, limits, deadline)
    try:
        return exact.solve_exactly(problem, limits, deadline=deadline)
    except TooManyError:
        limits_places = problem.worst_rank or problem.pins or problem.pools
        if limits_places and len(problem.people) <= _MOST_COUNTED:
            return counting.relaxed(problem, limits, deadline)
        return Solution((), 0, 0, Status.BOUNDED)
