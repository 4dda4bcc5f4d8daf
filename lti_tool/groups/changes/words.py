"""The words of the slider: what each stop means."""

from dataclasses import dataclass

from flask_babel import LazyString

from lti_tool.groups.changes.rules import Stop
from lti_tool.groups.proposals.titles import WORDS
from lti_tool.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class StopWords:
    """How a stop is called, and what it means."""

    label: LazyString
    meaning: LazyString
    proven: LazyString
    """What it says where the solver proved that nothing better is possible."""


STOPS = {
    Stop.NOBODY: StopWords(
        WORDS["nobody"],
        _l("Everybody else stays, unless sizes or hard rules forbid that."),
        _l("Proven: fewer moves are impossible."),
    ),
    Stop.FEW: StopWords(
        WORDS["few"],
        _l("Somebody moves only where that makes the groups clearly better."),
        _l("Proven: no other groups weigh moves against wishes better."),
    ),
    Stop.SOME: StopWords(
        WORDS["some"],
        _l("A better wish for one person may move another one."),
        _l("Proven: no other groups weigh moves against wishes better."),
    ),
    Stop.BEST: StopWords(
        WORDS["best"],
        _l("As if the groups were formed anew; who was where does not count."),
        _l("Proven: no other groups fulfil wishes and rules better."),
    ),
}
