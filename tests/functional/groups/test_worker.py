"""Proposals in the worker: leases, repeats, and what goes wrong."""

from datetime import timedelta

import pytest

from lti_tool import clock
from lti_tool.groups import service
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.models import Placement, Proposal
from lti_tool.jobs import WORK


@pytest.fixture
def queued(ranked):
    """The room with one proposal that waits for a worker."""
    ranked.lead.post("groups/1/proposals")
    return ranked


def proposal(room):
    with room.database.reading(1) as session:
        return session.get_one(Proposal, 1)


def change(room, **values):
    with room.database.transaction(1) as session:
        row = session.get_one(Proposal, 1)
        for name, value in values.items():
            setattr(row, name, value)


def test_the_worker_knows_the_work(queued, app):
    WORK["proposals"](app.extensions["lti_tool"])

    assert proposal(queued).status == "done"


def test_the_page_says_that_it_is_being_computed(queued):
    assert "being computed" in queued.lead.get("groups/1/proposals/1").text


def test_what_another_worker_is_at_is_left_to_it(queued):
    change(queued, status="running", leased_until=clock.now() + timedelta(minutes=1))

    assert proposals.compute_due(queued.database) == 0


def test_what_a_dead_worker_left_is_taken_over(queued):
    change(queued, status="running", leased_until=clock.now() - timedelta(seconds=1))

    assert proposals.compute_due(queued.database) == 1
    assert proposal(queued).status == "done"


def test_a_proposal_over_which_workers_die_fails_in_the_end(queued):
    change(queued, attempts=proposals.MOST_ATTEMPTS)

    proposals.compute_due(queued.database)

    assert proposal(queued).status == "failed"
    assert "broke off" in queued.lead.get("groups/1/proposals/1").text


def test_a_proposal_is_computed_once(queued):
    proposals.compute_due(queued.database)

    assert proposals.compute_due(queued.database) == 0
    with queued.database.reading(1) as session:
        assert session.query(Placement).count() == 16


def test_topics_removed_while_it_waited_make_it_fail_with_a_reason(queued):
    with queued.database.transaction(1) as session:
        formation = service.get_formation(session, 1)
        service.remove_topic(session, service.topics(session, formation)[0])

    proposals.compute_due(queued.database)

    assert proposal(queued).reason == "infeasible"
    assert (
        "there is no division any more" in queued.lead.get("groups/1/proposals/1").text
    )


def test_asking_again_rings_and_computes_from_the_same_input(queued):
    proposals.compute_due(queued.database)
    queued.lead.post("groups/1/proposals")
    proposals.compute_due(queued.database)

    with queued.database.reading(1) as session:
        first, second = (session.get_one(Proposal, number) for number in (1, 2))
        assert first.input_hash == second.input_hash
        assert (first.cost, first.bound, first.proof) == (8, 8, "optimal")
        assert first.cost == second.cost
        assert first.seed != second.seed
