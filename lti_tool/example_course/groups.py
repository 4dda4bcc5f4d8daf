"""Four project groups, formed by wishes and published in the second week."""

from datetime import timedelta

from lti_tool.courses import service as courses
from lti_tool.example_course.world import World
from lti_tool.groups import service
from lti_tool.groups.models import Formation
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.publishing import members
from lti_tool.groups.publishing import service as publishing
from lti_tool.persistence.session import Session

_TITLE = "Projektgruppen"
_NOTE = (
    "Jede Gruppe arbeitet bis zum Abschlusstreffen an einem Thema, das im eigenen Netzwerk weitergehen kann.\n"
    "Bitte ordnen Sie mindestens drei Themen."
)
_TOPICS = {
    "Parcours durch Betriebe": "Achte Klassen lernen an einem Tag vier Betriebe kennen.",
    "Gründerinnen als Vorbilder": "Unternehmerinnen erzählen an Schulen von ihrem Weg.",
    "Labor mobil": "Ein Wagen bringt Versuche an Schulen ohne Fachraum.",
    "Eltern als Verbündete": "Eltern wissen zu wenig über technische Berufe. Was hilft?",
    "Netzwerk-Rundbrief": "Wie bleiben Mitglieder auf dem Laufenden, ohne mehr Sitzungen?",
}
_PROPOSED_BY = (0, 5, 9, 12, 3)
_WISHES = (
    (0, 1, 2),
    (1, 0, 3),
    (2, 3, 0),
    (0, 2, 4),
    (3, 1),
    (1, 2, 3),
    (2, 0, 1),
    (0, 3, 2),
    (1, 3, 4),
    (2, 1, 0),
    (0, 1, 3),
    (2, 3),
    (3, 2, 1),
    (1, 0, 2, 4),
    (0, 2),
    (),
)
"""The topics that each participant wishes for; the last one did not answer."""
_SINCE = timedelta(weeks=6)


def fill(world: World) -> None:
    """Form and publish the groups, as a lead would."""
    with world.database.transaction(world.course_id) as session:
        formation = _formation(session, world)
        asked = proposals.ask(session, formation, by=world.lead)
        formation_id, proposal_id = formation.id, asked.id
    proposals.compute_due(world.database)
    with world.database.transaction(world.course_id) as session:
        formation = service.get_formation(session, formation_id)
        proposal = proposals.get_proposal(session, formation, proposal_id)
        _publish(session, formation, proposal, world)


def _formation(session: Session, world: World) -> Formation:
    formation = service.open_formation(
        session, service.Plan(_TITLE, _NOTE), by=world.lead
    )
    topics = []
    for (title, text), who in zip(_TOPICS.items(), _PROPOSED_BY, strict=True):
        by = world.participants[who]
        topics.append(service.propose_topic(session, formation, title, text, by=by).id)
    service.set_stage(session, formation, "wishes")
    present = {person.person_id for person in courses.participants(session)}
    for person, wishes in zip(world.participants, _WISHES, strict=False):
        if wishes and person in present:
            wished = [topics[topic] for topic in wishes]
            service.rank_topics(session, formation, person, wished)
    return formation


def _publish(
    session: Session, formation: Formation, proposal: Proposal, world: World
) -> None:
    publication = publishing.publish(
        session,
        formation,
        proposal,
        name=lambda number: f"Gruppe {number}",
        by=world.lead,
    )
    publication.published_at = proposal.finished_at = world.now - _SINCE
    for person in courses.participants(session):
        members.see(session, person.person_id, publication.id)
