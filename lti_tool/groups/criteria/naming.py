"""What stands against a grouping, as pages name it: in words, and where to change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lti_tool.groups import rules as groups
from lti_tool.groups.criteria import quick, rules, searching
from lti_tool.groups.criteria import service as criteria
from lti_tool.groups.criteria.checking import Standing
from lti_tool.groups.criteria.parts import Demand, Part
from lti_tool.groups.criteria.rules import Bonding, Card, Kind
from lti_tool.groups.criteria.words import Talk, listed, part_sentence
from lti_tool.groups.models import Formation
from lti_tool.groups.problem import Problem
from lti_tool.groups.words import sentence
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.persistence.session import Session

_OF_KIND = {
    Kind.SIZES: (Demand.SMALLEST, Demand.LARGEST),
    Kind.GROUPS: (Demand.GROUPS_MIN, Demand.GROUPS_MAX),
    Kind.WORST_WISH: (Demand.WORST_WISH,),
    Kind.TIMES: (Demand.TIMES,),
}
_SETTINGS = {
    Demand.SMALLEST,
    Demand.LARGEST,
    Demand.GROUPS_MIN,
    Demand.GROUPS_MAX,
}


@dataclass(frozen=True, slots=True)
class Named:
    """A hard rule in words, and which card, pair or page changes it."""

    text: str
    card: int | None = None
    pair: int | None = None
    page: str = ""
    """``settings`` or ``topics``, where no card says it."""


def conflict(
    session: Session, formation: Formation, standing: Standing, talk: Talk
) -> list[Named]:
    """Return the rules that cannot be kept at once."""
    if standing.answer is None or not standing.answer.parts:
        return []
    problem = standing.problem
    cards = origins(problem, standing.cards, criteria.known(session, formation))
    pairs = {
        (frozenset((pair.first_id, pair.second_id)), pair.bonding): pair.id
        for pair in criteria.pairs(session, formation)
        if pair.is_on
    }
    return [
        Named(
            _sentence(problem, part, talk),
            cards.get(part),
            pairs.get(_people(problem, part)),
            _page(part),
        )
        for part in standing.answer.parts
    ]


def origins(
    problem: Problem, cards: Sequence[Card], attributes: Sequence[rules.Attribute]
) -> Mapping[Part, int]:
    """Return for hard rules of a problem the ids of the cards that say them."""
    found: dict[Part, int] = {}
    before = replace(problem, pools=(), spreads=(), not_alone=())
    for card in cards:
        after = rules.apply(before, [card], [], attributes)
        if card.kind != Kind.SIZES or card.most is not None:
            said = [Part(demand) for demand in _OF_KIND.get(card.kind, ())]
            said += _added(Demand.POOL, before.pools, after.pools)
            said += _added(Demand.SPREAD, before.spreads, after.spreads)
            said += _added(Demand.NOT_ALONE, before.not_alone, after.not_alone)
            if card.is_on and card.id:
                found |= dict.fromkeys(said, card.id)
        before = after
    return found


def _added(
    demand: Demand, before: Sequence[object], after: Sequence[object]
) -> list[Part]:
    return [Part(demand, place) for place in range(len(before), len(after))]


def _people(problem: Problem, part: Part) -> tuple[frozenset[int], str]:
    """Return whom a rule about two people names, and what it wants of them."""
    if part.demand == Demand.APART:
        bond, bonding = problem.apart[part.place], Bonding.APART
    elif part.demand == Demand.TOGETHER:
        bond, bonding = problem.together[part.place], Bonding.TOGETHER
    else:
        return frozenset(), ""
    return frozenset((bond.first, bond.second)), bonding


def _page(part: Part) -> str:
    if part.demand == Demand.TOPICS:
        return "topics"
    return "settings" if part.demand in _SETTINGS else ""


def _sentence(problem: Problem, part: Part, talk: Talk) -> str:
    said = part_sentence(problem, part, talk)
    if part.demand != Demand.TIMES or problem.times is None:
        return said
    lonely = quick.people_who_cannot_meet(problem, problem.times)
    if not lonely:
        return said
    why = ngettext(
        "%(num)s person has too few times in common with enough others: %(names)s.",
        "%(num)s people have too few times in common with enough others: %(names)s.",
        len(lonely),
        names=listed([talk.names.get(person, "?") for person in lonely]),
    )
    return f"{said} {why}"


def torn(problem: Problem, talk: Talk) -> list[str]:
    """Return a sentence for each two who must be apart and, by pairs, together as well."""
    return [
        _(
            "%(people)s must be together and apart: both cannot be. Switch a pair off.",
            people=listed([talk.names.get(p, "?") for p in (bond.first, bond.second)]),
        )
        for bond in quick.torn(problem)
    ]


def why_impossible(problem: Problem) -> str:
    """Return why nobody can form groups of a problem without a formation, as far as it can be counted."""
    found = [f for f in groups.check(problem) if f.forbids]
    if found:
        return " ".join(sentence(finding) for finding in found)
    people = {person.id: f"person {person.id}" for person in problem.people}
    talk = Talk(people, {}, (), {})
    parts = searching.at_once(problem).parts
    said = [part_sentence(problem, part, talk) for part in parts]
    return " ".join(["Not all sizes, topics and pairs can be kept.", *said])
