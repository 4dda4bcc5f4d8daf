"""A problem as arrays, so that thousands of changes are priced at once.

What must be together is one *unit*. What a group works on is its *kind*: a topic,
or a former group that it continues. All that concerns a person alone (wishes, pins,
the worst wish allowed, leaving a former group) is one number for each unit and kind.
A broken hard rule costs `hard`, more than keeping it can ever cost.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lti_tool.groups.problem import Bond, Pin, Problem
from lti_tool.groups.scoring import Scorer, preference_cost, value_of

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

WORD = 64


@dataclass(frozen=True, slots=True)
class Kind:
    """What a group works on: the place of its topic, and the former group it continues."""

    topic: int
    former: int | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """Values that are worth the same when a group has them: one bit each."""

    worth: int
    bits: Words


@dataclass(frozen=True, slots=True)
class Tallied:
    """A value of which a group may not have every number: what each number costs."""

    count: Ints
    price: Ints


class Arrays:
    """A problem in numbers: rows are units, in the order of their first person."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.scorer = Scorer(problem)
        self.place = {person.id: at for at, person in enumerate(problem.people)}
        self.units = _units(problem, self.place)
        self.unit_of = {
            person: unit
            for unit, members in enumerate(self.units)
            for person in members
        }
        self.hard = _more_than_any_group_can_cost(problem)
        self.kinds = _kinds(problem)
        self.size = np.array([len(unit) for unit in self.units], dtype=np.int64)
        # A unit is also priced as joining its own group, where it counts twice then.
        self.limit = 2 * int(self.size.sum())

    def members(self, unit: int) -> tuple[int, ...]:
        """Return the ids of the people of a unit."""
        return tuple(self.problem.people[at].id for at in self.units[unit])

    @cached_property
    def left(self) -> tuple[frozenset[int], ...]:
        """The former groups that the people of each unit come from."""
        before = self.scorer.before
        return tuple(
            frozenset(before[p] for p in self.members(unit) if p in before)
            for unit in range(len(self.units))
        )

    @cached_property
    def alone(self) -> Ints:
        """What each unit costs in a group of each kind, whoever else is there."""
        topics = self._by_topic()
        table = topics[:, [kind.topic for kind in self.kinds]]
        problem = self.problem
        for person, former in self.scorer.before.items():
            if person in self.place:
                left = [kind.former != former for kind in self.kinds]
                table[self.place[person]] += problem.move_cost * np.array(left)
        for pin in problem.pins:
            if pin.person in self.place:
                wrong = [not self._fits(pin, kind) for kind in self.kinds]
                table[self.place[pin.person]] += self.hard * np.array(wrong)
        return self.sum_units(table)

    def _by_topic(self) -> Ints:
        problem, scorer = self.problem, self.scorer
        silent, unwished = problem.weights.silent, problem.weights.unwished
        place = {topic.id: at for at, topic in enumerate(problem.topics)}
        table = np.full((len(problem.people), len(place)), unwished, dtype=np.int64)
        for at, person in enumerate(problem.people):
            wishes = scorer.wishes[person.id]
            if not wishes:
                table[at] = silent
            elif problem.worst_rank is not None:
                table[at] += self.hard
            for wish in wishes:
                low = self.hard * scorer.is_too_low(person.id, wish)
                table[at, place[wish]] = low + preference_cost(
                    problem.weights, wishes, wish
                )
        return table

    def _fits(self, pin: Pin, kind: Kind) -> bool:
        topic = self.problem.topics[kind.topic].id
        return pin.topic in {None, topic} and pin.former in {None, kind.former}

    def sum_units(self, table: NDArray[np.int64]) -> Ints:
        """Return the sums over the people of each unit."""
        firsts = np.cumsum(self.size) - self.size
        order = [person for unit in self.units for person in unit]
        sums: Ints = np.add.reduceat(table[order], firsts, axis=0)
        return sums

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The values that a group should have many of, by what each is worth."""
        worth: dict[int, dict[tuple[int, int], list[int]]] = defaultdict(dict)
        for spread in self.problem.spreads:
            if spread.cost:
                for value, units in self._having(spread.attribute).items():
                    key = (spread.attribute, value)
                    found = worth[spread.cost]
                    if key in found:
                        key = (spread.attribute, -1 - len(found))
                    found[key] = units
        return tuple(
            Layer(cost, bits)
            for cost, values in worth.items()
            for bits in self._words(list(values.values())).T.copy()
        )

    def _having(self, attribute: int) -> dict[int, list[int]]:
        having: dict[int, list[int]] = defaultdict(list)
        for at, person in enumerate(self.problem.people):
            value = value_of(person, attribute)
            if value is not None:
                having[value].append(self.unit_of[at])
        return having

    def _words(self, sets: Sequence[Iterable[int]]) -> Words:
        words = np.zeros((len(self.units), max(-(-len(sets) // WORD), 1)), np.uint64)
        for bit, units in enumerate(sets):
            for unit in set(units):
                words[unit, bit // WORD] |= np.uint64(1 << bit % WORD)
        return words

    @cached_property
    def tallied(self) -> tuple[Tallied, ...]:
        """Values with a price for each number of people who have them."""
        return tuple(self._tallied())

    def _tallied(self) -> Iterator[Tallied]:
        numbers = np.arange(self.limit + 1)
        for rule in self.problem.not_alone:
            price = self.hard if rule.cost is None else rule.cost
            units = self._having(rule.attribute).get(rule.value, [])
            if units:
                yield Tallied(self._count(units), price * (numbers == 1))
        for spread in self.problem.spreads:
            for units in self._having(spread.attribute).values():
                if spread.most is not None and len(units) > spread.most:
                    over = np.maximum(numbers - spread.most, 0)
                    yield Tallied(self._count(units), self.hard * over)

    def _count(self, units: list[int]) -> Ints:
        count: Ints = np.bincount(units, minlength=len(self.units))
        return count

    @cached_property
    def slots(self) -> Words:
        """The slots at which each unit can meet; marks beside them say that nobody told any."""
        told = [p.available for p in self.problem.people if p.available is not None]
        number = {slot: at for at, slot in enumerate(sorted(set().union(*told)))}
        times = self.problem.times
        marks = max(times.wanted, times.at_least) if times else 0
        everything = (1 << (len(number) + marks)) - 1
        masks = []
        for unit in self.units:
            mask = everything
            for at in unit:
                available = self.problem.people[at].available
                if available is not None:
                    mask &= sum(1 << number[slot] for slot in available)
            masks.append(mask)
        width = max(-(-(len(number) + marks) // WORD), 1)
        full = (1 << WORD) - 1
        return np.array(
            [[mask >> WORD * word & full for word in range(width)] for mask in masks],
            dtype=np.uint64,
        )

    @cached_property
    def price_of_slots(self) -> Ints:
        """What a group with each number of common slots costs."""
        times, number = self.problem.times, np.arange(WORD * self.slots.shape[1] + 1)
        if times is None:
            return np.zeros_like(number)
        short = np.maximum(times.wanted - number, 0) * times.cost
        price: Ints = short + self.hard * np.maximum(times.at_least - number, 0)
        return price

    @cached_property
    def price_of_size(self) -> Ints:
        """What a group of each size costs; no group costs nothing."""
        sizes, number = self.problem.sizes, np.arange(self.limit + 1)
        off = np.maximum(sizes.smallest - number, 0)
        off += np.maximum(number - sizes.largest, 0)
        price = self.problem.weights.size * abs(number - sizes.preferred)
        price += self.hard * off
        price[0] = 0
        return price

    @cached_property
    def pairs(self) -> tuple[dict[int, int], ...]:
        """For each unit, what being in a group with another one adds."""
        pairs: tuple[dict[int, int], ...] = tuple({} for _ in self.units)
        for one, other, price in self._priced_bonds():
            if one != other:
                pairs[one][other] = pairs[one].get(other, 0) + price
                pairs[other][one] = pairs[other].get(one, 0) + price
        return pairs

    @cached_property
    def unchanging(self) -> int:
        """What every grouping costs before anything else is counted.

        That is all values of which a group has none twice, all wishes to be together,
        and what bonds inside a unit add.
        """
        wishes = sum(bond.cost or 0 for bond in self.scorer.together)
        inside = sum(
            price for one, other, price in self._priced_bonds() if one == other
        )
        return self.all_values + wishes + inside

    @cached_property
    def all_values(self) -> int:
        """What all known values are worth, one by one."""
        return sum(
            spread.cost * len(units)
            for spread in self.problem.spreads
            for units in self._having(spread.attribute).values()
        )

    def _priced_bonds(self) -> Iterator[tuple[int, int, int]]:
        for bond in self.scorer.apart:
            yield *self._ends(bond), self.hard if bond.cost is None else bond.cost
        for bond in self.scorer.together:
            yield *self._ends(bond), -(bond.cost or 0)

    def _ends(self, bond: Bond) -> tuple[int, int]:
        return (
            self.unit_of[self.place[bond.first]],
            self.unit_of[self.place[bond.second]],
        )

    @cached_property
    def room(self) -> Ints:
        """How many groups each topic may have, and after them each pool."""
        problem = self.problem
        return np.array(
            [topic.groups_max for topic in problem.topics]
            + [pool.groups_max for pool in problem.pools]
            + [1 for _ in problem.former],
            dtype=np.int64,
        )

    @cached_property
    def uses(self) -> Ints:
        """For each kind, of which topics, pools and former groups it takes a place."""
        problem = self.problem
        table = np.zeros((len(self.kinds), len(self.room)), dtype=np.int64)
        pools = len(problem.topics)
        formers = pools + len(problem.pools)
        for at, kind in enumerate(self.kinds):
            table[at, kind.topic] = 1
            topic = problem.topics[kind.topic].id
            for number, pool in enumerate(problem.pools):
                table[at, pools + number] = pool.topics.count(topic)
            if kind.former is not None:
                table[at, formers + kind.former] = 1
        return table


def _units(problem: Problem, place: dict[int, int]) -> tuple[tuple[int, ...], ...]:
    """Return the places of the people who must be together, each person in one unit."""
    root = list(range(len(problem.people)))

    def top(at: int) -> int:
        while root[at] != at:
            at = root[at]
        return at

    for bond in problem.together:
        if bond.cost is None and {bond.first, bond.second} <= place.keys():
            one, other = sorted((top(place[bond.first]), top(place[bond.second])))
            root[other] = one
    units: dict[int, list[int]] = defaultdict(list)
    for at in range(len(root)):
        units[top(at)].append(at)
    return tuple(tuple(unit) for _, unit in sorted(units.items()))


def _kinds(problem: Problem) -> tuple[Kind, ...]:
    place = {topic.id: at for at, topic in enumerate(problem.topics)}
    continued = (
        Kind(place[group.topic], number)
        for number, group in enumerate(problem.former)
        if group.topic in place
    )
    return (*(Kind(at) for at in place.values()), *continued)


def _more_than_any_group_can_cost(problem: Problem) -> int:
    weights, largest = problem.weights, problem.sizes.largest
    each = max(*weights.ranks, weights.unwished, weights.silent) + problem.move_cost
    each += sum(spread.cost for spread in problem.spreads) + weights.size
    whole = sum(rule.cost or 0 for rule in problem.not_alone)
    if problem.times:
        whole += problem.times.cost * problem.times.wanted
    bonds = [bond.cost or 0 for bond in (*problem.apart, *problem.together)]
    return 1 + 2 * each + whole + 2 * max(bonds, default=0) + largest
