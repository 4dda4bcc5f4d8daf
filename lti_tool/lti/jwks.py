"""Platforms' public keys: cached, fetched again for an unknown key id, kept while a platform is down."""

import json
import threading
from datetime import datetime, timedelta
from typing import Any

import jwt
from sqlalchemy import select

from lti_tool import clock
from lti_tool.errors import LaunchRefusedError
from lti_tool.lti.http import PlatformHTTP, PlatformUnreachableError
from lti_tool.lti.models import JwksCache
from lti_tool.persistence.session import EVERYWHERE, Database

_REFETCH_AFTER = timedelta(seconds=10)
"""How long an unknown key id may not cause another request."""


class PlatformKeys:
    """Finds the public key that signed a token."""

    def __init__(self, database: Database, http: PlatformHTTP) -> None:
        self._database = database
        self._http = http
        self._asked: dict[str, datetime] = {}
        self._keys: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def find(self, url: str, kid: str) -> Any:
        """Return the RSA public key; raise LaunchRefusedError ``kid_unknown`` without one."""
        if (url, kid) not in self._keys:
            self._read_stored(url)
        if (url, kid) not in self._keys and self._may_ask(url):
            self._fetch(url)
        try:
            return self._keys[url, kid]
        except KeyError:
            raise LaunchRefusedError("kid_unknown") from None

    def _may_ask(self, url: str) -> bool:
        with self._lock:
            now = clock.now()
            last = self._asked.get(url)
            if last is not None and now - last < _REFETCH_AFTER:
                return False
            self._asked[url] = now
            return True

    def _read_stored(self, url: str) -> None:
        with self._database.reading(EVERYWHERE) as session:
            stored = session.scalar(select(JwksCache).where(JwksCache.url == url))
        if stored is not None:
            self._adopt(url, stored.keys)

    def _fetch(self, url: str) -> None:
        try:
            reply = self._http.send("GET", url, headers={"Accept": "application/json"})
        except PlatformUnreachableError as error:
            raise LaunchRefusedError("jwks_unreachable", 502, kind=error.kind) from error
        body = reply.json()
        keys = body.get("keys") if isinstance(body, dict) else None
        if reply.status != 200 or not isinstance(keys, list):  # noqa: PLR2004  # HTTP
            raise LaunchRefusedError("jwks_invalid", 502, status=reply.status)
        with self._database.transaction(EVERYWHERE) as session:
            session.merge(JwksCache(url=url, keys=keys, fetched_at=clock.now()))
        for known in [k for k in self._keys if k[0] == url]:
            del self._keys[known]
        self._adopt(url, keys)

    def _adopt(self, url: str, keys: list[Any]) -> None:
        """Take over the usable keys: RSA for signatures, of 2048 bits at least."""
        seen: set[str] = set()
        for jwk in keys:
            kid = jwk.get("kid") if isinstance(jwk, dict) else None
            if not isinstance(kid, str) or not _may_sign(jwk):
                continue
            if kid in seen:
                # Two keys of one id: which one is meant cannot be known.
                self._keys.pop((url, kid), None)
                continue
            seen.add(kid)
            key = _rsa_key(jwk)
            if key is not None:
                self._keys[url, kid] = key


def _may_sign(jwk: dict[str, Any]) -> bool:
    return (
        jwk.get("kty") == "RSA"
        and jwk.get("alg", "RS256") == "RS256"
        and jwk.get("use", "sig") == "sig"
    )


def _rsa_key(jwk: dict[str, Any]) -> Any:
    try:
        key = jwt.algorithms.RSAAlgorithm.from_jwk(json.dumps(jwk))
    except (jwt.InvalidKeyError, ValueError, TypeError):
        return None
    return key if getattr(key, "key_size", 0) >= 2048 else None  # noqa: PLR2004  # NIST SP 800-131A
