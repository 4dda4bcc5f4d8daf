"""What groups are formed from: people, topics, sizes, and the rules that hold among them.

A *problem* is everything that a proposal is computed from, as plain numbers. A
*grouping* is a list of groups, each with a topic and the people in it. What a
rule makes a grouping cost is a whole number; a rule that is *hard* forbids.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many people a group has: at least, at best, at most."""

    smallest: int
    preferred: int
    largest: int


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, and how many groups may work on it."""

    id: int
    groups_max: int = 1


@dataclass(frozen=True, slots=True)
class Person:
    """A person and what groups are formed by."""

    id: int
    wishes: tuple[int, ...] = ()
    """Topics, the favourite first; empty for a person without an answer."""
    attributes: tuple[int | None, ...] = ()
    """The value of each attribute of the problem; None where it is not known."""
    available: frozenset[int] | None = None
    """The slots at which the person can meet; None for a person who did not say."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What it costs to leave wishes and sizes unfulfilled."""

    ranks: tuple[int, ...] = (0, 4, 8, 14, 20)
    """Of a person's first, second … wish; as many wishes count as there are numbers."""
    unwished: int = 30
    """Of a topic that a person who answered did not wish for."""
    silent: int = 8
    """Of a person without an answer, wherever they are."""
    size: int = 2
    """Of each person that a group is off the preferred size."""


@dataclass(frozen=True, slots=True)
class Spread:
    """People in a group should differ in an attribute."""

    attribute: int
    cost: int = 3
    """Of each value that is there again: members with a known value minus distinct values."""
    most: int | None = None
    """Hard: at most so many of a group have the same value."""


@dataclass(frozen=True, slots=True)
class NotAlone:
    """Nobody should be the only one of a group with this value of an attribute."""

    attribute: int
    value: int
    cost: int | None = 25
    """Of a group with exactly one; None forbids such groups."""


@dataclass(frozen=True, slots=True)
class Times:
    """A group needs slots at which all its members who said something can meet."""

    at_least: int = 1
    """Hard."""
    wanted: int = 3
    cost: int = 5
    """Of each common slot short of the wanted number."""


@dataclass(frozen=True, slots=True)
class Bond:
    """Two people who belong together, or apart."""

    first: int
    """The one whose wish it is, where it is a wish."""
    second: int
    cost: int | None = None
    """Of not keeping it; None forbids that."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Topics that share what is scarce, such as somebody who accompanies their groups."""

    topics: tuple[int, ...]
    groups_max: int


@dataclass(frozen=True, slots=True)
class Group:
    """A topic and the people who work on it."""

    topic: int
    people: tuple[int, ...]
    former: int | None = None
    """The place among the former groups of the one that this group continues."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A person who must be with a topic, or in the continuation of a former group."""

    person: int
    topic: int | None = None
    former: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that a proposal is computed from."""

    topics: tuple[Topic, ...]
    people: tuple[Person, ...]
    sizes: Sizes
    groups_min: int
    groups_max: int
    weights: Weights = field(default_factory=Weights)
    worst_rank: int | None = None
    """Hard: nobody who answered gets less than this wish, nor a topic not wished for."""
    spreads: tuple[Spread, ...] = ()
    not_alone: tuple[NotAlone, ...] = ()
    times: Times | None = None
    apart: tuple[Bond, ...] = ()
    together: tuple[Bond, ...] = ()
    pools: tuple[Pool, ...] = ()
    pins: tuple[Pin, ...] = ()
    former: tuple[Group, ...] = ()
    """Groups that exist; a new group may continue one of the same topic, each at most once."""
    move_cost: int = 0
    """Of each person of a former group who is not in its continuation."""

    @property
    def wishes_and_sizes_only(self) -> bool:
        """Whether nothing about a group matters but its size and its members' wishes."""
        return not (
            self.spreads
            or self.not_alone
            or self.times
            or self.apart
            or self.together
            or self.former
        )


def standing_wishes(
    person: Person, topics: Iterable[Topic], most: int
) -> tuple[int, ...]:
    """Return the wishes that count: topics that exist, each once, at most so many."""
    known = {topic.id for topic in topics}
    kept = dict.fromkeys(wish for wish in person.wishes if wish in known)
    return tuple(kept)[:most]
