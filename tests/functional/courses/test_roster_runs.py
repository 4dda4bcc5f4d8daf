"""Who fetches a list of members, when, how far it is, and what a crash leaves."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from lti_tool import clock
from lti_tool.courses.models import Course, Enrolment, Opportunity, Person, RosterRun
from lti_tool.courses.roster import Fetcher, fetch_due
from lti_tool.gradebook import gates
from lti_tool.gradebook.models import PlatformGate
from lti_tool.lti.models import Registration
from lti_tool.persistence import workers
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.settings import Settings
from tests.functional.courses.conftest import Services
from tests.signing_platform import SigningPlatform, Visitor, enter

Arrive = Callable[..., Visitor]
Fetch = Callable[[], int]
Wait = Callable[..., None]
CLASS = [
    ("1", "Instructor", "Leonie Leitner"),
    ("7", "Learner", "Mia Muster"),
    ("8", "Learner", "Ben Beispiel"),
    ("9", "Learner", "Zoë Zander"),
]
WORKER = """
import os
from lti_tool.app import build_tool
from lti_tool.courses.roster import fetch_due
from lti_tool.settings import Settings
tool = build_tool(Settings.from_environ(os.environ), lambda _kind: None)
fetch_due(tool.database, tool.connector)
"""


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Wait:
    """Let time pass for the tool."""
    real, passed = clock.now, [timedelta(0)]

    def later() -> datetime:
        return real() + passed[0]

    def waiting(**more: float) -> None:
        passed[0] += timedelta(**more)

    monkeypatch.setattr(clock, "now", later)
    return waiting


@pytest.fixture
def lead(services: Services, arrive: Arrive, wait: Wait) -> Visitor:
    """The lead of a course whose list is due for the first time."""
    services.lists(*CLASS)
    return arrive("1", "Instructor", name="Leonie Leitner", **services.claim)


def listed(database: Database, context: str = "c1") -> set[str]:
    """Return who is in a course."""
    with database.reading(EVERYWHERE) as session:
        return set(
            session.scalars(
                select(Person.sub)
                .join(Enrolment, Enrolment.person_id == Person.id)
                .join(Course, Course.id == Enrolment.course_id)
                .where(Course.context_id == context, Enrolment.is_active)
            )
        )


def age(database: Database, **more: float) -> None:
    """Let what was stored be older; launches look at the real clock too, so it stays."""
    kept = {
        Course: ("roster_at", "roster_due_at"),
        Enrolment: ("seen_at",),
        RosterRun: ("leased_until", "spared_until"),
    }
    with database.transaction(EVERYWHERE) as session:
        for table, names in kept.items():
            for row in session.scalars(select(table)):
                for name in names:
                    if (moment := getattr(row, name)) is not None:
                        setattr(row, name, moment - timedelta(**more))


def due_at(database: Database) -> datetime | None:
    with database.reading(EVERYWHERE) as session:
        return session.scalars(select(Course.roster_due_at)).one()


# One worker after the other


def test_a_worker_that_stood_still_puts_no_old_list_over_a_newer_one(
    lead: Visitor, services: Services, fetch: Fetch, wait: Wait, database: Database
) -> None:
    newer = [*CLASS[:2], ("10", "Learner", "Nele Neu")]
    taken: list[int] = []

    def stand_still() -> None:
        services.meanwhile = lambda: None
        wait(minutes=3)
        services.lists(*newer)
        taken.append(fetch())
        services.lists(*CLASS)

    services.meanwhile = stand_still

    assert fetch() == 0

    assert taken == [1]
    assert listed(database) == {"1", "7", "10"}
    assert "Nele Neu" in lead.get("people/").text


def test_a_run_that_takes_longer_than_a_lease_keeps_it_page_by_page(
    lead: Visitor, services: Services, fetch: Fetch, wait: Wait, database: Database
) -> None:
    services.page = 2
    others: list[int] = []

    def take_long() -> None:
        wait(seconds=90)
        others.append(fetch())

    services.meanwhile = take_long

    assert fetch() == 1
    assert others == [0, 0]
    assert len(services.asked) == 2
    assert listed(database) == {"1", "7", "8", "9"}


def test_a_worker_killed_at_the_last_page_leaves_no_half_list_and_another_goes_on(
    lead: Visitor,
    services: Services,
    fetch: Fetch,
    wait: Wait,
    database: Database,
    settings: Settings,
) -> None:
    services.page = 2
    children: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        if len(services.asked) == 2:
            children[0].kill()

    services.meanwhile = kill
    children.append(subprocess.Popen([sys.executable, "-c", WORKER], env=env(settings)))

    assert children[0].wait(60) == -9
    assert listed(database) == {"1"}
    assert "1 page so far, with 2 people" in lead.get("people/").text
    services.meanwhile = lambda: None
    assert fetch() == 0
    wait(minutes=3)
    assert "The list waits" in lead.get("people/list").text
    assert fetch() == 1
    assert listed(database) == {"1", "7", "8", "9"}


def env(settings: Settings) -> dict[str, str]:
    """Return the environment of another process of the same installation."""
    return {
        **os.environ,
        "LTI_TOOL_BASE_URL": settings.base_url,
        "LTI_TOOL_INSTANCE": str(settings.instance),
        "LTI_TOOL_DATABASE_URL": settings.database_url,
        "LTI_TOOL_SECRET_KEY": "secret-key-for-tests-only",
        "LTI_TOOL_DATA_KEY": settings.data_keys[0],
        "LTI_TOOL_KEYS": str(settings.keys),
        "LTI_TOOL_PRIVATE_PLATFORMS": "127.0.0.0/8,::1/128",
    }


def test_a_worker_that_is_asked_to_stop_gives_its_run_back(
    lead: Visitor,
    services: Services,
    fetch: Fetch,
    platform: SigningPlatform,
    database: Database,
) -> None:
    services.page = 2
    stop = threading.Event()
    services.meanwhile = stop.set
    worker = Fetcher(database, platform.tool.connector, stop=stop)
    worker.look()
    worker.wait(30)
    assert (worker.taken, len(services.asked)) == (0, 1)

    services.meanwhile = lambda: None
    assert fetch() == 1


def test_a_worker_that_must_end_before_an_answer_came_gives_its_run_back_too(
    lead: Visitor,
    services: Services,
    fetch: Fetch,
    platform: SigningPlatform,
    database: Database,
) -> None:
    hangs, answer = threading.Event(), threading.Event()

    def hang() -> None:
        services.meanwhile = lambda: None
        hangs.set()
        answer.wait(30)

    services.meanwhile = hang
    worker = Fetcher(database, platform.tool.connector)
    worker.look()
    assert hangs.wait(30)
    worker.wait(0)

    assert fetch() == 1
    answer.set()
    worker.wait(30)
    assert worker.taken == 0


# On demand


def test_while_it_goes_on_the_page_says_how_far_it_is_and_shows_nobody_yet(
    lead: Visitor, services: Services, fetch: Fetch
) -> None:
    services.page = 2
    seen: list[str] = []
    services.meanwhile = lambda: seen.append(lead.get("people/").text)

    fetch()

    assert "The list is being fetched." in seen[0]
    assert "so far" not in seen[0]
    assert "1 page so far, with 2 people." in seen[1]
    assert "Mia Muster" not in seen[1]
    after = lead.get("people/").text
    assert "with 4 people: 3 new." in after
    assert "Mia Muster" in after
    assert "data-goes-on" not in after


def test_the_page_says_in_words_what_a_list_has_changed(
    lead: Visitor, services: Services, fetch: Fetch, wait: Wait
) -> None:
    def again(*people: tuple[str, str, str]) -> str:
        services.lists(*people)
        lead.post("people/refresh")
        assert fetch() == 1
        return lead.get("people/list").text

    fetch()
    assert "with 4 people: nothing has changed." in again(*CLASS)
    renamed = ("8", "Learner", "Ben Neumann")
    assert "with 3 people: 1 new, 2 left." in again(
        *CLASS[:2], ("10", "Learner", "Nele")
    )
    assert "with 3 people: 1 back again, 1 left, 1 with a new name" in again(
        *CLASS[:2], renamed
    )


def test_asked_for_twice_a_list_is_fetched_once(
    lead: Visitor, services: Services, fetch: Fetch, database: Database
) -> None:
    fetch()
    services.asked.clear()
    services.meanwhile = lambda: lead.post("people/refresh")

    lead.post("people/refresh")
    lead.post("people/refresh")
    fetch()

    assert len(services.asked) == 1
    due = due_at(database)
    assert due is not None
    assert due > clock.now()
    assert fetch() == 0


@pytest.mark.postgresql
def test_asked_for_by_several_at_once_a_list_has_one_run(
    lead: Visitor, services: Services, database: Database, settings: Settings
) -> None:
    code = lead.code()
    data = {"csrf_token": code}
    asking = [
        threading.Thread(
            target=lead.client.post,
            args=(f"{lead.home}people/refresh",),
            kwargs={"data": data},
        )
        for _ in range(8)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()

    with database.reading(EVERYWHERE) as session:
        assert session.scalars(select(RosterRun.asked_by)).all() == ["person"]


def test_who_asks_comes_before_the_night(
    lead: Visitor,
    services: Services,
    fetch: Fetch,
    arrive: Arrive,
    database: Database,
) -> None:
    second = arrive("1", "Instructor", course="c2", **services.other_claim("c2"))
    assert fetch() == 2
    services.asked.clear()
    age(database, hours=26)

    second.post("people/refresh")
    assert fetch() == 2

    assert [url.rpartition("/")[2] for url in services.asked] == ["c2", "members"]


@pytest.mark.usefixtures("lead")
def test_without_a_worker_the_page_says_who_can_help(
    lead: Visitor, database: Database
) -> None:
    assert "is not running" in lead.get("people/").text

    with database.transaction(EVERYWHERE) as session:
        session.put(workers.Worker, {"id": "one"}, seen_at=clock.now())
    assert "waits for its turn" in lead.get("people/").text


# At night


def test_a_list_is_fetched_every_night_while_the_course_is_in_use(
    lead: Visitor, fetch: Fetch, wait: Wait, database: Database
) -> None:
    assert fetch() == 1
    assert "every night, next on" in lead.get("people/").text
    for _ in range(3):
        wait(days=1)
        assert (fetch(), fetch()) == (1, 0)

    # Nobody opens it any more: the night that is planned is the last.
    wait(weeks=8)
    assert fetch() == 1
    assert due_at(database) is None
    wait(days=2)
    assert fetch() == 0


def test_whoever_opens_a_forgotten_course_has_its_list_fetched_and_its_nights_back(
    lead: Visitor,
    services: Services,
    fetch: Fetch,
    arrive: Arrive,
    database: Database,
) -> None:
    fetch()
    age(database, weeks=9)
    assert (fetch(), fetch()) == (1, 0)
    age(database, days=2)

    arrive("7", **services.claim)
    assert fetch() == 1
    age(database, days=1)
    assert fetch() == 1


@pytest.mark.parametrize(
    ("kind", "state", "has_nights"),
    [
        ("meeting", "held", False),
        ("meeting", "cancelled", True),
        ("worksheet", "planned", True),
    ],
)
def test_after_its_last_meeting_a_course_is_over(
    lead: Visitor,
    fetch: Fetch,
    database: Database,
    kind: str,
    state: str,
    has_nights: bool,
) -> None:
    ended = clock.now() - timedelta(weeks=5)
    with database.transaction(EVERYWHERE) as session:
        course_id = session.scalars(select(Course.id)).one()
        session.add(
            Opportunity(
                course_id=course_id,
                kind=kind,
                reference="1",
                title="T",
                state=state,
                starts_at=ended,
                ends_at=ended,
            )
        )

    assert fetch() == 1

    assert (due_at(database) is not None) is has_nights
    said = lead.get("people/list").text
    assert ("not fetched by night any more" in said) is not has_nights


# Manners


def test_a_platform_that_asks_for_a_pause_is_asked_for_no_list_meanwhile(
    lead: Visitor, services: Services, fetch: Fetch, arrive: Arrive, wait: Wait
) -> None:
    second = arrive("1", "Instructor", course="c2", **services.other_claim("c2"))
    services.status, services.headers = 503, {"Retry-After": "600"}
    fetch()
    assert len(services.asked) == 1
    services.status, services.headers = 200, {}

    wait(minutes=9)
    second.post("people/refresh")
    assert fetch() == 0
    wait(minutes=2)
    assert fetch() == 2


def test_the_course_whose_list_brought_the_pause_says_until_when(
    lead: Visitor, services: Services, fetch: Fetch, database: Database
) -> None:
    services.status, services.headers = 429, {"Retry-After": "600"}
    fetch()
    assert "asked for a pause. It is tried again" in " ".join(
        lead.get("people/list").text.split()
    )

    with database.transaction(EVERYWHERE) as session:
        session.put(workers.Worker, {"id": "one"}, seen_at=clock.now())
    lead.post("people/refresh")

    assert "asked for a pause until" in lead.get("people/list").text
    assert fetch() == 0


def test_a_platform_that_takes_no_grades_just_now_is_asked_for_no_list(
    lead: Visitor,
    platform: SigningPlatform,
    services: Services,
    wait: Wait,
    database: Database,
) -> None:
    def fetched() -> int:
        return fetch_due(database, platform.tool.connector, gates.spared_platforms)

    with database.transaction(EVERYWHERE) as session:
        session.add(
            PlatformGate(
                registration_id=platform.registration_id,
                failures=3,
                closed_until=clock.now() + timedelta(minutes=5),
            )
        )
    assert fetched() == 0
    assert services.asked == []

    wait(minutes=6)
    assert fetched() == 1


def test_a_list_that_fails_waits_longer_each_time_and_launches_do_not_hasten_it(
    lead: Visitor,
    services: Services,
    fetch: Fetch,
    arrive: Arrive,
    database: Database,
) -> None:
    services.status = 403
    for minutes in (15, 30, 60):
        assert fetch() == 0
        asked = len(services.asked)
        arrive("7", **services.claim)
        age(database, minutes=minutes - 1)
        fetch()
        assert len(services.asked) == asked
        age(database, minutes=2)

    services.status = 200
    assert fetch() == 1


def test_a_fault_of_the_tool_itself_holds_up_no_other_course(
    lead: Visitor, services: Services, fetch: Fetch, arrive: Arrive, database: Database
) -> None:
    arrive("1", "Instructor", course="c2", **services.other_claim("c2"))
    with database.transaction(EVERYWHERE) as session:
        session.execute(
            update(Course).where(Course.context_id == "c1").values(time_zone="No/Where")
        )

    assert fetch() == 1

    assert listed(database, "c1") == {"1"}
    assert listed(database, "c2") == {"1", "7", "8", "9"}
    with database.reading(EVERYWHERE) as session:
        errors = session.scalars(select(Course.roster_error).order_by(Course.id)).all()
    assert errors == ["tool_error", None]


def test_of_one_platform_one_list_is_fetched_at_a_time_by_all_workers_together(
    lead: Visitor, services: Services, fetch: Fetch, arrive: Arrive
) -> None:
    arrive("1", "Instructor", course="c2", **services.other_claim("c2"))
    others: list[int] = []
    services.meanwhile = lambda: others.append(fetch())

    assert fetch() == 2

    assert others == [0, 0]
    assert len(services.asked) == 2


@pytest.mark.postgresql
def test_several_workers_share_the_lists_of_all_platforms(
    platform: SigningPlatform, services: Services, database: Database
) -> None:
    services.lists(*CLASS)
    places = [platform, *(another(platform, services, n) for n in range(4))]
    for place in places:
        for number in range(6):
            claim = services.other_claim(f"{place.registration_id}-{number}")
            enter(place, "1", "Instructor", course=f"c{number}", **claim)
    counting = Counting(services)
    working = [Fetcher(database, platform.tool.connector) for _ in range(4)]

    def work(worker: Fetcher) -> None:
        for _ in range(200):
            worker.look()
            worker.wait()
            if len(services.asked) == 30:
                return

    threads = [threading.Thread(target=work, args=(worker,)) for worker in working]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sum(worker.taken for worker in working) == 30
    assert len(services.asked) == len(set(services.asked)) == 30
    assert counting.most == 1
    with database.reading(EVERYWHERE) as session:
        assert session.scalar(select(func.count(RosterRun.id))) == 30


class Counting:
    """Sees how many lists of one platform are asked for at a time."""

    def __init__(self, services: Services) -> None:
        self.most = 0
        self._here: dict[str, int] = {}
        self._lock = threading.Lock()
        services.around = self

    def __call__(self, url: str) -> None:
        name = url.rpartition("/")[2].partition("-")[0]
        with self._lock:
            self._here[name] = self._here.get(name, 0) + 1
            self.most = max(self.most, self._here[name])
        time.sleep(0.03)
        with self._lock:
            self._here[name] -= 1


def another(
    platform: SigningPlatform, services: Services, number: int
) -> SigningPlatform:
    """Return a further platform, with the same services."""
    found = SigningPlatform(platform.app, f"https://lms{number}.example")
    with platform.tool.database.transaction(EVERYWHERE) as session:
        registration = session.get_one(Registration, found.registration_id)
        registration.token_url = f"{services.address}/token"
    return found
