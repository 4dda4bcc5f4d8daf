"""Who judges what came of a broken run: by what was acknowledged and what the platform received."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from lti_tool.gradebook.models import Grade
from lti_tool.projects.models import Credit, HandIn, Review
from tests.functional.gradebook.crash_platform import CUT, DENIED, Book


@dataclass
class World:
    """A registration with a course of its own, in which nothing was done yet."""

    book: Book
    course: int
    group: int
    lead: int
    people: list[int]


def steps(trace: Sequence[str], kind: str) -> list[str]:
    """Return the steps of a feature that were ``begin`` (begun) or ``acknowledged``."""
    start = f"= {kind} "
    return [line.removeprefix(start) for line in trace if line.startswith(start)]


def _decisions(trace: Sequence[str], kind: str) -> list[float | None]:
    """Return the points of each acceptance, and None for each that was taken back."""
    parts = [step.partition(" ") for step in steps(trace, kind)]
    return [float(p) if p else None for name, _, p in parts if name != "hand_in"]


class Judge:
    """Knows what was acknowledged and what the platform received, and no code of the delivery."""

    def __init__(self, world: World, senders: int, trace: Sequence[str]) -> None:
        self._world, self._senders, self._trace = world, senders, trace
        self._ends = [
            line.split()[1] for line in trace if line.startswith(("= died", "= hangs"))
        ]
        self._kept: list[float | None] = []
        self._grades: dict[int, Grade] = {}
        self.wrong: list[str] = []
        self.lost = 0

    def _expect(self, true: bool, words: str) -> None:
        if not true:
            self.wrong.append(words)

    def look_at_rows(self, session: Any) -> None:
        """Compare the feature's rows with what was acknowledged, and the grades with those rows."""
        course = self._world.course
        reviews = session.scalars(
            sa.select(Review).where(Review.course_id == course).order_by(Review.id)
        ).all()
        self._kept = [r.points if r.decision == "accepted" else None for r in reviews]
        begun = _decisions(self._trace, "begin")
        known = _decisions(self._trace, "acknowledged")
        self._expect(self._kept == begun[: len(self._kept)], f"reviews {self._kept}")
        if len(self._kept) < len(known):
            self.lost += 1
            self.wrong.append(f"acknowledged {known}, kept {self._kept}")
        hand_ins = _count(session, HandIn, course)
        self._expect(hand_ins <= 1, f"{hand_ins} hand-ins")
        self._expect(
            hand_ins >= ("hand_in" in steps(self._trace, "acknowledged")),
            "an acknowledged hand-in is missing",
        )
        accepted = sum(points is not None for points in self._kept)
        credit = _count(session, Credit, course)
        self._expect(credit == accepted * len(self._world.people), f"{credit} credits")
        grades = session.scalars(
            sa.select(Grade).where(Grade.course_id == course)
        ).all()
        self._grades = {grade.person_id: grade for grade in grades}
        self._expect(
            len(grades) == (len(self._world.people) if accepted else 0),
            f"{len(grades)} grades of {accepted} acceptances",
        )
        for grade in grades:
            self._look_at_grade(grade)

    def _look_at_grade(self, grade: Grade) -> None:
        version, score = len(self._kept), self._kept[-1] if self._kept else None
        said = f"grade {grade.person_id}: version {grade.version}, {grade.score}, {grade.state}"
        self._expect((grade.version, grade.score) == (version, score), f"{said}: torn")
        if score is None:
            self._expect(grade.state in {"none", "withdrawn"}, said)
            return
        sent = (grade.state, grade.sent_version, grade.sent_score)
        self._expect(
            sent == ("sent", version, score),
            f"{said}: {grade.answer}, sent {grade.sent_version}, {grade.sent_score}",
        )

    def look_at_platform(self) -> None:
        """Compare what the platform received with what was kept."""
        book = self._world.book
        scores = {points for points in self._kept if points is not None}
        never = {received.score for received in book.scores} - scores
        self._expect(not never, f"{never} were sent, and never kept")
        self._expect(book.overlaps == 0, f"{book.overlaps} overlaps")
        stale = sum(received.answer == "stale" for received in book.scores)
        self._expect(stale <= self._ends.count("hangs"), f"{stale} were not newer")
        self._expect(len(book.items) <= 1, f"{len(book.items)} line items")
        for n, person in enumerate(self._world.people, 1):
            self._look_at_lane(f"p{n}", self._grades.get(person))
        self._look_at_duplicates(book)

    def _look_at_lane(self, sub: str, grade: Grade | None) -> None:
        came = [r for r in self._world.book.applied if r.sub == sub]
        stamps = [received.timestamp for received in came]
        self._expect(stamps == sorted(set(stamps)), f"{sub}: {stamps}")
        order = [received.score for received in came]
        # Later acceptances give more points.
        self._expect(order == sorted(order), f"{sub}: {order}")
        if self._kept and self._kept[-1] is not None:
            newest = order[-1] if order else None
            self.lost += newest != self._kept[-1]
            self._expect(newest == self._kept[-1], f"{sub}: lost, {newest} is there")
        elif came:
            said = grade.state if grade else "nothing"
            self._expect(said == "withdrawn", f"{sub}: {said}, yet it arrived")

    def _look_at_duplicates(self, book: Book) -> None:
        often = Counter((r.sub, r.score) for r in book.applied)
        twice = sum(count - 1 for count in often.values())
        unsure = sum(received.answer in {DENIED, CUT} for received in book.scores)
        # Also what stood beside a request that hung was not noted when its lease ended.
        most = unsure + 2 * self._senders * len(self._ends)
        self._expect(twice <= most, f"{twice} duplicates, at most {most} may be")


def _count(session: Any, table: Any, course: int) -> int:
    count: int = session.scalar(
        sa.select(sa.func.count(table.id)).where(table.course_id == course)
    )
    return count
