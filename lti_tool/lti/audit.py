"""What happened at the doorway: reason codes that say why, without tokens, names or addresses."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, func, select

from lti_tool import clock
from lti_tool.lti.login import hashed
from lti_tool.lti.messages import DEEP_LINKING, PRIVACY, REVIEW
from lti_tool.lti.models import Audit, Login
from lti_tool.lti.registrations import find_registration
from lti_tool.persistence.session import EVERYWHERE, Database, Session

EVENTS: Mapping[str, str] = {
    DEEP_LINKING: "deep_linking",
    REVIEW: "review",
    PRIVACY: "privacy",
}
"""How accepted messages are called that are no plain launch."""
_PLATFORM_ERRORS = frozenset(
    {
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_client",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    }
)
"""The error codes of OAuth 2.0 (RFC 6749, 4.1.2.1) and OpenID Connect Core (3.1.2.6)."""
MOST_OF_STRANGERS = 60
KEPT = timedelta(days=400)
"""A little over a year, so that a course can be compared with its run a year ago."""


def record(
    session: Session,
    event: str,
    reason: str,
    *,
    registration_id: int | None = None,
    trace_id: str | None = None,
) -> None:
    """Store one event, such as ``launch`` / ``accepted`` or ``launch`` / ``nonce_wrong``.

    Of events that concern no platform of ours only so many a minute: anybody can cause them.
    """
    if registration_id is None and _is_flooded(session):
        return
    session.add(
        Audit(
            event=event,
            reason=reason,
            registration_id=registration_id,
            trace_id=trace_id,
        )
    )


def _is_flooded(session: Session) -> bool:
    lately = clock.now() - timedelta(minutes=1)
    of_strangers = select(func.count(Audit.id)).where(
        Audit.registration_id.is_(None), Audit.created_at > lately
    )
    return (session.scalar(of_strangers) or 0) >= MOST_OF_STRANGERS


def platform_error(code: str) -> str:
    """Return the reason code for an error that a platform answers in place of a token.

    Of its text nothing is repeated but a code that the standards know.
    """
    return f"platform_{code}" if code in _PLATFORM_ERRORS else "platform_error"


def whose(session: Session, sent: Mapping[str, str]) -> int | None:
    """Return the registration that a refused login or launch concerns, if our tables know it.

    A launch counts for the login that gave out its state, for nothing in its token can be
    believed; a login for the platform that it names.
    """
    if "state" in sent:
        return session.scalar(
            select(Login.registration_id).where(
                Login.state_hash == hashed(sent["state"])
            )
        )
    issuer, client_id = sent.get("iss", ""), sent.get("client_id", "")
    if not (issuer + client_id).isprintable():
        return None
    found = find_registration(session, issuer, client_id or None)
    return found.id if found is not None else None


def forget_old(database: Database) -> None:
    """Delete what is older than is kept; while nothing is, this costs one look at one row."""
    before = clock.now() - KEPT
    with database.reading(EVERYWHERE) as session:
        oldest = session.scalar(select(Audit.created_at).order_by(Audit.id).limit(1))
    if oldest is not None and oldest < before:
        with database.transaction(EVERYWHERE) as session:
            session.execute(delete(Audit).where(Audit.created_at < before))
