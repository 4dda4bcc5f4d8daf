"""The connection page says what works, what does not, and what to change in the learning platform."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from lti_tool import clock
from lti_tool.courses.models import Course, Person
from lti_tool.gradebook import service as gradebook
from lti_tool.gradebook.models import Attempt, Grade, LineItem
from lti_tool.gradebook.service import Column
from lti_tool.gradebook.words import in_words
from lti_tool.lti.models import Audit
from lti_tool.operation import platforms
from lti_tool.persistence.session import EVERYWHERE, Database, Session
from lti_tool.worksheet import phases
from tests.signing_platform import AGS, CLAIM, NRPS, SigningPlatform, Visitor

pytestmark = pytest.mark.sqlite

Arrive = Callable[..., Visitor]
AGS_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
ENDPOINT = {
    "lineitems": "https://lms.example/items",
    "scope": [f"{AGS_SCOPE}score", f"{AGS_SCOPE}lineitem"],
}


START = Column("worksheet", "start", "Worksheet start")
END = Column("worksheet", "end", "Worksheet end")


@pytest.fixture
def graded(lead: Visitor, arrive: Arrive, database: Database) -> Course:
    """A course of two people whose grades of two columns arrived an hour ago."""
    for sub in ("7", "8"):
        arrive(sub, **{AGS: ENDPOINT})
    with database.reading(EVERYWHERE) as session:
        course = session.scalars(sa.select(Course)).one()
    with database.transaction(course.id) as session:
        for person in session.scalars(sa.select(Person.id).where(Person.sub != "1")):
            for column in (START, END):
                gradebook.want(session, column, person, 1.0)
        for grade in session.scalars(sa.select(Grade)):
            become(session, grade, "sent", "delivered", minutes=60)
    return course


def become(
    session: Session, grade: Grade, state: str, answer: str, minutes: int
) -> None:
    """Let an attempt so many minutes ago have led to a state of a grade."""
    at = clock.now() - timedelta(minutes=minutes)
    grade.state, grade.answer = state, answer
    grade.sent_at = at if state == "sent" else grade.sent_at
    attempt = Attempt(grade_id=grade.id, version=1, answer=answer)
    attempt.created_at = at
    session.add(attempt)


def refuse(
    database: Database,
    course: Course,
    answer: str,
    *,
    state: str = "failed",
    column: Column = START,
    people: int = 1,
) -> None:
    with database.transaction(course.id) as session:
        found = session.scalars(
            sa.select(Grade)
            .join(LineItem, LineItem.id == Grade.line_item_id)
            .where(LineItem.tag == column.tag)
            .order_by(Grade.id)
            .limit(people)
        ).all()
        for grade in found:
            become(session, grade, state, answer, minutes=5)


def arrive_again(database: Database, course: Course, column: Column) -> None:
    """Let the grade of somebody else arrive in a column, just now."""
    with database.transaction(course.id) as session:
        other = session.scalars(
            sa.select(Grade)
            .join(LineItem, LineItem.id == Grade.line_item_id)
            .where(LineItem.tag == column.tag)
            .order_by(Grade.id.desc())
            .limit(1)
        ).one()
        become(session, other, "sent", "delivered", minutes=1)


def row(visitor: Visitor, subject: str) -> str:
    """Return one line of the page, as its reader sees it, without line breaks."""
    page = " ".join(visitor.get("connection/").text.split())
    return page.split(f'<tr id="{subject}">')[1].split("</tr>")[0]


def change_course(database: Database, **values: object) -> None:
    with database.transaction(EVERYWHERE) as session:
        session.execute(sa.update(Course).values(**values))


def test_the_page_is_for_leads_only(lead: Visitor, arrive: Arrive) -> None:
    visitors = [lead, arrive("7"), arrive("2", "Instructor")]

    assert [v.get("connection/").status_code for v in visitors] == [200, 403, 403]


def test_where_grades_are_off_it_says_what_to_switch_on(lead: Visitor) -> None:
    assert "This course cannot take grades yet." in row(lead, "grades")
    assert "Switch grades on for one of the links" in row(lead, "grades")


def test_a_link_with_a_column_can_take_grades_and_is_named(
    lead: Visitor, arrive: Arrive
) -> None:
    endpoint = {"lineitem": "https://lms.example/items/5", "scope": []}
    arrive("7", activity="worksheet", **{AGS: endpoint})

    page = " ".join(lead.get("connection/").text.split())
    assert "This course can take grades" in row(lead, "grades")
    assert "will use the column of the link: <q>worksheet</q>" in page
    assert "https://lms.example/items/5" in page


def test_a_column_that_the_tool_makes_is_told_apart(
    lead: Visitor, arrive: Arrive, database: Database
) -> None:
    arrive("7", **{AGS: ENDPOINT})
    with database.reading(EVERYWHERE) as session:
        course_id = session.scalars(sa.select(Course.id)).one()
    assert "will get a column that this tool makes" in lead.get("connection/").text

    with database.transaction(course_id) as session:
        column = Column("worksheet", "mid", "Bogen: Mitte")
        gradebook.want(session, column, 2, 1.0)
        session.scalars(sa.select(gradebook.LineItem)).one().url = "https://x.example/1"

    page = lead.get("connection/").text
    assert "uses a column that this tool made" in page
    assert "<q>Bogen: Mitte</q>" in page


def test_names_that_the_platform_keeps_are_missed(
    lead: Visitor, arrive: Arrive
) -> None:
    arrive("7", name=None)
    assert "keeps all names to itself" in row(lead, "names")

    arrive("8", name="Ben Beispiel")
    assert "1 of 2 participants" in row(lead, "names")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("refused_403", "does not permit this tool to read the list"),
        ("unreachable_tls", "certificate"),
        ("empty", "empty list"),
    ],
)
def test_a_list_of_members_that_did_not_come_says_why(
    lead: Visitor, arrive: Arrive, database: Database, error: str, words: str
) -> None:
    claim = {"context_memberships_url": "https://lms.example/members"}
    arrive("7", **{NRPS: claim})
    change_course(database, roster_error=error)

    assert "does not work" in row(lead, "roster")
    assert words in row(lead, "roster")
    assert "Fetch the list now" in row(lead, "roster")


def test_refused_launches_are_counted_by_reason_and_say_what_helps(
    lead: Visitor, platform: SigningPlatform
) -> None:
    for _ in range(2):
        client = platform.app.test_client()
        platform.launch(client, platform.claims(**{f"{CLAIM}version": "1.1"}))

    page = " ".join(lead.get("connection/").text.split())

    assert "does not work" in row(lead, "launches")
    assert "version_not_1_3" in page
    assert '<td class="num" data-label="How often">2</td>' in page
    assert "Set the tool up as LTI 1.3" in page


def test_what_happened_to_one_person_alone_is_no_fault_of_the_connection(
    lead: Visitor, platform: SigningPlatform
) -> None:
    client = platform.app.test_client()
    state, _ = platform.login(client)
    client.post("/lti/launch", data={"state": state, "error": "login_required"})

    assert "none because of a wrong setting" in row(lead, "launches")


def test_other_platforms_and_former_months_are_not_counted(
    lead: Visitor, platform: SigningPlatform, database: Database
) -> None:
    other = SigningPlatform(platform.app, "https://other.example")
    with database.transaction(EVERYWHERE) as session:
        old = Audit(
            event="launch",
            reason="nonce_wrong",
            registration_id=platform.registration_id,
        )
        old.created_at = clock.now() - timedelta(31)
        new = Audit(
            event="launch", reason="nonce_wrong", registration_id=other.registration_id
        )
        session.add_all([old, new])

    assert "nonce_wrong" not in lead.get("connection/").text


@pytest.mark.parametrize(
    ("family", "place"),
    [
        ("moodle", "Site administration"),
        ("canvas", "Developer Keys"),
        ("desire2learn", "Extensions"),
        ("BlackboardLearn", "LTI Tool Providers"),
        ("ilias", "ILIAS as LTI consumer"),
        ("OpenOlat", "LTI course element"),
        ("sakai", "Administration Workspace"),
    ],
)
def test_it_names_the_place_in_the_platform_at_hand(
    lead: Visitor, database: Database, family: str, place: str
) -> None:
    change_course(database, platform_family=family)

    assert place in row(lead, "grades")


def test_of_an_unknown_platform_it_says_only_what_is_true_of_all(lead: Visitor) -> None:
    assert "your learning platform" in lead.get("connection/").text
    assert "In Moodle" not in lead.get("connection/").text


def test_the_settings_lead_to_it(lead: Visitor) -> None:
    assert f'href="{lead.home}connection/"' in lead.get("settings").text


def test_in_german_list_and_columns_have_the_names_of_the_other_pages(
    arrive: Arrive,
) -> None:
    lead = arrive("1", "Instructor", locale="de")

    page = lead.get("connection/").text

    assert "Mitgliederliste" in page
    assert "Teilnahmeliste" not in page
    assert [name in page for name in phases._TITLES["de"].values()] == [True] * 3


def test_a_column_is_named_as_on_the_page_of_grades(
    lead: Visitor, arrive: Arrive, database: Database
) -> None:
    arrive("7", **{AGS: ENDPOINT})
    with database.reading(EVERYWHERE) as session:
        course_id = session.scalars(sa.select(Course.id)).one()
    with database.transaction(course_id) as session:
        gradebook.want(session, Column("worksheet", "mid", "Arbeitsblatt Mitte"), 2, 1)

    assert "Arbeitsblatt Mitte" in lead.get("connection/").text
    assert "Worksheet mid" not in lead.get("connection/").text


@pytest.mark.parametrize("answer", ["locked", "not_gradable", "attempts_used"])
def test_a_grade_that_one_person_cannot_get_is_no_fault_of_the_connection(
    lead: Visitor, graded: Course, database: Database, answer: str
) -> None:
    refuse(database, graded, answer)

    page = " ".join(lead.get("connection/").text.split())

    assert "Grades work." in row(lead, "grades")
    assert f'{lead.home}gradebook/?state=failed">1 grade did not' in row(lead, "grades")
    assert '<a href="#grades">' not in page


@pytest.mark.parametrize("state", ["failed", "due"])
@pytest.mark.parametrize("answer", ["scope_not_granted", "unreachable_dns"])
def test_what_keeps_every_grade_away_does_not_work(
    lead: Visitor, graded: Course, database: Database, answer: str, state: str
) -> None:
    refuse(database, graded, answer, state=state)

    assert "Grades do not arrive at the moment." in row(lead, "grades")
    assert in_words(answer) in row(lead, "grades")
    assert '<a href="#grades">' in lead.get("connection/").text


def test_the_alarm_ends_when_what_was_refused_is_found_to_have_arrived(
    lead: Visitor, graded: Course, database: Database
) -> None:
    refuse(database, graded, "scope_not_granted")
    with database.transaction(graded.id) as session:
        session.execute(sa.update(Grade).values(state="sent", answer="delivered"))

    assert "Grades arrive in the gradebook." in row(lead, "grades")


def test_the_alarm_ends_when_another_grade_of_the_course_arrives(
    lead: Visitor, graded: Course, database: Database
) -> None:
    refuse(database, graded, "scope_not_granted")
    arrive_again(database, graded, END)

    assert "Grades work." in row(lead, "grades")


def test_a_column_that_takes_none_does_not_work_though_another_does(
    lead: Visitor, graded: Course, database: Database
) -> None:
    refuse(database, graded, "line_item_gone", people=2)
    arrive_again(database, graded, END)
    assert "Grades of one column do not arrive" in row(lead, "grades")

    arrive_again(database, graded, START)
    assert "Grades work." in row(lead, "grades")


def test_a_column_that_a_comparison_found_gone_does_not_work(
    lead: Visitor, graded: Course, database: Database
) -> None:
    with database.transaction(graded.id) as session:
        item = session.scalars(sa.select(LineItem.id)).first()
        session.execute(
            sa.update(Grade)
            .where(Grade.line_item_id == item)
            .values(state="failed", answer="line_item_gone")
        )

    assert "Grades of one column do not arrive" in row(lead, "grades")


def test_operators_read_the_same(
    lead: Visitor, platform: SigningPlatform, graded: Course, database: Database
) -> None:
    refuse(database, graded, "locked")
    told = platforms.show(platform.tool, platform.registration_id)
    assert "ok    Grades: Grades work." in told
    assert "(1 failed)" in told

    refuse(database, graded, "token_refused")
    told = platforms.show(platform.tool, platform.registration_id)
    assert "BAD   Grades: Grades do not arrive at the moment." in told
