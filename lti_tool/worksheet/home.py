"""What the course home says of the worksheet."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import url_for

from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session
from lti_tool.web.access import Visit
from lti_tool.web.filters import day
from lti_tool.web.tool import Card
from lti_tool.worksheet import sharing
from lti_tool.worksheet.overview import PhaseView, phase_views
from lti_tool.worksheet.pages import today
from lti_tool.worksheet.rules import PhaseState

_SOON = timedelta(days=3)


def phase_name(phase: str) -> str:
    """Return what a phase is called in the reader's language."""
    return str({"start": _("Start"), "mid": _("Mid"), "end": _("End")}[phase])


def review(_session: Session, person_id: int) -> tuple[str, dict[str, Any]]:
    """Return where staff see what a participant handed in: that they did, never what."""
    return "worksheet.team", {"_anchor": f"person-{person_id}"}


def home_cards(visit: Visit) -> Sequence[Card]:
    """Return the open phases of a participant, or how many have handed in."""
    if visit.is_participant:
        now = today(visit)
        return [
            _open_phase(one, now)
            for one in phase_views(visit.session, visit.person_id, now)
            if one.state is PhaseState.OPEN
        ]
    people = sharing.hand_ins(visit.session)
    if not people:
        return []
    count = sum(bool(person.handed_in) for person in people)
    return [
        Card(
            title=_("Worksheet"),
            text=_(
                "%(count)d of %(all)d participants have handed in a phase.",
                count=count,
                all=len(people),
            ),
            url=url_for("worksheet.team"),
            action=_("Who handed in what"),
        )
    ]


def _open_phase(one: PhaseView, now: date) -> Card:
    done, asked = one.sheet.progress
    closes_on = one.window.closes_on
    is_urgent = closes_on is not None and closes_on - now <= _SOON
    if one.begun:
        text = _("%(done)d of %(asked)d prompts answered.", done=done, asked=asked)
    else:
        text = _(
            "Look at your network and your own part in it. Only you read it unless you share it."
        )
    return Card(
        title=_("Worksheet: %(phase)s", phase=phase_name(one.phase)),
        text=text,
        url=url_for("worksheet.overview"),
        action=_("Continue") if one.begun else _("Begin"),
        urgency=3 if is_urgent else 2,
        when=_("until %(day)s", day=day(closes_on)) if closes_on else None,
    )
