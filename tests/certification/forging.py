"""A platform that signs anything, serves its keys on a real port, and counts who asks."""

import base64
import hashlib
import hmac
import json
from threading import Thread
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from flask import Flask
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from lti_tool.keys import public_jwk
from lti_tool.lti.models import JwksCache, Registration
from lti_tool.persistence.session import EVERYWHERE
from tests.signing_platform import SigningPlatform

ABSENT: Final = object()
"""Takes a claim, a header or a field away."""

_MADE: dict[str, Any] = {}


def key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return an RSA key made once a test run."""
    if name not in _MADE:
        _MADE[name] = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    made: rsa.RSAPrivateKey = _MADE[name]
    return made


def elliptic_key() -> ec.EllipticCurvePrivateKey:
    return _MADE.setdefault("elliptic", ec.generate_private_key(ec.SECP256R1()))


class KeyServer:
    """Serves a JWKS; ``status`` other than 200 is an outage."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.status = 200
        self.reads = 0
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}/jwks"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @Request.application
    def _answer(self, _request: Request) -> Response:
        self.reads += 1
        body = json.dumps({"keys": self.keys} if self.status == 200 else {"error": "x"})
        return Response(body, self.status, content_type="application/json")

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class ForgingPlatform(SigningPlatform):
    """A registered platform whose keys the tool has to fetch."""

    def __init__(self, app: Flask, server: KeyServer) -> None:
        super().__init__(app)
        self.server = server
        server.keys, server.status, server.reads = [self.jwk], 200, 0
        with self.tool.database.transaction(EVERYWHERE) as session:
            registration = session.get_one(Registration, self.registration_id)
            session.delete(session.get_one(JwksCache, registration.jwks_url))
            registration.jwks_url = server.url

    def encode(
        self,
        claims: Any,
        *,
        header: dict[str, Any] | None = None,
        signer: Any = None,
        algorithm: str = "RS256",
    ) -> str:
        """Return a token with this body, header and signature, however wrong."""
        head = {"typ": "JWT", "alg": algorithm, "kid": self.kid, **(header or {})}
        signed = ".".join(
            _b64(part if isinstance(part, bytes) else json.dumps(part).encode())
            for part in ({k: v for k, v in head.items() if v is not ABSENT}, claims)
        )
        return f"{signed}.{_b64(self._signature(signed, signer, algorithm))}"

    def _signature(self, signed: str, signer: Any, algorithm: str) -> bytes:
        if algorithm.lower() == "none":
            return b""
        if algorithm == "HS256":
            return hmac.new(signer, signed.encode(), hashlib.sha256).digest()
        method = jwt.get_algorithm_by_name(algorithm)
        return method.sign(signed.encode(), signer or self.key)

    def public_pem(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )


def jwk_of(private: rsa.RSAPrivateKey, **changes: Any) -> dict[str, Any]:
    """Return the public JWK of a key with some members changed."""
    jwk = {**public_jwk(private)[1], **changes}
    return {name: value for name, value in jwk.items() if value is not ABSENT}


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
