"""Runs the tool against Open edX's LTI consumer: `make interop`.

The last line is JSON; exit 1 if a check failed or was not run.
"""

import json
import sys
import time
from pathlib import Path

import pytest

from tests.interop.environment import CONSUMER


class _Count:
    """How many checks there were, and how many of them passed."""

    def __init__(self) -> None:
        self.checks = 0
        self.passed = 0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.checks = len(items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.passed += report.when == "call" and report.passed


def main() -> int:
    began = time.monotonic()
    CONSUMER.ensure()
    print(f"Launching the tool from {CONSUMER.subject()} …", flush=True)
    count = _Count()
    folder = str(Path(__file__).parent)
    code = pytest.main(["-q", folder, *sys.argv[1:]], plugins=[count])
    result = {
        "interop": CONSUMER.subject(),
        "checks": count.checks,
        "passed": count.passed,
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(result))
    return int(code != pytest.ExitCode.OK or count.passed != count.checks)


if __name__ == "__main__":
    sys.exit(main())
