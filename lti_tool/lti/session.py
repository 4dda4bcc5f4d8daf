"""Launch sessions: what a launch opened, in one browser, for a working day at most."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from lti_tool import clock
from lti_tool.errors import SessionOverError
from lti_tool.lti.launch import Message
from lti_tool.lti.login import hashed
from lti_tool.lti.models import LaunchSession
from lti_tool.persistence.session import Session

LIFETIME = timedelta(hours=8)


def new_browser_secret() -> str:
    """Return the secret that a cookie carries to recognise one browser."""
    return secrets.token_urlsafe(32)


def open_session(  # noqa: PLR0913  # What a session holds, by keyword.
    session: Session,
    message: Message,
    *,
    course_id: int,
    person_id: int,
    activity: str,
    locale: str,
    browser: str | None,
    deep_linking: str | None = None,
) -> LaunchSession:
    """Store what a trusted message opens and return it."""
    opened = LaunchSession(
        id=secrets.token_urlsafe(16),
        browser_hash=None if browser is None else hashed(browser),
        registration_id=message.registration_id,
        course_id=course_id,
        person_id=person_id,
        role=str(message.role),
        activity=activity,
        locale=locale,
        frame_origin=message.frame_origin,
        deep_linking=deep_linking,
        expires_at=clock.now() + LIFETIME,
    )
    # Old visits go with new ones, so that no sweep is needed.
    session.execute(delete(LaunchSession).where(LaunchSession.expires_at < clock.now()))
    session.add(opened)
    session.flush()
    return opened


def resume(
    session: Session, launch_session_id: str, browser: str | None
) -> LaunchSession:
    """Return the session of this browser; raise SessionOverError for any other."""
    found = session.scalar(
        select(LaunchSession).where(LaunchSession.id == launch_session_id)
    )
    if found is None or found.expires_at < clock.now():
        raise SessionOverError(why="unknown or expired")
    if browser is None or not secrets.compare_digest(
        found.browser_hash or "", hashed(browser)
    ):
        raise SessionOverError(why="other browser")
    return found
