"""The tests of forming groups look: a copy of the package with a fault in it turns them red."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FAULTS = {
    "a value counts as repeated the first time": (
        "scoring.py",
        "return len(values) - len(set(values))",
        "return len(values)",
    ),
    "two of a kind are still alone": (
        "scoring.py",
        "== rule.value for m in members) == 1",
        "== rule.value for m in members) in (1, 2)",
    ),
    "a room that is just full is too full": (
        "rules.py",
        'if people > numbers["seats"]:',
        'if people >= numbers["seats"]:',
    ),
    "what is out of reach costs more than it does": (
        "solver/exact.py",
        "floor(found.bound + reach) + 1",
        "inf",
    ),
    "who leaves a group costs nothing": (
        "solver/arrays.py",
        "+= problem.move_cost * np.array(left)",
        "+= 0 * np.array(left)",
    ),
    "bonded people who change places are still together": (
        "solver/search.py",
        "-2 * price)",
        "-price)",
    ),
}


@pytest.fixture
def copy(tmp_path):
    for folder in ("lti_tool", "tests/unit/groups"):
        shutil.copytree(
            ROOT / folder,
            tmp_path / folder,
            ignore=shutil.ignore_patterns("__pycache__", "test_planted_faults.py"),
        )
    for file in (ROOT / "pyproject.toml", *(ROOT / "tests").glob("*.py")):
        shutil.copy(file, tmp_path / file.relative_to(ROOT))
    return tmp_path


def passes(folder):
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-m", "not deep", "tests/unit/groups"],
        cwd=folder,
        env={**os.environ, "HYPOTHESIS_PROFILE": "default"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode == 0


@pytest.mark.deep
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_turns_the_tests_red(copy, fault):
    file, right, wrong = FAULTS[fault]
    source = copy / "lti_tool/groups" / file
    text = source.read_text()
    assert text.count(right) == 1

    source.write_text(text.replace(right, wrong))

    assert not passes(copy)


@pytest.mark.deep
def test_without_a_fault_the_copy_passes(copy):
    assert passes(copy)
