"""The key with which the LMS signs, kept in its own file."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lti_tool.practice_lms.database import Database

ALGORITHM = "RS256"


@dataclass(frozen=True)
class SigningKey:
    """An RSA key pair and its id."""

    kid: str
    private_pem: str

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return the claims as a signed JWT."""
        return jwt.encode(
            dict(claims), self.private_pem, ALGORITHM, headers={"kid": self.kid}
        )

    def public_jwk(self) -> dict[str, Any]:
        """Return the public half, in the order in which Moodle shows its own."""
        private_key = serialization.load_pem_private_key(
            self.private_pem.encode(), password=None
        )
        if not isinstance(private_key, rsa.RSAPrivateKey):
            message = "The stored signing key is not an RSA key."
            raise TypeError(message)
        numbers = jwt.algorithms.RSAAlgorithm.to_jwk(
            private_key.public_key(), as_dict=True
        )
        return {
            "kty": "RSA",
            "alg": ALGORITHM,
            "kid": self.kid,
            "e": numbers["e"],
            "n": numbers["n"],
            "use": "sig",
        }


def _make_key() -> SigningKey:
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SigningKey(kid=secrets.token_hex(10), private_pem=pem.decode())


def load_or_make_key(database: Database) -> SigningKey:
    """Return the key of this file; a new file gets a new key."""
    with database.transaction() as rows:
        row = rows.execute("SELECT kid, private_pem FROM signing_key").fetchone()
        if row is not None:
            return SigningKey(**row)
        key = _make_key()
        rows.execute(
            "INSERT INTO signing_key VALUES (?, ?)", (key.kid, key.private_pem)
        )
        return key
