"""A platform's answers in the reader's words: what happened, and what helps."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString

from lti_tool.gradebook import difference_words
from lti_tool.gradebook.comparing import HELD
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l

STATES: Mapping[str, LazyString] = {
    "changed": _l("different in the learning platform"),
    "failed": _l("failed"),
    "due": _l("on its way"),
    "withdrawn": _l("withdrawn here, still in the LMS"),
    "sent": _l("arrived"),
    "left": difference_words.LEFT_WORD,
}
SHORT: Mapping[str, LazyString] = {
    **STATES,
    "withdrawn": _l("withdrawn"),
    "changed": _l("different"),
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
        "The platform does not let this tool write grades. An administrator has to permit the grade service (AGS) for the tool; then send again."
    ),
    "forbidden": _l(
        "The platform forbids this tool to write grades here. An administrator has to permit the grade service (AGS) for the tool; then send again."
    ),
    "token_refused": _l(
        "The platform did not let this tool sign in. An administrator should compare the client id and the key address; then send again."
    ),
    "scope_not_granted": _l(
        "The platform lets this tool sign in but not write grades here. An administrator has to permit the grade service (AGS) for the tool; then send again."
    ),
    "slow_down": _l(
        "The platform asked for a pause. The grade goes out by itself afterwards."
    ),
    "platform_error": _l(
        "The platform has a fault of its own. The grade is tried again by itself."
    ),
    "page_instead": _l(
        "In place of an answer came a web page, such as a login or a note about maintenance. The grade is tried again by itself; if it stays so, tell the administrator of the platform."
    ),
    "redirected": _l(
        "The platform sent this tool on to another address, as during maintenance or after a move. The grade is tried again by itself; if it stays so, tell the administrator of the platform."
    ),
    "too_long": _l(
        "The platform does not take messages of this length. Its administrator has to permit longer ones; then send again."
    ),
    "clocks_differ": _l(
        "The platform did not let this tool sign in, because the clocks of the two servers differ. The operator of this tool should compare them; then send again."
    ),
    "fails_alone": _l(
        "The platform takes other grades but had a fault of its own at this one each time. Tell its administrator, then send again, or enter the grade there by hand."
    ),
    "unreachable_dns": _l(
        "The address of the platform was not found. It is tried again by itself; if it stays so, tell the administrator."
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
        "The platform lies in a network that this installation does not permit. The operator can permit it; then send again."
    ),
    "address_of_other_host": _l(
        "The platform named an address on another server, so nothing was sent there. If that server belongs to it, the operator can permit it; then send again."
    ),
    "line_item_gone": _l(
        "The column no longer exists in the gradebook, or the course is closed there. Open the activity once from the course, then send again."
    ),
    "line_item_refused": _l(
        "The platform did not let this tool make a column. An administrator has to permit it to manage columns (line items); then send again."
    ),
    "line_item_busy": _l("The column is being made; the grade follows."),
    "no_line_item": _l(
        "This course offers no gradebook to the tool. Switch grades on for the activity in the learning platform, open it once, then send again."
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
        "This tool made a mistake of its own. It is tried again by itself; if it fails in the end, tell the operator, then send again."
    ),
    "not_supported": _l(
        "The platform does not take grades in the standard form. Ask its administrator whether it supports the grade service (AGS), then send again, or enter the grade by hand."
    ),
    "clock_ahead": _l(
        "The platform says that the grade comes from the future: the clocks of the two servers differ. The operator should compare them; then send again."
    ),
    "attempts_used": _l(
        "The activity in the learning platform permits no more attempts for this person. Permit more there, then send again, or enter the grade by hand."
    ),
    "course_over": _l(
        "The course has ended in the learning platform, so it takes no more grades. Extend the course there, then send again, or enter the grade by hand."
    ),
    "not_published": _l(
        "The activity is not published in the learning platform, so it takes no grades. Publish it there, then send again."
    ),
}


_STILL_THERE = _l(
    "It was withdrawn here and still stands in the learning platform. The tool cannot take it out there; remove it by hand."
)


def state_word(state: str, answer: str | None, *, is_short: bool = False) -> str:
    """Return the word for a grade in a state."""
    if state == "left":
        return str(difference_words.left_word(answer))
    return str((SHORT if is_short else STATES)[state])


def explained(state: str, answer: str | None) -> str:
    """Return the sentence for a grade in a state: why it stands there, and what helps."""
    if state in HELD:
        return difference_words.found(state, answer)
    return str(_STILL_THERE) if state == "withdrawn" else in_words(answer)


def in_words(code: str | None) -> str:
    """Return the sentence for a reason code."""
    if code is None:
        return str(_("Waits to be sent."))
    return str(
        _ANSWERS.get(code)
        or _(
            "The platform refused the grade for a reason that this tool does not know. Send again; if it stays so, ask the administrator."
        )
    )


def happened(code: str) -> str:
    """Return what an answer meant, without what helps: that may be done already."""
    # Each text says in its first sentence what happened.
    first, *more = in_words(code).split(". ", 1)
    return f"{first}." if more else first


@dataclass(frozen=True, slots=True)
class CheckWords:
    """What came of asking whether a course can take grades."""

    style: str
    verdict: LazyString
    what: LazyString
    change: LazyString | None = None
    """What helps; None where nothing has to change."""


_YES, _NO, _UNSURE = _l("yes"), _l("no"), _l("not sure")
_PERMIT = _l(
    "An administrator of the learning platform has to permit the grade service (AGS) for this tool, with writing scores. Then open the activity once from the course and ask again."
)
_LATER = _l(
    "Ask again in some minutes. If it stays so, tell the administrator of the learning platform."
)
_OPERATOR = _l("Tell the operator of this tool.")
_NOT_PERMITTED = _l(
    "The learning platform lets this tool sign in but not write grades here."
)
_CHECKS: Mapping[str, CheckWords] = {
    "can_take": CheckWords(
        "good",
        _YES,
        _l(
            "The learning platform permits this tool to write grades and showed the columns of this course."
        ),
    ),
    "can_sign_in": CheckWords(
        "good",
        _YES,
        _l(
            "The learning platform permits this tool to write grades. It does not let the tool look at columns, so only the first grade will show whether they are there."
        ),
    ),
    "no_line_item": CheckWords(
        "bad",
        _NO,
        _l("The learning platform has offered no gradebook to this course."),
        _l(
            "Switch grades on for one of the activities there, or the grade service (AGS) for this tool. Then open the activity once from the course and ask again."
        ),
    ),
    "scope_not_offered": CheckWords("bad", _NO, _NOT_PERMITTED, _PERMIT),
    "scope_not_granted": CheckWords("bad", _NO, _NOT_PERMITTED, _PERMIT),
    "unauthorized": CheckWords("bad", _NO, _NOT_PERMITTED, _PERMIT),
    "forbidden": CheckWords(
        "bad",
        _NO,
        _l("The learning platform does not let this tool into the gradebook here."),
        _PERMIT,
    ),
    "line_item_gone": CheckWords(
        "bad",
        _NO,
        _l("A column that this course uses no longer exists in the gradebook."),
        _l("Open the activity once from the course, then ask again."),
    ),
    "token_refused": CheckWords(
        "bad",
        _NO,
        _l("The learning platform did not let this tool sign in."),
        _l(
            "An administrator of the learning platform should compare the client id and the key address, and see whether the tool is switched on."
        ),
    ),
    "cannot_sign": CheckWords(
        "bad", _NO, _l("This installation lacks its signing key."), _OPERATOR
    ),
    "address_not_permitted": CheckWords(
        "bad",
        _NO,
        _l(
            "The learning platform lies in a network that this installation does not permit."
        ),
        _OPERATOR,
    ),
    "address_of_other_host": CheckWords(
        "bad",
        _NO,
        _l(
            "The learning platform named an address on another server, so it was not asked."
        ),
        _OPERATOR,
    ),
    "page_instead": CheckWords(
        "warn",
        _UNSURE,
        _l(
            "In place of an answer came a web page, such as a login or a note about maintenance."
        ),
        _LATER,
    ),
    "redirected": CheckWords(
        "warn",
        _UNSURE,
        _l("The learning platform sent this tool on to another address."),
        _LATER,
    ),
    "clocks_differ": CheckWords(
        "bad",
        _NO,
        _l(
            "The learning platform did not let this tool sign in, because the clocks of the two servers differ."
        ),
        _OPERATOR,
    ),
    "unreachable_dns": CheckWords(
        "bad",
        _NO,
        _l("The address of the learning platform was not found."),
        _LATER,
    ),
    "unreachable_tls": CheckWords(
        "bad",
        _NO,
        _l("The certificate of the learning platform is not valid."),
        _l("Tell the administrator of the learning platform."),
    ),
    "unreachable_timeout": CheckWords(
        "warn", _UNSURE, _l("The learning platform did not answer in time."), _LATER
    ),
    "unreachable_connection": CheckWords(
        "warn", _UNSURE, _l("The learning platform cannot be reached."), _LATER
    ),
    "slow_down": CheckWords(
        "warn", _UNSURE, _l("The learning platform asked for a pause."), _LATER
    ),
    "platform_error": CheckWords(
        "warn", _UNSURE, _l("The learning platform has a fault of its own."), _LATER
    ),
    "tool_error": CheckWords(
        "warn", _UNSURE, _l("This tool made a mistake of its own."), _OPERATOR
    ),
}
_ODD = CheckWords(
    "warn",
    _UNSURE,
    _l("The learning platform gave an answer that this tool does not understand."),
    _LATER,
)


def check_words(code: str) -> CheckWords:
    """Return what to say of the answer to "can this course take grades?"."""
    return _CHECKS.get(code, _ODD)
