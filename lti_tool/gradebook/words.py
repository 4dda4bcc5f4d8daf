"""A platform's answers in the reader's words: what happened, and what helps."""

from collections.abc import Mapping

from flask_babel import LazyString

from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l

STATES: Mapping[str, LazyString] = {
    "failed": _l("failed"),
    "due": _l("on its way"),
    "withdrawn": _l("withdrawn here, still in the LMS"),
    "sent": _l("arrived"),
}
_ANSWERS: Mapping[str, LazyString] = {
    "delivered": _l("Arrived in the gradebook of the learning platform."),
    "refused_silently": _l(
        "The platform refused the grade without saying why. Check there that the person is enrolled as a participant, then send again."
    ),
    "not_gradable": _l(
        "The platform does not take grades for this person, often because they are not enrolled there as a participant. Check the enrolment, then send again."
    ),
    "unauthorized": _l(
        "The platform does not let this tool write grades. An administrator has to permit the grade service (AGS) for the tool."
    ),
    "forbidden": _l(
        "The platform forbids this tool to write grades here. An administrator has to permit the grade service (AGS) for the tool."
    ),
    "token_refused": _l(
        "The platform did not let this tool sign in. An administrator should compare the client id and the key address."
    ),
    "scope_not_granted": _l(
        "The platform lets this tool sign in but not write grades here. An administrator has to permit the grade service (AGS) for the tool."
    ),
    "slow_down": _l(
        "The platform asked for a pause. The grade goes out by itself afterwards."
    ),
    "platform_error": _l(
        "The platform has a fault of its own. The grade is tried again by itself."
    ),
    "unreachable_dns": _l(
        "The address of the platform was not found. It is tried again by itself."
    ),
    "unreachable_tls": _l(
        "The platform's certificate is not valid. It is tried again by itself; tell the administrator."
    ),
    "unreachable_timeout": _l(
        "The platform did not answer in time. It is tried again by itself."
    ),
    "unreachable_connection": _l(
        "The platform cannot be reached. It is tried again by itself."
    ),
    "unreachable_too_large": _l(
        "The platform sent far too much. It is tried again by itself."
    ),
    "address_not_permitted": _l(
        "The platform lies in a network that this installation does not permit. The operator can permit it."
    ),
    "address_of_other_host": _l(
        "The platform named an address on another server, so nothing was sent there."
    ),
    "line_item_gone": _l(
        "The column no longer exists in the gradebook. Open the activity once from the course, then send again."
    ),
    "line_item_refused": _l(
        "The platform did not let this tool make a column. An administrator has to permit it to manage line items."
    ),
    "line_item_busy": _l("The column is being made; the grade follows."),
    "no_line_item": _l(
        "This course offers no gradebook to the tool. Switch grades on for the activity in the learning platform and open it once."
    ),
    "newer_in_lms": _l(
        "The gradebook holds a newer entry, perhaps set by hand. Look at it there; sending again tries once more."
    ),
    "locked": _l(
        "The grade is locked in the gradebook. Unlock it there, then send again."
    ),
    "cannot_sign": _l(
        "This installation lacks its signing key. The operator has to copy it; the grade then goes out by itself."
    ),
    "tool_error": _l(
        "This tool made a mistake of its own. It is tried again by itself; if it stays, tell the operator."
    ),
    "not_supported": _l(
        "The platform does not take grades in the standard form. Ask its administrator whether it supports the grade service (AGS)."
    ),
    "course_over": _l(
        "The course has ended in the learning platform, so it takes no more grades. Extend the course there, then send again, or enter the grade by hand."
    ),
    "not_published": _l(
        "The activity is not published in the learning platform, so it takes no grades. Publish it there, then send again."
    ),
}


_STILL_THERE = _l(
    "The tool cannot take it out of the gradebook; remove it there by hand."
)


def explained(state: str, answer: str | None) -> str:
    """Return the sentence for a grade in a state: why it stands there, and what helps."""
    return str(_STILL_THERE) if state == "withdrawn" else in_words(answer)


def in_words(code: str | None) -> str:
    """Return the sentence for a reason code."""
    if code is None:
        return str(_("Waits to be sent."))
    return str(
        _ANSWERS.get(code)
        or _("The platform refused the grade. Send again, or ask the administrator.")
    )
