"""The words of meetings and attendance, in the reader's language."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from babel import dates
from flask_babel import LazyString, get_locale

from lti_tool.attendance.models import MeetingKind
from lti_tool.attendance.rules import State
from lti_tool.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state by letter and word, such as "A: absent"; typing the letter chooses it in a list."""

    text: LazyString
    style: str

    @property
    def letter(self) -> str:
        """Return the letter."""
        return str(self.text).partition(": ")[0]

    @property
    def word(self) -> str:
        """Return the word."""
        return str(self.text).partition(": ")[2]


STATES = {
    State.ON_SITE: StateWords(_l("S: on site"), "good"),
    State.BY_VIDEO: StateWords(_l("V: by video"), "good"),
    State.EXCUSED: StateWords(_l("E: excused"), "warn"),
    State.ABSENT: StateWords(_l("A: absent"), "bad"),
    State.OPEN: StateWords(_l("-: open"), ""),
}

OWN_STATES = {
    State.ON_SITE: _l("You were there on site"),
    State.BY_VIDEO: _l("You were there by video"),
    State.EXCUSED: _l("You were excused"),
    State.ABSENT: _l("You were absent"),
    State.OPEN: _l("Not recorded yet"),
}

KINDS = {
    MeetingKind.KICKOFF: _l("Kick-off"),
    MeetingKind.ONSITE: _l("On-site day"),
    MeetingKind.WEBINAR: _l("Webinar"),
    MeetingKind.CLOSING: _l("Closing workshop"),
}


def short_day(value: datetime, zone: tzinfo) -> str:
    """Return a date such as "14. Mai", for narrow columns."""
    return dates.format_skeleton("MMMd", value, tzinfo=zone, locale=get_locale())
