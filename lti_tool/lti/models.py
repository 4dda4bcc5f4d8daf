"""The tables of the protocol."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.persistence.base import Base
from lti_tool.persistence.types import EncryptedText, UtcDateTime


class Registration(Base):
    """A platform that knows us under a client id."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    issuer: Mapped[str]
    client_id: Mapped[str]
    auth_url: Mapped[str]
    token_url: Mapped[str]
    jwks_url: Mapped[str]
    audience: Mapped[str | None]
    """What the token endpoint expects as ``aud`` where that is not its own URL."""
    open_deployments: Mapped[bool] = mapped_column(default=True)
    """Accept a deployment when it first appears in a valid launch."""
    service_hosts: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    """Origins of services that lie elsewhere than the URLs above, as ``https://host``."""
    source: Mapped[str] = mapped_column(default="manual")
    """``manual`` or ``dynamic``: how the platform was registered."""
    enabled: Mapped[bool] = mapped_column(default=True)
    provider: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """Imprint, contact, sender, logo, languages, retention of who runs courses here."""
    last_launch_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deployments: Mapped[list["Deployment"]] = relationship(
        back_populates="registration"
    )


class Deployment(Base):
    """One installation of the tool on a platform."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE")
    )
    deployment_id: Mapped[str]
    enabled: Mapped[bool] = mapped_column(default=True)
    notices_url: Mapped[str | None]
    """Where to subscribe to the platform's notices, as the last launch said."""
    notices_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notices_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when we are subscribed."""
    registration: Mapped[Registration] = relationship(back_populates="deployments")


class Login(Base):
    """A login that waits for its launch; used once."""

    __tablename__ = "login"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_hash: Mapped[str] = mapped_column(unique=True)
    nonce_hash: Mapped[str]
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE")
    )
    deployment_hint: Mapped[str | None]
    target: Mapped[str]
    browser_hash: Mapped[str]
    storage_hash: Mapped[str | None] = mapped_column(index=True)
    """Of a secret that may come from the browser's storage where cookies are blocked."""
    storage_target: Mapped[str | None]
    """The platform's frame that may have kept it."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    consumed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LaunchSession(Base):
    """What one launch opened: a person in a course, in one browser; its pages live under /l/<id>/."""

    __tablename__ = "launch_session"

    id: Mapped[str] = mapped_column(primary_key=True)
    browser_hash: Mapped[str | None]
    """Of the secret in the browser's cookie; None where a bearer in the page stands in for it."""
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE")
    )
    course_id: Mapped[int] = mapped_column(
        ForeignKey("course.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    role: Mapped[str]
    activity: Mapped[str]
    locale: Mapped[str]
    frame_origin: Mapped[str]
    deep_linking: Mapped[str | None] = mapped_column(EncryptedText)
    """The settings of a deep-linking request as JSON; its return address is a secret."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class TokenCache(Base):
    """An access token of a platform, shared by all processes."""

    __tablename__ = "token_cache"
    __table_args__ = (UniqueConstraint("registration_id", "scopes"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE")
    )
    scopes: Mapped[str]
    token: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class JwksCache(Base):
    """The last good key set of a platform."""

    __tablename__ = "jwks_cache"

    url: Mapped[str] = mapped_column(primary_key=True)
    keys: Mapped[list[Any]] = mapped_column(sa.JSON)
    fetched_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Audit(Base):
    """A launch or registration, accepted or refused: reason codes, never tokens or names."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix__audit__created_at", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str]
    reason: Mapped[str]
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id", ondelete="SET NULL"), index=True
    )
    trace_id: Mapped[str | None]


class RegistrationInvitation(Base):
    """A one-time address at which an administrator may register a platform."""

    __tablename__ = "registration_invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id", ondelete="SET NULL"), index=True
    )
    """The registration that it led to; for an update, the one that may change."""


class ContextCopy(Base):
    """A platform's notice that one context was copied from another."""

    __tablename__ = "context_copy"
    __table_args__ = (
        UniqueConstraint("deployment_id", "context_id", "origin_context_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    deployment_id: Mapped[int] = mapped_column(
        ForeignKey("deployment.id", ondelete="CASCADE")
    )
    context_id: Mapped[str]
    origin_context_id: Mapped[str]
