"""Rule cards: what each adds to a problem, and the presets.

The higher a card stands the more it counts. What stands above the wishes for
topics counts at least double. Weights are words: *must* forbids, *important* is
the usual weight, *would be nice* half of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from lti_tool.groups.problem import (
    Bond,
    NotAlone,
    Pool,
    Problem,
    Sizes,
    Spread,
    Times,
    Weights,
)


class Kind(StrEnum):
    """What a card is about."""

    WISHES = "wishes"
    WORST_WISH = "worst_wish"
    SIZES = "sizes"
    GROUPS = "groups"
    CAPACITY = "capacity"
    SPREAD = "spread"
    NOT_ALONE = "not_alone"
    TIMES = "times"
    PEOPLE = "people"


class Strength(StrEnum):
    """How much a rule counts."""

    MUST = "must"
    IMPORTANT = "important"
    NICE = "nice"


class Bonding(StrEnum):
    """What two people shall be."""

    APART = "apart"
    TOGETHER = "together"


class Preset(StrEnum):
    """Ways to weigh wishes against each other and against all else."""

    FAIR = "fair"
    MIXED = "mixed"
    WISHES_FIRST = "wishes_first"


WEIGHTS: Mapping[Preset, Weights] = {
    # A late wish costs much more than several early ones.
    Preset.FAIR: Weights(ranks=(0, 2, 8, 24, 48), unwished=90),
    Preset.MIXED: Weights(),
    # Nearly all of the cost is to miss the favourite at all.
    Preset.WISHES_FIRST: Weights(ranks=(0, 14, 18, 22, 26), unwished=40),
}
SOFT_ONLY = frozenset({Kind.WISHES, Kind.TIMES, Kind.PEOPLE, Kind.SIZES})
"""Kinds whose strength is a weight; what they forbid is said by a number."""
HARD_ONLY = frozenset({Kind.WORST_WISH, Kind.GROUPS, Kind.CAPACITY})
"""Kinds that only forbid."""
WITH_ATTRIBUTE = frozenset({Kind.SPREAD, Kind.NOT_ALONE})
ONCE = frozenset(Kind) - WITH_ATTRIBUTE - {Kind.CAPACITY}
"""Kinds of which a formation has one card at most."""
_PAIR_COST = 25
_STEP = 1.25
_BY_STRENGTH = {Strength.MUST: 1.0, Strength.IMPORTANT: 1.0, Strength.NICE: 0.5}
_ELSE = {Preset.FAIR: 1.0, Preset.MIXED: 1.0, Preset.WISHES_FIRST: 0.5}


@dataclass(frozen=True, slots=True)
class Card:
    """A rule as a lead says it."""

    kind: Kind
    strength: Strength = Strength.IMPORTANT
    is_on: bool = True
    attribute: str | None = None
    """The key of the attribute."""
    value: str | None = None
    """The key of a value, None for every one; of the wishes the preset by which they are weighed."""
    least: int | None = None
    wanted: int | None = None
    most: int | None = None
    topics: tuple[int, ...] = ()
    purpose: str = ""
    id: int = 0
    """Of the stored card; 0 for one that is not stored."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two people apart or together."""

    first: int
    second: int
    bonding: Bonding
    strength: Strength = Strength.MUST


@dataclass(frozen=True, slots=True)
class Attribute:
    """What people can be told apart by: its key, and the number of each value by the value's key."""

    key: str
    values: Mapping[str, int]


def strengths(kind: Kind) -> tuple[Strength, ...]:
    """Return the strengths that a card of this kind can have."""
    if kind in HARD_ONLY:
        return (Strength.MUST,)
    if kind == Kind.WISHES:
        return (Strength.IMPORTANT,)
    if kind in SOFT_ONLY:
        return (Strength.IMPORTANT, Strength.NICE)
    return tuple(Strength)


# Presets


def with_preset(cards: Sequence[Card], preset: Preset) -> list[Card]:
    """Return the cards with the wishes weighed as a preset has it."""
    if not any(card.kind == Kind.WISHES for card in cards):
        return [Card(Kind.WISHES, value=preset), *cards]
    return [
        replace(card, value=preset, is_on=True) if card.kind == Kind.WISHES else card
        for card in cards
    ]


def preset_of(cards: Iterable[Card]) -> Preset:
    """Return the preset by which the wishes are weighed."""
    said = (card.value for card in cards if card.kind == Kind.WISHES and card.is_on)
    return Preset(next(said, None) or Preset.MIXED)


# What cards add to a problem


def apply(
    problem: Problem,
    cards: Iterable[Card],
    pairings: Iterable[Pairing],
    attributes: Sequence[Attribute],
) -> Problem:
    """Return the problem with all that the cards and pairs say; what is not there is ignored."""
    on = [card for card in cards if card.is_on]
    for card, factor in zip(on, factors(on), strict=True):
        problem = _ADD[card.kind](problem, card, factor, attributes)
    return _bonded(problem, pairings)


def factors(cards: Sequence[Card]) -> list[float]:
    """Return how many times its usual weight each card counts: by place, then by strength.

    The first below the wishes counts once, each further one a fifth less; where no card
    speaks of the wishes, all stand below them.
    """
    soft = [place for place, card in enumerate(cards) if card.kind not in HARD_ONLY]
    wishes = [place for place in soft if cards[place].kind == Kind.WISHES]
    anchor = soft.index(wishes[0]) if wishes else -1
    all_else = _ELSE[preset_of(cards)]
    found = [1.0] * len(cards)
    for order, place in enumerate(soft):
        above = anchor - order
        by_place = 2 * _STEP ** (above - 1) if above > 0 else _STEP ** (above + 1)
        found[place] = by_place * all_else * _BY_STRENGTH[cards[place].strength]
    return found


def _weighed(cost: int, factor: float) -> int:
    return max(1, round(cost * factor))


def _wishes(
    problem: Problem, card: Card, _factor: float, _all: Sequence[Attribute]
) -> Problem:
    weights = WEIGHTS[Preset(card.value or Preset.MIXED)]
    return replace(problem, weights=replace(weights, size=problem.weights.size))


def _worst_wish(
    problem: Problem, card: Card, _factor: float, _all: Sequence[Attribute]
) -> Problem:
    return replace(problem, worst_rank=card.most)


def _sizes(
    problem: Problem, card: Card, factor: float, _all: Sequence[Attribute]
) -> Problem:
    size = _weighed(Weights().size, factor)
    problem = replace(problem, weights=replace(problem.weights, size=size))
    if card.least is None or card.wanted is None or card.most is None:
        return problem
    return replace(problem, sizes=Sizes(card.least, card.wanted, card.most))


def _groups(
    problem: Problem, card: Card, _factor: float, _all: Sequence[Attribute]
) -> Problem:
    fewest, most = card.least or problem.groups_min, card.most or problem.groups_max
    return replace(problem, groups_min=fewest, groups_max=most)


def _capacity(
    problem: Problem, card: Card, _factor: float, _all: Sequence[Attribute]
) -> Problem:
    offered = {topic.id for topic in problem.topics}
    topics = tuple(topic for topic in card.topics if topic in offered)
    if not topics or card.most is None:
        return problem
    return replace(problem, pools=(*problem.pools, Pool(topics, card.most)))


def _spread(
    problem: Problem, card: Card, factor: float, attributes: Sequence[Attribute]
) -> Problem:
    number = _number(attributes, card.attribute)
    if number is None:
        return problem
    most = card.most if card.strength == Strength.MUST else None
    spread = Spread(number, _weighed(Spread(number).cost, factor), most)
    return replace(problem, spreads=(*problem.spreads, spread))


def _not_alone(
    problem: Problem, card: Card, factor: float, attributes: Sequence[Attribute]
) -> Problem:
    number = _number(attributes, card.attribute)
    if number is None:
        return problem
    usual = NotAlone(number, 0).cost or 1
    cost = None if card.strength == Strength.MUST else _weighed(usual, factor)
    added = tuple(
        NotAlone(number, value, cost) for value in _values(attributes[number], card)
    )
    return replace(problem, not_alone=(*problem.not_alone, *added))


def _times(
    problem: Problem, card: Card, factor: float, _all: Sequence[Attribute]
) -> Problem:
    at_least = card.least or 0
    wanted = max(card.wanted or 0, at_least)
    cost = _weighed(Times().cost, factor)
    return replace(problem, times=Times(at_least, wanted, cost))


def _people(
    problem: Problem, _card: Card, factor: float, _all: Sequence[Attribute]
) -> Problem:
    return replace(
        problem,
        apart=tuple(_reweighed(problem.apart, factor)),
        together=tuple(_reweighed(problem.together, factor)),
    )


def _reweighed(bonds: Iterable[Bond], factor: float) -> Iterator[Bond]:
    for bond in bonds:
        cost = None if bond.cost is None else _weighed(bond.cost, factor)
        yield replace(bond, cost=cost)


_ADD = {
    Kind.WISHES: _wishes,
    Kind.WORST_WISH: _worst_wish,
    Kind.SIZES: _sizes,
    Kind.GROUPS: _groups,
    Kind.CAPACITY: _capacity,
    Kind.SPREAD: _spread,
    Kind.NOT_ALONE: _not_alone,
    Kind.TIMES: _times,
    Kind.PEOPLE: _people,
}


def _number(attributes: Sequence[Attribute], key: str | None) -> int | None:
    keys = [attribute.key for attribute in attributes]
    return keys.index(key) if key in keys else None


def _values(attribute: Attribute, card: Card) -> list[int]:
    """Return the values of which nobody may be alone: the one of the card, or all."""
    if card.value is None:
        return sorted(attribute.values.values())
    number = attribute.values.get(card.value)
    return [] if number is None else [number]


def _bonded(problem: Problem, pairings: Iterable[Pairing]) -> Problem:
    """Add the pairs of which both people are there."""
    here = {person.id for person in problem.people}
    found: dict[Bonding, list[Bond]] = {Bonding.APART: [], Bonding.TOGETHER: []}
    costs = {Strength.MUST: None, Strength.NICE: _PAIR_COST // 2}
    for pair in pairings:
        if {pair.first, pair.second} <= here:
            cost = costs.get(pair.strength, _PAIR_COST)
            found[pair.bonding].append(Bond(pair.first, pair.second, cost))
    return replace(
        problem,
        apart=(*problem.apart, *found[Bonding.APART]),
        together=(*problem.together, *found[Bonding.TOGETHER]),
    )
