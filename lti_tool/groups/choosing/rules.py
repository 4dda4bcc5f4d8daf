"""Who gets a place that people choose themselves: waiting lists, codes, and what is left to fill."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lti_tool.groups.problem import Group
from lti_tool.groups.scoring import Breach, Scorer

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O, which look like others."""
CODE_LENGTH = 8
"""A million million codes: with so few tries nobody hits one in the time of a course."""
MOST_WRONG = 5
WRONG_WITHIN = timedelta(minutes=10)
_MIXING = frozenset({Breach.SPREAD, Breach.NO_COMMON_TIME, Breach.WORST_RANK})
"""Rules that a single person can break by coming in; the others show only when a group is complete.

Who is to be apart is no such rule: everybody sees who is in a group, so a refusal would tell it.
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A person in a group, or on its waiting list."""

    person: int
    group: int
    is_waiting: bool = False


@dataclass(frozen=True, slots=True)
class Filling:
    """Sizes and number of groups with which nobody who chose has to move."""

    groups: int
    smallest: int
    preferred: int
    largest: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """That not all participants find a place, with the numbers that its sentence needs."""

    people: int
    groups: int
    places: int
    seats: int
    needed_places: int
    """So many places in each of the groups would do."""
    needed_groups: int
    """So many groups with the same places would do."""


MayJoin = Callable[[int, int, Sequence[int]], bool]
"""Whether a person may come into a group with these members."""


def moves_up(
    places: Iterable[Place], capacity: int, groups: Iterable[int], may_join: MayJoin
) -> list[tuple[int, int]]:
    """Return (person, group) of everybody who now gets the place that they waited for, in order.

    ``places`` are in the order in which they were taken. Who moves up leaves the group that they
    were in, so that its list moves up as well.
    """
    waiting = [place for place in places if place.is_waiting]
    members: dict[int, list[int]] = {group: [] for group in groups}
    for place in places:
        if not place.is_waiting:
            members[place.group].append(place.person)
    moved: list[tuple[int, int]] = []
    while (next_one := _next(waiting, members, capacity, may_join)) is not None:
        waiting.remove(next_one)
        for there in members.values():
            if next_one.person in there:
                there.remove(next_one.person)
        members[next_one.group].append(next_one.person)
        moved.append((next_one.person, next_one.group))
    return moved


def _next(
    waiting: Iterable[Place],
    members: Mapping[int, list[int]],
    capacity: int,
    may_join: MayJoin,
) -> Place | None:
    return next(
        (
            place
            for place in waiting
            if len(members[place.group]) < capacity
            and may_join(place.person, place.group, members[place.group])
        ),
        None,
    )


def fits(scorer: Scorer, topic: int, members: Sequence[int], person: int) -> bool:
    """Tell whether a person can come into a group without breaking a hard rule of the formation."""
    if person not in scorer.people:
        return False
    known = tuple(member for member in members if member in scorer.people)
    before = _mixing(scorer, Group(topic, known)) if known else set()
    return _mixing(scorer, Group(topic, (*known, person))) <= before


def _mixing(scorer: Scorer, group: Group) -> set[tuple[Breach, tuple[int, ...]]]:
    return {
        (broken.breach, broken.people)
        for broken in scorer.broken([group])
        if broken.breach in _MIXING
    }


def new_code(choose: Callable[[str], str]) -> str:
    """Return a code; ``choose`` picks one of the letters at random."""
    return "".join(choose(ALPHABET) for _letter in range(CODE_LENGTH))


def shown_code(code: str) -> str:
    """Return a code as it is read out: in two halves."""
    half = CODE_LENGTH // 2
    return f"{code[:half]}-{code[half:]}"


def plain_code(text: str) -> str:
    """Return what somebody typed as a code is stored."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def is_locked(count: int, since: datetime, now: datetime) -> bool:
    """Tell whether somebody typed so many wrong codes that they must wait."""
    return count >= MOST_WRONG and now < since + WRONG_WITHIN


def one_more_wrong(count: int, since: datetime, now: datetime) -> tuple[int, datetime]:
    """Return count and beginning after one more wrong code; after a while all is forgotten."""
    return (1, now) if now >= since + WRONG_WITHIN else (count + 1, since)


def filling(
    sizes: Sequence[int], rest: int, smallest: int, places: int
) -> Filling | None:
    """Return with what groups of these sizes take in the rest, and nobody moves; None for nobody.

    The smallest size gives way where the rest is too few to fill all groups to it.
    """
    people = sum(sizes) + rest
    if not people:
        return None
    largest = max(places, *sizes, 1)
    groups = max(len(sizes), -(-people // largest))
    # Whoever chose a group above its places is let be, but others cannot use those places.
    while sum(max(places - size, 0) for size in _with_new(sizes, groups)) < rest:
        groups += 1
    least = next(
        least
        for least in range(max(min(smallest, places), 1), 0, -1)
        if sum(max(least - size, 0) for size in _with_new(sizes, groups)) <= rest
    )
    preferred = min(max(round(people / groups), least), largest)
    return Filling(groups, least, preferred, largest)


def shortage(
    people: int, places: int, sizes: Sequence[int], more_groups: int
) -> Shortage | None:
    """Return why people do not find a place, None where all do.

    ``sizes`` are those of the groups as they stand; so many more groups can be formed.
    """
    groups = len(sizes) + more_groups
    # Whoever was put into a full group has a place, but others cannot use it.
    seats = sum(max(size, places) for size in sizes) + more_groups * places
    if not groups or people <= seats:
        return None
    return Shortage(
        people,
        groups,
        places,
        seats,
        needed_places=-(-people // groups),
        needed_groups=groups + -(-(people - seats) // places),
    )


def _with_new(sizes: Sequence[int], groups: int) -> list[int]:
    return [*sizes, *[0] * (groups - len(sizes))]
