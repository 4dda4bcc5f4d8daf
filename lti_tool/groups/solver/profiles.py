"""The best groups by how many people get which wish, rank by rank.

A *greedy* maximum gives as many people as possible a topic that they wished for, then
as many as possible their first wish, then their second … A *generous* maximum gives
as few as possible their last wish, then their last but one … (Irving et al. 2006;
D. Manlove and others for students and projects whose supervisors are scarce:
A. Kwanashie, R. W. Irving, D. F. Manlove, C. T. S. Sng, "Profile-based optimal
matchings in the Student/Project Allocation problem", arXiv 1403.0751.) Nothing but
wishes, sizes and what is scarce is looked at; each rank is an integer programme that
keeps what the ranks before it reached.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from lti_tool.groups.problem import Problem
from lti_tool.groups.scoring import rank_of
from lti_tool.groups.solver.counting import Answer, Counting, groups_of
from lti_tool.groups.solver.engine import NO_LIMIT, add_row
from lti_tool.groups.solver.model import Floats, Model
from lti_tool.groups.solver.result import (
    Deadline,
    Limits,
    Solution,
    Status,
    infeasible,
)

Profile = Literal["greedy", "generous"]


def solve_by_profile(
    problem: Problem, profile: Profile, limits: Limits | None = None
) -> Solution:
    """Return groups of the best profile; *optimal* says that no profile is better."""
    limits = limits or Limits()
    deadline = Deadline(limits.seconds)
    model = Model(problem, limits.seed)
    if not model.can_add_up:
        return infeasible()
    counting = Counting(model)
    answer: Answer | None = None
    is_proven = True
    for costs in _tiers(model, profile):
        counting.set_costs(costs)
        found = counting.solved(limits.nodes, deadline.left)
        if not found.is_feasible:
            return infeasible()
        if found.values is None:
            is_proven = False
            break
        answer = found
        reached = round(float(costs @ found.values[: counting.seats]))
        is_proven &= found.bound > reached - 1
        terms = {int(at): costs[at] for at in np.flatnonzero(costs)}
        add_row(counting.engine, (-NO_LIMIT, reached), terms)
    return _solution(model, answer, is_proven=is_proven, stopped=deadline.is_over)


def _tiers(model: Model, profile: Profile) -> Iterator[Floats]:
    """Return what counts, in order: for each person at each topic 1, 0 or minus 1."""
    wishes = [model.scorer.wishes[person] for (person,) in model.units]
    ranks = np.array(
        [
            [(rank_of(w, place.topic) or 0) if w else -1 for place in model.places]
            for w in wishes
        ]
    ).ravel()
    yield (ranks == 0).astype(float)
    most = len(model.problem.weights.ranks)
    if profile == "greedy":
        for rank in range(1, most):
            yield -(ranks == rank).astype(float)
    else:
        for rank in range(most, 1, -1):
            yield (ranks == rank).astype(float)


def _solution(
    model: Model, answer: Answer | None, *, is_proven: bool, stopped: bool
) -> Solution:
    if answer is None or answer.values is None:
        return Solution((), 0, 0, Status.BOUNDED, stopped)
    groups = groups_of(model, answer.values)
    cost = model.scorer.cost(groups).total
    return Solution(
        groups,
        cost,
        0,
        Status.OPTIMAL if is_proven else Status.HEURISTIC,
        stopped,
        model.scorer.ranks(groups),
    )
