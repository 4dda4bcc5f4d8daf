"""Kills everything that delivers grades, and counts what is lost: `make chaos`.

    python -m tests.chaos.kill [SCORES]

Participants get a grade each (1,000 unless told otherwise), and a quarter of them a better one
meanwhile, through the real web process. The platform answers slowly, wrongly now and then, and is
gone for 20 seconds. Worker and web are killed with signal 9 while a request is in flight, and the
store of the wake-ups is deleted. So on SQLite and on PostgreSQL; beside them, with two webs and two
workers, one worker stands still for longer than its lease, and two controls show what others lose.
All run at once, for they mostly wait. The last lines are one JSON for each database; exit 1 if anything is lost or out of
order, and in CI also where PostgreSQL is missing.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack

import sqlalchemy as sa

from tests.chaos.fire import end_on_sigterm
from tests.postgresql import NoServerError, server

SCORES = 1000


def main(scores: int) -> int:
    end_on_sigterm()
    with ExitStack() as stack:
        try:
            url = stack.enter_context(server())
        except NoServerError as error:
            print(f"NOT RUN on PostgreSQL: {error}", flush=True)
            url = ""
        # The databases come last, and so do their lines.
        runs = {"controls": ["controls"]}
        if url:
            runs["fencing"] = ["fencing", _database(url, "fencing")]
        runs["SQLite"] = ["fire", "SQLite", str(scores)]
        if url:
            runs["PostgreSQL"] = [
                *("fire", "PostgreSQL", str(scores), _database(url, "fire"))
            ]
        failed = _run(runs)
    if failed:
        print(f"Not as it must be: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed) or (not url and os.environ.get("CI") == "true"))


def _database(url: str, name: str) -> str:
    engine = sa.create_engine(f"{url}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return f"{url}/{name}"


def _run(runs: Mapping[str, list[str]]) -> list[str]:
    """Run all at once, print what each said, and return the names of those that failed."""
    started = {
        name: subprocess.Popen(
            [sys.executable, "-m", f"tests.chaos.{module}", *words],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, (module, *words) in runs.items()
    }
    failed = []
    try:
        for name, process in started.items():
            said, _ = process.communicate()
            print(said, end="", flush=True)
            if process.returncode:
                failed.append(name)
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            process.wait()
    return failed


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else SCORES))
