"""The course home, the course's settings and the reader's language."""

from collections.abc import Iterable

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.courses import home as homes
from lti_tool.courses.course import (
    change_course,
    course_of,
    platform_origins,
    set_option,
    time_zones,
)
from lti_tool.courses.forms import CourseForm
from lti_tool.i18n import LANGUAGES
from lti_tool.i18n import gettext as _
from lti_tool.lti.models import LaunchSession
from lti_tool.web import browser
from lti_tool.web.access import Pages, Visit, Who
from lti_tool.web.notices import say
from lti_tool.web.tool import Card

pages = Pages("courses", __name__)


@pages.page("/", allow=[Who.ANYONE])
def home(visit: Visit) -> ResponseReturnValue:
    """Show the next thing to do, dates, and where the reader stands."""
    cards = sorted_cards(_cards(visit))
    return render_template(
        "courses/home.html",
        now=[card for card in cards if card.urgency >= homes.NOW],
        more=[card for card in cards if card.urgency < homes.NOW],
        steps=homes.first_steps(visit),
        dates=homes.coming_dates(visit),
        all_dates=homes.page_of(visit, "attendance"),
        leads=homes.whom_to_ask(visit),
    )


def _cards(visit: Visit) -> Iterable[Card]:
    for feature in visit.tool.features.values():
        if feature.home_cards is not None and feature.allow & visit.who:
            yield from feature.home_cards(visit)


def sorted_cards(cards: Iterable[Card]) -> list[Card]:
    """Return the cards with the most urgent first; equals keep the order of the features."""
    return sorted(cards, key=lambda card: -card.urgency)


@pages.action("/first-steps", allow=[Who.LEAD])
def hide_first_steps(visit: Visit) -> ResponseReturnValue:
    """Hide the list of first steps from the leads of this course."""
    set_option(visit.session, homes.STEPS_HIDDEN, value=True)
    say(_("The first steps are hidden."))
    return redirect(url_for("courses.home"), 303)


@pages.page("/settings", allow=[Who.LEAD])
def settings(visit: Visit) -> ResponseReturnValue:
    """Show what holds for the whole course."""
    return _settings_page(visit, CourseForm(obj=course_of(visit.session)))


@pages.action("/settings", allow=[Who.LEAD])
def change_settings(visit: Visit) -> ResponseReturnValue:
    """Store time zone, language and place of the course."""
    form = CourseForm()
    form.offer(time_zones(), platform_origins(visit.session))
    if not form.validate():
        return _settings_page(visit, form), 422
    change_course(
        visit.session,
        time_zone=form.time_zone.data,
        language=form.language.data,
        lms_url=form.lms_url.data or None,
    )
    say(_("The settings are stored."))
    return redirect(url_for("courses.settings"), 303)


def _settings_page(visit: Visit, form: CourseForm) -> str:
    form.offer(time_zones(), platform_origins(visit.session))
    return render_template(
        "courses/settings.html",
        form=form,
        is_copy=course_of(visit.session).copied_from_id is not None,
    )


@pages.action("/language", allow=[Who.ANYONE])
def language(visit: Visit) -> ResponseReturnValue:
    """Switch the language of this visit and return to the page it was switched on."""
    wanted = request.form.get("language", "")
    if wanted in LANGUAGES:
        visit.session.get_one(LaunchSession, visit.launch_id).locale = wanted
    back = request.form.get("back", "")
    home_page = url_for("courses.home")
    # A line break would end the header in which the address stands.
    is_ours = back.startswith(home_page) and back.isprintable()
    return redirect(back if is_ours else home_page, 303)


@pages.page("/bearer", allow=[Who.ANYONE])
def renewed_bearer(visit: Visit) -> ResponseReturnValue:
    """Send a new bearer to a page that is open without a cookie."""
    return jsonify(bearer=browser.issue(visit.launch_id))
