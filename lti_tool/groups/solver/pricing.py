"""What each possible group is worth at given prices of its units and of the places.

Prices are rounded to fractions of a power of two, so that sums of them are exact
and a bound that follows from them holds to the last digit, whoever found the prices.
"""

import numpy as np

from lti_tool.groups.solver.columns import Columns
from lti_tool.groups.solver.listing import Sets
from lti_tool.groups.solver.model import Floats, Whole

_GRAIN = 4096.0
_CHUNK = 16_384


def grained(prices: Floats) -> Floats:
    """Return the prices rounded to what can be added without an error."""
    rounded: Floats = np.round(prices * _GRAIN) / _GRAIN
    return rounded


class Pricing:
    """All sets, to be priced at all places at once."""

    def __init__(self, sets: Sets, place_costs: Floats) -> None:
        self.sets = sets
        self.side = len(place_costs) + 1
        """One more than there are units: the last stands for nobody."""
        self._costs = place_costs
        rows = sets.rows.astype(np.intp)
        if rows.shape[1] % 2:
            rows = np.pad(rows, ((0, 0), (0, 1)), constant_values=self.side - 1)
        # Units are looked up two at a time.
        self._keys = [
            rows[:, at] * self.side + rows[:, at + 1]
            for at in range(0, rows.shape[1], 2)
        ]

    def at_no_cost(self) -> "Pricing":
        """Return the same where nothing costs anything; what must not be still must not."""
        sets = Sets(self.sets.rows, np.zeros(len(self.sets)))
        return Pricing(sets, np.where(np.isfinite(self._costs), 0.0, np.inf))

    def reduced(self, units: Floats, places: Floats) -> Floats:
        """Return the reduced cost of each set (columns) at each place (rows)."""
        single = np.zeros((self.side, len(places)))
        single[:-1] = self._costs - units[:, None]
        double = (single[:, None, :] + single[None, :, :]).reshape(-1, len(places))
        tables = np.ascontiguousarray(double.T)
        found = np.empty((len(places), len(self.sets)))
        spare = np.empty(_CHUNK)
        for begin in range(0, len(self.sets), _CHUNK):
            chunk = slice(begin, begin + _CHUNK)
            keys = [k[chunk] for k in self._keys]
            part = spare[: len(keys[0])]
            for place, table in enumerate(tables):
                here = found[place, chunk]
                np.take(table, keys[0], out=here, mode="clip")
                here += self.sets.costs[chunk]
                for others in keys[1:]:
                    np.take(table, others, out=part, mode="clip")
                    here += part
                here -= places[place]
        return found

    def columns(self, at: Whole, places: Whole) -> Columns:
        """Return sets at places as columns, pair by pair; those that must not be are left out."""
        padded = np.vstack([self._costs, np.zeros(self._costs.shape[1])])
        rows = self.sets.rows[at]
        costs = self.sets.costs[at] + padded[rows, places[:, None]].sum(axis=1)
        kept = np.isfinite(costs)
        return Columns(rows[kept], places[kept], costs[kept])
