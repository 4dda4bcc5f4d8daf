"""A standing in plain words: what is met, what is missing, what may still be missed, what to do."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from babel.lists import format_list
from flask_babel import LazyString, get_locale

from lti_tool.certificate.awards import Award
from lti_tool.certificate.choices import PRESENTATION, WORKSHEET
from lti_tool.certificate.requirements import (
    UNIT_MINUTES,
    AttUnits,
    Count,
    CourseUnits,
    Excused,
    KOf,
    Mandatory,
    Passed,
    Requirement,
    Select,
)
from lti_tool.certificate.rules import Reason, Result, Status
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.i18n import ngettext
from lti_tool.web.filters import number, units

Titles = Mapping[tuple[str, str], str]
MEETING = "meeting"


@dataclass(frozen=True, slots=True)
class Sign:
    """A status by icon and word, never by colour alone."""

    icon: str
    word: LazyString
    style: str


SIGNS = {
    Status.MET: Sign("✓", _l("met"), "good"),
    Status.OPEN: Sign("○", _l("open"), "brand"),
    Status.UNREACHABLE: Sign("✕", _l("no longer reachable"), "bad"),
}

AWARDS = {
    Award.HALF: Sign("◐", _l("confirmed by the lead, IHK to follow"), "warn"),
    Award.CONFIRMED: Sign("★", _l("confirmed"), "good"),
    Award.DENIED: Sign("✕", _l("denied"), "bad"),
    Award.REVOKED: Sign("✕", _l("revoked"), "bad"),
}


SELECTED = {
    Select.KICKOFF: _l("the kick-off"),
    Select.CLOSING: _l("the closing workshop"),
    Select.MARKED: _l("every meeting marked as mandatory"),
}

PHASES = {
    "start": _l("at the start"),
    "mid": _l("in the middle"),
    "end": _l("at the end"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement as the page shows it; numbers are minutes where there is a bar."""

    result: Result
    sign: Sign
    title: str
    text: str
    buffer: str = ""
    details: tuple[str, ...] = ()
    has_bar: bool = False
    parts: tuple["Row", ...] = ()


def named(requirement: Requirement) -> str:
    """Return which meetings or worksheets a requirement names, in words; often nothing."""
    match requirement:
        case Mandatory(which=which):
            words = [str(SELECTED[name]) for name in which]
        case Count(kind=kind, references=references) if kind == WORKSHEET:
            words = [str(PHASES.get(name, name)) for name in references]
        case AttUnits(excused=policy):
            return _POLICIES[policy]()
        case _:
            return ""
    return str(format_list(words, locale=get_locale()))


def rows(result: Result, titles: Titles) -> tuple[Row, ...]:
    """Return the requirements in the order of the rules; groups below keep their parts."""
    requirement = result.requirement
    if isinstance(requirement, KOf) and requirement.name == "all":
        return tuple(_row(part, titles) for part in result.parts)
    return (_row(result, titles),)


def _row(result: Result, titles: Titles) -> Row:
    match result.requirement:
        case AttUnits() as requirement:
            return _att_units(result, requirement)
        case Mandatory():
            return _mandatory(result, titles)
        case Count() as requirement:
            return _count(result, requirement, titles)
        case Passed() as requirement:
            return _passed(result, requirement)
        case CourseUnits():
            return _course_units(result)
        case KOf():
            return _group(result, titles)


def _att_units(result: Result, requirement: AttUnits) -> Row:
    numbers = {
        "lo": units(result.lo),
        "hi": units(result.hi),
        "need": units(result.need),
        "total": units(result.total),
    }
    texts = {
        Status.MET: _("%(lo)s of %(total)s units attended, %(need)s were needed."),
        Status.OPEN: _(
            "%(lo)s of %(total)s units attended so far, %(need)s are needed."
        ),
        Status.UNREACHABLE: _(
            "Only %(hi)s of %(total)s units can still be reached, %(need)s are needed."
        ),
    }
    text = texts[result.status] % numbers
    if any(reason.code == "nothing_planned" for reason in result.reasons):
        text = _("No meetings are planned yet.")
    return Row(
        result,
        SIGNS[result.status],
        _("Attend at least %(percent)s %% of the units", percent=requirement.min_pct),
        text,
        buffer=_buffer(result),
        details=(*_gaps(result.reasons), _POLICIES[requirement.excused]()),
        has_bar=result.total > 0,
    )


_POLICIES: Mapping[Excused, Callable[[], str]] = {
    Excused.ABSENT: lambda: _("Excused absence counts like absence."),
    Excused.DROP: lambda: _("Meetings from which you are excused do not count at all."),
    Excused.COUNT: lambda: _("Excused absence counts as attended."),
}


def _buffer(result: Result) -> str:
    if result.status is not Status.OPEN or result.total == 0:
        return ""
    if result.buffer * 10 < UNIT_MINUTES:
        return _("You cannot miss any more of the meetings.")
    if all(result.buffer < action.gain for action in result.actions):
        return _(
            "You can still miss %(units)s units, which is less than any meeting that is left.",
            units=_at_most(result.buffer),
        )
    return _("You can still miss %(units)s units.", units=_at_most(result.buffer))


def _at_most(minutes: int) -> str:
    """Return units rounded down: a tenth more would be too much to miss."""
    return number(minutes * 10 // UNIT_MINUTES / 10)


def _gaps(reasons: Iterable[Reason]) -> tuple[str, ...]:
    count = sum(reason.code == "not_recorded" for reason in reasons)
    if not count:
        return ()
    return (
        ngettext(
            "%(num)s meeting took place but is not recorded yet. Until then it counts as possible.",
            "%(num)s meetings took place but are not recorded yet. Until then they count as possible.",
            count,
        ),
    )


_KIND_NAMES = {
    Select.KICKOFF: _l("The kick-off is not planned yet."),
    Select.CLOSING: _l("The closing workshop is not planned yet."),
}


def _mandatory(result: Result, titles: Titles) -> Row:
    details = []
    for reason in result.reasons:
        title = titles.get((MEETING, reason.reference), "")
        if reason.code == "mandatory_absent":
            details.append(_("“%(title)s”: you were absent.", title=title))
        elif reason.code == "mandatory_excused":
            details.append(
                _(
                    "“%(title)s”: you were excused, which is not attendance here.",
                    title=title,
                )
            )
        elif reason.code == "not_planned":
            details.append(str(_KIND_NAMES[Select(reason.reference)]))
    return Row(
        result,
        SIGNS[result.status],
        _("Be there at the mandatory meetings"),
        _("%(lo)s of %(need)s attended.", lo=result.lo, need=result.need),
        details=(*details, *_gaps(result.reasons)),
    )


def _count(result: Result, requirement: Count, titles: Titles) -> Row:
    details = []
    for reason in result.reasons:
        reference = reason.reference
        if reason.code == "piece_closed":
            title = titles.get((requirement.kind, reference), reference)
            details.append(_("“%(title)s”: the time for it is over.", title=title))
        else:
            when = PHASES.get(reference, reference)
            details.append(_("Not open yet: the worksheet %(when)s.", when=when))
    return Row(
        result,
        SIGNS[result.status],
        _("Hand in the worksheets"),
        _("%(lo)s of %(need)s handed in.", lo=result.lo, need=result.need),
        details=tuple(details),
    )


def _passed(result: Result, requirement: Passed) -> Row:
    is_met = result.status is Status.MET
    if requirement.kind == PRESENTATION:
        title = _("Present the project")
        text = (
            _("You have presented.")
            if is_met
            else _("The presentation is still to come.")
        )
    else:
        title = _("Have the project accepted")
        text = (
            _("Your project is accepted.")
            if is_met
            else _("Your project is not accepted yet.")
        )
    closed = (_("The time for it is over."),) if result.reasons else ()
    return Row(result, SIGNS[result.status], title, text, details=closed)


def _course_units(result: Result) -> Row:
    return Row(
        result,
        SIGNS[result.status],
        _("The course has at least %(units)s units", units=units(result.need)),
        _(
            "%(units)s units are planned. You need not do anything about it.",
            units=units(result.lo),
        ),
    )


def _group(result: Result, titles: Titles) -> Row:
    parts = tuple(_row(part, titles) for part in result.parts)
    if result.need == result.total:
        title = _("All of these")
    else:
        title = ngettext("%(num)s of these", "%(num)s of these", result.need)
    text = _("%(lo)s of %(need)s met.", lo=result.lo, need=result.need)
    return Row(result, SIGNS[result.status], title, text, parts=parts)
