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

from lti_tool.groups import apart, solver


def main(number: int) -> None:
    """Compute what comes over the connection."""
    apart.step_back()
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
