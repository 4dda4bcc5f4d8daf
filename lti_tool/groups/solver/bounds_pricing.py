"""All groups that are cheap at given prices of people, found by branch and bound.

For one kind of group the units are sorted by what each costs there less its price. A
set grows by units further back, all sets of a length at once, and is left as soon as
no set that it could grow into is cheap enough: repeated values and lost common slots
never come back, and of what is added nothing is cheaper than the next in the order.

What is left out can only make groups cheaper, so every bound that follows is valid:
pairs apart. Kept wishes make a group cheaper; so each wished pair is also a beginning
of its own, where everybody is as cheap as with all their wishes kept.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lti_tool.groups.problem import Problem
from lti_tool.groups.scoring import value_of
from lti_tool.groups.solver.arrays import Arrays, Ints, Words
from lti_tool.groups.solver.bounds import least_repeats

Floats = NDArray[np.float64]

_FAR = 1e15


class TooManyError(Exception):
    """More sets than there is room for are cheap."""


@dataclass(frozen=True, slots=True)
class Found:
    """Sets of units, what each costs as a group of a kind, and that less the prices."""

    units: tuple[tuple[int, ...], ...]
    cost: Ints
    reduced: Floats


@dataclass(frozen=True, slots=True)
class _Sets:
    """Sets of places in an order; only places behind the last may be added."""

    at: Ints
    last: Ints
    weight: Floats
    bits: tuple[Words, ...]
    slots: Words
    known: Ints
    size: Ints

    def only(self, rows: NDArray[Any]) -> "_Sets":
        return _Sets(
            self.at[rows],
            self.last[rows],
            self.weight[rows],
            tuple(bits[rows] for bits in self.bits),
            self.slots[rows],
            self.known[rows],
            self.size[rows],
        )


@dataclass(frozen=True, slots=True)
class _Width:
    """How many sets are looked at."""

    most: int
    """More are too many."""
    followed: int | None = None
    """So many sets of a length grow, those first that look best; else all."""
    further: int = 1 << 40
    """A set grows by units at most so much further back."""

    def limit(self, end: Floats, below: float) -> float:
        """Return what a set may cost at least if it is to grow."""
        if self.followed is None or len(end) <= self.followed:
            return below
        return min(below, float(np.partition(end, self.followed)[self.followed]))


_HASTY = _Width(1 << 40, followed=300, further=30)


class Pricing:
    """The groups of a problem, by what they cost at given prices."""

    def __init__(self, arrays: Arrays, most: int) -> None:
        self.arrays = arrays
        self.most = most
        self.largest = arrays.problem.sizes.largest
        self.sizes = range(arrays.problem.sizes.smallest, self.largest + 1)
        self.least = least_repeats(arrays.problem)
        self.known = arrays.sum_units(_worth_of_values(arrays.problem))
        self.pairs, self.worth = _wished_pairs(arrays)
        # Half of a kept wish belongs to each end; at best all wishes are kept.
        self.kept = np.bincount(
            self.pairs.ravel(), np.repeat(self.worth / 2, 2), len(arrays.units)
        )

    def cheap(self, kind: int, prices: Floats, below: float) -> Found:
        """Return all groups of a kind whose cost less the prices of their units is below.

        Raises TooManyError where they cannot be listed.
        """
        return self._cheap(kind, prices, below, _Width(self.most))

    def some_cheap(self, kind: int, prices: Floats, below: float) -> Found:
        """Return such groups soon, but not all: only what looks best is followed."""
        return self._cheap(kind, prices, below, _HASTY)

    def _cheap(self, kind: int, prices: Floats, below: float, width: "_Width") -> Found:
        weight = self.arrays.alone[:, kind] - prices
        found = self._grown(weight, below, width)
        if len(self.pairs):
            found += self._grown(weight - self.kept, below, width, from_pairs=True)
        return self._priced(kind, prices, below, found)

    def _grown(
        self, lowest: Floats, below: float, width: "_Width", *, from_pairs: bool = False
    ) -> list[Ints]:
        """Return all sets that may be cheap, grown from units or from wished pairs."""
        order = np.argsort(lowest, kind="stable")
        arrays = self.arrays
        each = _Sets(
            np.arange(len(order))[:, None],
            np.arange(len(order)),
            lowest[order],
            tuple(layer.bits[order] for layer in arrays.layers),
            arrays.slots[order],
            self.known[order],
            arrays.size[order],
        )
        sets = self._paired(each, order) if from_pairs else each
        ahead = np.concatenate(([0.0], np.cumsum(each.weight), [_FAR] * self.largest))
        found = []
        while len(sets.at):
            spent = self._spent(sets)
            end = self._lowest_end(sets, spent, ahead)
            alive = end < width.limit(end, below)
            sets, spent = sets.only(alive), spent[alive]
            found.append(order[sets.at[sets.size >= self.sizes[0]]])
            grows = sets.size < self.largest
            sets, spent = sets.only(grows), spent[grows]
            sets = self._longer(sets, spent, each, below, width)
        return found

    def _paired(self, each: _Sets, order: Ints) -> _Sets:
        """Return the wished pairs as beginnings."""
        place = np.argsort(order)
        one, two = place[self.pairs].T
        weight = each.weight[one] + each.weight[two]
        return _joined(each.only(one), each, two, np.full(len(one), -1), weight)

    def _spent(self, sets: _Sets) -> Floats:
        slots = np.bitwise_count(sets.slots).sum(axis=1)
        price = self.arrays.price_of_slots[slots] + self._repeats(sets)
        spent: Floats = sets.weight + price
        return spent

    def _repeats(self, sets: _Sets) -> Ints:
        repeats = sets.known.copy()
        for layer, bits in zip(self.arrays.layers, sets.bits, strict=True):
            repeats -= layer.worth * np.bitwise_count(bits).astype(np.int64)
        return repeats

    def _lowest_end(self, sets: _Sets, spent: Floats, ahead: Floats) -> Floats:
        """Return what a set costs at least, whatever it grows into."""
        repeats = self._repeats(sets)
        lowest = np.full(len(spent), _FAR)
        for size in self.sizes:
            longer = np.maximum(size - sets.size, 0)
            end = spent + self.arrays.price_of_size[size]
            end += np.maximum(self.least[size] - repeats, 0)
            end += self._next(sets.last, longer, ahead)
            lowest = np.where(sets.size <= size, np.minimum(lowest, end), lowest)
        return lowest

    def _next(self, last: Ints, number: Ints, ahead: Floats) -> Floats:
        """Return the weight of the next units; where units are of several people, of as many as pay."""
        upto = np.minimum(last + 1 + number, len(ahead) - 1)
        if self.arrays.size.max() == 1:
            weight: Floats = ahead[upto] - ahead[last + 1]
            return weight
        lowest = np.zeros(len(last))
        for step in range(1, self.largest):
            reached = np.minimum(last + 1 + step, upto)
            lowest = np.minimum(lowest, ahead[reached] - ahead[last + 1])
        return lowest

    def _longer(
        self, sets: _Sets, spent: Floats, each: _Sets, below: float, width: "_Width"
    ) -> _Sets:
        """Return each set with each unit behind its last that does not cost too much."""
        cheapest = min(self.arrays.price_of_size[size] for size in self.sizes)
        reach = np.maximum(below - spent - cheapest, 0)
        number = np.searchsorted(each.weight, reach) - sets.last - 1
        number = np.clip(number, 0, width.further)
        if number.sum() > width.most:
            raise TooManyError
        rows = np.repeat(np.arange(len(number)), number)
        firsts = np.repeat(np.cumsum(number) - number, number)
        added = sets.last[rows] + 1 + np.arange(len(rows)) - firsts
        fresh = (sets.at[rows] != added[:, None]).all(axis=1)
        rows, added = rows[fresh], added[fresh]
        weight = sets.weight[rows] + each.weight[added]
        longer = _joined(sets.only(rows), each, added, added, weight)
        return longer.only(longer.size <= self.largest)

    def _priced(
        self, kind: int, prices: Floats, below: float, found: list[Ints]
    ) -> Found:
        units: list[tuple[int, ...]] = []
        costs, reduced = [np.zeros(0, np.int64)], [np.zeros(0)]
        for length in sorted({rows.shape[1] for rows in found}):
            rows = np.concatenate([r for r in found if r.shape[1] == length])
            rows = np.unique(np.sort(rows, axis=1), axis=0)
            cost = self.cost(kind, rows)
            less = cost - prices[rows].sum(axis=1)
            cheap = less < below
            units += map(tuple, rows[cheap].tolist())
            costs.append(cost[cheap])
            reduced.append(less[cheap])
        return Found(tuple(units), np.concatenate(costs), np.concatenate(reduced))

    def cost(self, kind: int, rows: Ints) -> Ints:
        """Return what sets of units cost as groups of a kind, pairs apart aside."""
        arrays = self.arrays
        sets = _Sets(
            rows,
            rows[:, 0],
            arrays.alone[rows, kind].sum(axis=1).astype(float),
            tuple(
                np.bitwise_or.reduce(layer.bits[rows], axis=1)
                for layer in arrays.layers
            ),
            np.bitwise_and.reduce(arrays.slots[rows], axis=1),
            self.known[rows].sum(axis=1),
            arrays.size[rows].sum(axis=1),
        )
        cost: Ints = self._spent(sets).astype(np.int64)
        cost += arrays.price_of_size[sets.size]
        for tallied in arrays.tallied:
            cost += tallied.price[tallied.count[rows].sum(axis=1)]
        return cost - self._kept_within(rows)

    def _kept_within(self, rows: Ints) -> Ints:
        """Return what the wishes that are kept in each set are worth."""
        units = len(self.arrays.units)
        kept = np.zeros(len(rows), dtype=np.int64)
        if not len(self.pairs):
            return kept
        keys = self.pairs @ np.array([units, 1])
        for one, other in combinations(range(rows.shape[1]), 2):
            key = rows[:, one] * units + rows[:, other]
            at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
            kept += np.where(keys[at] == key, self.worth[at], 0)
        return kept


def _joined(sets: _Sets, each: _Sets, added: Ints, last: Ints, weight: Floats) -> _Sets:
    return _Sets(
        np.concatenate((sets.at, added[:, None]), axis=1),
        last,
        weight,
        tuple(b | own[added] for b, own in zip(sets.bits, each.bits, strict=True)),
        sets.slots & each.slots[added],
        sets.known + each.known[added],
        sets.size + each.size[added],
    )


def _worth_of_values(problem: Problem) -> Ints:
    """Return what the known values of each person are worth."""
    known = [
        sum(
            spread.cost
            for spread in problem.spreads
            if value_of(person, spread.attribute) is not None
        )
        for person in problem.people
    ]
    return np.array(known, dtype=np.int64)


def _wished_pairs(arrays: Arrays) -> tuple[Ints, Ints]:
    """Return the pairs of units that cost less together, in order, and how much less."""
    pairs = [
        (unit, other, -price)
        for unit, prices in enumerate(arrays.pairs)
        for other, price in sorted(prices.items())
        if unit < other and price < 0
    ]
    table = np.array(pairs, dtype=np.int64).reshape(len(pairs), 3)
    return table[:, :2], table[:, 2]
