"""Classes whose best groups are known, fresh ones, and what happens when people come and go."""

import json
import statistics
from collections import Counter
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest

from lti_tool.groups.problem import Group, Person, Problem, Sizes, Spread, Topic
from lti_tool.groups.solver import Limits, Status, cohort, solve
from tests.unit.groups import generator
from tests.unit.groups.oracle import judge

COHORTS = Path(__file__).parent / "cohorts"
KNOWN = json.loads((COHORTS / "known.json").read_text())
CLASSES = sorted(name for name in KNOWN if int(name.split("-")[1]) <= 60)
FORBIDDINGLY = 100_000
"""No other rule costs so much, so that as few as possible move."""


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


def test_a_class_of_40_is_solved_in_less_than_a_second(record_property):
    seconds = []
    for problem in [read(name) for name in CLASSES if "-40-" in name]:
        began = process_time()
        proven(problem)
        seconds.append(process_time() - began)

    median = statistics.median(seconds)
    told = f"40 people: median {median:.2f} s, at most {max(seconds):.2f} s of CPU"
    record_property("summary", told)
    assert median < 1
    assert max(seconds) < 2


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
def test_twenty_fresh_classes_are_proven(people, record_property):
    seconds = []
    for seed in range(20):
        problem = cohort.read(generator.cohort(people, seed))
        began = process_time()
        solution = solve(problem)
        seconds.append(process_time() - began)
        if solution.status != Status.INFEASIBLE:
            assert solution.status == Status.OPTIMAL
            assert solution.bound == solution.cost == judge(problem, solution.groups)

    median = statistics.median(seconds)
    told = f"{people} fresh people: median {median:.2f} s, at most {max(seconds):.2f} s"
    record_property("summary", told)
    assert median < 1


def without(problem, groups, gone):
    """Return the problem that is left when somebody leaves groups that exist."""
    former = tuple(
        Group(group.topic, tuple(p for p in group.people if p != gone))
        for group in groups
    )
    people = tuple(p for p in problem.people if p.id != gone)
    return replace(problem, people=people, former=former, move_cost=FORBIDDINGLY)


def with_one_more(problem, groups):
    """Return the problem of groups that exist and somebody who joins late."""
    joiner = replace(problem.people[0], id=1 + max(p.id for p in problem.people))
    people = (*problem.people, joiner)
    return replace(problem, people=people, former=groups, move_cost=FORBIDDINGLY)


def moved(problem, groups):
    """Return how many people are not in the continuation of their group."""
    stay = sum(
        len(set(problem.former[group.former].people) & set(group.people))
        for group in groups
        if group.former is not None
    )
    return sum(len(group.people) for group in problem.former) - stay


def changes_of(name, every):
    """Return what happens to groups of a class: people leave, one by one, or somebody comes."""
    problem = read(name)
    groups = proven(problem).groups
    leaving = [without(problem, groups, p.id) for p in problem.people[::every]]
    return [*leaving, with_one_more(problem, groups)]


def told_moves(problems, record_property):
    """Return how many move for each problem, after proving that fewer is impossible."""
    moves, seconds = [], []
    for problem in problems:
        began = process_time()
        solution = proven(problem)
        seconds.append(process_time() - began)
        moves.append(moved(problem, solution.groups))
        assert moves[-1] == solution.cost // FORBIDDINGLY
    told = (
        f"{len(moves)} drop-outs and joiners: {statistics.median(moves):g} others moved "
        f"(median), at most {max(moves)}; {statistics.median(seconds):.2f} s (median)"
    )
    record_property("summary", told)
    assert statistics.median(seconds) < 1
    return moves


def test_as_few_as_possible_move_when_people_come_and_go(record_property):
    problems = [*changes_of("cohort-16-0", 5), *changes_of("cohort-24-0", 8)]

    assert max(told_moves(problems, record_property)) <= 2


@pytest.mark.deep
def test_as_few_as_possible_move_in_every_class(record_property):
    names = [name for name in CLASSES if "-60-" not in name]
    problems = [problem for name in names for problem in changes_of(name, 3)]

    assert max(told_moves(problems, record_property)) <= 2


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
