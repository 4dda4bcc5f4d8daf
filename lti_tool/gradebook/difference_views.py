"""What staff do about grades of which the platform's gradebook says something else."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from lti_tool.gradebook import findings, reconciling
from lti_tool.gradebook.views import TEAM, pages
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.web.access import Visit
from lti_tool.web.notices import say

__all__ = ["pages"]


@pages.action("/compare", allow=TEAM)
def compare(visit: Visit) -> ResponseReturnValue:
    """Have the platform's gradebook compared now; the next page shows how far that is."""
    reconciling.ask(visit.session)
    return redirect(url_for("gradebook.overview", _anchor="comparison"), 303)


@pages.action("/<int:grade_id>/leave", allow=TEAM)
def leave(visit: Visit, grade_id: int) -> ResponseReturnValue:
    """Leave the platform with its own grade."""
    is_missing = findings.leave(visit.session, grade_id, by=visit.person_id)
    say(
        _(
            "The learning platform stays without this grade. You can take that back among those kept there."
        )
        if is_missing
        else _(
            "The grade in the learning platform stays. You can take that back among those kept there."
        )
    )
    return _back()


@pages.action("/<int:grade_id>/ask-again", allow=TEAM)
def ask_again(visit: Visit, grade_id: int) -> ResponseReturnValue:
    """Take back that the platform was left with its own grade."""
    findings.ask_again(visit.session, grade_id, by=visit.person_id)
    say(_("The decision is taken back."))
    return _back()


@pages.action("/differing/leave", allow=TEAM)
def leave_all(visit: Visit) -> ResponseReturnValue:
    """Leave the platform with everything in which it differs."""
    count = findings.leave_all(visit.session, by=visit.person_id)
    say(
        ngettext(
            "%(num)s grade stays as it is in the learning platform.",
            "%(num)s grades stay as they are in the learning platform.",
            count,
        )
    )
    return _back()


@pages.action("/missing/again", allow=TEAM)
def missing_again(visit: Visit) -> ResponseReturnValue:
    """Send everything again that is missing there."""
    count = findings.send_missing(visit.session, by=visit.person_id)
    say(
        ngettext(
            "%(num)s grade is on its way again.",
            "%(num)s grades are on their way again.",
            count,
        )
    )
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for("gradebook.overview"), 303)
