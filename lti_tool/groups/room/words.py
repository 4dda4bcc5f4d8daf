"""The sentences of a room: what balancing changed, and why."""

from collections.abc import Mapping

from lti_tool.groups.room.rules import Change, Why
from lti_tool.groups.words import wish_word
from lti_tool.i18n import lazy_gettext as _l

_CHANGES = {
    Why.FULL: _l(
        "%(name)s: from %(before)s (full: %(fans)s for %(places)s places) to %(now)s"
    ),
    Why.TOO_FEW: _l(
        "%(name)s: from %(before)s (too few: %(fans)s of at least %(smallest)s) to %(now)s"
    ),
    Why.NOT_FORMED: _l("%(name)s: from %(before)s (no group came about) to %(now)s"),
    Why.EVENED_OUT: _l(
        "%(name)s: from %(before)s to %(now)s, so that all groups work out"
    ),
    Why.NEEDED: _l("%(name)s: to %(now)s, nothing marked; people were needed there"),
    Why.FREE_PLACE: _l("%(name)s: to %(now)s, nothing marked; a place was free there"),
    Why.CAME_LATER: _l("%(name)s: came later, is with %(now)s"),
    Why.MADE_ROOM: _l("%(name)s: from %(before)s to %(now)s, to make room"),
}
_OWN = {
    Why.FULL: _l(
        "%(before)s is full: %(fans)s marked it, and there are %(places)s places."
    ),
    Why.TOO_FEW: _l(
        "%(before)s does not come about: %(fans)s marked it, at least %(smallest)s are needed."
    ),
    Why.NOT_FORMED: _l("No group came about for %(before)s."),
    Why.EVENED_OUT: _l("You left %(before)s so that all groups work out."),
    Why.NEEDED: _l("You had marked nothing, and people were needed here."),
    Why.FREE_PLACE: _l("You had marked nothing, and a place was free here."),
    Why.CAME_LATER: _l("You came later and were put in."),
    Why.MADE_ROOM: _l("You left %(before)s to make room for somebody who came later."),
}


def line(change: Change, names: Mapping[str, str]) -> str:
    """Return what happened to a person, for all to read: nothing of their further wishes."""
    return str(_CHANGES[change.why]) % {**names, **change.numbers}


def line_with_wish(change: Change, names: Mapping[str, str]) -> str:
    """Return what happened to a person and which wish that is, for leads."""
    told = line(change, names)
    if change.why in (Why.NEEDED, Why.FREE_PLACE):
        return told
    return f"{told}: {wish_word(change.rank)}"


def own(change: Change, names: Mapping[str, str]) -> str:
    """Return what happened to the reader."""
    return str(_OWN[change.why]) % {**names, **change.numbers}
