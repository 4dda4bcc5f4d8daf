"""Reading a launch message: shape first, and then its claims as values we can store."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pylti1p3.message_launch import MessageLaunch

from lti_tool.errors import LaunchRefusedError
from lti_tool.lti.addresses import origin

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
_NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
_GROUPS = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
_DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
_SPECIFIED = "https://purl.imsglobal.org/spec/"
_LONGEST_ID = 255
_LONGEST_TEXT = 1000
_LONGEST_URL = 2000
_LAST_MOMENT = 2**40
_MOST_GROUPS = 50


@dataclass(frozen=True, slots=True)
class GradeEndpoint:
    """What the AGS claim offers."""

    lineitems: str | None
    lineitem: str | None
    scopes: frozenset[str]


def check_encoding(token: str) -> None:
    """Refuse tokens that two readers could understand differently, or that no table can store."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise LaunchRefusedError("claim_twice")
        return dict(pairs)

    def no_constant(_name: str) -> None:
        raise LaunchRefusedError("token_malformed")

    for encoded in token.split(".")[:2]:
        read = json.loads(
            MessageLaunch.urlsafe_b64decode(encoded),
            object_pairs_hook=unique,
            parse_constant=no_constant,
        )
        try:
            json.dumps(read, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            # Half of a surrogate pair is no text.
            raise LaunchRefusedError("token_malformed") from error


def check_header(header: object) -> None:
    """Refuse every algorithm but RS256, and headers that bring their own key."""
    if not isinstance(header, dict):
        raise LaunchRefusedError("token_malformed")
    if header.get("alg") != "RS256":
        raise LaunchRefusedError("algorithm_not_rs256")
    if header.keys() & {"crit", "jwk", "jku", "x5u", "x5c"}:
        raise LaunchRefusedError("header_not_allowed")
    if not isinstance(header.get("kid"), str):
        raise LaunchRefusedError("kid_missing")


def check_shape(claims: object) -> None:
    """Refuse claims of the wrong type before anybody reads them.

    The reason names the claim, as ``sub_missing`` or ``roles_invalid``.
    """
    if not isinstance(claims, dict):
        raise LaunchRefusedError("token_malformed")
    for name, (fits, is_needed) in _SHAPES.items():
        short = name.removeprefix(CLAIM)
        value = claims.get(name)
        if value is None and is_needed:
            raise LaunchRefusedError(f"{short}_missing")
        if value is not None and not fits(value):
            raise LaunchRefusedError(f"{_SERVICES.get(name, short)}_invalid")


def is_id(value: object) -> bool:
    """Tell whether this can be an identifier: a text of 1 to 255 printable characters."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= _LONGEST_ID
        and not re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", value)
    )


def _is_audience(value: object) -> bool:
    listed = value if isinstance(value, list) else [value]
    return bool(listed) and all(is_id(one) for one in listed)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def is_moment(value: object) -> bool:
    """Tell whether this can be a time of a token: a number of seconds."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < _LAST_MOMENT
    )


def _is_part(value: object) -> bool:
    return isinstance(value, dict)


def _is_named_part(value: object) -> bool:
    return isinstance(value, dict) and is_id(value.get("id"))


def _is_person(value: object) -> bool:
    return isinstance(value, dict) and is_id(value.get("user_id", "absent"))


_SERVICES = {
    AGS: "grades",
    _NRPS: "roster",
    _GROUPS: "groups",
    _DEEP_LINKING: "deep_linking",
}
_SHAPES: Mapping[str, tuple[Callable[[object], bool], bool]] = {
    "iss": (is_id, True),
    "aud": (_is_audience, True),
    "sub": (is_id, True),
    "exp": (is_moment, True),
    "iat": (is_moment, True),
    f"{CLAIM}deployment_id": (is_id, True),
    f"{CLAIM}message_type": (is_id, True),
    f"{CLAIM}version": (is_id, True),
    f"{CLAIM}roles": (_are_texts, True),
    f"{CLAIM}context": (_is_named_part, False),
    f"{CLAIM}resource_link": (_is_named_part, False),
    f"{CLAIM}for_user": (_is_person, False),
    f"{CLAIM}custom": (_is_part, False),
    f"{CLAIM}launch_presentation": (_is_part, False),
    f"{CLAIM}tool_platform": (_is_part, False),
    f"{CLAIM}platformnotificationservice": (_is_part, False),
    AGS: (_is_part, False),
    _NRPS: (_is_part, False),
    _GROUPS: (_is_part, False),
    _DEEP_LINKING: (_is_part, False),
}
"""What each claim must be, and whether every launch needs it."""


def part(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a claim of several values; empty where there is none."""
    return _mapping(claims.get(CLAIM + name))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """Return a text without control characters, or None where there is none."""
    if not isinstance(value, str):
        return None
    cleaned = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", " ", value).strip()
    return cleaned[:_LONGEST_TEXT] or None


def full_name(claims: Mapping[str, Any]) -> str | None:
    """Return the full name of who launches or is listed, if the platform tells it."""
    parts = [text(claims.get("given_name")), text(claims.get("family_name"))]
    return text(claims.get("name")) or " ".join(p for p in parts if p) or None


def custom(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return the custom parameters; a value that begins with $ was not substituted."""
    texts = {key.lower(): text(value) for key, value in part(claims, "custom").items()}
    return {key: value for key, value in texts.items() if value and value[0] != "$"}


def user_groups(claims: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the ids of one's own groups, which Moodle puts into a parameter; None for not told.

    An empty text says that somebody is in no group.
    """
    told = part(claims, "custom").get("user_groups")
    if not isinstance(told, str) or told.startswith("$"):
        return None
    ids = (one.strip() for one in told.split(","))
    return tuple(dict.fromkeys(one for one in ids if is_id(one)))[:_MOST_GROUPS]


def grade_endpoint(claims: Mapping[str, Any]) -> GradeEndpoint | None:
    """Return what the grade service offers, or None for nothing."""
    endpoint = _mapping(claims.get(AGS))
    lineitems, lineitem = (
        _url(endpoint.get("lineitems")),
        _url(endpoint.get("lineitem")),
    )
    if not lineitems and not lineitem:
        return None
    scopes = endpoint.get("scope")
    return GradeEndpoint(
        lineitems=lineitems,
        lineitem=lineitem,
        scopes=frozenset(
            scope
            for scope in (scopes if isinstance(scopes, list) else [])
            if is_id(scope) and scope.startswith(_SPECIFIED)
        ),
    )


def memberships_url(claims: Mapping[str, Any]) -> str | None:
    """Return the address of the list of members, or None for none."""
    return _url(_mapping(claims.get(_NRPS)).get("context_memberships_url"))


def groups_url(claims: Mapping[str, Any]) -> str | None:
    """Return the address of the list of the platform's groups, or None for none."""
    return _url(_mapping(claims.get(_GROUPS)).get("context_groups_url"))


def notices_url(claims: Mapping[str, Any]) -> str | None:
    """Return where to subscribe to notices of copied contexts, or None where there are none."""
    service = part(claims, "platformnotificationservice")
    types = service.get("notice_types_supported")
    if not isinstance(types, list) or "LtiContextCopyNotice" not in types:
        return None
    return _url(service.get("platform_notification_service_url"))


def deep_linking(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings of a deep-linking request; empty where there are none."""
    return _mapping(claims.get(_DEEP_LINKING))


def _url(value: object) -> str | None:
    """Return an address; Moodle sends an empty text for none."""
    if not isinstance(value, str) or len(value) > _LONGEST_URL:
        return None
    return value if origin(value) else None
