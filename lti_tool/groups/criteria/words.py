"""Rules, what groupings cost and which rules they break, in words of users."""

from collections.abc import Mapping, Sequence

from flask_babel import LazyString

from lti_tool.groups.scoring import Breach, Broken
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.i18n import ngettext

_PARTS = {
    "preference": _l("Wishes for topics"),
    "diversity": _l("Mix"),
    "isolation": _l("Nobody alone"),
    "times": _l("Common times"),
    "bonds": _l("Pairs and wishes for people"),
    "size": _l("Preferred size"),
    "moves": _l("People who change their group"),
}
_OF_ALL = {
    Breach.NUMBER_OF_GROUPS: _l("There are too few or too many groups."),
    Breach.TOPIC_FULL: _l("More groups work on a topic than it takes."),
    Breach.POOL_FULL: _l(
        "More groups work on some topics than there may be for these together."
    ),
    Breach.FORMER: _l("Two groups continue the same earlier group."),
}
_OF_A_GROUP = {
    Breach.SIZE: _l("%(group)s is too small or too large."),
    Breach.SPREAD: _l("%(group)s has too many people who are alike in a rule."),
    Breach.ALONE: _l("In %(group)s somebody is the only one of their kind."),
    Breach.NO_COMMON_TIME: _l("%(group)s has too few common times."),
    Breach.NOT_APART: _l("%(people)s are together in %(group)s and must be apart."),
    Breach.NOT_TOGETHER: _l("%(people)s must be together and are in different groups."),
}


def part_words() -> Mapping[str, LazyString]:
    """Return the label of each part of what a grouping costs, by the name of the part."""
    return _PARTS


def broken_sentence(
    broken: Broken, names: Mapping[int, str], group_names: Sequence[str]
) -> str:
    """Return which rule is broken, where and by whom.

    ``group_names`` are the groups' names in the order in which the groups were scored.
    """
    people = listed([names.get(person, "?") for person in broken.people])
    group = "" if broken.group is None else group_names[broken.group]
    count = len(broken.people)
    if broken.breach == Breach.NOT_ONE_PLACE_EACH:
        return ngettext(
            "%(people)s is in no group, or in several.",
            "%(people)s are in no group, or in several.",
            count,
            people=people,
        )
    if broken.breach == Breach.WORST_RANK:
        return ngettext(
            "%(people)s in %(group)s gets a worse wish than is allowed.",
            "%(people)s in %(group)s get a worse wish than is allowed.",
            count,
            people=people,
            group=group,
        )
    if broken.breach == Breach.PIN:
        return _(
            "%(people)s is fixed elsewhere, not in %(group)s.",
            people=people,
            group=group,
        )
    if broken.breach in _OF_ALL:
        return str(_OF_ALL[broken.breach])
    return str(_OF_A_GROUP[broken.breach]) % {"people": people, "group": group}


def listed(names: Sequence[str]) -> str:
    """Return names as they are enumerated in a sentence."""
    if len(names) < 2:  # noqa: PLR2004  # Two names need the word between them.
        return "".join(names)
    return _("%(names)s and %(last)s", names=", ".join(names[:-1]), last=names[-1])
