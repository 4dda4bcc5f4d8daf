"""The hard rules of a problem, one by one, and the problem with only some of them."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from lti_tool.groups.problem import Problem, Sizes, Times, Topic

T = TypeVar("T")


class Demand(StrEnum):
    """What a hard rule demands."""

    SMALLEST = "smallest"
    LARGEST = "largest"
    GROUPS_MIN = "groups_min"
    GROUPS_MAX = "groups_max"
    TOPICS = "topics"
    POOL = "pool"
    WORST_WISH = "worst_wish"
    SPREAD = "spread"
    NOT_ALONE = "not_alone"
    TIMES = "times"
    APART = "apart"
    TOGETHER = "together"
    PIN = "pin"


@dataclass(frozen=True, slots=True)
class Part:
    """A hard rule: what it demands, and its place among the rules of its kind."""

    demand: Demand
    place: int = 0


def parts_of(problem: Problem) -> tuple[Part, ...]:
    """Return all hard rules of a problem; those that hold anyway come first."""
    several = {
        Demand.POOL: [True for _pool in problem.pools],
        Demand.SPREAD: [spread.most is not None for spread in problem.spreads],
        Demand.NOT_ALONE: [rule.cost is None for rule in problem.not_alone],
        Demand.APART: [bond.cost is None for bond in problem.apart],
        Demand.TOGETHER: [bond.cost is None for bond in problem.together],
        Demand.PIN: [True for _pin in problem.pins],
    }
    return (
        Part(Demand.SMALLEST),
        Part(Demand.LARGEST),
        Part(Demand.GROUPS_MIN),
        Part(Demand.GROUPS_MAX),
        Part(Demand.TOPICS),
        *([Part(Demand.WORST_WISH)] if problem.worst_rank is not None else []),
        *([Part(Demand.TIMES)] if problem.times and problem.times.at_least else []),
        *(
            Part(demand, place)
            for demand, hard in several.items()
            for place, is_hard in enumerate(hard)
            if is_hard
        ),
    )


def only(problem: Problem, parts: Iterable[Part]) -> Problem:
    """Return the problem with these hard rules and no other; only wishes and sizes cost.

    A search for groups that cost something is far shorter than one among equally good ones.
    """
    kept = frozenset(parts)
    count = max(len(problem.people), 1)
    return replace(
        problem,
        topics=_topics(problem, kept, count),
        sizes=_sizes(problem.sizes, kept, count),
        groups_min=problem.groups_min if Part(Demand.GROUPS_MIN) in kept else 1,
        groups_max=problem.groups_max if Part(Demand.GROUPS_MAX) in kept else count,
        worst_rank=problem.worst_rank if Part(Demand.WORST_WISH) in kept else None,
        times=_times(problem.times, kept),
        spreads=tuple(
            replace(spread, cost=0)
            for spread in _those(problem.spreads, Demand.SPREAD, kept)
        ),
        not_alone=tuple(_those(problem.not_alone, Demand.NOT_ALONE, kept)),
        apart=tuple(_those(problem.apart, Demand.APART, kept)),
        together=tuple(_those(problem.together, Demand.TOGETHER, kept)),
        pools=tuple(_those(problem.pools, Demand.POOL, kept)),
        pins=tuple(_those(problem.pins, Demand.PIN, kept)),
        move_cost=0,
    )


def _topics(problem: Problem, kept: Collection[Part], count: int) -> tuple[Topic, ...]:
    if Part(Demand.TOPICS) in kept:
        return problem.topics
    return tuple(Topic(topic.id, count) for topic in problem.topics)


def _sizes(sizes: Sizes, kept: Collection[Part], count: int) -> Sizes:
    smallest = sizes.smallest if Part(Demand.SMALLEST) in kept else 1
    largest = sizes.largest if Part(Demand.LARGEST) in kept else max(count, smallest)
    return Sizes(smallest, min(max(sizes.preferred, smallest), largest), largest)


def _times(times: Times | None, kept: Collection[Part]) -> Times | None:
    if times is None or Part(Demand.TIMES) not in kept:
        return None
    return replace(times, wanted=times.at_least, cost=0)


def _those(rules: Iterable[T], demand: Demand, kept: Collection[Part]) -> Iterator[T]:
    for place, rule in enumerate(rules):
        if Part(demand, place) in kept:
            yield rule
