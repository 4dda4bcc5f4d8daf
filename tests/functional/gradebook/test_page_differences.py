"""What staff see and do where the platform's gradebook says something else."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lti_tool import clock
from lti_tool.courses.models import Course, Person
from lti_tool.gradebook.models import Comparison, Grade, GradeNote, PlatformGate
from lti_tool.gradebook.service import Column, want
from lti_tool.operation import platforms
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.persistence.workers import Worker
from tests.signing_platform import AGS, Visitor

pytestmark = pytest.mark.sqlite

Arrive = Callable[..., Visitor]
PROJECT = Column("project", "project", "Projektarbeit", 100.0)
COUPLED = {AGS: {"lineitem": "https://lms.example/items/5", "scope": []}}
HEADING = "Different in the learning platform"


@pytest.fixture
def course_id(lead: Visitor, arrive: Arrive, database: Database) -> int:
    """A course in which the project grades of Mia and Ben arrived."""
    arrive("7", activity="project", **COUPLED)
    arrive("8", activity="project", name="Ben Beispiel", **COUPLED)
    with database.reading(EVERYWHERE) as session:
        found = select(Course.id).where(Course.context_id == "c1")
        course = session.scalars(found).one()
    with database.transaction(course) as session:
        for sub, points in (("7", 60.0), ("8", 82.5)):
            person = session.scalars(select(Person.id).where(Person.sub == sub)).one()
            want(session, PROJECT, person, points)
    with database.transaction(EVERYWHERE) as session:
        session.execute(
            update(Grade).values(
                state="sent",
                answer="delivered",
                sent_at=clock.now(),
                sent_score=Grade.score,
                sent_version=Grade.version,
                next_try_at=None,
            )
        )
    return course


def grades(database: Database) -> list[Grade]:
    """Return Mia's grade, then Ben's."""
    with database.reading(EVERYWHERE) as session:
        return list(session.scalars(select(Grade).order_by(Grade.id)))


def find(database: Database, grade: Grade, code: str, **values: object) -> None:
    """Let a comparison have found something of a grade."""
    told = {"state": "changed", "answer": code, "found_at": clock.now(), **values}
    with database.transaction(EVERYWHERE) as session:
        session.execute(update(Grade).where(Grade.id == grade.id).values(**told))


def by_hand(database: Database, grade: Grade, points: float = 11.0) -> None:
    find(database, grade, "changed_in_lms", lms_score=points, lms_maximum=20.0)


def keep(database: Database, course_id: int, **values: object) -> None:
    """Let the row of the comparison say something."""
    with database.transaction(course_id) as session:
        session.add(
            Comparison(**{"due_at": clock.now() + timedelta(hours=9), **values})
        )


def listed(page: str) -> str:
    """Return the part of the page that asks for decisions."""
    return page.partition(f">{HEADING}<")[2].partition("By person")[0]


def notes(database: Database) -> list[tuple[str, bool]]:
    with database.reading(EVERYWHERE) as session:
        found = session.scalars(select(GradeNote).order_by(GradeNote.id))
        return [(note.what, note.by_person_id is not None) for note in found]


def test_a_difference_stands_on_top_with_both_grades_on_one_scale(
    lead: Visitor, course_id: int, database: Database
) -> None:
    by_hand(database, grades(database)[0])

    part = listed(lead.get("gradebook/").text)

    assert "Mia Muster" in part
    assert "Ben Beispiel" not in part
    assert "12 / 20" in " ".join(part.split())
    assert "11 / 20" in part
    assert "Nothing is sent until somebody decides here." in part


LIFT = "lift that there before you send ours again"


@pytest.mark.parametrize(
    ("code", "points", "is_said"),
    [
        ("changed_in_lms", 11.0, True),
        ("missing_in_lms", None, False),
        # The reason says so itself.
        ("kept_in_lms", 11.0, False),
    ],
)
def test_before_ours_is_sent_again_it_is_said_that_an_override_is_lifted_there_first(
    lead: Visitor,
    course_id: int,
    database: Database,
    code: str,
    points: float | None,
    is_said: bool,
) -> None:
    mia = grades(database)[0]
    find(database, mia, code, lms_score=points, lms_maximum=points and 20.0)

    for path in ("gradebook/", f"gradebook/{mia.id}"):
        before = lead.get(path).text.partition("Send ours again")[0]
        assert (LIFT in before) is is_said


def test_without_a_difference_nobody_is_asked(lead: Visitor, course_id: int) -> None:
    assert HEADING not in lead.get("gradebook/").text


def test_leaving_it_is_remembered_with_who_decided_and_can_be_taken_back(
    lead: Visitor, course_id: int, database: Database
) -> None:
    mia = grades(database)[0]
    by_hand(database, mia)

    page = lead.post(f"gradebook/{mia.id}/leave").text
    assert HEADING not in page
    assert grades(database)[0].state == "left"
    left = lead.get("gradebook/", state="left").text
    assert "Mia Muster" in left
    assert "Take back" in left

    assert "11 / 20" in listed(lead.post(f"gradebook/{mia.id}/ask-again").text)
    assert notes(database) == [("left", True), ("asked_again", True)]


def test_sending_ours_again_is_remembered_with_who_decided(
    lead: Visitor, course_id: int, database: Database
) -> None:
    mia = grades(database)[0]
    by_hand(database, mia)

    lead.post(f"gradebook/{mia.id}/again")

    assert grades(database)[0].state == "due"
    assert notes(database) == [("sent_again", True)]
    history = lead.get(f"gradebook/{mia.id}").text
    assert "Decided: ours is sent again." in history
    assert "Leonie Leitner" in history


def test_a_grade_that_nobody_here_reported_can_only_be_left(
    lead: Visitor, course_id: int, database: Database
) -> None:
    mia = grades(database)[0]
    by_hand(database, mia)
    find(database, mia, "unsent_in_lms", score=None, sent_score=None)

    part = listed(lead.get("gradebook/").text)

    assert "Send ours again" not in part
    assert "Leave it as it is there" in part
    assert lead.post(f"gradebook/{mia.id}/again").status_code == 400


@pytest.mark.parametrize("action", ["leave", "ask-again"])
def test_there_is_nothing_to_decide_on_a_grade_that_arrived(
    lead: Visitor, course_id: int, database: Database, action: str
) -> None:
    mia = grades(database)[0]

    assert lead.post(f"gradebook/{mia.id}/{action}").status_code == 400
    assert (grades(database)[0].state, notes(database)) == ("sent", [])


def test_all_can_be_left_and_all_that_are_missing_sent_at_once(
    lead: Visitor, course_id: int, database: Database
) -> None:
    for grade in grades(database):
        find(database, grade, "missing_in_lms")
    assert "Send the 2 missing grades again" in lead.get("gradebook/").text

    page = lead.post("gradebook/missing/again").text
    assert "2 grades are on their way again." in page
    assert {grade.state for grade in grades(database)} == {"due"}

    for grade in grades(database):
        by_hand(database, grade)
    lead.post("gradebook/differing/leave")
    assert {grade.state for grade in grades(database)} == {"left"}


def test_the_table_for_spreadsheets_says_what_the_platform_shows(
    lead: Visitor, course_id: int, database: Database
) -> None:
    by_hand(database, grades(database)[0])

    text = lead.get("gradebook/grades.csv", state="changed").data.decode("utf-8-sig")
    header, line = csv.reader(io.StringIO(text))

    assert dict(zip(header, line, strict=True)) | {"Found": ""} == {
        "Person": "Mia Muster",
        "Column": "Projektarbeit",
        "Points": "60",
        "Maximum": "100",
        "State": "different in the learning platform",
        "What happened": line[5],
        "Arrived": line[6],
        "Next try": "",
        "In the learning platform": "11",
        "Maximum there": "20",
        "Found": "",
    }
    assert line[-1]


def compared(database: Database, course_id: int, **figures: int) -> None:
    done = clock.now() - timedelta(hours=3)
    keep(database, course_id, finished_at=done, tried_at=done, **figures)


def comparison_of(lead: Visitor) -> str:
    part = lead.get("gradebook/").text.partition('id="comparison"')[2]
    return part.partition("</section>")[0]


def verdict(lead: Visitor) -> str:
    """Return what stands below the question whether the gradebook shows what was sent."""
    return comparison_of(lead).partition("comparison-title")[2]


def test_the_last_comparison_is_told_in_figures(
    lead: Visitor, course_id: int, database: Database
) -> None:
    compared(database, course_id, as_sent=37, differing=3)
    mia, ben = grades(database)
    by_hand(database, mia)
    by_hand(database, ben)

    told = verdict(lead)
    assert '<span class="tag warn">no</span>' in told
    assert "37 of 40 grades are as they were sent, 2 differ." in told

    lead.post(f"gradebook/{mia.id}/leave")
    told = verdict(lead)
    assert "37 of 40 grades are as they were sent, 1 differs, 1 stays as it is" in told
    assert "See them" in told


def test_when_all_is_decided_the_comparison_asks_nobody_to_look(
    lead: Visitor, course_id: int, database: Database
) -> None:
    compared(database, course_id, as_sent=0, differing=2)
    for grade in grades(database):
        by_hand(database, grade)

    lead.post("gradebook/differing/leave")

    told = verdict(lead)
    assert '<span class="tag good">yes</span>' in told
    assert "2 stay as they are there. All differences are decided." in told
    assert "See them" not in told


def test_who_asks_sees_how_far_the_comparison_is(
    lead: Visitor, course_id: int, database: Database
) -> None:
    let_a_worker_live(database)
    lead.post("gradebook/compare")
    assert "The comparison begins in a moment." in verdict(lead)

    soon = clock.now() + timedelta(minutes=3)
    with database.transaction(course_id) as session:
        session.execute(
            update(Comparison).values(leased_until=soon, columns=5, columns_done=2)
        )
    page = lead.get("gradebook/").text

    assert "Comparing: 2 of 5 columns read." in page
    assert '<progress id="columns-done" max="5" value="2">' in page
    assert "Compare with the learning platform now" not in page


def let_a_worker_live(database: Database) -> None:
    with database.transaction(EVERYWHERE) as session:
        session.add(Worker(id="w1", seen_at=clock.now()))


def test_a_comparison_that_no_worker_can_begin_says_so(
    lead: Visitor, course_id: int
) -> None:
    lead.post("gradebook/compare")

    told = verdict(lead)
    assert "the part that compares is not running" in told
    assert "in a moment" not in told


def test_a_comparison_that_waits_for_a_platform_out_of_order_says_so(
    lead: Visitor, course_id: int, database: Database
) -> None:
    let_a_worker_live(database)
    with database.transaction(EVERYWHERE) as session:
        registration = session.scalars(select(Grade.registration_id)).first()
        later = clock.now() + timedelta(minutes=20)
        session.add(PlatformGate(registration_id=registration, closed_until=later))

    lead.post("gradebook/compare")

    told = verdict(lead)
    assert "the learning platform is out of order or asked for a pause" in told
    assert "in a moment" not in told


def test_what_was_sent_by_a_decision_is_seen_to_be_compared(
    lead: Visitor, course_id: int, database: Database
) -> None:
    let_a_worker_live(database)
    keep(database, course_id)
    mia = grades(database)[0]
    by_hand(database, mia)
    assert "data-look-again" not in comparison_of(lead)

    lead.post(f"gradebook/{mia.id}/again")

    assert "data-look-again" in comparison_of(lead)
    assert "The comparison begins in a moment." in verdict(lead)


def test_a_platform_that_does_not_show_results_is_said_to(
    lead: Visitor, course_id: int, database: Database
) -> None:
    keep(database, course_id, tried_at=clock.now(), error="results_not_granted")

    assert "Grades are sent all the same." in lead.get("gradebook/").text


def test_the_home_of_a_lead_says_what_waits_for_a_decision(
    lead: Visitor, course_id: int, database: Database
) -> None:
    title = "1 grade is different in the learning platform"
    assert title not in lead.get("").text

    by_hand(database, grades(database)[0])

    assert title in lead.get("").text


def test_operators_count_what_differs(
    lead: Visitor, course_id: int, database: Database
) -> None:
    tool = lead.client.application.extensions["lti_tool"]
    assert "different" not in " ".join(platforms.overview(tool))

    by_hand(database, grades(database)[0])

    assert "1 different in the LMS" in " ".join(platforms.overview(tool))


def test_a_participant_reads_that_the_gradebook_shows_another_grade(
    lead: Visitor, arrive: Arrive, course_id: int, database: Database
) -> None:
    by_hand(database, grades(database)[0])

    with lead.client.application.test_request_context():
        arrival = lead.client.application.jinja_env.get_template(
            "gradebook/_arrival.html"
        ).module.arrival
        assert "entered there by hand" in arrival(grades(database)[0], "")


def test_what_a_comparison_found_is_not_said_to_be_found_by_night(
    lead: Visitor, course_id: int, database: Database
) -> None:
    mia = grades(database)[0]
    by_hand(database, mia)
    with database.transaction(course_id) as session:
        session.add(GradeNote(grade_id=mia.id, what="changed_in_lms"))

    history = lead.get(f"gradebook/{mia.id}").text

    assert ">Comparison</td>" in history


def test_a_grade_that_stays_missing_is_not_said_to_stay(
    lead: Visitor, course_id: int, database: Database
) -> None:
    mia, ben = grades(database)
    find(database, mia, "missing_in_lms")
    by_hand(database, ben)

    said = lead.post(f"gradebook/{mia.id}/leave").text
    assert "The learning platform stays without this grade." in said
    lead.post(f"gradebook/{ben.id}/leave")

    page = lead.get(f"gradebook/{mia.id}").text
    assert "stays without a grade there" in page
    assert "Decided: the learning platform stays without this grade." in page
    assert "kept there" not in page
    kept = lead.get("gradebook/", state="left").text
    assert "Decided here: the grade in the learning platform stays." in kept
    assert "Decided here: the learning platform stays without this grade." in kept
    table = lead.get("gradebook/grades.csv").data.decode("utf-8-sig")
    assert '"kept there"' in table
    assert '"stays without a grade there"' in table


def test_a_participant_reads_that_the_gradebook_was_left_without_a_grade(
    lead: Visitor, arrive: Arrive, course_id: int, database: Database
) -> None:
    mia = grades(database)[0]
    find(database, mia, "missing_in_lms")
    lead.post(f"gradebook/{mia.id}/leave")

    with lead.client.application.test_request_context():
        arrival = lead.client.application.jinja_env.get_template(
            "gradebook/_arrival.html"
        ).module.arrival
        told = arrival(grades(database)[0], "Leonie Leitner")
    assert "your course team left it so" in told
    assert "ask Leonie Leitner" in told
