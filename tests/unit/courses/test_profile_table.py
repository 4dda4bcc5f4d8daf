import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.courses.cells import MOST_BYTES, MOST_ROWS, TableError
from lti_tool.courses.profile_table import (
    read_cells,
    read_text_table,
)

HEADERS = {
    "de": ["E-Mail", "Name", "Netzwerk", "Region", "Frage"],
    "en": ["Email", "Full name", "Network", "Region", "My question to this course"],
}
# What all four encodings can write and no reader strips or takes for a formula.
TEXT = st.text(alphabet="abcäöüßÄé ,;\"'\tO\u2013\u20ac1", max_size=30).map(str.strip)
ROWS = st.lists(
    st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT).filter(any), min_size=1, max_size=8
)


def written(
    rows: list[tuple[str, ...]], mark: str, encoding: str, header: list[str]
) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark).writerows([header, *rows])
    return out.getvalue().encode(encoding)


@given(
    rows=ROWS,
    mark=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    language=st.sampled_from(["de", "en"]),
)
def test_what_a_spreadsheet_writes_is_read_back(
    rows: list[tuple[str, ...]], mark: str, encoding: str, language: str
) -> None:
    table = read_text_table(written(rows, mark, encoding, HEADERS[language]))

    fields = ("network", "region", "question")
    assert [(e.email, e.name) for e in table.entries] == [row[:2] for row in rows]
    assert [tuple(e.values.get(f, "") for f in fields) for e in table.entries] == [
        row[2:] for row in rows
    ]


@given(content=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_file_is_a_table_or_a_clear_refusal(content: bytes) -> None:
    try:
        outcome = type(read_text_table(content)).__name__
    except TableError as error:
        outcome = error.reason

    assert outcome in {"Table", "empty", "no_header", "not_a_table", "too_many_rows"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b" \n\t\n", "empty"),
        (b"Name;Netzwerk\n", "empty"),
        (b"Mia;MINT-Netz\n", "no_header"),
        (b"Name;Vorname\nMuster;Mia\n", "no_header"),
        (b"PK\x03\x04\0\0\0\0", "not_a_table"),
        (b"x" * (MOST_BYTES + 1), "too_large"),
        (b"Name;Region\n" + b"Mia;Harz\n" * (MOST_ROWS + 1), "too_many_rows"),
    ],
)
def test_a_file_without_profiles_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(TableError) as refusal:
        read_text_table(content)

    assert refusal.value.reason == reason


def test_as_many_rows_as_permitted_are_read() -> None:
    table = read_text_table(b"Name;Region\n" + b"Mia;Harz\n" * MOST_ROWS)

    assert len(table.entries) == MOST_ROWS


def test_a_title_above_the_header_and_empty_rows_do_not_shift_the_line() -> None:
    table = read_text_table(b"Anmeldungen 2026\n\nName,Region\n,\nMia,Harz\n")

    assert [(e.line, e.name) for e in table.entries] == [(5, "Mia")]


def test_the_line_that_names_the_separator_is_obeyed() -> None:
    table = read_text_table(b"sep=;\r\nName;Region, Kreis;Region\r\nMia;x;Harz\r\n")

    assert dict(table.entries[0].values) == {"region": "Harz"}


def test_given_and_family_name_make_a_name() -> None:
    table = read_cells([["Nachname", "Vorname", "Region"], ["Muster", "Mia", "Harz"]])

    assert table.entries[0].name == "Mia Muster"


def test_columns_that_are_not_read_are_named() -> None:
    table = read_cells([["Name", "Region", "Schuhgröße"], ["Mia", "Harz", "38"]])

    assert table.other_columns == ("Schuhgröße",)


@pytest.mark.parametrize(
    ("header", "text", "field", "value"),
    [
        ("Arbeitgeber", "Hochschule", "employer_kind", "university"),
        (
            "Kind of employer",
            "Business-development agency",
            "employer_kind",
            "development_agency",
        ),
        ("Art des Netzwerks", "MINT-Region", "network_kind", "stem"),
        ("Erfahrung", "3", "experience", "3_to_5"),
        ("Erfahrung in Jahren", "10 Jahre", "experience", "6_to_10"),
        ("Experience", "0.5", "experience", "under_1"),
        ("Experience", "35 years", "experience", "over_10"),
        ("Erfahrung", "1\u20132 Jahre", "experience", "1_to_2"),
    ],
)
def test_kinds_and_years_are_understood(
    header: str, text: str, field: str, value: str
) -> None:
    table = read_cells([["Name", header], ["Mia", text]])

    assert dict(table.entries[0].values) == {field: value}


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("Arbeitgeber", "Raumfahrt"),
        ("Region", "=HYPERLINK(1)"),
        ("Netzwerk", "x" * 201),
        ("Erfahrung", "viel"),
    ],
)
def test_what_is_not_understood_is_left_out_and_named(header: str, text: str) -> None:
    table = read_cells([["Name", header], ["Mia", text]])

    assert not table.entries[0].values
    assert table.entries[0].not_understood[0][1] == text
