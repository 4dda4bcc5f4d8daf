"""A first grouping: groups open where they are wanted, people join where it costs least."""

import numpy as np

from lti_tool.groups.solver.arrays import Arrays, Ints
from lti_tool.groups.solver.search import Draw, State


def first_state(arrays: Arrays, draw: Draw, number: int) -> State:
    """Return groups of about the preferred size; who is hard to place comes first."""
    kinds = _open(arrays, number)
    seats = _seats(arrays, len(kinds))
    state = State(arrays, [[] for _ in kinds], kinds)
    slots = np.bitwise_count(arrays.slots).sum(axis=1)
    shuffled = draw.numbers.permutation(len(arrays.units))
    order = shuffled[np.lexsort((slots[shuffled], -arrays.size[shuffled]))]
    for unit in order.tolist():
        state.join(unit, int(state.join_prices(unit, seats).argmin()))
    return state


def _open(arrays: Arrays, number: int) -> list[int]:
    """Return the kind of each group: former groups first, then what is wanted most."""
    free = arrays.room.copy()
    wanted = _wanted(arrays)
    open_kinds: list[int] = []
    for _ in range(number):
        fits = (arrays.uses <= free).all(axis=1)
        if not fits.any():
            break
        kind = int(np.where(fits, wanted, -len(arrays.problem.people) * 9).argmax())
        wanted[kind] -= arrays.problem.sizes.preferred
        free -= arrays.uses[kind]
        open_kinds.append(kind)
    # Where there is no room for any, one that breaks a rule shows which.
    return open_kinds or [0]


def _wanted(arrays: Arrays) -> Ints:
    """Return how many people would like each kind best."""
    return np.bincount(
        arrays.alone.argmin(axis=1), weights=arrays.size, minlength=len(arrays.kinds)
    ).astype(np.int64)


def _seats(arrays: Arrays, groups: int) -> Ints:
    """Return how many people each group takes, as equal as possible."""
    people = len(arrays.problem.people)
    return people // groups + (np.arange(groups) < people % groups).astype(np.int64)
