"""What cannot work about a problem, what is usual, and how many got which wish."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lti_tool.groups.problem import Group, Problem, Sizes
from lti_tool.groups.scoring import Scorer

MOST_WISHES = 5
"""So many wishes a person can say."""
USUAL_GROUPS = 4
MOST_PEOPLE = 2000
"""Above this number nothing good can be found in the time that anybody waits."""


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


def tally(problem: Problem, groups: Iterable[Group]) -> Tally:
    """Return how many people got which wish in a grouping."""
    scorer = Scorer(problem)
    answered = {person for person, wishes in scorer.wishes.items() if wishes}
    got = scorer.ranks(groups)
    counts = Counter(rank for person, rank in got.items() if person in answered)
    return Tally(
        tuple(counts[rank] for rank in range(1, MOST_WISHES + 1)),
        unwished=counts[None],
        silent=len(got.keys() - answered),
    )


def check(problem: Problem) -> tuple[Finding, ...]:
    """Return what is wrong with a problem, what forbids a proposal first.

    Sizes and topics alone have a grouping exactly when no finding forbids one; what other
    rules forbid is told by ``criteria``.
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
