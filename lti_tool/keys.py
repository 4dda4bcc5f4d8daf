"""The tool's own signing keys: private halves as files, public halves in a table."""

import base64
import hashlib
import json
import os
import secrets
import stat
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool import clock
from lti_tool.errors import SettingError
from lti_tool.persistence.base import Base
from lti_tool.persistence.session import EVERYWHERE, Database, Session
from lti_tool.persistence.types import UtcDateTime

_BITS = 3072
PUBLISHED_FIRST = timedelta(days=1)
"""How long platforms can fetch a key before it signs."""
KEPT_PUBLISHED = timedelta(days=14)
"""How long what a key signed can be verified after it retired."""


class Key(Base):
    """The public half of a signing key; this table is the truth of our JWKS."""

    __tablename__ = "key"
    __table_args__ = (
        sa.Index(
            "uq__key__active",
            "use",
            unique=True,
            sqlite_where=sa.text("state = 'active'"),
            postgresql_where=sa.text("state = 'active'"),
        ),
    )

    kid: Mapped[str] = mapped_column(primary_key=True)
    use: Mapped[str]
    """``lti`` for tokens to platforms, ``credential`` for certificates."""
    public_jwk: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    state: Mapped[str]
    """``next`` (published), ``active`` (signs), ``retired`` (still published) or ``removed``."""
    state_since: Mapped[datetime] = mapped_column(UtcDateTime)


class KeyFolder:
    """The folder of the private keys; refuses what others can read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, kid: str) -> RSAPrivateKey:
        """Return the private key; raise SettingError if it is missing or others can read it."""
        file = self._file(kid)
        if not file.is_file():
            raise SettingError(
                f"The active signing key {file} is missing: copy it from the machine or backup that made it."
            )
        self._refuse_open_mode(file)
        try:
            key = serialization.load_pem_private_key(file.read_bytes(), password=None)
        except OSError as error:
            raise SettingError(
                f"{file} cannot be read ({error.strerror}): give it to the user who runs lti-tool."
            ) from error
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, RSAPrivateKey) or public_jwk(key)[0] != kid:
            raise SettingError(
                f"{file} does not hold the key of its name: copy it from the machine or backup that made it."
            )
        return key

    def make(self) -> tuple[str, dict[str, Any]]:
        """Make a key, store it with mode 0600 and return its id and public JWK."""
        self._prepare()
        key = generate_private_key(public_exponent=65537, key_size=_BITS)
        kid, jwk = public_jwk(key)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        draft = self.folder / f".draft-{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(descriptor)
        draft.rename(self._file(kid))
        return kid, jwk

    def forget(self, kid: str) -> None:
        """Delete the private half of a key that nobody will use."""
        self._file(kid).unlink(missing_ok=True)

    def check(self) -> None:
        """Raise SettingError if any key in the folder can be read by others."""
        for file in self.folder.glob("*.pem"):
            self._refuse_open_mode(file)

    def _file(self, kid: str) -> Path:
        return self.folder / f"{kid}.pem"

    def _prepare(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        except OSError as error:
            raise SettingError(
                f"The folder of the signing keys, {self.folder}, cannot be used: {error.strerror}. Check LTI_TOOL_KEYS."
            ) from error

    @staticmethod
    def _refuse_open_mode(file: Path) -> None:
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise SettingError(f"{file} can be read by others: run 'chmod 600 {file}'.")


def public_jwk(key: RSAPrivateKey) -> tuple[str, dict[str, Any]]:
    """Return the key id (RFC 7638 thumbprint) and the public JWK of a private key."""
    numbers = key.public_key().public_numbers()
    required = {"e": _b64(numbers.e), "kty": "RSA", "n": _b64(numbers.n)}
    digest = hashlib.sha256(
        json.dumps(required, separators=(",", ":")).encode()
    ).digest()
    kid = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return kid, {**required, "kid": kid, "alg": "RS256", "use": "sig"}


def _b64(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def ensure_active(database: Database, folder: KeyFolder) -> str:
    """Return the id of the key that signs; of several first starts at once one makes it."""
    folder.check()
    active = _known_active(database, folder)
    folder.load(active)
    return active


def _known_active(database: Database, folder: KeyFolder) -> str:
    with database.reading(EVERYWHERE) as session:
        active = active_kid(session)
    return active or _make_first(database, folder)


def _make_first(database: Database, folder: KeyFolder) -> str:
    # Making a key takes long, so it is made before anything is locked.
    kid, jwk = folder.make()
    with database.transaction(EVERYWHERE) as session:
        stored = active_kid(session) or _add_first(session, kid, jwk)
    if stored != kid:
        folder.forget(kid)
    return stored


def _add_first(session: Session, kid: str, jwk: dict[str, Any]) -> str:
    try:
        with session.begin_nested():
            session.add(_key(kid, jwk, "active"))
    except IntegrityError:
        # The table permits one active key, and somebody else has just stored it.
        stored = active_kid(session)
        if stored is None:
            raise
        return stored
    return kid


def _key(kid: str, jwk: dict[str, Any], state: str) -> Key:
    return Key(kid=kid, use="lti", public_jwk=jwk, state=state, state_since=clock.now())


_ACTIVE = sa.select(Key).where(Key.use == "lti", Key.state == "active")
_WAITING = sa.select(Key).where(Key.use == "lti", Key.state == "next")


def active_kid(session: Session) -> str | None:
    """Return the id of the key that signs, or None before the first start."""
    return session.scalar(
        sa.select(Key.kid).where(Key.use == "lti", Key.state == "active")
    )


def published(session: Session) -> dict[str, Any]:
    """Return our JWKS: every key for tokens that is not removed."""
    keys = session.scalars(
        sa.select(Key)
        .where(Key.use == "lti", Key.state != "removed")
        .order_by(Key.created_at)
    )
    return {"keys": [key.public_jwk for key in keys]}


def listed(session: Session) -> list[Key]:
    """Return all keys, the oldest first."""
    return list(session.scalars(sa.select(Key).order_by(Key.created_at)))


@dataclass(frozen=True, slots=True)
class Rotation:
    """One step of a rotation: a key was ``published`` or is ``active`` now."""

    step: str
    kid: str
    removed: tuple[str, ...]
    """Keys that retired so long ago that they are not published any more."""


def rotate(
    database: Database, folder: KeyFolder, *, is_early: bool = False
) -> Rotation:
    """Take one step of a rotation; raise SettingError where that must wait.

    The first call publishes a ``next`` key, so that platforms can fetch it; the second, a day
    later unless ``is_early``, lets it sign and retires the old one, which stays published for
    two weeks. What retired longer ago is removed by any call. A key that is lost stands in
    nobody's way: its successor needs only itself.
    """
    folder.check()
    _known_active(database, folder)
    removed = _remove_retired(database, folder)
    with database.reading(EVERYWHERE) as session:
        waiting = session.scalar(_WAITING)
    if waiting is None:
        return Rotation("published", _publish(database, folder), removed)
    folder.load(waiting.kid)
    ready_at = waiting.state_since + PUBLISHED_FIRST
    if not is_early and clock.now() < ready_at:
        raise SettingError(
            f"{waiting.kid} is published since {waiting.state_since:%Y-%m-%d %H:%M} UTC only: platforms may not have fetched it. Run this again from {ready_at:%Y-%m-%d %H:%M} UTC on, or now with --now."
        )
    _activate(database, waiting.kid)
    return Rotation("active", waiting.kid, removed)


def _remove_retired(database: Database, folder: KeyFolder) -> tuple[str, ...]:
    """Take keys for tokens out of the JWKS that retired long ago; a credential's key stays for ever."""
    with database.transaction(EVERYWHERE) as session:
        removed = session.scalars(
            sa.select(Key).where(
                Key.use == "lti",
                Key.state == "retired",
                Key.state_since < clock.now() - KEPT_PUBLISHED,
            )
        ).all()
        for key in removed:
            key.state, key.state_since = "removed", clock.now()
    for key in removed:
        folder.forget(key.kid)
    return tuple(key.kid for key in removed)


def _publish(database: Database, folder: KeyFolder) -> str:
    kid, jwk = folder.make()
    with database.transaction(EVERYWHERE) as session:
        # Whoever rotates at the same moment waits here for the first.
        session.scalar(_ACTIVE.with_for_update())
        waiting = session.scalar(_WAITING)
        if waiting is None:
            session.add(_key(kid, jwk, "next"))
            return kid
    folder.forget(kid)
    return waiting.kid


def _activate(database: Database, kid: str) -> None:
    with database.transaction(EVERYWHERE) as session:
        old = session.scalar(_ACTIVE.with_for_update())
        waiting = session.scalar(_WAITING.where(Key.kid == kid))
        if waiting is None:
            return
        if old is not None:
            old.state, old.state_since = "retired", clock.now()
            session.flush()
        waiting.state, waiting.state_since = "active", clock.now()
