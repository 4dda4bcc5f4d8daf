"""Reads tables of profiles as people keep them: pure, from bytes or cells to entries.

Text files may be UTF-8, UTF-16 or cp1252, divided by commas, semicolons or tabs; the header names
may be German or English. What cannot be understood is left out of an entry and named, never guessed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lti_tool.courses import cells
from lti_tool.courses.cells import PERSON_HEADERS, Sheet

_LONGEST = {"network": 200, "region": 200, "question": 2_000}

FIELDS = (
    "network",
    "region",
    "network_kind",
    "employer_kind",
    "experience",
    "question",
)
NETWORK_KINDS = ("stem", "skilled_labour", "education", "business", "other")
EMPLOYER_KINDS = (
    "university",
    "development_agency",
    "education_office",
    "foundation",
    "chamber",
    "other",
)
EXPERIENCES = ("under_1", "1_to_2", "3_to_5", "6_to_10", "over_10")
"""Years of experience in coordinating networks."""

_HEADERS = {
    **PERSON_HEADERS,
    "network": "netzwerk|network|name des netzwerks|name of network|netzwerkname",
    "region": "region|landkreis|county|area",
    "network_kind": "art des netzwerks|netzwerkart|netzwerktyp|kind of network|network kind|type of network|network type",
    "employer_kind": "art des arbeitgebers|arbeitgeberart|arbeitgeber|träger|kind of employer|employer kind|type of employer|employer",
    "experience": "erfahrung|erfahrung in jahren|berufserfahrung|jahre erfahrung|erfahrung jahre|experience|years of experience|experience in years|experience years",
    "question": "frage|meine frage|meine frage an den kurs|frage an den kurs|question|my question|my question to this course|question to the course",
}

_NETWORK_WORDS = {
    "stem": "stem|mint|stem region|mint region|mint cluster|stem network|mint netzwerk",
    "skilled_labour": "skilled labour|skilled labor|fachkräfte|fachkräftenetzwerk|fachkräftebündnis|fachkräftesicherung|network for skilled labour",
    "education": "education|bildung|bildungsnetzwerk|bildungslandschaft|education network",
    "business": "business|wirtschaft|branche|branchennetzwerk|cluster|business network|wirtschaftsnetzwerk",
    "other": "other|sonstiges|sonstige|anderes|andere|something else|etwas anderes",
}
_EMPLOYER_WORDS = {
    "university": "university|hochschule|universität|uni|fachhochschule",
    "development_agency": "development agency|business development agency|wirtschaftsförderung|wirtschaftsfördergesellschaft|wirtschaftsförderungsgesellschaft",
    "education_office": "education office|bildungsbüro|kommunales bildungsbüro",
    "foundation": "foundation|stiftung",
    "chamber": "chamber|kammer|ihk|hwk|handwerkskammer|industrie und handelskammer|chamber of commerce",
    "other": "other|sonstiges|sonstige|anderer|andere|something else|etwas anderes",
}
_EXPERIENCE_WORDS = {
    "under_1": "under 1|weniger als 1 jahr|unter 1 jahr|less than 1 year|keine|none|weniger als ein jahr|less than a year",
    "1_to_2": "1 to 2|1 bis 2|1 2|1 bis 2 jahre|1 2 jahre|1 to 2 years|1 2 years",
    "3_to_5": "3 to 5|3 bis 5|3 5|3 bis 5 jahre|3 5 jahre|3 to 5 years|3 5 years",
    "6_to_10": "6 to 10|6 bis 10|6 10|6 bis 10 jahre|6 10 jahre|6 to 10 years|6 10 years",
    "over_10": "over 10|über 10|mehr als 10|mehr als 10 jahre|über 10 jahre|more than 10 years|over 10 years|more than 10",
}
_YEARS_BELOW = ((1, "under_1"), (3, "1_to_2"), (6, "3_to_5"), (11, "6_to_10"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One person's row."""

    line: int
    """As a spreadsheet counts it, from 1."""
    email: str = ""
    name: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """What the row says, by field; only what could be understood."""
    not_understood: tuple[tuple[str, str], ...] = ()
    """(field, text) of what was left out."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says."""

    entries: tuple[Entry, ...]
    other_columns: tuple[str, ...] = ()
    """Headers of columns that are not read."""


def read_text_table(content: bytes) -> Table:
    """Return the table in a text file or raise TableError."""
    return read_cells(cells.text_cells(content, _HEADER_OF))


def read_cells(rows: Iterable[Sequence[str]]) -> Table:
    """Return the table in rows of cells or raise TableError; the header is among the first rows."""
    found = cells.sheet(rows, _HEADER_OF, _is_header)
    entries = tuple(_entry(line, row, found) for line, row in found.rows)
    return Table(entries, found.other_columns)


_HEADER_OF = cells.by_word(_HEADERS)
_KEY_OF = {
    "network_kind": cells.by_word(_NETWORK_WORDS),
    "employer_kind": cells.by_word(_EMPLOYER_WORDS),
    "experience": cells.by_word(_EXPERIENCE_WORDS),
}


def _is_header(known: set[str]) -> bool:
    return bool(known & {"email", "name", "family"}) and bool(known & set(FIELDS))


def _entry(line: int, row: Sequence[str], found: Sheet) -> Entry:
    said = found.said(row)
    values: dict[str, str] = {}
    left_out: list[tuple[str, str]] = []
    for name in FIELDS:
        text = said.get(name, "")
        value = understood(name, text)
        if value is not None:
            values[name] = value
        elif text:
            left_out.append((name, text))
    return Entry(
        line,
        said.get("email", ""),
        cells.person_name(said),
        values,
        tuple(left_out),
    )


def understood(name: str, text: str) -> str | None:
    """Return the value that a cell gives to a field of the profile, or None.

    A formula is never taken over: it would come alive in the next spreadsheet.
    """
    if not text or text.startswith(("=", "@")):
        return None
    if name in _LONGEST:
        return text if len(text) <= _LONGEST[name] else None
    known = _KEY_OF[name].get(cells.plain(text))
    return known or (_range(text) if name == "experience" else None)


def _range(text: str) -> str | None:
    number = re.fullmatch(
        r"(\d{1,2})(?:[.,]\d+)?(?:\s*(?:jahre?|years?))?", text.casefold()
    )
    if number is None:
        return None
    years = int(number[1])
    return next((key for below, key in _YEARS_BELOW if years < below), "over_10")
