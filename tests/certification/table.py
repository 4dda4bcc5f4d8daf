"""The launches that must be refused, as data: each differs from an accepted one in one thing.

BAD-01 to BAD-12 are 1EdTech's certification for tools; the others go beyond it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.certification.forging import (
    ABSENT,
    ForgingPlatform,
    elliptic_key,
    jwk_of,
    key,
)
from tests.signing_platform import AGS, CLAIM, NRPS

Claims = dict[str, Any]
MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True)
class Row:
    """A refused launch: what is wrong with it, and the reason code of its audit row."""

    name: str
    reason: str
    claims: Mapping[str, Any] = field(default_factory=dict)
    """Claims to change, by name; ABSENT takes one away."""
    times: Mapping[str, float | str] = field(default_factory=dict)
    """Claims to set to so many seconds from now."""
    token: Callable[[ForgingPlatform, Claims], str] = ForgingPlatform.encode
    """How the claims become a token."""
    jwks: Callable[[ForgingPlatform], None] | None = None
    """What the platform's key set is changed to."""
    status: int = 400


def _with_header(**header: Any) -> Callable[[ForgingPlatform, Claims], str]:
    return lambda forger, claims: forger.encode(claims, header=header)


def _signed_by(
    algorithm: str, signer: Any = None
) -> Callable[[ForgingPlatform, Claims], str]:
    return lambda forger, claims: forger.encode(
        claims, algorithm=algorithm, signer=signer() if callable(signer) else signer
    )


def _shows(
    *keys: Callable[[ForgingPlatform], Any],
) -> Callable[[ForgingPlatform], None]:
    def show(forger: ForgingPlatform) -> None:
        forger.server.keys = [key(forger) for key in keys]

    return show


def _body(change: Callable[[str], str]) -> Callable[[ForgingPlatform, Claims], str]:
    return lambda forger, claims: forger.encode(change(json.dumps(claims)).encode())


def _hmac_with_public_key(forger: ForgingPlatform, claims: Claims) -> str:
    return forger.encode(claims, algorithm="HS256", signer=forger.public_pem())


def _tampered(forger: ForgingPlatform, claims: Claims) -> str:
    head, _, signature = forger.encode(claims).split(".")
    _, body, _ = forger.encode({**claims, "sub": "1"}).split(".")
    return f"{head}.{body}.{signature}"


def _claim(name: str, value: Any) -> dict[str, Any]:
    return {CLAIM + name: value}


CERTIFICATION = [
    Row("BAD-01 no kid in the header", "kid_missing", token=_with_header(kid=ABSENT)),
    Row("BAD-02 unknown kid", "kid_unknown", token=_with_header(kid="imstester_66067")),
    Row("BAD-03 wrong LTI version", "version_not_1_3", _claim("version", "11.3")),
    Row("BAD-04 no LTI version", "version_missing", _claim("version", ABSENT)),
    Row(
        "BAD-05 not an LTI message",
        "iss_missing",
        token=lambda forger, _claims: forger.encode({"name": "badltilaunch"}),
    ),
    Row(
        "BAD-06 LTI claims missing",
        "iss_missing",
        {
            **dict.fromkeys(("aud", "iss", "sub"), ABSENT),
            **_claim("deployment_id", ABSENT),
            **_claim("roles", ABSENT),
        },
    ),
    Row("BAD-07 timestamps incorrect", "token_expired", {"iat": 11111, "exp": 22222}),
    Row(
        "BAD-08 no message_type", "message_type_missing", _claim("message_type", ABSENT)
    ),
    Row("BAD-09 no roles", "roles_missing", _claim("roles", ABSENT)),
    Row(
        "BAD-10 no deployment_id",
        "deployment_id_missing",
        _claim("deployment_id", ABSENT),
    ),
    Row(
        "BAD-11 no resource link",
        "resource_link_missing",
        _claim("resource_link", ABSENT),
    ),
    Row("BAD-12 no user", "sub_missing", {"sub": ABSENT}),
]

JWT = [
    *(
        Row(f"alg {none}", "algorithm_not_rs256", token=_signed_by(none))
        for none in ("none", "None", "NONE")
    ),
    Row(
        "HS256 with the public key", "algorithm_not_rs256", token=_hmac_with_public_key
    ),
    Row(
        "HS256 with a shared key of the key set",
        "algorithm_not_rs256",
        token=lambda forger, claims: forger.encode(
            claims, algorithm="HS256", signer=b"k" * 32, header={"kid": "shared"}
        ),
        jwks=_shows(
            lambda forger: forger.jwk,
            lambda _: {"kty": "oct", "k": "a2s" * 14, "kid": "shared"},
        ),
    ),
    Row(
        "a shared key under our kid",
        "kid_unknown",
        jwks=_shows(lambda f: {"kty": "oct", "k": "a2s" * 14, "kid": f.kid}),
    ),
    Row("RS384", "algorithm_not_rs256", token=_signed_by("RS384")),
    Row("RS512", "algorithm_not_rs256", token=_signed_by("RS512")),
    Row("PS256", "algorithm_not_rs256", token=_signed_by("PS256")),
    Row("ES256", "algorithm_not_rs256", token=_signed_by("ES256", elliptic_key)),
    Row(
        "brings its own key (jwk)",
        "header_not_allowed",
        token=lambda forger, claims: forger.encode(
            claims, header={"jwk": jwk_of(key("stranger"))}, signer=key("stranger")
        ),
    ),
    *(
        Row(
            f"names its own key ({header})",
            "header_not_allowed",
            token=_with_header(**{header: value}),
        )
        for header, value in (
            ("jku", "https://evil.example/jwks"),
            ("x5u", "https://evil.example/cert"),
            ("x5c", ["MII"]),
        )
    ),
    Row("unknown crit", "header_not_allowed", token=_with_header(crit=["exp"])),
    Row("kid is a number", "kid_missing", token=_with_header(kid=7)),
    Row("kid with SQL", "kid_unknown", token=_with_header(kid="' OR 1=1 --")),
    Row("kid with a path", "kid_unknown", token=_with_header(kid="../../etc/passwd")),
    Row("kid with NUL", "kid_unknown", token=_with_header(kid="a\x00b")),
    Row(
        "signed by a stranger",
        "signature_wrong",
        token=_signed_by("RS256", lambda: key("stranger")),
    ),
    Row("changed after signing", "signature_wrong", token=_tampered),
    Row(
        "two keys of one id",
        "kid_unknown",
        jwks=_shows(
            lambda f: f.jwk, lambda f: {**jwk_of(key("stranger")), "kid": f.kid}
        ),
    ),
    Row(
        "key for encryption",
        "kid_unknown",
        jwks=_shows(lambda f: {**f.jwk, "use": "enc"}),
    ),
    Row(
        "key for RS512", "kid_unknown", jwks=_shows(lambda f: {**f.jwk, "alg": "RS512"})
    ),
    Row(
        "key of 1024 bits",
        "kid_unknown",
        token=lambda forger, claims: forger.encode(claims, signer=key("short", 1024)),
        jwks=_shows(lambda f: {**jwk_of(key("short", 1024)), "kid": f.kid}),
    ),
    Row("broken key", "kid_unknown", jwks=_shows(lambda f: {**f.jwk, "n": 7})),
    Row(
        "key set of nonsense",
        "kid_unknown",
        jwks=_shows(lambda _: "key", lambda _: None),
    ),
    Row("encrypted in five parts", "token_malformed", token=lambda _f, _c: "a.b.c.d.e"),
    Row("no token", "token_malformed", token=lambda _f, _c: ""),
    Row("not base64", "token_malformed", token=lambda _f, _c: "ä.ö.ü"),
    Row("longer than 64 KiB", "token_too_long", {"filler": "x" * 70_000}),
    Row(
        "a claim twice",
        "claim_twice",
        token=_body(lambda b: b.replace('{"iss"', '{"sub": "1", "iss"', 1)),
    ),
    Row(
        "a claim twice, deep inside",
        "claim_twice",
        token=_body(
            lambda b: b.replace('/context": {', '/context": {"id": "other", ', 1)
        ),
    ),
    Row(
        "NaN",
        "token_malformed",
        token=_body(lambda b: b.replace("{", '{"x": NaN, ', 1)),
    ),
    Row("half a surrogate pair", "token_malformed", {"name": "\ud800"}),
    Row("nested too deeply", "token_malformed", token=_body(lambda _: "[" * 20_000)),
    Row("body is a list", "token_malformed", token=lambda f, c: f.encode([c])),
    Row("body is a text", "token_malformed", token=lambda f, _: f.encode("claims")),
]

SHAPE = [
    Row("issuer is a list", "iss_invalid", {"iss": ["https://lms.example"]}),
    *(
        Row(f"roles {roles!r}", "roles_invalid", _claim("roles", roles))
        for roles in ("Instructor", [None], [1], {"a": 1})
    ),
    *(
        Row(f"aud {audience!r}", "aud_invalid", {"aud": audience})
        for audience in ({}, [], [None], "", 7)
    ),
    Row("sub is a number", "sub_invalid", {"sub": 7}),
    Row("sub of 300 characters", "sub_invalid", {"sub": "7" * 300}),
    Row("sub with NUL", "sub_invalid", {"sub": "7\x00"}),
    Row("sub is empty", "sub_invalid", {"sub": ""}),
    Row(
        "resource link is a text",
        "resource_link_invalid",
        _claim("resource_link", "l1"),
    ),
    Row(
        "resource link without id",
        "resource_link_invalid",
        _claim("resource_link", {"title": "T"}),
    ),
    Row("context is a list", "context_invalid", _claim("context", [])),
    Row("context id is a number", "context_invalid", _claim("context", {"id": 3})),
    Row("no context", "context_missing", _claim("context", ABSENT)),
    Row(
        "message_type is a list",
        "message_type_invalid",
        _claim("message_type", ["LtiResourceLinkRequest"]),
    ),
    Row(
        "unknown message",
        "message_not_offered",
        _claim("message_type", "LtiStartProctoring"),
    ),
    Row(
        "deployment_id is a number", "deployment_id_invalid", _claim("deployment_id", 1)
    ),
    Row("version is a number", "version_invalid", _claim("version", 1.3)),
    Row("custom is a list", "custom_invalid", _claim("custom", ["activity"])),
    Row(
        "grade service is a text",
        "grades_invalid",
        {AGS: "https://lms.example/lineitems"},
    ),
    Row("roster service is a list", "roster_invalid", {NRPS: []}),
]

TIME = [
    Row("no exp", "exp_missing", {"exp": ABSENT}),
    Row("no iat", "iat_missing", {"iat": ABSENT}),
    Row("exp is a text", "exp_invalid", {"exp": "soon"}),
    Row("exp is true", "exp_invalid", {"exp": True}),
    Row(
        "exp is beyond all numbers",
        "exp_invalid",
        token=_body(lambda b: b.replace('"exp": ', '"exp": 1e400, "y": ', 1)),
    ),
    Row("exp is a number of 400 digits", "exp_invalid", {"exp": 10**399}),
    Row(
        "expired two minutes ago",
        "token_expired",
        times={"iat": -3 * MINUTE, "exp": -2 * MINUTE},
    ),
    Row(
        "issued two minutes ahead",
        "token_from_future",
        times={"iat": 2 * MINUTE, "exp": 3 * MINUTE},
    ),
    Row("not before in two minutes", "token_from_future", times={"nbf": 2 * MINUTE}),
    Row(
        "issued eleven minutes ago",
        "token_too_old",
        times={"iat": -11 * MINUTE, "exp": HOUR},
    ),
    Row("lives for three hours", "token_lives_too_long", times={"exp": 3 * HOUR}),
    Row("lives for ten years", "token_lives_too_long", times={"exp": 3650 * DAY}),
]

BINDING = [
    Row("no nonce", "nonce_wrong", {"nonce": ABSENT}),
    Row("another nonce", "nonce_wrong", {"nonce": "guessed"}),
    Row("nonce is a list", "nonce_wrong", {"nonce": ["n"]}),
    Row("unknown issuer", "registration_unknown", {"iss": "https://other.example"}),
    Row("for another client", "registration_unknown", {"aud": "other-tool"}),
    Row("azp is another client", "azp_wrong", {"azp": "other-tool"}),
    Row("two audiences without azp", "azp_missing", {"aud": ["tool", "other-tool"]}),
    Row(
        "two audiences, azp the other",
        "registration_unknown",
        {"aud": ["tool", "other-tool"], "azp": "other-tool"},
    ),
    Row("azp is a number", "azp_wrong", {"azp": 7}),
    Row(
        "another deployment than at login",
        "deployment_of_other_login",
        _claim("deployment_id", "2"),
    ),
    Row("no target", "target_not_ours", _claim("target_link_uri", ABSENT)),
    Row(
        "target elsewhere",
        "target_not_ours",
        _claim("target_link_uri", "https://evil.example/lti/launch"),
    ),
    Row(
        "another target than at login",
        "target_of_other_login",
        _claim("target_link_uri", "http://127.0.0.1:29999/lti/other"),
    ),
]

REFUSED = [*CERTIFICATION, *JWT, *SHAPE, *TIME, *BINDING]

FOREIGN_TARGETS = [
    "https://evil.example/lti/launch",
    "//evil.example/lti/launch",
    "http://127.0.0.1:29999@evil.example/lti/launch",
    "http://user@127.0.0.1:29999/lti/launch",
    "http://127.0.0.1:29999\\@evil.example/",
    "http://127.0.0.1:29999.evil.example/lti/launch",
    "http://127.0.0.1:29998/lti/launch",
    "https://127.0.0.1:29999/lti/launch",
    "http://127.0.0.1:29999/lti/../../etc/passwd",
    "http://127.0.0.1:29999/lti/%2e%2e/%2E%2E/etc/passwd",
    "http://[127.0.0.1:29999/lti/launch",
    "http://127.0.0.1:port/lti/launch",
    "javascript:alert(1)",
    "/lti/launch",
    "",
]
