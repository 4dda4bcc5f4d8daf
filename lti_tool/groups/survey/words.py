"""The words of a survey: days, hours and zones, and what serves which purpose."""

from dataclasses import dataclass
from datetime import tzinfo

from babel import dates
from flask_babel import get_locale

from lti_tool.groups.survey.rules import PARTS, Slot
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l

_PARTS = {
    "morning": _l("Morning"),
    "afternoon": _l("Afternoon"),
    "evening": _l("Evening"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A slot with its full name, such as "Monday, 8 to 12 h"."""

    slot: Slot
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """The slots of one time of the day; None on days without it."""

    part: str
    """Such as "Morning"; empty for an hour."""
    hours: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Slots as a table: a column for each day, a row for each time."""

    days: tuple[tuple[str, str], ...]
    """Each as a short and a full name."""
    rows: tuple[Row, ...]


def week(slots: tuple[Slot, ...]) -> Week:
    """Return slots as a table."""
    days = sorted({slot.day for slot in slots})
    times = sorted({(slot.begins, slot.ends) for slot in slots})
    known = set(slots)
    rows = (
        Row(
            part_name((begins, ends)),
            hours(begins, ends),
            tuple(
                Cell(each, slot_words(each))
                if (each := Slot(day, begins, ends)) in known
                else None
                for day in days
            ),
        )
        for begins, ends in times
    )
    return Week(
        tuple((day_name(d, short=True), day_name(d)) for d in days), tuple(rows)
    )


def day_name(day: int, *, short: bool = False) -> str:
    """Return the name of a day of the week, 0 for Monday."""
    names = dates.get_day_names(
        "abbreviated" if short else "wide", "stand-alone", locale=get_locale()
    )
    return str(names[day]).rstrip(".")


def part_name(span: tuple[int, int]) -> str:
    """Return the word for a part of the day, empty for other hours."""
    return next((str(_PARTS[name]) for name, own in PARTS.items() if own == span), "")


def hours(begins: int, ends: int) -> str:
    """Return hours such as 8 to 12."""
    return f"{begins}\N{EN DASH}{ends}"


def slot_words(slot: Slot) -> str:
    """Return a slot in full, such as Monday, 8 to 12 h."""
    return _(
        "%(day)s, %(hours)s h",
        day=day_name(slot.day),
        hours=hours(slot.begins, slot.ends),
    )


def zone_words(zone: tzinfo) -> str:
    """Return the place that names a time zone, such as "Berlin"."""
    return str(dates.get_timezone_location(zone, locale=get_locale(), return_city=True))
