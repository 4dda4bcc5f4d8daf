"""The actions on actors and ties, which stand on the pages of prompts."""

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Visit
from lti_tool.worksheet import network, service
from lti_tool.worksheet.forms import ActorForm, actor_form, tie_form
from lti_tool.worksheet.pages import (
    OWNER,
    back_to,
    not_editable,
    open_draft,
    pages,
    show_page,
    words_for,
)


@pages.action("/<phase>/actors", allow=OWNER)
def add_actor(visit: Visit, phase: str) -> ResponseReturnValue:
    """Add an organisation to the list."""
    draft = open_draft(visit, phase)
    form = actor_form(words_for(visit))
    if not form.validate():
        return _show_actor_again(visit, phase, form)
    try:
        actor = network.add_actor(
            visit.session, draft, form.uuid.data or "", form.facts()
        )
    except InvalidError as error:
        form.label.errors = [
            error.message or _("Please choose one of the answers shown.")
        ]
        return _show_actor_again(visit, phase, form)
    return redirect(back_to(phase, f"add-{actor.status}"), 303)


def _show_actor_again(visit: Visit, phase: str, form: ActorForm) -> ResponseReturnValue:
    number = request.form.get("page", 1, type=int)
    slot = "missing_form" if form.status.data == "missing" else "known_form"
    return show_page(visit, phase, number, **{slot: form}), 422


@pages.page("/<phase>/actors/<actor>", allow=OWNER)
def edit_actor(visit: Visit, phase: str, actor: str) -> ResponseReturnValue:
    """Show what is known of an organisation, for changing it."""
    if (elsewhere := not_editable(visit, phase)) is not None:
        return elsewhere
    draft = service.find_draft(visit.session, visit.person_id, phase)
    if draft is None:
        raise NotFoundError
    row = network.get_actor(visit.session, draft, actor)
    return _show_actor(phase, actor_form(words_for(visit), row))


def _show_actor(phase: str, form: ActorForm, now: object = None) -> str:
    back = request.values.get("page", 1, type=int)
    return render_template(
        "worksheet/actor.html", form=form, phase=phase, back=back, now=now
    )


@pages.action("/<phase>/actors/<actor>", allow=OWNER)
def change_actor(visit: Visit, phase: str, actor: str) -> ResponseReturnValue:
    """Change what is known of an organisation."""
    draft = open_draft(visit, phase)
    form = actor_form(words_for(visit))
    if not form.validate():
        return _show_actor(phase, form), 422
    try:
        network.change_actor(
            visit.session, draft, actor, form.facts(), form.version.data or 0
        )
    except ConflictError:
        row = network.get_actor(visit.session, draft, actor)
        return _show_actor(phase, form, now=row), 409
    return redirect(back_to(phase, f"actor-{actor}"), 303)


@pages.action("/<phase>/actors/<actor>/closeness", allow=OWNER)
def set_closeness(visit: Visit, phase: str, actor: str) -> ResponseReturnValue:
    """Say how close an organisation is."""
    draft = open_draft(visit, phase)
    network.set_closeness(
        visit.session, draft, actor, request.form.get("closeness", "")
    )
    return redirect(back_to(phase, f"actor-{actor}"), 303)


@pages.action("/<phase>/actors/<actor>/remove", allow=OWNER)
def remove_actor(visit: Visit, phase: str, actor: str) -> ResponseReturnValue:
    """Take an organisation off the list; the page offers to put it back."""
    network.remove_actor(visit.session, open_draft(visit, phase), actor)
    return redirect(back_to(phase, "actors", removed_actor=actor), 303)


@pages.action("/<phase>/actors/<actor>/restore", allow=OWNER)
def restore_actor(visit: Visit, phase: str, actor: str) -> ResponseReturnValue:
    """Put an organisation back on the list."""
    network.restore_actor(visit.session, open_draft(visit, phase), actor)
    return redirect(back_to(phase, f"actor-{actor}"), 303)


@pages.action("/<phase>/ties", allow=OWNER)
def set_tie(visit: Visit, phase: str) -> ResponseReturnValue:
    """Say that two organisations work together, and how closely."""
    draft = open_draft(visit, phase)
    form = tie_form(words_for(visit), network.actors_of(visit.session, draft))
    number = request.form.get("page", 1, type=int)
    if not form.validate():
        return show_page(visit, phase, number, tie_form=form), 422
    try:
        network.set_tie(
            visit.session, draft, form.one.data, form.other.data, form.strength.data
        )
    except InvalidError as error:
        form.other.errors = [
            error.message or _("Please choose one of the answers shown.")
        ]
        return show_page(visit, phase, number, tie_form=form), 422
    return redirect(back_to(phase, "ties"), 303)


@pages.action("/<phase>/ties/<int:tie>/remove", allow=OWNER)
def remove_tie(visit: Visit, phase: str, tie: int) -> ResponseReturnValue:
    """Take a tie off the list; the page offers to put it back."""
    network.remove_tie(visit.session, open_draft(visit, phase), tie)
    return redirect(back_to(phase, "ties", removed_tie=str(tie)), 303)


@pages.action("/<phase>/ties/<int:tie>/restore", allow=OWNER)
def restore_tie(visit: Visit, phase: str, tie: int) -> ResponseReturnValue:
    """Put a tie back on the list."""
    network.restore_tie(visit.session, open_draft(visit, phase), tie)
    return redirect(back_to(phase, "ties"), 303)
