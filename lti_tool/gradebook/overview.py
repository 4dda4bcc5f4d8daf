"""The grades of a course as its team looks at them: narrowed down, counted, written into a file."""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from lti_tool import clock
from lti_tool.gradebook import service
from lti_tool.gradebook.models import Attempt, PlatformGate
from lti_tool.gradebook.service import GradeRow
from lti_tool.persistence.session import Session

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet would calculate."""

_URGENT = ("failed", "withdrawn", "due")
"""What is open; of all else nobody has to do anything, or it is listed for a decision."""
_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which grades to show; None or an empty text for no condition."""

    state: str | None = None
    column: int | None = None
    name: str = ""

    def arguments(self) -> dict[str, str | int]:
        """Return what of it stands in an address."""
        said = {"state": self.state, "column": self.column, "name": self.name}
        return {key: value for key, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class Reason:
    """Grades that are not where they should be, all for the same reason."""

    state: str
    answer: str | None
    rows: Sequence[GradeRow]


@dataclass(frozen=True, slots=True)
class Overview:
    """The grades that are wanted, and how many of each state there are."""

    rows: Sequence[GradeRow]
    counts: Mapping[str, int]
    """Among those of the wanted column and name, whatever their state."""
    in_course: Mapping[str, int]
    """Of each state in the whole course."""

    @property
    def reasons(self) -> Sequence[Reason]:
        """What is not in the gradebook as it should be: what failed first, the most first."""
        found: dict[tuple[str, str | None], list[GradeRow]] = {}
        for row in self.rows:
            if row.state in _URGENT:
                answer = None if row.state == "withdrawn" else row.answer
                found.setdefault((row.state, answer), []).append(row)
        reasons = [Reason(*why, rows) for why, rows in found.items()]
        return sorted(reasons, key=lambda r: (_URGENT.index(r.state), -len(r.rows)))

    def is_moving(self, now: datetime) -> bool:
        """Tell whether a grade is about to be sent, so that a look in a moment shows more."""
        return any(
            row.next_try_at is not None and row.next_try_at < now + _MOMENT
            for row in self.rows
            if row.state == "due"
        )

    @property
    def differing(self) -> Sequence[GradeRow]:
        """Those of which the LMS says something else, so that somebody has to decide."""
        return [row for row in self.rows if row.state == "changed"]

    @property
    def by_person(self) -> Mapping[int, Mapping[int, GradeRow]]:
        """The grades of each person by column."""
        found: dict[int, dict[int, GradeRow]] = {}
        for row in self.rows:
            found.setdefault(row.person_id, {})[row.line_item_id] = row
        return found


def overview(session: Session, names: Mapping[int, str], wanted: Wanted) -> Overview:
    """Return the grades of the course that are wanted, sorted by name and column."""
    everything = service.rows(session)
    asked = wanted.name.casefold()
    found = [
        row
        for row in everything
        if wanted.column in {None, row.line_item_id}
        and asked in names.get(row.person_id, "").casefold()
    ]
    places = {person_id: place for place, person_id in enumerate(names)}
    found.sort(key=lambda row: (places.get(row.person_id, 0), row.line_item_id))
    return Overview(
        rows=[row for row in found if wanted.state in {None, row.state}],
        counts=Counter(row.state for row in found),
        in_course=Counter(row.state for row in everything),
    )


@dataclass(frozen=True, slots=True)
class Outage:
    """That a platform is left alone for a while, and why."""

    since: datetime | None
    """When the first answer of this kind came; None if no grade of this course met it."""
    answer: str | None
    next_try_at: datetime


def outage(session: Session, registration_id: int) -> Outage | None:
    """Return that the platform is being spared just now, or None."""
    gate = session.get(PlatformGate, registration_id)
    if gate is None or gate.closed_until is None or gate.closed_until <= clock.now():
        return None
    # What was on its way when the platform failed may have arrived after it.
    newest = (
        select(Attempt)
        .where(Attempt.answer != "delivered")
        .order_by(Attempt.id.desc())
        .limit(1)
    )
    last = session.scalar(newest)
    if last is None:
        return Outage(None, None, gate.closed_until)
    earlier = (
        select(func.max(Attempt.id))
        .where(Attempt.answer != last.answer)
        .scalar_subquery()
    )
    since = session.scalar(
        select(func.min(Attempt.created_at)).where(
            Attempt.answer == last.answer, Attempt.id > func.coalesce(earlier, 0)
        )
    )
    return Outage(since or last.created_at, last.answer, gate.closed_until)


def as_csv(lines: Iterable[Sequence[str]], separator: str) -> bytes:
    """Return a file that Excel opens as a table, in which no cell is calculated."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([_plain(cell) for cell in line] for line in lines)
    return text.getvalue().encode("utf-8-sig")


def _plain(cell: str) -> str:
    # Spreadsheets pass over spaces and take wide signs, as in Japanese text, for the usual ones.
    read = unicodedata.normalize("NFKC", cell).lstrip(" ")
    return f"'{cell}" if read.startswith(_FORMULA) else cell
