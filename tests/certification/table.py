"""The launches that must be refused, as data: each differs from an accepted one in one thing.

``given`` is what surrounds the launch and is accepted, ``change`` the one thing that is wrong.
``case`` is explained in ``cases.py``.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from lti_tool import clock
from lti_tool.lti.models import Login
from lti_tool.persistence.session import EVERYWHERE
from tests.certification.forging import (
    ABSENT,
    ForgingPlatform,
    base64url,
    elliptic_key,
    jwk_of,
    key,
    public_pem,
)
from tests.certification.launching import SECRETS, TITLE, Attempt, Changes, Signing
from tests.signing_platform import AGS, CLAIM, MEMBERSHIP, NRPS

MINUTE, HOUR, DAY = 60, 3600, 86400
ROLES = ("Instructor", "Learner")
METHODS = ("GET", "POST")
EVIL = "https://evil.example"
NOT_TOLD = (*SECRETS.values(), TITLE, EVIL, "Traceback", "eyJ")
"""What neither a page nor a log may say; every token begins with the last."""
CHOICE = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"


@dataclass(frozen=True)
class Row:
    """A refused launch: what is wrong with it, and the reason code of its audit row."""

    case: str
    name: str
    reason: str
    change: Changes
    given: Changes = field(default_factory=dict)
    status: int = 400
    at: str = "launch"
    """The step that refuses it."""
    roles: tuple[str, ...] = ROLES
    """Who is refused; a few messages are only for staff."""
    ours_only: bool = False
    """True for what the bare library has not, such as registrations that are switched off."""

    def __str__(self) -> str:
        return f"{self.case} {self.name}"


def lti(name: str, value: Any) -> Changes:
    """Change a claim of LTI itself."""
    return {f"claims.{CLAIM}{name}": value}


def header(name: str, value: Any) -> Changes:
    return {f"header.{name}": value}


def body(old: str, new: str) -> Changes:
    """Change the text of the body before it is signed."""
    return {"body": lambda a: json.dumps(a.claims).replace(old, new, 1).encode()}


def shows(*keys: Callable[[ForgingPlatform], Any]) -> Changes:
    """Change the platform's key set."""

    def show(attempt: Attempt) -> None:
        attempt.platform.keys = [jwk(attempt.platform) for jwk in keys]

    return {"meanwhile": show}


def signs_with(name: str, bits: int) -> Changes:
    """Change the platform's key pair."""
    return {
        "meanwhile": lambda a: a.platform.sign_with(key(name, bits), a.platform.kid)
    }


def signing(algorithm: str, signer: Callable[[ForgingPlatform], Any]) -> Changes:
    return {"signing": lambda a: Signing(algorithm, signer(a.platform), a.platform.kid)}


def happens(event: Callable[[Attempt], Any]) -> Changes:
    """Let something happen between login and launch."""
    return {"meanwhile": event}


def from_now(seconds: float) -> Callable[[Attempt], float]:
    return lambda attempt: attempt.now + seconds


def own(path: str) -> Callable[[Attempt], str]:
    return lambda attempt: f"{attempt.platform.base_url}{path}"


def part_of_token(number: int, change: Callable[[str], str]) -> Changes:
    """Change header, body or signature of the finished token."""

    def changed(attempt: Attempt) -> str:
        parts = attempt.token.split(".")
        parts[number] = change(parts[number])
        return ".".join(parts)

    return {"token": changed}


def another_body(attempt: Attempt) -> str:
    """Return the token with somebody else as its subject, and its signature as it was."""
    head, _, signed = attempt.token.split(".")
    other = json.dumps({**attempt.claims, "sub": "1"}).encode()
    return f"{head}.{base64url(other)}.{signed}"


def self_made(attempt: Attempt) -> str:
    """Return the token as a stranger makes it, who puts the key for it into its header."""
    stranger = Attempt(
        attempt.platform,
        attempt.role,
        changes={
            "signing": Signing("RS256", key("stranger"), "stranger"),
            "header.jwk": jwk_of(key("stranger"), kid="stranger"),
        },
    )
    stranger.nonce = attempt.nonce
    return stranger.token


def other_login(attempt: Attempt) -> Attempt:
    """Return a second login in the same browser."""
    other = Attempt(attempt.platform)
    other.browser = attempt.browser
    other.login()
    return other


def browser_with_login(attempt: Attempt) -> FlaskClient:
    victim = Attempt(attempt.platform)
    victim.login()
    return victim.browser


def was_here(attempt: Attempt) -> None:
    """Let this browser have launched before."""
    earlier = Attempt(attempt.platform)
    earlier.browser = attempt.browser
    earlier.run()


def goes_on_elsewhere(attempt: Attempt) -> None:
    """Continue in a browser that has launched before, but not this."""
    attempt.browser = Attempt(attempt.platform).browser
    was_here(attempt)


def second_client(attempt: Attempt) -> ForgingPlatform:
    """Register the tool once more with the same platform, as another client."""
    first = attempt.platform
    second = first.another(client_id="second-client", issuer=first.issuer)
    second.keys = first.keys
    return second


def second_platform(attempt: Attempt) -> ForgingPlatform:
    second = attempt.platform.another(issuer=f"{attempt.platform.issuer}.second")
    second.sign_with(key("second"), "second")
    return second


def deployments_elsewhere(attempt: Attempt) -> None:
    second_platform(attempt).list_deployments("2")
    attempt.platform.list_deployments("1")


def eleven_minutes_pass(attempt: Attempt) -> None:
    with attempt.platform.tool.database.transaction(EVERYWHERE) as session:
        session.execute(
            sa.update(Login).values(expires_at=clock.now() - timedelta(minutes=1))
        )


def disable(attempt: Attempt) -> None:
    attempt.platform.set_registration(enabled=False)


CERTIFICATION = [
    Row("BAD-01", "no kid in the header", "kid_missing", header("kid", ABSENT)),
    Row("BAD-02", "unknown kid", "kid_unknown", header("kid", "imstester_66067")),
    Row("BAD-03", "wrong version", "version_not_1_3", lti("version", "11.3")),
    Row("BAD-04", "no version", "version_missing", lti("version", ABSENT)),
    Row("BAD-05", "not a message", "iss_missing", {"body": b'{"name":"badltilaunch"}'}),
    Row("BAD-06", "claims missing", "iss_missing", {"claims.aud": ABSENT, "claims.iss": ABSENT, "claims.sub": ABSENT, **lti("deployment_id", ABSENT), **lti("roles", ABSENT)}),
    Row("BAD-07", "timestamps incorrect", "token_expired", {"claims.iat": 11111, "claims.exp": 22222}),
    Row("BAD-08", "no message_type", "message_type_missing", lti("message_type", ABSENT)),
    Row("BAD-09", "no roles", "roles_missing", lti("roles", ABSENT)),
    Row("BAD-10", "no deployment_id", "deployment_id_missing", lti("deployment_id", ABSENT)),
    Row("BAD-11", "no resource link", "resource_link_missing", lti("resource_link", ABSENT)),
    Row("BAD-12", "no user", "sub_missing", {"claims.sub": ABSENT}),
    Row("LTIJS-01", "for another client", "registration_unknown", {"claims.aud": "other"}),
    Row("LTIJS-02", "for two others", "azp_missing", {"claims.aud": ["other", "third"]}),
    Row("LTIJS-02", "for two others, azp names us", "azp_wrong", {"claims.aud": ["other", "third"]}, {"claims.azp": "tool"}),
    Row("LTIJS-02", "for us and another, no azp", "azp_missing", {"claims.aud": ["tool", "other"]}),
    Row("LTIJS-03", "for us and another, azp names the other", "registration_unknown", {"claims.azp": "other"}, {"claims.aud": ["tool", "other"], "claims.azp": "tool"}),
    Row("LTIJS-04", "unregistered platform", "registration_unknown", {"login.iss": "https://unknown.example"}, at="login"),
    Row("LTIJS-05", "login without iss", "registration_unknown", {"login.iss": ABSENT}, at="login"),
    Row("LTIJS-05", "login without login_hint", "login_incomplete", {"login.login_hint": ABSENT}, at="login"),
    Row("LTIJS-05", "login without target_link_uri", "target_not_ours", {"login.target_link_uri": ABSENT}, at="login"),
    Row("OIDC-01", "no login of ours", "state_unknown", {"form.state": "state-guessed"}),
    Row("OIDC-01", "no state", "state_missing", {"form.state": ABSENT}),
    Row("OIDC-01", "an empty state", "state_missing", {"form.state": ""}),
    Row("OIDC-01", "NUL in the state", "state_unknown", {"form.state": "a\x00b"}),
    Row("OIDC-05", "an error and a token", "platform_access_denied", {"form.error": "access_denied"}),
    Row("OIDC-05", "an unknown error and a token", "platform_error", {"form.error": f"{EVIL}<script>"}),
]  # fmt: skip

JWT = [
    *(
        Row(case, f"alg {alg}", "algorithm_not_rs256", signing(alg, lambda _: None))
        for case, alg in (("JWT-01", "none"), ("JWT-02", "None"), ("JWT-03", "NONE"))
    ),
    Row("JWT-01", "no alg", "algorithm_not_rs256", header("alg", ABSENT)),
    Row("JWT-01", "alg null", "algorithm_not_rs256", header("alg", None)),
    Row("JWT-01", "alg rs256", "algorithm_not_rs256", header("alg", "rs256")),
    Row("JWT-01", "alg in a list", "algorithm_not_rs256", header("alg", ["RS256"])),
    Row("JWT-01", "alg HS256 over a signature by RS256", "algorithm_not_rs256", header("alg", "HS256")),
    Row("JWT-04", "HS256 with the public key", "algorithm_not_rs256", signing("HS256", lambda p: public_pem(p.key))),
    Row(
        "JWT-05", "HS256 with a shared key of the key set", "algorithm_not_rs256",
        {"signing": Signing("HS256", b"k" * 32, "shared")},
        {"platform": lambda a: setattr(a.platform, "keys", [a.platform.jwk, {"kty": "oct", "k": base64url(b"k" * 32), "kid": "shared"}])},
    ),
    Row("JWT-05", "a shared key under the id of the right one", "kid_unknown", shows(lambda p: {"kty": "oct", "k": base64url(b"k" * 32), "kid": p.kid})),
    *(
        Row(case, alg, "algorithm_not_rs256", signing(alg, lambda p: p.key))
        for case, alg in (("JWT-06", "RS384"), ("JWT-06", "RS512"), ("JWT-07", "PS256"), ("JWT-07", "PS384"), ("JWT-07", "PS512"))
    ),
    Row("JWT-08", "ES256", "algorithm_not_rs256", signing("ES256", lambda _: elliptic_key())),
    Row("JWT-09", "brings the key that signed it", "header_not_allowed", header("jwk", lambda a: a.platform.jwk)),
    Row("JWT-09", "signed by a key that it brings", "header_not_allowed", {"token": self_made}),
    Row("JWT-10", "says where its key lies (jku)", "header_not_allowed", header("jku", f"{EVIL}/jwks")),
    Row("JWT-11", "says where its certificate lies (x5u)", "header_not_allowed", header("x5u", f"{EVIL}/certificate")),
    Row("JWT-12", "brings a certificate (x5c)", "header_not_allowed", header("x5c", ["MII"])),
    Row("JWT-13", "unknown crit", "header_not_allowed", header("crit", ["urn:unknown"])),
    Row("JWT-13", "crit that is known", "header_not_allowed", header("crit", ["exp"])),
    Row("JWT-13", "body that is not encoded (b64)", "token_invalid", header("b64", False)),
    Row("JWT-14", "two keys of one id", "kid_unknown", shows(lambda p: p.jwk, lambda p: jwk_of(key("stranger"), kid=p.kid))),
    Row("JWT-15", "key for encryption", "kid_unknown", shows(lambda p: {**p.jwk, "use": "enc"})),
    Row("JWT-15", "key for RS512", "kid_unknown", shows(lambda p: {**p.jwk, "alg": "RS512"})),
    Row("JWT-15", "key of another kind", "kid_unknown", shows(lambda p: {**p.jwk, "kty": "EC"})),
    Row("JWT-16", "key of 1024 bits", "kid_unknown", signs_with("short", 1024)),
    Row("JWT-16", "key with exponent 1", "kid_unknown", shows(lambda p: {**p.jwk, "e": "AQ"})),
    Row("JWT-16", "broken key", "kid_unknown", shows(lambda p: {**p.jwk, "n": 7})),
    Row("JWT-16", "key set of nonsense", "kid_unknown", shows(lambda _: "key", lambda _: None)),
    Row("JWT-16", "no keys", "kid_unknown", shows()),
    Row("JWT-17", "kid with SQL", "kid_unknown", header("kid", "' OR 1=1 --")),
    Row("JWT-18", "kid with a path", "kid_unknown", header("kid", "../../etc/passwd")),
    Row("JWT-18", "kid with an address", "kid_unknown", header("kid", f"{EVIL}/jwks")),
    Row("JWT-18", "kid with NUL", "kid_unknown", header("kid", "a\x00b")),
    Row("JWT-18", "kid of 10,000 characters", "kid_unknown", header("kid", "k" * 10_000)),
    *(
        Row("JWT-18", f"kid {kid!r}", "kid_missing", header("kid", kid))
        for kid in (7, None, ["k"], {"k": 1}, True)
    ),
    Row("JWT-18", "kid empty", "kid_unknown", header("kid", "")),
    Row("JWT-19", "encrypted, in five parts", "token_malformed", {"token": lambda a: f"{a.token}.x.y"}),
    Row("JWT-19", "in two parts", "token_malformed", {"token": lambda a: a.token.rpartition(".")[0]}),
    Row("JWT-19", "no token", "token_malformed", {"form.id_token": ABSENT}),
    Row("JWT-19", "an empty token", "token_malformed", {"form.id_token": ""}),
    Row("JWT-19", "no base64", "token_malformed", {"form.id_token": "ä.ö.ü"}),
    Row("JWT-20", "longer than 64 KiB", "token_too_long", {"claims.filler": "x" * 70_000}),
    Row("JWT-21", "a claim twice", "claim_twice", body('{"iss"', '{"sub": "1", "iss"')),
    Row("JWT-21", "a claim twice, deep inside", "claim_twice", body('/context": {', '/context": {"id": "other", ')),
    Row("JWT-21", "kid twice", "claim_twice", part_of_token(0, lambda _: base64url(b'{"alg": "RS256", "kid": "a", "kid": "b"}'))),
    Row("JWT-22", "NaN", "token_malformed", body("{", '{"x": NaN, ')),
    Row("JWT-22", "Infinity", "token_malformed", body("{", '{"x": -Infinity, ')),
    Row("JWT-22", "half a surrogate pair", "token_malformed", {"claims.name": "\ud800"}),
    Row("JWT-22", "no UTF-8", "token_malformed", {"body": lambda a: json.dumps(a.claims).encode()[:-1] + b', "x": "\xff"}'}),
    Row("JWT-22", "a byte order mark", "token_malformed", {"body": lambda a: b"\xef\xbb\xbf" + json.dumps(a.claims).encode()}),
    Row("JWT-22", "nested too deeply", "token_malformed", {"body": b"[" * 20_000}),
    Row("JWT-22", "cut off", "token_malformed", {"body": lambda a: json.dumps(a.claims).encode()[:-1]}),
    Row("JWT-23", "body is a list", "token_malformed", {"body": lambda a: json.dumps([a.claims]).encode()}),
    Row("JWT-23", "header is a list", "token_malformed", part_of_token(0, lambda _: base64url(b'["RS256"]'))),
    Row("JWT-24", "body is a text", "token_malformed", {"body": b'"claims"'}),
    Row("JWT-24", "body is null", "token_malformed", {"body": b"null"}),
    Row("JWT-24", "body is a number", "token_malformed", {"body": b"7"}),
    Row("JWT-36", "signed by a stranger", "signature_wrong", signing("RS256", lambda _: key("stranger"))),
    Row("JWT-36", "changed after signing", "signature_wrong", {"token": another_body}),
    Row("JWT-36", "no signature", "signature_wrong", part_of_token(2, lambda _: "")),
    Row("JWT-36", "half a signature", "signature_wrong", part_of_token(2, lambda s: s[:168])),
    Row("JWT-36", "a signature of zeros", "signature_wrong", part_of_token(2, lambda s: "A" * len(s))),
    Row(
        "JWT-36", "signed by another key of the platform", "signature_wrong",
        signing("RS256", lambda _: key("second")),
        {"platform": lambda a: setattr(a.platform, "keys", [a.platform.jwk, jwk_of(key("second"))])},
    ),
]  # fmt: skip

SHAPE = [
    *(Row("JWT-25", f"roles {v!r}", "roles_invalid", lti("roles", v)) for v in ("Instructor", 7, {"a": 1}, True)),
    Row("JWT-25", "roles null", "roles_missing", lti("roles", None)),
    *(Row("JWT-26", f"roles {v!r}", "roles_invalid", lti("roles", v)) for v in ([None], [f"{MEMBERSHIP}Learner", None])),
    *(Row("JWT-27", f"roles {v!r}", "roles_invalid", lti("roles", v)) for v in ([1], [["Instructor"]], [{"a": 1}])),
    *(
        Row("JWT-28", f"resource link {name}", "resource_link_invalid", lti("resource_link", value))
        for name, value in {
            "is a text": "l1", "is a list": [{"id": "l1"}], "is empty": {}, "has no id": {"title": "T"},
            "has a number as id": {"id": 1}, "has an empty id": {"id": ""}, "has an id of 300": {"id": "l" * 300},
            "has an id with NUL": {"id": "l\x00"},
        }.items()
    ),
    *(
        Row("JWT-29", f"context {name}", "context_invalid", lti("context", value))
        for name, value in {
            "is a list": [], "is a text": "c1", "is empty": {}, "has no id": {"title": "T"}, "has a number as id": {"id": 3},
            "has an empty id": {"id": ""}, "has an id of 300": {"id": "c" * 300}, "has an id with NUL": {"id": "c\x00"},
        }.items()
    ),
    Row("T-09", "no context", "context_missing", lti("context", ABSENT), status=200, roles=("Instructor",), ours_only=True),
    Row("S-09", "no context", "context_missing", lti("context", ABSENT), status=200, roles=("Learner",), ours_only=True),
    Row("JWT-30", "aud {}", "aud_invalid", {"claims.aud": {}}),
    Row("JWT-31", "aud []", "aud_invalid", {"claims.aud": []}),
    *(Row("JWT-32", f"aud {v!r}", "aud_invalid", {"claims.aud": v}) for v in ([None], ["tool", None], "", 7, [["tool"]], ["tool", 1])),
    Row("JWT-32", "aud null", "aud_missing", {"claims.aud": None}),
    *(Row("JWT-33", f"sub {v!r}", "sub_invalid", {"claims.sub": v}) for v in (7, "", ["7"], {"id": "7"}, True, 7.0)),
    Row("JWT-33", "sub null", "sub_missing", {"claims.sub": None}),
    Row("JWT-34", "sub of 300 characters", "sub_invalid", {"claims.sub": "7" * 300}),
    Row("JWT-35", "NUL in sub", "sub_invalid", {"claims.sub": "7\x00"}),
    Row("JWT-35", "NUL in deployment_id", "deployment_id_invalid", lti("deployment_id", "1\x00")),
    Row("JWT-35", "NUL in iss", "iss_invalid", {"claims.iss": lambda a: f"{a.platform.issuer}\x00"}),
    Row("JWT-35", "NUL in aud", "aud_invalid", {"claims.aud": "tool\x00"}),
    Row("JWT-35", "NUL in the target", "target_not_ours", lti("target_link_uri", own("/lti/launch\x00"))),
    *(Row("JWT-37", f"iss {v!r}", "iss_invalid", {"claims.iss": v}) for v in (7, "", {"a": 1}, ["https://lms.example"])),
    *(
        Row("JWT-37", f"message_type {v!r}", "message_type_invalid", lti("message_type", v))
        for v in (["LtiResourceLinkRequest"], 7, "")
    ),
    *(
        Row("JWT-37", f"message {v}", "message_not_offered", lti("message_type", v))
        for v in ("LtiStartProctoring", "ltiresourcelinkrequest", "LtiDeepLinkingResponse", "basic-lti-launch-request")
    ),
    *(Row("JWT-37", f"deployment_id {v!r}", "deployment_id_invalid", lti("deployment_id", v)) for v in (1, "", ["1"])),
    *(Row("JWT-37", f"version {v!r}", "version_invalid", lti("version", v)) for v in (1.3, ["1.3.0"], "")),
    *(Row("JWT-37", f"of version {v}", "version_not_1_3", lti("version", v)) for v in ("1.3", "LTI-1p0", "1.1.0", "2.0.0")),
    *(Row("JWT-37", f"custom {v!r}", "custom_invalid", lti("custom", v)) for v in (["activity"], "activity", 7)),
    *(Row("JWT-37", f"presentation {v!r}", "launch_presentation_invalid", lti("launch_presentation", v)) for v in ("iframe", ["iframe"])),
    Row("JWT-37", "platform is a text", "tool_platform_invalid", lti("tool_platform", "moodle")),
    Row("JWT-37", "grade service is a text", "grades_invalid", {f"claims.{AGS}": "https://lms.example/lineitems"}),
    Row("JWT-37", "grade service is a list", "grades_invalid", {f"claims.{AGS}": []}),
    Row("JWT-37", "roster service is a list", "roster_invalid", {f"claims.{NRPS}": []}),
    Row("JWT-37", "roster service is a text", "roster_invalid", {f"claims.{NRPS}": "https://lms.example/members"}),
    Row("JWT-37", "person reviewed is a text", "for_user_invalid", lti("for_user", "7")),
]  # fmt: skip

TIME = [
    Row("TIME-01", "no exp", "exp_missing", {"claims.exp": ABSENT}),
    Row("TIME-01", "expired two minutes ago", "token_expired", {"claims.exp": from_now(-2 * MINUTE)}, {"claims.iat": from_now(-3 * MINUTE)}),
    Row("TIME-02", "no iat", "iat_missing", {"claims.iat": ABSENT}),
    Row("TIME-03", "lives for three hours", "token_lives_too_long", {"claims.exp": from_now(3 * HOUR)}),
    Row("TIME-03", "lives for ten years", "token_lives_too_long", {"claims.exp": from_now(3650 * DAY)}),
    Row("TIME-04", "issued eleven minutes ago", "token_too_old", {"claims.iat": from_now(-11 * MINUTE)}),
    Row("TIME-04", "issued in 1970", "token_too_old", {"claims.iat": 0}),
    Row("TIME-05", "issued two minutes ahead", "token_from_future", {"claims.iat": from_now(2 * MINUTE)}, {"claims.exp": from_now(3 * MINUTE)}),
    Row("TIME-05", "not before in two minutes", "token_from_future", {"claims.nbf": from_now(2 * MINUTE)}),
    Row("TIME-06", "iat in milliseconds", "token_from_future", {"claims.iat": lambda a: a.now * 100}),
    *(Row("TIME-07", f"exp {v!r}", "exp_invalid", {"claims.exp": v}) for v in ("soon", True, [1])),
    *(Row("TIME-07", f"iat {v!r}", "iat_invalid", {"claims.iat": v}) for v in ("now", False, [1])),
    Row("TIME-07", "exp of 400 digits", "exp_invalid", {"claims.exp": 10**399}),
    Row("TIME-07", "iat of 400 digits", "iat_invalid", {"claims.iat": -(10**399)}),
    Row("TIME-07", "exp beyond all numbers", "exp_invalid", body('"exp": ', '"exp": 1e400, "y": ')),
    Row("TIME-07", "iat beyond all numbers", "iat_invalid", body('"iat": ', '"iat": -1e400, "y": ')),
    Row("TIME-07", "nbf is a text", "token_invalid", {"claims.nbf": "later"}),
]  # fmt: skip

BINDING = [
    Row("BIND-01", "the same launch a second time", "state_used", happens(lambda a: a.post())),
    Row("BIND-02", "an old token with a new state", "nonce_wrong", {"form.state": lambda a: other_login(a).state}),
    Row("BIND-03", "another browser, which was here before", "state_of_other_browser", happens(goes_on_elsewhere)),
    Row("BIND-03", "another browser, which has a login of its own", "cookie_missing", {"browser": browser_with_login}),
    Row("BIND-03", "a browser without a cookie", "cookie_missing", {"browser": lambda a: a.platform.app.test_client()}),
    Row("BIND-05", "nonce of another login", "nonce_wrong", {"claims.nonce": lambda a: other_login(a).nonce}),
    Row("BIND-05", "no nonce", "nonce_wrong", {"claims.nonce": ABSENT}),
    *(Row("BIND-05", f"nonce {v!r}", "nonce_wrong", {"claims.nonce": v}) for v in ("guessed", "", ["n"], 7, None)),
    Row("BIND-06", "state of somebody else's login", "state_of_other_browser", {"form.state": lambda a: other_login(Attempt(a.platform)).state}, {"platform": was_here}),
    Row("BIND-06", "state of somebody else's login in a new browser", "cookie_missing", {"form.state": lambda a: other_login(Attempt(a.platform)).state}),
    Row("BIND-07", "eleven minutes after the login", "state_expired", happens(eleven_minutes_pass), ours_only=True),
    Row("BIND-09", "signed by another platform", "kid_unknown", {"signing": Signing("RS256", key("second"), "second")}, {"platform": second_platform}),
    Row("BIND-09", "in the name of another platform", "registration_of_other_login", {"claims.iss": lambda a: f"{a.platform.issuer}.second"}, {"platform": second_platform}),
    Row("BIND-09", "of an unknown platform", "registration_unknown", {"claims.iss": "https://other.example"}),
    Row("BIND-10", "for another client than at login", "registration_of_other_login", {"claims.aud": "second-client"}, {"platform": second_client}),
    Row("BIND-11", "another deployment than at login", "deployment_of_other_login", lti("deployment_id", "2")),
    Row("BIND-12", "deployment that is not listed", "deployment_unknown", lti("deployment_id", "2"), {"platform": lambda a: a.platform.list_deployments("1")}),
    Row("BIND-12", "deployment of another platform", "deployment_unknown", lti("deployment_id", "2"), {"platform": deployments_elsewhere}),
    Row("BIND-13", "deployment that is switched off", "deployment_disabled", {"platform": lambda a: a.platform.list_deployments("1", enabled=False)}, status=403, ours_only=True),
    Row("BIND-13", "platform switched off before the login", "registration_disabled", {"platform": disable}, status=403, at="login", ours_only=True),
    Row("BIND-13", "platform switched off after the login", "registration_disabled", happens(disable), status=403, ours_only=True),
    Row("BIND-14", "one of two clients, not said which", "registration_unknown", {"login.client_id": ABSENT}, {"platform": second_client}, at="login"),
    Row("BIND-14", "an unknown client", "registration_unknown", {"login.client_id": "unknown"}, at="login"),
    Row("BIND-14", "a client with SQL", "registration_unknown", {"login.client_id": "tool' OR 1=1 --"}, at="login"),
    *(Row("BIND-15", f"azp {v!r}", "azp_wrong", {"claims.azp": v}) for v in ("other", "", 7, ["tool"], {"tool": 1})),
    Row("BIND-16", "target elsewhere", "target_not_ours", lti("target_link_uri", f"{EVIL}/lti/launch")),
    Row("BIND-16", "no target", "target_not_ours", lti("target_link_uri", ABSENT)),
    *(Row("BIND-16", f"target {v!r}", "target_not_ours", lti("target_link_uri", v)) for v in (None, "", 7, [], "javascript:alert(1)")),
    *(
        Row(case, f"login for the target {path.replace('{}', 'ours')}", "target_not_ours", {"login.target_link_uri": target(path)}, at="login")
        for target in (lambda path: lambda a: path.replace("{}", a.platform.base_url.removeprefix("http://")),)
        for case, path in (
            ("BIND-16", f"{EVIL}/lti/launch"),
            ("BIND-16", "http://{}.evil.example/lti/launch"),
            ("BIND-16", "http://127.0.0.1:29998/lti/launch"),
            ("BIND-16", "https://{}/lti/launch"),
            ("BIND-16", "http://[{}/lti/launch"),
            ("BIND-16", "http://127.0.0.1:port/lti/launch"),
            ("BIND-16", "javascript:alert(1)"),
            ("BIND-16", "/lti/launch"),
            ("BIND-16", ""),
            ("BIND-17", "//evil.example/lti/launch"),
            ("BIND-17", "//{}/lti/launch"),
            ("BIND-18", "http://{}@evil.example/lti/launch"),
            ("BIND-18", "http://user@{}/lti/launch"),
            ("BIND-19", "http://{}\\@evil.example/"),
            ("BIND-19", "http:\\\\{}/lti/launch"),
            ("BIND-20", "http://{}/lti/../../etc/passwd"),
            ("BIND-20", "http://{}/lti/%2e%2e/%2E%2E/etc/passwd"),
        )
    ),
    Row("BIND-21", "another target than at login", "target_of_other_login", lti("target_link_uri", own("/lti/other"))),
    Row("BIND-22", "a login hint of 5,000 characters", "login_parameter_too_long", {"login.login_hint": "x" * 5000}, at="login"),
    Row("BIND-22", "NUL in the deployment of the login", "login_parameter_invalid", {"login.lti_deployment_id": "1\x00"}, at="login"),
    Row("BIND-22", "NUL in the issuer of the login", "login_parameter_invalid", {"login.iss": lambda a: f"{a.platform.issuer}\x00"}, at="login"),
    Row("BIND-22", "a line break in the login hint", "login_parameter_invalid", {"login.login_hint": "7\nx"}, at="login"),
]  # fmt: skip

REVIEW = {
    **lti("message_type", "LtiSubmissionReviewRequest"),
    **lti("for_user", {"user_id": SECRETS["sub"]}),
    f"claims.{AGS}": {"lineitem": "https://lms.example/lineitems/1"},
}
DEEP_LINKING = {
    **lti("message_type", "LtiDeepLinkingRequest"),
    **lti("resource_link", ABSENT),
    f"claims.{CHOICE}": {"accept_types": ["ltiResourceLink"], "accept_presentation_document_targets": ["iframe"], "deep_link_return_url": "https://lms.example/chosen"},
}  # fmt: skip
PRIVACY = {
    **lti("message_type", "DataPrivacyLaunchRequest"),
    **lti("context", ABSENT),
    **lti("resource_link", ABSENT),
    **lti("for_user", {"user_id": SECRETS["sub"]}),
}
TEACHER = ("Instructor",)


def asks(**settings: Any) -> Changes:
    """Change what a deep-linking request asks."""
    asked = {**DEEP_LINKING[f"claims.{CHOICE}"], **settings}
    return {f"claims.{CHOICE}": {n: v for n, v in asked.items() if v is not ABSENT}}


AUTHORISATION = [
    Row("AUTH-10", "choosing as a learner", "deep_linking_by_participant", lti("roles", [f"{MEMBERSHIP}Learner"]), DEEP_LINKING, status=403, roles=TEACHER),
    Row("AUTH-10", "choosing as a teacher of the institution", "deep_linking_by_participant", lti("roles", [f"{INSTITUTION}Instructor"]), DEEP_LINKING, status=403, roles=TEACHER),
    Row("AUTH-10", "choosing as nobody in particular", "deep_linking_by_participant", lti("roles", []), DEEP_LINKING, status=403, roles=TEACHER),
    Row("AUTH-10", "choosing without a course", "context_missing", lti("context", ABSENT), DEEP_LINKING, roles=TEACHER),
    Row("AUTH-10", "choosing without settings", "deep_linking_without_return", {f"claims.{CHOICE}": ABSENT}, DEEP_LINKING, roles=TEACHER),
    Row("AUTH-10", "settings that are a text", "deep_linking_invalid", {f"claims.{CHOICE}": "https://lms.example/chosen"}, DEEP_LINKING, roles=TEACHER),
    *(
        Row("AUTH-10", f"choosing, then to {url!r}", "deep_linking_without_return", asks(deep_link_return_url=url), DEEP_LINKING, roles=TEACHER)
        for url in (None, "", 7, "javascript:alert(1)", "//evil.example/", "http://evil.example/chosen", "data:text/html,x", "https://user@evil.example/")
    ),
    Row("AUTH-10", "choosing what is no activity", "deep_linking_without_activities", asks(accept_types=["file"]), DEEP_LINKING, roles=TEACHER),
    Row("AUTH-10", "choosing, nothing said of what", "message_invalid", asks(accept_types=ABSENT), DEEP_LINKING, roles=TEACHER),
    Row("AUTH-10", "choosing for no place", "message_invalid", asks(accept_presentation_document_targets=[]), DEEP_LINKING, roles=TEACHER),
    Row("AUTH-12", "review of nobody", "review_without_person", lti("for_user", ABSENT), REVIEW),
    Row("AUTH-12", "review of a person without id", "review_without_person", lti("for_user", {"name": "x"}), REVIEW),
    Row("AUTH-12", "review of somebody else by a learner", "review_of_other_person", lti("for_user", {"user_id": "8"}), REVIEW, status=403, roles=("Learner",)),
    Row("AUTH-12", "review with a mentor's list", "review_of_other_person", lti("for_user", {"user_id": "8"}), {**REVIEW, **lti("roles", [f"{MEMBERSHIP}Mentor"]), **lti("role_scope_mentor", ["9"])}, status=403, roles=("Learner",)),
    Row("AUTH-13", "telling of nobody", "review_without_person", lti("for_user", ABSENT), PRIVACY),
    Row("AUTH-13", "telling of somebody else", "review_of_other_person", lti("for_user", {"user_id": "8"}), PRIVACY, status=403),
    Row("AUTH-13", "telling of somebody else to who only teaches", "review_of_other_person", lti("roles", [f"{MEMBERSHIP}Administrator", f"{INSTITUTION}Instructor"]), {**PRIVACY, **lti("roles", [f"{INSTITUTION}Administrator"]), **lti("for_user", {"user_id": "8"})}, status=403),
    Row("AUTH-13", "telling within a course", "message_invalid", lti("context", {"id": "c1"}), PRIVACY),
]  # fmt: skip

GROUPS = {
    "Certification": CERTIFICATION,
    "Tokens": JWT,
    "Shape": SHAPE,
    "Time": TIME,
    "Binding": BINDING,
    "Authorisation": AUTHORISATION,
}
REFUSED = [row for rows in GROUPS.values() for row in rows]
