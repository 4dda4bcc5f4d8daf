"""Asking for proposals and computing them in the worker.

What is due stands in the proposal's own row: status and lease. A wake-up only
saves time. A worker that lost its lease, or whose proposal was cancelled, finds
that its token no longer fits and stores nothing.
"""

import secrets
import threading
import time
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from importlib.metadata import version
from typing import Any

from sqlalchemy import func, or_, select

from lti_tool import clock
from lti_tool.errors import ConflictError, NotFoundError
from lti_tool.groups import posing, service
from lti_tool.groups import rules as groups
from lti_tool.groups.models import Formation
from lti_tool.groups.problem import Group, Problem
from lti_tool.groups.proposals import process
from lti_tool.groups.proposals.arrangement import former_groups, numbers, preset_of
from lti_tool.groups.proposals.models import Placement, Proposal, ProposalGroup
from lti_tool.groups.proposals.process import Ended
from lti_tool.groups.proposals.refusing import refuse_contradiction
from lti_tool.groups.proposals.rules import (
    MOST_TELLING_FEWEST_MOVES,
    Terms,
    numbered,
    with_fewest_moves,
    with_terms,
)
from lti_tool.groups.solver import Limits, Progress, Solution, Status
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import EVERYWHERE, Database, Session

__all__ = [
    "Order",
    "Terms",
    "ask",
    "bring_back",
    "cancel",
    "compute_due",
    "get_proposal",
    "keep",
    "prices_asked",
    "proposals",
    "put_away",
]
RING = "proposals"
SECONDS = 60.0
"""When the solver stops by itself and says what it has."""
HARD_SECONDS = SECONDS + 15
"""When its process is ended."""
LEASE = timedelta(seconds=30)
"""Renewed meanwhile; so long nobody else begins with what a dead worker has begun."""
MOST_ATTEMPTS = 3
_AGAIN = frozenset({Ended.KILLED, Ended.BROKEN})
_PAUSE = timedelta(seconds=5)
_TELL = timedelta(seconds=1)
_NO_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Order:
    """A claimed proposal, free of any session."""

    course_id: int
    proposal_id: int
    token: str
    problem: Problem
    seed: int
    scale: int = 1
    """How many times as high as they are all costs of the problem stand in it."""


def proposals(
    session: Session, formation: Formation, *, archived: bool = False
) -> list[Proposal]:
    """Return the proposals of a formation, or those put away, the newest first."""
    is_archived = Proposal.archived_at.is_not(None)
    return list(
        session.scalars(
            select(Proposal)
            .where(
                Proposal.formation_id == formation.id,
                Proposal.number > 0,
                is_archived if archived else ~is_archived,
            )
            .order_by(Proposal.number.desc())
        )
    )


def prices_asked(
    session: Session, formation: Formation, proposal: Proposal
) -> list[Proposal]:
    """Return the computations that only say what something in a proposal would cost, the newest first."""
    found = session.scalars(
        select(Proposal)
        .where(
            Proposal.formation_id == formation.id,
            Proposal.number < 0,
            Proposal.archived_at.is_(None),
        )
        .order_by(Proposal.number)
    )
    return [p for p in found if Terms.from_json(p.terms).based_on == proposal.id]


def get_proposal(session: Session, formation: Formation, proposal_id: int) -> Proposal:
    """Return a proposal of this formation or raise NotFoundError."""
    found = session.scalar(
        select(Proposal).where(
            Proposal.id == proposal_id, Proposal.formation_id == formation.id
        )
    )
    if found is None:
        raise NotFoundError
    return found


def ask(
    session: Session, formation: Formation, *, by: int, terms: Terms = _NO_TERMS
) -> Proposal:
    """Have a proposal computed on these terms; the wishes are closed from now on.

    What rules forbid is refused where that is known, or can be counted in a moment.
    """
    service.lock(session, formation)
    posed = posing.problem_of(session, formation, preset=preset_of(terms))
    if any(finding.forbids for finding in groups.check(posed)):
        raise ConflictError(
            _(
                "No proposal can be computed yet. The page of the formation says what to change."
            )
        )
    former = _former(session, formation, terms)
    refuse_contradiction(session, formation, with_terms(posed, terms, former))
    formation.stage = "closed"
    number = _next_number(session, formation, -1 if terms.asks_price else 1)
    # Each number has a seed of its own, so that asking again can show another
    # of the equally good solutions, and the same one can be computed again.
    proposal = Proposal(
        formation_id=formation.id,
        number=number,
        status="queued",
        seed=abs(number),
        terms=terms.as_json(),
        title=terms.title or None,
        asked_by=by,
    )
    session.add(proposal)
    session.flush()
    session.ring(RING)
    return proposal


def _next_number(session: Session, formation: Formation, sign: int) -> int:
    """Return the next number; what only asks for a price counts downwards from -1."""
    furthest = func.max(sign * Proposal.number)
    before = session.scalar(
        select(furthest).where(Proposal.formation_id == formation.id)
    )
    return sign * (max(before or 0, 0) + 1)


def keep(session: Session, formation: Formation, proposal: Proposal) -> None:
    """Make a proposal of what only answered what something would cost."""
    service.lock(session, formation)
    if proposal.number < 0:
        terms = replace(Terms.from_json(proposal.terms), asks_price=False)
        proposal.terms = terms.as_json()
        proposal.number = _next_number(session, formation, 1)
        session.flush()


def put_away(session: Session, proposal: Proposal) -> None:
    """Show a proposal no longer among the others; it can be brought back."""
    session.refresh(proposal, with_for_update=True)
    if proposal.status in ("queued", "running"):
        cancel(session, proposal)
    proposal.archived_at = clock.now()
    session.flush()


def bring_back(session: Session, proposal: Proposal) -> None:
    """Show a proposal among the others again."""
    proposal.archived_at = None
    session.flush()


def cancel(session: Session, proposal: Proposal) -> None:
    """Stop waiting for a proposal; what its worker finds is thrown away."""
    # Its worker may be storing what it found in this moment.
    session.refresh(proposal, with_for_update=True)
    if proposal.status not in ("queued", "running"):
        raise ConflictError(
            _("This proposal is finished and cannot be cancelled any more.")
        )
    _finish(proposal, "cancelled")
    session.flush()


def compute_due(database: Database, stop: threading.Event | None = None) -> int:
    """Compute all proposals that are due and return how many were finished.

    When ``stop`` is set, what is being computed is given back for another worker.
    """
    stop, done = stop or threading.Event(), 0
    while not stop.is_set() and (order := _claim(database)) is not None:
        begun = time.monotonic()
        limits = Limits(seconds=SECONDS, seed=order.seed)
        found = process.compute(
            order.problem,
            limits,
            hard_seconds=HARD_SECONDS,
            look=_Watch(database, order, stop).look,
        )
        took = round(time.monotonic() - begun, 1)
        with database.transaction(order.course_id) as session:
            done += _store(session, order, found, _made_with(limits, took))
    return done


def _made_with(limits: Limits, took: float) -> dict[str, Any]:
    return {
        **asdict(limits),
        "took": took,
        "highspy": version("highspy"),
        "tool": version("lti-tool"),
    }


class _Watch:
    """Keeps the lease of an order, stores how far it is, and knows when to end it."""

    def __init__(self, database: Database, order: Order, stop: threading.Event) -> None:
        self._database, self._order, self._stop = database, order, stop
        self._stored: Progress | None = None
        self._stored_at = clock.now()

    def look(self, progress: Progress | None) -> Ended | None:
        """Tell whether computing should end; about each half second."""
        if self._stop.is_set():
            return Ended.STOPPED
        since = clock.now() - self._stored_at
        told = progress != self._stored and since >= _TELL
        if told or since >= LEASE / 3:
            return self._tell(progress)
        with self._database.reading(self._order.course_id) as session:
            found = session.get(Proposal, self._order.proposal_id)
            return None if _is_ours(found, self._order) else Ended.LOST

    def _tell(self, progress: Progress | None) -> Ended | None:
        self._stored, self._stored_at = progress, clock.now()
        with self._database.transaction(
            self._order.course_id, waits_for_disk=False
        ) as session:
            found = session.get(Proposal, self._order.proposal_id, with_for_update=True)
            if found is None or not _is_ours(found, self._order):
                return Ended.LOST
            found.leased_until = clock.now() + LEASE
            found.progress = asdict(progress) if progress else None
        return None


def _is_ours(proposal: Proposal | None, order: Order) -> bool:
    return proposal is not None and proposal.lease_token == order.token


def _claim(database: Database) -> Order | None:
    now = clock.now()
    with database.transaction(EVERYWHERE) as session:
        proposal = session.scalar(
            select(Proposal)
            .where(
                Proposal.status.in_(("queued", "running")),
                or_(Proposal.leased_until.is_(None), Proposal.leased_until < now),
            )
            .order_by(Proposal.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if proposal is None:
            return None
        if proposal.attempts >= MOST_ATTEMPTS:
            # Its workers died over it; the sweep goes on with the next one.
            _finish(proposal, "failed", "engine")
            return None
        proposal.attempts += 1
        proposal.status, proposal.leased_until = "running", now + LEASE
        proposal.begun_at, proposal.progress = now, None
        token = proposal.lease_token = secrets.token_hex(8)
        course_id, proposal_id = proposal.course_id, proposal.id
    with database.transaction(course_id) as session:
        return _order(session, proposal_id, token)


def _order(session: Session, proposal_id: int, token: str) -> Order:
    proposal = session.get_one(Proposal, proposal_id)
    formation = service.get_formation(session, proposal.formation_id)
    terms = Terms.from_json(proposal.terms)
    problem = posing.problem_of(session, formation, preset=preset_of(terms))
    proposal.input_hash = posing.input_hash(problem)
    problem = with_terms(problem, terms, _former(session, formation, terms))
    scale = 1
    if terms.asks_price and len(problem.people) <= MOST_TELLING_FEWEST_MOVES:
        problem, scale = with_fewest_moves(problem)
    return Order(proposal.course_id, proposal_id, token, problem, proposal.seed, scale)


def _former(session: Session, formation: Formation, terms: Terms) -> tuple[Group, ...]:
    if terms.based_on is None:
        return ()
    base = get_proposal(session, formation, terms.based_on)
    return former_groups(session, formation, base)


def _store(
    session: Session,
    order: Order,
    found: Solution | Ended,
    made_with: dict[str, Any],
) -> bool:
    """Store what was found; False if the proposal is no longer ours or is tried again."""
    proposal = session.get(Proposal, order.proposal_id, with_for_update=True)
    if proposal is None or not _is_ours(proposal, order):
        return False
    if isinstance(found, Ended):
        return _give_up(session, proposal, found)
    if found.status == Status.INFEASIBLE:
        _finish(proposal, "failed", "infeasible")
    else:
        proposal.made_with = {**made_with, "stopped": found.stopped}
        proposal.cost, proposal.bound = _unscaled(found, order)
        _place(session, proposal, found)
        _finish(proposal, "done")
    return True


def _unscaled(found: Solution, order: Order) -> tuple[int, int]:
    """Return cost and bound as if the costs stood in the problem as they are."""
    cost = found.cost // order.scale
    fewest = found.bound - (len(order.problem.people) if order.scale > 1 else 0)
    return cost, min(cost, -(-fewest // order.scale))


def _give_up(session: Session, proposal: Proposal, ended: Ended) -> bool:
    """Have it tried again where that can help, and tell whether it is over."""
    if ended is Ended.STOPPED:
        # Another worker begins at once; this was no attempt that failed.
        proposal.attempts -= 1
        proposal.status, proposal.progress = "queued", None
        proposal.lease_token = proposal.leased_until = None
        session.ring(RING)
        return False
    if ended in _AGAIN and proposal.attempts < MOST_ATTEMPTS:
        proposal.leased_until = clock.now() + _PAUSE
        return False
    _finish(proposal, "failed", ended.value)
    return True


def _finish(proposal: Proposal, status: str, reason: str | None = None) -> None:
    proposal.status, proposal.reason = status, reason
    proposal.lease_token = proposal.leased_until = None
    proposal.finished_at = clock.now()


def _place(session: Session, proposal: Proposal, solution: Solution) -> None:
    proposal.proof = str(solution.status)
    terms, groups = Terms.from_json(proposal.terms), solution.groups
    before = numbers(session, terms.based_on) if terms.based_on is not None else []
    named = zip(numbered(groups, before, terms.known_as), groups, strict=True)
    for number, group in named:
        row = ProposalGroup(
            proposal_id=proposal.id, number=number, topic_id=group.topic
        )
        session.add(row)
        session.flush()
        session.add_all(
            Placement(proposal_id=proposal.id, group_id=row.id, person_id=person)
            for person in group.people
        )
    session.flush()
