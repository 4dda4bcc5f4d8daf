"""Standings of participants, and the decisions that people make on them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from lti_tool import clock
from lti_tool.certificate import models
from lti_tool.certificate.awards import (
    NEEDS_MET,
    NEEDS_REASON,
    Award,
    Decision,
    award,
    may_follow,
)
from lti_tool.certificate.facts import facts_of, facts_of_all
from lti_tool.certificate.models import RuleSet, RuleSetState
from lti_tool.certificate.requirements import (
    IHK_STANDARD,
    Requirement,
    parse,
    tree_hash,
)
from lti_tool.certificate.rules import Facts, Result, Status, evaluate, fingerprint
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course
from lti_tool.errors import ConflictError, InvalidError
from lti_tool.gradebook.service import Column, want
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session

SECOND = "certificate.second"
"""The course option that the examiner confirms after the lead."""
_LABELS = {"de": "Zertifikat", "en": "Certificate"}


@dataclass(frozen=True, slots=True)
class Rules:
    """The rule set in force; version 0 is the shipped standard, an assumption."""

    version: int
    tree: Mapping[str, Any]
    digest: str
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision as pages show it."""

    kind: Decision
    by: int
    at: datetime
    version: int
    reason: str | None
    """None where none was asked for, empty where it was erased."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a participant stands, and what was decided about the certificate."""

    person_id: int
    result: Result
    seen: str
    """The fingerprint of the facts and rules behind it."""
    award: Award
    decided_by: int | None = None
    is_stale: bool = False
    """The facts have changed since somebody decided."""

    @property
    def waits_for_lead(self) -> bool:
        """Tell whether everything is met and a lead has yet to confirm."""
        return self.result.status is Status.MET and self.award is Award.NONE


# Rules


def rules_in_force(session: Session) -> Rules:
    """Return the published rule set, or the shipped standard where none was published."""
    row = _published(session)
    if row is None:
        return Rules(0, IHK_STANDARD, tree_hash(IHK_STANDARD), parse(IHK_STANDARD))
    return Rules(row.version, row.tree, row.digest, parse(row.tree))


def _published(session: Session) -> RuleSet | None:
    return session.scalar(
        select(RuleSet).where(RuleSet.state == RuleSetState.PUBLISHED)
    )


def publish(session: Session, tree: Mapping[str, object], *, by: int) -> RuleSet:
    """Make this tree the rules of the course, as a new version; RuleSetError if it is none."""
    parse(tree)
    _hold(session)
    present = _published(session)
    if present is not None:
        if present.digest == tree_hash(tree):
            return present
        present.state = RuleSetState.RETIRED
        session.flush()
    version = (session.scalar(select(func.max(RuleSet.version))) or 0) + 1
    row = RuleSet(
        version=version,
        tree=dict(tree),
        digest=tree_hash(tree),
        state=RuleSetState.PUBLISHED,
        author_id=by,
    )
    session.add(row)
    courses.set_option(session, "certificate.rules", version)
    session.flush()
    return row


def effect(
    session: Session, tree: Mapping[str, object]
) -> dict[int, tuple[Status, Status]]:
    """Return whose status these rules would change, from what to what."""
    now = clock.now()
    people = [person.person_id for person in courses.participants(session)]
    old, new = rules_in_force(session).requirement, parse(tree)
    compared = {
        person: (evaluate(old, facts, now).status, evaluate(new, facts, now).status)
        for person, facts in facts_of_all(session, people, now).items()
    }
    return {person: pair for person, pair in compared.items() if pair[0] is not pair[1]}


def _hold(session: Session) -> None:
    # One decision or publication at a time in a course.
    course = courses.course_of(session)
    session.get_one(Course, course.id, with_for_update=True)


# Standings


def standing_of(session: Session, person_id: int) -> Standing:
    """Return where one participant stands."""
    rules, now = rules_in_force(session), clock.now()
    facts = facts_of(session, person_id, now)
    return _standing(rules, person_id, facts, now, _newest(session).get(person_id))


def standings(session: Session) -> list[Standing]:
    """Return where each participant stands, by family name."""
    rules, now = rules_in_force(session), clock.now()
    people = [person.person_id for person in courses.participants(session)]
    decided = _newest(session)
    known = facts_of_all(session, people, now)
    return [
        _standing(rules, person, known[person], now, decided.get(person))
        for person in people
    ]


def _standing(
    rules: Rules,
    person_id: int,
    facts: Facts,
    now: datetime,
    last: models.Decision | None,
) -> Standing:
    seen = fingerprint(rules.digest, facts)
    result = evaluate(rules.requirement, facts, now)
    if last is None:
        return Standing(person_id, result, seen, Award.NONE)
    return Standing(
        person_id,
        result,
        seen,
        award(Decision(last.kind), is_final=last.is_final),
        decided_by=last.actor_id,
        is_stale=last.standing != seen,
    )


def _newest(session: Session) -> dict[int, models.Decision]:
    rows = session.scalars(select(models.Decision).order_by(models.Decision.number))
    return {row.person_id: row for row in rows}


def verdicts(session: Session, person_id: int) -> list[Verdict]:
    """Return every decision about a person's certificate, oldest first."""
    wanted = (
        select(models.Decision, RuleSet.version)
        .join(RuleSet, RuleSet.id == models.Decision.rule_set_id)
        .where(models.Decision.person_id == person_id)
        .order_by(models.Decision.number)
    )
    rows = list(session.execute(wanted))
    reasons = courses.texts(session, [row.reason_id for row, _version in rows])
    return [
        Verdict(
            Decision(row.kind),
            row.actor_id,
            row.decided_at,
            version,
            None if row.reason_id is None else reasons.get(row.reason_id) or "",
        )
        for row, version in rows
    ]


# Decisions


def decide(
    session: Session,
    person_id: int,
    decision: Decision,
    *,
    by: int,
    seen: str,
    reason: str = "",
) -> None:
    """Store what a person decided on the standing they saw, and tell the gradebook.

    It is refused where the facts or rules have changed since, and where it makes no sense.
    """
    courses.get_participant(session, person_id)
    _hold(session)
    standing = standing_of(session, person_id)
    _check(standing, decision, by=by, seen=seen, reason=reason)
    rules = rules_in_force(session)
    rule_set = publish(session, rules.tree, by=by)
    kept = (
        courses.keep_text(session, reason.strip(), person_id=person_id)
        if reason.strip()
        else None
    )
    is_final = decision is not Decision.CONFIRM or not courses.option(
        session, SECOND, default=False
    )
    session.add(
        models.Decision(
            person_id=person_id,
            number=_count(session, person_id) + 1,
            kind=decision,
            is_final=is_final,
            rule_set_id=rule_set.id,
            standing=standing.seen,
            status=standing.result.status,
            actor_id=by,
            decided_at=clock.now(),
            reason_hash=kept.commitment if kept is not None else "",
            reason_id=kept.id if kept is not None else None,
        )
    )
    session.flush()
    if is_final:
        score = 1.0 if decision in NEEDS_MET else 0.0
        want(session, column(session), person_id, score)


def _check(
    standing: Standing, decision: Decision, *, by: int, seen: str, reason: str
) -> None:
    if not may_follow(standing.award, decision):
        raise ConflictError(
            _(
                "This was decided meanwhile. Look at the present state before you decide again."
            )
        )
    if seen != standing.seen:
        raise ConflictError(
            _(
                "The evidence or the rules have changed since you opened the page, so nothing was stored. Look at the present standing and decide again."
            )
        )
    if decision in NEEDS_MET and standing.result.status is not Status.MET:
        raise ConflictError(
            _("Not every requirement is met, so the certificate cannot be confirmed.")
        )
    if decision is Decision.COUNTERSIGN and standing.decided_by == by:
        raise ConflictError(
            _("The second confirmation has to come from another person.")
        )
    if decision in NEEDS_REASON and not reason.strip():
        raise InvalidError(_("Write a reason. The participant can read it."))


def _count(session: Session, person_id: int) -> int:
    counted = select(func.count()).where(models.Decision.person_id == person_id)
    return session.scalar(counted) or 0


def column(session: Session) -> Column:
    """Return the gradebook column of the certificate, named in the language of the course."""
    label = _LABELS.get(courses.course_of(session).language, _LABELS["en"])
    return Column("certificate", "certificate", label)
