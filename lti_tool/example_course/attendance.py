"""Meetings in week 8 of 12: kick-off and six webinars behind, four webinars and the closing ahead."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lti_tool.attendance import evidence, service
from lti_tool.attendance.evidence import Hand
from lti_tool.attendance.models import Meeting, MeetingKind
from lti_tool.attendance.rules import State
from lti_tool.attendance.service import Draft, Wish
from lti_tool.courses import service as courses
from lti_tool.example_course.world import World
from lti_tool.persistence.session import Session
from lti_tool.practice_lms import example

_WEDNESDAY = 2
_EVENING = (time(17), time(18, 30), 90)
_DAY = (time(9), time(17), 360)
_VIDEO = "https://video.lehrgang.example/mint-2026"
_WEBINARS = (
    "Netzwerke verstehen: Akteure, Rollen, Interessen",
    "Laterale Führung ohne Weisungsrecht",
    "Unternehmen gewinnen und halten",
    "Moderation: vom Gespräch zur Vereinbarung",
    "Gute Angebote entlang der Bildungskette",
    "Öffentlichkeitsarbeit mit kleinem Budget",
    "Community Management zwischen den Treffen",
    "Wirkung zeigen: Ziele, Maße, Berichte",
    "Finanzierung und Förderung",
    "Verstetigung: wenn die Förderung endet",
)
_PAST_WEBINARS = 6
_RECORDED_OF_LAST = 12

# Positions in the list of participants.
_MISSED_KICKOFF, _OFTEN_AWAY, _EXCUSED, _LATE, _CORRECTED, _CANNOT_COME = (
    5,
    7,
    3,
    9,
    11,
    2,
)


def fill(world: World) -> None:
    """Plan all meetings, record those behind, and sign all but the last off."""
    with world.database.transaction(world.course_id) as session:
        zone = ZoneInfo(courses.course_of(session).time_zone)
        meetings = [
            service.add_meeting(session, draft)
            for draft in _plan(world, _next_webinar(world.now, zone), zone)
        ]
        service.cancel(session, meetings[-1])
        behind = [m for m in meetings[:-1] if m.starts_at < world.now]
        for meeting in behind[:-1]:
            _record(session, world, meeting, everybody=True)
            service.sign_off(
                session, meeting, by=meeting.speakers[0].person_id or world.lead
            )
        _record(session, world, behind[-1], everybody=False)
        _correct(session, world, behind[3])
        ahead = next(m for m in meetings if m.starts_at > world.now)
        _enter(
            session,
            ahead,
            {world.participants[_CANNOT_COME]: Wish(State.EXCUSED)},
            world.lead,
        )


def _next_webinar(now: datetime, zone: ZoneInfo) -> date:
    local = now.astimezone(zone)
    days = (_WEDNESDAY - local.weekday()) % 7
    if days == 0 and local.time() >= _EVENING[0]:
        days = 7
    return local.date() + timedelta(days=days)


def _plan(world: World, coming: date, zone: ZoneInfo) -> Iterator[Draft]:
    first, second = (
        world.person(example.SPEAKER.sub),
        world.person(example.SECOND_SPEAKER.sub),
    )
    kickoff = coming - timedelta(weeks=_PAST_WEBINARS + 1)
    for offset, theme in enumerate(
        ("Auftakt: Ankommen und Netzwerke kartieren", "Auftakt: Rolle und Auftrag")
    ):
        yield _draft(
            MeetingKind.KICKOFF, theme, kickoff + timedelta(days=offset), zone, first
        )
    for week, theme in enumerate(_WEBINARS):
        day = coming + timedelta(weeks=week - _PAST_WEBINARS)
        yield _draft(MeetingKind.WEBINAR, theme, day, zone, (first, second)[week % 2])
    closing = coming + timedelta(days=26)
    for offset, theme in enumerate(
        ("Abschluss: Präsentation der Projekte", "Abschluss: Rückblick und Ausblick")
    ):
        yield _draft(
            MeetingKind.CLOSING, theme, closing + timedelta(days=offset), zone, second
        )
    extra = coming - timedelta(days=13)
    yield _draft(MeetingKind.WEBINAR, "Sprechstunde Projektarbeit", extra, zone, first)


def _draft(
    kind: MeetingKind, theme: str, day: date, zone: ZoneInfo, speaker: int
) -> Draft:
    is_webinar = kind is MeetingKind.WEBINAR
    starts, ends, minutes = _EVENING if is_webinar else _DAY
    return Draft(
        kind=kind,
        theme=theme,
        starts_at=datetime.combine(day, starts, zone),
        ends_at=datetime.combine(day, ends, zone),
        minutes=minutes,
        place="" if is_webinar else "Haus der Wirtschaft, Saal 2",
        video_url=_VIDEO,
        mandatory=not is_webinar,
        speaker_ids=(speaker,),
        speaker_names=("Dr. Henrike Falkenried",)
        if kind is MeetingKind.CLOSING
        else (),
    )


def _record(
    session: Session, world: World, meeting: Meeting, *, everybody: bool
) -> None:
    number = service.meetings(session).index(meeting)
    count = len(world.participants) if everybody else _RECORDED_OF_LAST
    wishes = {
        person: _wish(position, meeting, number)
        for position, person in enumerate(world.participants[:count])
    }
    by_video = world.person(example.JOINS_BY_VIDEO.sub)
    if by_video in wishes:
        wishes[by_video] = Wish(State.BY_VIDEO)
    _enter(session, meeting, wishes, meeting.speakers[0].person_id or world.lead)


def _wish(position: int, meeting: Meeting, number: int) -> Wish:
    is_kickoff = meeting.kind == MeetingKind.KICKOFF
    if position == _MISSED_KICKOFF and is_kickoff:
        return Wish(State.ABSENT)
    if position == _OFTEN_AWAY and not is_kickoff and number != 4:  # noqa: PLR2004  # One evening.
        return Wish(State.EXCUSED if number % 3 == 0 else State.ABSENT)
    if (position == _EXCUSED and number in {3, 5}) or (
        not is_kickoff and (position + number) % 17 == 0
    ):
        return Wish(State.EXCUSED)
    if position == _CORRECTED and number == 3:  # noqa: PLR2004  # The meeting that is corrected later.
        return Wish(State.ABSENT)
    if position == _LATE and number == 4:  # noqa: PLR2004  # One evening.
        return Wish(State.BY_VIDEO, stayed=60)
    return Wish(State.ON_SITE if is_kickoff else State.BY_VIDEO)


def _correct(session: Session, world: World, meeting: Meeting) -> None:
    reason = "War über das Telefon eingewählt und stand deshalb nicht in der Liste."
    wishes = {world.participants[_CORRECTED]: Wish(State.BY_VIDEO)}
    _enter(session, meeting, wishes, world.lead, reason)


def _enter(
    session: Session,
    meeting: Meeting,
    wishes: Mapping[int, Wish],
    by: int,
    reason: str = "",
) -> None:
    seen = evidence.newest(session)
    service.record(session, meeting, wishes, hand=Hand(by, reason=reason), seen=seen)
