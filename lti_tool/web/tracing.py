"""Which lines of the log belong together: those of one launch, from the doorway to the gradebook."""

import secrets

from flask import Flask, g, request
from structlog.contextvars import bind_contextvars, unbind_contextvars

from lti_tool.lti.session import trace_of


def register(app: Flask) -> None:
    """Let every line of the log say to which launch and to which request it belongs."""
    app.before_request(_begin)
    app.teardown_request(_end)


def follow(launch_session_id: str) -> None:
    """Let this request count as one of a launch session."""
    _name(trace_of(launch_session_id))


def _begin() -> None:
    bind_contextvars(request_id=secrets.token_hex(4))
    launch = (request.view_args or {}).get("launch")
    if launch:
        follow(launch)
    else:
        _name(secrets.token_hex(8))


def _name(trace_id: str) -> None:
    g.trace_id = trace_id
    bind_contextvars(trace_id=trace_id)


def _end(_error: BaseException | None) -> None:
    unbind_contextvars("trace_id", "request_id")
