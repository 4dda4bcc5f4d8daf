"""`python -m lti_tool.practice_lms` starts a practice LMS."""

import argparse
import sys
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from typing_extensions import override

from lti_tool.practice_lms.server import CannotServeError, serve


class _Parser(argparse.ArgumentParser):
    @override
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line."""
        self.exit(2, f"{self.prog}: {message}\n")


def _tool_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text} is not a web address")
    return text


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = _Parser(prog="practice-lms", description="A practice LMS on this machine.")
    parser.add_argument("--port", type=int, default=8001, help="its port (8001)")
    parser.add_argument(
        "--tool-url",
        type=_tool_url,
        default="http://127.0.0.1:8000",
        help="where the tool answers (http://127.0.0.1:8000)",
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="the file in which it keeps its data"
    )
    options = parser.parse_args(arguments)
    try:
        serve(port=options.port, tool_url=options.tool_url, data=options.data)
    except CannotServeError as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
