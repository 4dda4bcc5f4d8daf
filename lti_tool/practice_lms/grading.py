"""Moodle's rules for a score that a tool sends, as seen on Moodle 4.5.6."""

import json
import math
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

PLATFORM_ZONE = ZoneInfo("Europe/Berlin")
ACTIVITY = "activity"
MANUAL = "manual"
TOTAL = "total"

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


@dataclass(frozen=True)
class Grade:
    """A cell of the gradebook; `modified` is in whole seconds since 1970."""

    raw: float | None = None
    final: float | None = None
    feedback: str | None = None
    modified: int | None = None
    overridden: bool = False
    locked: bool = False


@dataclass(frozen=True, kw_only=True)
class Column:
    """What the rules must know of a line item."""

    id: int
    kind: str
    maximum: float
    locked: bool = False


@dataclass(frozen=True, kw_only=True)
class Score:
    """A score as the tool sent it; without `given` it erases."""

    sub: str
    timestamp: int
    given: float | None
    maximum: float | None
    comment: str | None


@dataclass(frozen=True)
class Refusal:
    """An answer that changes nothing."""

    status: int
    reason: str


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError("not a number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _timestamp(text: object) -> int:
    if not isinstance(text, str) or not _TIMESTAMP.match(text):
        raise ValueError("not a timestamp")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=PLATFORM_ZONE)
    return int(moment.timestamp())


def read_score(text: str) -> Score | None:
    """Return the score in this request body, or None if Moodle finds it incorrect."""
    try:
        sent: Any = json.loads(text, parse_constant=_refuse_constant)
        return _score(sent) if isinstance(sent, dict) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _score(sent: dict[str, Any]) -> Score | None:
    required = ("userId", "timestamp", "gradingProgress", "activityProgress")
    if any(sent.get(name) is None for name in required):
        return None
    given, maximum = sent.get("scoreGiven"), sent.get("scoreMaximum")
    if given is not None and maximum is None:
        return None
    given = _number(given) if given is not None else None
    graded = sent["gradingProgress"] == "FullyGraded"
    return Score(
        sub=str(sent["userId"]),
        timestamp=_timestamp(sent["timestamp"]),
        given=given if graded else None,
        maximum=_number(maximum) if maximum is not None else None,
        comment=sent.get("comment") or None,
    )


def apply_score(score: Score, grade: Grade, column: Column) -> Grade | Refusal:
    """Return the cell after this score, or why the score is refused."""
    if grade.modified is not None and grade.modified >= score.timestamp:
        reason = "Refusing score with an earlier timestamp for item"
        return Refusal(409, f"{reason} {column.id} and user {score.sub}")
    if column.kind == TOTAL or column.locked or grade.locked:
        return Refusal(500, "Internal Server Error")
    raw = _scale(score, column)
    if raw is None:
        return _erase(grade, column)
    if column.kind == MANUAL:
        return replace(grade, **_shown(raw, score, column))
    if grade.overridden:
        return replace(grade, raw=raw)
    return replace(grade, raw=raw, **_shown(raw, score, column))


def _scale(score: Score, column: Column) -> float | None:
    if score.given is None:
        return None
    if not score.maximum:
        return score.given
    return round(score.given * column.maximum / score.maximum, 5)


def _shown(raw: float, score: Score, column: Column) -> dict[str, Any]:
    return {
        "final": min(max(raw, 0.0), column.maximum),
        "feedback": score.comment,
        "modified": score.timestamp,
    }


def _erase(grade: Grade, column: Column) -> Grade:
    if column.kind == MANUAL:
        return replace(grade, final=None, feedback=None)
    if grade.overridden:
        return replace(grade, raw=None)
    return replace(grade, raw=None, final=None, feedback=None, modified=None)
