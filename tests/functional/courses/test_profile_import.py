"""A lead imports profiles: look, choose, confirm, take back."""

import io
import re
import zipfile
from collections.abc import Callable

import pytest
import sqlalchemy as sa
import xlsxwriter
from werkzeug.test import TestResponse

from lti_tool.persistence.session import Database
from tests.functional.courses.conftest import Numbers, profile
from tests.signing_platform import Visitor

Arrive = Callable[..., Visitor]


def upload(
    visitor: Visitor, content: bytes, name: str = "Anmeldungen.csv"
) -> TestResponse:
    """Send a file as a browser does; werkzeug's own way leaves large files open."""
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n',
        visitor.code().encode(),
        f'\r\n--x\r\nContent-Disposition: form-data; name="table"; filename="{name}"\r\n\r\n'.encode(),
        content,
        b"\r\n--x--\r\n",
    ]
    return visitor.client.post(
        f"{visitor.home}profiles/import",
        data=b"".join(parts),
        content_type="multipart/form-data; boundary=x",
        follow_redirects=True,
    )


def waiting_id(page: str) -> str:
    found = re.search(r"profiles/import/(\d+)/discard", page)
    assert found is not None, page
    return found[1]


def take_over(lead: Visitor, content: bytes, **chosen: str) -> TestResponse:
    page = upload(lead, content).text
    return lead.post(f"profiles/import/{waiting_id(page)}", chosen)


def select_of(page: str) -> str:
    found = re.search(r'name="(row-\d+)"', page)
    assert found is not None, page
    return found[1]


def xlsx(rows: list[list[object]], *, far: bool = False) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for position, row in enumerate(rows):
            sheet.write_row(position, 0, row)
        if far:
            sheet.write(1_000_000, 16_000, "x")
    return out.getvalue()


def test_what_an_address_finds_is_taken_over_and_waits_for_its_person(
    lead: Visitor, arrive: Arrive
) -> None:
    mia = arrive("7")

    answer = take_over(
        lead, b"E-Mail;Netzwerk;Region\nperson7@example.org;MINT-Ring;Harz\n"
    )

    assert "1 profile was taken over." in answer.text
    assert "not confirmed yet" in lead.get("people/").text
    assert "Is this right about you?" in mia.get().text
    assert 'value="MINT-Ring"' in mia.get("profiles/mine").text


def test_nothing_is_stored_before_it_is_confirmed(
    lead: Visitor, arrive: Arrive
) -> None:
    arrive("7")

    page = upload(lead, b"E-Mail;Region\nperson7@example.org;Harz\n").text

    assert "found by e-mail" in page
    assert "Harz" not in lead.get("people/").text
    assert "An import of profiles waits" in lead.get().text


def test_the_preview_tells_each_state(lead: Visitor, arrive: Arrive) -> None:
    arrive("7").post("profiles/mine", profile(region="Börde"))
    arrive("8", name="Jana Böhme", email=None)
    arrive("9", name="Jana Böhme", email=None)
    arrive("10", name="Änne Allein", email=None)

    page = upload(
        lead,
        "E-Mail,Name,Region,Erfahrung\nperson7@example.org,,Harz,\n,Jana Böhme,Rhön,\n"
        ",Änne Allein,Rhön,\n,Nina Niemand,Rhön,viel\n".encode(),
    ).text

    for words in (
        "confirmed by the person, stays",
        "several people: please choose",
        "found by name: please check",
        "nobody in this course",
        "“viel” was not understood",
    ):
        assert words in page


def test_what_a_person_confirmed_is_never_overwritten(
    lead: Visitor, arrive: Arrive
) -> None:
    mia, _max = arrive("7"), arrive("8", name="Max Mitgast")
    mia.post("profiles/mine", profile(region="Börde"))

    take_over(
        lead, b"E-Mail;Region\nperson7@example.org;Harz\nperson8@example.org;Harz\n"
    )

    assert 'value="Börde"' in mia.get("profiles/mine").text


def test_what_is_confirmed_between_looking_and_taking_over_stays(
    lead: Visitor, arrive: Arrive
) -> None:
    mia, _max = arrive("7"), arrive("8", name="Max Mitgast")
    page = upload(
        lead, b"E-Mail;Region\nperson7@example.org;Harz\nperson8@example.org;Harz\n"
    ).text
    mia.post("profiles/mine", profile(region="Börde"))

    answer = lead.post(f"profiles/import/{waiting_id(page)}")

    assert "1 profile was taken over." in answer.text
    assert 'value="Börde"' in mia.get("profiles/mine").text


def test_an_upload_is_taken_over_once(lead: Visitor, arrive: Arrive) -> None:
    arrive("7")
    page = upload(lead, b"E-Mail;Region\nperson7@example.org;Harz\n").text
    path = f"profiles/import/{waiting_id(page)}"

    answers = [
        lead.post(path),
        lead.post(path),
        lead.get(path),
        lead.post(f"{path}/discard"),
    ]

    assert [a.status_code for a in answers] == [200, 409, 409, 409]


def test_of_two_people_of_one_name_the_lead_chooses(
    lead: Visitor, arrive: Arrive, number: Numbers
) -> None:
    first, second = arrive("8", name="Jana Böhme"), arrive("9", name="Jana Böhme")
    page = upload(lead, "Name;Region\nJana Böhme;Rhön\n".encode("cp1252")).text

    lead.post(f"profiles/import/{waiting_id(page)}", {select_of(page): number("9")})

    assert "Rhön" not in first.get("profiles/mine").text
    assert "Rhön" in second.get("profiles/mine").text


def test_a_row_cannot_be_given_to_somebody_else(
    lead: Visitor, arrive: Arrive, number: Numbers
) -> None:
    for sub, name in (("8", "Jana Böhme"), ("9", "Jana Böhme"), ("7", "Mia Muster")):
        arrive(sub, name=name)
    page = upload(lead, "Name;Region\nJana Böhme;Rhön\n".encode()).text

    answer = lead.post(
        f"profiles/import/{waiting_id(page)}", {select_of(page): number("7")}
    )

    assert answer.status_code == 400
    assert "Rhön" not in lead.get("people/").text


def test_an_import_is_taken_back_but_what_was_confirmed_stays(
    lead: Visitor, arrive: Arrive
) -> None:
    mia, other = arrive("7"), arrive("8", name="Max Mitgast")
    take_over(
        lead, b"E-Mail;Region\nperson7@example.org;Harz\nperson8@example.org;Eifel\n"
    )
    mia.post("profiles/mine", profile(region="Harz"))
    undo = re.search(r"profiles/import/\d+/undo", lead.get("profiles/import").text)
    assert undo is not None

    answer = lead.post(undo[0])

    assert "1 profile is as it was before." in answer.text
    assert "stays: 1." in answer.text
    assert "Eifel" not in other.get("profiles/mine").text
    assert "Harz" in mia.get("profiles/mine").text
    assert lead.post(undo[0]).status_code == 409


def test_taking_back_a_second_import_brings_the_first_back(
    lead: Visitor, arrive: Arrive
) -> None:
    mia = arrive("7")
    take_over(lead, b"E-Mail;Region\nperson7@example.org;Harz\n")
    take_over(lead, "E-Mail;Region;Frage\nperson7@example.org;Rhön;Wozu?\n".encode())
    undo = re.search(r"profiles/import/\d+/undo", lead.get("profiles/import").text)
    assert undo is not None

    lead.post(undo[0])

    page = mia.get("profiles/mine").text
    assert 'value="Harz"' in page
    assert "Wozu?" not in page


def test_an_xlsx_file_is_read_and_its_formulas_do_nothing(
    lead: Visitor, arrive: Arrive
) -> None:
    arrive("7")
    rows: list[list[object]] = [
        ["Email", "Network", "Experience", "Region"],
        ["person7@example.org", "MINT-Ring", 4, '=HYPERLINK("http://example.org")'],
    ]

    page = upload(lead, xlsx(rows), "profiles.xlsx").text

    assert "MINT-Ring" in page
    assert "3 to 5 years" in page
    assert "HYPERLINK" not in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "There is no row with a person in the file."),
        (b"Mia;Harz\n", "No row with headers was found."),
        (b"\x89PNG\0\0\0\0\0\0", "This is no table that can be read here."),
        (b"PK\x03\x04broken", "This is no table that can be read here."),
        (b"x" * 1_000_001, "The file is larger than 1 MB."),
        (b"Name;Region\n" + b"Mia;Harz\n" * 2_001, "more than 2000 rows"),
    ],
    ids=["empty", "no-header", "picture", "broken", "too-large", "too-many-rows"],
)
def test_a_bad_file_gets_a_clear_sentence(
    lead: Visitor, content: bytes, sentence: str
) -> None:
    answer = upload(lead, content)

    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_sheet_that_would_eat_the_memory_is_refused(lead: Visitor) -> None:
    far = upload(lead, xlsx([["Name", "Region"], ["Mia", "Harz"]], far=True))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 50_000_000)

    bomb = upload(lead, packed.getvalue())

    assert (far.status_code, bomb.status_code) == (422, 422)


def test_without_a_file_the_page_says_so(lead: Visitor) -> None:
    assert "Choose a file first." in lead.post("profiles/import").text


def test_an_import_that_changes_nothing_is_refused(
    lead: Visitor, arrive: Arrive
) -> None:
    arrive("7")

    answer = take_over(lead, b"Name;Region\nNina Niemand;Harz\n")

    assert answer.status_code == 400
    assert "nothing was taken over" in answer.text


def test_a_dropped_upload_leaves_nothing_behind(
    lead: Visitor, arrive: Arrive, database: Database
) -> None:
    page = upload(lead, b"Name;Region\nNina Niemand;Harz\n").text

    lead.post(f"profiles/import/{waiting_id(page)}/discard")

    with database.engine.connect() as connection:
        assert (
            connection.execute(
                sa.text("SELECT count(*) FROM profile_import_row")
            ).scalar()
            == 0
        )


def test_uploads_of_one_course_are_unknown_in_another(
    lead: Visitor, arrive: Arrive
) -> None:
    elsewhere = arrive("9", "Instructor", course="c2")
    number = waiting_id(upload(lead, b"Name;Region\nNina Niemand;Harz\n").text)
    upload(elsewhere, b"Name;Region\nOle Ort;Eifel\n")

    assert elsewhere.get(f"profiles/import/{number}").status_code == 404
    assert elsewhere.post(f"profiles/import/{number}").status_code == 404
    assert lead.get(f"profiles/import/{number}").status_code == 200


def test_only_leads_import(lead: Visitor, arrive: Arrive, number: Numbers) -> None:
    assistant, mia = arrive("2", "Instructor"), arrive("7")
    lead.post(f"people/{number('2')}/duties", {"duties": ["assistant"]})

    assert [v.get("profiles/import").status_code for v in (assistant, mia)] == [
        403,
        403,
    ]
    assert upload(assistant, b"Name;Region\nMia;Harz\n").status_code == 403
