"""All possible groups of a problem, listed with what each costs.

A set is listed without a place. What it costs at one is its own cost plus what each
of its units costs there, so a pair of a set and a place, a *column*, never needs to
be stored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lti_tool.groups.solver.features import Array, Feature, features, merged_sums
from lti_tool.groups.solver.model import Floats, Model

_CHUNK = 200_000
_MOST_BYTES = 300_000_000
"""Of the sets of one size; up to four times as much is held at once."""


class TooManyError(Exception):
    """There are more possible groups than may be listed."""


@dataclass(frozen=True)
class Sets:
    """Possible groups: the units of each, filled up with a number that is no unit, and its own cost."""

    rows: NDArray[np.uint16]
    costs: Floats

    def __len__(self) -> int:
        return len(self.costs)

    def only(self, chosen: Array) -> "Sets":
        """Return the chosen ones."""
        return Sets(self.rows[chosen], self.costs[chosen])


@dataclass(frozen=True)
class _Level:
    """Sets of one number of units, and the value of each feature of each set."""

    rows: NDArray[np.uint16]
    joined: tuple[Array, ...]

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        return self.rows.nbytes + sum(joined.nbytes for joined in self.joined)

    def part(self, chosen: Array | slice) -> "_Level":
        return _Level(self.rows[chosen], tuple(j[chosen] for j in self.joined))


def listed(model: Model, most: int) -> Sets:
    """Return all sets that keep the hard rules, or raise TooManyError above so many."""
    found = merged_sums(features(model))
    width = min(model.problem.sizes.largest, len(model.units))
    units = np.arange(len(model.units), dtype=np.uint16)
    level = _Level(units[:, None], tuple(feature.values for feature in found))
    level = level.part(_allowed(found, level))
    done = [_finished(found, level, width, len(units))]
    for size in range(2, width + 1):
        level = _next(found, level, len(units), 2 * most)
        done.append(_finished(found, level, width, len(units)))
        if sum(map(len, done)) > most:
            raise TooManyError
        if size == width or not len(level.rows):
            break
    return Sets(
        np.concatenate([sets.rows for sets in done]),
        np.concatenate([sets.costs for sets in done]),
    )


def upper_estimate(model: Model) -> int:
    """Return how many columns there are if no rule forbids any; cheap, and often far too many."""
    sizes, heads = model.problem.sizes, len(model.units)
    sets = sum(comb(heads, k) for k in range(1, min(sizes.largest, heads) + 1))
    return sets * len(model.places)


def _next(
    found: Sequence[Feature[Any]], level: _Level, units: int, most: int
) -> _Level:
    """Return the sets of one unit more, each once: only later units join."""
    grown, held, size = [], 0, 0
    for part in _chunks(level, units):
        grown.append(_extended(found, part, units))
        held += len(grown[-1].rows)
        size += grown[-1].size
        if held > most or size > _MOST_BYTES:
            raise TooManyError
    if not grown:
        return level.part(slice(0, 0))
    return _Level(
        np.concatenate([part.rows for part in grown]),
        tuple(
            np.concatenate(joined)
            for joined in zip(*(part.joined for part in grown), strict=True)
        ),
    )


def _chunks(level: _Level, units: int) -> Iterator[_Level]:
    room = units - 1 - level.rows[:, -1].astype(np.intp)
    ends = np.cumsum(room)
    begin = 0
    while begin < len(ends):
        before = ends[begin - 1] if begin else 0
        end = int(np.searchsorted(ends, before + _CHUNK, side="right"))
        end = max(end, begin + 1)
        yield level.part(slice(begin, end))
        begin = end


def _extended(found: Sequence[Feature[Any]], level: _Level, units: int) -> _Level:
    last = level.rows[:, -1].astype(np.intp)
    room = units - 1 - last
    parent = np.repeat(np.arange(len(last)), room)
    first = np.cumsum(room) - room
    joining = np.arange(len(parent)) - first[parent] + last[parent] + 1
    joined: list[Array] = []
    for feature in found:
        if not feature.forbids:
            break
        number = len(joined)
        value = feature.join(level.joined[number][parent], feature.values[joining])
        kept = feature.allowed(value)
        if not kept.all():
            parent, joining = parent[kept], joining[kept]
            joined = [earlier[kept] for earlier in joined]
            value = value[kept]
        joined.append(value)
    for number in range(len(joined), len(found)):
        feature = found[number]
        joined.append(
            feature.join(level.joined[number][parent], feature.values[joining])
        )
    rows = np.empty((len(parent), level.rows.shape[1] + 1), dtype=np.uint16)
    rows[:, :-1] = level.rows[parent]
    rows[:, -1] = joining
    return _Level(rows, tuple(joined))


def _allowed(found: Sequence[Feature[Any]], level: _Level) -> Array:
    kept = np.ones(len(level.rows), dtype=bool)
    for feature, joined in zip(found, level.joined, strict=True):
        if feature.forbids:
            kept &= feature.allowed(joined)
    return kept


def _finished(
    found: Sequence[Feature[Any]], level: _Level, width: int, nobody: int
) -> Sets:
    """Return those that can be a group as they are."""
    kept = np.ones(len(level.rows), dtype=bool)
    for feature, joined in zip(found, level.joined, strict=True):
        kept &= feature.complete(joined)
    done = level.part(kept)
    costs = np.zeros(len(done.rows))
    for feature, joined in zip(found, done.joined, strict=True):
        costs += feature.cost(joined)
    rows = np.full((len(done.rows), width), nobody, dtype=np.uint16)
    rows[:, : done.rows.shape[1]] = done.rows
    return Sets(rows, costs)
