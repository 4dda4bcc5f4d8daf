"""Notices that a platform sends by itself (LTI Platform Notification Service 1.0): of copied contexts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import jwt
import structlog
from sqlalchemy import or_, select

from lti_tool import clock
from lti_tool.errors import LaunchRefusedError
from lti_tool.lti import claims
from lti_tool.lti.claims import CLAIM, part
from lti_tool.lti.connector import (
    CannotSignError,
    Connector,
    ForeignAddressError,
    TokenRefusedError,
)
from lti_tool.lti.http import PlatformUnreachableError
from lti_tool.lti.jwks import PlatformKeys
from lti_tool.lti.launch import LEEWAY, LONGEST_LIFE, LONGEST_TOKEN
from lti_tool.lti.models import ContextCopy, Deployment, Registration
from lti_tool.lti.registrations import find_deployment, get_registration
from lti_tool.persistence.session import EVERYWHERE, Database, Session

SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
COPIED = "LtiContextCopyNotice"
_LEASE = timedelta(minutes=5)
_AGAIN = timedelta(hours=6)
_MOST_ORIGINS = 20
_FAILURES = (
    CannotSignError,
    ForeignAddressError,
    PlatformUnreachableError,
    TokenRefusedError,
)
log = structlog.get_logger()


# Subscribing


def offered(session: Session, deployment: Deployment, url: str | None) -> None:
    """Have the worker subscribe where a launch names a service that does not know us yet."""
    if url is None or (deployment.notices_url == url and _is_asked(deployment)):
        return
    deployment.notices_url, deployment.notices_due_at = url, clock.now()
    deployment.notices_at = None
    session.ring("notices")


def _is_asked(deployment: Deployment) -> bool:
    return deployment.notices_at is not None or deployment.notices_due_at is not None


def subscribe_due(database: Database, connector: Connector, handler: str) -> int:
    """Subscribe to notices of copied contexts wherever that is due; return how often it worked."""
    done = 0
    while (due := _claim(database)) is not None:
        deployment_id, registration_id, url = due
        try:
            reply = connector.send(
                connector.platform(registration_id),
                "PUT",
                url,
                scopes=[SCOPE],
                headers={
                    "Content-Type": "application/json",
                    "Accept": "application/json",
                },
                body=json.dumps({"notice_type": COPIED, "handler": handler}),
            )
            outcome = "" if reply.status == HTTPStatus.OK else str(reply.status)
        except _FAILURES as error:
            outcome = type(error).__name__
        if outcome:
            log.warning("notices", deployment=deployment_id, reason=outcome)
        _settle(database, deployment_id, worked=not outcome)
        done += not outcome
    return done


def _claim(database: Database) -> tuple[int, int, str] | None:
    now = clock.now()
    with database.transaction(EVERYWHERE) as session:
        found = session.scalar(
            select(Deployment)
            .join(Registration, Registration.id == Deployment.registration_id)
            .where(Deployment.notices_due_at <= now, Registration.enabled)
            .limit(1)
            .with_for_update(skip_locked=True, of=Deployment)
        )
        if found is None:
            return None
        # Until then nobody else takes it; if this process dies, somebody will.
        found.notices_due_at = now + _LEASE
        return found.id, found.registration_id, found.notices_url or ""


def _settle(database: Database, deployment_id: int, *, worked: bool) -> None:
    with database.transaction(EVERYWHERE) as session:
        deployment = session.get_one(Deployment, deployment_id)
        deployment.notices_at = clock.now() if worked else None
        deployment.notices_due_at = None if worked else clock.now() + _AGAIN


# Receiving


@dataclass(frozen=True, slots=True)
class Copied:
    """A context, and the ones from which the platform says that it was copied."""

    registration_id: int
    deployment_id: int
    context_id: str
    origins: tuple[str, ...]


def read(session: Session, keys: PlatformKeys, token: str) -> Copied | None:
    """Return what a notice says, checked like a launch; None for one that does not concern us.

    Raise LaunchRefusedError with the reason if it cannot be trusted.
    """
    registration, said = _verified(session, keys, token)
    deployment = find_deployment(
        session, registration.id, str(said.get(f"{CLAIM}deployment_id"))
    )
    if deployment is None:
        raise LaunchRefusedError("deployment_unknown")
    if not deployment.enabled:
        raise LaunchRefusedError("deployment_disabled", 403)
    if said.get(f"{CLAIM}version") != "1.3.0":
        raise LaunchRefusedError("version_not_1_3")
    if part(said, "notice").get("type") != COPIED:
        return None
    context_id = part(said, "context").get("id")
    told = said.get(f"{CLAIM}origin_contexts")
    listed = told if isinstance(told, list) else []
    origins = [one for one in listed if claims.is_id(one)]
    if not claims.is_id(context_id) or not origins:
        raise LaunchRefusedError("context_missing")
    return Copied(
        registration.id, deployment.id, str(context_id), tuple(origins[:_MOST_ORIGINS])
    )


def _verified(
    session: Session, keys: PlatformKeys, token: str
) -> tuple[Registration, Mapping[str, Any]]:
    if len(token) > LONGEST_TOKEN:
        raise LaunchRefusedError("token_too_long")
    try:
        header = jwt.get_unverified_header(token)
        claims.check_encoding(token)
        unproven = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise LaunchRefusedError("token_malformed") from error
    claims.check_header(header)
    registration = get_registration(session, *_parties(unproven))
    key = keys.find(registration.jwks_url, header["kid"])
    try:
        said: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=registration.client_id,
            issuer=registration.issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "nonce"]},
        )
    except jwt.InvalidTokenError as error:
        raise LaunchRefusedError("token_invalid", cause=type(error).__name__) from error
    for name in ("exp", "iat"):
        if not claims.is_moment(said[name]):
            raise LaunchRefusedError(f"{name}_invalid")
    if said["exp"] - said["iat"] > LONGEST_LIFE.total_seconds():
        raise LaunchRefusedError("token_lives_too_long")
    return registration, said


def _parties(said: Mapping[str, Any]) -> tuple[str, str]:
    """Return issuer and client id: the only audience, or the one that ``azp`` names."""
    issuer, audience, authorized = said.get("iss"), said.get("aud"), said.get("azp")
    audiences = audience if isinstance(audience, list) else [audience]
    client = authorized if authorized is not None else next(iter(audiences), None)
    if not claims.is_id(issuer) or not claims.is_id(client) or client not in audiences:
        raise LaunchRefusedError("aud_invalid")
    if len(audiences) > 1 and authorized is None:
        raise LaunchRefusedError("azp_missing")
    return str(issuer), str(client)


def store(session: Session, copied: Copied) -> None:
    """Keep what a notice said; the same one again changes nothing."""
    for origin in copied.origins:
        session.put(
            ContextCopy,
            {
                "deployment_id": copied.deployment_id,
                "context_id": copied.context_id,
                "origin_context_id": origin,
            },
        )


def origins_of(
    session: Session, deployment_id: int, context_id: str, *, until: datetime
) -> list[str]:
    """Return from which contexts one was copied, by the notices until then, the nearest first.

    Platforms tell in the same way that contents were brought into a course that long exists.
    """
    found: list[str] = []
    following = [context_id]
    while following and len(found) < _MOST_ORIGINS:
        following = [
            one
            for one in session.scalars(
                select(ContextCopy.origin_context_id)
                .where(
                    ContextCopy.deployment_id == deployment_id,
                    ContextCopy.created_at <= until,
                    or_(*(ContextCopy.context_id == one for one in following)),
                )
                .order_by(ContextCopy.id.desc())
            )
            if one not in {context_id, *found}
        ]
        found += following
    return found[:_MOST_ORIGINS]
