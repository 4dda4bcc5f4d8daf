"""Some requests at a time: what each platform gets, what an outage costs, what a stop leaves."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from lti_tool import clock
from lti_tool.gradebook import service
from lti_tool.gradebook.delivery import Courier
from lti_tool.gradebook.models import Attempt, Grade, LineItem, PlatformGate
from lti_tool.lti.models import Registration, TokenCache
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.settings import Settings
from tests.commands import wait_until
from tests.functional.gradebook.busy import BusyPlatform
from tests.functional.gradebook.scripted import COLUMN, Reply, ScriptedPlatform

Wait = Callable[..., None]


@pytest.fixture
def busy(scripted: ScriptedPlatform) -> BusyPlatform:
    """The scripted platform with a line item, slow and counting."""
    scripted.couple(f"{scripted.url}/item")
    platform = BusyPlatform()
    scripted.take_score = platform.take
    return platform


def gate(scripted: ScriptedPlatform) -> PlatformGate:
    with scripted.tool.database.reading(EVERYWHERE) as session:
        return session.scalars(select(PlatformGate)).one()


def grades(scripted: ScriptedPlatform) -> list[Grade]:
    with scripted.tool.database.reading(EVERYWHERE) as session:
        return list(session.scalars(select(Grade).order_by(Grade.id)))


def courier(scripted: ScriptedPlatform, stop: threading.Event) -> Courier:
    return Courier(scripted.tool.database, scripted.tool.connector, stop=stop)


@pytest.mark.parametrize("at_once", [1, 2, 4])
def test_a_platform_gets_so_many_requests_at_a_time_and_no_more(
    scripted: ScriptedPlatform, busy: BusyPlatform, at_once: int
) -> None:
    scripted.want(1.0, *scripted.add_people(12))

    assert scripted.deliver(at_once) == 12

    assert busy.most == at_once
    assert sorted(busy.people) == sorted({f"p{n}" for n in range(12)})
    assert scripted.states() == {"sent": 12}


def test_what_is_wanted_meanwhile_never_overtakes_its_own_request(
    scripted: ScriptedPlatform, busy: BusyPlatform
) -> None:
    busy.seconds = 0.5
    scripted.want(0.1)
    stop = threading.Event()
    working = courier(scripted, stop)
    working.look()
    for score in (0.2, 0.3, 0.4, 0.5):
        wait_until(lambda: busy.here > 0, 10)
        scripted.want(score)
        working.look()
    assert working.wait(20)

    assert busy.most_of_a_person == 1
    assert scripted.row().sent_score == 0.5


def test_all_requests_share_one_token(
    scripted: ScriptedPlatform, busy: BusyPlatform
) -> None:
    scripted.want(1.0, *scripted.add_people(20))

    scripted.deliver(at_once=8)

    assert scripted.count("/token") == 1


def test_a_token_that_is_refused_meanwhile_is_replaced_once(
    scripted: ScriptedPlatform, busy: BusyPlatform
) -> None:
    scripted.want(1.0, *scripted.add_people(6))
    busy.replies = [Reply(401)]

    scripted.deliver()

    assert scripted.states() == {"sent": 6}
    assert scripted.count("/token") == 2
    with scripted.tool.database.reading(EVERYWHERE) as session:
        assert len(session.scalars(select(TokenCache.token)).all()) == 1


def test_a_request_to_slow_down_holds_all_lanes_for_as_long_as_was_asked(
    scripted: ScriptedPlatform, busy: BusyPlatform, wait: Wait
) -> None:
    scripted.want(1.0, *scripted.add_people(10))
    busy.replies = [Reply(429, headers={"Retry-After": "30"})]

    scripted.deliver()
    # What was beside it was on its way already.
    assert len(busy.people) <= 3
    wait(29)
    assert scripted.deliver() == 0
    wait(2)
    scripted.deliver()

    assert scripted.states() == {"sent": 10}


def test_after_an_outage_one_request_tries_the_platform_before_the_others_follow(
    scripted: ScriptedPlatform, busy: BusyPlatform, wait: Wait
) -> None:
    scripted.want(1.0, *scripted.add_people(10))
    busy.replies = [Reply(503, headers={"Retry-After": "5"})]
    scripted.deliver()
    wait(6)
    busy.let_go.clear()
    asked = len(busy.people)
    first, second = (courier(scripted, threading.Event()) for _ in range(2))
    first.look()
    wait_until(lambda: busy.here == 1, 10)

    second.look()
    assert second.wait(10)
    time.sleep(0.3)
    assert len(busy.people) == asked + 1
    busy.let_go.set()
    assert first.wait(20)

    assert busy.most == 2
    assert scripted.states() == {"sent": 10}
    assert (gate(scripted).failures, gate(scripted).closed_until) == (0, None)


def test_an_answer_to_what_was_sent_before_the_outage_does_not_end_it(
    scripted: ScriptedPlatform, busy: BusyPlatform
) -> None:
    scripted.want(1.0, *scripted.add_people(6))
    busy.replies = [Reply(429, headers={"Retry-After": "60"}), Reply()]

    scripted.deliver()

    closed = gate(scripted).closed_until
    assert closed is not None
    assert closed > clock.now() + timedelta(seconds=30)
    assert scripted.states()["due"] >= 4


def test_a_fault_now_and_then_holds_up_its_own_lane_only(
    scripted: ScriptedPlatform, busy: BusyPlatform
) -> None:
    scripted.want(1.0, *scripted.add_people(8))
    busy.replies = [Reply(500), Reply()]

    scripted.deliver()

    assert scripted.states() == {"sent": 7, "due": 1}
    assert gate(scripted).closed_until is None


def test_three_faults_in_a_row_are_the_platforms_and_cost_no_more_requests(
    scripted: ScriptedPlatform, busy: BusyPlatform
) -> None:
    scripted.want(1.0, *scripted.add_people(20))
    busy.replies = [Reply(500)] * 20

    scripted.deliver()

    assert 3 <= len(busy.people) <= 5
    assert gate(scripted).closed_until is not None


def test_a_fault_in_answer_to_a_probe_holds_the_platform_for_a_moment_only(
    scripted: ScriptedPlatform, busy: BusyPlatform, wait: Wait
) -> None:
    scripted.want(1.0, *scripted.add_people(3))
    busy.replies = [Reply(429, headers={"Retry-After": "1"})] * 2
    scripted.deliver()
    wait(seconds=2)

    busy.replies = [Reply(500)]
    scripted.deliver()

    closed_until = gate(scripted).closed_until
    assert closed_until is not None
    assert closed_until <= clock.now() + timedelta(seconds=2)


@pytest.mark.sqlite
def test_an_outage_of_three_days_is_survived_and_burns_no_attempts(
    scripted: ScriptedPlatform, wait: Wait
) -> None:
    people = scripted.add_people(3)
    with scripted.tool.database.transaction(None) as session:
        session.get_one(Registration, 1).issuer = "http://127.0.0.1:1"
    scripted.couple("http://127.0.0.1:1/item")
    scripted.want(1.0, *people)
    began = clock.now()
    tries = []
    while clock.now() < began + timedelta(hours=72):
        before = len(_attempts(scripted))
        scripted.deliver()
        tries.extend([clock.now()] * (len(_attempts(scripted)) - before))
        wait(minutes=15)

    gaps = [later - one for one, later in pairwise(tries)]
    assert max(gaps) <= timedelta(minutes=31)
    assert tries[-1] > began + timedelta(hours=71)
    assert scripted.states() == {"due": 3}
    assert {grade.refusals for grade in grades(scripted)} == {0}

    # It comes back, and then somebody gets four refused tokens: the outage did not count.
    _answer_again(scripted)
    scripted.token = [Reply(400)] * 4 + [scripted.token[0]]
    for _ in range(9):
        wait(minutes=15)
        scripted.deliver()
    assert scripted.states() == {"sent": 3}


def _attempts(scripted: ScriptedPlatform) -> list[str]:
    with scripted.tool.database.reading(EVERYWHERE) as session:
        return list(session.scalars(select(Attempt.answer)))


def _answer_again(scripted: ScriptedPlatform) -> None:
    with scripted.tool.database.transaction(EVERYWHERE) as session:
        session.get_one(Registration, 1).issuer = scripted.url
        session.execute(
            update(LineItem).values(url=f"{scripted.url}/item", is_coupled=False)
        )


def test_a_stop_waits_for_what_is_on_its_way_and_gives_the_rest_back(
    scripted: ScriptedPlatform, busy: BusyPlatform
) -> None:
    scripted.want(1.0, *scripted.add_people(10))
    busy.let_go.clear()
    stop = threading.Event()
    working = courier(scripted, stop)
    working.look()
    wait_until(lambda: busy.here == 2, 10)

    stop.set()
    wait_until(lambda: sum(g.lease_token is not None for g in grades(scripted)) == 2)
    busy.let_go.set()
    assert working.wait(10)

    assert len(busy.people) == 2
    assert scripted.states() == {"sent": 2, "due": 8}
    assert not any(grade.lease_token for grade in grades(scripted))
    assert all(g.sent_stamp is None for g in grades(scripted) if g.state == "due")
    assert scripted.deliver() == 8


@pytest.mark.postgresql
def test_a_lane_that_a_page_holds_is_noted_as_soon_as_it_is_free(
    scripted: ScriptedPlatform, busy: BusyPlatform
) -> None:
    people = scripted.add_people(2)
    scripted.want(1.0, *people)
    busy.let_go.clear()
    working = courier(scripted, threading.Event())
    working.look()
    wait_until(lambda: busy.here == 2, 10)

    with scripted.tool.database.transaction(scripted.course_id) as session:
        service.want(session, COLUMN, people[0], 0.5)
        busy.let_go.set()
        wait_until(lambda: grades(scripted)[1].state == "sent", 10)
        assert grades(scripted)[0].lease_token is not None

    assert working.wait(10)
    scripted.deliver()
    assert [grade.sent_score for grade in grades(scripted)] == [0.5, 1.0]


def test_many_wants_of_one_transaction_wake_the_worker_once(
    scripted: ScriptedPlatform, settings: Settings
) -> None:
    people = scripted.add_people(5)
    rung: list[str] = []
    database = Database(settings.database_url, settings.data_keys, ring=rung.append)
    with database.transaction(scripted.course_id) as session:
        for person_id in people:
            service.want(session, COLUMN, person_id, 1.0)
        assert rung == []
    database.close()

    assert rung == ["grades"]
