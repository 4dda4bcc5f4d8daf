"""The words of publications."""

from collections.abc import Callable

from flask_babel import force_locale, get_locale

from lti_tool.groups.survey.rules import Slot
from lti_tool.i18n import gettext as _


def slot_word(slot: Slot) -> str:
    """Return a weekly time in words."""
    day = get_locale().days["stand-alone"]["wide"][slot.day]
    return _(
        "%(day)s, %(begins)s:00 to %(ends)s:00",
        day=day,
        begins=slot.begins,
        ends=slot.ends,
    )


def group_names(language: str) -> Callable[[int], str]:
    """Return how groups are named in a course: all know a group by one name, whatever they speak."""

    def name(number: int) -> str:
        with force_locale(language):
            return str(_("Group %(number)s", number=number))

    return name
