"""What the home and the lists say about meetings: what comes next, and what waits for whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import url_for

from lti_tool import clock
from lti_tool.attendance import service
from lti_tool.attendance.models import Meeting, MeetingKind, MeetingState
from lti_tool.attendance.rules import Mark, State
from lti_tool.attendance.words import KINDS
from lti_tool.courses import service as courses
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.persistence.session import Session
from lti_tool.web.access import Visit, Who
from lti_tool.web.filters import moment, time_of_day, units
from lti_tool.web.tool import Card

ORGANISERS = (Who.LEAD, Who.ASSISTANT)
RECORDERS = (Who.LEAD, Who.ASSISTANT, Who.SPEAKER)
SOON = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the list of a meeting is."""

    meeting: Meeting
    recorded: int
    expected: int
    is_mine: bool
    is_due: bool
    """It took place, and the list waits to be completed and signed off."""


def review(_session: Session, person_id: int) -> tuple[str, dict[str, Any]]:
    """Return where staff see a participant's attendance."""
    return "attendance.matrix", {"_anchor": f"person-{person_id}"}


def may_record(visit: Visit, meeting: Meeting) -> bool:
    """Tell whether the visitor may record and sign off: organisers, or a speaker of this meeting."""
    if visit.is_any(*ORGANISERS):
        return True
    return visit.is_any(Who.SPEAKER) and service.is_speaker(meeting, visit.person_id)


def progress(visit: Visit) -> list[Progress]:
    """Return each meeting with how far its list is."""
    people = [person.person_id for person in courses.participants(visit.session)]
    matrix, now = service.matrix(visit.session), clock.now()
    return [
        Progress(
            meeting=meeting,
            recorded=sum(
                _is_recorded(matrix.get((meeting.id, person))) for person in people
            ),
            expected=len(people),
            is_mine=may_record(visit, meeting),
            is_due=_took_place(meeting) and meeting.starts_at <= now,
        )
        for meeting in service.meetings(visit.session)
    ]


def _is_recorded(mark: Mark | None) -> bool:
    return mark is not None and mark.state is not State.OPEN


def _took_place(meeting: Meeting) -> bool:
    return meeting.state != MeetingState.CANCELLED and meeting.signed_off_at is None


def own_marks(session: Session, person_id: int) -> dict[int, Mark]:
    """Return what holds for one person, by meeting."""
    marks = service.matrix(session, person_id=person_id)
    return {meeting_id: mark for (meeting_id, _person), mark in marks.items()}


def attended_so_far(meetings: Collection[Meeting], marks: Mapping[int, Mark]) -> str:
    """Return one sentence on how much of the plan a person attended."""
    got = sum(marks[meeting.id].minutes for meeting in meetings if meeting.id in marks)
    return _(
        "You have attended %(units)s of %(total)s planned units (UE) so far.",
        units=units(got),
        total=units(sum(meeting.minutes for meeting in meetings)),
    )


def cards(visit: Visit) -> Sequence[Card]:
    """Return the next meeting if it is near, and for those who keep lists what waits for them."""
    planned = [
        m for m in service.meetings(visit.session) if m.state != MeetingState.CANCELLED
    ]
    coming = next(
        (meeting for meeting in planned if meeting.ends_at > clock.now()), None
    )
    is_soon = coming is not None and coming.starts_at - clock.now() < SOON
    told = [_next(coming)] if coming is not None and is_soon else []
    if visit.is_any(*RECORDERS):
        told += _waiting(visit)
    return told


def _next(meeting: Meeting) -> Card:
    now = clock.now()
    where = meeting.place or (_("by video") if meeting.video_url else "")
    return Card(
        title=_("Now: %(theme)s", theme=meeting.theme)
        if meeting.starts_at <= now
        else _("Next: %(theme)s", theme=meeting.theme),
        text=", ".join(
            text for text in (str(KINDS[MeetingKind(meeting.kind)]), where) if text
        ),
        when=f"{moment(meeting.starts_at)}–{time_of_day(meeting.ends_at)}",  # noqa: RUF001  # A range of times takes a dash.
        url=url_for("attendance.index"),
        action=_("All dates"),
        urgency=2,
    )


def _waiting(visit: Visit) -> list[Card]:
    due = [row for row in progress(visit) if row.is_due and row.is_mine]
    if not due:
        return []
    first = due[0].meeting
    return [
        Card(
            title=ngettext(
                "%(num)s attendance list waits for you",
                "%(num)s attendance lists wait for you",
                len(due),
            ),
            text=_(
                "The oldest is “%(theme)s”. Complete it and sign it off.",
                theme=first.theme,
            ),
            when=moment(first.starts_at),
            url=url_for("attendance.meeting", meeting_id=first.id),
            action=_("Complete the list"),
            urgency=3,
        )
    ]
