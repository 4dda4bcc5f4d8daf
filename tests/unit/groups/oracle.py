"""What groupings are worth, worked out a second time and by plain enumeration.

Shares no code with the package: problems arrive as plain numbers.
"""

from functools import cache
from itertools import combinations
from math import inf

PRICE = {1: 0, 2: 4, 3: 8, 4: 14, 5: 20}


def price_of(wishes, offered, topic):
    real = []
    for wish in wishes:
        if wish in offered and wish not in real:
            real.append(wish)
    if not real:
        return 8
    for place, wish in enumerate(real[:5], start=1):
        if wish == topic:
            return PRICE[place]
    return 30


def judge(problem, groups):
    """Return the cost of groups, after asserting that they break no hard rule."""
    room = {topic.id: topic.groups_max for topic in problem.topics}
    wishes = {person.id: person.wishes for person in problem.people}
    placed = sorted(member for group in groups for member in group.people)
    assert placed == sorted(wishes)
    assert problem.groups_min <= len(groups) <= problem.groups_max
    total = 0
    for group in groups:
        room[group.topic] -= 1
        assert room[group.topic] >= 0
        size = len(group.people)
        assert problem.sizes.smallest <= size <= problem.sizes.largest
        total += 2 * abs(size - problem.sizes.preferred)
        for member in group.people:
            total += price_of(wishes[member], set(room), group.topic)
    return total


def first_groups(people, sizes):
    """Return each group that the first person could be in, and who is left."""
    first, others = people[0], people[1:]
    for size in range(sizes.smallest, min(sizes.largest, len(people)) + 1):
        for company in combinations(others, size - 1):
            left = tuple(person for person in others if person not in company)
            yield (first, *company), left


def cheapest(problem):
    """Return the lowest cost of any grouping, or None where there is none."""
    topics = tuple(topic.id for topic in problem.topics)
    wishes = {person.id: person.wishes for person in problem.people}

    def here(group, topic):
        size_cost = 2 * abs(len(group) - problem.sizes.preferred)
        return size_cost + sum(price_of(wishes[p], set(topics), topic) for p in group)

    @cache
    def rest(people, room, opened):
        if not people:
            return 0 if opened >= problem.groups_min else inf
        if opened == problem.groups_max:
            return inf
        return min(
            (
                here(group, topic)
                + rest(left, (*room[:at], free - 1, *room[at + 1 :]), opened + 1)
                for group, left in first_groups(people, problem.sizes)
                for at, (topic, free) in enumerate(zip(topics, room, strict=True))
                if free
            ),
            default=inf,
        )

    room = tuple(topic.groups_max for topic in problem.topics)
    lowest = rest(tuple(sorted(wishes)), room, 0)
    return None if lowest == inf else lowest
