"""What groupings are worth, worked out a second time and by plain enumeration.

Shares no code with the package: problems arrive as plain numbers.
"""

from functools import cache
from itertools import combinations
from math import inf


def judge(problem, groups):
    """Return the cost of groups, after asserting that they break no hard rule."""
    assert all_faults(problem, groups) == []
    return sum(cost_of(problem, g.topic, g.former, set(g.people)) for g in groups)


def all_faults(problem, groups):
    """Return every way in which groups break a hard rule."""
    return [
        *faults_of_all(problem, groups),
        *(
            fault
            for g in groups
            for fault in faults_of(problem, g.topic, g.former, set(g.people))
        ),
    ]


def faults_of_all(problem, groups):
    ids = sorted(person.id for person in problem.people)
    if sorted(member for group in groups for member in group.people) != ids:
        yield "somebody has no place, or two"
    if not problem.groups_min <= len(groups) <= problem.groups_max:
        yield "number of groups"
    used = [group.topic for group in groups]
    if any(used.count(offer.id) > offer.groups_max for offer in problem.topics):
        yield "room of a topic"
    for pool in problem.pools:
        if sum(topic in pool.topics for topic in used) > pool.groups_max:
            yield "room of a pool"
    continued = [group.former for group in groups if group.former is not None]
    if len(continued) > len(set(continued)):
        yield "continued twice"


def faults_of(problem, topic, former, here):
    """Return every way in which one group breaks a hard rule."""
    members = [person for person in problem.people if person.id in here]
    return [
        *faults_of_place(problem, topic, former, members),
        *faults_of_mix(problem, members),
        *faults_of_pairs(problem, here),
    ]


def faults_of_place(problem, topic, former, members):
    if topic not in [offer.id for offer in problem.topics]:
        yield "no such topic"
    if former is not None and problem.former[former].topic != topic:
        yield "continues another topic"
    if not problem.sizes.smallest <= len(members) <= problem.sizes.largest:
        yield "size"
    for person in members:
        real = real_wishes(problem, person.wishes)
        bounded = problem.worst_rank is not None and bool(real)
        if bounded and topic not in real[: problem.worst_rank]:
            yield "worst rank"
        pins = [pin for pin in problem.pins if pin.person == person.id]
        if {pin.topic for pin in pins} - {None, topic}:
            yield "pinned to another topic"
        if {pin.former for pin in pins} - {None, former}:
            yield "pinned to another group"


def faults_of_mix(problem, members):
    for spread in problem.spreads:
        values = known_values(members, spread.attribute)
        if any(values.count(v) > (spread.most or inf) for v in values):
            yield "crowded"
    for rule in problem.not_alone:
        values = known_values(members, rule.attribute)
        if rule.cost is None and values.count(rule.value) == 1:
            yield "alone"
    slots = slots_of(members)
    needed = problem.times.at_least if problem.times is not None else 0
    if slots is not None and len(slots) < needed:
        yield "no time"


def faults_of_pairs(problem, here):
    for first, second, cost in known_bonds(problem, problem.apart):
        if cost is None and first in here and second in here:
            yield "not apart"
    for first, second, cost in known_bonds(problem, problem.together):
        if cost is None and (first in here) != (second in here):
            yield "not together"


def cost_of(problem, topic, former, here):
    """Return what one group costs."""
    members = [person for person in problem.people if person.id in here]
    return (
        problem.weights.size * abs(len(here) - problem.sizes.preferred)
        + sum(price_of(problem, person.wishes, topic) for person in members)
        + sum(prices_of_mix(problem, members))
        + sum(prices_of_pairs(problem, here))
        + problem.move_cost * sum(moved(problem, former, here))
    )


def price_of(problem, wishes, topic):
    """Return what a person with these wishes costs at a topic."""
    real = real_wishes(problem, wishes)
    if not real:
        return problem.weights.silent
    return dict(zip(real, problem.weights.ranks, strict=False)).get(
        topic, problem.weights.unwished
    )


def prices_of_mix(problem, members):
    for spread in problem.spreads:
        values = known_values(members, spread.attribute)
        again = [v for place, v in enumerate(values) if v in values[:place]]
        yield spread.cost * len(again)
    for rule in problem.not_alone:
        values = known_values(members, rule.attribute)
        if rule.cost is not None and values.count(rule.value) == 1:
            yield rule.cost
    slots = slots_of(members)
    if problem.times is not None and slots is not None:
        yield problem.times.cost * max(problem.times.wanted - len(slots), 0)


def prices_of_pairs(problem, here):
    for first, second, cost in known_bonds(problem, problem.apart):
        if cost is not None and first in here and second in here:
            yield cost
    for first, second, cost in known_bonds(problem, problem.together):
        if cost is not None and first in here and second not in here:
            yield cost


def moved(problem, former, here):
    """Say of each person of a group that exists whether they are here and it is not."""
    for number, group in enumerate(problem.former):
        for person in group.people:
            yield person in here and number != former


def real_wishes(problem, wishes):
    offered = [offer.id for offer in problem.topics]
    real = [wish for wish in dict.fromkeys(wishes) if wish in offered]
    return real[: len(problem.weights.ranks)]


def known_bonds(problem, bonds):
    ids = [person.id for person in problem.people]
    for bond in bonds:
        if bond.first in ids and bond.second in ids:
            yield bond.first, bond.second, bond.cost


def known_values(members, attribute):
    values = [p.attributes[attribute : attribute + 1] for p in members]
    return [value[0] for value in values if value not in ((), (None,))]


def slots_of(members):
    told = [set(p.available) for p in members if p.available is not None]
    return set.intersection(*told) if told else None


def first_groups(people, sizes):
    """Return each group that the first person could be in, and who is left."""
    first, others = people[0], people[1:]
    for size in range(max(sizes.smallest, 1), min(sizes.largest, len(people)) + 1):
        for company in combinations(others, size - 1):
            left = tuple(person for person in others if person not in company)
            yield (first, *company), left


def offers_of(problem, group):
    """Return what a group could work on, and at what cost."""
    kinds = [(topic.id, None) for topic in problem.topics]
    kinds += [(before.topic, n) for n, before in enumerate(problem.former)]
    return [
        (kind, cost_of(problem, *kind, set(group)))
        for kind in kinds
        if not faults_of(problem, *kind, set(group))
    ]


def has_room(problem, used, kind):
    """Tell whether one group more has room beside those that are there."""
    topics = [topic for topic, _ in (*used, kind)]
    (room,) = (offer.groups_max for offer in problem.topics if offer.id == kind[0])
    return (
        topics.count(kind[0]) <= room
        and (kind[1] is None or kind not in used)
        and all(
            sum(topic in pool.topics for topic in topics) <= pool.groups_max
            for pool in problem.pools
        )
    )


def cheapest(problem):
    """Return the lowest cost of any grouping, or None where there is none."""
    offers = cache(lambda group: offers_of(problem, group))
    fits = cache(lambda used, kind: has_room(problem, used, kind))

    @cache
    def rest(people, used):
        if not people:
            return 0 if len(used) >= problem.groups_min else inf
        if len(used) == problem.groups_max:
            return inf
        lowest = inf
        for group, left in first_groups(people, problem.sizes):
            for kind, cost in offers(group):
                if cost < lowest and fits(used, kind):
                    now = tuple(sorted((*used, kind), key=str))
                    lowest = min(lowest, cost + rest(left, now))
        return lowest

    lowest = rest(tuple(sorted(person.id for person in problem.people)), ())
    return None if lowest == inf else lowest
