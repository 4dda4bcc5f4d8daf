"""What the tool says after an action, shown once on the next page of the same launch session."""

from flask import g
from flask import session as cookie
from flask_babel import LazyString

from lti_tool.web import browser


def say(text: str | LazyString) -> None:
    """Show a sentence on the next page that this launch session opens."""
    notices = dict(cookie.get("said", {}))
    key = g.launch_session.id
    # Two tabs with two courses share one cookie; each is told only its own.
    notices[key] = [*notices.get(key, []), str(text)][-3:]
    cookie["said"] = dict(list(notices.items())[-5:])


def said() -> list[str]:
    """Return what was said to this launch session, and forget it."""
    opened = g.get("launch_session")
    if opened is None:
        return []
    if opened.browser_hash is None:
        return browser.said_before()
    if opened.id not in cookie.get("said", {}):
        return []
    notices = dict(cookie["said"])
    texts: list[str] = notices.pop(opened.id)
    cookie["said"] = notices
    return texts
