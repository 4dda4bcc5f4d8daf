"""The pages of project work: a group's own, the list of the staff, and the presentations."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.i18n import gettext as _
from lti_tool.projects import forms, presentations, records, reporting, service
from lti_tool.projects.records import Project
from lti_tool.projects.rules import State
from lti_tool.projects.service import Hand
from lti_tool.web.access import Pages, Visit, Who
from lti_tool.web.notices import say

pages = Pages("projects", __name__, prefix="/project")
EVERYBODY = frozenset(
    {Who.PARTICIPANT, Who.LEAD, Who.ASSISTANT, Who.REVIEWER, Who.EXAMINER}
)
_READERS = [Who.PARTICIPANT, Who.LEAD, Who.REVIEWER, Who.EXAMINER]
_REVIEWERS = [Who.LEAD, Who.REVIEWER]
# Programmes shift: a group may present before its slot, but not days before.
_EARLIER = timedelta(hours=12)
_DONE = 303
_INVALID = 422
_CONFLICT = 409


@pages.page("/", allow=EVERYBODY)
def overview(visit: Visit) -> ResponseReturnValue:
    """Show participants their own group, staff all groups with what waits first."""
    if visit.is_participant:
        own = records.own_project(visit.session, visit.person_id)
        return (
            render_template("projects/no_group.html") if not own else _group(visit, own)
        )
    found = records.projects(visit.session)
    if not visit.is_any(Who.LEAD, Who.REVIEWER, Who.ASSISTANT):
        found = [project for project in found if project.state is State.ACCEPTED]
    return render_template(
        "projects/overview.html",
        projects=found,
        terms=records.terms(visit.session),
        names=courses.names(visit.session),
        may_read=visit.is_any(*_READERS),
        only_accepted=not visit.is_any(Who.LEAD, Who.REVIEWER, Who.ASSISTANT),
    )


@pages.page("/groups/<int:group_id>", allow=_READERS)
def group(visit: Visit, group_id: int) -> ResponseReturnValue:
    """Show a group's work; a group that somebody may not read does not exist for them."""
    return _group(visit, _readable(visit, group_id))


def _readable(visit: Visit, group_id: int) -> Project:
    project = records.get_project(visit.session, group_id)
    is_member = visit.is_participant and visit.person_id in project.group.member_ids
    reads_accepted = visit.is_any(Who.EXAMINER) and project.state is State.ACCEPTED
    if not (is_member or reads_accepted or visit.is_any(*_REVIEWERS)):
        raise NotFoundError
    return project


def _group(
    visit: Visit, project: Project, changed: Mapping[str, FlaskForm] | None = None
) -> str:
    session, terms = visit.session, records.terms(visit.session)
    changed = changed or {}
    return render_template(
        "projects/group.html",
        project=project,
        terms=terms,
        names=courses.names(session),
        readers=courses.holders(session, "lead", "reviewer"),
        examiners=courses.holders(session, "examiner"),
        grade=reporting.grade(session, visit.person_id),
        contacts=", ".join(m.name for m in courses.holders(session, "lead")),
        presented=presentations.states(session),
        may_review=visit.is_any(*_REVIEWERS),
        is_examiner=not visit.is_any(Who.PARTICIPANT, *_REVIEWERS),
        hand_in_form=changed.get("hand_in") or forms.hand_in_form(project),
        review_form=changed.get("review") or forms.review_form(terms),
        take_back_form=changed.get("take_back") or forms.TakeBackForm(),
    )


@pages.action("/groups/<int:group_id>/hand-in", allow=[Who.PARTICIPANT])
def hand_in(visit: Visit, group_id: int) -> ResponseReturnValue:
    """Keep a further version of the person's own group."""
    before = _readable(visit, group_id)
    form = forms.hand_in_form()
    status = _attempt(
        form,
        lambda: service.hand_in(
            visit.session,
            group_id,
            Hand(visit.person_id),
            form.text.data or "",
            form.link.data or "",
        ),
    )
    if status == _DONE:
        _say_handed_in(visit, before, form.seen.data or 0)
        return redirect(url_for(".overview"), _DONE)
    return _group(visit, _readable(visit, group_id), {"hand_in": form}), status


def _say_handed_in(visit: Visit, before: Project, seen: int) -> None:
    newest = before.newest
    if _readable(visit, before.group.id).newest_number == before.newest_number:
        say(_("You changed nothing, so your newest version still waits for review."))
        return
    say(_("Handed in. Your group sees it here, and it waits for review now."))
    if newest and newest.number > seen and newest.person_id != visit.person_id:
        name = courses.names(visit.session).get(
            newest.person_id or 0, _("somebody who has left")
        )
        say(
            _(
                "Meanwhile %(name)s had handed in version %(number)s. Both are kept; "
                "yours is the newest and will be reviewed.",
                name=name,
                number=newest.number,
            )
        )


@pages.action("/groups/<int:group_id>/review", allow=_REVIEWERS)
def review(visit: Visit, group_id: int) -> ResponseReturnValue:
    """Accept or return the version that the reviewer read."""
    form = forms.review_form(records.terms(visit.session))
    status = _attempt(form, lambda: _decide(visit, group_id, form))
    if status == _DONE:
        return redirect(url_for(".overview"), _DONE)
    project = _readable(visit, group_id)
    return _group(visit, project, {"review": form}), status


def _decide(visit: Visit, group_id: int, form: forms.ReviewForm) -> None:
    version, comment = form.version.data or 0, form.comment.data or ""
    by = Hand(visit.person_id)
    if not form.is_accepting:
        service.send_back(visit.session, group_id, version, by, comment)
        say(_("Returned. The group sees your comment and can hand in again."))
        return
    points = form.given_points
    service.accept(visit.session, group_id, version, by, comment, points)
    accepted = records.get_project(visit.session, group_id)
    say(forms.counted(len(accepted.credited)))


@pages.action("/groups/<int:group_id>/take-back", allow=_REVIEWERS)
def take_back(visit: Visit, group_id: int) -> ResponseReturnValue:
    """Undo the review of the newest version."""
    form = forms.TakeBackForm()
    credited = records.get_project(visit.session, group_id).credited
    status = _attempt(
        form,
        lambda: service.take_back(
            visit.session,
            group_id,
            form.version.data or 0,
            Hand(visit.person_id),
            form.reason.data or "",
        ),
    )
    if status == _DONE:
        say(forms.taken_back(reporting.still_in_lms(visit.session, credited)))
        return redirect(url_for(".group", group_id=group_id), _DONE)
    project = _readable(visit, group_id)
    return _group(visit, project, {"take_back": form}), status


@pages.action("/groups/<int:group_id>/members/<int:person_id>/count", allow=_REVIEWERS)
def let_count(visit: Visit, group_id: int, person_id: int) -> ResponseReturnValue:
    """Let an accepted project count for somebody who joined the group later."""
    service.let_count(visit.session, group_id, person_id, Hand(visit.person_id))
    name = courses.names(visit.session)[person_id]
    say(_("The project counts for %(name)s too.", name=name))
    return redirect(url_for(".group", group_id=group_id), _DONE)


@pages.page("/settings", allow=[Who.LEAD])
def settings(visit: Visit) -> ResponseReturnValue:
    """Ask for deadline and points."""
    form = forms.terms_form(records.terms(visit.session), visit.zone)
    return render_template("projects/settings.html", form=form)


@pages.action("/settings", allow=[Who.LEAD])
def save_settings(visit: Visit) -> ResponseReturnValue:
    """Store deadline and points."""
    form = forms.TermsForm()
    status = _attempt(
        form,
        lambda: service.set_terms(
            visit.session,
            forms.moment_in(form.deadline.data, visit.zone),
            form.most_points,
        ),
    )
    if status == _DONE:
        say(_("Saved."))
        return redirect(url_for(".overview"), _DONE)
    return render_template("projects/settings.html", form=form), status


@pages.page("/presentations", allow=[Who.LEAD])
def slots(visit: Visit) -> ResponseReturnValue:
    """Show when each group presents, and ask who did."""
    return _slots(visit)


def _slots(visit: Visit, changed: tuple[int, FlaskForm] | None = None) -> str:
    found = sorted(
        records.projects(visit.session),
        key=lambda p: (p.slot is None, p.slot and p.slot.starts_at, p.group.name),
    )
    workshop = presentations.closing_workshop(visit.session)
    slot_forms = {p.group.id: forms.slot_form(p, visit.zone, workshop) for p in found}
    if changed is not None:
        slot_forms[changed[0]] = changed[1]
    states, names = presentations.states(visit.session), courses.names(visit.session)
    return render_template(
        "projects/presentations.html",
        projects=found,
        slot_forms=slot_forms,
        record_forms={
            p.group.id: forms.record_form(p, names, _ticked(p, states)) for p in found
        },
        states=states,
        names=names,
        now=clock.now(),
        soon=clock.now() + _EARLIER,
    )


def _ticked(project: Project, states: Mapping[int, str]) -> list[int]:
    """Return whose box is ticked: everybody's until somebody was recorded as absent."""
    missed = presentations.MISSED
    return [i for i in project.group.member_ids if states.get(i) != missed]


@pages.action("/groups/<int:group_id>/slot", allow=[Who.LEAD])
def set_slot(visit: Visit, group_id: int) -> ResponseReturnValue:
    """Store when a group presents."""
    project = records.get_project(visit.session, group_id)
    form = forms.slot_form(project, visit.zone, None)
    status = _attempt(
        form,
        lambda: presentations.set_slot(
            visit.session,
            group_id,
            forms.moment_in(form.starts_at.data, visit.zone),
            form.minutes.data or presentations.USUAL_MINUTES,
        ),
    )
    if status == _DONE:
        say(_("Saved."))
        return redirect(url_for(".slots", _anchor=f"group-{group_id}"), _DONE)
    return _slots(visit, (group_id, form)), status


@pages.action("/groups/<int:group_id>/presented", allow=[Who.LEAD])
def record_presentation(visit: Visit, group_id: int) -> ResponseReturnValue:
    """Record who of a group presented."""
    project = records.get_project(visit.session, group_id)
    form = forms.record_form(project, courses.names(visit.session), ())
    presented = form.presented.data or ()
    if not form.validate():
        raise InvalidError
    presentations.record(visit.session, group_id, presented, visit.person_id)
    say(_("Recorded who presented."))
    return redirect(url_for(".slots", _anchor=f"group-{group_id}"), _DONE)


@pages.action("/groups/<int:group_id>/presented/undo", allow=[Who.LEAD])
def undo_presentation(visit: Visit, group_id: int) -> ResponseReturnValue:
    """Undo what was recorded of a presentation."""
    presentations.take_back(visit.session, group_id)
    say(_("Taken back. Nothing is recorded of this presentation."))
    return redirect(url_for(".slots", _anchor=f"group-{group_id}"), _DONE)


def _attempt(form: FlaskForm, step: Callable[[], object]) -> int:
    """Take a step if the form is valid; return 303, or the status of the form shown again.

    A conflict is told in the form, so that nothing that was typed is lost.
    """
    if not form.validate_on_submit():
        return _INVALID
    try:
        step()
    except ConflictError as conflict:
        form.form_errors.append(conflict.message)
        return _CONFLICT
    return _DONE
