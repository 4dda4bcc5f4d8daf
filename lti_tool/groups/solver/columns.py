"""Columns of the set-partitioning programme: possible groups, each at a place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lti_tool.groups.problem import Group
from lti_tool.groups.solver.model import Floats, Model, Place, Whole


@dataclass(frozen=True)
class Columns:
    """Sets at places: the units of each, filled up with a number that is no unit, and its cost."""

    rows: NDArray[np.uint16]
    places: Whole
    costs: Floats

    def __len__(self) -> int:
        return len(self.costs)

    def __add__(self, other: "Columns") -> "Columns":
        """Return these and those of the other that are not among them."""
        rows = np.concatenate([self.rows, other.rows])
        places = np.concatenate([self.places, other.places])
        costs = np.concatenate([self.costs, other.costs])
        keys = np.column_stack([rows, places])
        kept = np.sort(np.unique(keys, axis=0, return_index=True)[1])
        return Columns(rows[kept], places[kept], costs[kept])

    def only(self, chosen: NDArray[np.bool_] | Whole) -> "Columns":
        """Return the chosen ones."""
        return Columns(self.rows[chosen], self.places[chosen], self.costs[chosen])

    def at_no_cost(self) -> "Columns":
        """Return the same for nothing."""
        return replace(self, costs=np.zeros(len(self)))


def columns_of(model: Model, groups: Sequence[Group]) -> Columns:
    """Return a grouping that keeps all hard rules as columns."""
    nobody = len(model.units)
    width = min(model.problem.sizes.largest, nobody)
    unit_of = {person: n for n, unit in enumerate(model.units) for person in unit}
    rows = np.full((len(groups), width), nobody, dtype=np.uint16)
    for number, group in enumerate(groups):
        units = sorted({unit_of[person] for person in group.people})
        rows[number, : len(units)] = units
    places = np.array(list(_placed(model, groups)), dtype=np.intp)
    return priced(model, rows, places)


def priced(model: Model, rows: NDArray[np.uint16], places: Whole) -> Columns:
    """Return columns with their costs, scored one by one."""
    nobody = len(model.units)
    costs = [
        model.scorer.cost_of(model.group(row[row < nobody].tolist(), place)).total
        for row, place in zip(rows, places.tolist(), strict=True)
    ]
    return Columns(rows, places, np.array(costs, dtype=float))


def grouping_of(model: Model, columns: Columns) -> tuple[Group, ...]:
    """Return chosen columns as groups, in an order that the search does not decide."""
    nobody = len(model.units)
    groups = [
        model.group(row[row < nobody].tolist(), place)
        for row, place in zip(columns.rows, columns.places.tolist(), strict=True)
    ]
    return tuple(sorted(groups, key=lambda group: (group.topic, group.people)))


def _placed(model: Model, groups: Sequence[Group]) -> Iterator[int]:
    """Return a place for each group: its own, or a free one of its topic that stands for it."""
    number = {place: n for n, place in enumerate(model.places)}
    wanted = [Place(group.topic, group.former) for group in groups]
    free = set(model.places) - set(wanted)
    for place in wanted:
        plain = Place(place.topic)
        if place in number:
            yield number[place]
        elif plain in number:
            yield number[plain]
        else:
            other = min(
                (p for p in free if p.topic == place.topic), key=lambda p: number[p]
            )
            free.remove(other)
            yield number[other]
