"""The best groups where only wishes and sizes matter, and the proof that none are better.

The groups of one topic need not be told apart then: the model counts, for each
topic, how many groups work on it and who is there. For n people in g groups of one
topic the cheapest sizes are off the preferred size p by |n - g * p| in sum, and are
reached by sizes as equal as possible.
"""

from dataclasses import dataclass, replace
from math import ceil, isfinite

import highspy
import numpy as np

from lti_tool.groups.problem import Group, Problem
from lti_tool.groups.solver.engine import NO_LIMIT, add_row, engine
from lti_tool.groups.solver.model import Floats, Model
from lti_tool.groups.solver.result import (
    Deadline,
    Limits,
    Solution,
    Status,
    infeasible,
)

_HALF = 0.5
_HAIR = 1e-6


def solve(
    problem: Problem, limits: Limits | None = None, deadline: Deadline | None = None
) -> Solution:
    """Return the best grouping, proven optimal unless a limit ends the work.

    Without groups and yet not *infeasible* where a limit ended it before any were found.
    """
    limits = limits or Limits()
    deadline = deadline or Deadline(limits.seconds)
    model = Model(problem, limits.seed)
    if not model.can_add_up or not np.isfinite(model.place_costs).any(axis=1).all():
        return infeasible()
    found = Counting(model).solved(limits.nodes, deadline.left)
    if not found.is_feasible:
        return infeasible()
    bound = max(ceil(found.bound - _HAIR), 0)
    if found.values is None:
        return Solution((), 0, bound, Status.BOUNDED, found.stopped)
    groups = groups_of(model, found.values)
    cost = model.scorer.cost(groups).total
    return Solution(
        groups,
        cost,
        min(bound, cost),
        Status.OPTIMAL if bound >= cost else Status.BOUNDED,
        found.stopped,
        model.scorer.ranks(groups),
    )


def relaxed(problem: Problem, limits: Limits, deadline: Deadline) -> Solution:
    """Return a bound, or that there are no groups, with rules about company left out."""
    left_out = replace(
        problem,
        spreads=(),
        not_alone=(),
        times=None,
        apart=(),
        together=tuple(bond for bond in problem.together if bond.cost is None),
    )
    found = solve(left_out, limits, deadline)
    if found.status is Status.INFEASIBLE:
        return found
    return Solution((), 0, found.bound, Status.BOUNDED, found.stopped)


@dataclass(frozen=True, slots=True)
class Answer:
    """Values of all columns, if any were found, and what is proven."""

    values: Floats | None
    bound: float
    stopped: bool
    is_feasible: bool


class Counting:
    """The integer programme: who is at which topic, and groups per topic.

    Columns: a person at a topic (people x topics, person by person), groups per
    topic, people off the preferred size per topic.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.people, self.topics = model.place_costs.shape
        self.seats = self.people * self.topics
        self.may = np.isfinite(model.place_costs.ravel())
        self.width = self.seats + 2 * self.topics
        self.engine = engine()
        self._add_columns()
        off = np.full(self.topics, float(model.problem.weights.size))
        self.set_costs(np.where(self.may, model.place_costs.ravel(), 0.0), off)
        for person in range(self.people):
            self._place_once(person)
        for scarcity in model.scarcities:
            terms = dict.fromkeys(
                (self.seats + topic for topic in scarcity.places), 1.0
            )
            add_row(self.engine, (scarcity.least, scarcity.most), terms)
        for topic in range(self.topics):
            self._fit_sizes(topic)

    def solved(self, nodes: int, seconds: float) -> Answer:
        """Return the values of lowest cost, as far as the limits allow."""
        self.engine.setOptionValue("mip_max_nodes", nodes)
        self.engine.setOptionValue("time_limit", seconds)
        self.engine.run()
        status, found = self.engine.getModelStatus(), self.engine.getInfo()
        bound = found.mip_dual_bound
        feasible = highspy.SolutionStatus.kSolutionStatusFeasible
        return Answer(
            np.array(self.engine.getSolution().col_value)
            if found.primal_solution_status == feasible
            else None,
            bound if isfinite(bound) else 0.0,
            status == highspy.HighsModelStatus.kTimeLimit,
            status != highspy.HighsModelStatus.kInfeasible,
        )

    def set_costs(self, places: Floats, off: Floats | None = None) -> None:
        """Say what each person costs at each topic, and each person off the preferred size."""
        costs = np.zeros(self.width)
        costs[: self.seats] = places
        if off is not None:
            costs[self.width - self.topics :] = off
        self.engine.changeColsCost(
            self.width, np.arange(self.width, dtype=np.int32), costs
        )

    def _add_columns(self) -> None:
        room = [NO_LIMIT] * (2 * self.topics)
        upper = np.concatenate([self.may.astype(float), room])
        none = np.array([], dtype=np.int32)
        no_values = np.array([], dtype=float)
        zeros = np.zeros(self.width)
        self.engine.addCols(self.width, zeros, zeros, upper, 0, none, none, no_values)
        whole = self.seats + self.topics
        self.engine.changeColsIntegrality(
            whole,
            np.arange(whole, dtype=np.int32),
            np.array([highspy.HighsVarType.kInteger] * whole),
        )

    def _place_once(self, person: int) -> None:
        first = person * self.topics
        here = {first + topic: 1.0 for topic in range(self.topics)}
        add_row(self.engine, (1, 1), here)
        for topic in range(self.topics):
            is_open = {first + topic: 1.0, self.seats + topic: -1.0}
            add_row(self.engine, (-NO_LIMIT, 0), is_open)

    def _fit_sizes(self, topic: int) -> None:
        sizes = self.model.problem.sizes
        weights = self.model.weights.tolist()
        there = {p * self.topics + topic: w for p, w in enumerate(weights)}
        groups, off = self.seats + topic, self.seats + self.topics + topic
        smallest, preferred = {groups: -sizes.smallest}, {groups: -sizes.preferred}
        add_row(self.engine, (0, NO_LIMIT), there | smallest)
        add_row(self.engine, (-NO_LIMIT, 0), there | {groups: -sizes.largest})
        add_row(self.engine, (-NO_LIMIT, 0), there | preferred | {off: -1})
        add_row(self.engine, (0, NO_LIMIT), there | preferred | {off: 1})


def groups_of(model: Model, values: Floats) -> tuple[Group, ...]:
    """Return the groups, those of one topic as equal in size as possible."""
    people, topics = model.place_costs.shape
    at = values[: people * topics].reshape(people, topics) > _HALF
    groups: list[Group] = []
    for topic in range(topics):
        there = np.flatnonzero(at[:, topic]).tolist()
        count = round(values[people * topics + topic])
        groups += [model.group(there[part::count], topic) for part in range(count)]
    return tuple(sorted(groups, key=lambda group: (group.topic, group.people)))
