"""The best groups for a problem, and the proof that none are better.

Pure: it knows problems and groups as numbers, the standard library, numpy and HiGHS.
Where only wishes and sizes matter, people are counted per topic (``counting``).
Otherwise all possible groups are listed where there are few enough (``exact``).
"""

from lti_tool.groups.problem import Problem
from lti_tool.groups.solver import counting, exact
from lti_tool.groups.solver.result import (
    Deadline,
    Limits,
    Progress,
    Solution,
    Status,
    Tell,
)

__all__ = ["Limits", "Progress", "Solution", "Status", "Tell", "solve"]


def solve(
    problem: Problem, limits: Limits | None = None, *, on_progress: Tell | None = None
) -> Solution:
    """Return the best grouping, proven optimal unless a limit ends the work."""
    limits = limits or Limits()
    deadline = Deadline(limits.seconds, on_progress)
    deadline.tell(0.0)
    if problem.wishes_and_sizes_only and not (
        problem.worst_rank or problem.pools or problem.pins
    ):
        return counting.solve(problem, limits)
    return exact.solve_exactly(problem, limits, deadline=deadline)
