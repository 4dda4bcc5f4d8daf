"""Platforms' public keys: cached, fetched again for an unknown key id, kept while a platform is down."""

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from sqlalchemy import select

from lti_tool import clock
from lti_tool.errors import LaunchRefusedError
from lti_tool.lti.http import PlatformHTTP, PlatformUnreachableError
from lti_tool.lti.models import JwksCache
from lti_tool.persistence.session import EVERYWHERE, Database

_REFETCH_AFTER = timedelta(seconds=10)
"""How long an unknown key id may not cause another request."""
_REST_FOR_EACH = 10
"""Whoever fails to show its keys is left alone for so many times as long as that took."""
_LONGEST = 5.0
"""Seconds that a key set may take: whoever launches waits, and holds up others."""
_PATIENCE = 3.0
"""Seconds that a launch waits for the keys that another one fetches: each holds a thread."""
_FRESH_FOR = timedelta(hours=12)
"""After that a key set is fetched again, so that a withdrawn key does not stay good for ever."""
_FEWEST_BITS = 2048  # NIST SP 800-131A
_OK = 200


@dataclass(frozen=True, slots=True)
class _KeySet:
    keys: Mapping[str, Any]
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class _Rest:
    """Until when a platform is not asked again, and what came of it if it showed no keys."""

    until: datetime
    failure: LaunchRefusedError | None = None


_NO_KEYS = _KeySet({}, datetime.min.replace(tzinfo=UTC))


class PlatformKeys:
    """Finds the public key that signed a token."""

    def __init__(self, database: Database, http: PlatformHTTP) -> None:
        self._database = database
        self._http = http.within(_LONGEST)
        self._rests: dict[str, _Rest] = {}
        self._known: dict[str, _KeySet] = {}
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def find(self, url: str, kid: str) -> Any:
        """Return the RSA public key; raise LaunchRefusedError ``kid_unknown`` without one.

        Where the platform shows no keys it is ``jwks_unreachable`` or ``jwks_invalid``.
        """
        known = self._known.get(url, _NO_KEYS)
        if not _serves(known, kid):
            known = self._look_in_turn(url, kid)
        try:
            return known.keys[kid]
        except KeyError:
            raise self._refusal(url) from None

    def _look_in_turn(self, url: str, kid: str) -> _KeySet:
        """Look further alone: when a class arrives, one launch fetches and the others wait."""
        turn = self._turns[url]
        if not turn.acquire(timeout=_PATIENCE):
            known = self._known.get(url, _NO_KEYS)
            if kid in known.keys:
                return known
            raise LaunchRefusedError("jwks_unreachable", 502, kind="timeout")
        try:
            return self._look_further(url, kid)
        finally:
            turn.release()

    def _look_further(self, url: str, kid: str) -> _KeySet:
        known = self._known.get(url, _NO_KEYS)
        if not _serves(known, kid):
            known = self._read_stored(url)
        if not _serves(known, kid) and self._may_ask(url):
            known = self._fetch_or_keep(url, known)
        return known

    def _may_ask(self, url: str) -> bool:
        rest = self._rests.get(url)
        return rest is None or clock.now() >= rest.until

    def _refusal(self, url: str) -> LaunchRefusedError:
        rest = self._rests.get(url)
        failure = rest and rest.failure
        if not failure:
            return LaunchRefusedError("kid_unknown")
        return LaunchRefusedError(failure.reason, failure.status, **failure.details)

    def _read_stored(self, url: str) -> _KeySet:
        with self._database.reading(EVERYWHERE) as session:
            stored = session.scalar(select(JwksCache).where(JwksCache.url == url))
        if stored is None:
            return _NO_KEYS
        return self._adopt(url, stored.keys, stored.fetched_at)

    def _fetch_or_keep(self, url: str, known: _KeySet) -> _KeySet:
        """Return the set that the platform shows now; while it is down, the last good one."""
        begun, failure = clock.now(), None
        try:
            return self._fetch(url)
        except LaunchRefusedError as error:
            failure = LaunchRefusedError(error.reason, error.status, **error.details)
            return known
        finally:
            now, rest = clock.now(), _REFETCH_AFTER
            if failure is not None:
                rest = max(rest, (now - begun) * _REST_FOR_EACH)
            self._rests[url] = _Rest(now + rest, failure)

    def _fetch(self, url: str) -> _KeySet:
        try:
            reply = self._http.send("GET", url, headers={"Accept": "application/json"})
        except PlatformUnreachableError as error:
            raise LaunchRefusedError(
                "jwks_unreachable", 502, kind=error.kind
            ) from error
        body = reply.json()
        keys = body.get("keys") if isinstance(body, dict) else None
        if reply.status != _OK or not isinstance(keys, list):
            raise LaunchRefusedError("jwks_invalid", 502, answer=reply.status)
        now = clock.now()
        with self._database.transaction(EVERYWHERE) as session:
            session.put(JwksCache, {"url": url}, keys=keys, fetched_at=now)
        return self._adopt(url, keys, now)

    def _adopt(self, url: str, keys: list[Any], fetched_at: datetime) -> _KeySet:
        self._known[url] = _KeySet(_usable(keys), fetched_at)
        return self._known[url]


def _serves(known: _KeySet, kid: str) -> bool:
    return kid in known.keys and clock.now() - known.fetched_at < _FRESH_FOR


def _usable(keys: list[Any]) -> dict[str, Any]:
    """Return the keys that may sign: RSA for signatures, of 2048 bits at least."""
    usable: dict[str, Any] = {}
    # Two keys of one id: which one is meant cannot be known.
    named = Counter(_kid(jwk) for jwk in keys)
    for jwk in keys:
        kid = _kid(jwk)
        key = _rsa_key(jwk) if kid and named[kid] == 1 and _may_sign(jwk) else None
        if kid and key is not None:
            usable[kid] = key
    return usable


def _kid(jwk: Any) -> str | None:
    kid = jwk.get("kid") if isinstance(jwk, dict) else None
    return kid if isinstance(kid, str) else None


def _may_sign(jwk: dict[str, Any]) -> bool:
    return (
        jwk.get("kty") == "RSA"
        and jwk.get("alg", "RS256") == "RS256"
        and jwk.get("use", "sig") == "sig"
    )


def _rsa_key(jwk: dict[str, Any]) -> RSAPublicKey | None:
    try:
        key = jwt.algorithms.RSAAlgorithm.from_jwk(json.dumps(jwk))
    except (jwt.InvalidKeyError, ValueError, TypeError, AttributeError):
        return None
    if isinstance(key, RSAPublicKey) and key.key_size >= _FEWEST_BITS:
        return key
    return None
