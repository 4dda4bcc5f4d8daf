"""What the course home tells a participant whose group has changed."""

from flask import url_for

from lti_tool.groups.publishing.members import Notice
from lti_tool.i18n import gettext as _
from lti_tool.web.tool import Card


def card(notice: Notice) -> Card:
    """Return the card of a notice; it stays until the participant says that they know."""
    return Card(
        title=_title(notice),
        text=_text(notice),
        url=url_for("groups.overview"),
        action=_("See what has changed") if notice.before else _("See the group"),
        urgency=3,
    )


def _title(notice: Notice) -> str:
    if notice.before is None:
        return _("You are in a group now")
    if notice.same_group:
        return _("Who is in your group has changed")
    return _("Your group has changed")


def _text(notice: Notice) -> str:
    parts = []
    if notice.joined:
        parts.append(
            _("New in your group: %(names)s", names=", ".join(notice.joined)) + "."
        )
    if notice.gone:
        parts.append(
            _("No longer in your group: %(names)s", names=", ".join(notice.gone)) + "."
        )
    if not notice.same_group:
        parts += _places(notice)
    return " ".join(parts)


def _places(notice: Notice) -> list[str]:
    before, after = notice.before, notice.after
    found = [
        _(
            "You are now in %(group)s: %(topic)s.",
            group=after.name,
            topic=after.topic,
        )
        if after
        else _(
            "At the moment you are in no group. A lead of the course will place you."
        )
    ]
    if before:
        found.append(
            _(
                "Before: %(group)s: %(topic)s.",
                group=before.name,
                topic=before.topic,
            )
        )
    return found
