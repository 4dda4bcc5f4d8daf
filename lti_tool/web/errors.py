"""The one place that makes pages of errors: what happened, why, what to do now."""

from contextlib import nullcontext
from dataclasses import replace

import structlog
from flask import Flask, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from lti_tool.errors import ErrorCode, LaunchRefusedError, ToolError
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.lti.models import LaunchSession
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web.incoming import BELOW_LAUNCH
from lti_tool.web.launch_words import LEAVE, Explanation, explain
from lti_tool.web.tool import current_tool
from lti_tool.web.typed import Typed, typed

log = structlog.get_logger()


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
        LEAVE,
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

_FORM_TOO_OLD = Explanation(
    _l("This form is too old"),
    _l(
        "Its security code no longer fits, often because the page was open for a long time."
    ),
    _l("Go back, reload the page and send it again; copy long texts first."),
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
        endpoint=request.endpoint,
        trace_id=g.get("trace_id"),
    )
    if isinstance(error, LaunchRefusedError):
        return _page(explain(error.reason), error.status, reason)
    words = _BY_CODE.get(error.code, _BY_CODE[ErrorCode.INVALID])
    if error.message:
        words = replace(words, why=error.message)
    if error.code is ErrorCode.SESSION_OVER:
        return _page_with_way_back(words, error.status, reason, typed())
    if error.code in {ErrorCode.PREVIEW, ErrorCode.NOT_ALLOWED}:
        return _page_with_way_back(words, error.status, reason)
    return _page(words, error.status, reason)


def _csrf_error(_error: CSRFError) -> ResponseReturnValue:
    kept = typed()
    words = _FORM_TOO_OLD
    if kept and kept.fields:
        words = replace(words, now=_l("What you entered is kept below: send it again."))
    return _page_with_way_back(words, 400, "csrf", kept)


def _page_with_way_back(
    words: Explanation, status: int, reason: str, kept: Typed | None = None
) -> ResponseReturnValue:
    """Show what was typed, and the way back into the course of the page that it came from."""
    tool = current_tool()
    with tool.database.reading(EVERYWHERE) as session:
        # Whose browser this is does not matter: neither language nor address is a secret.
        left = session.get(LaunchSession, _launch_id())
        lms_url = left and tool.lms_url_of(session, left)
    with force_locale(left.locale) if left else nullcontext():
        return _page(words, status, reason, lms_url=lms_url, typed=kept)


def _launch_id() -> str:
    """Return below which visit the address lies, also where there is no such page."""
    _, _, below = request.path.partition(BELOW_LAUNCH)
    return below.partition("/")[0].replace("\0", "")


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None or status < 400:  # noqa: PLR2004  # HTTP
        return error
    words = _BY_CODE[ErrorCode.NOT_FOUND if status == 404 else ErrorCode.INVALID]  # noqa: PLR2004
    show = _page_with_way_back if request.path.startswith(BELOW_LAUNCH) else _page
    return show(words, status, f"http_{status}")


def _unexpected(error: Exception) -> ResponseReturnValue:
    # Only the type and the place: texts of errors may carry what people wrote.
    log.error(
        "failed",
        error=type(error).__name__,
        endpoint=request.endpoint,
        trace_id=g.get("trace_id"),
        exc_info=error,
    )
    words = Explanation(
        _l("Something went wrong on our side"),
        _l("The error was recorded; nothing that you had saved before is lost."),
        _l(
            "Try again in a moment. If it stays, tell the lead of your course the code below."
        ),
    )
    return _page(words, 500, "unexpected")


def _page(
    words: Explanation, status: int, reason: str, **more: object
) -> ResponseReturnValue:
    if (
        request.accept_mimetypes.best_match(["text/html", "application/json"])
        == "application/json"
    ):
        return jsonify(
            error=reason, title=str(words.title), why=str(words.why), now=str(words.now)
        ), status
    page = render_template(
        "error.html", words=words, reason=reason, trace=g.get("trace_id", ""), **more
    )
    return page, status, {"Cache-Control": "no-store"}
