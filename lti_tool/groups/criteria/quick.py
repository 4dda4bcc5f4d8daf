"""What cannot be kept for reasons that can be counted, in a moment.

``is_impossible`` is never wrong where it says so; where it does not, only a
search can tell.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from lti_tool.groups import rules
from lti_tool.groups.criteria import places
from lti_tool.groups.problem import Bond, NotAlone, Person, Problem, Spread, Times
from lti_tool.groups.scoring import common_slots, value_of

_MOST_TO_COMPARE = 300
"""So many people are compared with each other in a moment."""


def is_impossible(problem: Problem) -> bool:
    """Tell whether it can be counted that no grouping keeps the hard rules."""
    return contradicts_itself(problem) or lacks_places(problem)


def contradicts_itself(problem: Problem) -> bool:
    """Tell whether sums, pairs or what few people have leave no grouping."""
    return (
        any(finding.forbids for finding in rules.check(problem))
        or _pairs_contradict(problem, clusters(problem))
        or _pins_contradict(problem, clusters(problem))
        or any(_is_lonely(problem, r) for r in problem.not_alone if r.cost is None)
        or any(_is_too_alike(problem, spread) for spread in problem.spreads)
        or (problem.times is not None and _cannot_meet(problem, problem.times))
    )


def lacks_places(problem: Problem) -> bool:
    """Tell whether not all people have a place; times and who is alone play no part in it."""
    return places.are_missing(problem, clusters(problem))


# Pairs


def clusters(problem: Problem) -> list[frozenset[int]]:
    """Return the people who must be together, as sets; everybody is in one.

    Those who are fixed to one former group are together as well.
    """
    leader = {person.id: person.id for person in problem.people}

    def first(person: int) -> int:
        while leader[person] != person:
            person = leader[person]
        return person

    for bond in problem.together:
        if bond.cost is None:
            leader[first(bond.first)] = first(bond.second)
    fixed: dict[int, int] = {}
    for pin in problem.pins:
        if pin.former is not None:
            leader[first(pin.person)] = first(fixed.setdefault(pin.former, pin.person))
    found: defaultdict[int, set[int]] = defaultdict(set)
    for person in leader:
        found[first(person)].add(person)
    return [frozenset(members) for members in found.values()]


def torn(problem: Problem) -> list[Bond]:
    """Return the pairs that must be apart and, by other pairs, together as well."""
    return [
        bond
        for bond in problem.apart
        if bond.cost is None
        and any({bond.first, bond.second} <= unit for unit in clusters(problem))
    ]


def _pairs_contradict(problem: Problem, together: Sequence[frozenset[int]]) -> bool:
    apart = places.apart(problem, together)
    return (
        any(len(both) == 1 for both in apart)
        or max(map(len, together), default=0) > problem.sizes.largest
        or _most_mutually_apart(apart) > problem.groups_max
    )


def _pins_contradict(problem: Problem, together: Sequence[frozenset[int]]) -> bool:
    """Tell whether people who must be together are fixed to different former groups, or these are too many."""
    former = {pin.person: pin.former for pin in problem.pins if pin.former is not None}
    return len(set(former.values())) > problem.groups_max or any(
        len({former[person] for person in members & former.keys()}) > 1
        for members in together
    )


def _most_mutually_apart(apart: Iterable[frozenset[int]]) -> int:
    """Return how many are found who must all be apart from each other; there may be more."""
    others: defaultdict[int, set[int]] = defaultdict(set)
    for one, two in map(tuple, apart):
        others[one].add(two)
        others[two].add(one)
    most = 0
    for start in others:
        chosen, open_ = 1, set(others[start])
        while open_:
            following = max(
                open_, key=lambda person: (len(others[person] & open_), -person)
            )
            chosen, open_ = chosen + 1, open_ & others[following]
        most = max(most, chosen)
    return most


# What people have


def _is_too_alike(problem: Problem, spread: Spread) -> bool:
    """Tell whether not even one group can be filled with people who differ enough."""
    if spread.most is None:
        return False
    values = Counter(value_of(person, spread.attribute) for person in problem.people)
    unknown = values.pop(None, 0)
    seats = sum(min(spread.most, count) for count in values.values()) + unknown
    return seats < problem.sizes.smallest


def _is_lonely(problem: Problem, rule: NotAlone) -> bool:
    """Tell whether somebody cannot be with anybody else who has the value."""
    having = [p.id for p in problem.people if value_of(p, rule.attribute) == rule.value]
    parted = {
        frozenset((bond.first, bond.second))
        for bond in problem.apart
        if bond.cost is None
    }
    return any(
        all(frozenset((person, other)) in parted for other in having if other != person)
        for person in having
    )


def _cannot_meet(problem: Problem, times: Times) -> bool:
    """Tell whether somebody has too few others to share enough times with."""
    if len(problem.people) > _MOST_TO_COMPARE:
        return False
    return bool(people_who_cannot_meet(problem, times)) or any(
        not _share(first, second, times.at_least)
        for first, second in _inseparable(problem)
    )


def people_who_cannot_meet(problem: Problem, times: Times) -> list[int]:
    """Return who shares enough times with too few others to fill a group."""
    people = problem.people
    if len(people) > _MOST_TO_COMPARE:
        return []
    return [
        person.id
        for person in people
        if person.available is not None
        and sum(_share(person, other, times.at_least) for other in people)
        < problem.sizes.smallest
    ]


def _share(one: Person, two: Person, at_least: int) -> bool:
    slots = common_slots((one, two))
    return slots is None or len(slots) >= at_least


def _inseparable(problem: Problem) -> Iterator[tuple[Person, Person]]:
    people = {person.id: person for person in problem.people}
    for bond in problem.together:
        if bond.cost is None:
            yield people[bond.first], people[bond.second]
