"""Column types: moments in UTC, texts encrypted at rest; and commitments to erasable texts."""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import DateTime, Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator
from typing_extensions import override


class UtcDateTime(TypeDecorator[datetime]):
    """A moment; naive ones are refused, and what comes back is aware and in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone cannot be stored")
        return value.astimezone(UTC)

    @override
    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        return (
            value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        )


class TextCipher:
    """Encrypts with the first data key and reads with any of them, so that keys can be changed."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])

    def encrypt(self, text: str) -> bytes:
        """Return the encrypted text."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, token: bytes) -> str:
        """Return the text; raise ValueError if no data key fits."""
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken as error:
            raise ValueError(
                "LTI_TOOL_DATA_KEY does not fit the stored texts"
            ) from error


def _derived(key: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"lti-tool data key").derive(
        key.encode()
    )
    return base64.urlsafe_b64encode(derived)


class EncryptedText(TypeDecorator[str]):
    """A text that lies encrypted in the database; the engine's dialect carries the cipher."""

    impl = LargeBinary
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _cipher(dialect).encrypt(value)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _cipher(dialect).decrypt(bytes(value))


def _cipher(dialect: Dialect) -> TextCipher:
    # One process may hold several databases with keys of their own (tests do), so no global.
    return cast("TextCipher", dialect.lti_tool_cipher)  # type: ignore[attr-defined]


def new_salt() -> str:
    """Return a fresh salt for a commitment."""
    return secrets.token_hex(16)


def commitment(text: str, salt: str) -> str:
    """Return the hash that stands in a hashed row for an erasable text.

    Text and salt stand in a row of their own; once both are erased the hash
    still verifies its chain, and the text cannot be guessed back.
    """
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()
