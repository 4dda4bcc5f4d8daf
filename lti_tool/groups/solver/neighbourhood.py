"""A few groups of a large problem as a small problem of their own; the rest stays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import comb

import numpy as np

from lti_tool.groups.problem import Bond, Group, Pin, Problem
from lti_tool.groups.solver.arrays import Ints
from lti_tool.groups.solver.search import NEVER, Draw, State, as_group

_MORE_KINDS = 4
_SPREAD = 6.0
_CARES = 12
"""So much worse than the best: whether it is more makes no difference."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some groups of a state, the problem that they pose, and the groups as its answer."""

    groups: tuple[int, ...]
    problem: Problem
    answer: tuple[Group, ...]
    former: tuple[int, ...]
    """The place among all former groups of each former group of this problem."""


@dataclass(frozen=True, slots=True)
class Width:
    """How large a part may be."""

    groups: int
    columns: int
    """So many pairs of a group and a topic there may be."""


def part_around(state: State, seed: int, draw: Draw, width: Width) -> Part:
    """Return a group and those it could exchange people with, as many as can be solved exactly."""
    order = _nearest(state, seed, draw).tolist()
    chosen = [seed]
    for group in order:
        if len(chosen) == width.groups:
            break
        if _columns(state, [*chosen, group]) <= width.columns:
            chosen.append(group)
    return _posed(state, sorted(chosen))


def taken_over(state: State, part: Part, answer: Sequence[Group]) -> State:
    """Return the state with the answer in the place of the part, unless that is dearer."""
    if not answer:
        return state
    arrays = state.arrays
    number = {
        (arrays.problem.topics[kind.topic].id, kind.former): at
        for at, kind in enumerate(arrays.kinds)
    }
    found = [
        (
            sorted({arrays.unit_of[arrays.place[person]] for person in group.people}),
            number[
                group.topic, None if group.former is None else part.former[group.former]
            ],
        )
        for group in answer
    ]
    if state.cost_of(found) >= state.cost_of(state.told(part.groups)):
        return state
    if len(found) == len(part.groups):
        state.put(part.groups, found)
        return state
    kept = set(range(len(state.groups))).difference(part.groups)
    found = state.told(sorted(kept)) + found
    return State(arrays, [units for units, _ in found], [kind for _, kind in found])


def _nearest(state: State, seed: int, draw: Draw) -> Ints:
    """Return the other groups, those first whose members suit each other's topics."""
    arrays, members = state.arrays, state.groups[seed]
    there = arrays.alone[members].sum(axis=0)[state.kind] / len(members)
    count = len(state.groups)
    placed = np.bincount(state.group_of, minlength=count)
    back = np.bincount(
        state.group_of, weights=state.by_kind[state.kind[seed]], minlength=count
    )
    far = there + back / np.maximum(placed, 1) - _SPREAD * draw.noise(len(placed))
    far[seed] = np.inf
    return np.argsort(far, kind="stable")[:-1]


def _columns(state: State, groups: Sequence[int]) -> int:
    """Return how many pairs of a possible group and a kind there may be."""
    sizes = state.arrays.problem.sizes
    units = sum(len(state.groups[group]) for group in groups)
    kinds = len({int(state.kind[group]) for group in groups}) + _MORE_KINDS
    return kinds * sum(
        comb(units, size) for size in range(sizes.smallest, sizes.largest + 1)
    )


def _posed(state: State, groups: list[int]) -> Part:
    arrays, whole = state.arrays, state.arrays.problem
    units = [unit for group in groups for unit in state.groups[group]]
    here = {person for unit in units for person in arrays.members(unit)}
    kinds = _kinds_for(state, groups, units)
    free = arrays.room - state.used + arrays.uses[state.kind[groups]].sum(axis=0)
    topics = {arrays.kinds[kind].topic for kind in kinds}
    former = tuple(
        sorted({f for k in kinds if (f := arrays.kinds[k].former) is not None})
    )
    outside = len(state.groups) - len(groups)
    pools = len(whole.topics)
    problem = replace(
        whole,
        # A topic that is left out stays, without room: wishes keep their ranks.
        topics=tuple(
            replace(topic, groups_max=int(free[at]) if at in topics else 0)
            for at, topic in enumerate(whole.topics)
        ),
        people=tuple(person for person in whole.people if person.id in here),
        groups_min=max(whole.groups_min - outside, 1),
        groups_max=min(whole.groups_max - outside, len(units)),
        apart=_inside(whole.apart, here),
        together=_inside(whole.together, here),
        pools=tuple(
            replace(pool, groups_max=int(free[pools + at]))
            for at, pool in enumerate(whole.pools)
        ),
        pins=_pins(whole.pins, here, former),
        former=tuple(whole.former[number] for number in former),
    )
    answer = (as_group(arrays, state.groups[g], int(state.kind[g])) for g in groups)
    return Part(tuple(groups), problem, tuple(_renumbered(answer, former)), former)


def _kinds_for(state: State, groups: list[int], units: list[int]) -> list[int]:
    """Return the kinds that the groups have, and the free ones that suit their members best."""
    arrays = state.arrays
    held = arrays.uses[state.kind[groups]].sum(axis=0)
    fits = (arrays.uses <= arrays.room - state.used + held).all(axis=1)
    alone = arrays.alone[units]
    worse = np.minimum(alone - alone.min(axis=1, keepdims=True), _CARES).sum(axis=0)
    order = np.argsort(np.where(fits, worse, NEVER), kind="stable")
    more = [int(kind) for kind in order if fits[kind]][:_MORE_KINDS]
    left = frozenset().union(*(arrays.left[unit] for unit in units))
    back = [
        at
        for at, kind in enumerate(arrays.kinds)
        if fits[at] and kind.former is not None and kind.former in left
    ]
    return sorted({*state.kind[groups].tolist(), *more, *back})


def _inside(bonds: Iterable[Bond], here: set[int]) -> tuple[Bond, ...]:
    return tuple(bond for bond in bonds if {bond.first, bond.second} <= here)


def _pins(
    pins: Iterable[Pin], here: set[int], former: tuple[int, ...]
) -> tuple[Pin, ...]:
    return tuple(
        replace(pin, former=former.index(pin.former)) if pin.former in former else pin
        for pin in pins
        if pin.person in here
    )


def _renumbered(groups: Iterable[Group], former: Sequence[int]) -> list[Group]:
    return [
        group
        if group.former is None
        else replace(group, former=former.index(group.former))
        for group in groups
    ]
