"""Runs every test there is: unit, functional, the same on PostgreSQL, and in a real browser.

What the machine lacks is installed (as root, with apt) or named; with CI=true anything that was
not run is a failure.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI") == "true"
# One more than there are cores, for many tests wait for a server.
WORKERS = str(min((os.cpu_count() or 1) + 1, 4))


@dataclass(frozen=True)
class Suite:
    name: str
    arguments: tuple[str, ...]
    needs: str | None = None


SUITES = (
    Suite("unit", ("tests/unit", "-n", WORKERS)),
    Suite("functional", ("tests/functional", "tests/certification", "-n", WORKERS)),
    Suite(
        "PostgreSQL",
        (
            "tests/functional",
            "tests/unit/persistence",
            "-n",
            WORKERS,
            "-m",
            "not sqlite",
        ),
        "postgresql",
    ),
    Suite("browser", ("tests/browser",), "chromium"),
)


def main() -> int:
    deep = "--deep" in sys.argv
    missing = {need for need in ("chromium", "postgresql") if not _provide(need)}
    os.environ["HYPOTHESIS_PROFILE"] = "deep" if deep else "ci" if IN_CI else "default"
    results = [_run(suite, missing, deep=deep) for suite in SUITES]
    print()
    for suite, (passed, failed, skipped, code) in zip(SUITES, results, strict=True):
        if code is None:
            print(
                f"{suite.name:<11} NOT RUN: {suite.needs} is missing and could not be installed"
            )
        else:
            print(
                f"{suite.name:<11} {passed:5} passed, {failed} failed, {skipped} skipped"
            )
    totals = [sum(result[i] for result in results) for i in range(3)]
    print("{} passed, {} failed, {} skipped".format(*totals))
    not_run = any(code is None for *_, code in results) or totals[2] > 0
    if not_run and IN_CI:
        print("Something was not run, and in CI that is a failure.")
        return 1
    return int(any(code for *_, code in results))


def _run(
    suite: Suite, missing: set[str], *, deep: bool
) -> tuple[int, int, int, int | None]:
    if suite.needs in missing:
        return 0, 0, 0, None
    print(f"\n== {suite.name} tests", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            *suite.arguments,
            f"--junitxml={report}",
        ]
        if not deep and "-m" not in suite.arguments:
            command += ["-m", "not deep"]
        if suite.needs == "postgresql":
            command = [sys.executable, str(ROOT / "tests/postgresql.py"), *command]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        counted = _count(report)
    return *counted, code


def _count(report: Path) -> tuple[int, int, int]:
    if not report.is_file():
        return 0, 1, 0
    suite = next(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314  # Our own file.
    total, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
    failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    return total - failed - skipped, failed, skipped


def _provide(need: str) -> bool:
    """Tell whether the machine has something, after installing it where that is possible."""
    if _has(need):
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        packages = {"chromium": ["chromium"], "postgresql": ["postgresql"]}[need]
        print(f"Installing {' '.join(packages)} with apt …", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update"], check=False, env=environment, **quiet)
        subprocess.run(
            ["apt-get", "install", "-y", "--no-install-recommends", *packages],
            check=False,
            env=environment,
            **quiet,
        )
    return _has(need)


def _has(need: str) -> bool:
    if need == "chromium":
        return any(
            shutil.which(name)
            for name in ("chromium", "chromium-browser", "google-chrome")
        )
    return bool(shutil.which("initdb")) or any(
        Path("/usr/lib/postgresql").glob("*/bin/initdb")
    )


if __name__ == "__main__":
    sys.exit(main())
