"""What the course home says of grades: what did not arrive, and that nothing goes out."""

from collections.abc import Sequence

from flask import url_for
from sqlalchemy import func, select

from lti_tool.gradebook import words
from lti_tool.gradebook.models import Grade
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.i18n import ngettext
from lti_tool.persistence import workers
from lti_tool.persistence.session import Session
from lti_tool.web.access import Visit
from lti_tool.web.tool import Card

_NOW = 3
_STANDSTILL = _l(
    "The part of this tool that sends grades and fetches lists of members does not run. Nothing is lost: all of it goes out by itself once that part runs again. Tell the operator of this tool."
)


def home_cards(visit: Visit) -> Sequence[Card]:
    """Return what keeps grades from the gradebook, for leads and assistants."""
    cards = [
        _standstill(visit) if visit.is_lead else None,
        _differing(visit),
        _failed(visit),
        _withdrawn(visit) if visit.is_lead else None,
    ]
    return [card for card in cards if card is not None]


def standstill(session: Session) -> str | None:
    """Return what to say if no grade can go out because no worker lives, else None."""
    return None if workers.alive(session) else str(_STANDSTILL)


def _failed(visit: Visit) -> Card | None:
    failed = dict(
        visit.session.execute(
            select(Grade.answer, func.count())
            .where(Grade.state == "failed")
            .group_by(Grade.answer)
        ).all()
    )
    count = sum(failed.values())
    if not count:
        return None
    title = ngettext(
        "%(num)s grade did not reach the gradebook",
        "%(num)s grades did not reach the gradebook",
        count,
    )
    text = (
        words.in_words(next(iter(failed)))
        if len(failed) == 1
        else _("There are several reasons. The page says each, and what helps.")
    )
    return Card(
        title,
        text,
        url_for("gradebook.overview", state="failed"),
        _("See them and send again"),
        urgency=_NOW,
    )


def _differing(visit: Visit) -> Card | None:
    differing = select(func.count(Grade.id)).where(Grade.state == "changed")
    count = visit.session.scalar(differing)
    if not count:
        return None
    return Card(
        ngettext(
            "%(num)s grade is different in the learning platform",
            "%(num)s grades are different in the learning platform",
            count,
        ),
        _(
            "Somebody entered, changed or deleted it there. Nothing is overwritten: you decide."
        ),
        url_for("gradebook.overview", state="changed"),
        _("See them and decide"),
        urgency=2,
    )


def _withdrawn(visit: Visit) -> Card | None:
    withdrawn = select(func.count(Grade.id)).where(Grade.state == "withdrawn")
    count = visit.session.scalar(withdrawn)
    if not count:
        return None
    return Card(
        ngettext(
            "%(num)s withdrawn grade still stands in the learning platform",
            "%(num)s withdrawn grades still stand in the learning platform",
            count,
        ),
        _("This tool cannot take it out there. Remove by hand what should go."),
        url_for("gradebook.overview", state="withdrawn"),
        _("See which"),
        urgency=1,
    )


def _standstill(visit: Visit) -> Card | None:
    told = standstill(visit.session)
    if told is None:
        return None
    return Card(
        _("Nothing goes to the learning platform at the moment"),
        told,
        url_for("gradebook.overview"),
        _("To the grades"),
        urgency=_NOW,
    )
