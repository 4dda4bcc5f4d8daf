"""Nobody reads what its owner does not show them, and every opening is known to the owner."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.courses import service as courses
from lti_tool.courses.models import Course, Person
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.worksheet.models import Snapshot
from tests.functional.worksheet.conftest import MARKER, Writer
from tests.signing_platform import Visitor

Arrive = Callable[..., Visitor]


def _snapshot_id(database: Database) -> int:
    with database.reading(EVERYWHERE) as session:
        return session.scalars(select(Snapshot.id)).one()


def _read(visitor: Visitor, snapshot: int, section: str = "A") -> tuple[int, str]:
    answer = visitor.post(f"worksheet/shared/{snapshot}/{section}")
    return answer.status_code, answer.text


def test_staff_see_that_it_was_handed_in_and_not_a_word_of_it(
    writer: Writer, lead: Visitor, database: Database
) -> None:
    writer.fill().hand_in()

    page = lead.get("worksheet/course").text

    assert "Mia Muster" in page
    assert "handed in" in page
    assert MARKER not in page
    assert _read(lead, _snapshot_id(database))[0] == 404


def test_a_section_shown_to_the_team_is_read_under_aliases_and_logged(
    writer: Writer, lead: Visitor, database: Database
) -> None:
    writer.fill().hand_in()
    for section in ("A", "B"):
        writer.visitor.post(f"worksheet/sharing/{section}", {"audience": "team"})
    snapshot = _snapshot_id(database)

    status, first = _read(lead, snapshot, "A")
    second = _read(lead, snapshot, "B")[1]
    log = writer.visitor.get("worksheet/sharing").text.split('id="openings"')[1]

    assert status == 200
    assert MARKER in first
    assert "School 1" in second
    assert "Chemiewerk" not in second + lead.get("worksheet/course").text
    assert log.count("Leonie Leitner") == 2
    assert _read(lead, snapshot, "C")[0] == 404


def test_what_is_taken_back_can_no_longer_be_opened(
    writer: Writer, lead: Visitor, database: Database
) -> None:
    writer.fill().hand_in()
    writer.visitor.post("worksheet/sharing/A", {"audience": "team"})
    writer.visitor.post("worksheet/sharing/A", {"audience": "nobody"})

    assert _read(lead, _snapshot_id(database))[0] == 404


def test_those_who_read_a_section_stand_beside_it_by_name(
    writer: Writer, arrive: Arrive
) -> None:
    arrive("8", name="Jörg Beispiel")

    page = writer.visitor.post("worksheet/sharing/A", {"audience": "course"}).text
    overview = writer.visitor.get("worksheet/").text

    assert "Jörg Beispiel" in page
    assert "You and Jörg Beispiel, Leonie Leitner read this." in overview


def test_another_participant_reads_what_is_shown_to_the_course_only(
    writer: Writer, arrive: Arrive, database: Database
) -> None:
    writer.fill().hand_in()
    other = arrive("8", name="Jörg Beispiel")
    snapshot = _snapshot_id(database)

    before = _read(other, snapshot)[0]
    writer.visitor.post("worksheet/sharing/A", {"audience": "course"})
    status, page = _read(other, snapshot)

    assert (before, status) == (404, 200)
    assert MARKER in page
    assert other.get("worksheet/start/handed-in").status_code == 404


def test_my_group_reads_what_is_shown_to_the_group(
    writer: Writer, arrive: Arrive, database: Database
) -> None:
    writer.fill().hand_in()
    mate, stranger = arrive("8", name="Jörg Beispiel"), arrive("9", name="Ute Fremd")
    with database.transaction(EVERYWHERE) as session:
        people = {person.sub: person.id for person in session.scalars(select(Person))}
        course_id = session.scalars(select(Course.id)).one()
    with database.transaction(course_id) as session:
        courses.put_groups(
            session, "test", [("Gruppe 1", "Thema", [people["7"], people["8"]])]
        )
    writer.visitor.post("worksheet/sharing/A", {"audience": "group"})
    snapshot = _snapshot_id(database)

    assert _read(mate, snapshot)[0] == 200
    assert _read(stranger, snapshot)[0] == 404


def test_a_lead_of_another_course_finds_nothing(
    writer: Writer, arrive: Arrive, database: Database
) -> None:
    writer.fill().hand_in()
    writer.visitor.post("worksheet/sharing/A", {"audience": "course"})
    foreign = arrive("21", "Instructor", name="Fremde Leitung", course="c2")

    assert _read(foreign, _snapshot_id(database))[0] == 404
    assert MARKER not in foreign.get("worksheet/course").text


@pytest.mark.parametrize(
    "path", ["", "shared", "course", "settings", "start/1", "export.json"]
)
def test_staff_without_a_duty_get_no_page_of_the_worksheet(
    lead: Visitor, arrive: Arrive, path: str
) -> None:
    assert (
        arrive("2", "Instructor", name="Neu im Team")
        .get(f"worksheet/{path}")
        .status_code
        == 403
    )


@pytest.mark.parametrize("path", ["start/1", "start/review", "sharing", "export.json"])
def test_a_lead_has_no_worksheet_of_their_own(lead: Visitor, path: str) -> None:
    assert lead.get(f"worksheet/{path}").status_code == 403


@pytest.mark.parametrize("path", ["course", "settings"])
def test_a_participant_does_not_see_the_team_s_pages(writer: Writer, path: str) -> None:
    assert writer.visitor.get(f"worksheet/{path}").status_code == 403


def test_no_page_for_anybody_else_carries_a_planted_marker(
    writer: Writer, lead: Visitor, arrive: Arrive
) -> None:
    writer.fill()
    other = arrive("8", name="Jörg Beispiel")
    writer.hand_in()

    seen = [
        *(
            lead.get(path).text
            for path in ("", "worksheet/course", "worksheet/settings")
        ),
        *(lead.get(path).text for path in ("worksheet/shared", "gradebook/")),
        *(other.get(path).text for path in ("", "worksheet/", "worksheet/sharing")),
        *(
            other.get(path).text
            for path in ("worksheet/shared", "worksheet/export.json")
        ),
    ]

    assert not [page for page in seen if MARKER in page]


@pytest.mark.sqlite
def test_answers_and_names_lie_encrypted_in_the_database(
    writer: Writer, database: Database
) -> None:
    writer.fill().hand_in()
    writer.write("A1.text", MARKER)
    file = Path(str(database.engine.url.database))

    with sqlite3.connect(file) as connection:
        cells = [
            *connection.execute("SELECT value FROM revision"),
            *connection.execute("SELECT label FROM actor"),
            *connection.execute("SELECT text FROM erasable_text"),
        ]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()

    assert len(cells) > 20
    assert all(
        isinstance(cell, bytes) and cell.startswith(b"gAAAA") for (cell,) in cells
    )
    assert MARKER.encode() not in file.read_bytes()


def test_staff_who_look_on_as_a_participant_see_its_pages_and_change_nothing(
    lead: Visitor, arrive: Arrive
) -> None:
    looking = arrive("1", "Learner", name="Leonie Leitner")

    for path in (
        "",
        "start/1",
        "start/2",
        "start/review",
        "sharing",
        "shared",
        "export.json",
    ):
        assert looking.get(f"worksheet/{path}").status_code == 200, path
    form = looking.get("worksheet/start/1").text
    code = form.split('name="csrf_token" value="')[1].split('"')[0]
    begun = looking.client.post(
        f"{looking.home}worksheet/start/begin", data={"csrf_token": code}
    )
    assert begun.status_code == 403
