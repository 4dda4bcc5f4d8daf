"""Worksheets in week 8: nearly everybody has handed in the start, some are at mid."""

import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from lti_tool.courses.service import course_of
from lti_tool.example_course.world import World
from lti_tool.persistence.session import Session
from lti_tool.worksheet import network, phases, service, sharing, snapshots
from lti_tool.worksheet.models import Draft
from lti_tool.worksheet.rules import Window
from lti_tool.worksheet.service import Edit

_STARTED, _MID_OPENED, _MID_LEFT = (
    timedelta(weeks=8),
    timedelta(weeks=2),
    timedelta(weeks=1),
)
_HANDED_IN_START, _BEGUN_MID, _HANDED_IN_MID = 14, 6, 3

_PURPOSES = (
    "Wir zeigen Jugendlichen, was man in unserer Region mit Technik werden kann.",
    "Wir bringen Betriebe, die Nachwuchs suchen, mit Schulen zusammen, die Praxis suchen.",
    "Wir sorgen dafür, dass kein Kind die Schule verlässt, ohne einmal geforscht zu haben.",
    "Wir stimmen Angebote ab, damit nicht drei am selben Tag dasselbe anbieten.",
)
_PHASES = ("setup", "trial", "stabilising", "stabilising", "lasting", "realignment")
_SIGNS = (
    "Die Steuergruppe trifft sich auch, wenn ich nicht einlade.",
    "Zwei Piloten laufen, der dritte sucht noch einen Ort.",
    "Die Förderung endet im Sommer, und alle fragen, wie es weitergeht.",
)
_ABSENCES = (
    "Die Schulen melden sich dann bei niemandem mehr. Die Kammer und der Kreis würden weitermachen.",
    "Fast alles läuft über mein Telefon. Halten würde nur, was schriftlich vereinbart ist.",
    "Die Werkstätten halten; die Betriebe brauchen jemanden, der sie anspricht.",
)
_STEPS = (
    (
        "Die Handwerkskammer zum nächsten Treffen einladen",
        "Sie schickt jemanden, der entscheiden darf",
    ),
    (
        "Einen gemeinsamen Kalender einrichten",
        "Drei Partner tragen von sich aus Termine ein",
    ),
    ("Die Moderation der Steuergruppe abgeben", "Ein anderer verschickt die Einladung"),
)
_MISSING = (
    (
        "Elternvertretung des Landkreises",
        "other",
        "Wir wüssten, woran es zu Hause scheitert.",
    ),
    (
        "Kleinbetriebe unter zehn Beschäftigten",
        "company",
        "Ihre Plätze tauchen bisher nirgends auf.",
    ),
    ("Förderschule am Park", "school", "Wir würden unsere Angebote anders bauen."),
)
_ACTORS = (
    ("Gymnasium am Deich", "school"),
    ("Gemeinschaftsschule Mitte", "school"),
    ("Hochschule, Fachbereich Technik", "university"),
    ("Maschinenbau Holtkamp", "company"),
    ("Energiewerke Süd", "company"),
    ("Industrie- und Handelskammer", "chamber"),
    ("Kreis, Bildungsbüro", "authority"),
    ("Förderverein Forschergeist", "club"),
    ("Technikmuseum", "learning_site"),
    ("Berufsschule Nord", "school"),
)
_ROLES = ("connect", "facilitate", "steer", "whole", "promote", "administer")


def fill(world: World) -> None:
    """Set the dates, hand in the start for most and mid for some, and share a few sections."""
    with world.database.transaction(world.course_id) as session:
        zone = ZoneInfo(course_of(session).time_zone)
        today = world.now.astimezone(zone).date()
        phases.set_window(session, "start", Window(today - _STARTED, None))
        phases.set_window(
            session, "mid", Window(today - _MID_OPENED, today + _MID_LEFT)
        )
    for position, person_id in enumerate(world.participants):
        # One seed a person, so that the example looks the same on every machine.
        chance = random.Random(position)  # noqa: S311  # Nothing secret.
        with world.database.transaction(world.course_id) as session:
            _start(session, world.now, today, person_id, position, chance)
            if position < _BEGUN_MID:
                _mid(session, world.now, today, person_id, position)
    with world.database.transaction(world.course_id) as session:
        _share(session, world)


def _start(
    session: Session,
    now: datetime,
    today: date,
    person_id: int,
    position: int,
    chance: random.Random,
) -> None:
    if position > _HANDED_IN_START:
        return
    draft = service.begin(session, person_id, "start", today)
    if position == _HANDED_IN_START:
        _write(session, draft, {"A1.text": _PURPOSES[0], "A4.choice": "trial"})
        return
    actors = _add_actors(session, draft, chance)
    _write(session, draft, _answers(position, actors, today - _STARTED, chance))
    moment = now - _STARTED + timedelta(days=3 + position, hours=position % 7)
    snapshots.hand_in(session, draft, person_id, moment)


def _add_actors(session: Session, draft: Draft, chance: random.Random) -> list[str]:
    chosen = sorted(chance.sample(range(len(_ACTORS)), chance.randint(6, 9)))
    known = [
        _add(
            session,
            draft,
            *_ACTORS[index],
            closeness=str(chance.choice((1, 1, 2, 2, 3))),
        )
        for index in chosen
    ]
    for _tie in range(len(known)):
        one, other = chance.sample(known, 2)
        network.set_tie(session, draft, one, other, chance.choice((1, 2, 2, 3)))
    label, kind, _why = _MISSING[len(known) % len(_MISSING)]
    _add(session, draft, label, kind, status="missing")
    return known


def _add(
    session: Session,
    draft: Draft,
    label: str,
    kind: str,
    *,
    status: str = "known",
    closeness: str = "",
) -> str:
    facts = network.ActorFacts(label, kind, status, closeness)
    return network.add_actor(session, draft, str(uuid.uuid4()), facts).uuid


def _answers(
    position: int, actors: Sequence[str], start: date, chance: random.Random
) -> Mapping[str, str]:
    what, sign = _STEPS[position % len(_STEPS)]
    return {
        "A1.text": _PURPOSES[position % len(_PURPOSES)],
        "A4.choice": _PHASES[position % len(_PHASES)],
        "A4.note": _SIGNS[position % len(_SIGNS)],
        "B5.note": _MISSING[len(actors) % len(_MISSING)][2],
        "C1.text": _ABSENCES[position % len(_ABSENCES)],
        **_points("now", (3, 2, 2, 1, 1, 1), chance),
        **_points("wish", (3, 2, 1, 3, 1, 0), chance),
        "D1.choice": str(chance.randint(0, 3)),
        "D6.choice": str(chance.randint(0, 2)),
        "D6.note": "Zwei Partner leiten eigene Vorhaben, abgestimmt wird noch mündlich.",
        "D8.choice": "na" if position % 5 == 0 else str(chance.randint(0, 3)),
        "E2.1.what": what,
        "E2.1.whom": chance.choice(list(actors)),
        "E2.1.when": (start + timedelta(weeks=9)).isoformat(),
        "E2.1.sign": sign,
    }


def _points(
    side: str, points: Sequence[int], chance: random.Random
) -> Mapping[str, str]:
    dealt = chance.sample(points, len(points))
    return {
        f"C2.{side}.{role}": str(given)
        for role, given in zip(_ROLES, dealt, strict=True)
    }


def _write(session: Session, draft: Draft, answers: Mapping[str, str]) -> None:
    kept = service.answers_of(session, draft)
    for path, value in answers.items():
        base = kept[path].number if path in kept else 0
        service.save(session, draft, Edit(path, value, base, f"example:{path}"))


def _mid(
    session: Session, now: datetime, today: date, person_id: int, position: int
) -> None:
    draft = service.begin(session, person_id, "mid", today)
    if position % 2 == 0:
        _found(session, draft)
    if position >= _HANDED_IN_MID:
        return
    changed = {
        "D6.choice": "3",
        "F1.text": "Die Kammer ist dazugekommen. Das Technikmuseum hatte sie auf einem Elternabend angesprochen, nicht ich.",
    }
    _write(session, draft, changed)
    snapshots.hand_in(session, draft, person_id, now - timedelta(days=4 + position))


def _found(session: Session, draft: Draft) -> None:
    """Let the missing actor join: the headline of every comparison."""
    for actor in network.actors_of(session, draft):
        if actor.status == "missing":
            facts = network.ActorFacts(actor.label, actor.type, "known", "2")
            network.change_actor(session, draft, actor.uuid, facts, actor.version)


def _share(session: Session, world: World) -> None:
    for position, section, audience in (
        (0, "A", "course"),
        (0, "D", "team"),
        (1, "A", "group"),
        (2, "A", "team"),
        (2, "E", "team"),
        (5, "A", "course"),
    ):
        worksheet = service.ensure_worksheet(session, world.participants[position])
        sharing.share(session, worksheet, section, audience)
    for shared in sharing.shared_with(session, world.lead)[:2]:
        sharing.open_section(session, world.lead, shared.snapshot.id, shared.section)
