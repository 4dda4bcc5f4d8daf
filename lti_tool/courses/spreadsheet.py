"""Reads the first sheet of an XLSX file; what would eat the memory is refused before."""

import io
import re
import zipfile
import zlib

from python_calamine import CalamineError, CalamineWorkbook

from lti_tool.courses.cells import MOST_ROWS, TableError

_MOST_UNPACKED = 20_000_000
_FAR_CELL = re.compile(rb"""\br=["'](?:[A-Z]{3,}\d|[A-Z]+\d{5,})""")
_SPARE_ROWS = 50
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)


def is_spreadsheet(content: bytes) -> bool:
    """Tell whether this is a ZIP file, as XLSX files are."""
    return content.startswith(b"PK\x03\x04")


def read_sheet(content: bytes) -> list[list[str]]:
    """Return the cells as texts, of formulas their last result; raise TableError if that fails."""
    try:
        _refuse_bombs(content)
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(
            0
        )
        # A few more than permitted, so that too many are told from just enough.
        rows = sheet.to_python(skip_empty_area=False, nrows=MOST_ROWS + _SPARE_ROWS)
    except (CalamineError, *_BROKEN_ZIP) as error:
        raise TableError("not_a_table") from error
    return [[_text(cell) for cell in row] for row in rows]


def _refuse_bombs(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _MOST_UNPACKED:
            raise TableError("too_large")
        if archive.testzip() is not None or "xl/workbook.xml" not in archive.namelist():
            raise TableError("not_a_table")
        for name in archive.namelist():
            # Cells are laid out in a full rectangle, however far apart they stand.
            if name.startswith("xl/worksheets/") and _FAR_CELL.search(
                archive.read(name)
            ):
                raise TableError("too_many_rows")


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
