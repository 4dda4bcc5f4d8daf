"""Launches that are nearly right: a valid one with a few parts made odd."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.certification.forging import ABSENT
from tests.certification.launching import SECRETS, Attempt, Changes
from tests.certification.table import CHOICE, DEEP_LINKING, PRIVACY, REVIEW
from tests.signing_platform import AGS, CLAIM, MEMBERSHIP, NRPS

LMS = "https://lms.example"
SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
GROUPS = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
BASIC_OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"

OPTIONAL: Mapping[str, Any] = {
    AGS: {
        "scope": [f"{SCOPE}score", f"{SCOPE}lineitem"],
        "lineitems": f"{LMS}/2/lineitems?type_id=1",
        "lineitem": f"{LMS}/2/lineitems/4/lineitem?type_id=1",
    },
    NRPS: {
        "context_memberships_url": f"{LMS}/CourseSection/2/memberships",
        "service_versions": ["2.0"],
    },
    GROUPS: {"context_groups_url": f"{LMS}/groups", "service_versions": ["1.0"]},
    BASIC_OUTCOME: {"lis_result_sourcedid": "signed"},
    f"{CLAIM}tool_platform": {
        "guid": "g",
        "product_family_code": "moodle",
        "version": "2024100706",
    },
    f"{CLAIM}launch_presentation": {
        "locale": "de",
        "document_target": "iframe",
        "return_url": f"{LMS}/return",
    },
    f"{CLAIM}custom": {"activity": "worksheet", "history": "$Context.id.history"},
    f"{CLAIM}lis": {"person_sourcedid": "", "course_section_sourcedid": ""},
    f"{CLAIM}lti1p1": {"user_id": "7"},
    f"{CLAIM}role_scope_mentor": ["7"],
    "ext": {"user_username": "mia", "lms": "moodle-2"},
    "given_name": "Mia",
    "family_name": "Muster",
    "locale": "de",
    "azp": "tool",
}
"""What platforms send besides what they must."""
PARTS: Mapping[str, Any] = {
    **OPTIONAL,
    f"{CLAIM}context": {"id": "c1", "title": "T", "label": "L", "type": ["a"]},
    f"{CLAIM}resource_link": {"id": "l1", "title": "T", "description": "D"},
    f"{CLAIM}for_user": {"user_id": SECRETS["sub"], "roles": ["Learner"]},
    CHOICE: {
        **DEEP_LINKING[f"claims.{CHOICE}"],
        "accept_multiple": True,
        "accept_lineitem": "true",
        "auto_create": False,
        "title": "T",
        "data": "d",
    },
}
MESSAGES: list[Changes] = [{}, {}, REVIEW, DEEP_LINKING, PRIVACY]
REQUIRED = [
    *("iss", "aud", "sub", "exp", "iat", "nonce", "name", "email"),
    *(
        f"{CLAIM}{name}"
        for name in ("version", "message_type", "deployment_id", "roles")
    ),
    *(f"{CLAIM}{name}" for name in ("context", "resource_link", "target_link_uri")),
]

TEXT = st.one_of(
    st.text(max_size=20),
    st.text(st.characters(categories=["Cs", "Cc", "Co", "Zl", "Mn"]), max_size=5),
    st.sampled_from(
        ["", " ", "\x00", "ä" * 5000, "$User.id", "../..", "<script>", "' OR 1=1 --"]
    ),
    st.sampled_from(["https://evil.example", "//evil.example", "http://[", "data:,x"]),
    st.sampled_from([f"{MEMBERSHIP}Instructor", "Learner", f"{MEMBERSHIP}#", "1.3.0"]),
)
NUMBER = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([10**400, -1, 0, 2**63, 1e308, float("nan"), float("inf")]),
)
JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBER, TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)
    ),
    max_leaves=8,
)
HUGE = st.sampled_from(
    [["x"] * 3000, {str(n): n for n in range(3000)}, "x" * 30_000, "x" * 70_000]
)
VALUE = st.one_of(JUNK, JUNK, JUNK, st.just(ABSENT), HUGE)


@st.composite
def _nested(draw: st.DrawFn) -> Changes:
    """Change something inside a claim."""
    claim = draw(st.sampled_from(sorted(PARTS)))
    whole = PARTS[claim]
    if not isinstance(whole, dict):
        return {f"claims.{claim}": draw(JUNK)}
    name = draw(st.one_of(st.sampled_from(sorted(whole)), TEXT))
    value = draw(VALUE)
    inside = {**whole, name: value}
    return {
        f"claims.{claim}": {n: v for n, v in inside.items() if v is not ABSENT},
    }


def _one(kind: str, names: st.SearchStrategy[str], values: Any) -> Any:
    return st.builds(lambda name, value: {f"{kind}.{name}": value}, names, values)


FIELD = st.one_of(st.text(max_size=30), st.sampled_from(["x" * 5000, "\x00", ""]))
"""What a browser can send in a form: any text but half of a surrogate pair."""
FORM_NAMES = ["error", "error_description", "storage_secret", "lti_storage_target", "x"]
LOGIN_NAMES = [
    *("login_hint", "lti_message_hint", "lti_storage_target", "target_link_uri"),
    *("lti_deployment_id", "client_id", "iss", "storage_secret", "odd"),
]


def _damaged(place: int, with_what: str) -> Changes:
    def damage(attempt: Attempt) -> str:
        cut = place % len(attempt.token)
        return f"{attempt.token[:cut]}{with_what}{attempt.token[cut + 1 :]}"

    return {"token": damage}


def _other_spelling(indent: int, trailing: str) -> Changes:
    """Write the body in another way that says the same, or not."""
    return {"body": lambda a: (json.dumps(a.claims, indent=indent) + trailing).encode()}


MUTATION = st.one_of(
    _nested(),
    _nested(),
    _one("claims", st.sampled_from(sorted(OPTIONAL)), VALUE),
    _one("claims", st.sampled_from(REQUIRED), VALUE),
    _one("claims", TEXT.filter(lambda name: "." not in name), VALUE),
    _one("header", st.sampled_from(["typ", "cty", "x5t", "zip", "odd"]), JUNK),
    _one("header", st.sampled_from(["alg", "kid", "jku", "crit", "b64"]), VALUE),
    _one("form", st.sampled_from(FORM_NAMES), FIELD),
    _one("login", st.sampled_from(LOGIN_NAMES), st.one_of(FIELD, st.just(ABSENT))),
    st.builds(_damaged, st.integers(0, 5000), st.text("aA0-_.=ä ", max_size=2)),
    st.builds(
        _other_spelling, st.integers(0, 3), st.sampled_from(["", " ", "\n", "x"])
    ),
)


@st.composite
def nearly_right(draw: st.DrawFn) -> Changes:
    """Return what is odd about a message: nothing at all up to three things."""
    changes: dict[str, Any] = {f"claims.{name}": v for name, v in OPTIONAL.items()}
    changes |= draw(st.sampled_from(MESSAGES))
    for mutation in draw(st.lists(MUTATION, max_size=3)):
        changes |= mutation
    return changes
