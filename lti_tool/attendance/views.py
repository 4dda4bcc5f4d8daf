"""Meetings, the participant's own list, the matrix and the list of one meeting."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool import clock
from lti_tool.attendance import evidence, service, setup
from lti_tool.attendance.evidence import Hand
from lti_tool.attendance.forms import (
    MeetingForm,
    filled,
    list_wishes,
    matrix_wishes,
    seen,
)
from lti_tool.attendance.home import (
    ORGANISERS,
    RECORDERS,
    attended_so_far,
    may_record,
    own_marks,
    progress,
)
from lti_tool.attendance.models import Meeting, MeetingState
from lti_tool.attendance.words import KINDS, OWN_STATES, STATES, short_day
from lti_tool.courses import service as courses
from lti_tool.errors import InvalidError, NotAllowedError
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.web.access import Pages, Visit, Who
from lti_tool.web.notices import say

pages = Pages("attendance", __name__, prefix="/attendance")
READERS = [Who.LEAD, Who.ASSISTANT, Who.EXAMINER]


@pages.page("/", allow=[Who.ANYONE])
def index(visit: Visit) -> ResponseReturnValue:
    """List the meetings: a participant's own attendance, or the team's lists."""
    return _team_page(visit) if visit.is_any(*RECORDERS) else _own_page(visit)


def _team_page(visit: Visit) -> str:
    return render_template(
        "attendance/team.html",
        rows=progress(visit),
        total=sum(meeting.minutes for meeting in _counting(visit)),
        kinds=KINDS,
        names=courses.names(visit.session),
        may_plan=visit.is_any(*ORGANISERS),
        waiting=len(setup.waiting(visit.session)),
    )


def _own_page(visit: Visit) -> str:
    """Staff without a duty see the dates, which is all of this page that is nobody's own."""
    person_id = visit.person_id if visit.is_participant else 0
    own, planned, now = (
        own_marks(visit.session, person_id),
        service.meetings(visit.session),
        clock.now(),
    )
    return render_template(
        "attendance/own.html",
        meetings=planned,
        upcoming=[meeting for meeting in planned if meeting.ends_at > now],
        past=[meeting for meeting in reversed(planned) if meeting.ends_at <= now],
        marks=own,
        changes=evidence.history(visit.session, person_id),
        summary=attended_so_far(_counting(visit), own),
        contacts=", ".join(
            m.name for m in courses.holders(visit.session, "lead", "assistant")
        ),
        kinds=KINDS,
        words=STATES,
        own=OWN_STATES,
        names=courses.names(visit.session),
    )


# Planning


@pages.page("/meetings/new", allow=ORGANISERS)
def new(visit: Visit) -> ResponseReturnValue:
    """Show the empty form of a meeting."""
    # The kick-off is planned first; what follows is a webinar most often.
    usual = "webinar" if service.meetings(visit.session) else "kickoff"
    return _form_page(visit, MeetingForm(kind=usual))


@pages.action("/meetings/new", allow=ORGANISERS)
def add(visit: Visit) -> ResponseReturnValue:
    """Put a meeting into the plan."""
    form = MeetingForm()
    form.offer(courses.staff(visit.session))
    if not form.validate():
        return _form_page(visit, form), 422
    service.add_meeting(visit.session, form.draft(visit.zone))
    say(_("The meeting is in the plan."))
    return redirect(url_for(".index"), 303)


@pages.page("/meetings/<int:meeting_id>/edit", allow=ORGANISERS)
def edit(visit: Visit, meeting_id: int) -> ResponseReturnValue:
    """Show the form with a meeting of the plan."""
    meeting = service.get_meeting(visit.session, meeting_id)
    return _form_page(visit, MeetingForm(data=filled(meeting, visit.zone)), meeting)


@pages.action("/meetings/<int:meeting_id>/edit", allow=ORGANISERS)
def change(visit: Visit, meeting_id: int) -> ResponseReturnValue:
    """Change a meeting of the plan."""
    meeting = service.get_meeting(visit.session, meeting_id)
    form = MeetingForm()
    form.offer(courses.staff(visit.session))
    if not form.validate():
        return _form_page(visit, form, meeting), 422
    service.change_meeting(
        visit.session, meeting, form.draft(visit.zone), by=visit.person_id
    )
    say(_("The meeting is changed."))
    return redirect(url_for(".index"), 303)


def _form_page(visit: Visit, form: MeetingForm, meeting: Meeting | None = None) -> str:
    form.offer(courses.staff(visit.session))
    return render_template("attendance/meeting_form.html", form=form, meeting=meeting)


@pages.action("/meetings/<int:meeting_id>/cancel", allow=ORGANISERS)
def cancel(visit: Visit, meeting_id: int) -> ResponseReturnValue:
    """Take a meeting out of the plan."""
    service.cancel(visit.session, service.get_meeting(visit.session, meeting_id))
    say(_("The meeting is cancelled. It stays visible and counts for nothing."))
    return redirect(url_for(".index"), 303)


@pages.action("/meetings/<int:meeting_id>/reinstate", allow=ORGANISERS)
def reinstate(visit: Visit, meeting_id: int) -> ResponseReturnValue:
    """Put a cancelled meeting back into the plan."""
    service.reinstate(visit.session, service.get_meeting(visit.session, meeting_id))
    say(_("The meeting is in the plan again."))
    return redirect(url_for(".index"), 303)


# The list of one meeting


@pages.page("/meetings/<int:meeting_id>", allow=RECORDERS)
def meeting(visit: Visit, meeting_id: int) -> ResponseReturnValue:
    """Show the list of one meeting, to be filled in and signed off."""
    return _list_page(visit, _recordable(visit, meeting_id))


def _recordable(visit: Visit, meeting_id: int) -> Meeting:
    found = service.get_meeting(visit.session, meeting_id)
    if not may_record(visit, found):
        raise NotAllowedError
    return found


def _list_page(visit: Visit, meeting: Meeting, problem: object = None) -> str:
    return render_template(
        "attendance/meeting.html",
        meeting=meeting,
        problem=problem,
        sent=request.form,
        people=courses.participants(visit.session),
        marks=service.marks(visit.session, meeting),
        changes=evidence.meeting_history(visit.session, meeting),
        seen=evidence.newest(visit.session),
        open_count=len(service.open_people(visit.session, meeting)),
        names=courses.names(visit.session),
        may_plan=visit.is_any(*ORGANISERS),
        kinds=KINDS,
        words=STATES,
        has_begun=meeting.starts_at <= clock.now(),
    )


@pages.action("/meetings/<int:meeting_id>/list", allow=RECORDERS)
def record(visit: Visit, meeting_id: int) -> ResponseReturnValue:
    """Store the list of one meeting."""
    found = _recordable(visit, meeting_id)
    people = [person.person_id for person in courses.participants(visit.session)]
    try:
        wishes = list_wishes(request.form, people, found)
        hand = Hand(visit.person_id, reason=request.form.get("reason", "")[:1000])
        told = service.record(
            visit.session, found, wishes, hand=hand, seen=seen(request.form)
        )
    except InvalidError as error:
        return _list_page(visit, found, error.message), 422
    _tell(visit, *told)
    return redirect(url_for(".meeting", meeting_id=meeting_id), 303)


def _saved(changed: int) -> str:
    if not changed:
        return _("Nothing was changed.")
    return ngettext("%(num)s entry saved.", "%(num)s entries saved.", changed)


def _tell(visit: Visit, changed: int, overtaken: list[int]) -> None:
    if changed or not overtaken:
        say(_saved(changed))
    if overtaken:
        names = courses.names(visit.session)
        say(
            _(
                "Somebody else recorded something different meanwhile for %(names)s. Theirs was kept: please look again.",
                names=", ".join(names[person_id] for person_id in overtaken),
            )
        )


@pages.action("/meetings/<int:meeting_id>/sign-off", allow=RECORDERS)
def sign_off(visit: Visit, meeting_id: int) -> ResponseReturnValue:
    """Vouch for the list of one meeting."""
    service.sign_off(visit.session, _recordable(visit, meeting_id), by=visit.person_id)
    say(_("The list is signed off. Later changes are corrections and need a reason."))
    return redirect(url_for(".meeting", meeting_id=meeting_id), 303)


# The matrix


@pages.page("/matrix", allow=READERS)
def matrix(visit: Visit) -> ResponseReturnValue:
    """Show everybody's attendance at every meeting."""
    return render_template(
        "attendance/matrix.html",
        meetings=_counting(visit),
        people=courses.participants(visit.session),
        marks=service.matrix(visit.session),
        seen=evidence.newest(visit.session),
        may_record=visit.is_any(*ORGANISERS),
        kinds=KINDS,
        words=STATES,
        short_day=lambda moment: short_day(moment, visit.zone),
        now=clock.now(),
    )


def _counting(visit: Visit) -> list[Meeting]:
    planned = service.meetings(visit.session)
    return [meeting for meeting in planned if meeting.state != MeetingState.CANCELLED]


@pages.action("/matrix", allow=ORGANISERS)
def record_matrix(visit: Visit) -> ResponseReturnValue:
    """Store what was changed in the matrix."""
    people = [person.person_id for person in courses.participants(visit.session)]
    planned = _counting(visit)
    wishes = matrix_wishes(request.form, people, planned)
    changed, overtaken = 0, set[int]()
    for found in planned:
        hand = Hand(visit.person_id, "matrix")
        told = service.record(
            visit.session, found, wishes[found.id], hand=hand, seen=seen(request.form)
        )
        changed, overtaken = changed + told[0], overtaken.union(told[1])
    _tell(visit, changed, sorted(overtaken))
    return redirect(url_for(".matrix"), 303)
