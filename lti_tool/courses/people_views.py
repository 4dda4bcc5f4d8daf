"""The people of a course: duties, the platform's list, who knows whom."""

from collections.abc import Iterable
from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool import clock
from lti_tool.courses import people, runs, words
from lti_tool.courses.course import course_of
from lti_tool.courses.forms import DutiesForm
from lti_tool.courses.models import Course
from lti_tool.courses.people import Member
from lti_tool.courses.platform_groups import name_of
from lti_tool.courses.profiles import profiles
from lti_tool.errors import InvalidError
from lti_tool.i18n import gettext as _
from lti_tool.persistence import workers
from lti_tool.web.access import TEAM, Pages, Visit, Who
from lti_tool.web.notices import say

pages = Pages("people", __name__, prefix="/people")
_KEEPERS = [Who.LEAD, Who.ASSISTANT]


@pages.page("/", allow=_KEEPERS)
def overview(visit: Visit) -> ResponseReturnValue:
    """Show staff with their duties and participants with their profiles."""
    session = visit.session
    course = course_of(session)
    everybody = people.participants(session)
    groups = _platform_groups(course, everybody) if visit.is_lead else {}
    chosen = request.args.get("group", "")
    shown = [
        m for m in everybody if chosen not in groups or chosen in m.platform_groups
    ]
    return render_template(
        "courses/people.html",
        staff=people.staff(session),
        waiting={m.person_id for m in people.waiting_staff(session)},
        participants=shown,
        others_by_video=[
            m.person_id for m in everybody if m.joins_by_video and m not in shown
        ],
        total=len(everybody),
        groups=groups,
        chosen=chosen,
        profiles=profiles(session),
        roster=_roster(visit),
        words=words,
    )


@pages.page("/list", allow=_KEEPERS)
def list_of_members(visit: Visit) -> ResponseReturnValue:
    """Show how it stands with the platform's list of members, and nothing else."""
    return render_template("courses/_roster.html", roster=_roster(visit), words=words)


def _roster(visit: Visit) -> dict[str, object]:
    """Return what the page says of the list of members."""
    course, run = course_of(visit.session), runs.run_of(visit.session)
    if not course.memberships_url:
        return {"stage": "not_offered"}
    stage = runs.stage(course, run, clock.now())
    return {
        "stage": stage,
        "run": run,
        "course": course,
        "is_spared": run is not None and _is_ahead(run.spared_until),
        "comes": course.roster_due_at if _is_ahead(course.roster_due_at) else None,
        "lacks_worker": stage == "waiting" and not workers.alive(visit.session),
    }


def _is_ahead(moment: datetime | None) -> bool:
    return moment is not None and moment > clock.now()


def _platform_groups(course: Course, members: Iterable[Member]) -> dict[str, str]:
    """Return the names of the platform's groups in which somebody is, by id."""
    ids = {group_id for member in members for group_id in member.platform_groups}
    return dict(
        sorted(((i, name_of(course, i)) for i in ids), key=lambda pair: pair[::-1])
    )


@pages.action("/<int:person_id>/duties", allow=[Who.LEAD])
def set_duties(visit: Visit, person_id: int) -> ResponseReturnValue:
    """Give a member of staff the duties that were ticked."""
    form = DutiesForm()
    if not form.validate():
        raise InvalidError
    wanted = set(form.duties.data or ())
    people.set_duties(visit.session, person_id, wanted, by=visit.person_id)
    say(_("The duties of %(name)s are stored.", name=_name(visit, person_id)))
    gave_up = person_id == visit.person_id and "lead" not in wanted
    return redirect(url_for("courses.home" if gave_up else "people.overview"), 303)


@pages.action("/<int:person_id>/no-duty", allow=[Who.LEAD])
def need_no_duty(visit: Visit, person_id: int) -> ResponseReturnValue:
    """Stop reminding the leads of a member of staff without a duty."""
    people.need_no_duty(visit.session, person_id)
    say(_("%(name)s sees the dates only.", name=_name(visit, person_id)))
    return redirect(url_for("people.overview"), 303)


@pages.action("/refresh", allow=_KEEPERS)
def refresh(visit: Visit) -> ResponseReturnValue:
    """Have the platform's list of members fetched."""
    runs.ask(visit.session)
    return redirect(url_for("people.overview", _anchor="roster"), 303)


@pages.action("/by-video", allow=_KEEPERS)
def set_by_video(visit: Visit) -> ResponseReturnValue:
    """Note who regularly joins by video."""
    people.set_joins_by_video(visit.session, request.form.getlist("person", type=int))
    say(_("It is noted who joins by video."))
    return redirect(url_for("people.overview"), 303)


@pages.page("/participants", allow=[Who.PARTICIPANT, *TEAM])
def directory(visit: Visit) -> ResponseReturnValue:
    """Show who takes part, and from which network and region."""
    return render_template(
        "courses/directory.html",
        participants=people.participants(visit.session),
        profiles=profiles(visit.session),
        team=people.holders(visit.session, *words.DUTIES),
        words=words,
    )


@pages.page("/questions", allow=TEAM)
def questions(visit: Visit) -> ResponseReturnValue:
    """Show the team what participants ask of the course."""
    known = profiles(visit.session)
    asked = [
        (person, known[person.person_id])
        for person in people.participants(visit.session)
        if person.person_id in known and known[person.person_id].question
    ]
    return render_template("courses/questions.html", asked=asked)


@pages.page("/not-here", allow=TEAM)
def not_here(_visit: Visit) -> ResponseReturnValue:
    """Say that the person whose work was asked for does not take part in this course."""
    return render_template("courses/not_here.html")


def _name(visit: Visit, person_id: int) -> str:
    return people.names(visit.session)[person_id]
