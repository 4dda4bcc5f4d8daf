"""What good groups are: wishes, sizes, what a grouping costs, and what cannot work.

A *problem* is everything that a proposal is computed from. A *grouping* is a
list of groups, each with a topic and the people in it. The *cost* of a grouping
is a whole number; the best grouping is the one with the lowest cost. *Rank* is
the place of a topic among a person's wishes, 1 for the favourite; it is None
for a topic that the person did not wish for.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

RANK_COSTS = (0, 4, 8, 14, 20)
"""Cost of a person's first to fifth wish."""
UNWISHED_COST = 30
"""Cost of a topic that a person who answered did not wish for."""
SILENT_COST = 8
"""Cost of a person without an answer, wherever they are."""
SIZE_COST = 2
"""Cost of each person that a group is off the preferred size."""
MOST_WISHES = len(RANK_COSTS)
USUAL_GROUPS = 4
MOST_PEOPLE = 500
"""Above this number the plain model is too large to prove anything in time."""


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
    """A person and the topics they wish for, the favourite first."""

    id: int
    wishes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that a proposal is computed from."""

    topics: tuple[Topic, ...]
    people: tuple[Person, ...]
    sizes: Sizes
    groups_min: int
    groups_max: int


@dataclass(frozen=True, slots=True)
class Group:
    """A topic and the people who work on it."""

    topic: int
    people: tuple[int, ...]


class Flaw(StrEnum):
    """What is wrong with a problem; the pages turn each into a sentence."""

    NO_TOPICS = "no_topics"
    NO_PEOPLE = "no_people"
    TOO_MANY_PEOPLE = "too_many_people"
    SIZES_OUT_OF_ORDER = "sizes_out_of_order"
    TOO_FEW_PEOPLE = "too_few_people"
    TOO_MANY_PEOPLE_FOR_THE_SIZES = "too_many_people_for_the_sizes"
    SIZES_DO_NOT_ADD_UP = "sizes_do_not_add_up"
    CAPACITY_TOO_SMALL = "capacity_too_small"
    NO_ANSWERS = "no_answers"
    WISH_FOR_REMOVED_TOPIC = "wish_for_removed_topic"


HINTS = frozenset({Flaw.NO_ANSWERS, Flaw.WISH_FOR_REMOVED_TOPIC})
"""Flaws that a proposal can live with; all others forbid one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A flaw with the numbers that its sentence needs."""

    flaw: Flaw
    numbers: Mapping[str, int]

    @property
    def forbids(self) -> bool:
        """Whether no proposal can be computed until this is mended."""
        return self.flaw not in HINTS


@dataclass(frozen=True, slots=True)
class Tally:
    """How many people got which wish."""

    by_rank: tuple[int, ...]
    unwished: int
    silent: int


def usual_groups(people: int) -> int:
    """Return a number of groups to begin with: the usual, or fewer where groups would be too small."""
    return max(1, min(USUAL_GROUPS, people // 3)) if people else USUAL_GROUPS


def usual_sizes(people: int, groups: int) -> Sizes:
    """Return sizes for this many people in this many groups: as equal as possible, give or take one."""
    share = max(people // groups, 1)
    rounded_up = max(-(-people // groups), 1)
    return Sizes(max(share - 1, 1), round(people / groups) or 1, rounded_up + 1)


def standing_wishes(person: Person, topics: Iterable[Topic]) -> tuple[int, ...]:
    """Return the wishes that count: topics that exist, each once, the first five."""
    known = {topic.id for topic in topics}
    kept = dict.fromkeys(wish for wish in person.wishes if wish in known)
    return tuple(kept)[:MOST_WISHES]


def rank_of(wishes: Sequence[int], topic: int) -> int | None:
    """Return the place of the topic among the wishes, 1 for the favourite."""
    return wishes.index(topic) + 1 if topic in wishes else None


def preference_cost(wishes: Sequence[int], topic: int) -> int:
    """Return what it costs to place a person with these wishes on the topic."""
    if not wishes:
        return SILENT_COST
    rank = rank_of(wishes, topic)
    return UNWISHED_COST if rank is None else RANK_COSTS[rank - 1]


def cost(problem: Problem, groups: Iterable[Group]) -> int:
    """Return the cost of a grouping."""
    wishes = {
        person.id: standing_wishes(person, problem.topics) for person in problem.people
    }
    return sum(
        SIZE_COST * abs(len(group.people) - problem.sizes.preferred)
        + sum(preference_cost(wishes[person], group.topic) for person in group.people)
        for group in groups
    )


def ranks(problem: Problem, groups: Iterable[Group]) -> dict[int, int | None]:
    """Return which of their wishes each person got."""
    topic_of = {person: group.topic for group in groups for person in group.people}
    return {
        person.id: rank_of(standing_wishes(person, problem.topics), topic_of[person.id])
        for person in problem.people
        if person.id in topic_of
    }


def tally(problem: Problem, groups: Iterable[Group]) -> Tally:
    """Return how many people got which wish in a grouping."""
    answered = {
        person.id
        for person in problem.people
        if standing_wishes(person, problem.topics)
    }
    got = ranks(problem, groups)
    counts = Counter(rank for person, rank in got.items() if person in answered)
    return Tally(
        tuple(counts[rank] for rank in range(1, MOST_WISHES + 1)),
        unwished=counts[None],
        silent=len(got.keys() - answered),
    )


def check(problem: Problem) -> tuple[Finding, ...]:
    """Return what is wrong with a problem, what forbids a proposal first.

    The problem has a grouping exactly when no finding forbids one.
    """
    return _forbidding(problem) + _hints(problem)


def workable_counts(problem: Problem) -> range:
    """Return the numbers of groups that the wanted range and the sizes allow."""
    people, sizes = len(problem.people), problem.sizes
    fewest = max(problem.groups_min, -(-people // sizes.largest), 1)
    most = min(problem.groups_max, people // sizes.smallest)
    return range(fewest, most + 1)


def _forbidding(problem: Problem) -> tuple[Finding, ...]:
    """Return the missing parts; only when none is missing, what does not add up."""
    sizes = problem.sizes
    people = len(problem.people)
    missing = [
        (not problem.topics, Finding(Flaw.NO_TOPICS, {})),
        (not people, Finding(Flaw.NO_PEOPLE, {})),
        (
            people > MOST_PEOPLE,
            Finding(
                Flaw.TOO_MANY_PEOPLE, {"people": people, "most_people": MOST_PEOPLE}
            ),
        ),
        (
            not 1 <= sizes.smallest <= sizes.preferred <= sizes.largest,
            Finding(Flaw.SIZES_OUT_OF_ORDER, {}),
        ),
    ]
    found = tuple(finding for is_so, finding in missing if is_so)
    return found or _sums(problem)


def _sums(problem: Problem) -> tuple[Finding, ...]:
    """Return why no number of groups fits, by people first and then by topics."""
    people, sizes = len(problem.people), problem.sizes
    numbers = {
        "people": people,
        "groups_min": problem.groups_min,
        "groups_max": problem.groups_max,
        "smallest": sizes.smallest,
        "largest": sizes.largest,
        "needed": problem.groups_min * sizes.smallest,
        "seats": problem.groups_max * sizes.largest,
    }
    if people < numbers["needed"]:
        return (Finding(Flaw.TOO_FEW_PEOPLE, numbers),)
    if people > numbers["seats"]:
        return (Finding(Flaw.TOO_MANY_PEOPLE_FOR_THE_SIZES, numbers),)
    counts = workable_counts(problem)
    if not counts:
        return (Finding(Flaw.SIZES_DO_NOT_ADD_UP, numbers),)
    capacity = sum(topic.groups_max for topic in problem.topics)
    if capacity < counts[0]:
        numbers |= {"needed": counts[0], "capacity": capacity}
        return (Finding(Flaw.CAPACITY_TOO_SMALL, numbers),)
    return ()


def _hints(problem: Problem) -> tuple[Finding, ...]:
    known = {topic.id for topic in problem.topics}
    lost = sum(not known.issuperset(person.wishes) for person in problem.people)
    answers = sum(not known.isdisjoint(person.wishes) for person in problem.people)
    found = []
    if problem.people and problem.topics and not answers:
        found.append(Finding(Flaw.NO_ANSWERS, {"people": len(problem.people)}))
    if lost and problem.topics:
        found.append(Finding(Flaw.WISH_FOR_REMOVED_TOPIC, {"people": lost}))
    return tuple(found)
