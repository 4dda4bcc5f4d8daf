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
_OF_A_UNIT, _OF_A_KIND = 4, 400
_DEARER = 1.5
_HAIR = 1e-4


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done for a bound."""

    hasty: int = 12
    """Rounds that look for prices without proving anything."""
    rounds: int = 8
    """Rounds after them that prove each a bound."""
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
    turns = effort.hasty + effort.rounds
    for turn in range(turns):
        if deadline.is_over:
            break
        if turn == effort.hasty:
            search.begin_to_prove()
        search.improve(deadline)
        deadline.tell(0.7 + 0.3 * (turn + 1) / turns, bound=search.bound)
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
        self.proves = False
        self.value = -np.inf
        self.reach = self.widest = _REACH * arrays.hard / 146
        self.below = np.full(len(arrays.kinds), _CHEAP)
        self.best = self._shares(told)
        self.cap = np.array(
            [(arrays.room[used > 0]).min() for used in arrays.uses], dtype=np.int64
        )

    def _shares(self, told: Sequence[tuple[list[int], int]]) -> Floats:
        """Return as the first prices what units cost alone, and equal shares of the rest."""
        units = len(self.arrays.units)
        prices = np.zeros(units + len(self.arrays.room) + 1)
        for members, kind in told:
            if members:
                rows = np.sort(np.array([members]), axis=1)
                cost = self.pricing.cost(kind, rows)
                alone = self.arrays.alone[members, kind]
                prices[members] = alone + (cost[0] - alone.sum()) / len(members)
                self.master.add(kind, (tuple(rows[0].tolist()),), cost)
        return prices

    def begin_to_prove(self) -> None:
        """Miss no group from now on: what the prices were said to be worth is not proven."""
        self.proves, self.value, self.reach = True, -np.inf, self.widest

    def improve(self, deadline: Deadline) -> None:
        """Try other prices."""
        self.master.keep_near(self.best, self.reach)
        newest = self.master.prices()
        step = 0.0 if newest is None else _NEWER * (newest - self.best)
        prices = self.best + step
        value = self._value(prices, deadline)
        if value <= self.value:
            self.reach *= _LESS
            return
        self.value, self.best = value, prices
        if self.proves:
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
        if not self.proves:
            return self.pricing.some_cheap(kind, prices, below + more), below
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
        # Inner points need no warm start, and their prices lead on best; whatever
        # the prices are, the bound that comes of them holds.
        engine.setOptionValue("solver", "ipm")
        engine.setOptionValue("run_crossover", "off")
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

    def prices(self) -> Floats | None:
        """Return the price of each row, if there are any."""
        self.engine.run()
        found = self.engine.getSolution()
        prices = np.array(found.row_dual)
        return prices if found.dual_valid and np.isfinite(prices).all() else None
