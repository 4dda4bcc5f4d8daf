"""A copied course starts clean and keeps its set-up, for those alone who led the earlier one."""

from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from lti_tool.attendance import service as attendance
from lti_tool.attendance import setup
from lti_tool.certificate import service as certificate
from lti_tool.courses import service as courses
from lti_tool.courses.models import Duty, Enrolment
from lti_tool.gradebook.models import LineItem
from lti_tool.groups import service as groups
from lti_tool.persistence.base import Base, CourseScoped
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.projects import records
from lti_tool.worksheet import phases
from tests.functional.copies.conftest import CopyOf, Courses
from tests.signing_platform import AGS, SigningPlatform, Visitor, enter

SECRETS = (
    "Course c1",
    "Auftakt",
    "Hafen",
    "Haus am See",
    "Leonie",
    "Mias",
    "2 meetings",
    "1 topic",
    "40 points",
)
"""What of the earlier course nobody else may learn."""


def rows_of(database: Database, course_id: int) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of a course, by table."""
    tables = [
        mapper.local_table
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, CourseScoped)
    ]
    with database.engine.connect() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(
                    sa.select(table.c.id, table.c.updated_at).where(
                        table.c.course_id == course_id
                    )
                )
            ]
            for table in tables
        }


@pytest.fixture
def copy(earlier: Visitor, copy_of: CopyOf) -> Visitor:
    """The copy in which the lead of the earlier course arrived first."""
    return copy_of("c1")


# Clean


def test_a_copy_begins_with_its_first_lead_and_nobody_else(
    copy: Visitor, known: Courses
) -> None:
    with known.reading("c2") as session:
        enrolled = session.scalars(select(Enrolment)).all()
        duties = session.scalars(select(Duty)).all()

    assert [e.person_id for e in enrolled] == [known.person("1")]
    assert [(d.person_id, d.duty) for d in duties] == [(known.person("1"), "lead")]


def test_nothing_that_anybody_did_is_in_the_copy(
    copy: Visitor, known: Courses, database: Database
) -> None:
    rows = rows_of(database, known.find("c2").id)

    filled = {name for name, found in rows.items() if found}
    # Project work can be achieved again; everything else waits for somebody to do it.
    assert filled == {"enrolment", "duty", "activity", "opportunity"}


def test_the_earlier_course_is_left_as_it_was(
    earlier: Visitor, copy_of: CopyOf, known: Courses, database: Database
) -> None:
    before = rows_of(database, known.find("c1").id)

    copy_of("c1")

    assert rows_of(database, known.find("c1").id) == before


def test_line_items_of_two_runs_never_mix(
    copy: Visitor, known: Courses, platform: SigningPlatform, database: Database
) -> None:
    for course in ("c1", "c2"):
        address = f"https://lms.example/{course}/items"
        enter(
            platform,
            "1",
            "Instructor",
            course=course,
            activity="worksheet",
            **{AGS: {"lineitem": f"{address}/1", "lineitems": address, "scope": []}},
        )
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(select(LineItem)).all() == []
    with known.reading("c2") as session:
        assert (
            courses.course_of(session).lineitems_url == "https://lms.example/c2/items"
        )


# What is taken over


def test_rules_wait_as_a_draft_until_they_are_published(
    copy: Visitor, known: Courses
) -> None:
    with known.reading("c2") as session:
        assert certificate.rules_in_force(session).version == 0
    page = copy.get("certificate/rules").text

    assert "rules of the earlier course" in page
    assert 'value="85"' in page
    form = {"min_pct": "85", "excused": "absent", "course_units": "60", "second": "y"}
    copy.post("certificate/rules", {**form, "step": "publish"})
    with known.reading("c2") as session:
        assert certificate.rules_in_force(session).version == 1
    assert "rules of the earlier course" not in copy.get("certificate/rules").text


def test_meetings_wait_for_a_date_of_this_course(copy: Visitor, known: Courses) -> None:
    with known.reading("c2") as session:
        assert attendance.meetings(session) == []
        assert [one["theme"] for one in setup.waiting(session)] == [
            "Auftakt",
            "Abschluss",
        ]
        kept = str(courses.course_of(session).options)
    assert "video.example.org" not in kept
    assert "Frau Alt" not in kept
    assert (
        "2 meetings of the earlier course have no date" in copy.get("attendance/").text
    )

    copy.post(
        "attendance/meetings/waiting", {"m1-day": "2027-03-01", "m1-begins": "09:00"}
    )

    with known.reading("c2") as session:
        planned = attendance.meetings(session)[0]
        zone = courses.course_of(session).time_zone
        assert planned.speakers == []
        assert [one["theme"] for one in setup.waiting(session)] == ["Abschluss"]
    assert zone == "Europe/Vienna"
    assert planned.starts_at.isoformat() == "2027-03-01T08:00:00+00:00"
    assert planned.ends_at.isoformat() == "2027-03-01T09:40:00+00:00"
    assert (planned.minutes, planned.place, planned.mandatory) == (
        90,
        "Haus am See",
        True,
    )
    assert planned.video_url == ""


def test_a_meeting_without_a_time_is_refused_and_what_was_entered_stays(
    copy: Visitor, known: Courses
) -> None:
    entered = {
        "m1-day": "2027-03-01",
        "m1-begins": "",
        "m2-day": "2027-06-01",
        "m2-begins": "23:30",
    }

    answer = copy.post("attendance/meetings/waiting", entered)

    assert answer.status_code == 422
    assert "Enter when it begins." in answer.text
    assert "on the same day" in answer.text
    assert 'value="2027-03-01"' in answer.text
    with known.reading("c2") as session:
        assert attendance.meetings(session) == []


def test_a_meeting_can_be_left_out(copy: Visitor, known: Courses) -> None:
    copy.post(
        "attendance/meetings/waiting", {"m1-leave_out": "y", "m1-begins": "09:00"}
    )

    with known.reading("c2") as session:
        assert [one["theme"] for one in setup.waiting(session)] == ["Abschluss"]


def test_no_date_of_the_earlier_course_holds(copy: Visitor, known: Courses) -> None:
    with known.reading("c2") as session:
        assert records.terms(session).deadline is None
        assert all(
            window.opens_on in {None, date.min} and window.closes_on is None
            for window in phases.get_windows(session).values()
        )
        assert [o.starts_at for o in courses.opportunities(session)] == [None, None]


def test_settings_of_project_and_worksheet_hold(copy: Visitor, known: Courses) -> None:
    with known.reading("c2") as session:
        assert records.terms(session).points == 40
        assert phases.get_form(session) == "full"
        assert courses.course_of(session).language == "de"


def test_the_first_formation_begins_with_settings_and_topics_of_the_team(
    copy: Visitor, known: Courses
) -> None:
    page = copy.get("groups/new").text
    assert "Bitte lesen" in page
    assert "Hafen" in page
    assert "Mias Idee" not in page

    form = {"title": "Gruppen", "groups_wanted": "3", "topic": "0"}
    copy.post("groups/new", form)

    with known.reading("c2") as session:
        formation = groups.formations(session)[0]
        topic = groups.topics(session, formation)[0]
    assert (topic.title, topic.text, topic.groups_max) == (
        "Hafen",
        "Lernorte am Wasser",
        2,
    )
    assert "Hafen" not in copy.get("groups/new").text


def test_a_copy_of_a_copy_passes_on_what_nobody_has_touched(
    copy: Visitor, copy_of: CopyOf, known: Courses
) -> None:
    copy_of("c2,c1", course="c3")

    with known.reading("c3") as session:
        assert [one["theme"] for one in setup.waiting(session)] == [
            "Auftakt",
            "Abschluss",
        ]
        assert phases.get_form(session) == "full"


# The notice, and the way back


def test_the_home_says_what_was_taken_over(copy: Visitor) -> None:
    page = copy.get().text

    assert "begins with the set-up of the earlier one" in page
    assert "2 meetings without dates" in page
    assert "1 topic of the course team" in page


def test_who_keeps_it_is_told_no_more(copy: Visitor, known: Courses) -> None:
    copy.post("copy/keep")

    assert "set-up of the earlier one" not in copy.get().text
    assert "Start empty instead" not in copy.get("copy/").text
    assert copy.post("copy/undo").status_code == 409


def test_who_starts_empty_instead_gets_an_empty_course(
    copy: Visitor, known: Courses, database: Database
) -> None:
    copy.post("copy/undo")

    with known.reading("c2") as session:
        assert setup.waiting(session) == []
        assert phases.get_form(session) == "short"
        assert records.terms(session).points is None
        assert courses.course_of(session).time_zone == "Europe/Berlin"
    rows = rows_of(database, known.find("c2").id)
    assert {name for name, found in rows.items() if found} == {
        "enrolment",
        "duty",
        "activity",
    }
    assert "copy of an earlier one" not in copy.get().text


def test_starting_empty_is_not_undone_by_the_next_launch(
    copy: Visitor, copy_of: CopyOf, known: Courses
) -> None:
    copy.post("copy/undo")
    copy_of("c1")

    with known.reading("c2") as session:
        assert setup.waiting(session) == []


def test_it_can_be_taken_over_after_all(copy: Visitor, known: Courses) -> None:
    copy.post("copy/undo")
    copy.post("copy/take")

    with known.reading("c2") as session:
        assert len(setup.waiting(session)) == 2
    assert copy.post("copy/take").status_code == 409


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("attendance/meetings/waiting", {"m1-day": "2027-03-01", "m1-begins": "09:00"}),
        ("groups/new", {"title": "Gruppen", "groups_wanted": "3"}),
        (
            "certificate/rules",
            {"min_pct": "80", "excused": "absent", "step": "publish"},
        ),
        ("project/settings", {"points": "50"}),
    ],
)
def test_once_something_was_entered_it_cannot_be_undone(
    copy: Visitor, path: str, form: dict[str, str]
) -> None:
    assert copy.post(path, form).status_code == 200

    assert copy.post("copy/undo").status_code == 409
    assert "Start empty instead" not in copy.get("copy/").text


# Who may


def test_the_first_lead_who_did_not_lead_the_earlier_course_gets_nothing_of_it(
    earlier: Visitor, copy_of: CopyOf, known: Courses
) -> None:
    stranger = copy_of("c1", sub="9")
    home, page = stranger.get().text, stranger.get("copy/").text

    assert "This course is a copy of an earlier one" in home
    assert stranger.post("copy/take").status_code == 403
    for secret in SECRETS:
        assert secret not in home
        assert secret not in page
    with known.reading("c2") as session:
        assert setup.waiting(session) == []


def test_staff_of_the_earlier_course_without_its_lead_get_nothing_either(
    earlier: Visitor, copy_of: CopyOf
) -> None:
    colleague = copy_of("c1", sub="2")

    assert colleague.post("copy/take").status_code == 403
    assert "Auftakt" not in colleague.get("copy/").text


def test_somebody_who_leads_both_takes_it_over_by_a_button(
    earlier: Visitor, copy_of: CopyOf, known: Courses
) -> None:
    stranger = copy_of("c1", sub="9")
    both = copy_of("c1", sub="1")
    assert both.get("copy/").status_code == 403
    stranger.post(f"people/{known.person('1')}/duties", {"duties": "lead"})

    both = copy_of("c1", sub="1")
    with known.reading("c2") as session:
        assert setup.waiting(session) == []
    page = both.get("copy/").text
    assert "Course c1" in page
    assert "2 meetings without dates" in page
    both.post("copy/take")

    with known.reading("c2") as session:
        assert len(setup.waiting(session)) == 2


def test_who_lost_the_lead_of_the_earlier_course_gets_nothing(
    earlier: Visitor, copy_of: CopyOf, known: Courses
) -> None:
    with known.writing("c1") as session:
        courses.set_duties(session, known.person("2"), ["lead"], by=known.person("1"))
        courses.set_duties(session, known.person("1"), [], by=known.person("2"))

    former = copy_of("c1")

    assert former.post("copy/take").status_code == 403
    assert "Course c1" not in former.get("copy/").text


def test_what_was_set_up_already_stays(
    earlier: Visitor, copy_of: CopyOf, known: Courses
) -> None:
    stranger = copy_of("c1", sub="9")
    stranger.post("worksheet/settings", {"form": "short"})
    both = copy_of("c1", sub="1")
    stranger.post(f"people/{known.person('1')}/duties", {"duties": "lead"})

    both.post("copy/take")

    with known.reading("c2") as session:
        assert phases.get_form(session) == "short"
        assert courses.course_of(session).time_zone == "Europe/Berlin"
        assert len(setup.waiting(session)) == 2


def test_who_declines_is_asked_no_more(earlier: Visitor, copy_of: CopyOf) -> None:
    stranger = copy_of("c1", sub="9")
    stranger.post("copy/decline")

    assert "copy of an earlier one" not in stranger.get().text


def test_participants_hear_nothing_of_a_copy(copy: Visitor, copy_of: CopyOf) -> None:
    participant = copy_of("c1", sub="7", role="Learner")

    assert "earlier" not in participant.get().text
    assert participant.get("copy/").status_code == 403
    assert participant.get("attendance/meetings/waiting").status_code == 403
    assert "Auftakt" not in participant.get("attendance/").text


def test_what_was_taken_over_outlives_the_earlier_course(
    copy: Visitor, known: Courses, database: Database
) -> None:
    with database.transaction(EVERYWHERE) as session:
        session.delete(session.merge(known.find("c1")))

    page = copy.get("copy/")

    assert page.status_code == 200
    assert "2 meetings without dates" in page.text
    assert copy.post("copy/undo").status_code == 200
