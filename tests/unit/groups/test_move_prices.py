"""The price of each move and swap, against the scorer that looks at whole groupings."""

import random
from dataclasses import replace

import pytest

from lti_tool.groups.problem import (
    Bond,
    Group,
    NotAlone,
    Person,
    Pin,
    Problem,
    Sizes,
    Spread,
    Times,
    Topic,
)
from lti_tool.groups.proposals.pricing import moved, offers
from lti_tool.groups.scoring import Breach, Scorer


def classroom(seed: int, size: int = 24) -> tuple[Problem, list[Group]]:
    """Return a problem with rules of all kinds, and any groups."""
    draw = random.Random(seed)  # noqa: S311 - no secret.
    ids = list(range(100, 100 + size))
    people = tuple(
        Person(
            person,
            tuple(draw.sample(range(8), draw.randrange(5))),
            tuple(draw.choice((None, 1, 2, 3)) for _ in range(3)),
            draw.choice((None, frozenset(draw.sample(range(10), 6)))),
        )
        for person in ids
    )
    pairs = [draw.sample(ids, 2) for _ in range(10)]
    draw.shuffle(ids)
    groups = [
        Group(place % 8, tuple(ids[place * 4 : place * 4 + 4]), place)
        for place in range(size // 4)
    ]
    problem = Problem(
        tuple(Topic(topic, 2) for topic in range(8)),
        people,
        Sizes(3, 4, 5),
        1,
        size,
        worst_rank=4,
        spreads=(Spread(0, 3), Spread(1, 2, most=2)),
        not_alone=(NotAlone(2, 1, 25), NotAlone(2, 2, None)),
        times=Times(2, 4, 5),
        apart=(*(Bond(*p) for p in pairs[:2]), *(Bond(*p, 7) for p in pairs[2:4])),
        together=(*(Bond(*p) for p in pairs[4:6]), *(Bond(*p, 6) for p in pairs[6:])),
        pins=(Pin(ids[0], topic=0), Pin(ids[5], former=1)),
        former=tuple(groups),
        move_cost=3,
    )
    return problem, groups


def flat(broken):
    """Return broken rules one by one: a worst wish for each person whom it concerns."""
    return {
        (b.breach, b.group, who)
        for b in broken
        for who in (b.people if b.breach == Breach.WORST_RANK else (b.people,))
    }


def without(group: Group, *people: int) -> Group:
    return replace(group, people=tuple(p for p in group.people if p not in people))


def and_with(group: Group, person: int) -> Group:
    return replace(group, people=(*group.people, person))


@pytest.mark.parametrize("seed", range(8))
def test_each_price_is_what_the_scorer_says_before_and_after(seed):
    problem, groups = classroom(seed)
    scorer = Scorer(problem)
    before, broken = scorer.cost(groups).total, flat(scorer.broken(groups))
    home = {person: at for at, group in enumerate(groups) for person in group.people}

    found = offers(problem, groups)

    assert len(found) == len(problem.people)
    for person, ways in found.items():
        assert ways.keys() == set(range(len(groups))) - {home[person]}
        for there, offer in ways.items():
            for price in (offer.move, *offer.swaps):
                after = list(groups)
                after[home[person]] = without(groups[home[person]], person)
                after[there] = and_with(groups[there], person)
                if price.swap is not None:
                    after[there] = without(after[there], price.swap)
                    after[home[person]] = and_with(after[home[person]], price.swap)
                assert price.cost == scorer.cost(after).total - before
                assert flat(price.broken) == flat(scorer.broken(after)) - broken


def test_who_is_in_no_group_is_offered_all_groups():
    problem, groups = classroom(1)
    late = groups[0].people[0]
    groups[0] = without(groups[0], late)
    scorer = Scorer(problem)

    found = offers(problem, groups, [late])[late]

    assert found.keys() == set(range(len(groups)))
    after = [groups[0], and_with(groups[1], late), *groups[2:]]
    assert found[1].move.cost == scorer.cost(after).total - scorer.cost(groups).total


def test_what_breaks_no_rule_is_offered_first():
    problem, groups = classroom(2)

    for ways in offers(problem, groups).values():
        for offer in ways.values():
            order = [(bool(p.broken), p.cost) for p in offer.swaps]
            assert order == sorted(order)
            assert (bool(offer.best.broken), offer.best.cost) == min(
                order[0], (bool(offer.move.broken), offer.move.cost)
            )


def test_people_are_moved_who_are_not_in_what_continues_their_group():
    before = [Group(1, (1, 2, 3)), Group(1, (4, 5, 6)), Group(2, (7, 8, 9))]
    after = [Group(2, (7, 8, 3)), Group(1, (4, 5, 9)), Group(1, (1, 2, 6))]

    assert moved(before, after) == {3, 6, 9}
    assert moved(before, before) == frozenset()
    assert moved([Group(1, (1, 2))], [Group(2, (1, 2))]) == {1, 2}
