"""The one place that makes pages of errors: what happened, why, what to do now."""

from dataclasses import dataclass

import structlog
from flask import Flask, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from lti_tool.errors import ErrorCode, LaunchRefusedError, ToolError
from lti_tool.i18n import lazy_gettext as _l

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The words of an error page."""

    title: str | LazyString
    why: str | LazyString
    now: str | LazyString


_LEAVE = _l("Open the activity again from your course.")

_BY_CODE = {
    ErrorCode.NOT_FOUND: Explanation(
        _l("This page does not exist"),
        _l("The address is wrong, or what stood here was removed."),
        _l("Go back to the course home and choose from there."),
    ),
    ErrorCode.NOT_ALLOWED: Explanation(
        _l("This page is not for you"),
        _l("Your role or your duties in this course do not include it."),
        _l("If you need it, ask a lead of the course to give you the duty."),
    ),
    ErrorCode.PREVIEW: Explanation(
        _l("You are looking at the course as a participant"),
        _l("You belong to the course team, so nothing that you enter here is stored."),
        _l(
            "Switch back to your own role in the learning platform and open the activity again."
        ),
    ),
    ErrorCode.SESSION_OVER: Explanation(
        _l("Your visit has ended"),
        _l("It was open for too long, or the page belongs to another browser."),
        _LEAVE,
    ),
    ErrorCode.CONFLICT: Explanation(
        _l("This was changed meanwhile"),
        _l("Somebody else, or you in another window, was faster."),
        _l("Go back, look at the present state, and decide again."),
    ),
    ErrorCode.INVALID: Explanation(
        _l("This could not be taken"),
        _l("Something in what was sent is missing or wrong."),
        _l("Go back and correct it; what you wrote is still in the form."),
    ),
    ErrorCode.NOT_READY: Explanation(
        _l("This does not work yet"),
        _l("Something that it needs is missing."),
        _l("Ask a lead of the course."),
    ),
}

_LAUNCH = {
    "cookie_missing": Explanation(
        _l("Your browser did not keep our cookie"),
        _l("Without it we cannot tell that it was you who opened the activity."),
        _l(
            "Permit cookies for this site, or open the activity in a new window of your browser."
        ),
    ),
    "state_expired": Explanation(
        _l("Opening took too long"),
        _l("More than ten minutes passed on the way."),
        _LEAVE,
    ),
    "state_used": Explanation(
        _l("This opening was already used"),
        _l("Each opening of an activity works once, so that nobody can repeat it."),
        _LEAVE,
    ),
    "context_missing": Explanation(
        _l("Please open this from a course"),
        _l("The learning platform did not say to which course the activity belongs."),
        _l("Add the activity to a course and open it there."),
    ),
    "sub_missing": Explanation(
        _l("We do not know who you are"),
        _l("The learning platform opened the activity without naming a person."),
        _l("Log in to the learning platform and open the activity from your course."),
    ),
    "review_without_person": Explanation(
        _l("Whose work should be shown?"),
        _l("The learning platform did not say whose work you want to look at."),
        _l("Choose a person in the gradebook, or open the activity from your course."),
    ),
    "review_of_other_person": Explanation(
        _l("This work is not yours"),
        _l("Participants can open only their own work."),
        _LEAVE,
    ),
    "registration_unknown": Explanation(
        _l("We do not know this learning platform"),
        _l("Nobody has registered it here, or its client id differs."),
        _l(
            "Ask the administrator of your learning platform to check the registration of this tool."
        ),
    ),
    "registration_disabled": Explanation(
        _l("This learning platform is switched off here"),
        _l("The operator of this tool has disabled its registration."),
        _l("Ask the administrator of your learning platform."),
    ),
    "jwks_unreachable": Explanation(
        _l("Your learning platform did not answer us"),
        _l("We need its public key to check who opens the activity."),
        _l("Open the activity again in a minute."),
    ),
    "platform_error": Explanation(
        _l("Your learning platform refused to open the activity"),
        _l("It answered with an error in place of who you are."),
        _l("Log in to the learning platform again and open the activity once more."),
    ),
}

_LAUNCH_DEFAULT = Explanation(
    _l("The activity could not be opened"),
    _l("What the learning platform sent could not be trusted."),
    _l(
        "Open the activity again from your course. If it fails again, tell your administrator the code below."
    ),
)


def register(app: Flask) -> None:
    """Let the app answer every error with a page (or JSON where a script asked)."""
    app.register_error_handler(ToolError, _tool_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _tool_error(error: ToolError) -> ResponseReturnValue:
    reason = error.reason if isinstance(error, LaunchRefusedError) else str(error.code)
    log.info(
        "refused",
        code=str(error.code),
        reason=reason,
        path=request.path.partition("/l/")[0],
    )
    if isinstance(error, LaunchRefusedError):
        return _page(_LAUNCH.get(error.reason, _LAUNCH_DEFAULT), error.status, reason)
    words = _BY_CODE.get(error.code, _BY_CODE[ErrorCode.INVALID])
    if error.message:
        words = Explanation(words.title, error.message, words.now)
    return _page(words, error.status, reason)


def _csrf_error(_error: CSRFError) -> ResponseReturnValue:
    words = Explanation(
        _l("This form is too old"),
        _l(
            "Its security code no longer fits, often because the page was open for a long time."
        ),
        _l("Go back, reload the page and send it again; copy long texts first."),
    )
    return _page(words, 400, "csrf")


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None or status < 400:  # noqa: PLR2004  # HTTP
        return error
    words = _BY_CODE[ErrorCode.NOT_FOUND if status == 404 else ErrorCode.INVALID]  # noqa: PLR2004
    return _page(words, status, f"http_{status}")


def _unexpected(error: Exception) -> ResponseReturnValue:
    # Only the type and the place: texts of errors may carry what people wrote.
    log.error(
        "failed", error=type(error).__name__, endpoint=request.endpoint, exc_info=error
    )
    words = Explanation(
        _l("Something went wrong on our side"),
        _l("The error was recorded; nothing that you had saved before is lost."),
        _l(
            "Try again in a moment. If it stays, tell the lead of your course the code below."
        ),
    )
    return _page(words, 500, "unexpected")


def _page(words: Explanation, status: int, reason: str) -> ResponseReturnValue:
    trace = g.get("trace_id", "")
    if (
        request.accept_mimetypes.best_match(["text/html", "application/json"])
        == "application/json"
    ):
        return jsonify(
            error=reason, title=str(words.title), why=str(words.why), now=str(words.now)
        ), status
    page = render_template(
        "error.html", words=words, reason=reason, trace=trace, status=status
    )
    return page, status, {"Cache-Control": "no-store"}
