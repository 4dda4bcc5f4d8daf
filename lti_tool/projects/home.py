"""What the course home says of project work."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import url_for

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.persistence.session import Session
from lti_tool.projects import records
from lti_tool.projects.records import Project
from lti_tool.projects.rules import State
from lti_tool.web.access import Visit, Who
from lti_tool.web.filters import moment
from lti_tool.web.tool import Card

_NOW, _SOON, _KNOW, _RECORD = 3, 2, 1, 0
_SOON_IS = timedelta(days=14)
_NOW_IS = timedelta(days=3)


def review(session: Session, person_id: int) -> tuple[str, dict[str, Any]]:
    """Return where staff see the work of a participant's group; all groups for one in none."""
    group = courses.group_of(session, person_id)
    if group is None:
        return "projects.overview", {}
    return "projects.group", {"group_id": group.id}


def home_cards(visit: Visit) -> Sequence[Card]:
    """Return what a group has to do next, or what waits for the staff."""
    if visit.is_participant:
        own = records.own_project(visit.session, visit.person_id)
        return (
            [] if own is None else _of_group(own, records.terms(visit.session).deadline)
        )
    cards: list[Card] = []
    found = records.projects(visit.session)
    if visit.is_any(Who.LEAD, Who.REVIEWER):
        cards += _to_review(found)
    if visit.is_lead:
        cards += _to_record(found)
    return cards


def _of_group(project: Project, deadline: datetime | None) -> list[Card]:
    cards = [_work(project, deadline)]
    slot = project.slot
    if slot is not None and slot.recorded_at is None:
        cards.append(
            Card(
                title=_("Your group presents"),
                text=project.group.topic,
                url=url_for("projects.overview"),
                action=_("To your group"),
                urgency=_nearness(slot.starts_at),
                when=moment(slot.starts_at),
            )
        )
    return cards


def _work(project: Project, deadline: datetime | None) -> Card:
    title, text, action, urgency = {
        State.OPEN: (
            _("Hand in your project work"),
            _("Any member can hand in for the group; a text, a link or both."),
            _("Hand in"),
            _nearness(deadline),
        ),
        State.HANDED_IN: (
            _("Your project work waits for review"),
            _("You can replace it until it was reviewed."),
            _("To your group"),
            _RECORD,
        ),
        State.RETURNED: (
            _("Your project work came back with a comment"),
            _("Read the comment, change what it asks for and hand in again."),
            _("Read the comment"),
            _NOW,
        ),
        State.ACCEPTED: (
            _("Your project work was accepted"),
            project.group.topic,
            _("To your group"),
            _RECORD,
        ),
    }[project.state]
    is_open = project.state is State.OPEN and deadline is not None
    return Card(
        title=title,
        text=text,
        url=url_for("projects.overview"),
        action=action,
        urgency=urgency,
        when=_("until %(moment)s", moment=moment(deadline))
        if is_open and deadline
        else None,
    )


def _nearness(at: datetime | None) -> int:
    """Return how much a date presses, from how far away it is."""
    if at is None:
        return _KNOW
    left = at - clock.now()
    if left <= _NOW_IS:
        return _NOW
    return _SOON if left <= _SOON_IS else _KNOW


def _to_review(found: Sequence[Project]) -> list[Card]:
    waiting = [project for project in found if project.state is State.HANDED_IN]
    if not waiting:
        return []
    return [
        Card(
            title=ngettext(
                "%(num)s hand-in waits for review",
                "%(num)s hand-ins wait for review",
                len(waiting),
            ),
            text=", ".join(project.group.name for project in waiting),
            url=url_for("projects.group", group_id=waiting[0].group.id)
            if len(waiting) == 1
            else url_for("projects.overview"),
            action=_("Review"),
            urgency=_NOW,
        )
    ]


def _to_record(found: Sequence[Project]) -> list[Card]:
    now = clock.now()
    past = [
        p for p in found if p.slot and not p.slot.recorded_at and p.slot.starts_at < now
    ]
    if not past:
        return []
    return [
        Card(
            title=_("Who presented?"),
            text=", ".join(project.group.name for project in past),
            url=url_for("projects.slots"),
            action=_("Record presentations"),
            urgency=_SOON,
        )
    ]
