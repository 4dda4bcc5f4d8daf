"""Asking for proposals and computing them in the worker.

What is due stands in the proposal's own row: status and lease. A wake-up only
saves time. A worker that lost its lease, or whose proposal was cancelled, finds
that its token no longer fits and stores nothing.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import func, or_, select

from lti_tool import clock
from lti_tool.errors import ConflictError, NotFoundError
from lti_tool.groups import posing, service, solver
from lti_tool.groups.models import Formation
from lti_tool.groups.problem import Group, Problem
from lti_tool.groups.proposals.arrangement import former_groups
from lti_tool.groups.proposals.models import Placement, Proposal, ProposalGroup
from lti_tool.groups.proposals.rules import Terms, with_terms
from lti_tool.groups.solver import Limits, Solution, Status
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import EVERYWHERE, Database, Session

__all__ = [
    "Order",
    "Terms",
    "ask",
    "cancel",
    "compute_due",
    "get_proposal",
    "proposals",
]
SECONDS = 60.0
LEASE = timedelta(seconds=2 * SECONDS)
"""Longer than the solver's safety stop, so that nobody computes the same at once."""
MOST_ATTEMPTS = 3
_NO_TERMS = Terms()
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Order:
    """A claimed proposal, free of any session."""

    course_id: int
    proposal_id: int
    token: str
    problem: Problem
    seed: int


def proposals(session: Session, formation: Formation) -> list[Proposal]:
    """Return all proposals of a formation, the newest first."""
    return list(
        session.scalars(
            select(Proposal)
            .where(Proposal.formation_id == formation.id)
            .order_by(Proposal.number.desc())
        )
    )


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
    """Have a proposal computed on these terms; the wishes are closed from now on."""
    service.lock(session, formation)
    found = posing.findings(session, formation)
    if any(finding.forbids for finding in found):
        raise ConflictError(
            _(
                "No proposal can be computed yet. The page of the formation says what to change."
            )
        )
    formation.stage = "closed"
    before = session.scalar(
        select(func.max(Proposal.number)).where(Proposal.formation_id == formation.id)
    )
    number = (before or 0) + 1
    # Each number has a seed of its own, so that asking again can show another
    # of the equally good solutions, and the same one can be computed again.
    proposal = Proposal(
        formation_id=formation.id,
        number=number,
        status="queued",
        seed=number,
        terms=terms.as_json(),
        title=terms.title or None,
        asked_by=by,
    )
    session.add(proposal)
    session.flush()
    session.ring("proposals")
    return proposal


def cancel(session: Session, proposal: Proposal) -> None:
    """Stop waiting for a proposal; what its worker finds is thrown away."""
    if proposal.status not in ("queued", "running"):
        raise ConflictError(
            _("This proposal is finished and cannot be cancelled any more.")
        )
    _finish(proposal, "cancelled")
    session.flush()


def compute_due(database: Database) -> int:
    """Compute all proposals that are due and return how many were finished."""
    done = 0
    while (order := _claim(database)) is not None:
        solution = _solve(order)
        with database.transaction(order.course_id) as session:
            done += _store(session, order, solution)
    return done


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
        token = proposal.lease_token = secrets.token_hex(8)
        course_id, proposal_id = proposal.course_id, proposal.id
    with database.transaction(course_id) as session:
        return _order(session, proposal_id, token)


def _order(session: Session, proposal_id: int, token: str) -> Order:
    proposal = session.get_one(Proposal, proposal_id)
    formation = service.get_formation(session, proposal.formation_id)
    problem = posing.problem_of(session, formation)
    proposal.input_hash = posing.input_hash(problem)
    terms = Terms.from_json(proposal.terms)
    problem = with_terms(problem, terms, _former(session, formation, terms))
    return Order(proposal.course_id, proposal_id, token, problem, proposal.seed)


def _former(session: Session, formation: Formation, terms: Terms) -> tuple[Group, ...]:
    if terms.based_on is None:
        return ()
    base = get_proposal(session, formation, terms.based_on)
    return former_groups(session, formation, base)


def _solve(order: Order) -> Solution | None:
    try:
        return solver.solve(order.problem, Limits(seconds=SECONDS, seed=order.seed))
    except Exception:
        # Whatever goes wrong in the engine must not stop the other proposals.
        log.exception("proposal failed", proposal=order.proposal_id)
        return None


def _store(session: Session, order: Order, solution: Solution | None) -> bool:
    """Store what was found; False if the proposal is no longer ours or is tried again."""
    proposal = session.get_one(Proposal, order.proposal_id, with_for_update=True)
    if proposal.lease_token != order.token:
        return False
    if solution is None:
        if proposal.attempts < MOST_ATTEMPTS:
            proposal.leased_until = clock.now() + timedelta(seconds=5)
            return False
        _finish(proposal, "failed", "engine")
    elif solution.status == Status.INFEASIBLE:
        _finish(proposal, "failed", "infeasible")
    else:
        _place(session, proposal, solution)
        _finish(proposal, "done")
    return True


def _finish(proposal: Proposal, status: str, reason: str | None = None) -> None:
    proposal.status, proposal.reason = status, reason
    proposal.lease_token = proposal.leased_until = None
    proposal.finished_at = clock.now()


def _place(session: Session, proposal: Proposal, solution: Solution) -> None:
    proposal.cost, proposal.bound = solution.cost, solution.bound
    proposal.proof = str(solution.status)
    for number, group in enumerate(solution.groups, start=1):
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
