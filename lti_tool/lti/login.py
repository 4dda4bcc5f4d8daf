"""The first step of a launch: OpenID Connect third-party initiated login (LTI Security 1.0, 5.1.1)."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from pylti1p3.exception import OIDCException
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.request import Request
from sqlalchemy import delete, update
from typing_extensions import override

from lti_tool import clock
from lti_tool.errors import LaunchRefusedError
from lti_tool.lti.addresses import origin
from lti_tool.lti.models import Login
from lti_tool.lti.registrations import ToolConf
from lti_tool.persistence.session import Session

LIFETIME = timedelta(minutes=10)
_LONGEST_PARAMETER = 4096
_MOST_PARAMETERS = 50
_FIRST_PRINTABLE = ord(" ")


def hashed(secret: str) -> str:
    """Return what is stored in place of a state, a nonce or a browser secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class StartedLogin:
    """Where to send the browser, and for whom the platform asked."""

    redirect_url: str
    registration_id: int
    state: str
    storage_secret: str | None
    """What the browser's storage may keep in place of a cookie."""


def start_login(
    session: Session,
    parameters: Mapping[str, str],
    *,
    base_url: str,
    browser: str,
    by_storage: bool = False,
) -> StartedLogin:
    """Store a login that one launch may redeem and return the platform's authorization URL.

    ``browser`` is the secret in this browser's cookie; ``by_storage`` permits a secret out of
    the browser's storage in its place. Raise LaunchRefusedError on bad input.
    """
    _check_texts(parameters)
    target = parameters.get("target_link_uri", "")
    if not is_own_url(target, base_url):
        raise LaunchRefusedError("target_not_ours")
    registrations = ToolConf(session)
    registration = registrations.registration(
        parameters.get("iss", ""), parameters.get("client_id") or None
    )
    flow = _Login(
        Form({**parameters, "client_id": registration.client_id}),
        registrations,
        NoStorage(),
        NoStorage(),
    )
    url = flow.authorization_url(f"{base_url}/lti/launch")
    # Old logins go with new ones, so that no sweep is needed.
    session.execute(delete(Login).where(Login.expires_at < clock.now() - LIFETIME))
    storage_secret = secrets.token_urlsafe(32) if by_storage else None
    session.add(
        Login(
            state_hash=hashed(flow.state),
            nonce_hash=hashed(flow.nonce),
            registration_id=registration.id,
            deployment_hint=parameters.get("lti_deployment_id") or None,
            target=target,
            browser_hash=hashed(browser),
            storage_hash=hashed(storage_secret) if storage_secret else None,
            storage_target=parameters.get("lti_storage_target") or None,
            expires_at=clock.now() + LIFETIME,
        )
    )
    return StartedLogin(url, registration.id, flow.state, storage_secret)


def hand_off(session: Session, storage_secret: str) -> None:
    """Use a frame's login up, because a window of its own starts anew in its place."""
    session.execute(
        update(Login)
        .where(
            Login.storage_hash == hashed(storage_secret), Login.consumed_at.is_(None)
        )
        .values(consumed_at=clock.now())
    )


def _check_texts(parameters: Mapping[str, str]) -> None:
    if len(parameters) > _MOST_PARAMETERS:
        raise LaunchRefusedError("login_parameter_too_long")
    for value in parameters.values():
        if len(value) > _LONGEST_PARAMETER:
            raise LaunchRefusedError("login_parameter_too_long")
        if any(ord(character) < _FIRST_PRINTABLE for character in value):
            raise LaunchRefusedError("login_parameter_invalid")


def is_own_url(url: str, base_url: str) -> bool:
    """Tell whether a target link URI lies below our base URL and nowhere else."""
    if ".." in url or "%2e" in url.lower() or origin(url) != origin(base_url):
        return False
    parts, own = urlsplit(url), urlsplit(base_url)
    if "@" in parts.netloc:
        return False
    return (parts.path + "/").startswith(own.path.rstrip("/") + "/")


class Form(Request):
    """The parameters of a request, as PyLTI1p3 wants to read them."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._parameters = parameters

    @property
    @override
    def session(self) -> Any:
        return {}

    @override
    def is_secure(self) -> bool:
        return True

    @override
    def get_param(self, key: str) -> str:
        return self._parameters.get(key, "")


class NoStorage:
    """PyLTI1p3's session and cookie services: we keep state and nonce in a table of our own."""

    def __getattr__(self, _name: str) -> Any:
        return lambda *_args, **_kwargs: None


class _Login(OIDCLogin):  # type: ignore[type-arg]
    state = ""
    nonce = ""

    @override
    def _get_uuid(self) -> str:
        token = secrets.token_urlsafe(32)
        self.state = f"state-{token}"
        return token

    @override
    def _generate_nonce(self) -> str:
        self.nonce = secrets.token_urlsafe(32)
        return self.nonce

    @override
    def get_redirect(self, url: str) -> Any:
        return url

    def authorization_url(self, redirect_uri: str) -> str:
        """Return the platform's authorization URL with our state and nonce."""
        try:
            url: str = self._prepare_redirect_url(redirect_uri)
        except OIDCException as error:
            raise LaunchRefusedError("login_incomplete", cause=str(error)) from error
        # The library appends "?" even where the platform's URL has a query already.
        base, _, query = url.rpartition("?")
        return f"{base}&{query}" if "?" in base else url
