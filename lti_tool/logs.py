"""Logs as JSON, one line an event; never tokens, names or addresses of people.

What an error or a library says may hold anything that somebody wrote or a platform sent, so only
the kind of an error and its place in the code are written, and of a library's message only what
stands in its code.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict
from typing_extensions import override


def configure(stream: TextIO | None = None) -> None:
    """Write our events, and the warnings of libraries, to a stream (stderr) as JSON."""
    stream = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _put_places,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=_kind),
        ],
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    handler = logging.StreamHandler(stream)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_LibraryLine())
    logging.getLogger().addHandler(handler)


@contextmanager
def written_to(file: Path) -> Iterator[None]:
    """Append our events to a file, and to stderr again after the block."""
    with file.open("a", encoding="utf-8") as stream:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(stream))
        try:
            yield
        finally:
            structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))


def places(error: BaseException) -> list[str]:
    """Return where an error came from, what caused it first: kinds and lines of code, no texts."""
    return [line for cause in reversed(list(_causes(error))) for line in _lines(cause)]


def _lines(error: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{frame.filename}:{frame.lineno} in {frame.name}"
    yield type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    inner: BaseException | None = error
    while inner is not None and inner not in seen:
        seen.append(inner)
        yield inner
        inner = inner.__cause__ or inner.__context__


def _put_places(_logger: Any, _method: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1]
    if given and error is not None:
        event["places"] = places(error)
    return event


def _kind(value: object) -> str:
    """Stand in for a value that is no text or number, whose own words nobody has looked at."""
    return type(value).__name__


class _LibraryLine(logging.Formatter):
    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "event": str(record.msg),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[1]:
            line["places"] = places(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)
