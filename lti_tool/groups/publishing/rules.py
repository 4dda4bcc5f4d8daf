"""Which group goes on under which name, and what a publication changes for whom."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import TypeVar

_Slot = TypeVar("_Slot")


@dataclass(frozen=True, slots=True)
class Place:
    """A group as participants know it: its name, its topic, who is in it."""

    name: str
    topic: str
    people: tuple[int, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """By what a group is known as the same, with the work that it handed in."""
        return self.name, self.topic


@dataclass(frozen=True, slots=True)
class Change:
    """A person whose group is another one than before; None is no group."""

    person: int
    before: Place | None
    after: Place | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What one publication changes against another."""

    moved: tuple[Change, ...]
    placed: tuple[Change, ...]
    """In a group now, and in none before."""
    dropped: tuple[Change, ...]
    """In no group any more."""
    stay: int
    """How many are where they were."""

    @property
    def is_empty(self) -> bool:
        """Whether everybody is where they were."""
        return not (self.moved or self.placed or self.dropped)


def named(
    teams: Sequence[tuple[int, str, Collection[int]]],
    before: Sequence[Place],
    name: Callable[[int], str],
) -> list[str]:
    """Return a name for each (number, topic, people), in their order.

    A team goes on as the earlier group of its topic with which it shares most
    people; of several the first in ``before`` counts. A team that shares nobody
    is a new group and gets a name that no earlier group of its topic had, so
    that it does not inherit the work of others.
    """
    shared = sorted(
        (-len(set(people).intersection(place.people)), earlier, team)
        for team, (_number, topic, people) in enumerate(teams)
        for earlier, place in enumerate(before)
        if place.topic == topic and not set(people).isdisjoint(place.people)
    )
    found: dict[int, str] = {}
    for _overlap, earlier, team in shared:
        if team not in found and before[earlier].name not in found.values():
            found[team] = before[earlier].name
    used = {place.key for place in before}
    for team, (number, topic, _people) in enumerate(teams):
        if team not in found:
            # Its own number first, so that names follow the proposal where they can.
            found[team] = next(
                name(n)
                for n in chain((number,), count(1))
                if name(n) not in found.values() and (name(n), topic) not in used
            )
    return [found[team] for team in range(len(teams))]


def difference(before: Iterable[Place], after: Iterable[Place]) -> Difference:
    """Return who moves, who gets a group, who loses theirs, and how many stay."""
    old, new = by_person(before), by_person(after)
    changes = [
        Change(person, old.get(person), new.get(person))
        for person in sorted(old.keys() | new.keys())
    ]
    differing = [c for c in changes if _key(c.before) != _key(c.after)]
    return Difference(
        moved=tuple(c for c in differing if c.before and c.after),
        placed=tuple(c for c in differing if not c.before),
        dropped=tuple(c for c in differing if not c.after),
        stay=len(changes) - len(differing),
    )


def by_person(places: Iterable[Place]) -> dict[int, Place]:
    """Return the group of each person."""
    return {person: place for place in places for person in place.people}


def _key(place: Place | None) -> tuple[str, str] | None:
    return place.key if place else None


def in_order(places: Iterable[Place]) -> tuple[Place, ...]:
    """Return groups by name, where "10" comes after "9"."""
    return tuple(sorted(places, key=lambda place: (len(place.name), place.name)))


ENOUGH = 2
"""So many others must have said when they can meet before a group sees common times."""


def common(
    asked: Iterable[_Slot], free: Mapping[int, Collection[_Slot]], reader: int
) -> tuple[_Slot, ...] | None:
    """Return when all can meet who said something.

    None where fewer than two others did: what remains would be the times of one person.
    """
    if len(free.keys() - {reader}) < ENOUGH:
        return None
    return tuple(
        slot for slot in asked if all(slot in slots for slots in free.values())
    )
