"""The standing in one sentence, what is missing, and what can still be done."""

from dataclasses import dataclass, replace
from datetime import datetime

from babel.lists import format_list
from flask_babel import get_locale

from lti_tool.certificate.awards import Award
from lti_tool.certificate.choices import PRESENTATION, PROJECT, WORKSHEET
from lti_tool.certificate.explain import MEETING, Titles
from lti_tool.certificate.requirements import (
    UNIT_MINUTES,
    AttUnits,
    Count,
    Mandatory,
    Passed,
)
from lti_tool.certificate.rules import Action, Result, Status, leaves
from lti_tool.i18n import gettext as _
from lti_tool.i18n import ngettext
from lti_tool.web.filters import number, units


@dataclass(frozen=True, slots=True)
class Step:
    """Something the person can still do."""

    kind: str
    title: str
    effect: str
    by: datetime | None


def headline(result: Result, award: Award) -> str:
    """Return the one sentence that says where the reader stands."""
    decided = {
        Award.CONFIRMED: _("Congratulations: your certificate is confirmed."),
        Award.HALF: _(
            "You meet all requirements. A lead has confirmed; the IHK confirms next."
        ),
        Award.DENIED: _("Your certificate was denied. The reason stands below."),
        Award.REVOKED: _("Your certificate was revoked. The reason stands below."),
    }
    if award in decided:
        return decided[award]
    if result.status is Status.MET:
        return _(
            "You meet all requirements. A lead of the course confirms next; you need not do anything."
        )
    if result.status is Status.OPEN:
        return _(
            "You can reach the certificate. Still missing: %(what)s.",
            what=missing(result),
        )
    return _(
        "By the rules the certificate can no longer be reached. Only people decide: please talk to the course team."
    )


def missing(result: Result) -> str:
    """Return what is still missing, as a list in words."""
    found = [_missing(leaf) for leaf in leaves(result) if leaf.status is not Status.MET]
    return str(format_list([text for text in found if text], locale=get_locale()))


def _missing(leaf: Result) -> str:
    gap = leaf.need - leaf.lo
    match leaf.requirement:
        case AttUnits():
            return (
                _("%(units)s units", units=_at_least(gap)) if gap else _("the meetings")
            )
        case Mandatory():
            return ngettext(
                "%(num)s mandatory meeting", "%(num)s mandatory meetings", gap
            )
        case Count():
            return ngettext("%(num)s worksheet", "%(num)s worksheets", gap)
        case Passed(kind=kind) if kind == PRESENTATION:
            return _("the presentation")
        case Passed():
            return _("the accepted project")
        case _:
            return _("%(units)s planned units in the course", units=_at_least(gap))


def _at_least(minutes: int) -> str:
    """Return units rounded up: a tenth less would not do."""
    return number(-(-minutes * 10 // UNIT_MINUTES) / 10)


# Next steps


def steps(result: Result, titles: Titles) -> list[Step]:
    """Return what can still be done, earliest deadline first; each thing once."""
    found: dict[tuple[str, str], Step] = {}
    for leaf in leaves(result):
        for action in leaf.actions:
            step = _step(
                action, titles, is_mandatory=isinstance(leaf.requirement, Mandatory)
            )
            about = (action.code, action.reference)
            known = found.get(about)
            found[about] = step if known is None else _joined(known, step)
    return sorted(
        found.values(), key=lambda s: (s.by is None, s.by and s.by.timestamp(), s.title)
    )


def _joined(one: Step, other: Step) -> Step:
    if one.effect == other.effect:
        return one
    return replace(
        one, effect=", ".join(text for text in (one.effect, other.effect) if text)
    )


def _step(action: Action, titles: Titles, *, is_mandatory: bool) -> Step:
    if action.code == "attend":
        effect = (
            _("mandatory")
            if is_mandatory
            else _("+%(units)s units", units=units(action.gain))
        )
        title = titles.get((MEETING, action.reference), "")
        return Step("attendance", title, effect, action.by)
    title = titles.get((action.code, action.reference), action.reference)
    texts = {
        WORKSHEET: _("Hand in the worksheet “%(title)s”", title=title),
        PROJECT: _("Get the project accepted"),
        PRESENTATION: _("Present the project"),
    }
    return Step(action.code, texts.get(action.code, title), "", action.by)


def is_at_risk(result: Result) -> bool:
    """Tell whether missing one more meeting that is not mandatory could cost the certificate."""
    found = leaves(result)
    mandatory = {
        action.reference
        for leaf in found
        if isinstance(leaf.requirement, Mandatory)
        for action in leaf.actions
    }
    return result.status is Status.OPEN and any(
        leaf.buffer < action.gain
        for leaf in found
        if isinstance(leaf.requirement, AttUnits) and leaf.status is Status.OPEN
        for action in leaf.actions
        if action.reference not in mandatory
    )
