"""The page that gives dates to the meetings that were taken over from an earlier course."""

from datetime import time
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.attendance import setup
from lti_tool.attendance.forms import DateForm
from lti_tool.attendance.home import ORGANISERS
from lti_tool.attendance.views import pages
from lti_tool.attendance.words import KINDS
from lti_tool.i18n import ngettext
from lti_tool.web.access import Visit
from lti_tool.web.notices import say

__all__ = ["pages"]
Row = tuple[dict[str, Any], DateForm]


@pages.page("/meetings/waiting", allow=ORGANISERS)
def waiting(visit: Visit) -> ResponseReturnValue:
    """Show the meetings without a date."""
    return _waiting_page(_rows(visit))


@pages.action("/meetings/waiting", allow=ORGANISERS)
def give_dates(visit: Visit) -> ResponseReturnValue:
    """Put those that got a date into the plan, and drop those that were left out."""
    rows = _rows(visit)
    # Every row is checked, so that all faults are shown at once.
    checked = [form.fits(meeting, visit.zone) for meeting, form in rows]
    if not all(checked):
        return _waiting_page(rows), 422
    dropped = [meeting["key"] for meeting, form in rows if form.leave_out.data]
    setup.drop(visit.session, dropped)
    planned = 0
    for meeting, form in rows:
        day, begins = form.day.data, form.begins.data
        if day is not None and begins is not None and meeting["key"] not in dropped:
            setup.give_date(visit.session, meeting, day, begins)
            planned += 1
    say(
        ngettext(
            "%(num)s meeting is in the plan now.",
            "%(num)s meetings are in the plan now.",
            planned,
        )
    )
    left = setup.waiting(visit.session)
    return redirect(url_for(".waiting" if left else ".index"), 303)


def _rows(visit: Visit) -> list[Row]:
    return [
        (
            meeting,
            DateForm(
                prefix=f"m{meeting['key']}-",
                begins=time.fromisoformat(meeting["begins"]),
            ),
        )
        for meeting in setup.waiting(visit.session)
    ]


def _waiting_page(rows: list[Row]) -> str:
    return render_template("attendance/waiting.html", rows=rows, kinds=KINDS)
