"""Computing in a process of its own, which is killed, stopped and cancelled here as in life."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from lti_tool import clock
from lti_tool.groups import posing, service
from lti_tool.groups.problem import Person, Problem, Sizes, Topic
from lti_tool.groups.proposals import process
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.models import Placement, Proposal
from lti_tool.groups.proposals.process import Ended
from lti_tool.groups.solver import Limits, Solution

PATIENCE = 30


@pytest.fixture
def queued(ranked):
    """The room with one proposal that waits for a worker."""
    ranked.lead.post("groups/1/proposals")
    return ranked


@pytest.fixture
def problem(ranked) -> Problem:
    with ranked.database.reading(1) as session:
        return posing.problem_of(session, service.get_formation(session, 1))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as found:
        yield found


def children() -> list[int]:
    """Return the processes of this one that compute a proposal."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            words = (entry / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if parent == os.getpid() and "lti_tool.groups.proposals.child" in words:
            found.append(int(entry.name))
    return found


def until(holds):
    """Wait until something holds, and return it."""
    end = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)
    return found


def halted_child() -> int:
    """Let the next computation stand still before it ends, and return its process."""
    (child,) = until(children)
    os.kill(child, signal.SIGSTOP)
    return child


def proposal(room) -> Proposal:
    with room.database.reading(1) as session:
        return session.get_one(Proposal, 1)


def hard() -> Problem:
    """Return a problem that takes a minute."""
    topics = tuple(Topic(number, 3) for number in range(150))
    people = tuple(
        Person(n, tuple((n * 7 + wish * wish) % 150 for wish in range(5)))
        for n in range(1500)
    )
    return Problem(topics, people, Sizes(3, 4, 5), 375, 375)


def begin(pool, room, stop=None) -> Future[int]:
    return pool.submit(proposals.compute_due, room.database, stop)


def at_once(room) -> None:
    """Let what waits for another try be due now."""
    with room.database.transaction(1) as session:
        session.get_one(Proposal, 1).leased_until = clock.now()


@pytest.mark.sqlite
def test_the_process_has_neither_settings_nor_secrets(queued, pool, monkeypatch):
    monkeypatch.setenv("LTI_TOOL_SECRET_KEY", "planted-marker")
    computing = begin(pool, queued)

    child = halted_child()
    environment = Path(f"/proc/{child}/environ").read_text()
    os.kill(child, signal.SIGCONT)

    assert "planted-marker" not in environment
    assert "PATH=" in environment
    assert computing.result(PATIENCE) == 1


def test_a_process_that_is_killed_is_tried_again_and_ends_with_a_sentence(queued, pool):
    for attempt in range(1, proposals.MOST_ATTEMPTS + 1):
        computing = begin(pool, queued)
        os.kill(halted_child(), signal.SIGKILL)

        last = attempt == proposals.MOST_ATTEMPTS
        assert computing.result(PATIENCE) == last
        assert proposal(queued).status == ("failed" if last else "running")
        if not last:
            assert proposals.compute_due(queued.database) == 0, "it is left alone a bit"
            at_once(queued)

    assert proposal(queued).reason == "killed"
    assert "memory" in queued.lead.get("groups/1/proposals/1").text


def test_a_proposal_whose_process_was_killed_once_is_computed_after_all(queued, pool):
    computing = begin(pool, queued)
    os.kill(halted_child(), signal.SIGKILL)
    assert computing.result(PATIENCE) == 0
    at_once(queued)

    assert proposals.compute_due(queued.database) == 1
    assert proposal(queued).status == "done"


def test_cancelling_ends_the_process_within_a_second(queued, pool):
    computing = begin(pool, queued)
    child = halted_child()

    queued.lead.post("groups/1/proposals/1/cancel")
    cancelled = time.monotonic()

    assert computing.result(PATIENCE) == 0
    assert time.monotonic() - cancelled < 2
    assert child not in children()
    assert proposal(queued).status == "cancelled"
    with queued.database.reading(1) as session:
        assert session.query(Placement).count() == 0


def test_a_worker_that_stops_gives_back_what_another_computes_at_once(queued, pool):
    stop = threading.Event()
    computing = begin(pool, queued, stop)
    child = halted_child()

    stop.set()

    assert computing.result(PATIENCE) == 0
    assert child not in children()
    assert (proposal(queued).status, proposal(queued).attempts) == ("queued", 0)
    assert proposals.compute_due(queued.database) == 1


def test_two_workers_never_compute_the_same(queued, pool):
    first = begin(pool, queued)
    child = halted_child()

    assert begin(pool, queued).result(PATIENCE) == 0
    assert children() == [child]
    os.kill(child, signal.SIGCONT)
    assert first.result(PATIENCE) == 1


def test_the_lease_is_renewed_while_computing_takes_long(queued, pool):
    computing = begin(pool, queued)
    child = halted_child()
    before = proposal(queued).leased_until
    assert before

    until(lambda: proposal(queued).leased_until > before)

    os.kill(child, signal.SIGCONT)
    assert computing.result(PATIENCE) == 1


@pytest.mark.sqlite
def test_the_hard_limit_ends_what_does_not_end_by_itself(problem, pool):
    computing = pool.submit(
        process.compute, problem, Limits(), hard_seconds=1, look=lambda _progress: None
    )
    child = halted_child()

    assert computing.result(PATIENCE) is Ended.TOO_LONG
    assert child not in children()


@pytest.mark.sqlite
def test_how_far_it_is_is_told_while_it_computes():
    told = []

    def look(progress):
        told.append(progress)
        return Ended.LOST if progress is not None else None

    found = process.compute(hard(), Limits(), hard_seconds=PATIENCE, look=look)

    assert found is Ended.LOST
    assert 0 <= told[-1].share < 1
    assert children() == []


@pytest.mark.sqlite
def test_the_page_shows_how_far_it_is(queued):
    with queued.database.transaction(1) as session:
        row = session.get_one(Proposal, 1)
        row.status, row.begun_at = "running", clock.now()
        row.leased_until = clock.now() + proposals.LEASE
        row.progress = {"share": 0.4, "cost": 210, "bound": 200}

    page = queued.lead.get("groups/1/proposals/1").text

    assert '<progress max="100" value="40"' in page
    assert "At most 5 % are left to gain" in page
    assert "seconds so far" in page


@pytest.mark.sqlite
def test_what_took_too_long_says_what_to_change(queued):
    with queued.database.transaction(1) as session:
        row = session.get_one(Proposal, 1)
        row.status, row.reason = "failed", "too_long"

    assert "took longer than it may" in queued.lead.get("groups/1/proposals/1").text


@pytest.mark.sqlite
def test_the_process_ends_when_its_worker_does():
    """A worker that is killed leaves nothing behind that computes on."""
    code = (
        "import time\n"
        "from multiprocessing import Pipe\n"
        "from lti_tool.groups.proposals import process\n"
        "from tests.functional.groups.test_computing import hard\n"
        "here, there = Pipe()\n"
        "child = process._start(there)\n"
        "there.close()\n"
        "here.send((hard(), process.Limits()))\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout
    with worker, worker.stdout:
        child = Path(f"/proc/{int(worker.stdout.readline())}")
        time.sleep(1)  # Until the engine is at it.
        assert child.exists(), "it computes long enough for the test to show something"
        worker.kill()
    until(lambda: not child.exists() or "State:\tZ" in (child / "status").read_text())


@pytest.mark.sqlite
def test_a_broken_problem_is_a_failure_of_the_engine_and_no_crash(problem):
    broken = replace(problem, weights=None)

    found = process.compute(
        broken, Limits(), hard_seconds=PATIENCE, look=lambda _progress: None
    )

    assert found is Ended.BROKEN


@pytest.mark.sqlite
def test_a_class_is_computed_in_about_a_second(problem):
    begun = time.monotonic()

    found = process.compute(
        problem, Limits(), hard_seconds=PATIENCE, look=lambda _progress: None
    )

    assert isinstance(found, Solution)
    assert time.monotonic() - begun < PATIENCE / 3
