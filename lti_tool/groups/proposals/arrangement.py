"""A proposal as it stands now: what was computed, and what was moved and fixed by hand since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from lti_tool.courses import service as courses
from lti_tool.groups import posing, rules
from lti_tool.groups.chosen import chosen_topics
from lti_tool.groups.criteria.rules import Preset
from lti_tool.groups.models import Formation
from lti_tool.groups.problem import Group, Pin, Problem, Sizes, standing_wishes
from lti_tool.groups.proposals.models import Move, Placement, Proposal, ProposalGroup
from lti_tool.groups.proposals.rules import Terms, with_terms
from lti_tool.groups.rules import Tally
from lti_tool.groups.scoring import Broken, Cost, Scorer, rank_of
from lti_tool.groups.service import standing_topics
from lti_tool.persistence.session import Session


@dataclass(frozen=True, slots=True)
class Seat:
    """A person in a proposal, and which wish each group would be for them."""

    person_id: int
    name: str
    rank: int | None
    has_answered: bool
    was_moved: bool
    choices: tuple[tuple[int, int | None], ...]
    """(group, rank) of every other group."""
    pin: str | None = None
    """``group`` or ``topic`` where the person is fixed to theirs."""
    as_chosen: bool = False
    """Whether it is on the topic on which the person chose a group."""


@dataclass(frozen=True, slots=True)
class Team:
    """A group of a proposal with its people."""

    id: int
    number: int
    topic: str
    seats: tuple[Seat, ...]
    size_fits: bool
    cost: Cost


@dataclass(frozen=True, slots=True)
class Arrangement:
    """All groups of a proposal as they stand now."""

    teams: tuple[Team, ...]
    unplaced: tuple[Seat, ...]
    """Participants in no group: late joiners and those taken out."""
    left: tuple[str, ...]
    """Names of people in the proposal who have left the course since."""
    tally: Tally
    cost: int
    computed_cost: int
    """What the groups cost as they were computed, counted as the cost of those that stand now."""
    is_changed: bool
    """Whether anybody is elsewhere than computed."""
    moves: int
    is_outdated: bool
    """Whether people, topics, wishes or sizes changed since it was computed."""
    sizes: Sizes
    problem: Problem
    """With these groups as the former ones, and the pins."""
    grouping: tuple[Group, ...]
    """The groups of the teams, in their order."""
    broken: tuple[Broken, ...]
    can_undo: bool
    can_redo: bool

    @property
    def parts(self) -> Cost:
        """The parts of what all groups cost."""
        return sum((team.cost for team in self.teams), Cost())

    @property
    def pins(self) -> tuple[Pin, ...]:
        """Who is fixed where."""
        return self.problem.pins


def arrange(session: Session, formation: Formation, proposal: Proposal) -> Arrangement:
    """Return a finished proposal as it stands now."""
    preset = preset_of(Terms.from_json(proposal.terms))
    posed = posing.problem_of(session, formation, preset=preset)
    rows = group_rows(session, proposal.id)
    topics = standing_topics(session, formation)
    standing = places(session, proposal)
    present = courses.participants(session)
    here = {person.person_id for person in present}
    topic_of = {row.id: topics[row.topic_id].id for row in rows}

    def groups(at: Mapping[int, int | None]) -> tuple[Group, ...]:
        return tuple(
            Group(
                topic_of[row.id],
                tuple(p.person_id for p in present if at.get(p.person_id) == row.id),
                former=place,
            )
            for place, row in enumerate(rows)
        )

    grouping = groups(standing.at)
    problem = with_terms(posed, Terms(pins=_pins(standing, rows, topic_of)), grouping)
    scorer = Scorer(problem)
    chosen = chosen_topics(session, formation)
    seats = _Seats(posed, topic_of, standing, chosen)
    known = courses.names(session)
    done = steps(session, proposal)
    return Arrangement(
        teams=tuple(
            Team(
                row.id,
                row.number,
                topics[row.topic_id].title,
                tuple(
                    seats.of(p)
                    for p in present
                    if standing.at.get(p.person_id) == row.id
                ),
                posed.sizes.smallest <= len(group.people) <= posed.sizes.largest,
                scorer.cost_of(group),
            )
            for row, group in zip(rows, grouping, strict=True)
        ),
        unplaced=tuple(
            seats.of(p) for p in present if standing.at.get(p.person_id) is None
        ),
        left=tuple(
            known[person]
            for person, group in standing.at.items()
            if group is not None and person not in here
        ),
        tally=rules.tally(posed, grouping),
        cost=scorer.cost(grouping).total,
        computed_cost=scorer.cost(groups(standing.computed)).total,
        is_changed=bool(standing.moved),
        moves=len({m.step or -m.id for m in done.standing if m.pin is None}),
        is_outdated=proposal.input_hash != posing.input_hash(posed),
        sizes=posed.sizes,
        problem=problem,
        grouping=grouping,
        broken=scorer.broken(grouping),
        can_undo=bool(done.standing),
        can_redo=bool(done.undone),
    )


def preset_of(terms: Terms) -> Preset | None:
    """Return how rules are weighed in place of what the formation says."""
    return None if terms.preset is None else Preset(terms.preset)


def former_groups(
    session: Session, formation: Formation, proposal: Proposal
) -> tuple[Group, ...]:
    """Return the groups of a proposal as they stand now, in the order of their numbers."""
    topics = standing_topics(session, formation)
    standing = places(session, proposal)
    return tuple(
        Group(
            topics[row.topic_id].id,
            tuple(sorted(person for person, at in standing.at.items() if at == row.id)),
        )
        for row in group_rows(session, proposal.id)
    )


@dataclass(frozen=True, slots=True)
class _Seats:
    problem: Problem
    topics: dict[int, int]
    """The topic of each group."""
    standing: "Places"
    chosen: Mapping[int, int]

    def of(self, person: courses.Member) -> Seat:
        """Return the seat of a participant."""
        asked = next(p for p in self.problem.people if p.id == person.person_id)
        wishes = standing_wishes(asked, self.problem.topics, rules.MOST_WISHES)
        own = self.standing.at.get(person.person_id)
        ranks = {group: rank_of(wishes, topic) for group, topic in self.topics.items()}
        return Seat(
            person.person_id,
            person.name,
            ranks.get(own) if own is not None else None,
            bool(wishes),
            person.person_id in self.standing.moved,
            tuple((group, rank) for group, rank in ranks.items() if group != own),
            self.standing.pins.get(person.person_id) if own is not None else None,
            own is not None and self.chosen.get(person.person_id) == self.topics[own],
        )


def numbers(session: Session, proposal_id: int) -> list[int]:
    """Return the numbers of the groups of a proposal, in their order."""
    return [group.number for group in group_rows(session, proposal_id)]


def group_rows(session: Session, proposal_id: int) -> list[ProposalGroup]:
    """Return the groups of a proposal in the order of their numbers."""
    return list(
        session.scalars(
            select(ProposalGroup)
            .where(ProposalGroup.proposal_id == proposal_id)
            .order_by(ProposalGroup.number)
        )
    )


@dataclass(frozen=True, slots=True)
class Steps:
    """What was done by hand and stands, and what was undone and can be done again."""

    standing: tuple[Move, ...]
    undone: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Where people are by now."""

    at: Mapping[int, int | None]
    computed: Mapping[int, int | None]
    """Where they were put by the computation."""
    moved: frozenset[int]
    """Whom a hand has moved."""
    pins: Mapping[int, str]
    """What people are fixed to: ``group`` or ``topic``, wherever they are."""


def changed_by_hand(session: Session, proposals: Iterable[Proposal]) -> frozenset[int]:
    """Return the ids of those proposals in which anybody is elsewhere than computed."""
    asked = {proposal.id: proposal for proposal in proposals}
    touched = session.scalars(
        select(Move.proposal_id)
        .where(Move.proposal_id.in_(asked), Move.undone_at.is_(None))
        .distinct()
    )
    return frozenset(id_ for id_ in touched if places(session, asked[id_]).moved)


def steps(session: Session, proposal: Proposal) -> Steps:
    """Return the steps; one that was undone cannot be done again after another was done."""
    rows = session.scalars(
        select(Move).where(Move.proposal_id == proposal.id).order_by(Move.id)
    ).all()
    standing = tuple(row for row in rows if row.undone_at is None)
    undone = tuple(
        row
        for row in rows
        if row.undone_at
        and not any(r.id > row.id and r.created_at > row.undone_at for r in rows)
    )
    return Steps(standing, undone)


def places(session: Session, proposal: Proposal) -> Places:
    """Return the present group and pin of each person."""
    computed: dict[int, int | None] = {
        placement.person_id: placement.group_id
        for placement in session.scalars(
            select(Placement).where(Placement.proposal_id == proposal.id)
        )
    }
    asked = Terms.from_json(proposal.terms).pins
    pins = {p.person: "topic" if p.former is None else "group" for p in asked}
    standing = steps(session, proposal).standing
    moved = {move.person_id: move.to_group_id for move in standing}
    pins |= {move.person_id: move.pin for move in standing if move.pin is not None}
    return Places(
        computed | moved,
        computed,
        frozenset(p for p in moved if moved[p] != computed.get(p)),
        {person: pin for person, pin in pins.items() if pin != "none"},
    )


def _pins(
    standing: Places, rows: list[ProposalGroup], topic_of: Mapping[int, int]
) -> tuple[Pin, ...]:
    numbers = {row.id: place for place, row in enumerate(rows)}
    found = []
    for person, kind in standing.pins.items():
        group = standing.at.get(person)
        if group is not None and kind == "group":
            found.append(Pin(person, former=numbers[group]))
        elif group is not None:
            found.append(Pin(person, topic=topic_of[group]))
    return tuple(found)
