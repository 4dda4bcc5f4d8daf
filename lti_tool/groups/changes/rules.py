"""How much may change when somebody joins or leaves, and what that makes a move cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lti_tool.groups.problem import Problem


class Stop(StrEnum):
    """A place of the slider, from the fewest moves to the best groups."""

    NOBODY = "nobody"
    FEW = "few"
    SOME = "some"
    BEST = "best"


_COST = {Stop.FEW: 10, Stop.SOME: 3, Stop.BEST: 0}
"""Measured: at 10 nobody to two others move, at 3 up to three, at 0 four to seventeen."""


@dataclass(frozen=True, slots=True)
class Gain:
    """How much better groups are than the best with fewer moves."""

    over: Stop
    points: int
    """None or fewer: nothing is gained."""


def gains(costs: Mapping[Stop, int]) -> dict[Stop, Gain]:
    """Return what each stop but the first gains over the best before it; ``costs`` in their order."""
    found: dict[Stop, Gain] = {}
    best: Stop | None = None
    for stop, cost in costs.items():
        if best is not None:
            found[stop] = Gain(best, costs[best] - cost)
        if best is None or cost < costs[best]:
            best = stop
    return found


def move_cost(stop: Stop, problem: Problem) -> int:
    """Return what a move costs at a stop; at the first one more than all else together."""
    return dearer_than_all_else(problem) if stop is Stop.NOBODY else _COST[stop]


def dearer_than_all_else(problem: Problem) -> int:
    """Return more than any two groupings can differ in all parts of their cost but moves.

    With this as the cost of a move no wish and no mix outweighs one move: fewest
    moves come first, and what is proven optimal proves that fewer are impossible.
    """
    people, groups = len(problem.people), problem.groups_max
    weights, sizes = problem.weights, problem.sizes
    off_size = max(sizes.preferred - sizes.smallest, sizes.largest - sizes.preferred)
    parts = (
        people * max(*weights.ranks, weights.unwished, weights.silent),
        people * sum(spread.cost for spread in problem.spreads),
        groups * sum(rule.cost or 0 for rule in problem.not_alone),
        groups * problem.times.cost * problem.times.wanted if problem.times else 0,
        sum(bond.cost or 0 for bond in (*problem.apart, *problem.together)),
        groups * weights.size * off_size,
    )
    return sum(parts) + 1
