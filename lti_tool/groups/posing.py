"""The problem that a proposal solves: what is stored of a formation, as plain numbers."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace

from lti_tool.courses import service as courses
from lti_tool.groups import rules, service
from lti_tool.groups.chosen import chosen_topics
from lti_tool.groups.criteria import service as criteria
from lti_tool.groups.criteria.rules import Card, Preset
from lti_tool.groups.models import Formation
from lti_tool.groups.problem import Person, Problem, Sizes, Topic
from lti_tool.groups.rules import Finding
from lti_tool.groups.survey import service as survey
from lti_tool.persistence.session import Session


def problem_of(
    session: Session,
    formation: Formation,
    *,
    preset: Preset | None = None,
    drafted: Sequence[Card] | None = None,
) -> Problem:
    """Return what a proposal would be computed from now; staff are no part of it.

    ``preset`` weighs the wishes otherwise than the cards say; ``drafted`` are cards in place of
    the stored ones.
    """
    ranked = service.ranked_topics(session, formation.id)
    for person_id, topic in chosen_topics(session, formation).items():
        # What somebody chose counts before all that they had wished for.
        others = [wish for wish in ranked.get(person_id, ()) if wish != topic]
        ranked[person_id] = [topic, *others]
    people = tuple(
        Person(person.person_id, tuple(ranked.get(person.person_id, ())))
        for person in sorted(courses.participants(session), key=lambda p: p.person_id)
    )
    plain = Problem(
        tuple(Topic(t.id, t.groups_max) for t in service.topics(session, formation)),
        people,
        _sizes(formation, len(people)),
        formation.groups_wanted,
        formation.groups_wanted,
    )
    # The survey first: cards weigh what it adds.
    asked = survey.apply(session, formation, plain)
    ruled = criteria.apply(session, formation, asked, preset=preset, drafted=drafted)
    if formation.size_min is None and ruled.sizes == plain.sizes:
        return replace(ruled, sizes=_sizes_of_range(ruled))
    return ruled


def _sizes_of_range(problem: Problem) -> Sizes:
    """Return sizes that follow from the number of people, where a card permits several numbers of groups."""
    people, fewest, most = len(problem.people), problem.groups_min, problem.groups_max
    return Sizes(
        rules.usual_sizes(people, most).smallest,
        rules.usual_sizes(people, (fewest + most + 1) // 2).preferred,
        rules.usual_sizes(people, fewest).largest,
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
