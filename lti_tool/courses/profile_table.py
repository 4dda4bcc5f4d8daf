"""Reads tables of profiles as people keep them: pure, from bytes or cells to entries.

Text files may be UTF-8, UTF-16 or cp1252, divided by commas, semicolons or tabs; the header names
may be German or English. What cannot be understood is left out of an entry and named, never guessed.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

MOST_BYTES = 1_000_000
MOST_ROWS = 2_000
_LONGEST = {"network": 200, "region": 200, "question": 2_000}
_HEADER_WITHIN = 10
_ENOUGH_ZEROS = 4

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
    "email": "email|e mail|mail|mailadresse|emailadresse|e mail adresse|email adresse|email address|e mail address",
    "name": "name|vollständiger name|full name|person|teilnehmer|teilnehmerin|teilnehmende|teilnehmer in|participant",
    "given": "vorname|given name|first name|firstname",
    "family": "nachname|familienname|family name|last name|lastname|surname",
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


class TableError(ValueError):
    """A file that cannot be read as a table of profiles; ``reason`` says why.

    ``empty``, ``too_large``, ``too_many_rows``, ``not_a_table`` or ``no_header``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


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
    if len(content) > MOST_BYTES:
        raise TableError("too_large")
    return read_cells(_cells(_decoded(content)))


def read_cells(cells: Iterable[Sequence[str]]) -> Table:
    """Return the table in rows of cells or raise TableError; the header is among the first rows."""
    rows = [(line, [c.strip() for c in row]) for line, row in enumerate(cells, start=1)]
    rows = [(line, row) for line, row in rows if any(row)]
    if not rows:
        raise TableError("empty")
    for position, (_line, row) in enumerate(rows[:_HEADER_WITHIN]):
        columns = _columns(row)
        if _is_header(columns.values()):
            return _table(row, columns, rows[position + 1 :])
    raise TableError("no_header")


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif content[1:200:2].count(0) > _ENOUGH_ZEROS:
        encoding = "utf-16-le"
    elif content[0:200:2].count(0) > _ENOUGH_ZEROS:
        encoding = "utf-16-be"
    else:
        encoding = "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig":
            raise TableError("not_a_table") from error
        # A few bytes mean nothing in cp1252; they must not cost the whole file.
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise TableError("not_a_table")
    return text


def _cells(text: str) -> list[list[str]]:
    first, _end, rest = text.lstrip().partition("\n")
    said = re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE)
    if said:
        return _split(rest, said[1])
    return max((_split(text, mark) for mark in ",;\t"), key=_fit)


def _split(text: str, mark: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise TableError("not_a_table") from error


def _fit(cells: list[list[str]]) -> int:
    return max((len(_columns(row)) for row in cells[:_HEADER_WITHIN]), default=0)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _by_word(words: Mapping[str, str]) -> dict[str, str]:
    return {_plain(w): key for key, line in words.items() for w in line.split("|")}


_HEADER_OF = _by_word(_HEADERS)
_KEY_OF = {
    "network_kind": _by_word(_NETWORK_WORDS),
    "employer_kind": _by_word(_EMPLOYER_WORDS),
    "experience": _by_word(_EXPERIENCE_WORDS),
}


def _columns(header: Sequence[str]) -> dict[int, str]:
    """Return what stands in which column; of two columns of one meaning the first is read."""
    found: dict[int, str] = {}
    for position, text in enumerate(header):
        meaning = _HEADER_OF.get(_plain(text))
        if meaning is not None and meaning not in found.values():
            found[position] = meaning
    return found


def _is_header(meanings: Iterable[str]) -> bool:
    known = set(meanings)
    return bool(known & {"email", "name", "family"}) and bool(known & set(FIELDS))


def _table(
    header: Sequence[str],
    columns: Mapping[int, str],
    rows: Sequence[tuple[int, list[str]]],
) -> Table:
    if not rows:
        raise TableError("empty")
    if len(rows) > MOST_ROWS:
        raise TableError("too_many_rows")
    others = tuple(t for i, t in enumerate(header) if t and i not in columns)
    return Table(tuple(_entry(line, row, columns) for line, row in rows), others)


def _entry(line: int, row: Sequence[str], columns: Mapping[int, str]) -> Entry:
    said = {columns[i]: text for i, text in enumerate(row) if text and i in columns}
    values: dict[str, str] = {}
    left_out: list[tuple[str, str]] = []
    for name in FIELDS:
        text = said.get(name, "")
        value = understood(name, text)
        if value is not None:
            values[name] = value
        elif text:
            left_out.append((name, text))
    given = " ".join(said[part] for part in ("given", "family") if part in said)
    return Entry(
        line, said.get("email", ""), said.get("name", given), values, tuple(left_out)
    )


def understood(name: str, text: str) -> str | None:
    """Return the value that a cell gives to a field of the profile, or None.

    A formula is never taken over: it would come alive in the next spreadsheet.
    """
    if not text or text.startswith(("=", "@")):
        return None
    if name in _LONGEST:
        return text if len(text) <= _LONGEST[name] else None
    known = _KEY_OF[name].get(_plain(text))
    return known or (_range(text) if name == "experience" else None)


def _range(text: str) -> str | None:
    number = re.fullmatch(
        r"(\d{1,2})(?:[.,]\d+)?(?:\s*(?:jahre?|years?))?", text.casefold()
    )
    if number is None:
        return None
    years = int(number[1])
    return next((key for below, key in _YEARS_BELOW if years < below), "over_10")
