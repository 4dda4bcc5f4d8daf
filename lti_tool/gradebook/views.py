"""The pages on which staff see each grade's way into the LMS, and send again."""

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.gradebook import (
    checking,
    difference_words,
    findings,
    reconciling,
    service,
    words,
)
from lti_tool.gradebook.home import standstill
from lti_tool.gradebook.overview import Overview, Wanted, as_csv, outage
from lti_tool.gradebook.overview import overview as narrowed
from lti_tool.gradebook.service import GradeRow
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.web.access import Pages, Visit, Who
from lti_tool.web.filters import moment, number
from lti_tool.web.notices import say

pages = Pages("gradebook", __name__, prefix="/gradebook")
TEAM = [Who.LEAD, Who.ASSISTANT]
_LONGEST_NAME = 100


@pages.page("/", allow=TEAM)
def overview(visit: Visit) -> ResponseReturnValue:
    """List the grades of the course with the platform's last answer in plain words."""
    wanted, found, names = _asked_for(visit)
    comparison = reconciling.last(visit.session)
    return render_template(
        "gradebook/overview.html",
        wanted=wanted,
        found=found,
        names=names,
        words=words,
        standstill=standstill(visit.session),
        outage=outage(visit.session, visit.registration_id),
        check=checking.last(visit.session),
        can_take_grades=service.can_take_grades(visit.session),
        items=service.line_items(visit.session),
        comparison=comparison,
        stage=reconciling.stage(comparison),
        difference_words=difference_words,
        now=clock.now(),
    )


def _asked_for(visit: Visit) -> tuple[Wanted, Overview, dict[int, str]]:
    state = request.args.get("state")
    wanted = Wanted(
        state=state if state in words.STATES else None,
        column=request.args.get("column", type=int),
        name=request.args.get("name", "").strip()[:_LONGEST_NAME],
    )
    names = courses.names(visit.session)
    return wanted, narrowed(visit.session, names, wanted), names


@pages.page("/grades.csv", allow=TEAM)
def table(visit: Visit) -> ResponseReturnValue:
    """Hand out the grades that are shown as a table for a spreadsheet."""
    _wanted, found, names = _asked_for(visit)
    header = [
        *(_("Person"), _("Column"), _("Points"), _("Maximum")),
        *(_("State"), _("What happened"), _("Arrived"), _("Next try")),
        *(_("In the learning platform"), _("Maximum there"), _("Found")),
    ]
    lines = [_line(row, names.get(row.person_id, "")) for row in found.rows]
    # Excel in German takes a comma for the one within numbers.
    separator = ";" if str(get_locale()) == "de" else ","
    answer = make_response(as_csv([header, *lines], separator))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="grades.csv"'
    return answer


def _line(row: GradeRow, name: str) -> list[str]:
    return [
        name,
        row.label,
        "" if row.score is None else number(row.score),
        number(row.maximum),
        words.state_word(row.state, row.answer),
        words.explained(row.state, row.answer),
        moment(row.sent_at) if row.sent_at else "",
        moment(row.next_try_at) if row.next_try_at else "",
        "" if row.lms_score is None else number(row.lms_score),
        "" if row.lms_maximum is None else number(row.lms_maximum),
        moment(row.found_at) if row.found_at else "",
    ]


@pages.page("/<int:grade_id>", allow=TEAM)
def grade(visit: Visit, grade_id: int) -> ResponseReturnValue:
    """Show one grade with the last attempts to bring it to the platform."""
    return render_template(
        "gradebook/grade.html",
        row=service.get_row(visit.session, grade_id),
        attempts=service.attempts_of(visit.session, grade_id),
        notes=findings.notes_of(visit.session, grade_id),
        difference_words=difference_words,
        names=courses.names(visit.session),
        words=words,
    )


@pages.action("/<int:grade_id>/again", allow=TEAM)
def again(visit: Visit, grade_id: int) -> ResponseReturnValue:
    """Send one grade again."""
    findings.send_ours(visit.session, grade_id, by=visit.person_id)
    say(_("The grade is on its way again."))
    return redirect(url_for("gradebook.overview"), 303)


@pages.action("/failed/again", allow=TEAM)
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


@pages.action("/check", allow=TEAM)
def check(visit: Visit) -> ResponseReturnValue:
    """Have the platform asked whether it takes grades of this course; the page shows its answer."""
    checking.begin(visit.session)
    return redirect(url_for("gradebook.overview", _anchor="check"), 303)
