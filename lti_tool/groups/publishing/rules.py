"""Which group goes on under which name, and what a publication changes for whom."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import TypeVar

_Slot = TypeVar("_Slot")


@dataclass(frozen=True, slots=True)
class Place:
    """A group as participants know it: its name, its topic, who is in it."""

    name: str
    topic: str
    people: tuple[int, ...] = ()
    topic_id: int | None = None
    """Names the topic whatever its title; None where that was not kept."""
    group_id: int | None = None
    """The group of the course, with the work that it handed in; None for a new one, or not kept."""

    @property
    def key(self) -> tuple[str, str]:
        """By what people know a group as the same."""
        return self.name, self.topic

    def has_topic_of(self, other: "Place") -> bool:
        """Tell whether two groups work on the same topic."""
        if self.topic_id is None or other.topic_id is None:
            return self.topic == other.topic
        return self.topic_id == other.topic_id


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
    teams: Sequence[tuple[int, Place]],
    before: Sequence[Place],
    name: Callable[[int], str],
) -> list[Place]:
    """Return each (number, group without a name) with its name, in their order.

    A team goes on as the earlier group of its topic with which it shares most
    people; of several the first in ``before`` counts. A team that shares nobody
    is a new group and gets a name that no earlier group of its topic had, so
    that it does not inherit the work of others.
    """
    shared = sorted(
        (-len(set(new.people).intersection(place.people)), earlier, team)
        for team, (_number, new) in enumerate(teams)
        for earlier, place in enumerate(before)
        if place.has_topic_of(new) and not set(new.people).isdisjoint(place.people)
    )
    names: dict[int, str] = {}
    groups: dict[int, int | None] = {}
    for _overlap, earlier, team in shared:
        if team not in names and before[earlier].name not in names.values():
            names[team], groups[team] = before[earlier].name, before[earlier].group_id
    used = {place.key for place in before}
    for team, (number, new) in enumerate(teams):
        if team not in names:
            # Its own number first, so that names follow the proposal where they can.
            names[team] = next(
                name(n)
                for n in chain((number,), count(1))
                if name(n) not in names.values() and (name(n), new.topic) not in used
            )
    return [
        replace(new, name=names[team], group_id=groups.get(team))
        for team, (_number, new) in enumerate(teams)
    ]


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
