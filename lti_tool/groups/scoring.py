"""What a grouping costs, part by part, and which hard rules it breaks."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import reduce

from lti_tool.groups.problem import (
    Bond,
    Group,
    NotAlone,
    Person,
    Pin,
    Problem,
    Spread,
    Times,
    Weights,
    standing_wishes,
)


@dataclass(frozen=True, slots=True)
class Cost:
    """The parts of what a group, or a whole grouping, costs."""

    preference: int = 0
    diversity: int = 0
    isolation: int = 0
    times: int = 0
    bonds: int = 0
    size: int = 0
    moves: int = 0

    @property
    def total(self) -> int:
        """The sum of all parts."""
        return sum(getattr(self, part.name) for part in fields(self))

    def __add__(self, other: "Cost") -> "Cost":
        """Return the cost of both, part by part."""
        return Cost(
            *(getattr(self, p.name) + getattr(other, p.name) for p in fields(self))
        )


class Breach(StrEnum):
    """A hard rule that a grouping breaks."""

    NOT_ONE_PLACE_EACH = "not_one_place_each"
    SIZE = "size"
    NUMBER_OF_GROUPS = "number_of_groups"
    TOPIC_FULL = "topic_full"
    POOL_FULL = "pool_full"
    WORST_RANK = "worst_rank"
    SPREAD = "spread"
    ALONE = "alone"
    NO_COMMON_TIME = "no_common_time"
    NOT_APART = "not_apart"
    NOT_TOGETHER = "not_together"
    PIN = "pin"
    FORMER = "former"


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken rule: in which group (None for the whole), and whom it concerns."""

    breach: Breach
    group: int | None = None
    people: tuple[int, ...] = ()


def rank_of(wishes: Sequence[int], topic: int) -> int | None:
    """Return the place of the topic among the wishes, 1 for the favourite."""
    return wishes.index(topic) + 1 if topic in wishes else None


def preference_cost(weights: Weights, wishes: Sequence[int], topic: int) -> int:
    """Return what it costs to place a person with these standing wishes on the topic."""
    if not wishes:
        return weights.silent
    rank = rank_of(wishes, topic)
    return weights.unwished if rank is None else weights.ranks[rank - 1]


def repeated(spread: Spread, members: Iterable[Person]) -> int:
    """Return how many members have a value that another one before them has."""
    known = [value_of(member, spread.attribute) for member in members]
    values = [value for value in known if value is not None]
    return len(values) - len(set(values))


def is_alone(rule: NotAlone, members: Iterable[Person]) -> bool:
    """Tell whether exactly one member has the value."""
    return sum(value_of(m, rule.attribute) == rule.value for m in members) == 1


def common_slots(members: Iterable[Person]) -> frozenset[int] | None:
    """Return the slots at which all who said something can meet; None where nobody said anything."""
    told = [m.available for m in members if m.available is not None]
    return reduce(frozenset.intersection, told) if told else None


def value_of(person: Person, attribute: int) -> int | None:
    """Return a person's value of an attribute, None where it is not known."""
    return person.attributes[attribute] if attribute < len(person.attributes) else None


class Scorer:
    """Scores groupings of one problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.people = {person.id: person for person in problem.people}
        most = len(problem.weights.ranks)
        self.wishes = {
            person.id: standing_wishes(person, problem.topics, most)
            for person in problem.people
        }
        self.before = {
            person: number
            for number, group in enumerate(problem.former)
            for person in group.people
        }
        self.apart = self._known(problem.apart)
        self.together = self._known(problem.together)
        self.pins: dict[int, list[Pin]] = {}
        for pin in problem.pins:
            self.pins.setdefault(pin.person, []).append(pin)

    def _known(self, bonds: Iterable[Bond]) -> tuple[Bond, ...]:
        """Return the bonds that count: those between two people of the problem."""
        return tuple(b for b in bonds if {b.first, b.second} <= self.people.keys())

    def cost(self, groups: Iterable[Group]) -> Cost:
        """Return the cost of a whole grouping."""
        return sum((self.cost_of(group) for group in groups), Cost())

    def cost_of(self, group: Group) -> Cost:
        """Return what one group costs; what a bond costs is told where its first person is."""
        problem, weights = self.problem, self.problem.weights
        members = [self.people[person] for person in group.people]
        here = frozenset(group.people)
        return Cost(
            preference=sum(
                preference_cost(weights, self.wishes[person], group.topic)
                for person in group.people
            ),
            diversity=sum(s.cost * repeated(s, members) for s in problem.spreads),
            isolation=sum(
                rule.cost
                for rule in problem.not_alone
                if rule.cost is not None and is_alone(rule, members)
            ),
            times=_time_cost(problem.times, members),
            bonds=sum(self._bond_costs(here)),
            size=weights.size * abs(len(members) - problem.sizes.preferred),
            moves=problem.move_cost
            * sum(
                person in self.before and self.before[person] != group.former
                for person in group.people
            ),
        )

    def ranks(self, groups: Iterable[Group]) -> dict[int, int | None]:
        """Return which of their wishes each placed person got."""
        return {
            person: rank_of(self.wishes[person], group.topic)
            for group in groups
            for person in group.people
            if person in self.wishes
        }

    def broken(self, groups: Sequence[Group]) -> tuple[Broken, ...]:
        """Return every hard rule that the grouping breaks."""
        return (
            *self._broken_by_all(groups),
            *(b for number, g in enumerate(groups) for b in self._broken_by(number, g)),
        )

    def _broken_by_all(self, groups: Sequence[Group]) -> Iterator[Broken]:
        problem = self.problem
        placed = Counter(person for group in groups for person in group.people)
        wrong = {p for p in self.people if placed[p] != 1} | placed.keys() - self.people
        if wrong:
            yield Broken(Breach.NOT_ONE_PLACE_EACH, people=tuple(sorted(wrong)))
        if not problem.groups_min <= len(groups) <= problem.groups_max:
            yield Broken(Breach.NUMBER_OF_GROUPS)
        used = Counter(group.topic for group in groups)
        room = {topic.id: topic.groups_max for topic in problem.topics}
        if any(count > room.get(topic, 0) for topic, count in used.items()):
            yield Broken(Breach.TOPIC_FULL)
        for pool in problem.pools:
            if sum(used[topic] for topic in pool.topics) > pool.groups_max:
                yield Broken(Breach.POOL_FULL)
        continued = Counter(g.former for g in groups if g.former is not None)
        if any(count > 1 for count in continued.values()) or any(
            problem.former[g.former].topic != g.topic
            for g in groups
            if g.former is not None
        ):
            yield Broken(Breach.FORMER)

    def _broken_by(self, number: int, group: Group) -> Iterator[Broken]:
        problem = self.problem
        people = [p for p in group.people if p in self.people]
        if not problem.sizes.smallest <= len(people) <= problem.sizes.largest:
            yield Broken(Breach.SIZE, number)
        low = tuple(person for person in people if self.is_too_low(person, group.topic))
        if low:
            yield Broken(Breach.WORST_RANK, number, low)
        yield from self._broken_mix(number, [self.people[p] for p in people])
        yield from self._broken_pairs(number, frozenset(people))
        for person in people:
            if not all(_is_pinned_here(p, group) for p in self.pins.get(person, ())):
                yield Broken(Breach.PIN, number, (person,))

    def _broken_mix(self, number: int, members: Sequence[Person]) -> Iterator[Broken]:
        problem = self.problem
        for spread in problem.spreads:
            if _is_crowded(spread, members):
                yield Broken(Breach.SPREAD, number)
        for rule in problem.not_alone:
            if rule.cost is None and is_alone(rule, members):
                yield Broken(Breach.ALONE, number)
        slots = common_slots(members)
        if problem.times and slots is not None and len(slots) < problem.times.at_least:
            yield Broken(Breach.NO_COMMON_TIME, number)

    def is_too_low(self, person: int, topic: int) -> bool:
        """Tell whether a topic is below the worst wish allowed for a person who answered."""
        worst, wishes = self.problem.worst_rank, self.wishes[person]
        return worst is not None and bool(wishes) and topic not in wishes[:worst]

    def _bond_costs(self, here: frozenset[int]) -> Iterator[int]:
        for bond in self.apart:
            if bond.cost is not None and {bond.first, bond.second} <= here:
                yield bond.cost
        for bond in self.together:
            if bond.cost is not None and _is_parted(bond, here):
                yield bond.cost

    def _broken_pairs(self, number: int, here: frozenset[int]) -> Iterator[Broken]:
        for bond in self.apart:
            if bond.cost is None and {bond.first, bond.second} <= here:
                yield Broken(Breach.NOT_APART, number, (bond.first, bond.second))
        for bond in self.together:
            if bond.cost is None and bond.first in here and bond.second not in here:
                yield Broken(Breach.NOT_TOGETHER, number, (bond.first, bond.second))


def _time_cost(times: Times | None, members: Sequence[Person]) -> int:
    slots = common_slots(members)
    if times is None or slots is None:
        return 0
    return times.cost * max(times.wanted - len(slots), 0)


def _is_parted(bond: Bond, here: frozenset[int]) -> bool:
    return bond.first in here and bond.second not in here


def _is_crowded(spread: Spread, members: Iterable[Person]) -> bool:
    counts = Counter(value_of(m, spread.attribute) for m in members)
    counts.pop(None, None)
    return spread.most is not None and max(counts.values(), default=0) > spread.most


def _is_pinned_here(pin: Pin, group: Group) -> bool:
    if pin.topic is not None and group.topic != pin.topic:
        return False
    return pin.former is None or group.former == pin.former
