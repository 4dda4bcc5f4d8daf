"""What the worksheet's pages have in common: their blueprint and the page of prompts."""

import uuid
from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool import clock
from lti_tool.errors import NotFoundError
from lti_tool.persistence.session import Session
from lti_tool.web.access import Pages, Visit, Who
from lti_tool.worksheet import phases, service, sharing
from lti_tool.worksheet.forms import actor_form, tie_form
from lti_tool.worksheet.instrument import PHASES, Page
from lti_tool.worksheet.library import get_instrument
from lti_tool.worksheet.models import Draft
from lti_tool.worksheet.rules import MANY_ACTORS, PhaseState
from lti_tool.worksheet.sheet import Sheet, Words, make_sheet

pages = Pages("worksheet", __name__, prefix="/worksheet")
OWNER = [Who.PARTICIPANT]
TEAM = [Who.LEAD, Who.ASSISTANT]
READERS = [*OWNER, *TEAM]


def today(visit: Visit) -> date:
    """Return the day it is where the course takes place."""
    return clock.now().astimezone(visit.zone).date()


def words_for(visit: Visit) -> Words:
    """Return the instrument's texts in the visitor's language."""
    return Words(get_instrument(), visit.locale)


def open_draft(visit: Visit, phase: str) -> Draft:
    """Return the visitor's draft of an open phase or raise."""
    return service.open_draft(visit.session, visit.person_id, phase, today(visit))


def not_editable(visit: Visit, phase: str) -> ResponseReturnValue | None:
    """Return where to go instead if the phase cannot be worked on now."""
    if phase not in PHASES:
        raise NotFoundError
    state = phases.states(visit.session, visit.person_id, today(visit))[phase]
    begun = service.find_draft(visit.session, visit.person_id, phase) is not None
    if state is PhaseState.HANDED_IN:
        return redirect(url_for(".handed_in", phase=phase), 303)
    if state is not PhaseState.OPEN or not (begun or visit.is_preview):
        return redirect(url_for(".overview"), 303)
    return None


def sheet_of(visit: Visit, phase: str) -> Sheet:
    """Return what the visitor entered in a phase so far."""
    draft = service.find_draft(visit.session, visit.person_id, phase)
    return make_sheet(visit.session, phase, draft)


def _choices_on(session: Session, draft: Draft, page: Page) -> list[service.Choice]:
    here = {item.id for item in page.items}
    return [
        choice
        for choice in service.choices_to_make(session, draft)
        if choice.field.path.split(".")[0] in here
    ]


def show_page(visit: Visit, phase: str, number: int, **more: Any) -> str:
    """Return a page of prompts; ``more`` holds forms that did not validate."""
    session, words, sheet = visit.session, words_for(visit), sheet_of(visit, phase)
    draft = service.find_draft(session, visit.person_id, phase)
    context = {
        "words": words,
        "sheet": sheet,
        "page": sheet.page(number),
        "op": str(uuid.uuid4()),
        "actor_id": str(uuid.uuid4()),
        "choices": _choices_on(session, draft, sheet.page(number)) if draft else (),
        "audiences": sharing.audiences_of(session, visit.person_id),
        "reader_names": sharing.reader_names(session, visit.person_id),
        "known_form": actor_form(words, status="known"),
        "missing_form": actor_form(words, status="missing"),
        "tie_form": tie_form(words, sheet.actors),
        "many": len(sheet.actors) >= MANY_ACTORS,
        "removed_actor": request.args.get("removed_actor", ""),
        "removed_tie": request.args.get("removed_tie", 0, type=int),
        "problems": {},
        "typed": {},
    }
    return render_template("worksheet/page.html", **{**context, **more})


def back_to(phase: str, anchor: str | None = None, **query: Any) -> str:
    """Return the page of the phase from which a small form was sent."""
    number = request.form.get("page", 0, type=int)
    if number < 1:
        return url_for(".review", phase=phase)
    return url_for(".page", phase=phase, number=number, _anchor=anchor, **query)
