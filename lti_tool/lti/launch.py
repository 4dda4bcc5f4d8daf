"""The second step of a launch: the signed message, checked in full, in our own words.

PyLTI1p3 checks signature, audience, registration, deployment and message shape; everything
else that LTI Security 1.0 asks for is checked here, in its hooks.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

import jwt
import requests
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch
from sqlalchemy import select, update
from typing_extensions import override

from lti_tool import clock
from lti_tool.errors import LaunchRefusedError
from lti_tool.lti import claims
from lti_tool.lti.addresses import acceptable_url, origin
from lti_tool.lti.claims import CLAIM, part
from lti_tool.lti.jwks import PlatformKeys
from lti_tool.lti.login import Form, NoStorage, hashed, is_own_url
from lti_tool.lti.messages import (
    DEEP_LINKING,
    PRIVACY,
    RESOURCE_LINK,
    REVIEW,
    Message,
    message_of,
)
from lti_tool.lti.models import Login, Registration
from lti_tool.lti.registrations import ToolConf
from lti_tool.lti.roles import Role, is_administrator, role_of
from lti_tool.persistence.session import Session

LONGEST_TOKEN = 64 * 1024
LEEWAY = 60
_OLDEST = timedelta(minutes=10)
LONGEST_LIFE = timedelta(hours=2)
_NEEDED: Mapping[str, tuple[str, ...]] = {
    RESOURCE_LINK: ("resource_link", "context"),
    REVIEW: ("resource_link", "context", "for_user"),
    DEEP_LINKING: ("context",),
    PRIVACY: ("for_user",),
}
"""The messages that we take, and the claims that each needs beyond those of all."""
_MISSING = {"for_user": "review_without_person"}
_OFFLINE = requests.Session()
"""The library could fetch keys by itself; without adapters every attempt fails."""
_OFFLINE.adapters.clear()


class SecretNeededError(Exception):
    """The browser sent no cookie of its login, but its storage may have kept a secret."""

    def __init__(self, storage_target: str | None, origin_of_storage: str) -> None:
        super().__init__("the secret of the login is needed")
        self.storage_target = storage_target
        self.origin = origin_of_storage


def check_launch(
    session: Session,
    keys: PlatformKeys,
    form: Mapping[str, str],
    *,
    base_url: str,
    browsers: Collection[str],
) -> Message:
    """Return the message if every check holds; raise LaunchRefusedError with its reason if not.

    ``browsers`` are the secrets in this browser's cookies. Raise SecretNeededError if there is
    none and the browser's storage may have kept another.

    Nothing is written: whoever accepts the launch redeems its login by ``redeem``.
    """
    message = _SignedMessage(session, keys, form, base_url=base_url, browsers=browsers)
    try:
        message.validate()
    except LtiException as error:
        raise LaunchRefusedError(message.step, cause=str(error)) from error
    return message.checked()


def redeem(session: Session, login_id: int) -> None:
    """Use the login up; of several launches with one state exactly one gets past this."""
    used = session.execute(
        update(Login)
        .where(Login.id == login_id, Login.consumed_at.is_(None))
        .values(consumed_at=clock.now())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise LaunchRefusedError("state_used")


class _SignedMessage(MessageLaunch):  # type: ignore[type-arg]
    """PyLTI1p3's launch with the hooks that close what it leaves open."""

    def __init__(
        self,
        session: Session,
        keys: PlatformKeys,
        form: Mapping[str, str],
        *,
        base_url: str,
        browsers: Collection[str],
    ) -> None:
        self._registrations = ToolConf(session)
        super().__init__(
            Form(form),
            self._registrations,
            NoStorage(),
            NoStorage(),
            requests_session=_OFFLINE,
        )
        self._db = session
        self._keys = keys
        self._base_url = base_url
        self._browsers = browsers
        self._login: Login
        self._known: Registration
        self.step = "message_invalid"

    @override
    def _get_request_param(self, key: str) -> str:
        return str(self._request.get_param(key))

    @property
    def _claims(self) -> dict[str, Any]:
        return self._jwt["body"]  # type: ignore[return-value]

    @override
    def validate_state(self) -> "_SignedMessage":
        state = self._get_request_param("state")
        if not state:
            raise LaunchRefusedError("state_missing")
        login = self._db.scalar(select(Login).where(Login.state_hash == hashed(state)))
        if login is None:
            raise LaunchRefusedError("state_unknown")
        if login.consumed_at is not None:
            raise LaunchRefusedError("state_used")
        if login.expires_at < clock.now():
            raise LaunchRefusedError("state_expired")
        self._check_browser(login)
        self._login = login
        return self

    def _check_browser(self, login: Login) -> None:
        if login.browser_hash in {hashed(secret) for secret in self._browsers}:
            return
        kept = self._get_request_param("storage_secret")
        if login.storage_hash is not None and not kept:
            known = self._db.get_one(Registration, login.registration_id)
            raise SecretNeededError(login.storage_target, origin(known.auth_url))
        if login.storage_hash is not None and login.storage_hash == hashed(kept):
            return
        raise LaunchRefusedError(
            "state_of_other_browser" if self._browsers else "cookie_missing"
        )

    @override
    def validate_jwt_format(self) -> "_SignedMessage":
        self.step = "token_malformed"
        if len(self._get_id_token()) > LONGEST_TOKEN:
            raise LaunchRefusedError("token_too_long")
        super().validate_jwt_format()
        claims.check_encoding(self._get_id_token())
        claims.check_header(self._jwt.get("header"))
        claims.check_shape(self._jwt.get("body"))
        # A claim that is null is none; the library would stumble over it.
        for name in [n for n, value in self._claims.items() if value is None]:
            del self._claims[name]
        return self

    @override
    def get_client_id(self) -> str:
        """Return the audience that is us: the only one, or the one that ``azp`` names."""
        audience, authorized = self._claims["aud"], self._claims.get("azp")
        audiences = [audience] if isinstance(audience, str) else audience
        if authorized is not None and authorized not in audiences:
            raise LaunchRefusedError("azp_wrong")
        if len(audiences) > 1 and authorized is None:
            raise LaunchRefusedError("azp_missing")
        return str(authorized or audiences[0])

    @override
    def validate_nonce(self) -> "_SignedMessage":
        nonce = self._claims.get("nonce")
        if not isinstance(nonce, str) or hashed(nonce) != self._login.nonce_hash:
            raise LaunchRefusedError("nonce_wrong")
        return self

    @override
    def validate_registration(self) -> "_SignedMessage":
        self.step = "registration_unknown"
        super().validate_registration()
        self._known = self._registrations.registration(
            self._claims["iss"], self.get_client_id()
        )
        if self._known.id != self._login.registration_id:
            raise LaunchRefusedError("registration_of_other_login")
        return self

    @override
    def validate_jwt_signature(self) -> "_SignedMessage":
        key = self._keys.find(self._known.jwks_url, self._jwt["header"]["kid"])
        try:
            jwt.decode(
                self._get_id_token(),
                key,
                algorithms=["RS256"],
                audience=self._known.client_id,
                issuer=self._known.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iat"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise LaunchRefusedError("token_expired") from error
        except jwt.ImmatureSignatureError as error:
            raise LaunchRefusedError("token_from_future") from error
        except jwt.InvalidSignatureError as error:
            raise LaunchRefusedError("signature_wrong") from error
        except jwt.InvalidTokenError as error:
            raise LaunchRefusedError(
                "token_invalid", cause=type(error).__name__
            ) from error
        self._check_times()
        return self

    def _check_times(self) -> None:
        issued, expires = float(self._claims["iat"]), float(self._claims["exp"])
        if clock.now().timestamp() - issued > _OLDEST.total_seconds():
            raise LaunchRefusedError("token_too_old")
        if expires - issued > LONGEST_LIFE.total_seconds():
            raise LaunchRefusedError("token_lives_too_long")

    @override
    def validate_deployment(self) -> "_SignedMessage":
        self.step = "deployment_unknown"
        super().validate_deployment()
        hint = self._login.deployment_hint
        if hint is not None and hint != self._claims[f"{CLAIM}deployment_id"]:
            raise LaunchRefusedError("deployment_of_other_login")
        return self

    @override
    def validate_message(self) -> "_SignedMessage":
        self.step = "message_invalid"
        self._check_target()
        self._forgive()
        needed = _NEEDED.get(self._claims[f"{CLAIM}message_type"])
        if needed is None:
            raise LaunchRefusedError("message_not_offered")
        if self._claims[f"{CLAIM}version"] != "1.3.0":
            raise LaunchRefusedError("version_not_1_3")
        for name in needed:
            if not part(self._claims, name):
                raise LaunchRefusedError(
                    _MISSING.get(name, f"{name}_missing"), self._status_without(name)
                )
        self._check_person()
        self._check_chooser()
        super().validate_message()
        return self

    def _status_without(self, claim: str) -> int:
        """Return 200 for what is no fault: a link outside courses is answered by a page."""
        is_link = self._claims[f"{CLAIM}message_type"] == RESOURCE_LINK
        return 200 if is_link and claim == "context" else 400

    def _check_target(self) -> None:
        target = self._claims.get(f"{CLAIM}target_link_uri")
        if not isinstance(target, str) or not is_own_url(target, self._base_url):
            raise LaunchRefusedError("target_not_ours")
        if target != self._login.target:
            raise LaunchRefusedError("target_of_other_login")

    def _forgive(self) -> None:
        """Read what platforms really send as what the specification, and the library, call it."""
        kind = self._claims[f"{CLAIM}message_type"]
        if kind == f"Lti{PRIVACY}":
            self._claims[f"{CLAIM}message_type"] = PRIVACY
        if kind == REVIEW:
            # Moodle leaves the line item out once a link has two.
            offered = self._claims.get(claims.AGS) or {}
            self._claims[claims.AGS] = {"lineitem": "", **offered}

    def _check_person(self) -> None:
        """Refuse a look at somebody else's work or data by people who are not staff."""
        if self._claims[f"{CLAIM}message_type"] not in {REVIEW, PRIVACY}:
            return
        about = part(self._claims, "for_user").get("user_id")
        if not about:
            raise LaunchRefusedError("review_without_person")
        # A student can get a signed review of somebody else out of Moodle.
        if not self._may_ask_about_others() and about != self._claims["sub"]:
            raise LaunchRefusedError("review_of_other_person", 403)

    def _may_ask_about_others(self) -> bool:
        roles = self._claims[f"{CLAIM}roles"]
        if self._claims[f"{CLAIM}message_type"] == PRIVACY:
            return is_administrator(roles)
        return role_of(roles) is Role.STAFF

    def _check_chooser(self) -> None:
        if self._claims[f"{CLAIM}message_type"] != DEEP_LINKING:
            return
        settings = claims.deep_linking(self._claims)
        # The platform has signed it, so it may lie on any host; a browser posts there, not we.
        if not acceptable_url(str(settings.get("deep_link_return_url"))):
            raise LaunchRefusedError("deep_linking_without_return")
        types = settings.get("accept_types")
        if isinstance(types, list) and "ltiResourceLink" not in types:
            raise LaunchRefusedError("deep_linking_without_activities")
        if role_of(self._claims[f"{CLAIM}roles"]) is not Role.STAFF:
            raise LaunchRefusedError("deep_linking_by_participant", 403)

    @override
    def save_launch_data(self) -> "_SignedMessage":
        return self

    def checked(self) -> Message:
        """Return the checked message in our words."""
        return message_of(self._claims, self._login.id, self._known)
