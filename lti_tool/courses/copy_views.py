"""The page of a copied course, on which leads take the earlier set-up over or start empty."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from lti_tool.courses import copying
from lti_tool.courses.course import course_of
from lti_tool.errors import NotFoundError
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Pages, Visit, Who
from lti_tool.web.notices import say
from lti_tool.web.tool import Card, SetUp

pages = Pages("copies", __name__, prefix="/copy")


@pages.page("/", allow=[Who.LEAD])
def overview(visit: Visit) -> ResponseReturnValue:
    """Show what was or can be taken over; of the earlier course only to those who led it."""
    course = course_of(visit.session)
    if course.copied_from_id is None and course.copied_at is None:
        raise NotFoundError
    parts = _parts(visit)
    offered, title = _offer(visit, parts)
    return render_template(
        "courses/copy.html",
        course=course,
        leads_both=title is not None,
        earlier_title=title,
        offered=_told(parts, offered),
        taken=_told(parts, copying.taken(visit.session)),
        can_undo=copying.can_undo(visit.session, parts),
        is_offered=copying.is_offered(visit.session),
        parts_of=visit.tool.features,
    )


def _parts(visit: Visit) -> dict[str, SetUp]:
    return copying.set_ups(visit.tool.features)


def _offer(
    visit: Visit, parts: Mapping[str, SetUp]
) -> tuple[Mapping[str, Any], str | None]:
    """Return what can be taken over and the earlier course's name, nothing of it to others."""
    if not copying.leads_both(visit.session, visit.person_id):
        return {}, None
    with copying.earlier_course(visit.session, visit.person_id) as earlier:
        found = copying.offer(visit.session, parts, earlier)
        return found, course_of(earlier).title


def _told(parts: Mapping[str, SetUp], data: Mapping[str, Any]) -> dict[str, str]:
    return {name: parts[name].told(one) for name, one in data.items()}


@pages.action("/take", allow=[Who.LEAD])
def take(visit: Visit) -> ResponseReturnValue:
    """Take the set-up of the earlier course over."""
    copying.take_over(visit.session, _parts(visit), visit.person_id)
    say(_("The set-up was taken over."))
    return redirect(url_for(".overview"), 303)


@pages.action("/undo", allow=[Who.LEAD])
def undo(visit: Visit) -> ResponseReturnValue:
    """Start empty after all."""
    copying.undo(visit.session, _parts(visit))
    say(_("This course starts empty."))
    return redirect(url_for("courses.home"), 303)


@pages.action("/decline", allow=[Who.LEAD])
def decline(visit: Visit) -> ResponseReturnValue:
    """Start empty, and stop offering the earlier set-up on the home."""
    copying.decline(visit.session)
    say(_("This course starts empty."))
    return redirect(url_for("courses.home"), 303)


@pages.action("/keep", allow=[Who.LEAD])
def keep(visit: Visit) -> ResponseReturnValue:
    """Let what was taken over stay, and stop telling of it on the home."""
    copying.keep(visit.session)
    say(_("What was taken over stays."))
    return redirect(url_for("courses.home"), 303)


def cards(visit: Visit) -> Sequence[Card]:
    """Tell leads of a copied course what was or could be taken over."""
    if not visit.is_lead:
        return []
    page = url_for("copies.overview")
    told = _told(_parts(visit), copying.taken(visit.session))
    if told:
        text = _("Taken over: %(parts)s.", parts="; ".join(told.values()))
        title = _("This course begins with the set-up of the earlier one")
        return [Card(title, text, page, _("What comes next"), urgency=2)]
    if not copying.is_offered(visit.session):
        return []
    if copying.leads_both(visit.session, visit.person_id):
        text = _("You lead both courses, so you can take its set-up over.")
        action = _("Look at it")
    else:
        text = _("Somebody who leads both courses can take its set-up over.")
        action = _("Read more")
    title = _("This course is a copy of an earlier one")
    return [Card(title, text, page, action, urgency=2)]
