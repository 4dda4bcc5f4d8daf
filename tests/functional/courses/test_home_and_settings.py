"""The course home says what is next; settings hold for the whole course."""

from collections.abc import Callable
from datetime import timedelta

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.courses.views import sorted_cards
from lti_tool.persistence.session import Database
from lti_tool.web.tool import Card
from tests.functional.courses.conftest import profile
from tests.signing_platform import Visitor

Arrive = Callable[..., Visitor]
CourseId = Callable[[], int]


def plan(
    database: Database,
    course_id: int,
    title: str,
    *,
    days: float,
    state: str = "planned",
) -> None:
    start = clock.now() + timedelta(days=days)
    with database.transaction(course_id) as session:
        courses.plan(
            session,
            "meeting",
            title,
            title=title,
            starts_at=start,
            ends_at=start + timedelta(hours=2),
            state=state,
        )


def test_the_lead_of_an_empty_course_sees_the_first_steps(lead: Visitor) -> None:
    page = lead.get().text

    assert "First steps in this course" in page
    assert page.count('<li class="done">') == 0


def test_a_first_step_is_ticked_when_it_is_done(
    lead: Visitor, arrive: Arrive, database: Database, course_id: CourseId
) -> None:
    arrive("7").post("profiles/mine", profile(region="Harz"))
    plan(database, course_id(), "Auftakt", days=3)

    assert lead.get().text.count('<li class="done">') == 2


def test_the_first_steps_can_be_hidden_and_are_for_leads_only(
    lead: Visitor, arrive: Arrive
) -> None:
    mia = arrive("7")
    assert "First steps" not in mia.get().text
    assert mia.post("first-steps").status_code == 403

    lead.post("first-steps")

    assert "First steps in this course" not in lead.get().text


def test_everybody_sees_the_next_dates_and_no_past_or_cancelled_ones(
    lead: Visitor, arrive: Arrive, database: Database, course_id: CourseId
) -> None:
    plan(database, course_id(), "Vergangen", days=-2)
    plan(database, course_id(), "Webinar Netzwerke", days=2)
    plan(database, course_id(), "Entfallen", days=3, state="cancelled")

    for visitor in (lead, arrive("7"), arrive("2", "Instructor")):
        page = visitor.get().text
        assert "Webinar Netzwerke" in page
        assert "Vergangen" not in page
        assert "Entfallen" not in page


def test_the_most_urgent_card_stands_first_and_equals_keep_their_order() -> None:
    cards = [
        Card("a", ""),
        Card("b", "", urgency=3),
        Card("c", ""),
        Card("d", "", urgency=2),
    ]

    assert [card.title for card in sorted_cards(cards)] == ["b", "d", "a", "c"]


def test_times_are_shown_in_the_courses_zone(
    lead: Visitor, database: Database, course_id: CourseId
) -> None:
    plan(database, course_id(), "Auftakt", days=3)
    before = lead.get().text

    lead.post("settings", {"time_zone": "America/New_York", "language": "en"})

    assert lead.get().text != before
    assert 'value="America/New_York" selected' in " ".join(
        lead.get("settings").text.split()
    ) or ('selected value="America/New_York"' in lead.get("settings").text)


def test_an_unknown_time_zone_is_refused(lead: Visitor) -> None:
    answer = lead.post("settings", {"time_zone": "Moon/Base", "language": "en"})

    assert answer.status_code == 422
    assert "Europe/Berlin" in lead.get("settings").text


def test_settings_are_for_leads_only(lead: Visitor, arrive: Arrive) -> None:
    visitors = [arrive("7"), arrive("2", "Instructor")]

    assert [v.get("settings").status_code for v in visitors] == [403, 403]
    assert [v.post("settings").status_code for v in visitors] == [403, 403]


def test_whoever_may_not_see_a_page_finds_the_way_home(
    lead: Visitor, arrive: Arrive
) -> None:
    mia = arrive("7")

    page = mia.get("settings").text

    assert "This page is not for you" in page
    assert f'href="{mia.home}"' in page


def test_the_language_can_be_switched(lead: Visitor) -> None:
    page = lead.post("language", {"language": "de", "back": lead.home})

    assert '<html lang="de">' in page.text
