"""Actors and ties in a table."""

import uuid

from sqlalchemy import select

from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.worksheet import network
from lti_tool.worksheet.models import Draft
from tests.functional.worksheet.conftest import Writer


def test_an_actor_stands_on_the_page_with_the_alias_that_others_see(
    writer: Writer,
) -> None:
    writer.begin()

    writer.add_actor("Gymnasium Elbufer")
    writer.add_actor("Realschule Nord")

    page = writer.page(2)
    assert "Gymnasium Elbufer" in page
    assert "others see: School 2" in page


def test_adding_the_same_actor_twice_makes_one(writer: Writer) -> None:
    writer.begin()
    form = {
        "uuid": str(uuid.uuid4()),
        "label": "Kammer Nord",
        "type": "chamber",
        "status": "known",
    }

    for _attempt in range(2):
        writer.visitor.post(
            "worksheet/start/actors", {**form, "closeness": "", "page": "2"}
        )

    assert writer.page(2).count('<th scope="row">Kammer Nord') == 1


def test_an_actor_without_a_name_is_asked_for_one(writer: Writer) -> None:
    writer.begin()
    form = {
        "uuid": str(uuid.uuid4()),
        "label": " ",
        "type": "chamber",
        "status": "known",
    }

    answer = writer.visitor.post(
        "worksheet/start/actors", {**form, "closeness": "", "page": "2"}
    )

    assert answer.status_code == 422
    assert "give the organisation a name" in answer.text


def test_a_removed_actor_takes_its_ties_along_and_brings_them_back(
    writer: Writer,
) -> None:
    writer.begin()
    one, other = (
        writer.add_actor("Gymnasium Elbufer"),
        writer.add_actor("Werft", "company"),
    )
    _tie(writer, one, other)

    gone = writer.visitor.post(
        f"worksheet/start/actors/{one}/remove", {"page": "2"}
    ).text
    back = writer.visitor.post(
        f"worksheet/start/actors/{one}/restore", {"page": "2"}
    ).text

    assert "Undo" in gone
    assert "Gymnasium Elbufer" not in gone
    assert (
        "Gymnasium Elbufer and Werft" in back or "Werft and Gymnasium Elbufer" in back
    )


def _tie(writer: Writer, one: str, other: str, strength: str = "2") -> str:
    form = {"one": one, "other": other, "strength": strength, "page": "2"}
    answer = writer.visitor.post("worksheet/start/ties", form)
    return f"{answer.status_code} {answer.text}"


def test_a_tie_entered_from_both_ends_is_one_tie(writer: Writer) -> None:
    writer.begin()
    one, other = (
        writer.add_actor("Gymnasium Elbufer"),
        writer.add_actor("Werft", "company"),
    )

    _tie(writer, one, other, "1")
    page = _tie(writer, other, one, "3")

    assert page.count("/ties/") == 1
    assert 'value="3" aria-pressed="true">reliably' in page


def test_an_actor_has_no_tie_with_itself(writer: Writer) -> None:
    writer.begin()
    one = writer.add_actor("Gymnasium Elbufer")
    writer.add_actor("Werft", "company")

    page = _tie(writer, one, one)

    assert page.startswith("422")
    assert "two different actors" in page


def test_a_removed_tie_can_be_put_back(writer: Writer) -> None:
    writer.begin()
    one, other = (
        writer.add_actor("Gymnasium Elbufer"),
        writer.add_actor("Werft", "company"),
    )
    page = _tie(writer, one, other)
    tie = page.split("/ties/")[1].split("/")[0]

    gone = writer.visitor.post(f"worksheet/start/ties/{tie}/remove", {"page": "2"}).text
    back = writer.visitor.post(
        f"worksheet/start/ties/{tie}/restore", {"page": "2"}
    ).text

    assert "The tie was removed." in gone
    assert "/remove" in back.split('id="ties"')[1]


def test_closeness_is_said_with_one_click(writer: Writer) -> None:
    writer.begin()
    one = writer.add_actor("Gymnasium Elbufer", closeness="")

    page = writer.visitor.post(
        f"worksheet/start/actors/{one}/closeness", {"closeness": "3", "page": "2"}
    ).text

    assert 'value="3" aria-pressed="true">looks on' in page


def test_an_actor_changed_in_two_windows_is_not_overwritten(writer: Writer) -> None:
    writer.begin()
    one = writer.add_actor("Gymnasium Elbufer")
    form = {
        "uuid": one,
        "type": "school",
        "status": "known",
        "closeness": "1",
        "page": "2",
    }
    path = f"worksheet/start/actors/{one}"
    writer.visitor.post(path, {**form, "label": "Gymnasium Hafen", "version": "1"})

    answer = writer.visitor.post(
        path, {**form, "label": "Gymnasium Deich", "version": "1"}
    )

    assert answer.status_code == 409
    assert "Gymnasium Hafen" in answer.text
    assert "Gymnasium Deich" in answer.text


def test_the_sixty_first_actor_is_refused_with_a_reason(
    writer: Writer, database: Database
) -> None:
    writer.begin()
    with database.reading(EVERYWHERE) as session:
        draft = session.scalars(select(Draft)).one()
    with database.transaction(draft.course_id) as session:
        for number in range(60):
            facts = network.ActorFacts(f"Schule {number}", "school")
            network.add_actor(session, draft, str(uuid.uuid4()), facts)
    form = {
        "uuid": str(uuid.uuid4()),
        "label": "Zu viel",
        "type": "club",
        "status": "known",
    }

    answer = writer.visitor.post(
        "worksheet/start/actors", {**form, "closeness": "", "page": "2"}
    )

    assert answer.status_code == 422
    assert "room for 60 actors" in answer.text
    assert "Zu viel" in answer.text
