"""From a draft to a snapshot, to the gradebook, and on to the next phase."""

import json

import pytest
from sqlalchemy import select

from lti_tool.courses.models import Achievement, ErasableText
from lti_tool.gradebook.models import Grade, LineItem
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.worksheet import snapshots
from lti_tool.worksheet.models import Actor, FrozenRowError, Snapshot
from tests.functional.worksheet.conftest import MARKER, Writer
from tests.signing_platform import Visitor


def test_what_is_missing_is_named_and_linked(writer: Writer) -> None:
    writer.begin()

    page = writer.visitor.get("worksheet/start/review").text

    assert "11 prompts still need an answer" in page
    assert "/worksheet/start/5#D6" in page
    assert "Hand in now" not in page


def test_an_unfinished_phase_cannot_be_handed_in(
    writer: Writer, database: Database
) -> None:
    writer.begin()

    answer = writer.visitor.post("worksheet/start/hand-in")

    assert answer.status_code == 422
    with database.reading(EVERYWHERE) as session:
        assert session.scalar(select(Snapshot.id)) is None


def test_handing_in_reaches_achievement_and_gradebook(
    writer: Writer, database: Database
) -> None:
    writer.fill().hand_in()

    with database.reading(EVERYWHERE) as session:
        achieved = session.scalars(select(Achievement)).one()
        item = session.scalars(select(LineItem)).one()
        grade = session.scalars(select(Grade)).one()
    assert (achieved.kind, achieved.reference, achieved.state) == (
        "worksheet",
        "start",
        "handed_in",
    )
    assert (item.resource_id, item.tag, item.maximum) == ("worksheet", "start", 1)
    assert (grade.score, grade.state) == (1, "due")


def test_the_handed_in_state_can_be_read_and_not_changed(writer: Writer) -> None:
    page = writer.fill().hand_in()

    refused = writer.write("A1.text", "Anders", base=1)
    again = writer.visitor.post("worksheet/start/hand-in")

    assert MARKER in page
    assert f"Chemiewerk Werra and Gymnasium {MARKER}" in page or (
        f"Gymnasium {MARKER} and Chemiewerk Werra" in page
    )
    assert (refused["status"], again.status_code) == (409, 409)
    assert writer.visitor.get("worksheet/start/1").location.endswith("/start/handed-in")


def test_a_snapshot_row_refuses_every_change(
    writer: Writer, database: Database
) -> None:
    writer.fill().hand_in()

    with pytest.raises(FrozenRowError), database.transaction(EVERYWHERE) as session:
        session.scalars(select(Snapshot)).one().body = "{}"


def test_a_snapshot_verifies_after_its_texts_are_erased(
    writer: Writer, database: Database
) -> None:
    writer.fill().hand_in()

    with database.transaction(EVERYWHERE) as session:
        for text in session.scalars(select(ErasableText)):
            text.text = text.salt = None
    with database.reading(EVERYWHERE) as session:
        snapshot = session.scalars(select(Snapshot)).one()
        assert snapshots.is_intact(session, snapshot)
        assert snapshots.read(session, snapshot).answers == {}
    page = writer.visitor.get("worksheet/start/handed-in").text
    assert MARKER not in page
    assert "(erased)" in page


def test_a_changed_text_breaks_the_seal(writer: Writer, database: Database) -> None:
    writer.fill().hand_in()

    with database.transaction(EVERYWHERE) as session:
        session.scalars(select(ErasableText)).first().text = "Untergeschoben"

    assert (
        "no longer matches the seal"
        in writer.visitor.get("worksheet/start/handed-in").text
    )


def _open_mid(lead: Visitor) -> None:
    answer = lead.post(
        "worksheet/settings", {"form": "short", "mid_opens": "2026-01-01"}
    )
    assert answer.status_code == 200, answer.text


def test_mid_begins_as_a_copy_with_the_same_actors(
    writer: Writer, lead: Visitor, database: Database
) -> None:
    writer.fill().hand_in()
    _open_mid(lead)

    mid = Writer(writer.visitor, "mid").begin()

    with database.reading(EVERYWHERE) as session:
        actors = session.execute(select(Actor.uuid, Actor.label)).all()
    assert len(actors) == 4
    assert len(set(actors)) == 2
    pages = "".join(mid.page(number) for number in range(1, 7))
    assert "Chemiewerk Werra" in pages
    assert "Die Schulen halten" in pages


def test_the_start_stays_as_it_was_while_mid_changes(
    writer: Writer, lead: Visitor
) -> None:
    writer.fill().hand_in()
    _open_mid(lead)
    before = writer.visitor.get("worksheet/start/handed-in").text
    mid = Writer(writer.visitor, "mid").begin()

    mid.write("C1.text", "Jetzt hält alles.", base=1)
    mid.add_actor("Universität Deich", "university")

    after = writer.visitor.get("worksheet/start/handed-in").text
    assert before.split("<main")[1] == after.split("<main")[1]


def test_the_export_has_every_word_that_was_entered(writer: Writer) -> None:
    writer.fill().hand_in()

    answer = writer.visitor.get("worksheet/export.json")

    found = json.loads(answer.text)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert MARKER in found["drafts"]["start"]["answers"]["A1.text"]
    assert {actor["label"] for actor in found["handed_in"]["start"]["actors"]} == {
        f"Gymnasium {MARKER}",
        "Chemiewerk Werra",
    }
