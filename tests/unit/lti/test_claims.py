"""Whatever a signed token says, reading it ends in values or in a refusal."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.errors import LaunchRefusedError
from lti_tool.lti import claims
from lti_tool.lti.claims import CLAIM
from lti_tool.lti.roles import role_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
GOOD: dict[str, Any] = {
    "iss": "https://lms.example",
    "aud": "tool",
    "sub": "7",
    "exp": 60,
    "iat": 0,
    f"{CLAIM}deployment_id": "1",
    f"{CLAIM}message_type": "LtiResourceLinkRequest",
    f"{CLAIM}version": "1.3.0",
    f"{CLAIM}roles": ["Learner"],
    f"{CLAIM}context": {"id": "c1"},
    f"{CLAIM}resource_link": {"id": "l1"},
}


def refusal(check: Callable[[], None]) -> str | None:
    """Return why a check refuses, None if it does not."""
    try:
        check()
    except LaunchRefusedError as refused:
        return refused.reason
    return None


def read(said: dict[str, Any]) -> None:
    """Read everything that a launch reads."""
    claims.full_name(said)
    claims.custom(said)
    claims.grade_endpoint(said)
    claims.memberships_url(said)
    role_of(said[f"{CLAIM}roles"])
    for name in (
        "context",
        "resource_link",
        "launch_presentation",
        "tool_platform",
        "for_user",
    ):
        claims.text(claims.part(said, name).get("title"))


@given(st.sampled_from([*claims._SHAPES, "name", "email", "given_name"]), JSON)
def test_one_odd_claim_is_read_or_refused(name: str, value: Any) -> None:
    said = {**GOOD, name: value}
    refused = refusal(lambda: claims.check_shape(said))

    if refused is None:
        read(said)
    else:
        assert refused.endswith(("_missing", "_invalid"))


@given(JSON)
def test_any_body_is_read_or_refused(body: Any) -> None:
    if refusal(lambda: claims.check_shape(body)) is None:
        read(body)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_custom_values_are_texts_that_were_substituted(custom: dict[str, Any]) -> None:
    found = claims.custom({f"{CLAIM}custom": custom})

    assert all(isinstance(value, str) and value for value in found.values())
    assert not any(value.startswith("$") for value in found.values())
    assert all(key == key.lower() for key in found)


@given(st.text())
def test_a_text_can_be_stored_and_shown_on_one_line(said: str) -> None:
    cleaned = claims.text(said)

    assert cleaned is None or (
        cleaned == cleaned.strip() != "" and len(cleaned) <= 1000
    )
    assert cleaned is None or not any(c in cleaned for c in "\x00\r\n\t\x1b\x7f")


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@given(JSON)
def test_what_is_encoded_once_and_well_is_accepted(body: Any) -> None:
    token = ".".join(encoded(json.dumps(part)) for part in ({"alg": "RS256"}, body))

    refused = refusal(lambda: claims.check_encoding(f"{token}."))

    # JSON knows no NaN and no infinity, which Python writes all the same.
    odd = any(word in json.dumps(body) for word in ("NaN", "Infinity"))
    assert refused is None or (refused == "token_malformed" and odd)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"a": 1, "a": 1}', "claim_twice"),
        ('{"x": [{"a": 1, "a": 2}]}', "claim_twice"),
        ('{"a": NaN}', "token_malformed"),
        ('{"a": -Infinity}', "token_malformed"),
        ('{"a": "\\ud800"}', "token_malformed"),
        ('{"\\udfff": 1}', "token_malformed"),
    ],
)
def test_what_readers_could_differ_on_is_refused(body: str, reason: str) -> None:
    with pytest.raises(LaunchRefusedError) as refused:
        claims.check_encoding(f"{encoded('{}')}.{encoded(body)}.")

    assert refused.value.reason == reason


def test_moodles_empty_line_item_is_none() -> None:
    endpoint = {
        "lineitem": "",
        "lineitems": "https://lms.example/2/lineitems?type_id=1",
        "scope": [7, "x"],
    }

    found = claims.grade_endpoint({claims.AGS: endpoint})

    assert found is not None
    assert (found.lineitem, found.scopes) == (None, frozenset())
