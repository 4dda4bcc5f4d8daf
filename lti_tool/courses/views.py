"""The course home and the reader's language."""

from collections.abc import Iterable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.i18n import LANGUAGES
from lti_tool.lti.models import LaunchSession
from lti_tool.web.access import Pages, Visit, Who
from lti_tool.web.tool import Card

pages = Pages("courses", __name__)


@pages.page("/", allow=[Who.ANYONE])
def home(visit: Visit) -> ResponseReturnValue:
    """Show the next thing to do, dates, and where the reader stands."""
    return render_template("courses/home.html", cards=sorted_cards(_cards(visit)))


def _cards(visit: Visit) -> Iterable[Card]:
    for feature in visit.tool.features.values():
        if feature.home_cards is not None and feature.allow & visit.who:
            yield from feature.home_cards(visit)


def sorted_cards(cards: Iterable[Card]) -> list[Card]:
    """Return the cards with the most urgent first; equals keep the order of the features."""
    return sorted(cards, key=lambda card: -card.urgency)


@pages.action("/language", allow=[Who.ANYONE])
def language(visit: Visit) -> ResponseReturnValue:
    """Switch the language of this visit and return to the page it was switched on."""
    wanted = request.form.get("language", "")
    if wanted in LANGUAGES:
        visit.session.get_one(LaunchSession, visit.launch_id).locale = wanted
    back = request.form.get("back", "")
    home_page = url_for("courses.home")
    return redirect(back if back.startswith(home_page) else home_page, 303)
