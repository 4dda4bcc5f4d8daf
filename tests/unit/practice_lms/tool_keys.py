"""A tool's JWKS on a real port, and the keys behind it."""

import json
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response


def make_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class ToolKeyServer:
    """Serves the public halves of `published`; `is_down` makes it fail."""

    def __init__(self) -> None:
        self.first, self.second = make_key(), make_key()
        self.reset()
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self._thread = Thread(target=self._server.serve_forever)
        self._thread.start()

    def reset(self) -> None:
        self.published: dict[str, rsa.RSAPrivateKey] = {"k1": self.first}
        self.is_down = False
        self.reads = 0

    @Request.application
    def _answer(self, request: Request) -> Response:
        self.reads += 1
        if self.is_down or request.path != "/lti/jwks":
            return Response("down", 503)
        keys = [self._public(kid, key) for kid, key in self.published.items()]
        return Response(json.dumps({"keys": keys}), content_type="application/json")

    @staticmethod
    def _public(kid: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        return {**jwk, "kid": kid, "alg": "RS256", "use": "sig"}

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
