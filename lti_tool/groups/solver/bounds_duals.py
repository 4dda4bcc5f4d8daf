"""Good prices of people, by column generation over groups that are cheap at them.

The linear relaxation over few groups gives prices; at the prices, all cheap groups are
found (``bounds_pricing``), and so on. Whatever the prices are: who is placed pays at
least the prices of all people, plus, for each group that may exist, what the cheapest
of its kind costs less than its people's prices (Lagrange). Prices between the best so
far and the newest (Wentges 1997), in a box around the best (Marsten, Hogan and
Blankenship 1975), come to an end much sooner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import highspy
import numpy as np

from lti_tool.groups.solver.arrays import Arrays, Ints
from lti_tool.groups.solver.bounds import cheap_bound, possible_numbers
from lti_tool.groups.solver.bounds_pricing import (
    Floats,
    Found,
    Pricing,
    TooManyError,
)
from lti_tool.groups.solver.result import Deadline

_REACH, _LESS, _NEWER = 4.0, 0.6, 0.7
_CHEAP = -0.02
_OF_A_UNIT, _OF_A_KIND = 10, 400
_DEARER = 1.5
_HAIR = 1e-4


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done for a bound."""

    rounds: int = 16
    sets: int = 1_000_000
    """So many partial groups of one kind are looked at together."""


def dual_bound(
    arrays: Arrays,
    told: Sequence[tuple[list[int], int]],
    deadline: Deadline,
    effort: Effort,
) -> int:
    """Return a cost that no grouping is below, from prices that begin with good groups."""
    search = _Search(arrays, told, effort)
    for turn in range(effort.rounds):
        if deadline.is_over:
            break
        search.improve(deadline)
        deadline.tell(0.7 + 0.3 * (turn + 1) / effort.rounds, bound=search.bound)
    return search.bound


class _Search:
    """The best prices so far and what they prove."""

    def __init__(
        self, arrays: Arrays, told: Sequence[tuple[list[int], int]], effort: Effort
    ) -> None:
        self.arrays = arrays
        self.numbers = possible_numbers(arrays.problem)
        self.pricing = Pricing(arrays, effort.sets)
        self.master = Master(arrays, self.numbers)
        self.bound = cheap_bound(arrays)
        self.value = -np.inf
        self.reach = _REACH * arrays.hard / 146
        self.below = np.full(len(arrays.kinds), _CHEAP)
        self.best = self._shares(told)
        self.cap = np.array(
            [(arrays.room[used > 0]).min() for used in arrays.uses], dtype=np.int64
        )

    def _shares(self, told: Sequence[tuple[list[int], int]]) -> Floats:
        """Return equal shares in what their group costs as the first prices of units."""
        units = len(self.arrays.units)
        prices = np.zeros(units + len(self.arrays.room) + 1)
        for members, kind in told:
            if members:
                rows = np.sort(np.array([members]), axis=1)
                cost = self.pricing.cost(kind, rows)
                prices[members] = cost[0] / len(members)
                self.master.add(kind, (tuple(rows[0].tolist()),), cost)
        return prices

    def improve(self, deadline: Deadline) -> None:
        """Try other prices."""
        self.master.keep_near(self.best, self.reach)
        prices = self.best + _NEWER * (self.master.prices() - self.best)
        value = self._value(prices, deadline)
        if value <= self.value:
            self.reach *= _LESS
            return
        self.value, self.best = value, prices
        constant = self.arrays.unchanging - self.arrays.all_values
        self.bound = max(self.bound, ceil(value + constant - _HAIR))

    def _value(self, prices: Floats, deadline: Deadline) -> float:
        """Return what all groups cost at least at these prices, and keep cheap ones."""
        units = len(self.arrays.units)
        room, each = np.minimum(prices[units:-1], 0), float(prices[-1])
        value = float(prices[:units].sum() + room @ self.arrays.room)
        value += each * (self.numbers[0] if each > 0 else self.numbers[-1])
        lowest = np.zeros(len(self.cap))
        for kind in np.flatnonzero(self.cap > 0).tolist():
            if deadline.is_over:
                return -np.inf
            more = float(self.arrays.uses[kind] @ room) + each
            lowest[kind] = self._lowest(kind, prices[:units], more)
        order = np.argsort(lowest, kind="stable")
        before = np.cumsum(self.cap[order]) - self.cap[order]
        number = np.clip(self.numbers[-1] - before, 0, self.cap[order])
        return value + float(lowest[order] @ number)

    def _lowest(self, kind: int, prices: Floats, more: float) -> float:
        """Return what a group of the kind costs at least, less its prices; nothing if that is more."""
        found, below = self._cheap(kind, prices, more)
        self.below[kind] = min(below / _DEARER, _CHEAP)
        if not len(found.cost):
            return below
        self._keep(kind, found)
        return float(found.reduced.min() - more)

    def _cheap(self, kind: int, prices: Floats, more: float) -> tuple[Found, float]:
        """Return groups of the kind, and below what it is all of them."""
        below = float(self.below[kind])
        while True:
            try:
                return self.pricing.cheap(kind, prices, below + more), below
            except TooManyError:
                below = _DEARER * below - 1

    def _keep(self, kind: int, found: Found) -> None:
        """Keep the cheapest groups, not too many of any unit."""
        seen = np.zeros(len(self.arrays.units), dtype=np.int64)
        chosen = []
        for at in np.argsort(found.reduced, kind="stable").tolist():
            units = list(found.units[at])
            if (seen[units] < _OF_A_UNIT).all():
                seen[units] += 1
                chosen.append(at)
            if len(chosen) == _OF_A_KIND:
                break
        self.master.add(
            kind, tuple(found.units[at] for at in chosen), found.cost[chosen]
        )


class Master:
    """The linear relaxation over the groups found so far."""

    def __init__(self, arrays: Arrays, groups: range) -> None:
        self.arrays = arrays
        self.rows = len(arrays.units)
        engine = highspy.Highs()  # type: ignore[no-untyped-call]  # Its __init__ is bare.
        engine.silent()
        # One value for the whole process; a second would stop HiGHS without a word.
        engine.setOptionValue("threads", 1)
        empty = np.array([], dtype=np.int32)
        room = arrays.room.tolist()
        for low, high in [(1, 1)] * self.rows + [(0, most) for most in room]:
            engine.addRow(low, high, 0, empty, np.array([]))
        engine.addRow(groups[0], groups[-1], 0, empty, np.array([]))
        self.engine = engine
        for sign in (1.0, -1.0):
            for row in range(self.rows):
                engine.addCol(0.0, 0.0, highspy.kHighsInf, 1, [row], [sign])

    def keep_near(self, prices: Floats, reach: float) -> None:
        """Let no price of a unit be further than that from the one given."""
        near = prices[: self.rows]
        bounds = np.concatenate((near + reach, reach - near))
        places = np.arange(2 * self.rows, dtype=np.int32)
        self.engine.changeColsCost(2 * self.rows, places, bounds)

    def add(self, kind: int, units: tuple[tuple[int, ...], ...], cost: Ints) -> None:
        """Add groups of a kind."""
        used = np.flatnonzero(self.arrays.uses[kind])
        common = [*(self.rows + used), self.rows + len(self.arrays.room)]
        amounts = [*self.arrays.uses[kind][used], 1]
        index = [row for group in units for row in (*group, *common)]
        values = [v for group in units for v in (*(1,) * len(group), *amounts)]
        lengths = [len(group) + len(common) for group in units]
        number = len(units)
        self.engine.addCols(
            number,
            cost.astype(float),
            np.zeros(number),
            np.full(number, highspy.kHighsInf),
            len(index),
            np.cumsum([0, *lengths[:-1]]).astype(np.int32),
            np.array(index, dtype=np.int32),
            np.array(values, dtype=float),
        )

    def prices(self) -> Floats:
        """Return the price of each row."""
        self.engine.run()
        return np.array(self.engine.getSolution().row_dual)
