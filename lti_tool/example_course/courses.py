"""The people of the example course: duties, profiles, and who joins by video."""

from datetime import timedelta

from sqlalchemy import select

from lti_tool.courses import people, profile_import, profiles
from lti_tool.courses.models import Profile
from lti_tool.example_course.world import World
from lti_tool.persistence.session import Session
from lti_tool.practice_lms import example

_DUTIES = {
    example.LEAD: ("lead",),
    example.ASSISTANT: ("assistant",),
    example.REVIEWER: ("reviewer",),
    example.SPEAKER: ("speaker",),
    example.SECOND_SPEAKER: ("speaker",),
    example.EXAMINER: ("examiner",),
}
_KINDS = (
    ("stem", "education_office", "3_to_5"),
    ("skilled_labour", "development_agency", "1_to_2"),
    ("stem", "university", "under_1"),
    ("education", "foundation", "6_to_10"),
    ("business", "chamber", "over_10"),
    ("skilled_labour", "other", "1_to_2"),
)
_QUESTIONS = {
    "11": "Wie halte ich Unternehmen bei der Stange, wenn die erste Begeisterung nachlässt?",
    "12": "Wie viel Moderation braucht ein Netzwerk, das sich seit zehn Jahren kennt?",
    "14": "Wie rede ich mit der Landrätin über Wirkung, ohne Zahlen zu erfinden?",
    "15": "Was tun, wenn zwei Hochschulen im selben Netzwerk um dieselben Schulen werben?",
    "18": "Wie übergebe ich ein Netzwerk, das bisher an meiner Person hängt?",
    "20": "How do I bring small firms to the table that have no time for networks?",
    "21": "Wann ist ein Netzwerk fertig und darf aufhören?",
    "22": "Wie finde ich die Ausbildungsbetriebe, die noch niemand auf dem Schirm hat?",
    "24": "Wie bleibe ich von ferne Teil des Ganzen, wenn alle anderen im Raum sitzen?",
}
_NOT_CONFIRMED = {"19", "26"}


def fill(world: World) -> None:
    """Give the duties, import the profiles, and let most people confirm theirs."""
    with world.database.transaction(world.course_id) as session:
        for person, duties in _DUTIES.items():
            people.set_duties(session, world.person(person.sub), duties, by=world.lead)
        people.set_joins_by_video(session, [world.person(example.JOINS_BY_VIDEO.sub)])
        _import(session, world)
    with world.database.transaction(world.course_id) as session:
        for position, person in enumerate(example.PARTICIPANTS):
            if person.sub not in _NOT_CONFIRMED:
                _confirm(session, world, person.sub, position)


def _import(session: Session, world: World) -> None:
    lines = ["E-Mail;Name;Netzwerk;Region"]
    lines += [
        f"{person.email or ''};{person.given_name} {person.family_name};{person.network};{person.region}"
        for person in example.PARTICIPANTS
    ]
    table = profile_import.read_file("\n".join(lines).encode())
    batch = profile_import.upload(session, "Anmeldungen 2026.csv", table, by=world.lead)
    chosen = {
        row.id: row.match.person_ids[0]
        for row in profile_import.preview(session, batch.id)
        if row.needs_choice
    }
    profile_import.apply(session, batch.id, chosen)


def _confirm(session: Session, world: World, sub: str, position: int) -> None:
    person_id = world.person(sub)
    network_kind, employer_kind, experience = _KINDS[position % len(_KINDS)]
    profiles.confirm_profile(
        session,
        person_id,
        {
            "network_kind": network_kind,
            "employer_kind": employer_kind,
            "experience": experience,
            "question": _QUESTIONS.get(sub, ""),
        },
    )
    profile = session.scalars(
        select(Profile).where(Profile.person_id == person_id)
    ).one()
    profile.confirmed_at = world.now - timedelta(weeks=8, hours=position)
