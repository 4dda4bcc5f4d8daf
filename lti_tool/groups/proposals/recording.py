"""Groups that were not computed, such as those that people chose, kept as a finished proposal."""

from collections.abc import Sequence

from sqlalchemy import func, select

from lti_tool import clock
from lti_tool.groups import posing, service
from lti_tool.groups.models import Formation
from lti_tool.groups.problem import Group
from lti_tool.groups.proposals.models import Placement, Proposal, ProposalGroup
from lti_tool.groups.scoring import Scorer
from lti_tool.persistence.session import Session


def record(
    session: Session,
    formation: Formation,
    groups: Sequence[Group],
    *,
    title: str,
    by: int,
    numbers: Sequence[int] = (),
) -> Proposal:
    """Store groups as a proposal that is done: it can be moved, filled and published as any other.

    The groups have these ``numbers``, else they are counted from 1.
    """
    service.lock(session, formation)
    before = session.scalar(
        select(func.max(Proposal.number)).where(Proposal.formation_id == formation.id)
    )
    problem = posing.problem_of(session, formation)
    proposal = Proposal(
        formation_id=formation.id,
        number=(before or 0) + 1,
        status="done",
        seed=0,
        title=title,
        input_hash=posing.input_hash(problem),
        cost=Scorer(problem).cost(groups).total,
        finished_at=clock.now(),
        asked_by=by,
    )
    session.add(proposal)
    formation.stage = "closed"
    session.flush()
    known = numbers or range(1, len(groups) + 1)
    for number, group in zip(known, groups, strict=True):
        _add_group(session, proposal, number, group)
    return proposal


def _add_group(session: Session, proposal: Proposal, number: int, group: Group) -> None:
    row = ProposalGroup(proposal_id=proposal.id, number=number, topic_id=group.topic)
    session.add(row)
    session.flush()
    session.add_all(
        Placement(proposal_id=proposal.id, group_id=row.id, person_id=person)
        for person in group.people
    )
    session.flush()
