"""Reads tables as people keep them: pure, from bytes to rows of cells below a header.

Text files may be UTF-8, UTF-16 or cp1252, divided by commas, semicolons or tabs; what the headers
mean is said by whoever reads the table.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

MOST_BYTES = 1_000_000
MOST_ROWS = 2_000
_HEADER_WITHIN = 10
_ENOUGH_ZEROS = 4

PERSON_HEADERS = {
    "email": "email|e mail|mail|mailadresse|emailadresse|e mail adresse|email adresse|email address|e mail address",
    "name": "name|vollständiger name|full name|person|teilnehmer|teilnehmerin|teilnehmende|teilnehmer in|participant",
    "given": "vorname|given name|first name|firstname",
    "family": "nachname|familienname|family name|last name|lastname|surname",
}
"""How columns are called that say whose row it is."""


class TableError(ValueError):
    """A file that cannot be read as a table; ``reason`` says why.

    ``empty``, ``too_large``, ``too_many_rows``, ``not_a_table`` or ``no_header``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows below a header."""

    header: tuple[str, ...]
    columns: Mapping[int, str]
    """What stands in which column."""
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """(line, cells), the line as a spreadsheet counts it, from 1."""

    @property
    def other_columns(self) -> tuple[str, ...]:
        """Return the headers of columns that are not read."""
        return tuple(
            text
            for position, text in enumerate(self.header)
            if text and position not in self.columns
        )

    def said(self, cells: Sequence[str]) -> dict[str, str]:
        """Return what a row says, by the meaning of its columns."""
        return {
            self.columns[position]: text
            for position, text in enumerate(cells)
            if text and position in self.columns
        }


def plain(text: str) -> str:
    """Return a text without case, marks and doubled spaces, as headers and words are compared."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def by_word(words: Mapping[str, str]) -> dict[str, str]:
    """Return the key of each of the words that stand for it, divided by ``|``."""
    return {plain(w): key for key, line in words.items() for w in line.split("|")}


def person_name(said: Mapping[str, str]) -> str:
    """Return the name in a row: of one column, or of two."""
    parts = " ".join(said[part] for part in ("given", "family") if part in said)
    return said.get("name", parts)


def text_cells(content: bytes, headers: Mapping[str, str]) -> list[list[str]]:
    """Return the cells of a text file, divided as fits these headers best, or raise TableError."""
    if len(content) > MOST_BYTES:
        raise TableError("too_large")
    return _cells(_decoded(content), headers)


def sheet(
    cells: Iterable[Sequence[str]],
    headers: Mapping[str, str],
    is_header: Callable[[set[str]], bool],
) -> Sheet:
    """Return the rows below the header, which is among the first rows, or raise TableError.

    ``headers`` gives meanings by ``plain`` words; ``is_header`` tells whether these are enough.
    """
    rows = [
        (line, tuple(c.strip() for c in row)) for line, row in enumerate(cells, start=1)
    ]
    rows = [(line, row) for line, row in rows if any(row)]
    if not rows:
        raise TableError("empty")
    for position, (_line, row) in enumerate(rows[:_HEADER_WITHIN]):
        columns = _columns(row, headers)
        if is_header(set(columns.values())):
            return _below(row, columns, rows[position + 1 :])
    raise TableError("no_header")


def _below(
    header: tuple[str, ...],
    columns: Mapping[int, str],
    rows: Sequence[tuple[int, tuple[str, ...]]],
) -> Sheet:
    if not rows:
        raise TableError("empty")
    if len(rows) > MOST_ROWS:
        raise TableError("too_many_rows")
    return Sheet(header, columns, tuple(rows))


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


def _cells(text: str, headers: Mapping[str, str]) -> list[list[str]]:
    first, _end, rest = text.lstrip().partition("\n")
    said = re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE)
    if said:
        return _split(rest, said[1])

    def fit(cells: list[list[str]]) -> int:
        found = (len(_columns(row, headers)) for row in cells[:_HEADER_WITHIN])
        return max(found, default=0)

    return max((_split(text, mark) for mark in ",;\t"), key=fit)


def _split(text: str, mark: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise TableError("not_a_table") from error


def _columns(header: Sequence[str], headers: Mapping[str, str]) -> dict[int, str]:
    """Return what stands in which column; of two columns of one meaning the first is read."""
    found: dict[int, str] = {}
    for position, text in enumerate(header):
        meaning = headers.get(plain(text))
        if meaning is not None and meaning not in found.values():
            found[position] = meaning
    return found
