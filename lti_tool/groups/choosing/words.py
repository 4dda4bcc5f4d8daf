"""The sentences of choosing groups."""

from dataclasses import asdict

from lti_tool.groups.choosing.rules import Shortage
from lti_tool.i18n import gettext as _


def shortage_sentence(found: Shortage) -> str:
    """Return that not all find a place, and what to change."""
    return _(
        "%(people)s participants do not fit: groups: %(groups)s, places in each: %(places)s, "
        "together room for %(seats)s. Let %(needed_places)s people into a group, or have "
        "%(needed_groups)s groups.",
        **asdict(found),
    )
