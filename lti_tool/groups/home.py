"""What the course home says about groups."""

from collections.abc import Iterator, Sequence

from flask import url_for

from lti_tool.courses import service as courses
from lti_tool.groups import service
from lti_tool.groups.changes import cards as changing
from lti_tool.groups.choosing import cards as choosing
from lti_tool.groups.choosing import looking
from lti_tool.groups.models import Formation
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.publishing import cards as publishing_cards
from lti_tool.groups.publishing import members
from lti_tool.groups.publishing import service as publishing
from lti_tool.groups.room import service as rooms
from lti_tool.groups.survey import cards as surveying
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.web.access import Visit
from lti_tool.web.tool import Card

_NOW, _SOON, _GOOD_TO_KNOW = 3, 2, 1


def cards(visit: Visit) -> Sequence[Card]:
    """Return what waits for this person in forming groups."""
    if visit.is_participant:
        return [
            *_own_groups(visit),
            *choosing.own_cards(visit),
            *_own_rounds(visit),
        ]
    return list(_for_lead(visit)) if visit.is_lead else []


def _own_groups(visit: Visit) -> Iterator[Card]:
    notice = members.notice(visit.session, visit.person_id)
    if notice is not None:
        yield publishing_cards.card(notice)
    for group in members.own_groups(visit.session, visit.person_id):
        yield Card(
            title=_("Your group: %(topic)s", topic=group.topic),
            text=", ".join(group.members),
            url=url_for("groups.overview"),
            action=_("See the group"),
            urgency=_GOOD_TO_KNOW,
        )


def _own_rounds(visit: Visit) -> Iterator[Card]:
    together = rooms.open_rooms(visit.session)
    for formation in publishing.under_way(visit.session):
        if looking.choice_of(visit.session, formation):
            continue
        if formation in together and not rooms.is_asked_at_home(formation):
            yield _own_room(formation)
        else:
            yield from _own_round(visit, formation)


def _own_room(formation: Formation) -> Card:
    return Card(
        formation.title,
        _("Groups are being formed together, in the room and by video."),
        url_for("groups.room", formation_id=formation.id),
        _("Go in"),
        _NOW,
    )


def _own_round(visit: Visit, formation: Formation) -> Iterator[Card]:
    place = url_for("groups.overview")
    if formation.stage == "topics" and formation.may_propose:
        text = _("Which topic should a group work on? Propose one.")
        yield Card(formation.title, text, place, _("Propose a topic"), _SOON)
    if formation.stage == "wishes" and service.topics(visit.session, formation):
        yield surveying.own_card(visit, formation)


def _for_lead(visit: Visit) -> Iterator[Card]:
    found = service.formations(visit.session)
    people = len(courses.participants(visit.session))
    if not found and people:
        text = ngettext(
            "%(num)s participant is here and not in a group yet.",
            "%(num)s participants are here and not in groups yet.",
            people,
        )
        yield Card(
            _("Project groups"),
            text,
            url_for("groups.overview"),
            _("Form groups"),
            _SOON,
        )
    for formation in service.standing_formations(visit.session):
        yield from changing.cards(visit.session, formation)
        if publishing.in_force(visit.session, formation) is None:
            yield _under_way(visit, formation, people)


def _under_way(visit: Visit, formation: Formation, people: int) -> Card:
    if (chosen := choosing.lead_card(visit, formation)) is not None:
        return chosen
    room = rooms.find_room(visit.session, formation)
    page = "room" if rooms.is_open(room) else "formation"
    place = url_for(f"groups.{page}", formation_id=formation.id)
    topics = len(service.topics(visit.session, formation))
    if formation.stage == "topics":
        text = ngettext("%(num)s topic so far.", "%(num)s topics so far.", topics)
        return Card(formation.title, text, place, _("See the topics"), _SOON)
    if formation.stage == "wishes":
        silent = len(service.silent_people(visit.session, formation))
        text = _(
            "%(count)s of %(people)s have ranked the topics.",
            count=people - silent,
            people=people,
        )
        when = surveying.until(formation)
        return Card(formation.title, text, place, _("See the answers"), _SOON, when)
    if any(p.status == "done" for p in proposals.proposals(visit.session, formation)):
        text = _("A proposal is there and not published yet.")
        return Card(formation.title, text, place, _("Look at the proposal"), _NOW)
    text = _("The wishes are closed. Ask for a proposal.")
    return Card(formation.title, text, place, _("Go on"), _NOW)
