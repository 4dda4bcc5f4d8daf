"""Launch sessions: what a launch opened, in one browser, for a working day at most."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from lti_tool import clock
from lti_tool.errors import SessionOverError
from lti_tool.lti.launch import Launch
from lti_tool.lti.login import hashed
from lti_tool.lti.models import LaunchSession
from lti_tool.persistence.session import Session

LIFETIME = timedelta(hours=8)


def new_browser_secret() -> str:
    """Return the secret that a cookie carries to recognise one browser."""
    return secrets.token_urlsafe(32)


def open_session(  # noqa: PLR0913  # What a session holds, by keyword.
    session: Session,
    launch: Launch,
    *,
    course_id: int,
    person_id: int,
    activity: str,
    locale: str,
    browser: str,
) -> LaunchSession:
    """Store what a trusted launch opens and return it."""
    opened = LaunchSession(
        id=secrets.token_urlsafe(16),
        browser_hash=hashed(browser),
        registration_id=launch.registration_id,
        course_id=course_id,
        person_id=person_id,
        role=str(launch.role),
        activity=activity,
        locale=locale,
        frame_origin=launch.frame_origin,
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
        found.browser_hash, hashed(browser)
    ):
        raise SessionOverError(why="other browser")
    return found
