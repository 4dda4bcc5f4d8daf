"""What a tap on a phone does, and what balancing changed and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lti_tool.groups.problem import Group, Problem, standing_wishes
from lti_tool.groups.rules import MOST_WISHES
from lti_tool.groups.scoring import rank_of

MOST_MARKS = 3
"""So many topics a person can mark in a room: a favourite, and two more."""
FAVOURITE = 1
TAKEN_OFF = 0
"""The place of a mark that is taken off."""


class Why(StrEnum):
    """Why a person is not with their favourite; the pages turn each into a sentence."""

    FULL = "full"
    TOO_FEW = "too_few"
    NOT_FORMED = "not_formed"
    EVENED_OUT = "evened_out"
    NEEDED = "needed"
    """Without a mark, and placed where people were missing."""
    FREE_PLACE = "free_place"
    """Without a mark, and placed where there was room."""
    CAME_LATER = "came_later"
    MADE_ROOM = "made_room"
    """Moved when others were put in later."""


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a person, with the numbers that its sentence needs."""

    person: int
    before: int | None
    """The topic of their favourite, or of their former group."""
    group: int
    """The place of their group among the groups."""
    rank: int | None
    why: Why
    numbers: Mapping[str, int] = field(default_factory=dict)


def marked(wishes: Sequence[int], topic: int, place: int) -> list[int]:
    """Return the marks after a tap: the topic at this place, the favourite being 1.

    A topic that stood elsewhere changes places with the one that stood here. The
    last mark cannot be taken off, so that a second tap by mistake loses nothing.
    """
    marks = list(wishes)
    if place == TAKEN_OFF:
        return [mark for mark in marks if mark != topic] or marks
    here = min(place, len(marks) + 1) - 1
    if topic in marks:
        there = marks.index(topic)
        here = min(here, len(marks) - 1)
        marks[here], marks[there] = marks[there], marks[here]
    else:
        marks[here : here + 1] = [topic]
    return marks


def balanced(problem: Problem, groups: Sequence[Group]) -> list[Change]:
    """Return who is not with their favourite, and why; in the order of the groups."""
    told = _Told(problem, groups)
    return [
        Change(person, told.favourites.get(person), place, told.rank(person, group), *w)
        for place, group in enumerate(groups)
        for person in group.people
        if (w := told.why(person, group)) is not None
    ]


def put_in(
    problem: Problem, former: Sequence[Group], groups: Sequence[Group]
) -> list[Change]:
    """Return who came to groups that were there, and who moved for that."""
    told = _Told(problem, groups)
    was = {person: group.topic for group in former for person in group.people}
    found = []
    for place, group in enumerate(groups):
        stayed = _stayed(group, former)
        for person in group.people:
            if person not in stayed:
                why = Why.MADE_ROOM if person in was else Why.CAME_LATER
                rank = told.rank(person, group)
                found.append(Change(person, was.get(person), place, rank, why))
    return found


def _stayed(group: Group, former: Sequence[Group]) -> frozenset[int]:
    """Return who was together in the former group of which most are here."""
    alike = [f for f in former if f.topic == group.topic]
    kept = (frozenset(f.people) & frozenset(group.people) for f in alike)
    return max(kept, key=len, default=frozenset())


class _Told:
    """What is known of wishes and places in a grouping."""

    def __init__(self, problem: Problem, groups: Sequence[Group]) -> None:
        self._sizes = problem.sizes
        self._wishes = {
            person.id: standing_wishes(person, problem.topics, MOST_WISHES)
            for person in problem.people
        }
        self.favourites = {p: wishes[0] for p, wishes in self._wishes.items() if wishes}
        self._fans = Counter(self.favourites.values())
        self._formed = Counter(group.topic for group in groups)

    def rank(self, person: int, group: Group) -> int | None:
        """Return which wish the group is for the person."""
        return rank_of(self._wishes.get(person, ()), group.topic)

    def why(self, person: int, group: Group) -> tuple[Why, dict[str, int]] | None:
        """Return why the person is not with their favourite; None where they are."""
        favourite = self.favourites.get(person)
        if favourite == group.topic:
            return None
        if favourite is None:
            return self._why_there(group.topic)
        return self._why_not(favourite)

    def _why_there(self, topic: int) -> tuple[Why, dict[str, int]]:
        missing = self._formed[topic] * self._sizes.smallest - self._fans[topic]
        return (Why.NEEDED if missing > 0 else Why.FREE_PLACE), {}

    def _why_not(self, topic: int) -> tuple[Why, dict[str, int]]:
        fans = self._fans[topic]
        places = self._formed[topic] * self._sizes.largest
        if not places:
            few = fans < self._sizes.smallest
            numbers = {"fans": fans, "smallest": self._sizes.smallest}
            return (Why.TOO_FEW, numbers) if few else (Why.NOT_FORMED, {})
        if fans > places:
            return Why.FULL, {"fans": fans, "places": places}
        return Why.EVENED_OUT, {}
