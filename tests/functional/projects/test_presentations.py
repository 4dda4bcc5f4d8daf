"""Each group has a slot at the closing workshop; afterwards it is recorded who presented."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from lti_tool.courses import service as courses
from tests.functional.projects.conftest import Class
from tests.signing_platform import Visitor


def set_slot(lead: Visitor, course: Class, starts_at: str = "2027-06-18T10:20"):
    prefix = f"slot-{course.first}-"
    form = {f"{prefix}starts_at": starts_at, f"{prefix}minutes": "20"}
    return lead.post(f"project/groups/{course.first}/slot", form)


def record(lead: Visitor, course: Class, *present: str):
    form = {f"record-{course.first}-presented": [course.people[sub] for sub in present]}
    return lead.post(f"project/groups/{course.first}/presented", form)


def test_members_see_when_their_group_presents(
    lead: Visitor, mia: Visitor, course: Class
) -> None:
    set_slot(lead, course)

    assert "10:20" in mia.get("project/").text
    assert "Your group presents" in mia.get().text
    with course.database.reading(course.course_id) as session:
        planned = {o.kind: o.starts_at for o in courses.opportunities(session)}
    assert planned["presentation"].hour == 8


def test_who_was_absent_missed_the_presentation_and_the_others_held_it(
    lead: Visitor, course: Class
) -> None:
    set_slot(lead, course)

    record(lead, course, "7")

    assert course.achieved("7", "presentation") == "held"
    assert course.achieved("8", "presentation") == "missed"
    assert course.achieved("9", "presentation") is None


def test_the_page_asks_who_presented_once_the_day_has_come(
    lead: Visitor, course: Class
) -> None:
    set_slot(lead, course, "2099-06-18T10:20")
    assert "Who presented?" not in lead.get("project/presentations").text

    set_slot(lead, course, "2026-01-18T10:20")

    assert "Who presented?" in lead.get("project/presentations").text
    assert "Record presentations" in lead.get().text


def test_a_recorded_presentation_can_be_corrected_and_taken_back(
    lead: Visitor, course: Class
) -> None:
    set_slot(lead, course)
    record(lead, course)
    record(lead, course, "7", "8")
    assert course.achieved("8", "presentation") == "held"

    lead.post(f"project/groups/{course.first}/presented/undo")

    assert course.achieved("8", "presentation") == "open"
    assert lead.post(f"project/groups/{course.first}/presented/undo").status_code == 409


def test_a_slot_can_be_taken_away_until_it_is_recorded(
    lead: Visitor, mia: Visitor, course: Class
) -> None:
    set_slot(lead, course)
    set_slot(lead, course, "")
    assert "10:20" not in mia.get("project/").text

    set_slot(lead, course)
    record(lead, course, "7")

    assert set_slot(lead, course, "").status_code == 409


def test_a_presentation_without_a_slot_or_of_strangers_is_not_recorded(
    lead: Visitor, course: Class
) -> None:
    assert record(lead, course, "7").status_code == 409
    set_slot(lead, course)

    assert record(lead, course, "9").status_code == 400
    assert course.achieved("9", "presentation") is None


def test_the_closing_workshop_is_proposed_as_date(lead: Visitor, course: Class) -> None:
    with course.database.transaction(course.course_id) as session:
        courses.plan(
            session,
            "meeting",
            "1",
            title="Closing",
            starts_at=datetime(2027, 6, 18, 7, tzinfo=UTC),
            tags=["closing"],
        )

    assert 'value="2027-06-18T09:00"' in lead.get("project/presentations").text


@pytest.mark.parametrize("duty", ["reviewer", "assistant", "examiner", "speaker"])
def test_only_leads_set_dates_and_points(
    with_duty: Callable[[str], Visitor], course: Class, duty: str
) -> None:
    visitor = with_duty(duty)

    assert visitor.get("project/presentations").status_code == 403
    assert visitor.get("project/settings").status_code == 403
    assert set_slot(visitor, course).status_code == 403
    assert visitor.post("project/settings", {"points": "5"}).status_code == 403


def test_a_course_without_groups_says_what_to_do_first(lead: Visitor) -> None:
    for path in ("project/", "project/presentations"):
        page = lead.get(path)
        assert page.status_code == 200
        assert "There are no groups yet" in page.text
