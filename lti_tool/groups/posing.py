"""The problem that a proposal solves: what is stored of a formation, as plain numbers."""

import hashlib
import json
from dataclasses import asdict

from lti_tool.courses import service as courses
from lti_tool.groups import rules, service
from lti_tool.groups.models import Formation
from lti_tool.groups.problem import Person, Problem, Sizes, Topic
from lti_tool.groups.rules import Finding
from lti_tool.persistence.session import Session


def problem_of(session: Session, formation: Formation) -> Problem:
    """Return what a proposal would be computed from now; staff are no part of it."""
    ranked = service.ranked_topics(session, formation.id)
    people = tuple(
        Person(person.person_id, tuple(ranked.get(person.person_id, ())))
        for person in sorted(courses.participants(session), key=lambda p: p.person_id)
    )
    return Problem(
        tuple(Topic(t.id, t.groups_max) for t in service.topics(session, formation)),
        people,
        _sizes(formation, len(people)),
        formation.groups_wanted,
        formation.groups_wanted,
    )


def _sizes(formation: Formation, people: int) -> Sizes:
    smallest, preferred, largest = (
        formation.size_min,
        formation.size_preferred,
        formation.size_max,
    )
    if smallest is None or preferred is None or largest is None:
        return rules.usual_sizes(people, formation.groups_wanted)
    return Sizes(smallest, preferred, largest)


def findings(session: Session, formation: Formation) -> tuple[Finding, ...]:
    """Return what stands against a proposal now, what forbids one first."""
    return rules.check(problem_of(session, formation))


def input_hash(problem: Problem) -> str:
    """Return a hash that tells whether two proposals were computed from the same."""
    return hashlib.sha256(
        json.dumps(asdict(problem), sort_keys=True, default=sorted).encode()
    ).hexdigest()
