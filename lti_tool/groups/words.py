"""The sentences of the groups pages: what stands against a proposal, and which wish it is."""

from lti_tool.groups.rules import Finding, Flaw
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.i18n import ngettext

_SENTENCES = {
    Flaw.NO_TOPICS: _l("There are no topics. Add at least one."),
    Flaw.NO_PEOPLE: _l(
        "There are no participants yet. They appear when they open the course, "
        "or when the list of members was fetched."
    ),
    Flaw.TOO_MANY_PEOPLE: _l(
        "%(people)s participants are too many for one formation; "
        "at most %(most_people)s are possible."
    ),
    Flaw.SIZES_OUT_OF_ORDER: _l(
        "The sizes contradict each other. The smallest must be at least 1, "
        "the preferred size not below it, and the largest not below that."
    ),
    Flaw.TOO_FEW_PEOPLE: _l(
        "%(people)s participants are too few: %(groups_min)s groups of at least "
        "%(smallest)s need %(needed)s. Form fewer groups or allow smaller ones."
    ),
    Flaw.TOO_MANY_PEOPLE_FOR_THE_SIZES: _l(
        "%(people)s participants do not fit: %(groups_max)s groups of at most "
        "%(largest)s have %(seats)s places. Form more groups or allow larger ones."
    ),
    Flaw.SIZES_DO_NOT_ADD_UP: _l(
        "%(people)s participants cannot be divided into groups of %(smallest)s to "
        "%(largest)s. Allow smaller or larger groups."
    ),
    Flaw.CAPACITY_TOO_SMALL: _l(
        "%(needed)s groups are needed, but the topics take only %(capacity)s. "
        "Add topics, or allow several groups on one topic."
    ),
    Flaw.NO_ANSWERS: _l(
        "Nobody has answered yet. Groups would be formed by size alone."
    ),
}
_WISHES = (
    _l("1st wish"),
    _l("2nd wish"),
    _l("3rd wish"),
    _l("4th wish"),
    _l("5th wish"),
)
_STILL_GOOD = 2


def sentence(finding: Finding) -> str:
    """Return what is wrong and what to change."""
    if finding.flaw == Flaw.WISH_FOR_REMOVED_TOPIC:
        return str(
            ngettext(
                "%(num)s person wished for a topic that was removed; their next wishes move up.",
                "%(num)s people wished for a topic that was removed; their next wishes move up.",
                finding.numbers["people"],
            )
        )
    return str(_SENTENCES[finding.flaw]) % finding.numbers


def wish_word(rank: int | None, *, has_answered: bool = True) -> str:
    """Return which wish it is, in words."""
    if not has_answered:
        return str(_l("no answer"))
    return str(_l("not wished for")) if rank is None else str(_WISHES[rank - 1])


def wish_colour(rank: int | None, *, has_answered: bool = True) -> str:
    """Return the class of the tag that carries the word."""
    if not has_answered:
        return ""
    if rank is None:
        return "bad"
    return "good" if rank <= _STILL_GOOD else "warn"
