"""Where a participant stands: met, open or no longer reachable, with exact bounds.

`lo` is what is safe whatever happens from now on, `hi` what is reached if every
meeting not yet recorded is attended and every piece still possible is done. Every
requirement grows with attendance and accepted work, so the best and the worst
future decide for all of them at once, and for every group of them.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lti_tool.certificate.requirements import (
    UNIT_MINUTES,
    AttUnits,
    Count,
    CourseUnits,
    Excused,
    KOf,
    Mandatory,
    Passed,
    Requirement,
    Select,
    canonical,
)

ENGINE = 1
"""Part of every fingerprint; raised when the same facts would give another result."""


class Status(StrEnum):
    """What can be said about a requirement today."""

    MET = "met"
    OPEN = "open"
    UNREACHABLE = "unreachable"


class Presence(StrEnum):
    """What is recorded about one person at one meeting."""

    ATTENDED = "attended"
    EXCUSED = "excused"
    ABSENT = "absent"
    OPEN = "open"


class PieceState(StrEnum):
    """What is recorded about one piece of work."""

    DONE = "done"
    OPEN = "open"
    CLOSED = "closed"
    """Not done, and it cannot be done any more."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of the plan as one person met it; cancelled ones are left out."""

    reference: str
    kind: str
    minutes: int
    starts_at: datetime
    mandatory: bool = False
    presence: Presence = Presence.OPEN
    credited: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to hand in, to pass or to present."""

    kind: str
    reference: str
    state: PieceState = PieceState.OPEN
    due: datetime | None = None
    at: datetime | None = None
    """When it takes place, for what has a date of its own, such as a presentation."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one participant."""

    meetings: tuple[Meeting, ...] = ()
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a requirement stands as it does: a code, a number, what it is about."""

    code: str
    number: int = 0
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """What the person can still do, until when, and what it brings."""

    code: str
    reference: str
    by: datetime | None
    gain: int


@dataclass(frozen=True, slots=True)
class Result:
    """The standing in one requirement; minutes or pieces, by its kind."""

    requirement: Requirement
    status: Status
    lo: int
    hi: int
    need: int
    total: int
    reasons: tuple[Reason, ...] = ()
    actions: tuple[Action, ...] = ()
    parts: tuple["Result", ...] = ()

    @property
    def buffer(self) -> int:
        """How much of what is still possible may be missed."""
        return max(0, self.hi - self.need)


def evaluate(requirement: Requirement, facts: Facts, now: datetime) -> Result:
    """Return the standing in this requirement and everything below it."""
    match requirement:
        case KOf():
            return _group(requirement, facts, now)
        case AttUnits():
            return _att_units(requirement, facts, now)
        case Mandatory():
            return _mandatory(requirement, facts, now)
        case Count():
            return _count(requirement, facts)
        case Passed():
            return _passed(requirement, facts)
        case CourseUnits():
            return _course_units(requirement, facts)


def leaves(result: Result) -> tuple[Result, ...]:
    """Return the single requirements below this result, in the order of the rules."""
    if not result.parts:
        return (result,)
    return tuple(leaf for part in result.parts for leaf in leaves(part))


def fingerprint(rule_hash: str, facts: Facts) -> str:
    """Return the hash of everything a confirmation relies on.

    Dates and titles are left out: moving a meeting takes nothing from anybody.
    """
    meetings = sorted(
        (m.reference, m.kind, m.minutes, m.mandatory, m.presence, m.credited)
        for m in facts.meetings
    )
    pieces = sorted((p.kind, p.reference, p.state) for p in facts.pieces)
    seen = {
        "engine": ENGINE,
        "rules": rule_hash,
        "meetings": meetings,
        "pieces": pieces,
    }
    return hashlib.sha256(canonical(seen)).hexdigest()


def needed_share(total: int, percent: int) -> int:
    """Return the least whole number that is at least `percent` of `total`."""
    return -(-total * percent // 100)


def _status(lo: int, hi: int, need: int) -> Status:
    if lo >= need:
        return Status.MET
    return Status.OPEN if hi >= need else Status.UNREACHABLE


def _group(requirement: KOf, facts: Facts, now: datetime) -> Result:
    parts = tuple(evaluate(part, facts, now) for part in requirement.parts)
    lo = sum(part.status is Status.MET for part in parts)
    hi = sum(part.status is not Status.UNREACHABLE for part in parts)
    return Result(
        requirement,
        _status(lo, hi, requirement.k),
        lo,
        hi,
        requirement.k,
        len(parts),
        parts=parts,
    )


def _att_units(requirement: AttUnits, facts: Facts, now: datetime) -> Result:
    if not facts.meetings:
        return Result(
            requirement, Status.OPEN, 0, 0, 0, 0, (Reason("nothing_planned"),)
        )
    dropped = requirement.excused is Excused.DROP
    counting = [
        m for m in facts.meetings if not (dropped and m.presence is Presence.EXCUSED)
    ]
    if not counting:
        return Result(
            requirement, Status.UNREACHABLE, 0, 0, 0, 0, (Reason("all_excused"),)
        )
    total = sum(m.minutes for m in counting)
    lo = sum(_credit(m, requirement.excused) for m in counting)
    open_meetings = [m for m in counting if m.presence is Presence.OPEN]
    hi = lo + sum(m.minutes for m in open_meetings)
    need = needed_share(total, requirement.min_pct)
    status = _status(lo, hi, need)
    reasons = (
        *_unit_reasons(status, (lo, hi, need, total)),
        *_gaps(open_meetings, now),
    )
    actions = () if status is Status.MET else _attend(open_meetings, now)
    return Result(requirement, status, lo, hi, need, total, reasons, actions)


def _credit(meeting: Meeting, excused: Excused) -> int:
    if meeting.presence is Presence.ATTENDED:
        return min(max(meeting.credited, 0), meeting.minutes)
    if meeting.presence is Presence.EXCUSED and excused is Excused.COUNT:
        return meeting.minutes
    return 0


def _unit_reasons(
    status: Status, numbers: tuple[int, int, int, int]
) -> tuple[Reason, ...]:
    lo, hi, need, total = numbers
    if status is Status.MET:
        return (Reason("enough_minutes", lo),)
    if status is Status.UNREACHABLE:
        return (
            Reason("minutes_missed", total - hi),
            Reason("minutes_allowed", total - need),
        )
    return (Reason("minutes_missing", need - lo), Reason("minutes_buffer", hi - need))


def _gaps(open_meetings: Iterable[Meeting], now: datetime) -> tuple[Reason, ...]:
    return tuple(
        Reason("not_recorded", m.minutes, m.reference)
        for m in sorted(open_meetings, key=_when)
        if m.starts_at <= now
    )


def _attend(open_meetings: Iterable[Meeting], now: datetime) -> tuple[Action, ...]:
    return tuple(
        Action("attend", m.reference, m.starts_at, m.minutes)
        for m in sorted(open_meetings, key=_when)
        if m.starts_at > now
    )


def _when(meeting: Meeting) -> tuple[datetime, str]:
    return (meeting.starts_at, meeting.reference)


def _mandatory(requirement: Mandatory, facts: Facts, now: datetime) -> Result:
    chosen = sorted(
        (m for m in facts.meetings if _is_chosen(m, requirement.which)), key=_when
    )
    kinds = {m.kind for m in facts.meetings}
    # A kind that is not planned yet may still be: one meeting of it is expected.
    awaited = [
        name
        for name in requirement.which
        if name is not Select.MARKED and name not in kinds
    ]
    lo = sum(m.presence is Presence.ATTENDED for m in chosen)
    open_meetings = [m for m in chosen if m.presence is Presence.OPEN]
    need = len(chosen) + len(awaited)
    hi = lo + len(open_meetings) + len(awaited)
    missed = tuple(
        Reason(f"mandatory_{m.presence}", m.minutes, m.reference)
        for m in chosen
        if m.presence in {Presence.ABSENT, Presence.EXCUSED}
    )
    planned = tuple(Reason("not_planned", reference=name) for name in awaited)
    reasons = (*missed, *_gaps(open_meetings, now), *planned)
    actions = _attend(open_meetings, now)
    return Result(
        requirement, _status(lo, hi, need), lo, hi, need, need, reasons, actions
    )


def _is_chosen(meeting: Meeting, which: tuple[Select, ...]) -> bool:
    return meeting.kind in which or (meeting.mandatory and Select.MARKED in which)


def _count(requirement: Count, facts: Facts) -> Result:
    pieces = [p for p in facts.pieces if p.kind == requirement.kind]
    if requirement.references:
        pieces = [p for p in pieces if p.reference in requirement.references]
    # Pieces that the course has not opened yet can still be done.
    awaited = max(0, requirement.of - len(pieces))
    lo = sum(p.state is PieceState.DONE for p in pieces)
    open_pieces = [p for p in pieces if p.state is PieceState.OPEN]
    hi = lo + len(open_pieces) + awaited
    status = _status(lo, hi, requirement.min)
    closed = sorted(p.reference for p in pieces if p.state is PieceState.CLOSED)
    known = {p.reference for p in pieces}
    reasons = (
        *(Reason("piece_closed", reference=name) for name in closed),
        *(
            Reason("not_opened", reference=name)
            for name in requirement.references
            if name not in known
        ),
    )
    actions = () if status is Status.MET else _do(open_pieces)
    return Result(
        requirement, status, lo, hi, requirement.min, requirement.of, reasons, actions
    )


def _passed(requirement: Passed, facts: Facts) -> Result:
    pieces = [p for p in facts.pieces if p.kind == requirement.kind]
    open_pieces = [p for p in pieces if p.state is PieceState.OPEN]
    lo = int(any(p.state is PieceState.DONE for p in pieces))
    hi = int(lo or bool(open_pieces) or not pieces)
    status = _status(lo, hi, 1)
    reasons = () if hi else (Reason("piece_closed", reference=requirement.kind),)
    actions = () if status is Status.MET else _do(open_pieces)
    return Result(requirement, status, lo, hi, 1, 1, reasons, actions)


def _do(pieces: Iterable[Piece]) -> tuple[Action, ...]:
    return tuple(
        Action(p.kind, p.reference, p.at or p.due, 1)
        for p in sorted(pieces, key=lambda p: (p.due is None, p.due, p.reference))
    )


def _course_units(requirement: CourseUnits, facts: Facts) -> Result:
    # The plan can grow, so a short plan is open: only people can give it up.
    planned = sum(m.minutes for m in facts.meetings)
    need = requirement.min * UNIT_MINUTES
    status = Status.MET if planned >= need else Status.OPEN
    short = need - planned
    reasons = () if status is Status.MET else (Reason("plan_short", short),)
    return Result(requirement, status, planned, max(planned, need), need, need, reasons)
