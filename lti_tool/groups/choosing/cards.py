"""What the course home says of a choice."""

from flask import url_for

from lti_tool.courses import service as courses
from lti_tool.groups.choosing import looking
from lti_tool.groups.choosing.looking import Look, OwnLook
from lti_tool.groups.choosing.models import ChoiceNews
from lti_tool.groups.models import Formation
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Visit
from lti_tool.web.tool import Card

_NOW, _SOON, _GOOD_TO_KNOW = 3, 2, 1


def own_cards(visit: Visit) -> list[Card]:
    """Return what a participant should know of choices under way."""
    found = looking.own_looks(visit.session, visit.person_id)
    return [card for card in map(_own, found) if card is not None]


def _own(own: OwnLook) -> Card | None:
    place = url_for("groups.choice", formation_id=own.formation.id)
    title, see = own.formation.title, _("See the groups")
    if own.news is not None:
        return Card(title, news_text(own.news), place, see, _NOW)
    if not own.seen.is_open:
        return None
    if own.own is not None:
        text = _("You are in group %(number)s: %(topic)s", **_words(own))
        return Card(title, text, place, see, _GOOD_TO_KNOW)
    if own.awaited is not None:
        text = _("You are on a waiting list. You can also choose another group.")
        return Card(title, text, place, see, _SOON)
    text = _("Take a place in a group as long as there are any.")
    return Card(title, text, place, _("Choose a group"), _NOW)


def _words(own: OwnLook) -> dict[str, object]:
    group = own.own
    return {"number": group.number, "topic": group.topic.title} if group else {}


def news_text(news: ChoiceNews) -> str:
    """Return what happened to a person's place, in words."""
    said = {
        "moved_up": _(
            "A place became free: you have moved up into group %(group)s.",
            group=news.group_label,
        ),
        "put_in": _(
            "A lead of the course has put you into group %(group)s.",
            group=news.group_label,
        ),
        "put_out": _(
            "A lead of the course has taken you out of group %(group)s.",
            group=news.group_label,
        ),
        "group_gone": _(
            "Group %(group)s is no longer there. Please choose another one.",
            group=news.group_label,
        ),
    }
    return said[news.kind]


def lead_card(visit: Visit, formation: Formation) -> Card | None:
    """Return how far a choice is, None where it is closed or nobody chooses."""
    seen: Look | None = looking.find_look(visit.session, formation)
    if seen is None or not seen.is_open:
        return None
    text = _(
        "%(count)s of %(people)s have chosen a group.",
        count=seen.placed,
        people=len(courses.participants(visit.session)),
    )
    place = url_for("groups.choices", formation_id=formation.id)
    return Card(formation.title, text, place, _("See the chosen groups"), _SOON)
