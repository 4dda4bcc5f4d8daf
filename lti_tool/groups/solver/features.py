"""What matters about who is together, as numbers that a whole list of sets has at once.

A feature gives each unit a value; the value of a set is the join of its units'
values. Of that value the feature says whether the set is allowed (once forbidden, a
set stays so whoever joins it), whether it is complete, and what it costs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from lti_tool.groups.problem import Bond, Spread, Times
from lti_tool.groups.scoring import value_of
from lti_tool.groups.solver.model import Model

Array = NDArray[Any]
Ints = NDArray[np.intp]
Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]
Values = TypeVar("Values", Ints, Words)
_BITS = 64
_PAIRS = _BITS // 2
_FIRSTS = np.uint64(0x5555_5555_5555_5555)


@dataclass(frozen=True)
class Feature(Generic[Values]):
    """A value for each unit, and how the values of units that come together join."""

    values: Values
    join: np.ufunc = np.bitwise_or

    forbids = False
    """Whether anything of this feature is forbidden for good."""

    def allowed(self, joined: Values) -> Flags:
        """Return which sets do not break a hard rule for good."""
        return np.ones(len(joined), dtype=bool)

    def complete(self, joined: Values) -> Flags:
        """Return which sets could be a group as they are."""
        return np.ones(len(joined), dtype=bool)

    def cost(self, joined: Values) -> Ints:
        """Return what the sets cost."""
        return np.zeros(len(joined), dtype=np.intp)


@dataclass(frozen=True)
class Size(Feature[Ints]):
    """How many people there are."""

    smallest: int = 1
    preferred: int = 1
    largest: int = 1
    price: int = 0

    forbids = True

    @override
    def allowed(self, joined: Ints) -> Flags:
        return joined <= self.largest

    @override
    def complete(self, joined: Ints) -> Flags:
        return joined >= self.smallest

    @override
    def cost(self, joined: Ints) -> Ints:
        return self.price * np.abs(joined - self.preferred)


@dataclass(frozen=True)
class Slots(Feature[Words]):
    """The slots at which all can meet, 64 to a word."""

    at_least: int = 0
    wanted: int = 0
    price: int = 0

    forbids = True

    @override
    def allowed(self, joined: Words) -> Flags:
        return _ones(joined) >= self.at_least

    @override
    def cost(self, joined: Words) -> Ints:
        short: Ints = np.maximum(self.wanted - _ones(joined), 0)
        return self.price * short


@dataclass(frozen=True)
class Pairs(Feature[Words]):
    """Pairs, two bits each: both are set where both people are there."""

    price: int | None = None

    @property
    @override
    def forbids(self) -> bool:  # type: ignore[override]
        return self.price is None

    @override
    def allowed(self, joined: Words) -> Flags:
        kept: Flags = self._both(joined) == 0
        return kept

    @override
    def cost(self, joined: Words) -> Ints:
        return (self.price or 0) * np.bitwise_count(self._both(joined)).astype(np.intp)

    def _both(self, joined: Words) -> Words:
        return joined & (joined >> np.uint64(1)) & _FIRSTS


@dataclass(frozen=True)
class Distinct(Feature[Words]):
    """Values of an attribute, a bit each: what each distinct one saves."""

    price: int = 0

    @override
    def cost(self, joined: Words) -> Ints:
        return -self.price * np.bitwise_count(joined).astype(np.intp)


@dataclass(frozen=True)
class Sum(Feature[Ints]):
    """What a unit costs in any group."""

    @override
    def cost(self, joined: Ints) -> Ints:
        return joined


@dataclass(frozen=True)
class Crowd(Feature[Ints]):
    """How many have a value that at most so many may share."""

    most: int = 1

    forbids = True

    @override
    def allowed(self, joined: Ints) -> Flags:
        return joined <= self.most


@dataclass(frozen=True)
class Lonely(Feature[Ints]):
    """How many have a value that nobody should have alone."""

    price: int | None = None

    @override
    def complete(self, joined: Ints) -> Flags:
        kept: Flags = (joined != 1) | (self.price is not None)
        return kept

    @override
    def cost(self, joined: Ints) -> Ints:
        alone: Ints = (joined == 1).astype(np.intp)
        return (self.price or 0) * alone


def features(model: Model) -> tuple[Feature[Any], ...]:
    """Return all that matters about who is together, what forbids first."""
    problem, sizes = model.problem, model.problem.sizes
    found: list[Feature[Any]] = [
        Size(
            model.weights,
            np.add,
            sizes.smallest,
            sizes.preferred,
            sizes.largest,
            problem.weights.size,
        )
    ]
    if problem.times:
        found.append(_slots(model, problem.times))
    found += _apart(model)
    for spread in problem.spreads:
        found += _spread(model, spread)
    for rule in problem.not_alone:
        having = _having(model, rule.attribute, rule.value)
        found.append(Lonely(having, np.add, rule.cost))
    found += _wishes(model)
    return tuple(sorted(found, key=lambda feature: not feature.forbids))


def _ones(words: Words) -> Ints:
    counts: Ints = np.bitwise_count(words).sum(axis=1, dtype=np.intp)
    return counts


def _slots(model: Model, times: Times) -> Slots:
    """Return who can meet when.

    Who did not say can also meet at as many slots as are wanted that exist for nobody
    else: so a group in which nobody said anything lacks nothing.
    """
    people = model.scorer.people
    told = sorted({s for p in people.values() for s in p.available or ()})
    place = {slot: number for number, slot in enumerate(told)}
    width = len(told) + max(times.wanted, times.at_least, 0)
    bits = np.ones((len(model.units), -(-max(width, 1) // _BITS) * _BITS), dtype=bool)
    bits[:, width:] = False
    for unit, members in enumerate(model.units):
        for member in members:
            available = people[member].available
            if available is not None:
                mine = np.zeros(bits.shape[1], dtype=bool)
                mine[[place[slot] for slot in available]] = True
                bits[unit] &= mine
    words = np.packbits(bits, axis=1, bitorder="little").view(np.uint64)
    return Slots(words, np.bitwise_and, times.at_least, times.wanted, times.cost)


def _apart(model: Model) -> Iterator[Pairs]:
    by_price = defaultdict(list)
    for bond in model.scorer.apart:
        by_price[bond.cost].append(bond)
    for price, bonds in by_price.items():
        yield from _pairs(model, bonds, price)


def _wishes(model: Model) -> Iterator[Feature[Any]]:
    """Return what missed wishes cost: all of it to begin with, less for each pair together."""
    by_price = defaultdict(list)
    costs = np.zeros(len(model.units), dtype=np.intp)
    unit_of = _unit_of(model)
    for bond in model.scorer.together:
        if bond.cost is not None and bond.first != bond.second:
            by_price[bond.cost].append(bond)
            costs[unit_of[bond.first]] += bond.cost
    if by_price:
        yield Sum(costs, np.add)
    for price, bonds in by_price.items():
        yield from _pairs(model, bonds, -price)


def _pairs(model: Model, bonds: Sequence[Bond], price: int | None) -> Iterator[Pairs]:
    unit_of = _unit_of(model)
    for begin in range(0, len(bonds), _PAIRS):
        words = [0] * len(model.units)
        for bit, bond in enumerate(bonds[begin : begin + _PAIRS]):
            words[unit_of[bond.first]] |= 1 << 2 * bit
            words[unit_of[bond.second]] |= 2 << 2 * bit
        yield Pairs(np.array(words, dtype=np.uint64), price=price)


def _spread(model: Model, spread: Spread) -> Iterator[Feature[Any]]:
    counts = Counter(
        value_of(person, spread.attribute) for person in model.scorer.people.values()
    )
    counts.pop(None, None)
    # A value that only one person has is never there again.
    shared = sorted(v for v, count in counts.items() if v is not None and count > 1)
    if spread.most is not None:
        for value in counts:
            if counts[value] > spread.most:
                having = _having(model, spread.attribute, value)
                yield Crowd(having, np.add, spread.most)
    if spread.cost and shared:
        yield from _distinct(model, spread, shared)


def _distinct(
    model: Model, spread: Spread, shared: Sequence[int]
) -> Iterator[Feature[Any]]:
    having = np.array([_having(model, spread.attribute, value) for value in shared])
    yield Sum(having.sum(axis=0) * spread.cost, np.add)
    for begin in range(0, len(shared), _BITS):
        words = np.zeros(len(model.units), dtype=np.uint64)
        for bit, row in enumerate(having[begin : begin + _BITS]):
            words |= (row > 0).astype(np.uint64) << np.uint64(bit)
        yield Distinct(words, price=spread.cost)


def _having(model: Model, attribute: int, value: int | None) -> Ints:
    people = model.scorer.people
    return np.array(
        [
            sum(value_of(people[p], attribute) == value for p in unit)
            for unit in model.units
        ],
        dtype=np.intp,
    )


def _unit_of(model: Model) -> dict[int, int]:
    return {p: number for number, unit in enumerate(model.units) for p in unit}


def merged_sums(found: Iterable[Feature[Any]]) -> tuple[Feature[Any], ...]:
    """Return the features with all sums in one."""
    found = tuple(found)
    sums = [feature.values for feature in found if isinstance(feature, Sum)]
    rest = tuple(feature for feature in found if not isinstance(feature, Sum))
    return (*rest, Sum(np.sum(sums, axis=0), np.add)) if sums else rest
