"""Costs that no grouping can be below, found in no time, without HiGHS.

Everybody gets what is best for them alone; every group has the size whose least
repetition of values (more members than there are values) is cheapest for each member;
everybody has as many as possible of those that they are bound to by a wish.
"""

from math import ceil

from lti_tool.groups.problem import Problem
from lti_tool.groups.scoring import value_of
from lti_tool.groups.solver.arrays import Arrays


def cheap_bound(arrays: Arrays) -> int:
    """Return a cost that no grouping is below."""
    problem = arrays.problem
    sizes = range(problem.sizes.smallest, problem.sizes.largest + 1)
    repeats = least_repeats(problem)
    each = min(
        (repeats[size] + problem.weights.size * abs(size - problem.sizes.preferred))
        / size
        for size in sizes
    )
    alone = int(arrays.alone.min(axis=1).sum())
    shapes = ceil(each * len(problem.people) - 1e-6)
    return max(alone + shapes + _wishes(arrays) - _most_kept(arrays), 0)


def possible_numbers(problem: Problem) -> range:
    """Return the numbers of groups that sizes and room allow; one at least."""
    people, sizes = len(problem.people), problem.sizes
    room = sum(topic.groups_max for topic in problem.topics)
    most = max(min(problem.groups_max, room, people // sizes.smallest), 1)
    fewest = max(problem.groups_min, -(-people // sizes.largest), 1)
    return range(min(fewest, most), most + 1)


def least_repeats(problem: Problem) -> list[int]:
    """Return, for each size of a group, what its repeated values cost at least."""
    least = [0] * (problem.sizes.largest + 1)
    for spread in problem.spreads:
        values = {value_of(person, spread.attribute) for person in problem.people}
        # Who did not say anything repeats nothing.
        if None not in values:
            for size in range(len(least)):
                least[size] += spread.cost * max(size - len(values), 0)
    return least


def _most_kept(arrays: Arrays) -> int:
    """Return what kept wishes are worth at most; each is seen from both of its ends."""
    others = arrays.problem.sizes.largest - 1
    worth = (
        sorted((max(-price, 0) for price in pairs.values()), reverse=True)
        for pairs in arrays.pairs
    )
    kept = sum(
        sum(best[: others * size])
        for best, size in zip(worth, arrays.size.tolist(), strict=True)
    )
    return kept // 2


def _wishes(arrays: Arrays) -> int:
    """Return what all wishes to be together cost where none is kept."""
    return arrays.unchanging - arrays.all_values
