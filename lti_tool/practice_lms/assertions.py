"""Whether the tool that asks for a token is the tool: its signed assertion."""

from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

import jwt
import requests

from lti_tool.practice_lms.addresses import Addresses
from lti_tool.practice_lms.grading import PLATFORM_ZONE
from lti_tool.practice_lms.tickets import Tickets

JWKS_TIMEOUT_SECONDS = 5


class RefusedAssertionError(Exception):
    """The assertion is refused; the message is Moodle's error text."""


class ToolKeysUnreachableError(Exception):
    """The tool's public keys cannot be read."""


def _fetch(url: str) -> dict[str, jwt.PyJWK]:
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(url, timeout=JWKS_TIMEOUT_SECONDS)
        answer.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(answer.json()).keys
    except (requests.RequestException, jwt.PyJWTError, ValueError) as error:
        raise ToolKeysUnreachableError(url) from error
    return {key.key_id: key for key in keys if key.key_id is not None}


@dataclass
class ToolKeys:
    """The tool's public keys; read when needed, again only when one is unknown."""

    url: str
    fetched: int = 0
    _keys: dict[str, jwt.PyJWK] = field(default_factory=dict)
    _turn: Lock = field(default_factory=Lock)

    def find(self, kid: str) -> jwt.PyJWK | None:
        """Return the key with this id, asking the tool if it is not known yet."""
        return self._keys.get(kid) or self.refetch().get(kid)

    def refetch(self) -> dict[str, jwt.PyJWK]:
        """Ask the tool for its keys now."""
        with self._turn:
            self._keys = _fetch(self.url)
            self.fetched += 1
            return self._keys


@dataclass(frozen=True)
class AssertionCheck:
    """Moodle's checks, and the ones it leaves out: iss, aud, exp present, jti once."""

    addresses: Addresses
    tool_keys: ToolKeys
    tickets: Tickets

    def check(self, assertion: str, now: float) -> None:
        """Raise unless the assertion is the tool's own, in time, for us and new."""
        claims = self._unverified(assertion)
        if claims.get("sub") != self.addresses.client_id:
            raise RefusedAssertionError("invalid_client")
        self._check_signature(assertion)
        self._check_times(claims, now)
        self._check_binding(claims, now)

    def _unverified(self, assertion: str) -> dict[str, Any]:
        try:
            claims = jwt.decode_complete(
                assertion, options={"verify_signature": False}
            )["payload"]
        except jwt.PyJWTError as error:
            raise RefusedAssertionError("invalid_request") from error
        if not isinstance(claims, dict) or not claims.get("sub"):
            raise RefusedAssertionError("invalid_request")
        return claims

    def _check_signature(self, assertion: str) -> None:
        kid = jwt.get_unverified_header(assertion).get("kid")
        if not kid:
            raise RefusedAssertionError(
                "error/Error: kid must be provided in JWT header."
            )
        key = self.tool_keys.find(str(kid))
        if key is None:
            raise RefusedAssertionError('"kid" invalid, unable to lookup correct key')
        if self._is_signed(assertion, key):
            return
        key = self.tool_keys.refetch().get(str(kid))
        if key is None or not self._is_signed(assertion, key):
            raise RefusedAssertionError("Signature verification failed")

    def _is_signed(self, assertion: str, key: jwt.PyJWK) -> bool:
        try:
            jwt.PyJWS().decode(assertion, key, algorithms=["RS256"])
        except jwt.PyJWTError:
            return False
        return True

    def _check_times(self, claims: dict[str, Any], now: float) -> None:
        """Moodle allows no leeway, in whole seconds."""
        issued, expires = claims.get("iat"), claims.get("exp")
        if isinstance(issued, int | float) and issued > int(now):
            moment = datetime.fromtimestamp(issued, PLATFORM_ZONE)
            text = moment.strftime("%Y-%m-%dT%H:%M:%S%z")
            raise RefusedAssertionError(f"Cannot handle token with iat prior to {text}")
        if not isinstance(expires, int | float):
            raise RefusedAssertionError("invalid_client")
        if int(now) >= expires:
            raise RefusedAssertionError("Expired token")

    def _check_binding(self, claims: dict[str, Any], now: float) -> None:
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        jti = claims.get("jti")
        if (
            claims.get("iss") != self.addresses.client_id
            or self.addresses.token_url not in audiences
            or not isinstance(jti, str)
            or not self.tickets.use_assertion(jti, float(claims["exp"]), now)
        ):
            raise RefusedAssertionError("invalid_client")
