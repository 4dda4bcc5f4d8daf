"""The page on which staff see each grade's way into the LMS, and send again."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.courses import service as courses
from lti_tool.gradebook import service
from lti_tool.gradebook.words import in_words
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.web.access import Pages, Visit, Who
from lti_tool.web.notices import say

pages = Pages("gradebook", __name__, prefix="/gradebook")
_TEAM = [Who.LEAD, Who.ASSISTANT]
_STATES = ("due", "sent", "failed", "withdrawn")


@pages.page("/", allow=_TEAM)
def overview(visit: Visit) -> ResponseReturnValue:
    """List the grades of the course with the platform's last answer in plain words."""
    wanted = request.args.get("state")
    state = wanted if wanted in _STATES else None
    return render_template(
        "gradebook/overview.html",
        rows=service.rows(visit.session, state=state),
        counts=_counts(visit),
        state=state,
        names=courses.names(visit.session),
        in_words=in_words,
        can_take_grades=service.can_take_grades(visit.session),
        items=service.line_items(visit.session),
    )


def _counts(visit: Visit) -> dict[str, int]:
    counts = dict.fromkeys(_STATES, 0)
    for row in service.rows(visit.session):
        counts[row.state] += 1
    return counts


@pages.action("/<int:grade_id>/again", allow=_TEAM)
def again(visit: Visit, grade_id: int) -> ResponseReturnValue:
    """Send one grade again."""
    service.send_again(visit.session, grade_id)
    say(_("The grade is on its way again."))
    return redirect(url_for("gradebook.overview"), 303)


@pages.action("/failed/again", allow=_TEAM)
def failed_again(visit: Visit) -> ResponseReturnValue:
    """Send all failed grades again."""
    count = service.send_failed_again(visit.session)
    say(
        ngettext(
            "%(num)s grade is on its way again.",
            "%(num)s grades are on their way again.",
            count,
        )
    )
    return redirect(url_for("gradebook.overview"), 303)
