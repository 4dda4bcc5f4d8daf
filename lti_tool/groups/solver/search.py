"""Local search: people change groups or places, groups change topics.

For one unit, what every exchange and every move would change is computed at once,
and one of them is drawn by its Boltzmann weight, staying included: simulated
annealing without rejected proposals (the "n-fold way" of Bortz, Kalos and Lebowitz,
1975; drawn with Gumbel noise). Needs numpy only. The work is counted in steps and
the noise comes from a table of whole numbers, so a seed always gives the same groups.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import log
from operator import and_, or_

import numpy as np
from numpy.typing import NDArray

from lti_tool.groups.problem import Group
from lti_tool.groups.solver.arrays import Arrays, Ints, Words

NEVER = 1 << 40
"""The price of what cannot be done."""

_DRAWS = 1 << 12
_GRAIN = 1 << 10
_NOISE = np.array(
    [round(-log(-log((at + 0.5) / _DRAWS)) * _GRAIN) / _GRAIN for at in range(_DRAWS)]
)
_KINDS_EVERY = 8
_MANY = 600
"""From so many units on, only those are looked at that could well change places."""

Near = Ints | slice
ALL = slice(None)


@dataclass(frozen=True, slots=True)
class Shape:
    """Of one or many groups: what matters about who is together, wherever they work."""

    bits: tuple[Words, ...]
    slots: Words
    counts: Ints
    size: Ints


class State:
    """Groups of units, and what all of it costs, kept up to date change by change."""

    def __init__(
        self, arrays: Arrays, groups: Iterable[Sequence[int]], kinds: Iterable[int]
    ) -> None:
        self.arrays = arrays
        self.groups = [list(units) for units in groups]
        self.kind = np.array(list(kinds), dtype=np.int64)
        units, number = len(arrays.units), len(self.groups)
        self.group_of = np.full(units, -1, dtype=np.int64)
        self._counts = _columns([tallied.count for tallied in arrays.tallied], units)
        self._each = Shape(
            tuple(layer.bits for layer in arrays.layers),
            arrays.slots,
            self._counts,
            arrays.size,
        )
        self._bits = [layer.bits.tolist() for layer in arrays.layers]
        self._slots = [word.tolist() for word in arrays.slots.T]
        self._full = _empty(self._each, number)
        self._rest = _empty(self._each, units)
        self._everyone = np.arange(units)
        self._reach = arrays.hard // 4
        self._shaped = np.zeros(number, dtype=np.int64)
        self._here = np.zeros(units, dtype=np.int64)
        self._tied = np.zeros(units, dtype=np.int64)
        self.by_kind = np.ascontiguousarray(arrays.alone.T)
        self.used = arrays.uses[self.kind].sum(axis=0)
        for group, members in enumerate(self.groups):
            self.group_of[members] = group
            self._refresh(group)

    @property
    def cost(self) -> int:
        """What the groups cost; more if they break a hard rule."""
        placed = int(self._shaped.sum() + self._here.sum() + self._tied.sum() // 2)
        return placed + self.arrays.unchanging

    def prices(self, unit: int, near: Near = ALL) -> tuple[Ints, Ints]:
        """Return what exchanging the unit with each other one, and moving it to each group, changes."""
        home = int(self.group_of[unit])
        kind = int(self.kind[home])
        leaving = -int(self._here[unit] + self._tied[unit])
        to_kind = self.arrays.alone[unit][self.kind]
        tie = self._ties(unit)

        groups = self.group_of[near]
        swap = self._exchanged(unit, near) - self._shaped[groups]
        swap += to_kind[groups] + tie[groups] - self._here[near] - self._tied[near]
        swap += self.by_kind[kind][near] + self._ties_to(home, near)
        swap += leaving - int(self._shaped[home])
        for other, price in self.arrays.pairs[unit].items():
            # Whom it is bound to is not there any more once they have changed places.
            self._add(swap, near, other, -2 * price)
        swap[groups == home] = NEVER

        move = self._shape_cost(_joined(self._full, self._each, unit)) - self._shaped
        move += to_kind + tie + self._left_by(unit, home) + leaving
        move[home] = NEVER
        if len(self.groups[home]) == 1:
            move[:] = NEVER
        return swap, move

    def near(self, unit: int) -> Near:
        """Return the units that could well change places with this one, of few units all."""
        if len(self._everyone) < _MANY:
            return ALL
        kind = self.kind[self.group_of[unit]]
        worse = self.arrays.alone[unit][self.kind][self.group_of]
        worse += self.by_kind[kind] - self._here
        worse -= self._here[unit]
        near = np.flatnonzero(worse <= self._reach)
        # What is within reach depends on the problem: it is kept at a good number.
        self._reach += (len(near) < _MANY // 2) - (len(near) > _MANY)
        bound = [
            m for o in self.arrays.pairs[unit] for m in self.groups[self.group_of[o]]
        ]
        both: Ints = np.concatenate((near, np.array(bound, dtype=near.dtype)))
        return both

    def join_prices(self, unit: int, seats: Ints) -> Ints:
        """Return what a unit that is nowhere yet adds to each group, its size aside."""
        size = self._full.size + self.arrays.size[unit]
        sized = self.arrays.price_of_size[size]
        join = self._shape_cost(_joined(self._full, self._each, unit)) - sized
        join += self.arrays.price_of_size[self._full.size] - self._shaped
        join += self.arrays.alone[unit][self.kind] + self._ties(unit)
        prices: Ints = np.where(size <= seats, join, NEVER + self._full.size)
        return prices

    def join(self, unit: int, group: int) -> None:
        """Let a unit that is nowhere yet join a group."""
        self.groups[group].append(unit)
        self.group_of[unit] = group
        self._refresh(group)

    def kind_prices(self, group: int) -> tuple[Ints, Ints]:
        """Return what it changes if a group takes each kind, or the kind of each other group."""
        members, kind = self.groups[group], int(self.kind[group])
        alone = self.arrays.alone[members].sum(axis=0)
        free = self.arrays.room - self.used + self.arrays.uses[kind]
        take = np.where(
            (self.arrays.uses <= free).all(axis=1), alone - alone[kind], NEVER
        )
        take[kind] = NEVER
        theirs = np.bincount(
            self.group_of, weights=self.by_kind[kind], minlength=len(self.groups)
        ).astype(np.int64)
        # The last group may be empty, and is one all the same.
        now = np.bincount(
            self.group_of, weights=self._here, minlength=len(self.groups)
        ).astype(np.int64)
        swap = alone[self.kind] - alone[kind] + theirs - now
        swap[self.kind == kind] = NEVER
        return take, swap

    def swap(self, unit: int, other: int) -> None:
        """Let two units change places."""
        one, two = int(self.group_of[unit]), int(self.group_of[other])
        self.groups[one][self.groups[one].index(unit)] = other
        self.groups[two][self.groups[two].index(other)] = unit
        self.group_of[unit], self.group_of[other] = two, one
        self._refresh(one)
        self._refresh(two)

    def move(self, unit: int, group: int) -> None:
        """Let a unit go to a group."""
        home = int(self.group_of[unit])
        self.groups[home].remove(unit)
        self.groups[group].append(unit)
        self.group_of[unit] = group
        self._refresh(home)
        self._refresh(group)

    def take_kind(self, group: int, kind: int) -> None:
        """Let a group work on something else."""
        self.used += self.arrays.uses[kind] - self.arrays.uses[self.kind[group]]
        self.kind[group] = kind
        members = self.groups[group]
        self._here[members] = self.by_kind[kind][members]

    def swap_kinds(self, group: int, other: int) -> None:
        """Let two groups exchange what they work on."""
        one, two = int(self.kind[group]), int(self.kind[other])
        self.take_kind(group, two)
        self.take_kind(other, one)

    def put(
        self, groups: Sequence[int], answer: Sequence[tuple[list[int], int]]
    ) -> None:
        """Let other units and kinds take the place of some groups."""
        for group, (units, kind) in zip(groups, answer, strict=True):
            self.take_kind(group, kind)
            self.groups[group] = units
            self.group_of[units] = group
        for group in groups:
            self._refresh(group)

    def as_groups(self) -> tuple[Group, ...]:
        """Return the groups as people."""
        return tuple(
            as_group(self.arrays, units, int(kind))
            for units, kind in zip(self.groups, self.kind, strict=True)
        )

    def _shape_cost(self, shape: Shape) -> Ints:
        arrays = self.arrays
        known = np.bitwise_count(shape.slots).sum(axis=-1, dtype=np.int64)
        cost: Ints = arrays.price_of_slots[known] + arrays.price_of_size[shape.size]
        for layer, bits in zip(arrays.layers, shape.bits, strict=True):
            cost -= layer.worth * np.bitwise_count(bits).astype(np.int64)
        for at, tallied in enumerate(arrays.tallied):
            cost += tallied.price[shape.counts[..., at]]
        return cost

    def _exchanged(self, unit: int, near: Near) -> Ints:
        """Return the cost of both shapes after the unit and each other one changed places."""
        home = int(self.group_of[unit])
        groups = self.group_of[near]
        each, rest = _part(self._each, near), _part(self._rest, near)
        there = Shape(
            tuple(
                bits | own[unit]
                for bits, own in zip(rest.bits, self._each.bits, strict=True)
            ),
            rest.slots & self._each.slots[unit],
            self._full.counts[groups] - each.counts + self._counts[unit],
            self._full.size[groups] - each.size + self.arrays.size[unit],
        )
        here = Shape(
            tuple(
                bits | own[unit]
                for bits, own in zip(each.bits, self._rest.bits, strict=True)
            ),
            each.slots & self._rest.slots[unit],
            each.counts + (self._full.counts[home] - self._counts[unit]),
            each.size + int(self._full.size[home] - self.arrays.size[unit]),
        )
        return self._shape_cost(there) + self._shape_cost(here)

    def _left_by(self, unit: int, home: int) -> int:
        left = Shape(
            tuple(bits[unit] for bits in self._rest.bits),
            self._rest.slots[unit],
            self._full.counts[home] - self._counts[unit],
            self._full.size[home] - self.arrays.size[unit],
        )
        return int(self._shape_cost(left) - self._shaped[home])

    def _ties(self, unit: int) -> Ints:
        """Return what bonds would add to each group if the unit joined it."""
        tie = np.zeros(len(self.groups), dtype=np.int64)
        for other, price in self.arrays.pairs[unit].items():
            if self.group_of[other] >= 0:
                tie[self.group_of[other]] += price
        return tie

    def _ties_to(self, group: int, near: Near) -> Ints:
        """Return what bonds with members of the group would add for each unit that joined it."""
        tie = np.zeros_like(self.group_of[near])
        for member in self.groups[group]:
            for other, price in self.arrays.pairs[member].items():
                self._add(tie, near, other, price)
        return tie

    def _add(self, prices: Ints, near: Near, unit: int, price: int) -> None:
        prices[self._everyone[near] == unit] += price

    def told(self, groups: Iterable[int]) -> list[tuple[list[int], int]]:
        """Return the units and the kind of some groups."""
        return [(self.groups[group], int(self.kind[group])) for group in groups]

    def cost_of(self, told: Iterable[tuple[list[int], int]]) -> int:
        """Return what groups of these units and kinds would cost."""
        return sum(
            int(self._shape_cost(self._shape_of(units)))
            + int(self.by_kind[kind][units].sum())
            + sum(self._tie_within(unit, units) for unit in units) // 2
            for units, kind in told
        )

    def _shape_of(self, units: list[int]) -> Shape:
        each = self._each
        return Shape(
            tuple(np.bitwise_or.reduce(bits[units]) for bits in each.bits),
            np.bitwise_and.reduce(each.slots[units]),
            each.counts[units].sum(axis=0),
            each.size[units].sum(),
        )

    def _tie_within(self, unit: int, units: list[int]) -> int:
        pairs = self.arrays.pairs[unit]
        return sum(pairs.get(other, 0) for other in units) if pairs else 0

    def _refresh(self, group: int) -> None:
        members = self.groups[group]
        for lists, full, rest in zip(
            self._bits, self._full.bits, self._rest.bits, strict=True
        ):
            full[group], rest[members] = _leave_one_out(lists, members, or_, 0)
        for word, lists in enumerate(self._slots):
            whole, others = _leave_one_out(lists, members, and_, (1 << 64) - 1)
            self._full.slots[group, word] = whole
            self._rest.slots[members, word] = others
        self._full.counts[group] = self._counts[members].sum(axis=0)
        self._full.size[group] = self.arrays.size[members].sum()
        self._here[members] = self.by_kind[self.kind[group]][members]
        for member in members:
            self._tied[member] = self._tie_within(member, members)
        shape = Shape(
            tuple(bits[group] for bits in self._full.bits),
            self._full.slots[group],
            self._full.counts[group],
            self._full.size[group],
        )
        self._shaped[group] = self._shape_cost(shape)


def as_group(arrays: Arrays, units: Iterable[int], kind: int) -> Group:
    """Return a group as people."""
    people = sorted(person for unit in units for person in arrays.members(unit))
    what = arrays.kinds[kind]
    return Group(arrays.problem.topics[what.topic].id, tuple(people), what.former)


class Draw:
    """Numbers that a seed gives."""

    def __init__(self, seed: int) -> None:
        self.numbers = np.random.default_rng(seed)
        self._noise = _NOISE[:0]

    def noise(self, number: int) -> NDArray[np.float64]:
        """Return Gumbel noise."""
        if len(self._noise) < number:
            draws = self.numbers.integers(0, _DRAWS, size=max(1 << 16, number))
            self._noise = _NOISE[draws]
        found, self._noise = self._noise[:number], self._noise[number:]
        return found

    def choose(self, prices: Ints, heat: float) -> int | None:
        """Return the place of one price, the lower the likelier; None is to stay."""
        if heat <= 0:
            best = int(prices.argmin())
            return best if prices[best] < 0 else None
        noise = self.noise(len(prices) + 1)
        keys = prices - heat * noise[1:]
        best = int(keys.argmin())
        return best if keys[best] < -heat * noise[0] else None


def anneal(
    state: State,
    draw: Draw,
    heats: Iterable[float],
    keep_on: Callable[[], bool] = lambda: True,
) -> None:
    """Let every unit choose once at each heat, and now and then groups what they work on."""
    units = len(state.group_of)
    for heat in heats:
        for turn, unit in enumerate(draw.numbers.permutation(units).tolist()):
            if turn % _KINDS_EVERY == 0:
                if not keep_on():
                    return
                change_kind(state, draw, heat, int(state.group_of[unit]))
            change_place(state, draw, heat, unit)


def change_place(state: State, draw: Draw, heat: float, unit: int) -> None:
    """Let a unit choose: an exchange, a move, or to stay."""
    near = state.near(unit)
    swap, move = state.prices(unit, near)
    chosen = draw.choose(np.concatenate((swap, move)), heat)
    if chosen is None:
        return
    if chosen < len(swap):
        state.swap(unit, chosen if isinstance(near, slice) else int(near[chosen]))
    else:
        state.move(unit, chosen - len(swap))


def change_kind(state: State, draw: Draw, heat: float, group: int) -> None:
    """Let a group choose what it works on: something free, or what another one has."""
    take, swap = state.kind_prices(group)
    chosen = draw.choose(np.concatenate((take, swap)), heat)
    if chosen is None:
        return
    if chosen < len(take):
        state.take_kind(group, chosen)
    else:
        state.swap_kinds(group, chosen - len(take))


def _columns(columns: Sequence[Ints], height: int) -> Ints:
    return np.stack(columns, axis=1) if columns else np.zeros((height, 0), np.int64)


def _empty(each: Shape, number: int) -> Shape:
    return Shape(
        tuple(np.zeros(number, np.uint64) for _ in each.bits),
        np.zeros((number, each.slots.shape[1]), np.uint64),
        np.zeros((number, each.counts.shape[1]), np.int64),
        np.zeros(number, np.int64),
    )


def _part(shape: Shape, near: Near) -> Shape:
    return Shape(
        tuple(bits[near] for bits in shape.bits),
        shape.slots[near],
        shape.counts[near],
        shape.size[near],
    )


def _joined(full: Shape, each: Shape, unit: int) -> Shape:
    return Shape(
        tuple(bits | own[unit] for bits, own in zip(full.bits, each.bits, strict=True)),
        full.slots & each.slots[unit],
        full.counts + each.counts[unit],
        full.size + each.size[unit],
    )


def _leave_one_out(
    words: Sequence[int],
    members: Sequence[int],
    join: Callable[[int, int], int],
    neutral: int,
) -> tuple[int, Words]:
    """Return all words joined, and for each member those of the others."""
    told = [words[member] for member in members]
    others = [
        reduce(join, told[:at] + told[at + 1 :], neutral) for at in range(len(told))
    ]
    return reduce(join, told, neutral), np.array(others, dtype=np.uint64)
