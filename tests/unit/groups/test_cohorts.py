"""Classes whose best groups are known, fresh ones, and what happens when people come and go."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from lti_tool.groups.problem import Person, Problem, Sizes, Spread, Topic
from lti_tool.groups.solver import Limits, Status, cohort, solve
from tests.unit.groups import generator
from tests.unit.groups.coming_and_going import FORBIDDINGLY, changes_of, moved
from tests.unit.groups.oracle import judge

COHORTS = Path(__file__).parent / "cohorts"
KNOWN = json.loads((COHORTS / "known.json").read_text())
CLASSES = sorted(name for name in KNOWN if int(name.split("-")[1]) <= 60)


def read(name):
    return cohort.read((COHORTS / f"{name}.json").read_bytes())


def proven(problem, **limits):
    """Return the solution of a problem after checking that it is proven and what it says."""
    solution = solve(problem, Limits(**limits))
    assert solution.status == Status.OPTIMAL
    assert not solution.stopped
    assert solution.bound == solution.cost == judge(problem, solution.groups)
    return solution


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_gets_the_groups_that_are_known_to_be_the_best(name):
    assert proven(read(name)).cost == KNOWN[name]["proven"]


def test_the_same_seed_gives_the_same_groups_whatever_the_order_of_the_lists():
    problem = read("cohort-24-4")
    turned = replace(problem, people=problem.people[::-1], topics=problem.topics[::-1])

    first, second = proven(problem, seed=7), proven(turned, seed=7)

    assert first == second


def test_by_the_seed_everybody_gets_what_not_all_can_get():
    alike = tuple(Person(number, (1,), (0,)) for number in range(4))
    topics = (Topic(1), Topic(2))
    problem = Problem(topics, alike, Sizes(2, 2, 2), 2, 2, spreads=(Spread(0),))

    lucky = Counter(
        person
        for seed in range(40)
        for group in proven(problem, seed=seed).groups
        for person in group.people
        if group.topic == 1
    )

    assert sum(lucky.values()) == 80
    assert all(10 <= lucky[person.id] <= 30 for person in alike)


@pytest.mark.parametrize(("people", "seed"), [(24, 0), (24, 1), (40, 0), (40, 1)])
def test_a_fresh_class_is_proven(people, seed):
    proven(cohort.read(generator.cohort(people, seed)))


@pytest.mark.deep
@pytest.mark.parametrize("people", [24, 40])
def test_twenty_fresh_classes_are_proven(people):
    for seed in range(20):
        problem = cohort.read(generator.cohort(people, seed))
        solution = solve(problem)
        if solution.status != Status.INFEASIBLE:
            assert solution.status == Status.OPTIMAL
            assert solution.bound == solution.cost == judge(problem, solution.groups)


def fewest_moves(names, every):
    """Return how many others move at each change, after proving that fewer is impossible."""
    moves = []
    for name in names:
        groups = proven(read(name)).groups
        for problem in changes_of(read(name), groups, every):
            solution = proven(problem)
            moves.append(moved(problem, solution.groups))
            assert moves[-1] == solution.cost // FORBIDDINGLY
    return moves


def test_as_few_as_possible_move_when_people_come_and_go():
    moves = [*fewest_moves(["cohort-16-0"], 5), *fewest_moves(["cohort-24-0"], 8)]

    assert max(moves) <= 2


@pytest.mark.deep
def test_as_few_as_possible_move_in_every_class():
    names = [name for name in CLASSES if "-60-" not in name]

    assert max(fewest_moves(names, 3)) <= 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"\xff\xfe\x00", "no JSON"),
        ("[]", "A cohort is an object"),
        ("{}", "needs a size"),
        ('{"size": {"min": 5, "preferred": 4, "max": 5}}', "must rise"),
        ('{"size": {"min": 1, "preferred": true, "max": 5}}', "in size, preferred"),
        ('{"topics": 3}', "topics is a list"),
        ('{"people": [{"id": 1, "wishes": ["a"]}]}', "wishes must be a list"),
        ('{"people": [{"id": 1}, {"id": 1}]}', "every id must stand once"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_bad_cohort_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(cohort.CohortError, match=f"(?i){sentence}"):
        cohort.read(text)


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        ([[0, 99]], "not among the people"),
        ([[1, 1]], "paired with themselves"),
        ([[0]], "a pair of people"),
    ],
)
def test_a_bad_pair_is_refused_with_a_sentence(pairs, sentence):
    told = json.loads((COHORTS / "cohort-16-0.json").read_text())

    with pytest.raises(cohort.CohortError, match=sentence):
        cohort.read(json.dumps(told | {"apart": pairs}))
