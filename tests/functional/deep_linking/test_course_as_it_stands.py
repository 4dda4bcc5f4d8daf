"""What is offered depends on the course: its links, its columns, its language."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.courses.models import Activity, Course
from lti_tool.gradebook.models import LineItem
from lti_tool.gradebook.service import coupled_url
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.functional.deep_linking.conftest import Ask, received
from tests.signing_platform import AGS, CLAIM, SigningPlatform, Visitor

Arrive = Callable[..., Visitor]


def _checked(page: str) -> list[str]:
    return re.findall(r'id="chosen-(\w+)"[^>]*checked', page)


def _open(
    arrive: Arrive, link: str, custom: dict[str, str], line_item: str | None = None
) -> None:
    """Launch a link as a participant; ``line_item`` is the column coupled with it."""
    claims: dict[str, Any] = {
        f"{CLAIM}resource_link": {"id": link, "title": f"Link {link}"},
        f"{CLAIM}custom": custom,
    }
    if line_item:
        claims[AGS] = {
            "lineitem": f"https://lms.example/items/{line_item}",
            "lineitems": "https://lms.example/items",
            "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
        }
    arrive("7", **claims)


def test_a_new_course_begins_with_what_it_needs(ask: Ask) -> None:
    page = ask().get().text

    assert _checked(page) == ["home", "project", "worksheet", "certificate"]
    assert "linked already" not in page


def test_where_one_is_taken_the_start_comes_first(ask: Ask) -> None:
    assert _checked(ask(settings={"accept_multiple": False}).get().text) == ["home"]


def test_what_is_linked_is_not_chosen_again_and_is_said(
    ask: Ask, arrive: Arrive
) -> None:
    _open(arrive, "81", {"activity": "home"})
    _open(arrive, "82", {"activity": "worksheet", "phase": "mid"})

    page = ask().get().text

    assert _checked(page) == ["project", "worksheet", "certificate"]
    assert page.count("linked already") == 2
    assert "This course has a link to it: Link 81." in page


def test_a_link_of_another_course_says_nothing(ask: Ask, arrive: Arrive) -> None:
    arrive("7", course="c2", activity="home")

    assert "linked already" not in ask(course="c1").get().text


def test_a_column_that_is_there_is_not_made_twice(ask: Ask, arrive: Arrive) -> None:
    _open(arrive, "83", {"activity": "certificate"}, line_item="9")

    page = ask().get().text

    assert page.count("The gradebook has this column already") == 1
    assert re.search(r'<input[^>]*checked[^>]*name="column_project"', page)
    assert not re.search(r'<input[^>]*checked[^>]*name="column_certificate"', page)


def test_a_column_of_our_own_counts_too(
    ask: Ask, arrive: Arrive, database: Database
) -> None:
    arrive("7")
    with database.transaction(EVERYWHERE) as session:
        course_id = session.scalars(sa.select(Course.id)).one()
    with database.transaction(course_id) as session:
        session.add(
            LineItem(
                resource_id="project",
                tag="project",
                label="Project",
                maximum=1,
                url="https://lms.example/items/4",
            )
        )

    page = ask().get().text

    assert not re.search(r'<input[^>]*checked[^>]*name="column_project"', page)


@pytest.mark.parametrize(
    ("reader", "course"), [("de", "de"), ("en", "de"), ("de", "en")]
)
def test_pages_speak_the_readers_language_and_titles_the_courses(
    ask: Ask,
    platform: SigningPlatform,
    database: Database,
    reader: str,
    course: str,
) -> None:
    headings = {"de": "Aktivitäten hinzufügen", "en": "Add activities"}
    titles = {"de": "Kursstart", "en": "Course start"}
    labels = {"de": "Arbeitsblatt Start", "en": "Worksheet start"}
    asked = ask(locale=reader)
    with database.transaction(EVERYWHERE) as session:
        session.execute(sa.update(Course).values(language=course))

    page = asked.get().text
    form = {"chosen": ["home", "worksheet"]}
    names = re.findall(r'name="(title_(?:home|worksheet))"[^>]*value="([^"]+)"', page)
    answer = received(
        asked.post("", form | dict(names) | {"column_worksheet": "y"}), platform
    )

    assert headings[reader] in page
    assert dict(names)["title_home"] == titles[course]
    assert answer.items[0]["title"] == titles[course]
    assert answer.items[1]["lineItem"]["label"] == labels[course]


@pytest.mark.parametrize("first", ["mid", None])
def test_each_phase_fills_the_column_of_its_own_link(
    arrive: Arrive, database: Database, first: str | None
) -> None:
    links: dict[str | None, dict[str, str]] = {
        None: {"activity": "worksheet"},
        "mid": {"activity": "worksheet", "phase": "mid"},
    }
    for phase in sorted(links, key=lambda phase: phase != first):
        _open(arrive, f"8{phase}", links[phase], line_item=str(phase))

    with database.reading(EVERYWHERE) as session:
        course_id = session.scalars(sa.select(Course.id)).one()
    with database.reading(course_id) as session:
        assert coupled_url(session, "worksheet", "start") == (
            "https://lms.example/items/None"
        )
        assert coupled_url(session, "worksheet", "mid") == (
            "https://lms.example/items/mid"
        )
        assert coupled_url(session, "worksheet", "end") is None


def test_a_link_for_the_start_goes_before_one_for_all_phases(
    arrive: Arrive, database: Database
) -> None:
    _open(arrive, "84", {"activity": "worksheet"}, line_item="all")
    _open(arrive, "85", {"activity": "worksheet", "phase": "start"}, line_item="start")

    with database.reading(EVERYWHERE) as session:
        course_id = session.scalars(sa.select(Course.id)).one()
    with database.reading(course_id) as session:
        assert coupled_url(session, "worksheet", "start") == (
            "https://lms.example/items/start"
        )


@pytest.mark.parametrize(
    ("custom", "kept"),
    [
        ({"activity": "worksheet", "phase": "end"}, ("worksheet", "end")),
        ({"activity": "worksheet", "phase": "never"}, ("worksheet", None)),
        ({"activity": "project", "phase": "mid"}, ("project", None)),
        ({"phase": "mid"}, ("home", None)),
    ],
    ids=str,
)
def test_a_launch_says_for_which_phase_its_link_is(
    arrive: Arrive,
    database: Database,
    custom: dict[str, str],
    kept: tuple[str, str | None],
) -> None:
    _open(arrive, "86", custom)

    with database.reading(EVERYWHERE) as session:
        stored = session.execute(sa.select(Activity.target, Activity.phase)).one()
    assert tuple(stored) == kept
