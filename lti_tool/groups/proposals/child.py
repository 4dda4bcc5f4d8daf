"""The process that computes one proposal and knows nothing but numbers.

It reads a problem and limits from the connection whose number it is called
with, and writes how far it is and, last, the solution, or a text if it failed.
"""

import contextlib
import os
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from lti_tool.groups import solver

_PATIENCE = 5
"""How much this process leaves to those that answer people."""


def main(number: int) -> None:
    """Compute what comes over the connection."""
    os.nice(_PATIENCE)
    # Where memory runs out the system should end this process and no other.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    connection = Connection(number)
    problem, limits = connection.recv()
    threading.Thread(target=_end_with_parent, args=(connection,), daemon=True).start()
    try:
        found = solver.solve(problem, limits, on_progress=connection.send)
        connection.send(found)
    except Exception:  # noqa: BLE001  # Whatever it is, the worker logs it.
        connection.send(traceback.format_exc())


def _end_with_parent(connection: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        connection.recv()
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
