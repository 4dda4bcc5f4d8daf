"""The table of mistakes is whole, and what it names exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lti_tool.i18n import spoken
from lti_tool.lti.platform_configuration import VARIABLES
from tests.certification.moodle_mistakes import HOW_MANY, MISTAKES, Mistake, table
from tests.certification.test_cases import exists

ROOT = Path(__file__).parents[2]
# Moodle copies these into the claim of the grade service and may empty it by them.
TAKEN = {
    "lineitem",
    "lineitem_url",
    "lineitems",
    "lineitems_url",
    "result",
    "result_url",
    "results",
    "results_url",
    "score",
    "scores",
    "scores_url",
}


def test_each_mistake_is_there_once_and_in_order() -> None:
    assert list(MISTAKES) == list(range(1, HOW_MANY + 1))


@pytest.mark.parametrize(("number", "mistake"), MISTAKES.items(), ids=str)
def test_each_mistake_is_covered_by_tests_that_exist(
    number: int, mistake: Mistake
) -> None:
    assert mistake.tests or mistake.note, number
    assert [test for test in mistake.tests if not exists(test)] == []


def test_the_table_has_a_row_for_each() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "tests.certification.moodle_mistakes"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert printed.strip() == table()
    assert len(printed.splitlines()) == HOW_MANY + 2


@pytest.mark.parametrize("locale", ["de", "de_du", "de-AT", "DE"])
def test_a_language_of_moodle_is_understood(locale: str) -> None:
    assert spoken(locale) == "de"


def test_no_custom_parameter_of_a_registration_spoils_the_grade_service() -> None:
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in VARIABLES)
    assert TAKEN.isdisjoint(VARIABLES)


def test_no_line_item_is_changed_or_deleted() -> None:
    methods = {
        method
        for file in [
            ROOT / "lti_tool/lti/grades.py",
            *(ROOT / "lti_tool/gradebook").glob("*.py"),
        ]
        for method in re.findall(r'"(GET|POST|PUT|PATCH|DELETE)"', file.read_text())
    }

    assert methods == {"GET", "POST"}
