"""Launch sessions: what a launch opened, in one browser, for a working day at most."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from lti_tool import clock
from lti_tool.errors import SessionOverError
from lti_tool.lti.login import hashed
from lti_tool.lti.messages import Message
from lti_tool.lti.models import LaunchSession
from lti_tool.persistence.session import Session

LIFETIME = timedelta(hours=8)
_REMEMBERED = timedelta(days=1)
"""How long an ended session is known, so that what was typed in it can still be sent."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a request proves of its browser."""

    browser: str | None = None
    """The secret of its cookie."""
    bearer: str | None = None
    """The launch session for which it holds a valid bearer."""


def new_browser_secret() -> str:
    """Return the secret that a cookie carries to recognise one browser."""
    return secrets.token_urlsafe(32)


def new_session_id() -> str:
    """Return the id of a launch session to come; who knows it has half of what opens it."""
    return secrets.token_urlsafe(16)


def trace_of(launch_session_id: str) -> str:
    """Return how logs, grades and audit call a launch session; nobody can tell its id from that."""
    return hashed(f"trace {launch_session_id}")[:16]


def open_session(  # noqa: PLR0913  # What a session holds, by keyword.
    session: Session,
    message: Message,
    launch_session_id: str,
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
        id=launch_session_id,
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
    session.execute(
        delete(LaunchSession).where(
            LaunchSession.expires_at < clock.now() - _REMEMBERED
        )
    )
    session.add(opened)
    session.flush()
    return opened


def resume(session: Session, launch_session_id: str, proof: Proof) -> LaunchSession:
    """Return the session of this browser; raise SessionOverError for any other.

    One that has ended goes on as a newer one of the same person and course in this browser, so
    that a form which was open for too long can still be sent.
    """
    found = session.get(LaunchSession, launch_session_id)
    if found is None:
        raise SessionOverError(why="unknown")
    if not _is_proven(found, proof):
        raise SessionOverError(why="other browser")
    if found.expires_at >= clock.now():
        return found
    if found.browser_hash is None:
        # Nothing tells that a newer visit belongs to the same browser.
        raise SessionOverError(why="expired")
    return _newer(session, found)


def _is_proven(opened: LaunchSession, proof: Proof) -> bool:
    if opened.browser_hash is None:
        return proof.bearer == opened.id
    return proof.browser is not None and secrets.compare_digest(
        opened.browser_hash, hashed(proof.browser)
    )


def _newer(session: Session, ended: LaunchSession) -> LaunchSession:
    newer = session.scalar(
        select(LaunchSession)
        .where(
            LaunchSession.browser_hash == ended.browser_hash,
            LaunchSession.course_id == ended.course_id,
            LaunchSession.person_id == ended.person_id,
            LaunchSession.role == ended.role,
            LaunchSession.deep_linking.is_(None),
            LaunchSession.expires_at >= clock.now(),
        )
        .order_by(LaunchSession.expires_at.desc())
        .limit(1)
    )
    if newer is None:
        raise SessionOverError(why="expired")
    return newer


def newest_visit(
    session: Session, browser: str | None, course_id: int
) -> LaunchSession | None:
    """Return the newest visit of this browser to a course that still holds, or None."""
    if browser is None:
        return None
    return session.scalar(
        select(LaunchSession)
        .where(
            LaunchSession.browser_hash == hashed(browser),
            LaunchSession.course_id == course_id,
            LaunchSession.deep_linking.is_(None),
            LaunchSession.expires_at >= clock.now(),
        )
        .order_by(LaunchSession.expires_at.desc())
        .limit(1)
    )
