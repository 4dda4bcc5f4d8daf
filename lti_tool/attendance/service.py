"""Planning meetings, recording who attended, and signing the list off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from lti_tool import clock
from lti_tool.attendance import evidence, rules
from lti_tool.attendance.evidence import Hand, Statement
from lti_tool.attendance.models import (
    Attendance,
    Meeting,
    MeetingKind,
    MeetingSpeaker,
    MeetingState,
)
from lti_tool.attendance.rules import Kind, Mark, State
from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.persistence.session import Session

ACHIEVEMENT = "meeting"
IN_ADVANCE = frozenset({State.EXCUSED, State.OPEN})


@dataclass(frozen=True, slots=True)
class Draft:
    """What a meeting shall be."""

    kind: MeetingKind
    theme: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    place: str = ""
    video_url: str = ""
    material: str = ""
    mandatory: bool = False
    speaker_ids: tuple[int, ...] = ()
    speaker_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody entered for one person; no minutes means the whole meeting."""

    state: State
    stayed: int | None = None
    keeps_minutes: bool = False
    """Only the state was asked for: where that stays, the minutes do too."""


# Meetings


def meetings(session: Session) -> list[Meeting]:
    """Return the meetings of the course, earliest first."""
    return list(
        session.scalars(select(Meeting).order_by(Meeting.starts_at, Meeting.id))
    )


def get_meeting(session: Session, meeting_id: int) -> Meeting:
    """Return a meeting of this course or raise NotFoundError."""
    found = session.scalar(select(Meeting).where(Meeting.id == meeting_id))
    if found is None:
        raise NotFoundError
    return found


def is_speaker(meeting: Meeting, person_id: int) -> bool:
    """Tell whether the person speaks at this meeting."""
    return any(speaker.person_id == person_id for speaker in meeting.speakers)


def add_meeting(session: Session, draft: Draft) -> Meeting:
    """Put a meeting into the plan."""
    meeting = Meeting(state=MeetingState.PLANNED)
    _take(meeting, draft)
    session.add(meeting)
    _announce(session, meeting)
    return meeting


def change_meeting(
    session: Session, meeting: Meeting, draft: Draft, *, by: int
) -> None:
    """Change a meeting; its teaching time is fixed once the list is signed off."""
    evidence.hold(session, meeting)
    longer_or_shorter = draft.minutes != meeting.minutes
    if longer_or_shorter and meeting.signed_off_at is not None:
        raise ConflictError(
            _(
                "The list of this meeting is signed off, so its minutes cannot change any more."
            )
        )
    before = meeting.minutes
    _take(meeting, draft)
    _announce(session, meeting)
    if longer_or_shorter:
        _credit_anew(session, meeting, before, by)


def _take(meeting: Meeting, draft: Draft) -> None:
    meeting.kind, meeting.theme, meeting.minutes = (
        draft.kind,
        draft.theme,
        draft.minutes,
    )
    meeting.starts_at, meeting.ends_at = draft.starts_at, draft.ends_at
    meeting.place, meeting.video_url = draft.place, draft.video_url
    meeting.material, meeting.mandatory = draft.material, draft.mandatory
    wanted: list[tuple[int | None, str]] = [
        (person_id, "") for person_id in draft.speaker_ids
    ]
    wanted += [(None, name) for name in draft.speaker_names]
    have = {(speaker.person_id, speaker.name): speaker for speaker in meeting.speakers}
    meeting.speakers = [
        have.get((person_id, name)) or MeetingSpeaker(person_id=person_id, name=name)
        for person_id, name in wanted
    ]


def _announce(session: Session, meeting: Meeting) -> None:
    session.flush()
    tags = [meeting.kind, *(["mandatory"] if meeting.mandatory else [])]
    courses.plan(
        session,
        ACHIEVEMENT,
        str(meeting.id),
        title=meeting.theme,
        minutes=meeting.minutes,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        state=meeting.state,
        tags=tags,
    )


def _credit_anew(session: Session, meeting: Meeting, before: int, by: int) -> None:
    """Credit the whole meeting again to those who had attended the whole of it."""
    hand = Hand(by, "plan")
    for person_id, mark in marks(session, meeting).items():
        if mark.state in rules.ATTENDED:
            stayed = None if mark.minutes >= before else mark.minutes
            _record_one(session, meeting, person_id, Wish(mark.state, stayed), hand)


def cancel(session: Session, meeting: Meeting) -> None:
    """Take a meeting out of the plan; it stays visible and counts for nothing."""
    if meeting.signed_off_at is not None:
        raise ConflictError(
            _(
                "This meeting took place and its list is signed off, so it cannot be cancelled."
            )
        )
    meeting.state = MeetingState.CANCELLED
    _announce(session, meeting)


def reinstate(session: Session, meeting: Meeting) -> None:
    """Put a cancelled meeting back into the plan."""
    if meeting.state == MeetingState.CANCELLED:
        held = any(
            mark.state is not State.OPEN for mark in marks(session, meeting).values()
        )
        meeting.state = MeetingState.HELD if held else MeetingState.PLANNED
        _announce(session, meeting)


# Attendance


def matrix(
    session: Session, *, person_id: int | None = None
) -> dict[tuple[int, int], Mark]:
    """Return what holds for each (meeting, person), of everybody or of one person."""
    wanted = select(Attendance)
    if person_id is not None:
        wanted = wanted.where(Attendance.person_id == person_id)
    return {
        (row.meeting_id, row.person_id): _mark(row) for row in session.scalars(wanted)
    }


def marks(session: Session, meeting: Meeting) -> dict[int, Mark]:
    """Return what holds for each person at one meeting."""
    rows = session.scalars(
        select(Attendance).where(Attendance.meeting_id == meeting.id)
    )
    return {row.person_id: _mark(row) for row in rows}


def _mark(row: Attendance) -> Mark:
    return Mark(State(row.state), row.minutes, row.sequence)


def record(
    session: Session,
    meeting: Meeting,
    wishes: Mapping[int, Wish],
    *,
    hand: Hand,
    seen: int,
) -> tuple[int, list[int]]:
    """Append what was entered; return how many entries changed, and whose were left alone.

    `seen` is the newest entry when the page was made. Only what was changed on the page counts,
    and where somebody else recorded something different meanwhile, theirs stays.
    """
    evidence.hold(session, meeting)
    people = {person.person_id for person in courses.participants(session)}
    if not people.issuperset(wishes):
        raise NotFoundError
    shown, present = evidence.as_of(session, meeting, seen), marks(session, meeting)
    touched = {p: w for p, w in wishes.items() if _differs(shown.get(p), w, meeting)}
    _check_recordable(meeting, touched, hand.reason)
    overtaken = [
        person_id
        for person_id, wish in touched.items()
        if _is_newer(present.get(person_id), seen)
        and _differs(present[person_id], wish, meeting)
    ]
    changed = sum(
        _record_one(session, meeting, person_id, wish, hand)
        for person_id, wish in sorted(touched.items())
        if person_id not in overtaken
    )
    return changed, overtaken


def _is_newer(mark: Mark | None, seen: int) -> bool:
    return mark is not None and mark.sequence > seen


def _check_recordable(
    meeting: Meeting, touched: Mapping[int, Wish], reason: str
) -> None:
    if meeting.state == MeetingState.CANCELLED:
        raise ConflictError(
            _("This meeting was cancelled. Put it back into the plan first.")
        )
    if touched and meeting.signed_off_at is not None and not reason.strip():
        raise InvalidError(
            _("The list is signed off. Write why you correct it, then save again.")
        )
    early = any(wish.state not in IN_ADVANCE for wish in touched.values())
    if early and meeting.starts_at > clock.now():
        raise InvalidError(
            _(
                "“%(theme)s” has not begun. Before it begins you can only excuse people.",
                theme=meeting.theme,
            )
        )


def _differs(mark: Mark | None, wish: Wish, meeting: Meeting) -> bool:
    if wish.keeps_minutes and mark is not None and mark.state is wish.state:
        return False
    minutes = rules.credited(wish.state, meeting.minutes, wish.stayed)
    return rules.changes(mark, wish.state, minutes)


def _record_one(
    session: Session, meeting: Meeting, person_id: int, wish: Wish, hand: Hand
) -> bool:
    row = session.scalar(
        select(Attendance).where(
            Attendance.meeting_id == meeting.id, Attendance.person_id == person_id
        )
    )
    minutes = rules.credited(wish.state, meeting.minutes, wish.stayed)
    if not rules.changes(_mark(row) if row is not None else None, wish.state, minutes):
        return False
    statement = Statement(Kind.MARK, person_id, wish.state, minutes)
    entry = evidence.append(session, meeting, statement, hand)
    if row is None:
        row = Attendance(meeting_id=meeting.id, person_id=person_id)
        session.add(row)
    row.state, row.minutes, row.sequence = wish.state, minutes, entry.sequence
    _tell(session, meeting, person_id, wish.state, minutes)
    return True


def _tell(
    session: Session, meeting: Meeting, person_id: int, state: State, minutes: int
) -> None:
    courses.achieve(
        session, person_id, ACHIEVEMENT, str(meeting.id), state=state, minutes=minutes
    )
    if meeting.state == MeetingState.PLANNED and state not in IN_ADVANCE:
        meeting.state = MeetingState.HELD
        _announce(session, meeting)


def open_people(session: Session, meeting: Meeting) -> list[int]:
    """Return the participants about whom nothing is recorded at this meeting."""
    known = marks(session, meeting)
    return [
        person.person_id
        for person in courses.participants(session)
        if person.person_id not in known or known[person.person_id].state is State.OPEN
    ]


def sign_off(session: Session, meeting: Meeting, *, by: int) -> None:
    """Vouch for the list; from now on each change is a correction with a reason."""
    evidence.hold(session, meeting)
    if meeting.signed_off_at is not None:
        raise ConflictError(_("The list is signed off already."))
    if meeting.state == MeetingState.CANCELLED or meeting.starts_at > clock.now():
        raise ConflictError(_("Only a meeting that took place can be signed off."))
    missing = len(open_people(session, meeting))
    if missing:
        raise ConflictError(
            ngettext(
                "Nothing is recorded for %(num)s person yet. Complete the list, then sign it off.",
                "Nothing is recorded for %(num)s people yet. Complete the list, then sign it off.",
                missing,
            )
        )
    evidence.append(session, meeting, Statement(Kind.SIGN_OFF), Hand(by))
    meeting.signed_off_at, meeting.signed_off_by = clock.now(), by
    meeting.state = MeetingState.HELD
    _announce(session, meeting)
