"""Somebody joined or left after publishing: who, what can be done, and taking one way over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError, InvalidError
from lti_tool.groups import posing, service
from lti_tool.groups.changes import rules
from lti_tool.groups.changes.rules import Stop
from lti_tool.groups.criteria.rules import Preset
from lti_tool.groups.models import Formation
from lti_tool.groups.problem import Group, Pin, Problem
from lti_tool.groups.proposals import arrangement, pricing, recording, titles
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.models import Move, Proposal
from lti_tool.groups.proposals.pricing import Price
from lti_tool.groups.proposals.rules import Terms
from lti_tool.groups.publishing import service as publishing
from lti_tool.groups.publishing.models import Publication, PublishedGroup
from lti_tool.groups.publishing.rules import Difference, Place, by_person
from lti_tool.groups.rules import MOST_WISHES, Tally
from lti_tool.groups.scoring import Scorer, rank_of
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session

_UNDER_WAY = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Situation:
    """Who joined and who left since the groups in force were published."""

    publication: Publication
    places: tuple[Place, ...]
    """The groups in force, with those who have left."""
    joined: tuple[courses.Member, ...]
    left: tuple[tuple[str, Place], ...]
    """Names, and the group that each was in."""


@dataclass(frozen=True, slots=True)
class Way:
    """A stop of the slider with the proposal that was asked for it, if it was."""

    stop: Stop
    proposal: Proposal | None

    @property
    def is_under_way(self) -> bool:
        """Whether it is being computed."""
        return self.proposal is not None and self.proposal.status in _UNDER_WAY

    @property
    def is_done(self) -> bool:
        """Whether it can be looked at."""
        return self.proposal is not None and self.proposal.status == "done"


Rank = tuple[int | None, bool]
"""Which wish somebody's group is, and whether they had answered."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a computed way changes for whom, against the groups in force."""

    places: tuple[Place, ...]
    difference: Difference
    ranks_before: Mapping[int, Rank]
    ranks_after: Mapping[int, Rank]
    tally: Tally
    cost: int
    """What the groups cost, who moves not counted."""
    worse: int
    """How many of those who move get a lower wish than they have."""
    better: int


def situation(session: Session, formation: Formation) -> Situation | None:
    """Return who joined and left; None where nothing is published or nobody did."""
    publication = publishing.in_force(session, formation)
    if publication is None:
        return None
    places = publishing.places_of(session, formation, publication)
    told = by_person(places)
    present = courses.participants(session)
    here = {person.person_id for person in present}
    names = courses.names(session)
    found = Situation(
        publication,
        places,
        tuple(person for person in present if person.person_id not in told),
        tuple((names[p], place) for p, place in told.items() if p not in here),
    )
    return found if found.joined or found.left else None


def ways(session: Session, formation: Formation, now: Situation) -> list[Way]:
    """Return the stops with what was computed for exactly this situation."""
    base = _find_base(session, formation, now)
    if base is None:
        return [Way(stop, None) for stop in Stop]
    problem = _problem(session, formation, base)
    known = posing.input_hash(problem)
    asked: dict[int, Proposal] = {}
    for proposal in _all(session, formation):
        terms = Terms.from_json(proposal.terms)
        fits = proposal.input_hash in (None, known)
        if terms.based_on == base.id and fits and proposal.status != "cancelled":
            asked.setdefault(terms.move_cost, proposal)
    return [Way(stop, asked.get(rules.move_cost(stop, problem))) for stop in Stop]


def ask(
    session: Session,
    formation: Formation,
    now: Situation,
    *,
    by: int,
) -> None:
    """Have all stops computed that are not yet."""
    base = _find_base(session, formation, now) or _record_base(
        session, formation, now, by=by
    )
    problem = _problem(session, formation, base)
    terms = Terms(
        preset=Terms.from_json(base.terms).preset,
        based_on=base.id,
        pins=_pins(session, formation, now, base),
        asks_price=True,
    )
    for way in ways(session, formation, now):
        if way.proposal is None or way.proposal.status == "failed":
            cost = rules.move_cost(way.stop, problem)
            wanted = replace(terms, move_cost=cost, title=titles.given(way.stop.value))
            asked = proposals.ask(session, formation, by=by, terms=wanted)
            # Shown here only, and not among what somebody wanted to know of the base.
            asked.archived_at = clock.now()
    session.flush()


def look(
    session: Session,
    formation: Formation,
    now: Situation,
    proposal: Proposal,
    name: Callable[[int], str],
) -> Look:
    """Return what taking a finished proposal over would change."""
    planned = publishing.planned(session, formation, proposal, name=name)
    difference = publishing.difference(session, formation, planned)
    arranged = arrangement.arrange(session, formation, proposal)
    before = {
        person: (told.rank, told.had_answered)
        for person, told in publishing.told(session, now.publication).items()
    }
    after = {
        seat.person_id: (seat.rank, seat.has_answered)
        for team in arranged.teams
        for seat in team.seats
    }
    moved = [change.person for change in difference.moved]
    steps = [_level(after[p]) - _level(before[p]) for p in moved if p in after]
    return Look(
        planned,
        difference,
        before,
        after,
        arranged.tally,
        arranged.cost,
        worse=sum(step > 0 for step in steps),
        better=sum(step < 0 for step in steps),
    )


def _level(rank: Rank) -> int:
    """Return how low a wish is; what was not wished for is lower than all, silence is no wish."""
    place, has_answered = rank
    return (place or MOST_WISHES + 1) if has_answered else 0


def adopt(session: Session, formation: Formation, proposal_id: int) -> Proposal:
    """Take a computed way over as a proposal among the others."""
    proposal = proposals.get_proposal(session, formation, proposal_id)
    if proposal.status != "done":
        raise ConflictError(_("This proposal is not computed yet."))
    proposals.keep(session, formation, proposal)
    proposals.bring_back(session, proposal)
    return proposal


def prices(
    session: Session, formation: Formation, now: Situation
) -> dict[int, tuple[Price, ...]]:
    """Return what it costs to put each who joined into each group in force, all others staying."""
    groups = standing(session, formation, now)
    problem = posing.problem_of(session, formation)
    joined = [person.person_id for person in now.joined]
    found = pricing.offers(problem, groups, joined)
    return {
        person: tuple(found[person][place].move for place in range(len(groups)))
        for person in joined
    }


def ranks(
    session: Session, formation: Formation, now: Situation
) -> dict[int, tuple[Rank, ...]]:
    """Return which wish each group in force would be for each who joined."""
    scorer = Scorer(posing.problem_of(session, formation))
    topics = [group.topic for group in standing(session, formation, now)]
    return {
        person.person_id: tuple(
            (
                rank_of(scorer.wishes[person.person_id], topic),
                _has_wishes(scorer, person),
            )
            for topic in topics
        )
        for person in now.joined
    }


def _has_wishes(scorer: Scorer, person: courses.Member) -> bool:
    return bool(scorer.wishes[person.person_id])


def place(
    session: Session,
    formation: Formation,
    now: Situation,
    chosen: Mapping[int, int],
    *,
    by: int,
) -> Proposal:
    """Put people who joined into groups in force by hand; everybody else stays."""
    joined = {person.person_id for person in now.joined}
    groups = standing(session, formation, now)
    if not joined.issuperset(chosen) or not set(chosen.values()) <= set(
        range(len(groups))
    ):
        raise InvalidError(_("Choose a group that is published."))
    filled = [
        replace(group, people=(*group.people, *(p for p in chosen if chosen[p] == at)))
        for at, group in enumerate(groups)
    ]
    title = titles.given("by_hand")
    return recording.record(session, formation, filled, title=title, by=by)


def standing(
    session: Session, formation: Formation, now: Situation
) -> tuple[Group, ...]:
    """Return the groups in force without those who have left, in the order of ``now.places``."""
    topics = service.standing_topics(session, formation)
    by_title = {topic.title: topic.id for topic in topics.values()}
    told = {
        group.name: topics[group.topic_id].id
        for group in session.scalars(
            select(PublishedGroup).where(
                PublishedGroup.publication_id == now.publication.id
            )
        )
        if group.topic_id in topics
    }
    here = {person.person_id for person in courses.participants(session)}
    return tuple(
        Group(
            told.get(place.name) or by_title[place.topic],
            tuple(sorted(here.intersection(place.people))),
        )
        for place in now.places
    )


def _find_base(
    session: Session, formation: Formation, now: Situation
) -> Proposal | None:
    """Return a proposal whose groups as they stand are those in force; moves are counted from it."""
    here = _here(session)
    wanted = _shape(standing(session, formation, now), here)
    for proposal in _all(session, formation):
        # What was computed for a stop is no ground to compute the next stops from.
        is_way = Terms.from_json(proposal.terms).based_on is not None
        is_told = proposal.id == now.publication.proposal_id
        if proposal.status == "done" and (is_told or not is_way):
            groups = arrangement.former_groups(session, formation, proposal)
            if _shape(groups, here) == wanted:
                return proposal
    return None


def _here(session: Session) -> set[int]:
    return {person.person_id for person in courses.participants(session)}


def _shape(groups: Sequence[Group], here: set[int]) -> set[tuple[int, frozenset[int]]]:
    found = ((group.topic, here.intersection(group.people)) for group in groups)
    return {(topic, frozenset(people)) for topic, people in found if people}


def _record_base(
    session: Session, formation: Formation, now: Situation, *, by: int
) -> Proposal:
    title = titles.of_version(now.publication.version)
    groups = standing(session, formation, now)
    return recording.record(session, formation, groups, title=title, by=by)


def _problem(session: Session, formation: Formation, base: Proposal) -> Problem:
    preset = Terms.from_json(base.terms).preset
    return posing.problem_of(
        session, formation, preset=Preset(preset) if preset else None
    )


def _pins(
    session: Session, formation: Formation, now: Situation, base: Proposal
) -> tuple[Pin, ...]:
    """Return pins that keep whom a lead fixed in the published proposal where they are now."""
    told = session.get_one(Proposal, now.publication.proposal_id)
    kinds = _pinned(session, told)
    return tuple(
        Pin(person, topic=group.topic)
        if kinds[person] == "topic"
        else Pin(person, former=place)
        for place, group in enumerate(
            arrangement.former_groups(session, formation, base)
        )
        for person in group.people
        if kinds.get(person, "none") != "none"
    )


def _pinned(session: Session, proposal: Proposal) -> dict[int, str]:
    """Return how people are fixed in a proposal: by its terms, or by hand since."""
    asked = Terms.from_json(proposal.terms).pins
    by_hand = session.scalars(
        select(Move)
        .where(
            Move.proposal_id == proposal.id,
            Move.undone_at.is_(None),
            Move.pin.is_not(None),
        )
        .order_by(Move.id)
    )
    return {p.person: "topic" if p.former is None else "group" for p in asked} | {
        m.person_id: m.pin for m in by_hand if m.pin
    }


def _all(session: Session, formation: Formation) -> list[Proposal]:
    """Return all proposals, also those that are not listed, the newest first."""
    return list(
        session.scalars(
            select(Proposal)
            .where(Proposal.formation_id == formation.id)
            .order_by(Proposal.id.desc())
        )
    )
