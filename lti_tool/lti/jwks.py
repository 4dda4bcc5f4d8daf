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
_FRESH_FOR = timedelta(hours=12)
"""After that a key set is fetched again, so that a withdrawn key does not stay good for ever."""
_FEWEST_BITS = 2048  # NIST SP 800-131A
_OK = 200


@dataclass(frozen=True, slots=True)
class _KeySet:
    keys: Mapping[str, Any]
    fetched_at: datetime


_NO_KEYS = _KeySet({}, datetime.min.replace(tzinfo=UTC))


class PlatformKeys:
    """Finds the public key that signed a token."""

    def __init__(self, database: Database, http: PlatformHTTP) -> None:
        self._database = database
        self._http = http
        self._asked: dict[str, datetime] = {}
        self._known: dict[str, _KeySet] = {}
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def find(self, url: str, kid: str) -> Any:
        """Return the RSA public key; raise LaunchRefusedError ``kid_unknown`` without one."""
        known = self._known.get(url, _NO_KEYS)
        if not _serves(known, kid):
            # When a class arrives, one launch fetches the keys and the others wait for it.
            with self._turns[url]:
                known = self._look_further(url, kid)
        try:
            return known.keys[kid]
        except KeyError:
            raise LaunchRefusedError("kid_unknown") from None

    def _look_further(self, url: str, kid: str) -> _KeySet:
        known = self._known.get(url, _NO_KEYS)
        if not _serves(known, kid):
            known = self._read_stored(url)
        if not _serves(known, kid) and self._may_ask(url):
            known = self._fetch_or_keep(url, known, kid)
        return known

    def _may_ask(self, url: str) -> bool:
        now = clock.now()
        last = self._asked.get(url)
        if last is not None and now - last < _REFETCH_AFTER:
            return False
        self._asked[url] = now
        return True

    def _read_stored(self, url: str) -> _KeySet:
        with self._database.reading(EVERYWHERE) as session:
            stored = session.scalar(select(JwksCache).where(JwksCache.url == url))
        if stored is None:
            return _NO_KEYS
        return self._adopt(url, stored.keys, stored.fetched_at)

    def _fetch_or_keep(self, url: str, known: _KeySet, kid: str) -> _KeySet:
        """Return the set that the platform shows now; while it is down, the last good one."""
        try:
            return self._fetch(url)
        except LaunchRefusedError:
            if kid in known.keys:
                return known
            raise

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
