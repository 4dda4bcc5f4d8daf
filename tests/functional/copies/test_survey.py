"""A copied course asks what the earlier one asked, without its dates and answers."""

from datetime import timedelta

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.groups import service as groups
from lti_tool.groups.models import Response
from lti_tool.groups.survey import rules, service
from lti_tool.groups.survey.models import Answer, Availability, PersonWish
from lti_tool.groups.survey.service import Answers
from tests.functional.copies.conftest import CopyOf, Courses
from tests.signing_platform import Visitor


def test_questions_and_slots_are_taken_over_dates_and_answers_are_not(
    earlier: Visitor, copy_of: CopyOf, known: Courses
) -> None:
    with known.writing("c1") as session:
        formation = groups.formations(session)[0]
        groups.set_dates(session, formation, None, clock.now() + timedelta(days=5))
        service.show_profile_fields(session, formation, ["region"])
        habit = service.add_question(session, formation, "Habit", "Mix", ["a", "b"])
        service.ask_times(session, formation, rules.slots(["0-8-12", "3-17-21"]))
        formation.asks_company = True
        person = courses.participants(session)[0].person_id
        said = Answers({habit.id: 2}, rules.slots(["0-8-12"]))
        groups.set_stage(session, formation, "wishes")
        groups.rank_topics(session, formation, person, [], any_topic=True)
        service.store_answers(session, formation, person, said)
    copy = copy_of("c1")

    copy.post("groups/new", {"title": "Gruppen", "groups_wanted": "3"})

    with known.reading("c2") as session:
        formation = groups.formations(session)[0]
        asked = service.questions(session, formation)
        assert [(q.profile_field, q.title, q.choices) for q in asked] == [
            ("region", "", []),
            (None, "Habit", ["a", "b"]),
        ]
        assert [s.code for s in service.slots_of(formation)] == ["0-8-12", "3-17-21"]
        assert formation.asks_company
        assert (formation.opens_at, formation.closes_at) == (None, None)
        for table in (Answer, Availability, PersonWish, Response):
            assert session.query(table).count() == 0
