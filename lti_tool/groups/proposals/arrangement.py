"""A proposal as it stands now: what was computed, and what was moved by hand since."""

from dataclasses import dataclass

from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError, InvalidError
from lti_tool.groups import posing, rules
from lti_tool.groups.models import Formation, Topic
from lti_tool.groups.problem import Group, Problem, Sizes, standing_wishes
from lti_tool.groups.proposals.models import Move, Placement, Proposal, ProposalGroup
from lti_tool.groups.rules import Tally
from lti_tool.groups.scoring import Scorer, rank_of
from lti_tool.i18n import gettext as _
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


@dataclass(frozen=True, slots=True)
class Team:
    """A group of a proposal with its people."""

    id: int
    number: int
    topic: str
    seats: tuple[Seat, ...]
    size_fits: bool


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
    moves: int
    is_outdated: bool
    """Whether people, topics, wishes or sizes changed since it was computed."""
    sizes: Sizes


def arrange(session: Session, formation: Formation, proposal: Proposal) -> Arrangement:
    """Return a finished proposal as it stands now."""
    problem = posing.problem_of(session, formation)
    rows = _groups(session, proposal.id)
    topics = standing_topics(session, formation)
    places, moved = _places(session, proposal)
    present = courses.participants(session)
    seats = _Seats(problem, {g.id: topics[g.topic_id].id for g in rows}, places, moved)
    grouping = [
        Group(
            topics[g.topic_id].id,
            tuple(p.person_id for p in present if places.get(p.person_id) == g.id),
        )
        for g in rows
    ]
    known = courses.names(session)
    return Arrangement(
        teams=tuple(
            Team(
                row.id,
                row.number,
                topics[row.topic_id].title,
                tuple(
                    seats.of(p) for p in present if places.get(p.person_id) == row.id
                ),
                problem.sizes.smallest <= len(group.people) <= problem.sizes.largest,
            )
            for row, group in zip(rows, grouping, strict=True)
        ),
        unplaced=tuple(seats.of(p) for p in present if places.get(p.person_id) is None),
        left=tuple(
            known[person]
            for person, group in places.items()
            if group is not None and person not in {p.person_id for p in present}
        ),
        tally=rules.tally(problem, grouping),
        cost=Scorer(problem).cost(grouping).total,
        moves=_moves_made(session, proposal),
        is_outdated=proposal.input_hash != posing.input_hash(problem),
        sizes=problem.sizes,
    )


def former_groups(
    session: Session, formation: Formation, proposal: Proposal
) -> tuple[Group, ...]:
    """Return the groups of a proposal as they stand now, in the order of their numbers."""
    topics = standing_topics(session, formation)
    places, _moved = _places(session, proposal)
    return tuple(
        Group(
            topics[row.topic_id].id,
            tuple(sorted(person for person, at in places.items() if at == row.id)),
        )
        for row in _groups(session, proposal.id)
    )


@dataclass(frozen=True, slots=True)
class _Seats:
    problem: Problem
    topics: dict[int, int]
    """The topic of each group."""
    places: dict[int, int | None]
    moved: set[int]

    def of(self, person: courses.Member) -> Seat:
        """Return the seat of a participant."""
        asked = next(p for p in self.problem.people if p.id == person.person_id)
        wishes = standing_wishes(asked, self.problem.topics, rules.MOST_WISHES)
        own = self.places.get(person.person_id)
        ranks = {group: rank_of(wishes, topic) for group, topic in self.topics.items()}
        return Seat(
            person.person_id,
            person.name,
            ranks.get(own) if own is not None else None,
            bool(wishes),
            person.person_id in self.moved,
            tuple((group, rank) for group, rank in ranks.items() if group != own),
        )


def move(
    session: Session,
    proposal: Proposal,
    person_id: int,
    to_group: int | None,
    *,
    by: int,
) -> None:
    """Put a participant into another group of the proposal, or into none."""
    if proposal.status != "done":
        raise ConflictError(_("This proposal is not computed yet."))
    courses.get_participant(session, person_id)
    if to_group is not None and to_group not in {
        g.id for g in _groups(session, proposal.id)
    }:
        raise InvalidError(_("Choose a group of this proposal."))
    places, _moved = _places(session, proposal)
    if places.get(person_id) == to_group:
        raise InvalidError(_("This person is there already."))
    session.add(
        Move(
            proposal_id=proposal.id,
            person_id=person_id,
            to_group_id=to_group,
            moved_by=by,
        )
    )
    session.flush()


def undo(session: Session, proposal: Proposal) -> int:
    """Undo the newest move that stands, and return whose it was."""
    newest = session.scalar(
        select(Move)
        .where(Move.proposal_id == proposal.id, Move.undone_at.is_(None))
        .order_by(Move.id.desc())
        .limit(1)
        .with_for_update()
    )
    if newest is None:
        raise ConflictError(_("Nothing is left to undo."))
    newest.undone_at = clock.now()
    session.flush()
    return newest.person_id


def numbers(session: Session, proposal_id: int) -> list[int]:
    """Return the numbers of the groups of a proposal, in their order."""
    return [group.number for group in _groups(session, proposal_id)]


def _groups(session: Session, proposal_id: int) -> list[ProposalGroup]:
    return list(
        session.scalars(
            select(ProposalGroup)
            .where(ProposalGroup.proposal_id == proposal_id)
            .order_by(ProposalGroup.number)
        )
    )


def standing_topics(session: Session, formation: Formation) -> dict[int, Topic]:
    """Return what each topic has become: itself, even if removed, or what it was merged into."""
    found = session.scalars(select(Topic).where(Topic.formation_id == formation.id))
    topics = {topic.id: topic for topic in found}

    def standing(topic: Topic) -> Topic:
        return (
            topic
            if topic.merged_into_id is None
            else standing(topics[topic.merged_into_id])
        )

    return {topic_id: standing(topic) for topic_id, topic in topics.items()}


def _standing_moves(session: Session, proposal: Proposal) -> list[Move]:
    return list(
        session.scalars(
            select(Move)
            .where(Move.proposal_id == proposal.id, Move.undone_at.is_(None))
            .order_by(Move.id)
        )
    )


def _moves_made(session: Session, proposal: Proposal) -> int:
    return len(_standing_moves(session, proposal))


def _places(
    session: Session, proposal: Proposal
) -> tuple[dict[int, int | None], set[int]]:
    """Return the present group of each person, and whom a hand has moved."""
    computed: dict[int, int | None] = {
        placement.person_id: placement.group_id
        for placement in session.scalars(
            select(Placement).where(Placement.proposal_id == proposal.id)
        )
    }
    moved = {m.person_id: m.to_group_id for m in _standing_moves(session, proposal)}
    places = computed | moved
    return places, {p for p in moved if moved[p] != computed.get(p)}
