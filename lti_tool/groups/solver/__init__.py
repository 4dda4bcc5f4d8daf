"""The best groups for a problem, and the proof that none are better.

Pure: it knows problems and groups as numbers, the standard library, numpy and HiGHS.
Where only wishes and sizes matter, people are counted per topic (``counting``).
Otherwise all possible groups are listed where they are few enough (``exact``). For
more there is a search with exact parts and a bound (``large``), which also finds
groups, unproven, where HiGHS is not installed.
"""

from dataclasses import replace
from importlib.util import find_spec

from lti_tool.groups.problem import Problem
from lti_tool.groups.solver.large import USUAL, Work, solve_large
from lti_tool.groups.solver.model import Model
from lti_tool.groups.solver.result import (
    Deadline,
    Limits,
    Progress,
    Solution,
    Status,
    Tell,
    infeasible,
)

__all__ = ["Limits", "Progress", "Solution", "Status", "Tell", "solve"]


def solve(
    problem: Problem, limits: Limits | None = None, *, on_progress: Tell | None = None
) -> Solution:
    """Return the best grouping, proven optimal unless a limit ends the work."""
    limits = limits or Limits()
    problem = _with_room_for_all_at_most(problem)
    deadline = Deadline(limits.seconds, on_progress)
    deadline.tell(0.0)
    if not Model(problem, limits.seed).can_add_up:
        return infeasible()
    if find_spec("highspy") is None:
        return _searched(problem, limits, deadline, USUAL)
    # Both need HiGHS to be imported at all.
    from lti_tool.groups.solver import proving  # noqa: PLC0415

    found, work = proving.solve_to_proof(problem, limits, deadline)
    if found.groups or found.status is Status.INFEASIBLE:
        return found
    searched = _searched(problem, limits, deadline, work)
    bound = max(found.bound, searched.bound)
    if searched.broken:
        return replace(searched, bound=bound)
    proven = bound >= searched.cost
    return replace(
        searched,
        bound=min(bound, searched.cost),
        status=Status.OPTIMAL if proven else Status.BOUNDED,
    )


def _with_room_for_all_at_most(problem: Problem) -> Problem:
    """Return the same problem without sizes that no group of these people can have."""
    sizes, people = problem.sizes, len(problem.people)
    return replace(problem, sizes=replace(sizes, largest=min(sizes.largest, people)))


def _searched(
    problem: Problem, limits: Limits, deadline: Deadline, work: Work
) -> Solution:
    left = replace(limits, seconds=deadline.left)

    def tell(progress: Progress) -> None:
        deadline.tell(progress.share, progress.cost, progress.bound)

    return solve_large(problem, left, tell, work)
