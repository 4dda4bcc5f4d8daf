"""What the course home says to people about a survey that is open."""

from flask import url_for

from lti_tool import clock
from lti_tool.groups import dates
from lti_tool.groups import service as groups
from lti_tool.groups.models import Formation
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Visit
from lti_tool.web.filters import moment
from lti_tool.web.tool import Card

_NOW, _SOON, _GOOD_TO_KNOW = 3, 2, 1


def own_card(visit: Visit, formation: Formation) -> Card:
    """Return what waits for a participant: urgent when a lead reminds or the closing is near."""
    place = url_for("groups.overview")
    if groups.has_answered(visit.session, formation, visit.person_id):
        return Card(
            formation.title,
            _("Your wishes are stored. You can still change them."),
            place,
            _("See your wishes"),
            _GOOD_TO_KNOW,
            until(formation),
        )
    text = _("Say which topics you would like to work on. It takes two minutes.")
    if formation.reminded_at is not None:
        text = _("The course team waits for your answer. It takes two minutes.")
    return Card(
        formation.title,
        text,
        place,
        _("Rank the topics"),
        _SOON if _has_time(formation) else _NOW,
        until(formation),
    )


def until(formation: Formation) -> str | None:
    """Return until when people can answer, in words; None where no date is set."""
    if formation.closes_at is None:
        return None
    return _("until %(moment)s", moment=moment(formation.closes_at))


def _has_time(formation: Formation) -> bool:
    """Tell whether nobody waits yet: the closing is far, and no lead has asked."""
    if formation.closes_at is None or formation.reminded_at is not None:
        return False
    return not dates.is_near(formation.closes_at, clock.now())
