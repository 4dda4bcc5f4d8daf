"""Invitations to register a platform, each for one use, and what a registration stores."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from lti_tool import clock
from lti_tool.errors import RegistrationRefusedError
from lti_tool.lti import audit
from lti_tool.lti.dynamic_registration import Registered, register
from lti_tool.lti.login import hashed
from lti_tool.lti.models import Registration, RegistrationInvitation, TokenCache
from lti_tool.lti.platform_configuration import PlatformConfiguration
from lti_tool.lti.registrations import (
    find_registration,
    get_or_add_deployment,
    namesake,
    put_registration,
)
from lti_tool.persistence.session import EVERYWHERE, Database, Session
from lti_tool.web.tool import Tool

LIFETIME = timedelta(days=7)
_FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class Invitation:
    """A right to register a platform, or to renew one registration."""

    id: int
    name: str | None
    expires_at: datetime
    renews: Registration | None
    """What may change; None where a new registration is wanted."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What an administrator was shown and confirmed."""

    platform: PlatformConfiguration
    request: Mapping[str, Any]
    registration_token: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a registration led to."""

    registration: Registration
    deployment_id: str | None
    is_new: bool


def invite(
    session: Session, *, name: str | None = None, registration_id: int | None = None
) -> tuple[str, datetime]:
    """Return the secret of a new invitation, which is stored nowhere, and until when it holds."""
    secret = secrets.token_urlsafe(32)
    expires_at = clock.now() + LIFETIME
    session.add(
        RegistrationInvitation(
            token_hash=hashed(secret),
            name=name,
            registration_id=registration_id,
            expires_at=expires_at,
        )
    )
    return secret, expires_at


def open_invitation(session: Session, secret: str) -> Invitation:
    """Return the invitation of a secret; raise RegistrationRefusedError unless it can be used now."""
    row = session.scalar(
        select(RegistrationInvitation).where(
            RegistrationInvitation.token_hash == hashed(secret)
        )
    )
    if row is None:
        reason = "invitation_unknown" if secret else "invitation_missing"
        raise RegistrationRefusedError(reason, _FORBIDDEN)
    if row.used_at is not None:
        raise RegistrationRefusedError("invitation_used", _FORBIDDEN)
    if row.expires_at <= clock.now():
        raise RegistrationRefusedError("invitation_expired", _FORBIDDEN)
    renews = (
        session.get(Registration, row.registration_id) if row.registration_id else None
    )
    return Invitation(row.id, row.name, row.expires_at, renews)


def whose(session: Session, secret: str) -> int | None:
    """Return the registration to which an invitation belongs, used or not, if there is one."""
    return session.scalar(
        select(RegistrationInvitation.registration_id).where(
            RegistrationInvitation.token_hash == hashed(secret)
        )
    )


def check_is_meant(invitation: Invitation, platform: PlatformConfiguration) -> None:
    """Raise RegistrationRefusedError where an invitation to renew is opened from another platform."""
    renews = invitation.renews
    if renews is not None and renews.issuer != platform.issuer:
        raise RegistrationRefusedError("other_platform")


def confirm(tool: Tool, secret: str, confirmed: Confirmed, trace_id: str) -> Outcome:
    """Register as confirmed; raise RegistrationRefusedError and keep the invitation if that fails.

    Of several at once with one invitation, one goes on.
    """
    invitation = _take(tool.database, secret)
    try:
        check_is_meant(invitation, confirmed.platform)
        # Nothing is locked while the platform is asked.
        answer = register(
            tool.http,
            confirmed.platform,
            confirmed.request,
            confirmed.registration_token,
        )
        return _store(tool.database, invitation, confirmed.platform, answer, trace_id)
    except Exception:
        _give_back(tool.database, invitation)
        raise


def _take(database: Database, secret: str) -> Invitation:
    with database.transaction(EVERYWHERE) as session:
        invitation = open_invitation(session, secret)
        taken = session.execute(
            update(RegistrationInvitation)
            .where(
                RegistrationInvitation.id == invitation.id,
                RegistrationInvitation.used_at.is_(None),
            )
            .values(used_at=clock.now())
            .returning(RegistrationInvitation.id)
        ).all()
    if not taken:
        raise RegistrationRefusedError("invitation_used", _FORBIDDEN)
    return invitation


def _give_back(database: Database, invitation: Invitation) -> None:
    with database.transaction(EVERYWHERE) as session:
        session.get_one(RegistrationInvitation, invitation.id).used_at = None


def _store(
    database: Database,
    invitation: Invitation,
    platform: PlatformConfiguration,
    answer: Registered,
    trace_id: str,
) -> Outcome:
    renews = invitation.renews
    if renews is not None and renews.client_id != answer.client_id:
        raise RegistrationRefusedError("client_id_changed")
    with database.transaction(EVERYWHERE) as session:
        known = find_registration(session, platform.issuer, answer.client_id)
        _check_is_theirs(session, known, invitation, platform, answer.client_id)
        registration = _put(session, known, invitation.name, platform, answer.client_id)
        if answer.deployment_id is not None:
            get_or_add_deployment(session, registration.id, answer.deployment_id)
        session.get_one(
            RegistrationInvitation, invitation.id
        ).registration_id = registration.id
        audit.record(
            session,
            "registration",
            "registered" if known is None else "updated",
            registration_id=registration.id,
            trace_id=trace_id,
        )
    return Outcome(registration, answer.deployment_id, is_new=known is None)


def _check_is_theirs(
    session: Session,
    known: Registration | None,
    invitation: Invitation,
    platform: PlatformConfiguration,
    client_id: str,
) -> None:
    """Refuse a platform that would speak for another one, or get tokens in its name."""
    renews = invitation.renews
    if known is not None and (renews is None or renews.id != known.id):
        raise RegistrationRefusedError("known_here")
    if namesake(session, platform.issuer, client_id) is not None:
        raise RegistrationRefusedError("client_id_taken")


def _put(
    session: Session,
    known: Registration | None,
    name: str | None,
    platform: PlatformConfiguration,
    client_id: str,
) -> Registration:
    """Store what a platform says of itself; what an operator decided about it stays."""
    is_open = known is None or known.open_deployments
    hosts = [] if known is None else known.service_hosts
    registration = put_registration(
        session,
        name=name or (platform.host if known is None else known.name),
        issuer=platform.issuer,
        client_id=client_id,
        auth_url=platform.auth_url,
        token_url=platform.token_url,
        jwks_url=platform.jwks_url,
        audience=platform.audience,
    )
    registration.open_deployments = is_open
    registration.service_hosts = sorted({*hosts, *platform.service_hosts})
    registration.source = "dynamic"
    # A token that was got the old way may no longer hold.
    session.execute(
        delete(TokenCache).where(TokenCache.registration_id == registration.id)
    )
    return registration
