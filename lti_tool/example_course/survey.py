"""A second formation: groups for the excursion, while its survey is open and rules stand."""

from datetime import timedelta

from lti_tool.courses import service as courses
from lti_tool.example_course.world import World
from lti_tool.groups import service
from lti_tool.groups.criteria import service as criteria
from lti_tool.groups.criteria.rules import Card, Kind, Strength
from lti_tool.groups.models import Formation
from lti_tool.groups.survey import rules
from lti_tool.groups.survey import service as survey
from lti_tool.groups.survey.service import Answers
from lti_tool.persistence.session import Session

_TITLE = "Exkursionsgruppen"
_NOTE = "Im Herbst besucht jede Gruppe einen Lernort und berichtet den anderen davon."
_TOPICS = (
    "Ausbildungswerkstatt einer Werft",
    "Schülerlabor einer Universität",
    "Berufsorientierung jenseits der Grenze",
    "Lernort Bauernhof",
)
_QUESTION = "Wie reisen Sie am liebsten an?"
_PURPOSE = "damit in keiner Gruppe alle auf denselben Wagen warten"
_CHOICES = ("mit der Bahn", "mit dem eigenen Wagen", "mit anderen zusammen")
_DAYS = range(1, 5)
"""Tuesday to Friday."""
_ANSWERED = 11
_OPEN = timedelta(days=6)


def fill(world: World) -> None:
    """Open the survey, have most answer it, and say by which rules groups are formed."""
    with world.database.transaction(world.course_id) as session:
        formation = service.open_formation(
            session, service.Plan(_TITLE, _NOTE, may_propose=False), by=world.lead
        )
        added = service.add_topics(session, formation, _TOPICS, by=world.lead)
        service.set_stage(session, formation, "wishes")
        service.set_dates(session, formation, None, world.now + _OPEN)
        _ask(session, formation)
        _answer(session, formation, [topic.id for topic in added], world)
        _rule(session, formation)


def _ask(session: Session, formation: Formation) -> None:
    survey.add_question(session, formation, _QUESTION, _PURPOSE, _CHOICES)
    survey.ask_times(session, formation, rules.week(_DAYS, [*rules.PARTS.values()]))
    formation.asks_company = True
    session.flush()


def _answer(
    session: Session, formation: Formation, topics: list[int], world: World
) -> None:
    (question,) = survey.questions(session, formation)
    slots = survey.slots_of(formation)
    present = [person.person_id for person in courses.participants(session)]
    people = [person for person in world.participants if person in present]
    for place, person in enumerate(people[:_ANSWERED]):
        wished = [topics[(place + step) % len(topics)] for step in range(3)]
        company = (people[place + 1],) if place % 4 == 0 else ()
        said = Answers(
            {question.id: 1 + place % len(_CHOICES)},
            slots[place % 3 :: 2],
            company,
            (),
        )
        survey.answer(session, formation, person, wished, said)


def _rule(session: Session, formation: Formation) -> None:
    criteria.add(
        session,
        formation,
        Card(
            Kind.SPREAD,
            Strength.IMPORTANT,
            attribute="region",
            purpose="Kontakte über die eigene Region hinaus",
        ),
    )
    criteria.add(session, formation, Card(Kind.TIMES, least=1, wanted=3))
