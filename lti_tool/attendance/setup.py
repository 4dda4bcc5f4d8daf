"""What a copied course takes over of the meetings: what they are, but not when.

They wait outside the plan until somebody gives them a date, so that no old date holds anywhere.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from lti_tool.attendance import service
from lti_tool.attendance.models import Meeting, MeetingKind, MeetingState
from lti_tool.attendance.service import Draft
from lti_tool.courses import service as courses
from lti_tool.i18n import ngettext
from lti_tool.persistence.session import Session
from lti_tool.web.tool import SetUp

WAITING = "attendance.waiting"
"""The option with the meetings that have no date yet, each with a key of its own."""


def waiting(session: Session) -> list[dict[str, Any]]:
    """Return the meetings that wait for their date, in order."""
    return courses.option(session, WAITING) or []


def ends(meeting: dict[str, Any], day: date, begins: time, zone: ZoneInfo) -> datetime:
    """Return when a waiting meeting would end."""
    # Wall-clock times of one zone would be added without the change of the clock.
    starts_at = datetime.combine(day, begins, zone).astimezone(UTC)
    return (starts_at + timedelta(minutes=meeting["lasts"])).astimezone(zone)


def give_date(
    session: Session, meeting: dict[str, Any], day: date, begins: time
) -> None:
    """Put a waiting meeting into the plan."""
    zone = ZoneInfo(courses.course_of(session).time_zone)
    draft = Draft(
        kind=MeetingKind(meeting["kind"]),
        theme=meeting["theme"],
        starts_at=datetime.combine(day, begins, zone),
        ends_at=ends(meeting, day, begins, zone),
        minutes=meeting["minutes"],
        place=meeting["place"],
        material=meeting["material"],
        mandatory=meeting["mandatory"],
    )
    service.add_meeting(session, draft)
    drop(session, [meeting["key"]])


def drop(session: Session, keys: Collection[int]) -> None:
    """Let these meetings wait no longer."""
    left = [one for one in waiting(session) if one["key"] not in keys]
    courses.set_option(session, WAITING, left)


def _read(session: Session) -> list[dict[str, Any]]:
    zone = ZoneInfo(courses.course_of(session).time_zone)
    planned = [
        _plain(meeting, zone)
        for meeting in service.meetings(session)
        if meeting.state != MeetingState.CANCELLED
    ]
    return planned + [
        {name: value for name, value in one.items() if name != "key"}
        for one in waiting(session)
    ]


def _plain(meeting: Meeting, zone: ZoneInfo) -> dict[str, Any]:
    # Neither people nor the video link: who speaks where is another matter this time.
    return {
        "kind": str(meeting.kind),
        "theme": meeting.theme,
        "begins": meeting.starts_at.astimezone(zone).strftime("%H:%M"),
        "lasts": int((meeting.ends_at - meeting.starts_at).total_seconds()) // 60,
        "minutes": meeting.minutes,
        "place": meeting.place,
        "material": meeting.material,
        "mandatory": meeting.mandatory,
    }


def _write(session: Session, data: list[dict[str, Any]]) -> None:
    keyed = [{"key": number, **one} for number, one in enumerate(data, start=1)]
    courses.set_option(session, WAITING, keyed)


def _clear(session: Session) -> None:
    courses.set_option(session, WAITING, None)


def _is_begun(session: Session) -> bool:
    return session.scalar(select(Meeting.id).limit(1)) is not None


def _told(data: list[dict[str, Any]]) -> str:
    return ngettext(
        "%(num)s meeting without a date",
        "%(num)s meetings without dates",
        len(data),
    )


set_up = SetUp(_read, _write, _clear, _is_begun, _told)
