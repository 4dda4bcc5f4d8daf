"""The best groups, proven: column generation, then integer programmes that cover the gap.

Every possible group at every place is a column of a set-partitioning programme
(Balinski and Quandt 1964). Its linear relaxation is solved over few columns, and all
others are priced at once. A grouping that uses a column of reduced cost r costs at
least the bound plus r: so the integer programme needs only the columns of small
reduced cost, and has proven its answer as soon as that reaches no further. Small
steps towards that (*graded fixing*) mostly end long before the last.
"""

from collections.abc import Sequence
from math import ceil, floor, inf

import numpy as np

from lti_tool.groups.problem import Group, Problem
from lti_tool.groups.solver.columns import Columns, columns_of, grouping_of
from lti_tool.groups.solver.features import Array
from lti_tool.groups.solver.generation import Relaxed, relaxed
from lti_tool.groups.solver.listing import listed
from lti_tool.groups.solver.master import Chosen, Rows, choose
from lti_tool.groups.solver.model import Model
from lti_tool.groups.solver.pricing import Pricing
from lti_tool.groups.solver.result import (
    Deadline,
    Limits,
    Solution,
    Status,
    infeasible,
)

_STEP = 4.0
_WIDER = 1.4
"""Without a grouping yet: a programme without one is quick, one that is too wide is not."""
_WIDE = 2.0
_MOST_COLUMNS = 300_000
"""Of one integer programme; more would take it longer than anybody waits."""
_HAIR = 1e-6


def solve_exactly(
    problem: Problem,
    limits: Limits | None = None,
    incumbent: Sequence[Group] | None = None,
    deadline: Deadline | None = None,
) -> Solution:
    """Return the best grouping and the proof, or as much as the limits allow.

    A grouping to begin with is only ever replaced by a better one. Without one, a
    solution may come back without groups although it is not proven that none exist;
    its status is *bounded* then. Raises TooManyError where too many groups are possible.
    """
    limits = limits or Limits()
    deadline = deadline or Deadline(limits.seconds)
    model = Model(problem, limits.seed)
    if not model.can_add_up:
        return infeasible()
    search = _Search(model, limits, deadline)
    search.begin_with(incumbent or ())
    return search.run()


class _Search:
    """The best columns so far, and what is proven."""

    def __init__(self, model: Model, limits: Limits, deadline: Deadline) -> None:
        self.model = model
        self.rows = Rows(model)
        self.deadline = deadline
        self.nodes = limits.nodes
        self.most = limits.columns // max(len(model.places), 1)
        self.best: Columns | None = None
        self.cost = inf
        self.bound = -inf
        self.is_infeasible = False

    def begin_with(self, groups: Sequence[Group]) -> None:
        """Take over a grouping that keeps all hard rules; ignore any other."""
        if not groups or self.model.scorer.broken(groups):
            return
        self.best = columns_of(self.model, groups)
        self.cost = float(self.best.costs.sum())

    def run(self) -> Solution:
        """Return what can be found and proven."""
        sets = listed(self.model, self.most)
        self._say(0.1)
        pricing = Pricing(sets, self.model.place_costs)
        found = relaxed(self.model, pricing, self.best, self.deadline)
        self.is_infeasible = not found.is_feasible
        self.bound = max(self.bound, found.bound)
        if not self.is_infeasible and found.prices is not None:
            self._say(0.3)
            self._fix(pricing, found)
        return self._solution()

    def _fix(self, pricing: Pricing, found: Relaxed) -> None:
        """Choose among the columns of small reduced cost until no other can be better."""
        prices = found.prices
        assert prices is not None  # noqa: S101
        reduced = pricing.reduced(prices.units, prices.places)
        reach, share = min(_STEP, self._gap(found.bound)), 0.3
        while self.cost - 1 >= self.bound and not self.deadline.is_over:
            columns = _within(pricing, reduced, reach)
            if len(columns) > _MOST_COLUMNS:
                return
            answer = self._choose(columns)
            is_all = len(columns) == np.isfinite(reduced).sum()
            # Costs are whole numbers, and what is out of reach costs more than this.
            beyond = inf if is_all else floor(found.bound + reach) + 1
            self.bound = max(self.bound, min(answer.bound - _HAIR, beyond))
            if not answer.is_complete:
                return
            if is_all:
                self.is_infeasible = self.best is None
                return
            share += (1 - share) / 3
            self._say(share)
            wider = _WIDE if self.best is not None else _WIDER
            reach = min(wider * reach, self._gap(found.bound))

    def _gap(self, bound: float) -> float:
        return max(self.cost - 1 - bound, 0.0)

    def _choose(self, columns: Columns) -> Chosen:
        start: list[int] = []
        if self.best is not None:
            columns = self.best + columns
            start = list(range(len(self.best)))
        answer = choose(self.rows, columns, start, self.nodes, self.deadline.left)
        self.nodes = max(self.nodes - answer.nodes, 0)
        if answer.columns is not None and answer.cost < self.cost:
            self.cost, self.best = answer.cost, columns.only(answer.columns)
        return answer

    def _say(self, share: float) -> None:
        self.deadline.tell(
            share,
            int(self.cost) if self.cost < inf else None,
            ceil(self.bound) if self.bound > -inf else None,
        )

    def _solution(self) -> Solution:
        if self.is_infeasible:
            return infeasible()
        stopped = self.deadline.is_over
        bound = ceil(max(self.bound, 0.0))
        if self.best is None:
            return Solution((), 0, bound, Status.BOUNDED, stopped)
        groups = grouping_of(self.model, self.best)
        cost = self.model.scorer.cost(groups).total
        proven = bound >= cost
        return Solution(
            groups,
            cost,
            min(bound, cost),
            Status.OPTIMAL if proven else Status.BOUNDED,
            stopped and not proven,
            self.model.scorer.ranks(groups),
        )


def _within(pricing: Pricing, reduced: Array, reach: float) -> Columns:
    """Return the columns whose reduced cost is within reach."""
    places, at = np.nonzero(reduced <= reach)
    return pricing.columns(at, places)
