"""Project work in week 8: one group accepted, one sent back, one waiting, one still writing."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from lti_tool.courses import service as courses
from lti_tool.courses.service import CourseGroup
from lti_tool.example_course.world import World
from lti_tool.persistence.session import Session
from lti_tool.practice_lms import example
from lti_tool.projects import presentations, service
from lti_tool.projects.service import Hand

_WEEKS_LEFT = timedelta(weeks=4)
_SKETCH = """Ausgangslage: In unserer Region fehlen Auszubildende in technischen Berufen, und die Schulen erfahren zu spät, welche Betriebe Plätze haben.

Vorhaben: Ein halbtägiger Parcours in vier Betrieben, an dem jede achte Klasse der Region einmal im Jahr teilnimmt. Auszubildende führen, Lehrkräfte bereiten vor und nach."""
_CONCEPT = f"""{_SKETCH}

Wer macht was: Die Kammer spricht die Betriebe an, das Netzwerk plant Busse und Zeiten, die Schulen wählen die Klassen aus.

Woran wir den Erfolg sehen: Zahl der Klassen, Rückmeldungen der Jugendlichen, Praktika im folgenden Halbjahr."""
_DRAFT = """Wir wollen Gründerinnen als Vorbilder an die Schulen bringen.

Kontakte bestehen zu drei Unternehmerinnen; weitere sollen folgen."""
_LABORATORY = """Ein mobiles Labor fährt an die Schulen, die keinen eigenen Fachraum haben.

Zwei Hochschulen stellen Geräte, das Netzwerk den Wagen, Studierende betreuen die Versuche. Im Film zeigen wir den Entwurf des Wagens und einen Probetag."""
_COMMENT = "Die Idee trägt. Bitte ergänzen Sie, wer die Kontakte nach dem Projekt pflegt, und woran Sie nach einem Jahr sehen, dass es wirkt."
_PRAISE = "Klar gegliedert, mit überzeugendem Zeitplan. Die Rückmeldungen der Jugendlichen als Maß sind eine gute Wahl."
_SLIDES = "https://ablage.netzwerke.example/parcours/konzept.pdf"
_FILM = "https://ablage.netzwerke.example/labor-mobil/entwurf"


def fill(world: World) -> None:
    """Let the groups work; without published groups there is nothing to do."""
    reviewer = world.person(example.REVIEWER.sub)
    with world.database.transaction(world.course_id) as session:
        zone = ZoneInfo(courses.course_of(session).time_zone)
        service.set_terms(session, _evening(world.now + timedelta(days=10), zone), None)
        groups = courses.groups(session)
        _set_slots(session, groups, world.now, zone)
        stages = (_accepted, _returned, _waiting)
        for stage, group in zip(stages, groups, strict=False):
            stage(session, group, reviewer, world.now)


def _ago(session: Session, now: datetime, days: int, hour: int) -> datetime:
    """Return a moment some days ago, at an hour when people work."""
    zone = ZoneInfo(courses.course_of(session).time_zone)
    day = (now - timedelta(days=days)).astimezone(zone)
    return datetime.combine(day, time(hour, 12 + days), zone)


def _evening(day: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(day.astimezone(zone), time(18), zone)


def _set_slots(
    session: Session, groups: Sequence[CourseGroup], now: datetime, zone: ZoneInfo
) -> None:
    usual = datetime.combine((now + _WEEKS_LEFT).astimezone(zone), time(10), zone)
    first = presentations.closing_workshop(session) or usual
    for place, group in enumerate(groups):
        starts_at = first + timedelta(hours=1, minutes=30 * place)
        presentations.set_slot(session, group.id, starts_at, 20)


def _accepted(
    session: Session, group: CourseGroup, reviewer: int, now: datetime
) -> None:
    first, second = group.member_ids[:2]
    service.hand_in(session, group.id, Hand(first, _ago(session, now, 9, 16)), _SKETCH)
    newest = service.hand_in(
        session,
        group.id,
        Hand(second, _ago(session, now, 8, 11)),
        _CONCEPT,
        _SLIDES,
    )
    by = Hand(reviewer, _ago(session, now, 6, 9))
    service.accept(session, group.id, newest, by, _PRAISE)


def _returned(
    session: Session, group: CourseGroup, reviewer: int, now: datetime
) -> None:
    member = group.member_ids[0]
    version = service.hand_in(
        session, group.id, Hand(member, _ago(session, now, 4, 19)), _DRAFT
    )
    by = Hand(reviewer, _ago(session, now, 2, 14))
    service.send_back(session, group.id, version, by, _COMMENT)


def _waiting(
    session: Session, group: CourseGroup, _reviewer: int, now: datetime
) -> None:
    hand = Hand(group.member_ids[-1], _ago(session, now, 1, 17))
    service.hand_in(session, group.id, hand, _LABORATORY, _FILM)
