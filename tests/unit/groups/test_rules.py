"""What good groups are, without solver and database."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lti_tool.groups import rules
from lti_tool.groups.problem import (
    Group,
    Person,
    Problem,
    Sizes,
    Topic,
    standing_wishes,
)
from lti_tool.groups.rules import Flaw
from lti_tool.groups.scoring import preference_cost
from tests.unit.groups.oracle import cheapest, price_of
from tests.unit.groups.strategies import problems

TOPICS = (Topic(1), Topic(2), Topic(3), Topic(4))
FOUR = Sizes(3, 4, 5)


def people(number, wishes=(1, 2)):
    return tuple(Person(place, wishes) for place in range(number))


def problem(**changes):
    usual = {
        "topics": TOPICS,
        "people": people(16),
        "sizes": FOUR,
        "groups_min": 4,
        "groups_max": 4,
    }
    return Problem(**usual | changes)


def test_the_usual_class_has_no_flaw():
    assert rules.check(problem()) == ()


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"topics": ()}, Flaw.NO_TOPICS),
        ({"people": ()}, Flaw.NO_PEOPLE),
        ({"people": people(2001)}, Flaw.TOO_MANY_PEOPLE),
        ({"sizes": Sizes(5, 4, 3)}, Flaw.SIZES_OUT_OF_ORDER),
        ({"sizes": Sizes(0, 4, 5)}, Flaw.SIZES_OUT_OF_ORDER),
        ({"people": people(11)}, Flaw.TOO_FEW_PEOPLE),
        ({"people": people(21)}, Flaw.TOO_MANY_PEOPLE_FOR_THE_SIZES),
        (
            {"people": people(7), "groups_min": 1, "sizes": Sizes(5, 5, 6)},
            Flaw.SIZES_DO_NOT_ADD_UP,
        ),
        ({"topics": TOPICS[:3]}, Flaw.CAPACITY_TOO_SMALL),
    ],
    ids=[
        "no topics",
        "no people",
        "too many people for a proof",
        "smallest above largest",
        "empty groups",
        "too few people",
        "too many people",
        "seven in groups of five or six",
        "three topics for four groups",
    ],
)
def test_what_cannot_work_is_named(changes, flaw):
    findings = rules.check(problem(**changes))

    assert [finding.flaw for finding in findings if finding.forbids] == [flaw]


def test_no_answer_at_all_is_a_hint_and_no_obstacle():
    (finding,) = rules.check(problem(people=people(16, ())))

    assert finding.flaw == Flaw.NO_ANSWERS
    assert not finding.forbids


def test_wishes_for_a_removed_topic_are_counted_by_person():
    asked = (*people(14), Person(20, (9, 8, 1)), Person(21, (9,)))

    (finding,) = rules.check(problem(people=asked))

    assert finding.flaw == Flaw.WISH_FOR_REMOVED_TOPIC
    assert finding.numbers == {"people": 2}


def test_wishes_move_up_when_a_topic_is_removed():
    person = Person(1, (9, 2, 1))

    assert standing_wishes(person, TOPICS, 5) == (2, 1)


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 12))
def test_the_usual_sizes_add_up_for_any_class(count, groups):
    assume(count >= groups)
    topics = (Topic(1, groups),)
    asked = Problem(
        topics, people(count, (1,)), rules.usual_sizes(count, groups), groups, groups
    )

    assert rules.check(asked) == ()


@settings(deadline=None)
@given(problems(most=7))
def test_a_grouping_exists_exactly_when_no_flaw_forbids_it(problem):
    forbidden = any(finding.forbids for finding in rules.check(problem))

    possible = bool(problem.people) and cheapest(problem) is not None

    assert possible != forbidden


@settings(deadline=None)
@given(problems(fewest=1))
def test_each_place_costs_what_the_oracle_says(problem):
    offered = {topic.id for topic in problem.topics}
    for person in problem.people:
        wishes = standing_wishes(person, problem.topics, 5)
        for topic in offered:
            expected = price_of(problem, person.wishes, topic)
            assert preference_cost(problem.weights, wishes, topic) == expected


def test_the_tally_counts_wishes_silence_and_disappointment():
    asked = (Person(1, (1, 2)), Person(2, (1, 2)), Person(3, (3,)), Person(4))
    groups = (Group(1, (1, 3)), Group(2, (2, 4)))

    tally = rules.tally(problem(people=asked), groups)

    assert tally.by_rank == (1, 1, 0, 0, 0)
    assert (tally.unwished, tally.silent) == (1, 1)
