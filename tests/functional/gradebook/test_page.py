"""How a team finds its way through many grades: narrowed down, counted, downloaded, looked into."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lti_tool import clock
from lti_tool.courses.models import Course, Person
from lti_tool.gradebook.models import Attempt, Grade, PlatformGate
from lti_tool.gradebook.overview import as_csv
from lti_tool.gradebook.service import Column, want
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.signing_platform import AGS, Visitor

pytestmark = pytest.mark.sqlite

Arrive = Callable[..., Visitor]
START = Column("worksheet", "start", "Arbeitsblatt Start")
PROJECT = Column("project", "project", "Projektarbeit", 100.0)
COUPLED = {AGS: {"lineitem": "https://lms.example/items/5", "scope": []}}


@pytest.fixture
def course_id(lead: Visitor, arrive: Arrive, database: Database) -> int:
    """A course in which Mia and Ben have two grades each, all of them waiting."""
    arrive("7", activity="worksheet", **COUPLED)
    arrive("8", activity="worksheet", name="Ben Beispiel", **COUPLED)
    with database.reading(EVERYWHERE) as session:
        course = session.scalars(
            select(Course.id).where(Course.context_id == "c1")
        ).one()
    with database.transaction(course) as session:
        for sub, points in (("7", 60.0), ("8", 82.5)):
            person = session.scalars(select(Person.id).where(Person.sub == sub)).one()
            want(session, START, person, 1.0)
            want(session, PROJECT, person, points)
    return course


def grades(database: Database) -> list[Grade]:
    """Return Mia's two grades, then Ben's."""
    with database.reading(EVERYWHERE) as session:
        return list(session.scalars(select(Grade).order_by(Grade.id)))


def change(database: Database, grade: Grade, **values: object) -> None:
    with database.transaction(EVERYWHERE) as session:
        session.execute(update(Grade).where(Grade.id == grade.id).values(**values))


def attempt(database: Database, grade: Grade, answer: str, minutes_ago: int) -> None:
    at = clock.now() - timedelta(minutes=minutes_ago)
    with database.transaction(grade.course_id) as session:
        session.add(
            Attempt(
                grade_id=grade.id,
                version=1,
                status=503,
                answer=answer,
                trace_id="trace-7",
                created_at=at,
            )
        )


def table(visitor: Visitor, **query: object) -> list[list[str]]:
    text = visitor.get("gradebook/grades.csv", **query).data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, 4),
        ({"name": "mUSt"}, 2),
        ({"name": "Ben", "state": "failed"}, 0),
        ({"state": "failed"}, 1),
        ({"name": "nobody"}, 0),
    ],
)
def test_grades_are_narrowed_down_by_name_and_state(
    lead: Visitor,
    course_id: int,
    database: Database,
    query: dict[str, str],
    shown: int,
) -> None:
    change(database, grades(database)[0], state="failed", answer="locked")

    assert len(table(lead, **query)) == 1 + shown
    page = lead.get("gradebook/", **query).text
    assert page.count('class="row-actions"') == shown


def test_grades_are_narrowed_down_by_column(
    lead: Visitor, course_id: int, database: Database
) -> None:
    project = grades(database)[1].line_item_id

    assert [line[1] for line in table(lead, column=project)[1:]] == [
        "Projektarbeit",
        "Projektarbeit",
    ]


def test_each_person_has_a_line_with_the_state_of_each_column(
    lead: Visitor, course_id: int, database: Database
) -> None:
    mia_start, _mia_project, *_ben = grades(database)
    change(database, mia_start, state="sent", sent_at=clock.now())

    page = lead.get("gradebook/").text.split("By person")[1]

    assert page.index("Ben Beispiel") < page.index("Mia Muster")
    assert f'class="tag sent" href="{lead.home}gradebook/{mia_start.id}"' in page
    assert (page.count("tag sent"), page.count("tag due")) == (1, 3)


def test_what_failed_stands_before_what_waits(
    lead: Visitor, course_id: int, database: Database
) -> None:
    change(database, grades(database)[1], state="failed", answer="locked")

    listed = lead.get("gradebook/").text.split("Still open")[1]

    assert listed.index("Mia Muster") < listed.index("Ben Beispiel")


def test_what_arrived_is_not_listed_among_what_did_not(
    lead: Visitor, course_id: int, database: Database
) -> None:
    for grade in grades(database):
        change(database, grade, state="sent", sent_at=clock.now())

    assert "Still open" not in lead.get("gradebook/").text


def test_the_counts_stand_on_top_and_follow_the_name(
    lead: Visitor, course_id: int, database: Database
) -> None:
    change(database, grades(database)[0], state="failed", answer="locked")

    assert 'failed <span class="count">1</span>' in lead.get("gradebook/").text
    assert 'on its way <span class="count">3</span>' in lead.get("gradebook/").text
    narrowed = lead.get("gradebook/", name="Ben").text
    assert 'on its way <span class="count">2</span>' in narrowed
    assert 'failed <span class="count">' not in narrowed


def test_the_button_for_all_failed_grades_says_how_many(
    lead: Visitor, course_id: int, database: Database
) -> None:
    for grade in grades(database)[:3]:
        change(database, grade, state="failed", answer="locked", next_try_at=None)
    assert "Send all 3 failed grades again" in lead.get("gradebook/").text

    page = lead.post("gradebook/failed/again").text

    assert "3 grades are on their way again." in page
    assert {grade.state for grade in grades(database)} == {"due"}


def test_the_table_for_spreadsheets_holds_what_the_page_shows(
    lead: Visitor, course_id: int, database: Database
) -> None:
    change(database, grades(database)[2], state="failed", answer="not_gradable")
    answer = lead.get("gradebook/grades.csv", state="failed")

    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    (line,) = table(lead, state="failed")[1:]
    assert line[:5] == ["Ben Beispiel", "Arbeitsblatt Start", "1", "1", "failed"]
    assert "Check the enrolment" in line[5]


def test_in_german_the_table_is_what_a_german_spreadsheet_takes_apart(
    lead: Visitor, course_id: int
) -> None:
    lead.post("language", {"language": "de"})

    text = lead.get("gradebook/grades.csv").data.decode("utf-8-sig")

    header, *lines = csv.reader(io.StringIO(text), delimiter=";")
    assert header[:4] == ["Person", "Spalte", "Punkte", "Höchstwert"]
    assert ["Ben Beispiel", "Projektarbeit", "82,5", "100"] in [li[:4] for li in lines]
    assert {len(line) for line in lines} == {len(header)}


def test_a_name_that_begins_as_a_formula_does_is_text_in_the_downloaded_table(
    lead: Visitor, course_id: int, arrive: Arrive
) -> None:
    arrive("8", name='=HYPERLINK("https://evil.example")')

    assert {line[0][:2] for line in table(lead, name="hyper")[1:]} == {"'="}


@pytest.mark.parametrize(
    "name",
    [
        "=1+1",
        "+49",
        "-2",
        "@SUM(A1)",
        "\tx",
        " =1",
        "\N{FULLWIDTH EQUALS SIGN}1",
        "\N{NO-BREAK SPACE}=1",
    ],
)
def test_no_cell_of_the_table_is_calculated(name: str) -> None:
    (line,) = csv.reader(io.StringIO(as_csv([[name]], ",").decode("utf-8-sig")))

    assert line == [f"'{name}"]


@pytest.mark.parametrize("text", ["Mia; Muster", 'a "b", c', "Müller", "5 - 3"])
def test_a_cell_keeps_its_separators_and_quotes(text: str) -> None:
    read = csv.reader(
        io.StringIO(as_csv([[text, "x"]], ";").decode("utf-8-sig")), delimiter=";"
    )

    assert list(read) == [[text, "x"]]


def test_a_platform_that_is_down_is_said_since_when_and_until_when(
    lead: Visitor, course_id: int, database: Database
) -> None:
    first = grades(database)[0]
    attempt(database, first, "unreachable_timeout", 500)
    attempt(database, first, "delivered", 400)
    attempt(database, first, "platform_error", 300)
    attempt(database, first, "platform_error", 200)
    with database.transaction(EVERYWHERE) as session:
        session.add(
            PlatformGate(
                registration_id=first.registration_id,
                failures=4,
                closed_until=clock.now() + timedelta(minutes=10),
            )
        )
        since = session.scalars(
            select(Attempt.created_at).where(Attempt.answer == "platform_error")
        ).first()
    assert since is not None

    page = lead.get("gradebook/").text

    assert "The learning platform has taken no grades since" in page
    assert "The platform has a fault of its own." in page
    with lead.client.application.test_request_context():
        assert f"{since.astimezone():%M}" in page.split("no grades since")[1][:60]


def test_what_arrived_while_the_platform_failed_is_not_the_reason_for_waiting(
    lead: Visitor, course_id: int, database: Database
) -> None:
    first, second, *_ = grades(database)
    attempt(database, first, "platform_error", 3)
    attempt(database, second, "delivered", 2)
    with database.transaction(EVERYWHERE) as session:
        session.add(
            PlatformGate(
                registration_id=first.registration_id,
                failures=1,
                closed_until=clock.now() + timedelta(minutes=10),
            )
        )

    page = lead.get("gradebook/").text

    assert "has taken no grades since" in page
    assert "The platform has a fault of its own." in page
    assert "Arrived in the gradebook" not in page
    assert "in a moment" not in page


def test_a_platform_that_answers_is_not_said_to_be_down(
    lead: Visitor, course_id: int, database: Database
) -> None:
    with database.transaction(EVERYWHERE) as session:
        session.add(
            PlatformGate(
                registration_id=grades(database)[0].registration_id,
                failures=1,
                closed_until=clock.now() - timedelta(seconds=1),
            )
        )

    assert "has taken no grades" not in lead.get("gradebook/").text


def test_the_page_of_a_grade_lists_its_attempts_the_newest_first(
    lead: Visitor, course_id: int, database: Database
) -> None:
    first, second, *_ = grades(database)
    attempt(database, first, "unreachable_dns", 20)
    attempt(database, first, "delivered", 10)
    attempt(database, second, "locked", 5)
    change(database, first, state="sent", sent_score=1.0, sent_at=clock.now())

    page = lead.get(f"gradebook/{first.id}").text

    assert page.index("Arrived in the gradebook") < page.index("was not found")
    assert "locked" not in page
    assert "trace-7" in page
    assert "does not overwrite it by itself" in page


def test_an_attempt_that_failed_gives_no_advice_once_the_grade_has_arrived(
    lead: Visitor, course_id: int, database: Database
) -> None:
    first = grades(database)[0]
    change(database, first, state="sent", sent_score=1.0, sent_at=clock.now())
    attempt(database, first, "newer_in_lms", 1)

    page = lead.get(f"gradebook/{first.id}").text

    assert "The gradebook holds a newer entry, perhaps set by hand.</td>" in page
    assert "sending again tries once more" not in page


def test_a_grade_that_was_never_sent_says_so(
    lead: Visitor, course_id: int, database: Database
) -> None:
    page = lead.get(f"gradebook/{grades(database)[0].id}").text

    assert "Nothing was sent yet." in page
    assert "Send again" not in page


def test_a_grade_of_another_course_has_no_page(
    course_id: int, arrive: Arrive, database: Database
) -> None:
    elsewhere = arrive("9", "Instructor", course="c2")

    assert (
        elsewhere.get(f"gradebook/{grades(database)[0].id}").status_code,
        table(elsewhere)[1:],
    ) == (404, [])
