"""What a lead asks of a proposal besides the rules of the formation, and who is fixed where."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any

from lti_tool.groups.problem import Bond, Group, Pin, Problem

MOST_TELLING_FEWEST_MOVES = 40
"""Up to this number of people it is quick to find, among the best groups, those with the fewest moves."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What one proposal is asked for."""

    preset: str | None = None
    """How rules are weighed in place of what the formation says."""
    based_on: int | None = None
    """The proposal whose groups, as they stand when this one is computed, are the former groups."""
    move_cost: int = 0
    """Of each person who leaves their former group."""
    pins: tuple[Pin, ...] = ()
    title: str = ""
    asks_price: bool = False
    """Whether it only answers what something would cost; it is not listed before it is kept."""
    known_as: tuple[tuple[int, int], ...] = ()
    """(topic, number) of groups that people know, though nobody was in them."""

    def as_json(self) -> dict[str, Any]:
        """Return the terms as they are stored."""
        return asdict(self)

    @staticmethod
    def from_json(stored: Mapping[str, Any] | None) -> "Terms":
        """Return stored terms; nothing stored is nothing asked."""
        if stored is None:
            return Terms()
        pins = tuple(Pin(**pin) for pin in stored["pins"])
        known = tuple((topic, number) for topic, number in stored.get("known_as", ()))
        return Terms(**{**stored, "pins": pins, "known_as": known})


def numbered(
    groups: Sequence[Group], before: Sequence[int], known_as: Iterable[tuple[int, int]]
) -> list[int]:
    """Return a number for each group: its former one, else one known for its topic, else a free one."""
    kept = {before[g.former] for g in groups if g.former is not None}
    spare = list(known_as)
    taken = kept | {number for _topic, number in spare}
    free = (number for number in count(1) if number not in taken)

    def number_of(group: Group) -> int:
        if group.former is not None:
            return before[group.former]
        known = next((one for one in spare if one[0] == group.topic), None)
        if known is None:
            return next(free)
        spare.remove(known)
        return known[1]

    return [number_of(group) for group in groups]


def with_terms(problem: Problem, terms: Terms, former: Sequence[Group]) -> Problem:
    """Return the problem with former groups and pins, as far as people and topics are still there."""
    people = {person.id for person in problem.people}
    topics = {topic.id for topic in problem.topics}
    return replace(
        problem,
        former=tuple(
            replace(group, people=tuple(p for p in group.people if p in people))
            for group in former
        ),
        move_cost=terms.move_cost,
        pins=tuple(
            pin
            for pin in (*problem.pins, *terms.pins)
            if pin.person in people and _stands(pin, topics, former)
        ),
    )


def with_fewest_moves(problem: Problem) -> tuple[Problem, int]:
    """Return a problem whose best groups are those of this one with the fewest moves, and its scale.

    All costs are so many times as high that any number of moves, at 1 more each, weighs less
    than the least of them.
    """
    scale = len(problem.people) + 1
    weights = problem.weights
    times = problem.times

    def scaled(bond: Bond) -> Bond:
        return replace(bond, cost=None if bond.cost is None else bond.cost * scale)

    found = replace(
        problem,
        weights=replace(
            weights,
            ranks=tuple(cost * scale for cost in weights.ranks),
            unwished=weights.unwished * scale,
            silent=weights.silent * scale,
            size=weights.size * scale,
        ),
        spreads=tuple(replace(s, cost=s.cost * scale) for s in problem.spreads),
        not_alone=tuple(
            replace(rule, cost=None if rule.cost is None else rule.cost * scale)
            for rule in problem.not_alone
        ),
        times=times and replace(times, cost=times.cost * scale),
        apart=tuple(scaled(bond) for bond in problem.apart),
        together=tuple(scaled(bond) for bond in problem.together),
        move_cost=problem.move_cost * scale + 1,
    )
    return found, scale


def _stands(pin: Pin, topics: Collection[int | None], former: Sequence[Group]) -> bool:
    if pin.former is None:
        return pin.topic in topics
    return pin.former < len(former) and former[pin.former].topic in topics
