"""What the course home tells a lead when somebody joined or left after publishing."""

from collections.abc import Iterator

from flask import url_for

from lti_tool.groups.changes import service as changing
from lti_tool.groups.models import Formation
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.persistence.session import Session
from lti_tool.web.tool import Card


def cards(session: Session, formation: Formation) -> Iterator[Card]:
    """Return a card where somebody is in no group, or a group lost somebody."""
    now = changing.situation(session, formation)
    if now is None:
        return
    texts = []
    if now.joined:
        texts.append(
            ngettext(
                "%(num)s participant is in no group: %(names)s.",
                "%(num)s participants are in no group: %(names)s.",
                len(now.joined),
                names=", ".join(person.name for person in now.joined),
            )
        )
    if now.left:
        texts.append(
            ngettext(
                "%(num)s person of the groups has left the course: %(names)s.",
                "%(num)s people of the groups have left the course: %(names)s.",
                len(now.left),
                names=", ".join(name for name, _place in now.left),
            )
        )
    yield Card(
        title=_("Groups: somebody joined or left"),
        text=" ".join(texts),
        url=url_for("groups.changes", formation_id=formation.id),
        action=_("See what can be done"),
        urgency=3,
    )
