"""What a survey can ask beside the topics: categories, weekly slots, wishes for people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

PROFILE_FIELDS = ("region", "network_kind", "employer_kind", "experience")
"""What groups can be mixed by that people say in their profile."""
MOST_PEOPLE_WISHED = 3
"""So many people can be named on either side."""
COMPANY_COST = 6
"""Of a wish for or against somebody that is not kept; a rule of a lead may say otherwise."""
MOST_QUESTIONS = 5
MOST_CHOICES = 10
_HOURS = range(24)
_DAYS = range(7)


class Side(StrEnum):
    """Whether a person is wished for or not."""

    WITH = "with"
    WITHOUT = "without"


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A part of every week in the time zone of the course; Monday is 0, hours are full ones."""

    day: int
    begins: int
    ends: int

    @property
    def code(self) -> str:
        """Return how the slot is written in forms and in the database."""
        return f"{self.day}-{self.begins}-{self.ends}"


PARTS = {"morning": (8, 12), "afternoon": (12, 17), "evening": (17, 21)}
"""The hours of the parts of a day."""


def slot(code: str) -> Slot | None:
    """Return the slot of a code; None for anything else."""
    parts = code.split("-")
    if len(parts) != 3 or not all(p.isdecimal() and len(p) <= 2 for p in parts):  # noqa: PLR2004  # day, begin, end
        return None
    found = Slot(*map(int, parts))
    fits = found.day in _DAYS and found.begins in _HOURS and found.ends - 1 in _HOURS
    return found if fits and found.begins < found.ends else None


def slots(codes: Iterable[str]) -> tuple[Slot, ...]:
    """Return the slots of codes in the order of the week; what is no slot is left out."""
    found = (slot(str(code)) for code in codes)
    return tuple(sorted({each for each in found if each is not None}))


def week(days: Iterable[int], rows: Iterable[tuple[int, int]]) -> tuple[Slot, ...]:
    """Return the slots of these days with these hours each."""
    spans = tuple(rows)
    return tuple(
        Slot(day, begins, ends) for day in sorted(days) for begins, ends in spans
    )


class Company(StrEnum):
    """What is wrong with wishes for people."""

    ONESELF = "oneself"
    TWICE = "twice"
    TOO_MANY = "too_many"
    UNKNOWN = "unknown"


def company_flaw(
    person: int, wanted: Sequence[int], unwanted: Sequence[int], present: Iterable[int]
) -> Company | None:
    """Return what is wrong with a person's wishes with and not with others, None for nothing."""
    named = [*wanted, *unwanted]
    if person in named:
        return Company.ONESELF
    if len(set(named)) < len(named):
        return Company.TWICE
    if max(len(wanted), len(unwanted)) > MOST_PEOPLE_WISHED:
        return Company.TOO_MANY
    return None if set(named) <= set(present) else Company.UNKNOWN
