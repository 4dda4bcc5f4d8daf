"""A problem as the exact engine counts it: units, places, what each costs, what is scarce.

A *unit* is a person, or several who must be together. A *place* is a topic, or the
continuation of a former group of that topic; it is what a possible group is paired
with. What a group costs is split in two: a sum over its units that depends on the
place, and a rest that depends on who is together and on no place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from random import Random

import numpy as np
from numpy.typing import NDArray

from lti_tool.groups.problem import Group, Problem
from lti_tool.groups.scoring import Scorer, preference_cost

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Place:
    """A topic, or the continuation of a former group of it."""

    topic: int
    former: int | None = None


@dataclass(frozen=True, slots=True)
class Scarcity:
    """How many groups a set of places takes, at least and at most."""

    places: tuple[int, ...]
    least: int
    most: int


class Model:
    """Units, places, and the limits on places; in an order that the seed draws.

    Whatever chooses among equally good groups chooses by that order, so neither
    the order of the lists nor the numbers of people and topics favour anybody.
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem = problem
        self.scorer = Scorer(problem)
        draw = Random(seed)  # noqa: S311 - fairness, no secret.
        people = sorted(person.id for person in problem.people)
        draw.shuffle(people)
        self.units = _units(people, self.scorer)
        self.weights = np.array([len(unit) for unit in self.units], dtype=np.intp)
        topics = sorted(topic.id for topic in problem.topics)
        draw.shuffle(topics)
        self.places = tuple(_places(problem, topics))
        self.groups = _numbers_of_groups(problem)

    @property
    def can_add_up(self) -> bool:
        """Whether sizes, room and the number of people leave a number of groups to choose."""
        return bool(self.groups)

    @cached_property
    def place_costs(self) -> Floats:
        """Return for each unit and place what the unit costs there; infinity where it must not be."""
        return np.array(
            [
                [sum(self._cost(p, place) for p in unit) for place in self.places]
                for unit in self.units
            ],
            dtype=float,
        ).reshape(len(self.units), len(self.places))

    @cached_property
    def scarcities(self) -> tuple[Scarcity, ...]:
        """Return what is scarce, and the number of groups last; what cannot bind is left out."""
        most = self.groups[-1] if self.groups else 0
        places = range(len(self.places))
        found = [
            Scarcity(
                tuple(p for p in places if self.places[p].topic == topic.id),
                0,
                topic.groups_max,
            )
            for topic in self.problem.topics
        ]
        found += [
            Scarcity((p,), 0, 1) for p in places if self.places[p].former is not None
        ]
        found += [
            Scarcity(
                tuple(p for p in places if self.places[p].topic in pool.topics),
                0,
                pool.groups_max,
            )
            for pool in self.problem.pools
        ]
        kept = dict.fromkeys(s for s in found if s.places and s.most < most)
        least = self.groups[0] if self.groups else 0
        return (*kept, Scarcity(tuple(places), least, most))

    def group(self, units: Iterable[int], place: int) -> Group:
        """Return the group of these units at a place, as a continuation only if anybody stays."""
        where = self.places[place]
        people = tuple(sorted(p for unit in units for p in self.units[unit]))
        former = where.former
        pinned = {pin.person for pin in self.problem.pins if pin.former is not None}
        if former is not None and pinned.isdisjoint(people):
            stays = any(self.scorer.before.get(p) == former for p in people)
            former = former if stays else None
        return Group(where.topic, people, former)

    def _cost(self, person: int, place: Place) -> float:
        wishes, problem = self.scorer.wishes[person], self.problem
        if self.scorer.is_too_low(person, place.topic) or any(
            (pin.topic is not None and pin.topic != place.topic)
            or (pin.former is not None and pin.former != place.former)
            for pin in self.scorer.pins.get(person, ())
        ):
            return inf
        moves = self.scorer.before.get(person, place.former) != place.former
        return (
            preference_cost(problem.weights, wishes, place.topic)
            + problem.move_cost * moves
        )


def _units(people: Sequence[int], scorer: Scorer) -> tuple[tuple[int, ...], ...]:
    """Return who cannot be parted, in the order of the people."""
    unit_of = {person: [person] for person in people}
    for bond in scorer.together:
        first, second = unit_of[bond.first], unit_of[bond.second]
        if bond.cost is None and first is not second:
            first += second
            unit_of |= dict.fromkeys(second, first)
    return tuple(tuple(unit) for unit in {id(u): u for u in unit_of.values()}.values())


def _places(problem: Problem, topics: Iterable[int]) -> Iterable[Place]:
    """Return the places; what one of the same topic can always stand for is left out."""
    room = {topic.id: topic.groups_max for topic in problem.topics}
    pinned = {pin.former for pin in problem.pins}
    for topic in (t for t in topics if room[t] > 0):
        former = [
            number
            for number, group in enumerate(problem.former)
            if group.topic == topic and (problem.move_cost or number in pinned)
        ]
        yield from (Place(topic, number) for number in former)
        # Where there are as many former groups as room, a group that continues
        # none of them can be said to continue one that is free, and costs no more.
        if room[topic] > len(former):
            yield Place(topic)


def _numbers_of_groups(problem: Problem) -> range:
    """Return how many groups there can be, as far as sizes and room tell."""
    people, sizes = len(problem.people), problem.sizes
    room = sum(max(topic.groups_max, 0) for topic in problem.topics)
    fewest = max(problem.groups_min, -(-people // max(sizes.largest, 1)))
    most = min(problem.groups_max, room, people // max(sizes.smallest, 1))
    return range(fewest, most + 1)
