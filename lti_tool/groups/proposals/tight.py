"""Rules that groups only just keep: one person or group more or less, and they would be broken."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lti_tool.groups.criteria.parts import Demand, Part
from lti_tool.groups.problem import Group, Person, Problem
from lti_tool.groups.scoring import Scorer, common_slots, rank_of, value_of

_COUPLE = 2
Check = tuple[Part, Callable[[Sequence[Person]], bool]]


@dataclass(frozen=True, slots=True)
class Tight:
    """A rule that is only just kept; of the capacity of topics, one topic that is full."""

    part: Part
    groups: tuple[int, ...] = ()
    """The places of the groups in which, where it is about single groups."""
    people: int = 0
    """How many get the worst wish allowed, or would rather be with the full topic."""
    topic: int | None = None


def tight(problem: Problem, groups: Sequence[Group]) -> tuple[Tight, ...]:
    """Return the rules that a grouping only just keeps; those that leave no choice are left out."""
    return (
        *_numbers(problem, groups),
        *_topics(problem, groups),
        *_in_groups(problem, groups),
    )


def _numbers(problem: Problem, groups: Sequence[Group]) -> Iterator[Tight]:
    if problem.groups_min < problem.groups_max:
        if len(groups) == problem.groups_min:
            yield Tight(Part(Demand.GROUPS_MIN))
        if len(groups) == problem.groups_max:
            yield Tight(Part(Demand.GROUPS_MAX))
    ranks = Scorer(problem).ranks(groups).values()
    lowest = sum(rank == problem.worst_rank for rank in ranks if rank is not None)
    if lowest:
        yield Tight(Part(Demand.WORST_WISH), people=lowest)


def _topics(problem: Problem, groups: Sequence[Group]) -> Iterator[Tight]:
    """Yield the topics that are full while others would rather be there, and the full pools."""
    wishes = Scorer(problem).wishes
    used = Counter(group.topic for group in groups)
    for topic in problem.topics:
        longing = sum(
            _prefers(wishes.get(person, ()), topic.id, group.topic)
            for group in groups
            for person in group.people
        )
        if longing and used[topic.id] == topic.groups_max:
            yield Tight(Part(Demand.TOPICS), people=longing, topic=topic.id)
    for place, pool in enumerate(problem.pools):
        if sum(used[topic] for topic in pool.topics) == pool.groups_max:
            yield Tight(Part(Demand.POOL, place))


def _prefers(wishes: Sequence[int], topic: int, own: int) -> bool:
    wished, got = rank_of(wishes, topic), rank_of(wishes, own)
    return wished is not None and (got is None or wished < got)


def _in_groups(problem: Problem, groups: Sequence[Group]) -> Iterator[Tight]:
    known = {person.id: person for person in problem.people}
    members = [[known[p] for p in group.people if p in known] for group in groups]
    for part, is_tight in (*_sizes(problem), *_times(problem), *_mix(problem)):
        places = tuple(n for n, people in enumerate(members) if is_tight(people))
        if places:
            yield Tight(part, places)


def _sizes(problem: Problem) -> Iterator[Check]:
    sizes = problem.sizes
    if sizes.smallest < sizes.largest:
        yield Part(Demand.SMALLEST), lambda people: len(people) == sizes.smallest
        yield Part(Demand.LARGEST), lambda people: len(people) == sizes.largest


def _times(problem: Problem) -> Iterator[Check]:
    times = problem.times
    if times is not None and times.at_least:
        least = times.at_least
        yield (
            Part(Demand.TIMES),
            lambda people: len(common_slots(people) or ()) == least,
        )


def _mix(problem: Problem) -> Iterator[Check]:
    for place, spread in enumerate(problem.spreads):
        if spread.most is not None:
            yield (
                Part(Demand.SPREAD, place),
                lambda people, rule=spread: (  # type: ignore[misc]  # Each has its own.
                    max(_counts(people, rule.attribute).values(), default=0)
                    == rule.most
                ),
            )
    for place, alone in enumerate(problem.not_alone):
        if alone.cost is None:
            yield (
                Part(Demand.NOT_ALONE, place),
                lambda people, rule=alone: (  # type: ignore[misc]  # Each has its own.
                    _counts(people, rule.attribute)[rule.value] == _COUPLE
                ),
            )


def _counts(people: Iterable[Person], attribute: int) -> Counter[int]:
    """Return how many have each value; those of whom it is not known are left out."""
    values = (value_of(person, attribute) for person in people)
    return Counter(value for value in values if value is not None)
