"""What a certificate asks for: a tree of requirements, kept as versioned JSON.

A rule set is data, never code. Its JSON is checked here once, and becomes a tree
of frozen values that `rules` evaluates. Meeting time is counted in whole minutes;
one unit (UE) is 45 minutes.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

UNIT_MINUTES = 45
MAX_DEPTH = 5
MAX_REQUIREMENTS = 60


class Excused(StrEnum):
    """How excused absence enters the share of units."""

    ABSENT = "absent"
    """It counts like any other absence."""
    DROP = "drop"
    """The meeting leaves the total for this person."""
    COUNT = "count"
    """It counts as if attended."""


class Select(StrEnum):
    """Which meetings a person must not miss."""

    KICKOFF = "kickoff"
    CLOSING = "closing"
    MARKED = "marked"
    """Meetings that the course team marked as mandatory."""


@dataclass(frozen=True, slots=True)
class AttUnits:
    """At least `min_pct` per cent of the planned minutes, rounded up."""

    min_pct: int
    excused: Excused


@dataclass(frozen=True, slots=True)
class Mandatory:
    """Attendance at each of the chosen meetings."""

    which: tuple[Select, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """At least `min` pieces of a kind; `references` names them where it matters."""

    kind: str
    min: int
    of: int
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passed:
    """A piece of this kind was accepted."""

    kind: str


@dataclass(frozen=True, slots=True)
class CourseUnits:
    """The course itself has at least `min` units."""

    min: int


@dataclass(frozen=True, slots=True)
class KOf:
    """At least `k` of the parts; `all` and `any` are the two ends of it."""

    name: str
    k: int
    parts: tuple["Requirement", ...]


Requirement = AttUnits | Mandatory | Count | Passed | CourseUnits | KOf


class RuleSetError(ValueError):
    """The JSON is not a rule set; `code` says why, `path` says where."""

    def __init__(self, path: str, code: str) -> None:
        super().__init__(f"{path or 'rule set'}: {code}")
        self.path = path
        self.code = code


IHK_STANDARD: Mapping[str, object] = {
    "all": [
        {"att_units": {"min_pct": 80, "excused": "absent"}},
        {"mandatory": ["kickoff", "closing", "marked"]},
        {"count": {"kind": "worksheet", "min": 2, "of": ["start", "end"]}},
        {"passed": "project"},
        {"passed": "presentation"},
        {"course_units": {"min": 50}},
    ],
}
"""An assumption drawn from published practice of several chambers, not a legal text."""


def validate(tree: object) -> RuleSetError | None:
    """Return what is wrong with this JSON first, or None."""
    try:
        parse(tree)
    except RuleSetError as problem:
        return problem
    return None


def parse(tree: object) -> Requirement:
    """Return the checked tree; RuleSetError names the first thing that is wrong."""
    requirement = _parse(tree, "", 1)
    if size(requirement) > MAX_REQUIREMENTS:
        raise RuleSetError("", "too_large")
    return requirement


def size(requirement: Requirement) -> int:
    """Return how many requirements the tree holds, groups included."""
    if isinstance(requirement, KOf):
        return 1 + sum(size(part) for part in requirement.parts)
    return 1


def canonical(value: object) -> bytes:
    """Return the one spelling of this JSON value that is hashed."""
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode()


def tree_hash(tree: object) -> str:
    """Return the SHA-256 that names this version of a rule set."""
    return hashlib.sha256(canonical(tree)).hexdigest()


def _parse(tree: object, path: str, depth: int) -> Requirement:
    if depth > MAX_DEPTH:
        raise RuleSetError(path, "too_deep")
    if not isinstance(tree, Mapping) or len(tree) != 1:
        raise RuleSetError(path, "one_requirement_expected")
    name, spec = next(iter(tree.items()))
    here = f"{path}/{name}"
    if name in {"all", "any", "k_of"}:
        return _group(name, spec, here, depth)
    leaf = _LEAVES.get(name)
    if leaf is None:
        raise RuleSetError(here, "unknown_requirement")
    return leaf(spec, here)


def _group(name: str, spec: object, path: str, depth: int) -> KOf:
    if name == "k_of":
        fields = _fields(spec, path, {"k", "parts"})
        parts, k = fields["parts"], fields["k"]
    else:
        parts, k = spec, None
    if not isinstance(parts, list) or not parts:
        raise RuleSetError(path, "parts_expected")
    read = tuple(_parse(part, f"{path}/{i}", depth + 1) for i, part in enumerate(parts))
    if name == "k_of":
        return KOf(name, _whole(k, path, 1, len(read)), read)
    return KOf(name, len(read) if name == "all" else 1, read)


def _att_units(spec: object, path: str) -> AttUnits:
    fields = _fields(spec, path, {"min_pct", "excused"})
    percent = _whole(fields["min_pct"], path, 1, 100)
    try:
        return AttUnits(percent, Excused(str(fields["excused"])))
    except ValueError:
        raise RuleSetError(path, "unknown_policy") from None


def _mandatory(spec: object, path: str) -> Mandatory:
    names = _names(spec, path)
    try:
        return Mandatory(tuple(Select(name) for name in names))
    except ValueError:
        raise RuleSetError(path, "unknown_meeting") from None


def _count(spec: object, path: str) -> Count:
    fields = _fields(spec, path, {"kind", "min", "of"})
    kind, of = _name(fields["kind"], path), fields["of"]
    references = _names(of, path) if isinstance(of, list) else ()
    total = len(references) or _whole(of, path, 1, 1000)
    return Count(kind, _whole(fields["min"], path, 1, total), total, references)


def _passed(spec: object, path: str) -> Passed:
    return Passed(_name(spec, path))


def _course_units(spec: object, path: str) -> CourseUnits:
    fields = _fields(spec, path, {"min"})
    return CourseUnits(_whole(fields["min"], path, 1, 10_000))


_LEAVES: Mapping[str, Callable[[object, str], Requirement]] = {
    "att_units": _att_units,
    "mandatory": _mandatory,
    "count": _count,
    "passed": _passed,
    "course_units": _course_units,
}


def _fields(spec: object, path: str, names: set[str]) -> Mapping[str, object]:
    if not isinstance(spec, Mapping) or set(spec) != names:
        raise RuleSetError(path, "wrong_fields")
    return spec


def _whole(value: object, path: str, least: int, most: int) -> int:
    # JSON's true is an int in Python, but no number of anything.
    if isinstance(value, bool) or not isinstance(value, int):
        raise RuleSetError(path, "whole_number_expected")
    if not least <= value <= most:
        raise RuleSetError(path, "out_of_range")
    return value


def _name(value: object, path: str) -> str:
    if not isinstance(value, str) or not value.isidentifier():
        raise RuleSetError(path, "name_expected")
    return value


def _names(value: object, path: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise RuleSetError(path, "names_expected")
    names = tuple(_name(item, path) for item in value)
    if len(set(names)) != len(names):
        raise RuleSetError(path, "named_twice")
    return names
