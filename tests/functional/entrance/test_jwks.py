"""Platforms read at /lti/jwks what they need to check our signatures, and nothing else."""

import jwt
import pytest
from flask import Flask

from lti_tool import clock, keys
from lti_tool.keys import Key
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web.tool import Tool


@pytest.fixture
def tool(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Tool:
    """The tool with smaller keys, which are made sooner."""
    monkeypatch.setattr(keys, "_BITS", 2048)
    tool: Tool = app.extensions["lti_tool"]
    return tool


def shown(app: Flask) -> jwt.PyJWKSet:
    answer = app.test_client().get("/lti/jwks")
    assert answer.status_code == 200
    assert answer.json is not None
    assert all(
        k.keys() == {"kty", "n", "e", "kid", "alg", "use"} for k in answer.json["keys"]
    )
    return jwt.PyJWKSet.from_dict(answer.json)


def test_what_a_retired_key_signed_can_still_be_checked_there(
    app: Flask, tool: Tool
) -> None:
    old = keys.ensure_active(tool.database, tool.key_folder)
    token = jwt.encode(
        {"iss": "tool"}, tool.key_folder.load(old), "RS256", headers={"kid": old}
    )
    new = keys.rotate(tool.database, tool.key_folder).kid
    assert {key.key_id for key in shown(app).keys} == {old, new}
    keys.rotate(tool.database, tool.key_folder, is_early=True)

    with tool.database.reading(EVERYWHERE) as session:
        assert keys.active_kid(session) == new
    assert jwt.decode(token, shown(app)[old], algorithms=["RS256"]) == {"iss": "tool"}


def test_keys_of_credentials_are_not_shown_to_platforms(app: Flask, tool: Tool) -> None:
    active = keys.ensure_active(tool.database, tool.key_folder)
    kid, jwk = tool.key_folder.make()
    with tool.database.transaction(EVERYWHERE) as session:
        facts = {"state": "active", "state_since": clock.now()}
        session.add(Key(kid=kid, use="credential", public_jwk=jwk, **facts))

    assert [key.key_id for key in shown(app).keys] == [active]
