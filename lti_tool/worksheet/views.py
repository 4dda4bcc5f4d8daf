"""The pages on which participants see, fill in and hand in their worksheet."""

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.errors import InvalidError, NotFoundError
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Visit
from lti_tool.web.filters import time_of_day
from lti_tool.web.notices import say
from lti_tool.worksheet import network_views, service, sharing, sharing_views, snapshots
from lti_tool.worksheet.answers import UnfitError
from lti_tool.worksheet.forms import edits, why_unfit
from lti_tool.worksheet.overview import overview_of
from lti_tool.worksheet.pages import (
    OWNER,
    READERS,
    back_to,
    not_editable,
    open_draft,
    pages,
    sheet_of,
    show_page,
    today,
    words_for,
)
from lti_tool.worksheet.rules import Verdict
from lti_tool.worksheet.sheet import Words

__all__ = ["pages"]

# Importing them registers their pages.
PARTS = (network_views, sharing_views)


@pages.page("/", allow=READERS)
def overview(visit: Visit) -> ResponseReturnValue:
    """Show where the participant stands, what comes next and who reads what."""
    if not visit.is_participant:
        return redirect(url_for(".team"), 303)
    return render_template(
        "worksheet/overview.html",
        words=words_for(visit),
        seen=overview_of(visit.session, visit.person_id, today(visit)),
        contacts=", ".join(m.name for m in courses.holders(visit.session, "lead")),
    )


@pages.action("/<phase>/begin", allow=OWNER)
def begin(visit: Visit, phase: str) -> ResponseReturnValue:
    """Begin a phase and go to its first page."""
    service.begin(visit.session, visit.person_id, phase, today(visit))
    return redirect(url_for(".page", phase=phase, number=1), 303)


# Filling in


@pages.page("/<phase>/<int:number>", allow=OWNER)
def page(visit: Visit, phase: str, number: int) -> ResponseReturnValue:
    """Show three prompts at most."""
    if (elsewhere := not_editable(visit, phase)) is not None:
        return elsewhere
    return show_page(visit, phase, number)


@pages.action("/<phase>/<int:number>", allow=OWNER)
def save_page(visit: Visit, phase: str, number: int) -> ResponseReturnValue:
    """Save what the page holds and go where the pressed button says."""
    draft = open_draft(visit, phase)
    sheet = sheet_of(visit, phase)
    problems, typed, split = {}, {}, False
    for edit in edits(
        request.form, (f for i in sheet.page(number).items for f in sheet.fields(i))
    ):
        try:
            split |= service.save(visit.session, draft, edit).verdict is Verdict.ASIDE
        except UnfitError as error:
            problems[edit.path], typed[edit.path] = why_unfit(error.reason), edit.value
    if problems:
        return show_page(visit, phase, number, problems=problems, typed=typed), 422
    return redirect(_next(visit, phase, number, stay=split), 303)


def _next(visit: Visit, phase: str, number: int, *, stay: bool) -> str:
    wanted = {"back": number - 1, "stay": number}.get(
        request.form.get("then", ""), number + 1
    )
    last = len(sheet_of(visit, phase).pages)
    if stay:
        return url_for(".page", phase=phase, number=number)
    if wanted > last:
        return url_for(".review", phase=phase)
    return url_for(".page", phase=phase, number=max(1, wanted))


@pages.action("/<phase>/field", allow=OWNER)
def save_field(visit: Visit, phase: str) -> ResponseReturnValue:
    """Save one field for the page's script; 409 says that two versions are kept."""
    form = request.form
    edit = service.Edit(
        path=form.get("path", ""),
        value=form.get("value", ""),
        base=form.get("base", 0, type=int),
        op_id=form.get("op", "")[:80],
    )
    if not edit.op_id:
        raise InvalidError
    try:
        outcome = service.save(visit.session, open_draft(visit, phase), edit)
    except UnfitError as error:
        return jsonify(message=why_unfit(error.reason)), 422
    answer = jsonify(
        verdict=outcome.verdict, number=outcome.number, at=time_of_day(clock.now())
    )
    return answer, 409 if outcome.verdict is Verdict.ASIDE else 200


@pages.action("/<phase>/settle", allow=OWNER)
def settle(visit: Visit, phase: str) -> ResponseReturnValue:
    """Decide between two versions of one field."""
    service.settle(
        visit.session,
        open_draft(visit, phase),
        request.form.get("path", ""),
        request.form.get("number", 0, type=int),
        request.form.get("keep", ""),
    )
    say(_("Decided. The other version stays in the history of your worksheet."))
    return redirect(back_to(phase), 303)


# Handing in


@pages.page("/<phase>/review", allow=OWNER)
def review(visit: Visit, phase: str) -> ResponseReturnValue:
    """Show everything once more, what is missing, and the button that hands in."""
    if (elsewhere := not_editable(visit, phase)) is not None:
        return elsewhere
    return _show_review(visit, phase)


def _show_review(visit: Visit, phase: str) -> str:
    draft = service.find_draft(visit.session, visit.person_id, phase)
    return render_template(
        "worksheet/review.html",
        words=words_for(visit),
        sheet=sheet_of(visit, phase),
        choices=service.choices_to_make(visit.session, draft) if draft else (),
        audiences=sharing.audiences_of(visit.session, visit.person_id),
        reader_names=sharing.reader_names(visit.session, visit.person_id),
    )


@pages.action("/<phase>/hand-in", allow=OWNER)
def hand_in(visit: Visit, phase: str) -> ResponseReturnValue:
    """Freeze the phase and report to the gradebook that it was handed in."""
    draft = open_draft(visit, phase)
    try:
        snapshots.hand_in(visit.session, draft, visit.person_id)
    except InvalidError:
        return _show_review(visit, phase), 422
    say(
        _(
            "Handed in. What you wrote can no longer be changed, and only those named here read it."
        )
    )
    return redirect(url_for(".handed_in", phase=phase), 303)


@pages.page("/<phase>/handed-in", allow=OWNER)
def handed_in(visit: Visit, phase: str) -> ResponseReturnValue:
    """Show what the participant handed in."""
    snapshot = service.find_snapshot(visit.session, visit.person_id, phase)
    if snapshot is None:
        raise NotFoundError
    reading = snapshots.read(visit.session, snapshot)
    return render_template(
        "worksheet/handed_in.html",
        reading=reading,
        words=Words(reading.instrument, visit.locale),
        names=reading.labels,
        audiences=sharing.audiences_of(visit.session, visit.person_id),
        reader_names=sharing.reader_names(visit.session, visit.person_id),
        is_intact=snapshots.is_intact(visit.session, snapshot),
    )
