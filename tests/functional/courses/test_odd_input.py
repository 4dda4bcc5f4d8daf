"""Damaged files and numbers that nobody has do not break the import of profiles."""

import io
import re

import xlsxwriter

from tests.functional.courses.test_profile_import import upload


def damaged_sheet() -> bytes:
    """Return a spreadsheet in which the compressed bytes of the first file are overwritten."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet().write_row(0, 0, ["Name", "Network"])
    content = file.getvalue()
    first = 30 + int.from_bytes(content[26:28], "little")
    return content[:first] + b"\xff" * 20 + content[first + 20 :]


def test_a_damaged_spreadsheet_is_no_table(lead):
    answer = upload(lead, damaged_sheet(), "damaged.xlsx")

    assert answer.status_code == 422
    assert "This is no table that can be read here." in answer.text


def test_a_row_of_thousands_of_digits_is_nobodys(lead):
    page = upload(lead, b"Name;Network\nMia Muster;Harbour\n").text
    number = re.search(r"profiles/import/(\d+)/discard", page)[1]

    for form in ({"row-1": "9" * 5000}, {"row-" + "9" * 5000: "1"}):
        assert lead.post(f"profiles/import/{number}", form).status_code == 400
