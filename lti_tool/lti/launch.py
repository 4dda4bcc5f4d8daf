"""The second step of a launch: the signed message, checked in full, in our own words.

PyLTI1p3 checks signature, audience, registration, deployment and message shape; everything
else that LTI Security 1.0 asks for is checked here, in its hooks.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import jwt
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch
from sqlalchemy import select, update
from typing_extensions import override

from lti_tool import clock
from lti_tool.errors import LaunchRefusedError
from lti_tool.lti.http import origin
from lti_tool.lti.jwks import PlatformKeys
from lti_tool.lti.login import Form, NoStorage, hashed, is_own_url
from lti_tool.lti.models import Login, Registration
from lti_tool.lti.registrations import ToolConf, get_registration
from lti_tool.lti.roles import Role, role_of
from lti_tool.persistence.session import Session

_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
_AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
_NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
_LONGEST_TOKEN = 64 * 1024
_LONGEST_ID = 255
_LEEWAY = 60
_OLDEST = timedelta(minutes=10)
_LONGEST_LIFE = timedelta(hours=2)
_MESSAGES = {"LtiResourceLinkRequest", "LtiSubmissionReviewRequest"}


@dataclass(frozen=True, slots=True)
class GradeEndpoint:
    """What the AGS claim offers."""

    lineitems: str | None
    lineitem: str | None
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Launch:
    """A launch that was checked in full: who opens what, in which course, and which services are offered."""

    login_id: int
    registration_id: int
    deployment_id: str
    message_type: str
    sub: str
    name: str | None
    email: str | None
    role: Role
    context_id: str
    context_title: str | None
    resource_link_id: str
    resource_link_title: str | None
    custom: Mapping[str, str]
    locale: str | None
    platform_family: str | None
    frame_origin: str
    grades: GradeEndpoint | None
    memberships_url: str | None
    for_user: str | None = None
    raw_roles: tuple[str, ...] = field(default=())

    @property
    def is_moodle(self) -> bool:
        """Tell whether the platform says that it is Moodle."""
        return self.platform_family == "moodle"


def check_launch(
    session: Session,
    keys: PlatformKeys,
    form: Mapping[str, str],
    *,
    base_url: str,
    browser: str | None,
) -> Launch:
    """Return the launch if every check holds; raise LaunchRefusedError with its reason if not.

    Nothing is written: whoever accepts the launch redeems its login by ``redeem``.
    """
    message = _Message(session, keys, form, base_url=base_url, browser=browser)
    try:
        message.validate()
    except LtiException as error:
        raise LaunchRefusedError(message.step, cause=str(error)) from error
    return message.launch()


def redeem(session: Session, login_id: int) -> None:
    """Use the login up; of several launches with one state exactly one gets past this."""
    used = session.execute(
        update(Login)
        .where(Login.id == login_id, Login.consumed_at.is_(None))
        .values(consumed_at=clock.now())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise LaunchRefusedError("state_used")


class _Message(MessageLaunch):  # type: ignore[type-arg]
    """PyLTI1p3's launch with the hooks that close what it leaves open."""

    def __init__(
        self,
        session: Session,
        keys: PlatformKeys,
        form: Mapping[str, str],
        *,
        base_url: str,
        browser: str | None,
    ) -> None:
        super().__init__(Form(form), ToolConf(session), NoStorage(), NoStorage())
        self._db = session
        self._keys = keys
        self._base_url = base_url
        self._browser = browser
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
    def validate_state(self) -> "_Message":
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
        if self._browser is None:
            raise LaunchRefusedError("cookie_missing")
        if login.browser_hash != hashed(self._browser):
            raise LaunchRefusedError("state_of_other_browser")
        self._login = login
        return self

    @override
    def validate_jwt_format(self) -> "_Message":
        self.step = "token_malformed"
        if len(self._get_id_token()) > _LONGEST_TOKEN:
            raise LaunchRefusedError("token_too_long")
        super().validate_jwt_format()
        header, claims = self._jwt.get("header"), self._jwt.get("body")
        if not isinstance(header, dict) or not isinstance(claims, dict):
            raise LaunchRefusedError("token_malformed")
        if header.get("alg") != "RS256":
            raise LaunchRefusedError("algorithm_not_rs256")
        if header.keys() & {"crit", "jwk", "jku", "x5u", "x5c"}:
            raise LaunchRefusedError("header_not_allowed")
        if not isinstance(header.get("kid"), str):
            raise LaunchRefusedError("kid_missing")
        _refuse_duplicate_claims(self._get_id_token())
        check_shape(claims)
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
    def validate_nonce(self) -> "_Message":
        nonce = self._claims.get("nonce")
        if not isinstance(nonce, str) or hashed(nonce) != self._login.nonce_hash:
            raise LaunchRefusedError("nonce_wrong")
        return self

    @override
    def validate_registration(self) -> "_Message":
        self.step = "registration_unknown"
        super().validate_registration()
        self._known = get_registration(self._db, self._claims["iss"], self.get_client_id())
        if self._known.id != self._login.registration_id:
            raise LaunchRefusedError("registration_of_other_login")
        return self

    @override
    def validate_jwt_signature(self) -> "_Message":
        key = self._keys.find(self._known.jwks_url, self._jwt["header"]["kid"])
        try:
            jwt.decode(
                self._get_id_token(),
                key,
                algorithms=["RS256"],
                audience=self._known.client_id,
                issuer=self._known.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iat"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise LaunchRefusedError("token_expired") from error
        except jwt.InvalidSignatureError as error:
            raise LaunchRefusedError("signature_wrong") from error
        except jwt.InvalidTokenError as error:
            raise LaunchRefusedError("token_invalid", cause=type(error).__name__) from error
        self._check_times()
        return self

    def _check_times(self) -> None:
        issued, expires = float(self._claims["iat"]), float(self._claims["exp"])
        if clock.now().timestamp() - issued > _OLDEST.total_seconds():
            raise LaunchRefusedError("token_too_old")
        if expires - issued > _LONGEST_LIFE.total_seconds():
            raise LaunchRefusedError("token_lives_too_long")

    @override
    def validate_deployment(self) -> "_Message":
        self.step = "deployment_unknown"
        super().validate_deployment()
        hint = self._login.deployment_hint
        if hint is not None and hint != self._claims[f"{_CLAIM}deployment_id"]:
            raise LaunchRefusedError("deployment_of_other_login")
        return self

    @override
    def validate_message(self) -> "_Message":
        self.step = "message_invalid"
        claims = self._claims
        target = claims.get(f"{_CLAIM}target_link_uri")
        if not isinstance(target, str) or not is_own_url(target, self._base_url):
            raise LaunchRefusedError("target_not_ours")
        if target != self._login.target:
            raise LaunchRefusedError("target_of_other_login")
        if claims.get(f"{_CLAIM}message_type") not in _MESSAGES:
            raise LaunchRefusedError("message_not_offered")
        self._check_review()
        super().validate_message()
        if not _part(claims, "context").get("id"):
            raise LaunchRefusedError("context_missing")
        return self

    def _check_review(self) -> None:
        claims = self._claims
        if claims[f"{_CLAIM}message_type"] != "LtiSubmissionReviewRequest":
            return
        reviewed = _part(claims, "for_user").get("user_id")
        if not reviewed:
            raise LaunchRefusedError("review_without_person")
        # A student can get a signed review of somebody else out of Moodle.
        if role_of(claims[f"{_CLAIM}roles"]) is not Role.STAFF and reviewed != claims["sub"]:
            raise LaunchRefusedError("review_of_other_person", 403)

    @override
    def save_launch_data(self) -> "_Message":
        return self

    def launch(self) -> Launch:
        """Return the checked message in our words."""
        claims = self._claims
        context, link = _part(claims, "context"), _part(claims, "resource_link")
        roles = tuple(claims[f"{_CLAIM}roles"])
        return Launch(
            login_id=self._login.id,
            registration_id=self._known.id,
            deployment_id=claims[f"{_CLAIM}deployment_id"],
            message_type=claims[f"{_CLAIM}message_type"],
            sub=claims["sub"],
            name=_name(claims),
            email=_text(claims.get("email")),
            role=role_of(roles),
            context_id=context["id"],
            context_title=_text(context.get("title")) or _text(context.get("label")),
            resource_link_id=_text(link.get("id")) or "",
            resource_link_title=_text(link.get("title")),
            custom=_custom(_part(claims, "custom")),
            locale=_text(_part(claims, "launch_presentation").get("locale")),
            platform_family=_text(_part(claims, "tool_platform").get("product_family_code")),
            frame_origin=origin(self._known.auth_url),
            grades=_grade_endpoint(claims.get(_AGS)),
            memberships_url=_text(_mapping(claims.get(_NRPS)).get("context_memberships_url")),
            for_user=_text(_part(claims, "for_user").get("user_id")),
            raw_roles=roles,
        )


def _refuse_duplicate_claims(token: str) -> None:
    """Two readers of one token must not see two different claims."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise LaunchRefusedError("claim_twice")
        return dict(pairs)

    def no_constant(_name: str) -> None:
        raise LaunchRefusedError("token_malformed")

    for part in token.split(".")[:2]:
        text = MessageLaunch.urlsafe_b64decode(part)
        json.loads(text, object_pairs_hook=unique, parse_constant=no_constant)


def check_shape(claims: Mapping[str, Any]) -> None:
    """Refuse claims of the wrong type before anybody reads them."""
    for name in ("iss", "sub", f"{_CLAIM}deployment_id"):
        if not _is_id(claims.get(name)):
            raise LaunchRefusedError("claim_missing_or_invalid", claim=name)
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if not audiences or not all(isinstance(a, str) and a for a in audiences):
        raise LaunchRefusedError("claim_missing_or_invalid", claim="aud")
    roles = claims.get(f"{_CLAIM}roles")
    if not isinstance(roles, list) or not all(isinstance(r, str) for r in roles):
        raise LaunchRefusedError("claim_missing_or_invalid", claim="roles")
    for name in ("context", "resource_link", "custom", "launch_presentation", "for_user", "tool_platform"):
        part = claims.get(_CLAIM + name)
        if part is not None and not isinstance(part, dict):
            raise LaunchRefusedError("claim_missing_or_invalid", claim=name)
    for name in ("context", "resource_link"):
        identifier = _part(claims, name).get("id")
        if identifier is not None and not _is_id(identifier):
            raise LaunchRefusedError("claim_missing_or_invalid", claim=name)
    if not all(isinstance(claims.get(n), int | float) for n in ("exp", "iat")):
        raise LaunchRefusedError("times_missing")


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_ID and "\x00" not in value


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _part(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _mapping(claims.get(_CLAIM + name))


def _text(value: object) -> str | None:
    """Return a text without control characters, or None where there is none."""
    if not isinstance(value, str):
        return None
    cleaned = re.sub(r"[\x00-\x1f\x7f]", " ", value).strip()
    return cleaned[:1000] or None


def _name(claims: Mapping[str, Any]) -> str | None:
    parts = [_text(claims.get("given_name")), _text(claims.get("family_name"))]
    return _text(claims.get("name")) or " ".join(p for p in parts if p) or None


def _custom(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the custom parameters; a value that begins with $ was not substituted."""
    texts = {str(key).lower(): _text(value) for key, value in values.items()}
    return {key: text for key, text in texts.items() if text and not text.startswith("$")}


def _grade_endpoint(claim: object) -> GradeEndpoint | None:
    endpoint = _mapping(claim)
    lineitems, lineitem = _text(endpoint.get("lineitems")), _text(endpoint.get("lineitem"))
    if not lineitems and not lineitem:
        return None
    scopes = endpoint.get("scope")
    return GradeEndpoint(
        lineitems=lineitems,
        lineitem=lineitem,
        scopes=frozenset(s for s in scopes if isinstance(s, str))
        if isinstance(scopes, list)
        else frozenset(),
    )
