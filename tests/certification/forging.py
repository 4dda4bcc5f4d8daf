"""A platform that signs anything, serves its keys on a real port, and counts who asks."""

import base64
import hashlib
import hmac
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from threading import Thread
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from flask import Flask
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from lti_tool.keys import public_jwk
from lti_tool.lti.models import Deployment, JwksCache, Registration
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


def public_pem(private: rsa.RSAPrivateKey) -> bytes:
    return private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def jwk_of(private: rsa.RSAPrivateKey, **changes: Any) -> dict[str, Any]:
    """Return the public JWK of a key with some members changed."""
    jwk = {**public_jwk(private)[1], **changes}
    return {name: value for name, value in jwk.items() if value is not ABSENT}


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signature(signed: str, algorithm: str, signer: Any) -> bytes:
    """Return the signature of a token's first two parts; none for an unknown algorithm."""
    if algorithm == "HS256":
        return hmac.new(signer, signed.encode(), hashlib.sha256).digest()
    if algorithm.lower() == "none":
        return b""
    return jwt.get_algorithm_by_name(algorithm).sign(signed.encode(), signer)


class KeyServer:
    """Serves key sets, each below a path of its own; ``status`` other than 200 is an outage."""

    def __init__(self) -> None:
        self.keys: defaultdict[str, Sequence[Any]] = defaultdict(list)
        self.status = 200
        self.reads: Counter[str] = Counter()
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @Request.application
    def _answer(self, request: Request) -> Response:
        self.reads[request.path] += 1
        shown = {"keys": self.keys[request.path]}
        body = json.dumps(shown if self.status == 200 else {"error": "x"})
        return Response(body, self.status, content_type="application/json")

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class ForgingPlatform(SigningPlatform):
    """A registered platform whose keys the tool has to fetch."""

    _made = 0

    def __init__(
        self, app: Flask, server: KeyServer, client_id: str = "tool", **more: Any
    ) -> None:
        ForgingPlatform._made += 1
        self.server, self.path = server, f"/{ForgingPlatform._made}/jwks"
        server.status = 200
        self.register(app, client_id, **more)
        self.keys = [self.jwk]

    def register(self, app: Flask, client_id: str, **more: Any) -> None:
        """Make this platform known to the tool."""
        more = {"issuer": f"https://lms-{ForgingPlatform._made}.example"} | more
        super().__init__(app, client_id=client_id, key=key("platform"), **more)
        with self.tool.database.transaction(EVERYWHERE) as session:
            registration = session.get_one(Registration, self.registration_id)
            session.delete(session.get_one(JwksCache, registration.jwks_url))
            registration.jwks_url = f"{self.server.url}{self.path}"

    def another(self, **more: Any) -> "ForgingPlatform":
        """Register one more platform, or this one once more, with the same tool."""
        return type(self)(self.app, self.server, **more)

    @property
    def keys(self) -> Sequence[Any]:
        """The key set that the platform shows."""
        return self.server.keys[self.path]

    @keys.setter
    def keys(self, shown: Sequence[Any]) -> None:
        self.server.keys[self.path] = shown

    @property
    def reads(self) -> int:
        """How often the key set was fetched."""
        return self.server.reads[self.path]

    def find_key(self) -> Any:
        """Let the tool look for the key that signs here."""
        return self.tool.platform_keys.find(f"{self.server.url}{self.path}", self.kid)

    def sign_with(self, private: rsa.RSAPrivateKey, kid: str) -> None:
        """Sign with another key from now on, and show only that one."""
        self.key, self.kid = private, kid
        self.keys = [jwk_of(private, kid=kid)]

    def set_registration(self, **values: Any) -> None:
        with self.tool.database.transaction(EVERYWHERE) as session:
            registration = session.get_one(Registration, self.registration_id)
            for name, value in values.items():
                setattr(registration, name, value)

    def list_deployments(self, *ids: str, enabled: bool = True) -> None:
        """Have the tool accept these deployments only."""
        self.set_registration(open_deployments=False)
        with self.tool.database.transaction(EVERYWHERE) as session:
            session.add_all(
                Deployment(
                    registration_id=self.registration_id,
                    deployment_id=listed,
                    enabled=enabled,
                )
                for listed in ids
            )
