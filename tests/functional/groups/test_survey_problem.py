"""What a survey adds to the problem that a proposal solves."""

import pytest

from lti_tool.courses import profiles
from lti_tool.courses import service as courses
from lti_tool.groups import service as groups
from lti_tool.groups.problem import Bond, Person, Problem, Sizes, Topic
from lti_tool.groups.survey import rules, service
from lti_tool.groups.survey.service import Answers


@pytest.fixture
def asked(ranked):
    """The class with one question, three slots and wishes for people; gives formation and session."""
    with ranked.database.transaction(1) as session:
        formation = groups.get_formation(session, 1)
        formation.slots = ["0-8-12", "1-8-12", "1-17-21"]
        formation.asks_company = True
        service.add_question(session, formation, "Tempo?", "Mix", ["ruhig", "zügig"])
        yield formation, session


def people(session):
    return [person.person_id for person in courses.participants(session)]


def problem_of(session, formation):
    found = Problem(
        (Topic(1),), tuple(Person(p, ()) for p in people(session)), Sizes(3, 4, 5), 4, 4
    )
    return service.apply(session, formation, found)


def person_of(session, formation, person_id):
    return next(p for p in problem_of(session, formation).people if p.id == person_id)


def test_the_profile_comes_first_and_then_the_questions_of_leads(asked):
    formation, session = asked
    profiles.put_profile(session, people(session)[0], {"region": "Unterweser"})

    found = service.attributes(session, formation)

    assert [a.key for a in found] == [*rules.PROFILE_FIELDS, "question:1"]
    assert found[0].values == ((1, "Unterweser"),)
    assert found[4].label == "Tempo?"
    assert found[4].values == ((1, "ruhig"), (2, "zügig"))
    assert found[4].purpose == "Mix"


def test_people_have_the_values_of_their_profile_and_answers(asked):
    formation, session = asked
    first, second = people(session)[:2]
    profiles.put_profile(
        session, first, {"region": "Harz ", "network_kind": "education"}
    )
    profiles.put_profile(session, second, {"region": "Allgäu", "experience": "over_10"})
    service.store_answers(session, formation, first, Answers({1: 2}))

    assert person_of(session, formation, first).attributes == (2, 3, None, None, 2)
    assert person_of(session, formation, second).attributes == (1, None, None, 5, None)


def test_times_are_numbers_of_the_slots_that_are_asked_for(asked):
    formation, session = asked
    first, second = people(session)[:2]
    service.store_answers(
        session, formation, first, Answers(slots=rules.slots(["1-17-21", "0-8-12"]))
    )
    service.store_answers(session, formation, second, Answers())

    assert person_of(session, formation, first).available == {0, 2}
    assert person_of(session, formation, second).available is None
    formation.slots = ["1-17-21"]
    assert person_of(session, formation, first).available == {0}
    formation.slots = None
    assert person_of(session, formation, first).available is None


def test_wishes_for_people_are_bonds_at_a_cost_while_they_are_asked_for(asked):
    formation, session = asked
    first, second, third = people(session)[:3]
    service.store_answers(
        session, formation, first, Answers(wanted=(second,), unwanted=(third,))
    )

    problem = problem_of(session, formation)

    assert problem.together == (Bond(first, second, rules.COMPANY_COST),)
    assert problem.apart == (Bond(first, third, rules.COMPANY_COST),)
    formation.asks_company = False
    problem = problem_of(session, formation)
    assert (problem.together, problem.apart) == ((), ())
