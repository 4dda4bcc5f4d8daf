"""Access tokens of platforms, and requests that carry them (LTI Security 1.0, 4)."""

import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeGuard

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from sqlalchemy import Row, delete, select

from lti_tool import clock
from lti_tool.errors import SettingError
from lti_tool.lti.addresses import same_host
from lti_tool.lti.http import PlatformHTTP, Reply
from lti_tool.lti.models import Registration, TokenCache
from lti_tool.persistence.session import EVERYWHERE, Database

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LTI = "https://purl.imsglobal.org/"
_MARGIN = timedelta(seconds=60)
_CLOCK_MARGIN = 5
"""Moodle refuses a token from two seconds ahead of its own clock."""
_MOST_DIGITS = 7
_UNAUTHORIZED = 401
_FORBIDDEN = 403
_OK = 200


class TokenRefusedError(Exception):
    """The platform's token endpoint gave no token; ``reply`` is its answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"token endpoint answered {reply.status}")
        self.reply = reply


class ScopeNotGrantedError(TokenRefusedError):
    """The platform gave a token that does not permit what was asked for."""


class CannotSignError(Exception):
    """The private key with which the tool signs is not here; nothing was sent."""


class ForeignAddressError(Exception):
    """A service URL does not lie on a host of its registration; no token goes there."""


@dataclass(frozen=True, slots=True)
class Platform:
    """What is needed to call one platform, free of any session."""

    registration_id: int
    client_id: str
    token_url: str
    audience: str
    urls: tuple[str, ...]

    @classmethod
    def of(cls, registration: Registration | Row[*tuple[Any, ...]]) -> "Platform":
        """Return the platform of a registration."""
        return cls(
            registration_id=registration.id,
            client_id=registration.client_id,
            token_url=registration.token_url,
            audience=registration.audience or registration.token_url,
            urls=(
                registration.issuer,
                registration.auth_url,
                registration.token_url,
                registration.jwks_url,
                *registration.service_hosts,
            ),
        )


Signer = Callable[[], tuple[str, RSAPrivateKey]]
"""Returns id and private half of the key that signs now."""


class Connector:
    """Calls the services of platforms; tokens are shared through the database."""

    def __init__(self, database: Database, http: PlatformHTTP, signer: Signer) -> None:
        self._database = database
        self._http = http
        self._signer = signer
        self._turns: defaultdict[tuple[int, str], Lock] = defaultdict(Lock)
        self._remembered: (
            dict[tuple[Platform, str], tuple[str | None, datetime]] | None
        ) = None

    def remembering(self) -> "Connector":
        """Return a connector for many requests in a row: it looks up a token once, not each time."""
        same = Connector(self._database, self._http, self._signer)
        same._turns, same._remembered = self._turns, {}
        return same

    def platform(self, registration_id: int) -> Platform:
        """Return what is needed to call the platform of a registration."""
        with self._database.reading(EVERYWHERE) as session:
            return Platform.of(session.get_one(Registration, registration_id))

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return claims signed with the key that signs now."""
        try:
            kid, key = self._signer()
        except SettingError as error:
            raise CannotSignError(error.line) from error
        return jwt.encode(dict(claims), key, algorithm="RS256", headers={"kid": kid})

    def renew_token(self, platform: Platform, scopes: Iterable[str]) -> None:
        """Get a fresh token, whatever is kept; raise as ``send`` does where there is none."""
        self._fetch_token(platform, " ".join(sorted(scopes)))

    def send(
        self,
        platform: Platform,
        method: str,
        url: str,
        *,
        scopes: Iterable[str],
        headers: Mapping[str, str],
        body: str | None = None,
    ) -> Reply:
        """Return the platform's answer; if it refused the token, once more with a fresh one.

        Raise PlatformUnreachableError, TokenRefusedError, CannotSignError or ForeignAddressError.
        """
        if not same_host(url, platform.urls):
            raise ForeignAddressError
        wanted = " ".join(sorted(scopes))
        kept = self._recalled(platform, wanted) or self._cached(platform, wanted)
        token = kept or self._token(platform, wanted)
        reply = self._send_with(token, method, url, headers, body)
        # Open edX says 403 to a token that was good until its keys changed.
        if reply.status == _UNAUTHORIZED or (kept and reply.status == _FORBIDDEN):
            self._forget(platform, wanted, token)
            token = self._token(platform, wanted)
            reply = self._send_with(token, method, url, headers, body)
        return reply

    def _send_with(
        self,
        token: str,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: str | None,
    ) -> Reply:
        sent = {**headers, "Authorization": f"Bearer {token}"}
        return self._http.send(
            method, url, headers=sent, body=None if body is None else body.encode()
        )

    def _token(self, platform: Platform, scopes: str) -> str:
        # Of several deliveries at once one fetches the token and the others wait for it.
        with self._turns[platform.registration_id, scopes]:
            return self._cached(platform, scopes) or self._fetch_token(platform, scopes)

    def _recalled(self, platform: Platform, scopes: str) -> str | None:
        if self._remembered is None:
            return None
        token, until = self._remembered.get((platform, scopes), (None, clock.now()))
        return token if until > clock.now() + _MARGIN else None

    def _cached(self, platform: Platform, scopes: str) -> str | None:
        with self._database.reading(EVERYWHERE) as session:
            found = session.execute(
                select(TokenCache.token, TokenCache.expires_at).where(
                    TokenCache.registration_id == platform.registration_id,
                    TokenCache.scopes == scopes,
                    TokenCache.expires_at > clock.now() + _MARGIN,
                )
            ).first()
        if found is None:
            return None
        token, until = found
        if self._remembered is not None:
            self._remembered[platform, scopes] = (token, until)
        return token

    def _fetch_token(self, platform: Platform, scopes: str) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": self._assertion(platform),
            "scope": scopes,
        }
        reply = self._http.send("POST", platform.token_url, body=form)
        answer = reply.json()
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if reply.status != _OK or not _is_token(token):
            raise TokenRefusedError(reply)
        # Moodle passes over what it does not permit, and says so here only.
        if not _grants(answer.get("scope"), scopes):
            raise ScopeNotGrantedError(reply)
        lifetime = _seconds(answer.get("expires_in"))
        self._store(platform, scopes, token, lifetime)
        return token

    def _assertion(self, platform: Platform) -> str:
        now = int(time.time())
        claims = {
            "iss": platform.client_id,
            "sub": platform.client_id,
            "aud": platform.audience,
            "iat": now - _CLOCK_MARGIN,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(16),
        }
        return self.sign(claims)

    def _store(
        self, platform: Platform, scopes: str, token: str, lifetime: int
    ) -> None:
        with self._database.transaction(EVERYWHERE) as session:
            session.put(
                TokenCache,
                {"registration_id": platform.registration_id, "scopes": scopes},
                token=token,
                expires_at=clock.now() + timedelta(seconds=lifetime),
            )

    def _forget(self, platform: Platform, scopes: str, token: str) -> None:
        """Drop a token that was refused, unless somebody else has replaced it already."""
        if self._remembered is not None:
            self._remembered.pop((platform, scopes), None)
        with self._database.transaction(EVERYWHERE) as session:
            session.execute(
                delete(TokenCache).where(
                    TokenCache.registration_id == platform.registration_id,
                    TokenCache.scopes == scopes,
                    TokenCache.token == token,
                )
            )


def _is_token(token: object) -> TypeGuard[str]:
    """Tell whether it can stand in a header (RFC 6750, 2.1)."""
    return (
        isinstance(token, str)
        and token.isascii()
        and token.isprintable()
        and bool(token)
    )


def _grants(granted: object, wanted: str) -> bool:
    """Tell whether a token permits what was asked for; one that names no LTI scope permits all."""
    said = granted.split() if isinstance(granted, str) else []
    named = {scope for scope in said if scope.startswith(_LTI)}
    return not named or set(wanted.split()) <= named


def _seconds(value: object) -> int:
    """Return a lifetime in seconds; an hour where the platform names none that can be read."""
    text = str(value)
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else 3600
