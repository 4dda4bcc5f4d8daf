"""What can go wrong, as types; ``web.errors`` is the one place that makes pages of them."""

from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """The names by which errors are found in logs, pages and tests."""

    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    PREVIEW = "preview"
    SESSION_OVER = "session_over"
    CONFLICT = "conflict"
    INVALID = "invalid"
    LAUNCH_REFUSED = "launch_refused"
    NOT_READY = "not_ready"
    BAD_SETTING = "bad_setting"


class ToolError(Exception):
    """An error with a code, an HTTP status and, where the reader can act, a sentence for them.

    ``message`` is a translated (or lazy) sentence in the reader's words, or None for the text of
    the code. ``details`` are for the log and never shown.
    """

    code = ErrorCode.INVALID
    status = 400

    def __init__(self, message: Any = None, **details: object) -> None:
        super().__init__(str(self.code))
        self.message = message
        self.details = details


class NotFoundError(ToolError):
    """There is no such thing, or none that this person may know of."""

    code = ErrorCode.NOT_FOUND
    status = 404


class NotAllowedError(ToolError):
    """The person lacks the right."""

    code = ErrorCode.NOT_ALLOWED
    status = 403


class PreviewError(NotAllowedError):
    """Staff who look at the course as a participant can change nothing."""

    code = ErrorCode.PREVIEW


class SessionOverError(ToolError):
    """The launch session is unknown, over, or belongs to another browser."""

    code = ErrorCode.SESSION_OVER
    status = 401


class ConflictError(ToolError):
    """Somebody else changed it meanwhile, or its state does not permit the step."""

    code = ErrorCode.CONFLICT
    status = 409


class InvalidError(ToolError):
    """The input cannot be taken; the message says what to change."""


class LaunchRefusedError(ToolError):
    """A launch that must not be trusted; ``reason`` is the code in the audit row."""

    code = ErrorCode.LAUNCH_REFUSED

    def __init__(self, reason: str, status: int = 400, **details: object) -> None:
        super().__init__(None, **details)
        self.reason = reason
        self.status = status


class RegistrationRefusedError(ToolError):
    """A dynamic registration that cannot go on; ``reason`` is the code in the audit row."""

    def __init__(self, reason: str, status: int = 400, **details: object) -> None:
        super().__init__(None, **details)
        self.reason = reason
        self.status = status


class SettingError(ToolError):
    """A setting or call that cannot work: one clear line for the operator, exit 2."""

    code = ErrorCode.BAD_SETTING
    status = 500

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line
