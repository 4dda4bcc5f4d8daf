"""One grade, one answer or one clock that goes wrong holds nobody else up, and is seen."""

import json
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from werkzeug.wrappers import Request, Response

from lti_tool import clock
from lti_tool.gradebook.delivery import Courier
from tests.functional.gradebook.scripted import Reply, ScriptedPlatform

Wait = Callable[..., None]
MINUTE = 60


def person(request: Request) -> str:
    name: str = json.loads(request.get_data())["userId"]
    return name


def deliver_for(
    platform: ScriptedPlatform, wait: Wait, minutes: int, *, until: str = ""
) -> None:
    for _ in range(minutes):
        platform.deliver()
        if until and platform.row().state == until:
            break
        wait(MINUTE)


@pytest.fixture
def faulty(scripted: ScriptedPlatform, wait: Wait) -> ScriptedPlatform:
    """A platform that fails at three people's grades for ever, and has done so for two hours."""
    scripted.couple(f"{scripted.url}/item")
    scripted.take_score = lambda request: Response(
        "", 500 if person(request).startswith("p") else 200
    )
    scripted.want(1.0, *scripted.add_people(3))
    deliver_for(scripted, wait, 120)
    return scripted


def test_grades_at_which_a_platform_always_fails_do_not_keep_others_waiting(
    faulty: ScriptedPlatform, wait: Wait
) -> None:
    wanted_at = clock.now()
    faulty.want(0.5)

    deliver_for(faulty, wait, 60, until="sent")

    assert faulty.row().state == "sent"
    assert (clock.now() - wanted_at).total_seconds() <= 16 * MINUTE


def test_where_a_platform_takes_others_a_grade_at_which_it_always_fails_is_shown(
    faulty: ScriptedPlatform, wait: Wait
) -> None:
    for score in range(1, 11):
        faulty.want(score / 20)
        deliver_for(faulty, wait, 40)

    assert faulty.states() == {"failed": 3, "sent": 1}


@pytest.mark.sqlite
def test_while_a_platform_takes_nobodys_grade_none_is_given_up(
    scripted: ScriptedPlatform, wait: Wait
) -> None:
    scripted.couple(f"{scripted.url}/item")
    scripted.score = [Reply(500)]
    scripted.want(1.0, *scripted.add_people(3))

    for _ in range(72 * 4):
        scripted.deliver()
        wait(15 * MINUTE)

    assert scripted.states() == {"due": 3}


def test_what_is_still_on_its_way_after_its_lease_is_not_sent_beside_it(
    scripted: ScriptedPlatform, wait: Wait
) -> None:
    scripted.couple(f"{scripted.url}/item")
    posts, answered, came = Counter[str](), threading.Event(), threading.Event()

    def answer(request: Request) -> Response:
        posts[person(request)] += 1
        came.set()
        answered.wait(30)
        return Response("", 200)

    scripted.take_score = answer
    scripted.want(1.0)
    courier = Courier(scripted.tool.database, scripted.tool.connector)
    courier.look()
    assert came.wait(10)

    wait(10 * MINUTE)
    came.clear()
    scripted.want(1.0, *scripted.add_people(1))
    courier.look()
    # The other one was claimed after the lease of the first had ended.
    assert came.wait(10)
    answered.set()

    assert courier.wait(20)
    assert posts == {"7": 1, "p0": 1}
    assert scripted.states() == {"sent": 2}


def test_a_clock_that_is_set_back_keeps_no_new_grade_waiting(
    scripted: ScriptedPlatform, wait: Wait
) -> None:
    scripted.couple(f"{scripted.url}/item")
    scripted.want(1.0)
    wait(hours=-3)

    scripted.deliver()

    assert scripted.states() == {"sent": 1}
