"""What a copied course takes over of forming groups: settings and topics of the newest formation."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from lti_tool.courses import service as courses
from lti_tool.groups import service
from lti_tool.groups.criteria import service as criteria
from lti_tool.groups.models import Formation
from lti_tool.groups.survey import service as surveys
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.persistence.session import Session
from lti_tool.web.tool import SetUp

DRAFT = "groups.draft"
"""The option with what the form of a new formation begins with."""
_SETTINGS = ("title", "note", "may_propose", "groups_wanted")
_SIZES = ("size_min", "size_preferred", "size_max")


def draft(session: Session) -> dict[str, Any]:
    """Return settings and topics for the first formation; empty for none."""
    return courses.option(session, DRAFT) or {}


def offer_topics(
    session: Session, formation: Formation, chosen: Collection[int], *, by: int
) -> None:
    """Offer the chosen topics of the draft, ask what its survey asked, and forget the draft."""
    told = [
        topic
        for number, topic in enumerate(draft(session).get("topics", ()))
        if number in chosen
    ]
    titles = [topic["title"] for topic in told]
    added = service.add_topics(session, formation, titles, by=by)
    said = {topic["title"]: topic for topic in told}
    for topic in added:
        topic.text = said[topic.title]["text"]
        topic.groups_max = said[topic.title]["groups_max"]
    surveys.take_over(session, formation, draft(session).get("survey", {}))
    # After the survey: rules name its questions.
    criteria.take_over(session, formation, draft(session).get("rules", ()))
    courses.set_option(session, DRAFT, None)


def _read(session: Session) -> dict[str, Any]:
    newest = next(iter(service.formations(session)), None)
    if newest is None:
        return draft(session)
    staff = {member.person_id for member in courses.staff(session)}
    # What participants proposed is their work, and stays where it is.
    topics = [
        {"title": topic.title, "text": topic.text, "groups_max": topic.groups_max}
        for topic in service.topics(session, newest)
        if topic.proposed_by in staff
    ]
    kept = {name: getattr(newest, name) for name in (*_SETTINGS, *_SIZES)}
    return {
        **kept,
        "topics": topics,
        "survey": surveys.set_up_of(session, newest),
        "rules": criteria.for_copy(session, newest),
    }


def _write(session: Session, data: dict[str, Any]) -> None:
    courses.set_option(session, DRAFT, data)


def _clear(session: Session) -> None:
    courses.set_option(session, DRAFT, None)


def _is_begun(session: Session) -> bool:
    return session.scalar(select(Formation.id).limit(1)) is not None


def _told(data: dict[str, Any]) -> str:
    if not data["topics"]:
        return _("the settings for forming groups")
    return ngettext(
        "the settings for forming groups, and %(num)s topic of the course team",
        "the settings for forming groups, and %(num)s topics of the course team",
        len(data["topics"]),
    )


set_up = SetUp(_read, _write, _clear, _is_begun, _told)
