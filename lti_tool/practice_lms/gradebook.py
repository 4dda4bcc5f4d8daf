"""The gradebook: line items, grades, and every score that ever arrived."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from lti_tool.practice_lms import grading
from lti_tool.practice_lms.database import Database
from lti_tool.practice_lms.grading import Column, Grade
from lti_tool.practice_lms.world import Course, World


@dataclass(frozen=True, kw_only=True)
class LineItem(Column):
    """A column of a course's gradebook; manual ones were made by the tool."""

    context_id: str
    label: str
    resource_id: str = ""
    tag: str = ""
    link_id: str | None = None
    submission_review: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ReceivedScore:
    """A score request and how it was answered."""

    line_item_id: int
    sub: str
    body: str
    received: float
    status: int
    reason: str

    @property
    def moment(self) -> datetime:
        """When it arrived."""
        return datetime.fromtimestamp(self.received, UTC)

    @property
    def applied(self) -> bool:
        """Whether it changed the gradebook."""
        return self.reason == "OK"


def _line_item(row: sqlite3.Row) -> LineItem:
    values = dict(row)
    review = values.pop("submission_review")
    return LineItem(
        **{**values, "locked": bool(values["locked"])},
        submission_review=json.loads(review) if review else None,
    )


def _grade(row: sqlite3.Row) -> Grade:
    return Grade(
        raw=row["raw"],
        final=row["final"],
        feedback=row["feedback"],
        modified=row["modified"],
        overridden=bool(row["overridden"]),
        locked=bool(row["locked"]),
    )


class Gradebook:
    """Line items and grades of all courses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seed(self, world: World) -> None:
        """Give each course its columns once; what was deleted stays away."""
        with self._database.transaction() as rows:
            for course in world.courses:
                added = rows.execute(
                    "INSERT OR IGNORE INTO seeded_course VALUES (?)",
                    (course.context_id,),
                )
                if added.rowcount:
                    self._seed_course(course)

    def _seed_course(self, course: Course) -> None:
        total = LineItem(
            id=course.total_item_id,
            context_id=course.context_id,
            kind=grading.TOTAL,
            label=course.title,
            maximum=100.0,
        )
        self.save(total)
        for item in course.line_items:
            self.save(
                LineItem(
                    id=item.id,
                    context_id=course.context_id,
                    kind=grading.ACTIVITY,
                    label=item.label,
                    maximum=item.maximum,
                    resource_id=item.resource_id,
                    tag=item.tag,
                    link_id=item.link_id,
                    submission_review=item.submission_review,
                )
            )

    def save(self, item: LineItem) -> LineItem:
        """Store a line item; id 0 asks for a new id. Return it as stored."""
        values = asdict(item)
        review = values["submission_review"]
        values["submission_review"] = json.dumps(review) if review else None
        values["id"] = item.id or None
        with self._database.transaction() as rows:
            stored = rows.execute(
                "INSERT OR REPLACE INTO line_item (id, context_id, kind, label, maximum,"
                " resource_id, tag, link_id, submission_review, locked) VALUES (:id,"
                " :context_id, :kind, :label, :maximum, :resource_id, :tag, :link_id,"
                " :submission_review, :locked) RETURNING id",
                values,
            ).fetchone()
        return replace(item, id=stored["id"])

    def line_items(self, context_id: str) -> list[LineItem]:
        """Return a course's line items, oldest first, without the course total."""
        with self._database.transaction() as rows:
            found = rows.execute(
                "SELECT * FROM line_item WHERE context_id = ? AND kind != ? ORDER BY id",
                (context_id, grading.TOTAL),
            ).fetchall()
        return [_line_item(row) for row in found]

    def find_line_item(self, line_item_id: int) -> LineItem | None:
        """Return the line item or course total with this id."""
        with self._database.transaction() as rows:
            row = rows.execute(
                "SELECT * FROM line_item WHERE id = ?", (line_item_id,)
            ).fetchone()
        return _line_item(row) if row is not None else None

    def delete(self, line_item_id: int) -> None:
        """Remove a line item with its grades."""
        with self._database.transaction() as rows:
            rows.execute("DELETE FROM line_item WHERE id = ?", (line_item_id,))
            rows.execute("DELETE FROM grade WHERE line_item_id = ?", (line_item_id,))

    def grade(self, line_item_id: int, sub: str) -> Grade:
        """Return a person's grade; an empty one if there is none."""
        with self._database.transaction() as rows:
            row = rows.execute(
                "SELECT * FROM grade WHERE line_item_id = ? AND sub = ?",
                (line_item_id, sub),
            ).fetchone()
        return _grade(row) if row is not None else Grade()

    def grades(self, line_item_id: int) -> dict[str, Grade]:
        """Return the grades of a line item by person, in order of arrival."""
        with self._database.transaction() as rows:
            found = rows.execute(
                "SELECT * FROM grade WHERE line_item_id = ? ORDER BY id",
                (line_item_id,),
            ).fetchall()
        return {row["sub"]: _grade(row) for row in found}

    def write(self, line_item_id: int, sub: str, grade: Grade) -> None:
        """Store a person's grade."""
        with self._database.transaction() as rows:
            rows.execute(
                "INSERT INTO grade (line_item_id, sub, raw, final, feedback, modified,"
                " overridden, locked) VALUES (:line_item_id, :sub, :raw, :final,"
                " :feedback, :modified, :overridden, :locked)"
                " ON CONFLICT (line_item_id, sub) DO UPDATE SET raw = :raw,"
                " final = :final, feedback = :feedback, modified = :modified,"
                " overridden = :overridden, locked = :locked",
                {"line_item_id": line_item_id, "sub": sub, **asdict(grade)},
            )

    def forget(self, line_item_id: int, sub: str) -> None:
        """Remove a person's grade as if it had never been there."""
        with self._database.transaction() as rows:
            rows.execute(
                "DELETE FROM grade WHERE line_item_id = ? AND sub = ?",
                (line_item_id, sub),
            )

    def override(self, line_item_id: int, sub: str, final: float, now: int) -> None:
        """Grade by hand, as a teacher does in the gradebook."""
        grade = self.grade(line_item_id, sub)
        by_hand = replace(grade, final=final, modified=now, overridden=True)
        self.write(line_item_id, sub, by_hand)

    def lift(self, line_item_id: int, sub: str, now: int) -> None:
        """Show what the tool reported last in place of what was graded by hand."""
        grade = self.grade(line_item_id, sub)
        lifted = replace(grade, final=grade.raw, modified=now, overridden=False)
        self.write(line_item_id, sub, lifted)

    def lock(self, line_item_id: int, sub: str, *, locked: bool = True) -> None:
        """Lock a person's grade against every change, or unlock it."""
        grade = self.grade(line_item_id, sub)
        self.write(line_item_id, sub, replace(grade, locked=locked))

    def lock_line_item(self, line_item_id: int, *, locked: bool = True) -> None:
        """Lock a whole column, or unlock it."""
        with self._database.transaction() as rows:
            rows.execute(
                "UPDATE line_item SET locked = ? WHERE id = ?", (locked, line_item_id)
            )

    def log(self, score: ReceivedScore) -> None:
        """Remember a score request and its answer."""
        with self._database.transaction() as rows:
            rows.execute(
                "INSERT INTO score (line_item_id, sub, body, received, status, reason)"
                " VALUES (:line_item_id, :sub, :body, :received, :status, :reason)",
                asdict(score),
            )

    def scores(
        self, line_item_id: int | None = None, sub: str | None = None
    ) -> list[ReceivedScore]:
        """Return all score requests, of one line item or person if asked."""
        with self._database.transaction() as rows:
            found = rows.execute(
                "SELECT line_item_id, sub, body, received, status, reason FROM score"
                " WHERE (:item IS NULL OR line_item_id = :item)"
                " AND (:sub IS NULL OR sub = :sub) ORDER BY id",
                {"item": line_item_id, "sub": sub},
            ).fetchall()
        return [ReceivedScore(**row) for row in found]
