"""Solves the linear relaxation over all possible groups, and bounds the integer programme.

Column generation (Gilmore and Gomory 1961): the programme over few columns gives
prices, at the prices the most promising columns are found among all, and so on.
Whatever the prices are, the bound that they imply is valid (Lagrange), and exact,
for they are no more precise than sums of them can be.
"""

from dataclasses import dataclass
from math import inf

import numpy as np

from lti_tool.groups.solver.columns import Columns
from lti_tool.groups.solver.master import Master, Prices
from lti_tool.groups.solver.model import Floats, Model
from lti_tool.groups.solver.pricing import Pricing, grained
from lti_tool.groups.solver.result import Deadline

_MOST_A_ROUND = 400
_MOST_A_UNIT = 15
_ROUNDS = 300
_CLOSE = 0.01
_PROMISING = -1e-3
_USUAL = 0.1
_DEARER = 100.0
_ATTEMPTS = 4


@dataclass(frozen=True)
class Relaxed:
    """What the linear relaxation proves."""

    bound: float
    """No grouping costs less."""
    prices: Prices | None
    """Those that the bound follows from, if there are any."""
    is_feasible: bool = True
    """False where it is proven that there is no grouping."""


def relaxed(
    model: Model, pricing: Pricing, start: Columns | None, deadline: Deadline
) -> Relaxed:
    """Return the bound of the linear relaxation over all columns."""
    columns = _first(model, pricing)
    if start is not None:
        columns = start + columns
    penalty = _penalty(model, pricing)
    best = _generated(model, pricing, columns, penalty, deadline)
    if best.covers or deadline.is_over:
        return Relaxed(best.bound, best.prices)
    # Perhaps nothing covers all people, perhaps not covering them was only cheaper.
    free = pricing.at_no_cost()
    possible = _generated(model, free, columns.at_no_cost(), 1.0, deadline)
    if possible.bound > 0:
        return Relaxed(inf, None, is_feasible=False)
    for _ in range(_ATTEMPTS):
        penalty *= _DEARER
        again = _generated(model, pricing, columns, penalty, deadline)
        best = max(best, again, key=lambda found: found.bound)
        if again.covers or deadline.is_over:
            break
    return Relaxed(best.bound, best.prices)


@dataclass(frozen=True)
class _Generated:
    bound: float
    prices: Prices | None
    covers: bool


def _generated(
    model: Model, pricing: Pricing, columns: Columns, penalty: float, deadline: Deadline
) -> _Generated:
    """Add columns until no other would help."""
    master = Master(model, penalty)
    bound, best = -inf, None
    for _ in range(_ROUNDS):
        master.add(columns)
        value, prices = master.solve()
        reduced = pricing.reduced(prices.units, prices.places)
        lowest = min(float(reduced.min(initial=0.0)), 0.0)
        implied = prices.fixed + model.groups[-1] * lowest
        if implied > bound:
            bound, best = implied, prices
        columns = _promising(pricing, reduced, _PROMISING)
        if value - bound < _CLOSE or not len(columns) or deadline.is_over:
            break
    return _Generated(bound, best, master.covers)


def _first(model: Model, pricing: Pricing) -> Columns:
    """Return columns to begin with: good ones at prices as they may turn out to be."""
    costs = np.where(np.isfinite(model.place_costs), model.place_costs, 0.0)
    own = np.quantile(pricing.sets.costs, _USUAL) if len(pricing.sets) else 0.0
    share = own / max(model.problem.sizes.preferred, 1)
    prices = grained(costs.min(axis=1, initial=0.0) + share * model.weights)
    return _promising(
        pricing, pricing.reduced(prices, np.zeros(len(model.places))), inf
    )


def _penalty(model: Model, pricing: Pricing) -> float:
    """Return about as much as two groups cost at most."""
    costs = model.place_costs
    place = costs[np.isfinite(costs)].max(initial=0.0) * model.problem.sizes.largest
    together = np.abs(pricing.sets.costs).max(initial=0.0)
    return 2.0 * float(1.0 + place + together)


def _promising(pricing: Pricing, reduced: Floats, below: float) -> Columns:
    """Return the best columns below a reduced cost, so that every unit has its share of them."""
    best = reduced.min(axis=0, initial=inf)
    found = np.flatnonzero(best < below)
    if len(found) > 4 * _MOST_A_ROUND:
        found = found[
            np.argpartition(best[found], 4 * _MOST_A_ROUND)[: 4 * _MOST_A_ROUND]
        ]
    found = found[np.argsort(best[found], kind="stable")]
    rows = pricing.sets.rows[found].tolist()
    seen = [0] * pricing.side
    seen[-1] = _MOST_A_UNIT
    chosen = []
    for number, row in enumerate(rows):
        if min(seen[unit] for unit in row) < _MOST_A_UNIT:
            chosen.append(number)
            for unit in set(row):
                seen[unit] += 1
            if len(chosen) == _MOST_A_ROUND:
                break
    at = found[chosen]
    return pricing.columns(at, reduced[:, at].argmin(axis=0))
