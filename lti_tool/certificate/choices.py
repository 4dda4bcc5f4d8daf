"""The usual rule set as the few choices a course team makes in a form."""

from dataclasses import dataclass

from lti_tool.certificate.requirements import (
    AttUnits,
    Count,
    CourseUnits,
    Excused,
    KOf,
    Mandatory,
    Passed,
    Requirement,
    Select,
)

WORKSHEET = "worksheet"
PROJECT = "project"
PRESENTATION = "presentation"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form asks; nothing chosen means the requirement is left out."""

    min_pct: int
    excused: Excused
    mandatory: tuple[Select, ...] = ()
    phases: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    course_units: int = 0


def build(choices: Choices) -> dict[str, object]:
    """Return the tree that asks for exactly these choices."""
    share = {"min_pct": choices.min_pct, "excused": str(choices.excused)}
    parts: list[dict[str, object]] = [{"att_units": share}]
    if choices.mandatory:
        parts.append({"mandatory": [str(name) for name in choices.mandatory]})
    if choices.phases:
        count = len(choices.phases)
        of = list(choices.phases)
        parts.append({"count": {"kind": WORKSHEET, "min": count, "of": of}})
    parts.extend({"passed": kind} for kind in choices.passed)
    if choices.course_units:
        parts.append({"course_units": {"min": choices.course_units}})
    return {"all": parts}


def choices_of(requirement: Requirement) -> Choices | None:
    """Return the choices behind a tree, or None where the form cannot express it."""
    if not isinstance(requirement, KOf) or requirement.name != "all":
        return None
    parts = requirement.parts
    shares = [part for part in parts if isinstance(part, AttUnits)]
    if len(shares) != 1:
        return None
    mandatory = next((part.which for part in parts if isinstance(part, Mandatory)), ())
    phases = next((part.references for part in parts if isinstance(part, Count)), ())
    passed = tuple(part.kind for part in parts if isinstance(part, Passed))
    units = next((part.min for part in parts if isinstance(part, CourseUnits)), 0)
    share = shares[0]
    found = Choices(share.min_pct, share.excused, mandatory, phases, passed, units)
    return found if _same(found, requirement) else None


def _same(choices: Choices, requirement: KOf) -> bool:
    # Two requirements of one sort, or a group inside, are beyond the form.
    parts = requirement.parts
    wanted = 1 + len(choices.passed)
    wanted += (
        bool(choices.mandatory) + bool(choices.phases) + bool(choices.course_units)
    )
    plain = not any(isinstance(part, KOf) for part in parts)
    complete = all(
        part.kind == WORKSHEET and part.min == len(part.references)
        for part in parts
        if isinstance(part, Count)
    )
    return plain and complete and len(parts) == wanted
