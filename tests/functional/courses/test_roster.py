"""A list of members is taken over whole or not at all, and only into its own course."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from lti_tool.courses.models import Course, Enrolment, Person, RosterRun
from lti_tool.lti.models import Registration
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.functional.courses.conftest import Services
from tests.signing_platform import SigningPlatform, Visitor, enter

Arrive = Callable[..., Visitor]
Fetch = Callable[[], int]
Place = tuple[str, str, bool]
CLASS = [
    ("1", "Instructor", "Leonie Leitner"),
    ("7", "Learner", "Mia Muster"),
    ("8", "Learner", "Ben Beispiel"),
    ("9", "Learner", "Zoë Zander"),
]


@pytest.fixture
def places(database: Database) -> Callable[..., dict[str, Place]]:
    """Role, source and activity of everybody in a course, by the platform's user ids."""

    def find(context: str = "c1") -> dict[str, Place]:
        with database.reading(EVERYWHERE) as session:
            rows = session.execute(
                select(
                    Person.sub, Enrolment.role, Enrolment.source, Enrolment.is_active
                )
                .join(Enrolment, Enrolment.person_id == Person.id)
                .join(Course, Course.id == Enrolment.course_id)
                .where(Course.context_id == context)
            )
            return {row.sub: (row.role, row.source, row.is_active) for row in rows}

    return find


@pytest.fixture
def course(
    services: Services, arrive: Arrive, fetch: Fetch, database: Database
) -> Callable[[], int]:
    """A course whose lead launched and whose list was taken over; fetches it anew when called."""
    services.lists(*CLASS)
    arrive("1", "Instructor", **services.claim)
    assert fetch() == 1

    def again() -> int:
        with database.transaction(EVERYWHERE) as session:
            session.execute(update(Course).values(roster_due_at=Course.created_at))
            session.execute(update(RosterRun).values(spared_until=None))
        return fetch()

    return again


Course_ = Callable[[], int]
Places = Callable[..., dict[str, Place]]


@pytest.fixture
def error(database: Database) -> Callable[[], str | None]:
    def find() -> str | None:
        with database.reading(EVERYWHERE) as session:
            return session.scalar(select(Course.roster_error))

    return find


@pytest.mark.usefixtures("course")
def test_everybody_on_the_list_is_in(places: Places) -> None:
    assert places() == {
        "1": ("staff", "launch", True),
        "7": ("participant", "roster", True),
        "8": ("participant", "roster", True),
        "9": ("participant", "roster", True),
    }


def test_whoever_vanished_from_a_complete_list_loses_access(
    course: Course_, services: Services, arrive: Arrive, places: Places
) -> None:
    mia = arrive("7")
    services.lists(*CLASS[:1], *CLASS[2:])

    assert course() == 1

    assert places()["7"] == ("participant", "launch", False)
    assert mia.get().status_code in {401, 403}
    # Listed again, she is back.
    services.lists(*CLASS)
    course()
    assert mia.get().status_code == 200


@pytest.mark.parametrize("status", ["Inactive", "Deleted"])
def test_whoever_is_listed_as_gone_loses_access(
    course: Course_, services: Services, arrive: Arrive, status: str
) -> None:
    mia = arrive("7")
    services.members[1]["status"] = status

    course()

    assert mia.get().status_code in {401, 403}


def test_all_pages_are_read_before_anybody_vanishes(
    course: Course_, services: Services, places: Places
) -> None:
    before = places()
    services.page = 1

    services.fails_from = 2
    assert course() == 0
    assert places() == before

    services.fails_from = 10**6
    assert course() == 1
    assert places() == before
    assert len(services.asked) == 1 + 3 + 4


@pytest.mark.parametrize(
    "listed",
    [
        [],
        [{"roles": ["Learner"]}],
        [{"user_id": "7", "status": "Deleted"}, {"user_id": "8", "status": "Inactive"}],
    ],
    ids=["empty", "nobody named", "nobody active"],
)
def test_a_list_without_anybody_changes_nothing(
    course: Course_,
    services: Services,
    places: Places,
    error: Callable[[], str | None],
    listed: list[dict[str, Any]],
) -> None:
    before = places()
    services.members = listed

    course()

    assert places() == before
    assert error() == "empty"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503])
def test_an_answer_that_failed_changes_nothing(
    course: Course_,
    services: Services,
    places: Places,
    error: Callable[[], str | None],
    status: int,
) -> None:
    before = places()
    services.lists(("7", "Learner", "Mia Muster"))
    services.status = status

    assert course() == 0

    assert places() == before
    assert error() == f"refused_{status}"


def test_no_list_makes_staff_of_a_participant_or_the_reverse(
    course: Course_, services: Services, arrive: Arrive, places: Places
) -> None:
    arrive("5", "Instructor")
    arrive("7")
    services.lists(
        ("1", "Learner", "Leonie Leitner"),
        ("5", "Learner", "Non-editing Teacher"),
        ("7", "Instructor", "Mia Muster"),
        ("8", "Instructor", "Ben Beispiel"),
    )

    course()

    found = places()
    assert (found["1"][0], found["5"][0], found["7"][0]) == (
        "staff",
        "staff",
        "participant",
    )
    # Where nobody launched, the list is all there is; a launch then knows better.
    assert found["8"][0] == "staff"
    arrive("8")
    course()
    assert places()["8"] == ("staff", "roster", True)


def test_an_administrator_who_is_on_no_list_stays(
    course: Course_, arrive: Arrive, places: Places
) -> None:
    admin = arrive("2", "Instructor")

    course()

    assert places()["2"] == ("staff", "launch", True)
    assert admin.get().status_code == 200


def test_staff_whom_only_the_list_knew_go_with_it(
    course: Course_, services: Services, places: Places
) -> None:
    services.lists(*CLASS, ("3", "Instructor", "Toni Tutor"))
    course()
    assert places()["3"] == ("staff", "roster", True)

    services.lists(*CLASS)
    course()

    assert places()["3"] == ("staff", "roster", False)


def test_who_comes_in_while_the_list_is_on_its_way_stays(
    course: Course_, services: Services, arrive: Arrive, places: Places
) -> None:
    came: list[Visitor] = []
    services.meanwhile = lambda: came.append(arrive("30"))

    course()

    assert places()["30"] == ("participant", "launch", True)
    assert came[0].get().status_code == 200


def test_other_courses_platforms_and_names_are_left_alone(
    course: Course_,
    services: Services,
    arrive: Arrive,
    places: Places,
    platform: SigningPlatform,
    database: Database,
) -> None:
    arrive("7", course="c2")
    arrive("40", course="c2")
    other = SigningPlatform(platform.app, "https://other.example")
    enter(other, "8", name="Somebody Else", course="c3")
    services.lists(("1", "Instructor", "Leonie Leitner"), ("8", "Learner", "New Name"))

    course()

    assert places()["7"][2] is False
    assert places("c2") == {
        "7": ("participant", "launch", True),
        "40": ("participant", "launch", True),
    }
    assert places("c3") == {"8": ("participant", "launch", True)}
    with database.reading(EVERYWHERE) as session:
        names = session.execute(select(Person.sub, Person.name)).all()
    assert sorted(map(tuple, names)) == [
        ("1", "Leonie Leitner"),
        ("40", "Mia Muster"),
        ("7", "Mia Muster"),
        ("8", "New Name"),
        ("8", "Somebody Else"),
        ("9", "Zoë Zander"),
    ]


def test_a_list_without_names_takes_none_away(
    course: Course_, services: Services, database: Database
) -> None:
    services.members = [{"user_id": sub, "roles": [role]} for sub, role, _ in CLASS]

    course()

    with database.reading(EVERYWHERE) as session:
        assert set(session.scalars(select(Person.name))) == {
            name for _, _, name in CLASS
        }


def test_texts_that_no_database_takes_hold_nothing_up(
    course: Course_, services: Services, places: Places
) -> None:
    services.members += [
        {"user_id": "\ud800", "roles": ["Learner"]},
        {"user_id": "50", "roles": ["Learner"], "name": "A\ud800\x00B" * 500},
    ]

    assert course() == 1

    assert places().keys() == {"1", "7", "8", "9", "50"}


def test_a_disabled_platform_is_not_asked(
    course: Course_, services: Services, database: Database
) -> None:
    with database.transaction(EVERYWHERE) as session:
        session.execute(update(Registration).values(enabled=False))

    assert course() == 0

    assert len(services.asked) == 1


def test_a_class_of_ten_thousand_is_taken_over_and_let_go(
    course: Course_, services: Services, places: Places
) -> None:
    services.lists(
        *CLASS, *((f"s{n}", "Learner", f"Person {n}") for n in range(10_000))
    )
    services.page = 2_500

    assert course() == 1
    assert sum(active for _, _, active in places().values()) == 10_004

    services.lists(*CLASS)
    assert course() == 1
    assert sum(active for _, _, active in places().values()) == 4
