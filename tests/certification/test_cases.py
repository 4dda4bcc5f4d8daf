"""The list of cases and what covers them are the same."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.certification.accepted import ACCEPTED
from tests.certification.cases import CASES, HOW_MANY, Case
from tests.certification.table import REFUSED

ROOT = Path(__file__).parents[2]
WITH_ROWS = {row.case for row in [*REFUSED, *ACCEPTED]}


@cache
def functions_of(file: str) -> frozenset[str]:
    """Return the names of the tests that stand in a file."""
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    return frozenset(
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def exists(test: str) -> bool:
    file, _, name = test.partition("::")
    return name in functions_of(file)


def test_no_case_is_missing_or_numbered_twice() -> None:
    wanted = {
        f"{family}-{number:02}"
        for family, count in HOW_MANY.items()
        for number in range(1, count + 1)
    }

    assert set(CASES) == wanted


def test_each_row_belongs_to_a_case() -> None:
    assert WITH_ROWS - set(CASES) == set()


@pytest.mark.parametrize(("name", "case"), CASES.items(), ids=CASES)
def test_each_case_is_covered(name: str, case: Case) -> None:
    assert name in WITH_ROWS or case.tests
    assert [test for test in case.tests if not exists(test)] == []


def test_each_case_says_something() -> None:
    assert all(case.says.endswith(".") for case in CASES.values())
