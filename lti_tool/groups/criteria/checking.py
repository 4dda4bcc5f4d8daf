"""Asking whether all rules of a formation can be kept, and answering in the worker.

The newest question of a formation stands in one row; a newer one takes its place,
and the answer to the older finds that its token no longer fits.
"""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select

from lti_tool import clock
from lti_tool.groups import posing, service
from lti_tool.groups import rules as groups
from lti_tool.groups.criteria import searching
from lti_tool.groups.criteria import service as criteria
from lti_tool.groups.criteria.models import FeasibilityCheck
from lti_tool.groups.criteria.rules import Card, Kind, Strength
from lti_tool.groups.criteria.searching import PATIENCE, Answer, Outcome
from lti_tool.groups.models import Formation
from lti_tool.groups.problem import Problem
from lti_tool.groups.rules import Finding
from lti_tool.persistence.session import EVERYWHERE, Database, Session

RING = "feasibility"
_LEASE = timedelta(seconds=3 * PATIENCE)
_MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A claimed question, free of any session."""

    course_id: int
    check_id: int
    token: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known now of whether all rules can be kept."""

    problem: Problem
    input_hash: str
    findings: tuple[Finding, ...] = ()
    """What has to be mended before there is anything to ask."""
    answer: Answer | None = None
    """None while nothing is known."""
    is_waiting: bool = False
    """Whether the worker is at it, or will be."""
    cards: tuple[Card, ...] = ()
    """The cards that were looked at."""


def standing(
    session: Session, formation: Formation, drafted: Sequence[Card] | None = None
) -> Standing:
    """Return what is known of the stored cards, or of others in their place."""
    problem = posing.problem_of(session, formation, drafted=drafted)
    input_hash = posing.input_hash(problem)
    forbidding = tuple(f for f in groups.check(problem) if f.forbids)
    if forbidding:
        return Standing(problem, input_hash, forbidding)
    cards = criteria.stored_cards(session, formation) if drafted is None else drafted
    check = newest(session, formation)
    answer = answer_to(check, input_hash)
    if answer is None:
        counted = searching.at_once(problem)
        answer = counted if counted.outcome != Outcome.UNKNOWN else None
    same = check is not None and check.input_hash == input_hash
    is_waiting = same and check is not None and check.status in ("queued", "running")
    is_waiting = answer is None and is_waiting
    return Standing(problem, input_hash, (), answer, is_waiting, tuple(cards))


def contradiction(
    session: Session, formation: Formation, problem: Problem
) -> Answer | None:
    """Return why a proposal's problem has no grouping, where that was found or can be counted in a moment."""
    check = newest(session, formation)
    posed = posing.problem_of(session, formation)
    known = answer_to(check, posing.input_hash(posed)) if check else None
    if known is None or known.outcome != Outcome.CONFLICT:
        known = searching.at_once(problem)
    return known if known.outcome == Outcome.CONFLICT else None


def newest(session: Session, formation: Formation) -> FeasibilityCheck | None:
    """Return the newest question, None where nothing was asked."""
    return session.scalar(
        select(FeasibilityCheck).where(FeasibilityCheck.formation_id == formation.id)
    )


def answer_to(check: FeasibilityCheck | None, input_hash: str) -> Answer | None:
    """Return the answer to a question about this very problem, None while there is none."""
    if check is None or check.input_hash != input_hash or check.found is None:
        return None
    return Answer.of_json(check.found)


def ask(
    session: Session, formation: Formation, cards: Sequence[Card], input_hash: str
) -> None:
    """Have it found out whether these cards can all be kept, unless it is known or asked already."""
    check = newest(session, formation)
    if (
        check is not None
        and check.input_hash == input_hash
        and check.status != "failed"
    ):
        return
    if check is None:
        check = FeasibilityCheck(formation_id=formation.id)
        session.add(check)
    check.cards = [asdict(card) for card in cards]
    check.input_hash, check.status, check.found = input_hash, "queued", None
    check.attempts, check.lease_token, check.leased_until = 0, None, None
    session.flush()
    session.ring(RING)


def check_due(database: Database) -> int:
    """Answer all questions that are due and return how many were answered."""
    done = 0
    while (question := _claim(database)) is not None:
        answer = searching.search_apart(question.problem)
        with database.transaction(question.course_id) as session:
            done += _store(session, question, answer)
    return done


def _claim(database: Database) -> Question | None:
    now = clock.now()
    with database.transaction(EVERYWHERE) as session:
        check = session.scalar(
            select(FeasibilityCheck)
            .where(
                FeasibilityCheck.status.in_(("queued", "running")),
                or_(
                    FeasibilityCheck.leased_until.is_(None),
                    FeasibilityCheck.leased_until < now,
                ),
            )
            .order_by(FeasibilityCheck.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if check is None:
            return None
        check.attempts += 1
        if check.attempts > _MOST_ATTEMPTS:
            # Its workers died over it; the sweep goes on with the next one.
            check.status = "failed"
            return None
        check.status, check.leased_until = "running", now + _LEASE
        token = check.lease_token = secrets.token_hex(8)
        course_id, check_id = check.course_id, check.id
    with database.reading(course_id) as session:
        return _question(session, check_id, token)


def _question(session: Session, check_id: int, token: str) -> Question:
    check = session.get_one(FeasibilityCheck, check_id)
    formation = service.get_formation(session, check.formation_id)
    drafted = [card_of(told) for told in check.cards]
    problem = posing.problem_of(session, formation, drafted=drafted)
    return Question(check.course_id, check_id, token, problem)


def _store(session: Session, question: Question, answer: Answer) -> bool:
    check = session.get_one(FeasibilityCheck, question.check_id, with_for_update=True)
    if check.lease_token != question.token:
        return False
    check.found, check.status = answer.as_json(), "done"
    # People may have answered since it was asked; the page compares.
    check.input_hash = posing.input_hash(question.problem)
    check.lease_token = check.leased_until = None
    return True


def card_of(told: dict[str, Any]) -> Card:
    """Return the card that was kept as plain JSON."""
    return Card(
        **{
            **told,
            "kind": Kind(told["kind"]),
            "strength": Strength(told["strength"]),
            "topics": tuple(told["topics"]),
        }
    )
