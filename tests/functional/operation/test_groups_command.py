"""`lti-tool groups solve`, called as an operator calls it."""

import json
from pathlib import Path

import pytest

from tests.commands import call, environment

pytestmark = pytest.mark.sqlite

COHORTS = Path(__file__).resolve().parents[2] / "unit/groups/cohorts"
CLASS = str(COHORTS / "cohort-16-0.json")


@pytest.fixture
def solve(tmp_path):
    """Call the command where no tool is installed, and return what it says."""
    return lambda *words: call(environment(tmp_path), "groups", "solve", *words)


def without_seconds(finished, said=""):
    assert said in finished.stderr
    assert bool(said) == bool(finished.stderr)
    assert finished.returncode == 0
    told = json.loads(finished.stdout)
    assert told.pop("seconds") >= 0
    return told


def test_a_cohort_gets_proven_groups_that_a_seed_decides(solve):
    told = without_seconds(solve(CLASS, "--seed", "3"))

    assert (told["status"], told["cost"], told["bound"]) == ("optimal", 127, 127)
    assert told["stopped"] is False
    placed = sorted(person for _, people in told["groups"] for person in people)
    assert placed == list(range(16))
    assert told == without_seconds(solve(CLASS, "--seed", "3"))


def test_a_stop_is_told_and_what_was_found_is_printed(solve):
    told = without_seconds(solve(CLASS, "--seconds", "0"))

    assert told["stopped"] is True
    assert told["status"] in ("bounded", "heuristic")
    assert told["bound"] <= 127 <= told["cost"]


def test_that_there_are_no_groups_is_an_answer(solve, tmp_path):
    cohort = json.loads(Path(CLASS).read_text())
    cohort["topics"] = cohort["topics"][:1]
    file = tmp_path / "crowded.json"
    file.write_text(json.dumps(cohort))

    told = without_seconds(solve(str(file)), "2 groups of at most 5 have 10 places")

    assert (told["status"], told["groups"]) == ("infeasible", [])


def test_rules_that_leave_no_groups_are_said_beside_the_answer(solve, tmp_path):
    cohort = json.loads(Path(CLASS).read_text())
    cohort["apart"], cohort["together"] = [[1, 2]], [[2, 1]]
    file = tmp_path / "torn.json"
    file.write_text(json.dumps(cohort))

    told = without_seconds(solve(str(file)), "person 1 and person 2 are in different")

    assert told["status"] == "infeasible"


def test_the_smallest_file_of_the_help_is_one_that_can_be_solved(solve, tmp_path):
    told = solve("--help").stdout
    example = told[told.index("{") : told.index("A person can also")]
    file = tmp_path / "smallest.json"
    file.write_text(example)

    assert without_seconds(solve(str(file)))["status"] == "optimal"


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        ("{", (), "This is no JSON"),
        ("[1, 2]", (), "A cohort is an object"),
        ("{}", (), "A cohort needs a size"),
        ("{}", ("--seed", "-1"), "--seed"),
        ("{}", ("--seconds", "nan"), "--seconds"),
        (None, (), "No such file"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_code_2(
    solve, tmp_path, text, words, sentence
):
    file = tmp_path / "cohort.json"
    if text is not None:
        file.write_text(text)

    finished = solve(str(file), *words)

    assert finished.returncode == 2
    assert finished.stdout == ""
    assert finished.stderr.count("\n") == 1
    assert sentence in finished.stderr
