"""Reads a cohort, and writes its groups: people, topics and pairs from which groups are to be formed, as JSON.

``size`` {min, preferred, max} · ``slots`` (number of weekly slots) · ``topics``
[{id, groups_max}] · ``people`` [{id, wishes, attributes, minority, available}] ·
``apart`` and ``together`` (pairs, hard) · ``with_wishes`` [[who, wants]]. Every part
but size, topics and people may be missing. What keeping or breaking a rule costs
is the same in every cohort.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lti_tool.groups.problem import (
    Bond,
    NotAlone,
    Person,
    Problem,
    Sizes,
    Spread,
    Times,
    Topic,
)
from lti_tool.groups.solver.result import Solution, Status

_MISSED_WISH = 6
_YES = 1


class CohortError(ValueError):
    """A sentence about what is wrong with a cohort."""


def read(text: str | bytes) -> Problem:
    """Return the problem that a cohort poses, or raise CohortError."""
    try:
        told = json.loads(text)
    except ValueError as error:
        raise CohortError(f"This is no JSON: {error}.") from error
    except RecursionError as error:
        raise CohortError("This JSON is nested too deeply.") from error
    if not isinstance(told, dict):
        raise CohortError("A cohort is an object with size, topics and people.")
    topics = _unique("topics", [_topic(t) for t in _rows(told, "topics")])
    people = _unique("people", [_person(p) for p in _rows(told, "people")])
    return _problem(told, topics, people)


def answer(solution: Solution, seconds: float) -> str:
    """Return what was found for a cohort, as JSON; people and topics by their ids."""
    is_there = bool(solution.groups)
    return json.dumps(
        {
            "status": solution.status,
            "cost": solution.cost if is_there else None,
            "bound": None if solution.status is Status.INFEASIBLE else solution.bound,
            "stopped": solution.stopped,
            "seconds": round(seconds, 3),
            "groups": [[group.topic, list(group.people)] for group in solution.groups],
            "broken": [rule.breach for rule in solution.broken],
        }
    )


def _problem(
    told: Mapping[str, Any], topics: tuple[Topic, ...], people: tuple[Person, ...]
) -> Problem:
    sizes = _sizes(told.get("size"))
    known = {person.id for person in people}
    flagged = _minorities(told)
    minority = max((len(person.attributes) for person in people), default=0)
    return Problem(
        topics,
        # What is said of the minority stands behind all other attributes.
        tuple(_with_minority(person, minority, flagged) for person in people),
        sizes,
        groups_min=1,
        groups_max=min(sum(t.groups_max for t in topics), len(people)),
        spreads=tuple(Spread(number) for number in range(minority)),
        not_alone=(NotAlone(minority, _YES),),
        times=Times() if "slots" in told else None,
        apart=_bonds(told, "apart", known),
        together=_bonds(told, "together", known)
        + _bonds(told, "with_wishes", known, _MISSED_WISH),
    )


def _minorities(told: Mapping[str, Any]) -> set[int]:
    return {person["id"] for person in told["people"] if person.get("minority")}


def _with_minority(person: Person, width: int, minority: set[int]) -> Person:
    unknown = (None,) * (width - len(person.attributes))
    flag = _YES if person.id in minority else 0
    return replace(person, attributes=(*person.attributes, *unknown, flag))


def _sizes(told: Any) -> Sizes:
    if not isinstance(told, dict):
        raise CohortError("A cohort needs a size with min, preferred and max.")
    sizes = Sizes(
        *(_number(told, part, "size") for part in ("min", "preferred", "max"))
    )
    if not 1 <= sizes.smallest <= sizes.preferred <= sizes.largest:
        raise CohortError("The sizes must rise from min over preferred to max, from 1.")
    return sizes


def _topic(told: Any) -> Topic:
    row = _row(told, "topics")
    return Topic(_number(row, "id", "topics"), _number(row, "groups_max", "topics"))


def _person(told: Any) -> Person:
    row = _row(told, "people")
    available = row.get("available")
    return Person(
        _number(row, "id", "people"),
        _numbers(row, "wishes"),
        _numbers(row, "attributes", known=False),
        None if available is None else frozenset(_numbers(row, "available")),
    )


def _rows(told: Mapping[str, Any], part: str) -> list[Any]:
    rows = told.get(part, [])
    if not isinstance(rows, list):
        raise CohortError(f"In a cohort, {part} is a list.")
    return rows


def _row(told: Any, part: str) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise CohortError(f"Each entry of {part} is an object.")
    return told


def _number(row: Mapping[str, Any], name: str, part: str) -> int:
    value: Any = row.get(name)
    if not _is_number(value):
        raise CohortError(f"In {part}, {name} must be a whole number from 0.")
    return int(value)


def _numbers(
    row: Mapping[str, Any], name: str, *, known: bool = True
) -> tuple[Any, ...]:
    values = row.get(name, [])
    fits = isinstance(values, list) and all(
        _is_number(value) or (value is None and not known) for value in values
    )
    if not fits:
        raise CohortError(f"In people, {name} must be a list of whole numbers from 0.")
    return tuple(values)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _bonds(
    told: Mapping[str, Any], part: str, known: set[int], cost: int | None = None
) -> tuple[Bond, ...]:
    bonds = []
    for pair in _rows(told, part):
        if not isinstance(pair, list) or len(pair) != 2:  # noqa: PLR2004 - a pair.
            raise CohortError(f"Each entry of {part} is a pair of people.")
        if not all(_is_number(person) and person in known for person in pair):
            raise CohortError(f"In {part} stands somebody who is not among the people.")
        if pair[0] == pair[1]:
            raise CohortError(f"In {part} stands somebody paired with themselves.")
        bonds.append(Bond(pair[0], pair[1], cost))
    return tuple(bonds)


def _unique(part: str, rows: list[Any]) -> tuple[Any, ...]:
    if len({row.id for row in rows}) < len(rows):
        raise CohortError(f"In {part}, every id must stand once.")
    return tuple(rows)
