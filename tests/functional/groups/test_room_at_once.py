"""A whole room taps in the same second, through a real web server and on a real database."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests
import sqlalchemy as sa
from flask import Flask

from lti_tool.groups.models import Topic, Wish
from lti_tool.persistence.session import Database
from tests.functional.groups.conftest import TITLES
from tests.serving import served
from tests.signing_platform import Visitor

PEOPLE = 20
ROOM = "groups/1/room"
_SECONDS = 30


class Phone:
    """A launched person whose requests go over the network, not through the test client."""

    def __init__(self, visitor: Visitor, port: int) -> None:
        cookie = visitor.client.get_cookie("__Host-lti-tool")
        assert cookie is not None
        self.url = f"http://127.0.0.1:{port}{visitor.home}{ROOM}"
        self.headers = {"Cookie": f"{cookie.key}={cookie.value}"}
        self.code = visitor.code()

    def send(self, path: str, **form: str) -> int:
        sent = requests.post(
            f"{self.url}/{path}",
            data={"csrf_token": self.code, **form},
            headers=self.headers,
            allow_redirects=False,
            timeout=_SECONDS,
        )
        return sent.status_code


@pytest.fixture
def phones(
    app: Flask, lead: Visitor, arrive: Callable[..., Visitor]
) -> Iterator[list[Phone]]:
    """Twenty people in a room with four topics."""
    lead.post("groups/room")
    for title in TITLES:
        lead.post(f"{ROOM}/topics", {"title": title})
    people = [arrive(str(sub), name=f"Gast {sub}") for sub in range(100, 100 + PEOPLE)]
    with served(app) as port:
        yield [Phone(person, port) for person in people]


def at_once(tasks: list[Callable[[], int]]) -> list[int]:
    """Do all in the same moment and return what the server said."""
    start = Barrier(len(tasks))

    def run(task: Callable[[], int]) -> int:
        start.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def marks(database: Database) -> dict[int, list[int]]:
    with database.reading(1) as session:
        found: dict[int, list[int]] = {}
        for wish in session.scalars(sa.select(Wish).order_by(Wish.place)):
            found.setdefault(wish.person_id, []).append(wish.topic_id)
        return found


def test_favourites_of_the_same_second_are_all_stored(phones, lead, database):
    lead.post(f"{ROOM}/stage", {"stage": "wishes"})

    said = at_once(
        [
            lambda phone=phone, topic=number % 4 + 1: phone.send(
                "marks", mark=f"{topic}:1"
            )
            for number, phone in enumerate(phones)
        ]
    )

    assert said == [303] * PEOPLE
    stored = [wished for _person, wished in sorted(marks(database).items())]
    assert stored == [[number % 4 + 1] for number in range(PEOPLE)]


def test_two_taps_of_one_person_do_not_undo_each_other(phones, lead, database):
    lead.post(f"{ROOM}/stage", {"stage": "wishes"})
    phones[0].send("marks", mark="1:1")

    said = at_once(
        [
            lambda: phones[0].send("marks", mark="2:2"),
            lambda: phones[0].send("marks", mark="3:2"),
            lambda: phones[0].send("marks", mark="4:3"),
        ]
    )

    assert said == [303] * 3
    (stored,) = marks(database).values()
    assert stored[0] == 1
    assert len(stored) == len(set(stored)) >= 2


def test_topics_of_the_same_second_are_all_there_and_none_twice(phones, database):
    said = at_once(
        [
            lambda phone=phone, number=number: phone.send(
                "ideas", title=f"Idee {number // 2}"
            )
            for number, phone in enumerate(phones)
        ]
    )

    assert sorted(said) == [303] * (PEOPLE // 2) + [400] * (PEOPLE // 2)
    with database.reading(1) as session:
        titles = list(session.scalars(sa.select(Topic.title).order_by(Topic.id)))
    assert sorted(titles[len(TITLES) :]) == [f"Idee {n}" for n in range(PEOPLE // 2)]


def test_taps_while_the_lead_balances_are_stored_or_refused_but_never_lost(
    phones, lead, database
):
    lead.post(f"{ROOM}/stage", {"stage": "wishes"})
    tasks: list[Callable[[], int]] = [
        lambda phone=phone: phone.send("marks", mark="1:1") for phone in phones
    ]
    tasks.append(lambda: lead.post(f"{ROOM}/balance", follow=False).status_code)

    *said, balanced = at_once(tasks)

    assert balanced == 303
    assert set(said) <= {303, 409}
    assert len(marks(database)) == said.count(303)
