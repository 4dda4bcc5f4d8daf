"""The words for duties, parts of a profile, and what a list of members answered."""

from flask_babel import LazyString

from lti_tool.courses.models import RosterRun
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l

DUTIES = {
    "lead": _l("Lead"),
    "assistant": _l("Assistant"),
    "reviewer": _l("Reviewer"),
    "speaker": _l("Speaker"),
    "examiner": _l("Examiner (IHK)"),
}
DUTY_HINTS = {
    "lead": _l("may do everything in this course"),
    "assistant": _l("keeps people, dates and attendance"),
    "reviewer": _l("reads and assesses the projects"),
    "speaker": _l("keeps the attendance of their own meetings"),
    "examiner": _l("sees who has met the requirements"),
}
FIELDS = {
    "network": _l("Network"),
    "region": _l("Region"),
    "network_kind": _l("Kind of network"),
    "employer_kind": _l("Kind of employer"),
    "experience": _l("Experience with networks"),
    "question": _l("My question to this course"),
}
_KINDS = {
    "network_kind": {
        "stem": _l("STEM network"),
        "skilled_labour": _l("Network for skilled labour"),
        "education": _l("Education network"),
        "business": _l("Business network or cluster"),
        "other": _l("Other network"),
    },
    "employer_kind": {
        "university": _l("University"),
        "development_agency": _l("Business-development agency"),
        "education_office": _l("Education office"),
        "foundation": _l("Foundation"),
        "chamber": _l("Chamber"),
        "other": _l("Other employer"),
    },
    "experience": {
        "under_1": _l("less than 1 year"),
        "1_to_2": _l("1 to 2 years"),
        "3_to_5": _l("3 to 5 years"),
        "6_to_10": _l("6 to 10 years"),
        "over_10": _l("more than 10 years"),
    },
}
_ROSTER = {
    "empty": _l(
        "The platform sent an empty list, so nothing was changed. Usually it may not tell this tool who is in the course; ask its administrator."
    ),
    "token_refused": _l(
        "The platform did not let this tool sign in. Ask its administrator to check the registration."
    ),
    "cannot_sign": _l(
        "This installation lacks its signing key. The operator has to copy it; the list is then fetched by itself."
    ),
    "address_of_other_host": _l(
        "The platform named an address on another server, so nothing was asked there."
    ),
    "tool_error": _l(
        "This tool stumbled over the list, so nothing was changed. Those who run it find the reason in its log."
    ),
    "refused_429": _l("The platform asked for a pause."),
    "unreachable_blocked": _l(
        "The platform lies in a network that this installation does not permit. The operator can permit it."
    ),
    "unreachable_tls": _l(
        "The certificate of the platform's server is not valid. Tell its administrator."
    ),
}
_FORBIDDEN = _l(
    "The platform does not permit this tool to read the list of members (names and roles). Ask its administrator to switch the service on."
)
_ROSTER |= {f"refused_{cause}": _FORBIDDEN for cause in ("401", "403", "scope")}
_UNREACHABLE = _l("The platform could not be reached.")
_INCOMPLETE = _l("The platform did not send the whole list.")
_CHANGES = {
    "added": _l("%(num)s new"),
    "returned": _l("%(num)s back again"),
    "gone": _l("%(num)s left"),
    "renamed": _l("%(num)s with a new name or address"),
}


def choices(field: str) -> list[tuple[str, LazyString]]:
    """Return the values of a field and their words, in order."""
    return list(_KINDS[field].items())


def value_words(field: str, value: str | None) -> str:
    """Return what a field of a profile says in the reader's words."""
    return str(_KINDS.get(field, {}).get(value or "", value or ""))


def roster_words(code: str) -> str:
    """Return what became of the last try to fetch the list of members."""
    if code.startswith("unreachable_"):
        return str(_ROSTER.get(code, _UNREACHABLE))
    return str(_ROSTER.get(code, _INCOMPLETE))


def change_words(run: RosterRun) -> str:
    """Return what the last complete list changed, such as "2 new, 1 left"."""
    told = [
        str(text) % {"num": count}
        for name, text in _CHANGES.items()
        if (count := getattr(run, name))
    ]
    return ", ".join(told) or _("nothing has changed")
