"""How moments, numbers and names look on pages: in the reader's language and the course's time zone."""

from datetime import UTC, date, datetime, time, tzinfo

from babel import dates
from flask import Flask, g
from flask_babel import format_decimal, get_locale

from lti_tool import clock


def register(app: Flask) -> None:
    """Give the filters to the templates."""
    app.add_template_filter(day)
    app.add_template_filter(moment)
    app.add_template_filter(time_of_day)
    app.add_template_filter(number)
    app.add_template_filter(units)


def _zone() -> tzinfo:
    visit = g.get("visit")
    return visit.zone if visit is not None else dates.UTC


def day(value: date) -> str:
    """Return the day of a moment, or a plain date, such as "Mi., 14. Mai 2026"."""
    if not isinstance(value, datetime):
        # A plain date has no zone and must not move to the day before.
        noon = datetime.combine(value, time(12), UTC)
        return dates.format_skeleton("yMMMEd", noon, tzinfo=UTC, locale=get_locale())
    return dates.format_skeleton("yMMMEd", value, tzinfo=_zone(), locale=get_locale())


def time_of_day(value: datetime) -> str:
    """Return a time such as "17:30"."""
    return dates.format_time(value, "short", tzinfo=_zone(), locale=get_locale())


def moment(value: datetime) -> str:
    """Return date and time, as short as clear: the year only when it is another one."""
    local, today = value.astimezone(_zone()), clock.now().astimezone(_zone())
    skeleton = "MMMEd" if local.year == today.year else "yMMMEd"
    on_day = dates.format_skeleton(skeleton, value, tzinfo=_zone(), locale=get_locale())
    return f"{on_day}, {time_of_day(value)}"


def number(value: float) -> str:
    """Return a number without needless decimals, in the reader's notation."""
    return str(format_decimal(value, format="#,##0.##"))


def units(minutes: int) -> str:
    """Return minutes as teaching units (UE) of 45 minutes, to the nearest tenth."""
    return number((minutes * 20 + 45) // 90 / 10)
