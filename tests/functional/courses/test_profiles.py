"""Participants say where they come from; beside each field it says who sees it."""

from collections.abc import Callable

import sqlalchemy as sa

from lti_tool.persistence.session import Database
from tests.signing_platform import Visitor

Arrive = Callable[..., Visitor]
PROFILE = {
    "network": "MINT-Netz Wattenmeer",
    "region": "Nordfriesland",
    "network_kind": "stem",
    "employer_kind": "foundation",
    "experience": "3_to_5",
    "question": "Wie bleibt es lebendig?",
}


def give_duty(lead: Visitor, person_id: int, *duties: str) -> None:
    lead.post(f"people/{person_id}/duties", {"duties": list(duties)})


def test_the_home_asks_for_the_profile_until_it_is_confirmed(
    lead: Visitor, arrive: Arrive
) -> None:
    mia = arrive("7")
    assert "Introduce yourself" in mia.get().text

    mia.post("profiles/mine", PROFILE)

    assert "Introduce yourself" not in mia.get().text
    assert 'value="foundation"' in mia.get("profiles/mine").text


def test_each_field_says_who_sees_it_and_names_them(
    lead: Visitor, arrive: Arrive
) -> None:
    page = arrive("7").get("profiles/mine").text

    assert page.count("Everybody in this course sees it.") == 2
    assert page.count("Only leads and assistants see it") == 3
    assert "The course team and the speakers see it, with your name." in page
    assert "Leonie Leitner" in page


def test_others_see_network_and_region_and_nothing_more(
    lead: Visitor, arrive: Arrive
) -> None:
    arrive("7").post("profiles/mine", PROFILE)

    page = arrive("8", name="Max Mitgast").get("people/participants").text

    assert "MINT-Netz Wattenmeer" in page
    assert "Nordfriesland" in page
    assert not any(
        t in page for t in ("STEM", "Foundation", "3 to 5", "lebendig", "person7@")
    )


def test_speakers_read_the_question_but_not_what_is_for_forming_groups(
    lead: Visitor, arrive: Arrive, number: Callable[[str], int]
) -> None:
    arrive("7").post("profiles/mine", PROFILE)
    speaker = arrive("2", "Instructor")
    give_duty(lead, number("2"), "speaker")

    assert "Wie bleibt es lebendig?" in speaker.get("people/questions").text
    assert "1 participant has a question" in speaker.get().text
    assert speaker.get("people/").status_code == 403


def test_participants_and_staff_without_duty_read_no_questions(
    lead: Visitor, arrive: Arrive
) -> None:
    people = [arrive("7"), arrive("2", "Instructor")]

    assert [p.get("people/questions").status_code for p in people] == [403, 403]
    assert people[1].get("people/participants").status_code == 403


def test_the_lead_sees_what_helps_to_form_groups(lead: Visitor, arrive: Arrive) -> None:
    arrive("7").post("profiles/mine", PROFILE)

    page = lead.get("people/").text

    assert "STEM network · Foundation · 3 to 5 years" in page
    assert "confirmed" in page
    assert "lebendig" not in page


def test_a_profile_may_be_changed_and_emptied(lead: Visitor, arrive: Arrive) -> None:
    mia = arrive("7")
    mia.post("profiles/mine", PROFILE)

    mia.post("profiles/mine", {**PROFILE, "network": " ", "employer_kind": ""})

    assert "MINT-Netz" not in mia.get("people/participants").text


def test_what_cannot_be_taken_is_kept_in_the_form(
    lead: Visitor, arrive: Arrive
) -> None:
    answer = arrive("7").post("profiles/mine", {**PROFILE, "region": "x" * 201})

    assert answer.status_code == 422
    assert "Wie bleibt es lebendig?" in answer.text
    assert "x" * 201 in answer.text


def test_what_people_write_is_shown_as_text(lead: Visitor, arrive: Arrive) -> None:
    arrive("7").post("profiles/mine", {**PROFILE, "network": "<script>x</script>"})

    assert "&lt;script&gt;x" in lead.get("people/").text


def test_the_question_lies_encrypted_in_the_database(
    lead: Visitor, arrive: Arrive, database: Database
) -> None:
    arrive("7").post("profiles/mine", PROFILE)

    with database.engine.connect() as connection:
        stored = bytes(
            connection.execute(sa.text("SELECT question FROM profile")).scalar_one()
        )

    assert b"lebendig" not in stored


def test_another_course_sees_nothing_of_it(lead: Visitor, arrive: Arrive) -> None:
    arrive("7").post("profiles/mine", PROFILE)
    elsewhere = arrive("9", "Instructor", course="c2")
    same_person = arrive("7", course="c2")

    for page in ("people/", "people/participants", "people/questions"):
        assert "Wattenmeer" not in elsewhere.get(page).text
        assert "lebendig" not in elsewhere.get(page).text
    assert "Wattenmeer" not in same_person.get("profiles/mine").text
