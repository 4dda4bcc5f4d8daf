"""Appending to a course's chain of evidence, and reading it back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from lti_tool import clock
from lti_tool.attendance import rules
from lti_tool.attendance.models import Evidence, Meeting
from lti_tool.attendance.rules import Entry, Kind, Link, Mark, State
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course
from lti_tool.persistence.session import Session


@dataclass(frozen=True, slots=True)
class Statement:
    """What an entry says."""

    kind: Kind
    person_id: int | None = None
    state: State | None = None
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Hand:
    """Who says it, where it comes from, and why somebody corrects it."""

    by: int
    source: str = "list"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry about a person as pages show it."""

    state: State
    minutes: int
    at: datetime
    by: int
    reason: str | None
    """None where there never was one, empty where it was erased."""


def hold(session: Session, meeting: Meeting) -> None:
    """Let one writer at a time add to a course's chain, with the newest state before it."""
    session.get_one(Course, meeting.course_id, with_for_update=True)
    session.refresh(meeting)


def append(
    session: Session, meeting: Meeting, statement: Statement, hand: Hand
) -> Evidence:
    """Add the next link to the chain, which the caller holds, and return it."""
    last = session.scalar(select(Evidence).order_by(Evidence.sequence.desc()).limit(1))
    row = Evidence(
        course_id=meeting.course_id,
        sequence=last.sequence + 1 if last is not None else 1,
        kind=statement.kind,
        meeting_id=meeting.id,
        person_id=statement.person_id,
        state=statement.state,
        minutes=statement.minutes,
        recorded_at=clock.now(),
        actor_id=hand.by,
        source=hand.source,
        supersedes=_head(session, meeting, statement.person_id),
        reason_hash="",
        previous=last.digest if last is not None else rules.GENESIS,
    )
    if hand.reason.strip():
        kept = courses.keep_text(
            session, hand.reason.strip(), person_id=statement.person_id
        )
        row.reason_hash, row.reason_id = kept.commitment, kept.id
    row.digest = rules.digest(_entry(row))
    session.add(row)
    session.flush()
    return row


def _head(session: Session, meeting: Meeting, person_id: int | None) -> int | None:
    about = (
        Evidence.meeting_id == meeting.id,
        Evidence.person_id.is_not_distinct_from(person_id),
    )
    return session.scalar(select(func.max(Evidence.sequence)).where(*about))


def _entry(row: Evidence) -> Entry:
    return Entry(
        sequence=row.sequence,
        kind=Kind(row.kind),
        meeting=row.meeting_id,
        person=row.person_id,
        state=State(row.state) if row.state is not None else None,
        minutes=row.minutes,
        recorded_at=row.recorded_at,
        actor=row.actor_id,
        source=row.source,
        supersedes=row.supersedes,
        reason=row.reason_hash,
        previous=row.previous,
    )


def newest(session: Session) -> int:
    """Return the number of the newest entry: what a page made now has seen."""
    return session.scalar(select(func.max(Evidence.sequence))) or 0


def as_of(session: Session, meeting: Meeting, seen: int) -> dict[int, Mark]:
    """Return what held for each person at a meeting when `seen` was the newest entry."""
    known = select(Evidence).where(
        Evidence.meeting_id == meeting.id, Evidence.sequence <= seen
    )
    folded = rules.fold(_entry(row) for row in session.scalars(known))
    return {person_id: mark for (_meeting, person_id), mark in folded.items()}


def first_break(session: Session) -> int | None:
    """Return where the course's chain stops proving itself, or None."""
    rows = session.scalars(select(Evidence).order_by(Evidence.sequence))
    return rules.first_break([Link(_entry(row), row.digest) for row in rows])


def history(session: Session, person_id: int) -> dict[int, list[Change]]:
    """Return everything recorded about a person, by meeting, oldest first."""
    wanted = (
        select(Evidence)
        .where(Evidence.person_id == person_id)
        .order_by(Evidence.sequence)
    )
    return {
        meeting_id: changes[person_id]
        for meeting_id, changes in _changes(
            session, list(session.scalars(wanted))
        ).items()
    }


def meeting_history(session: Session, meeting: Meeting) -> dict[int, list[Change]]:
    """Return everything recorded at a meeting, by person, oldest first."""
    wanted = (
        select(Evidence)
        .where(Evidence.meeting_id == meeting.id, Evidence.person_id.is_not(None))
        .order_by(Evidence.sequence)
    )
    return _changes(session, list(session.scalars(wanted))).get(meeting.id, {})


def _changes(
    session: Session, rows: Collection[Evidence]
) -> dict[int, dict[int, list[Change]]]:
    reasons = courses.texts(session, [row.reason_id for row in rows])
    told: dict[int, dict[int, list[Change]]] = {}
    for row in rows:
        if row.person_id is None or row.state is None:
            continue
        reason = None if row.reason_id is None else reasons.get(row.reason_id) or ""
        change = Change(
            State(row.state), row.minutes, row.recorded_at, row.actor_id, reason
        )
        told.setdefault(row.meeting_id, {}).setdefault(row.person_id, []).append(change)
    return told
