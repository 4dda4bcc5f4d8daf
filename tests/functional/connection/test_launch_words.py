"""Every reason for which a login or launch can be refused stands in words, in both languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from lti_tool.lti import audit, claims, launch
from lti_tool.web import launch_words
from tests.signing_platform import CLAIM, SigningPlatform

pytestmark = pytest.mark.sqlite

PACKAGE = Path(launch_words.__file__).parent.parent


def written_in_code() -> Iterator[str]:
    """Give each reason code that the code writes out: as an argument, or as the step at hand."""
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) == "LaunchRefusedError":
                yield from _texts(node.args[:1])
            if isinstance(node, ast.Assign) and _name(node.targets[0]) == "step":
                yield from _texts([node.value])


def _name(node: ast.expr) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    """Give the texts of which one is chosen, but not those of which a code is put together."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.IfExp):
            yield from _texts([node.body, node.orelse])


def put_together() -> Iterator[str]:
    """Give each reason code that is made of the name of a claim or of an error."""
    for name, (_fits, is_needed) in claims._SHAPES.items():
        short = name.removeprefix(CLAIM)
        yield f"{claims._SERVICES.get(name, short)}_invalid"
        if is_needed:
            yield f"{short}_missing"
    for needed in launch._NEEDED.values():
        yield from (launch._MISSING.get(name, f"{name}_missing") for name in needed)
    yield from map(audit.platform_error, [*audit._PLATFORM_ERRORS, "anything else"])


REASONS = sorted({*written_in_code(), *put_together()})


def test_the_reasons_are_found() -> None:
    assert {"nonce_wrong", "message_invalid", "state_of_other_browser"} <= set(REASONS)
    assert {"sub_missing", "roster_invalid", "platform_login_required"} <= set(REASONS)
    assert len(REASONS) > 75


@pytest.mark.parametrize("reason", REASONS)
def test_it_stands_in_words(app: Flask, reason: str) -> None:
    words = launch_words.find(reason)

    assert words is not None
    with app.test_request_context():
        app.preprocess_request()
        for text in filter(None, (words.title, words.why, words.now)):
            with force_locale("en"):
                english = str(text)
            with force_locale("de"):
                assert str(text) != english


def test_no_words_are_kept_for_what_never_happens() -> None:
    assert set(launch_words._BY_REASON) - set(REASONS) == set()


def english(platform: SigningPlatform) -> FlaskClient:
    client = platform.app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def test_the_page_says_who_must_do_what_and_repeats_nothing_of_the_message(
    platform: SigningPlatform,
) -> None:
    told = {
        "sub": "s-geheim",
        "name": "Geheime Person",
        f"{CLAIM}version": "v-geheim",
        f"{CLAIM}context": {"id": "k-geheim", "title": "Geheimer Kurs"},
    }

    page = platform.launch(english(platform), platform.claims() | told).text

    assert "speaks another version of LTI" in page
    assert "For the administrator:" in page
    assert not re.search("geheim", page, re.IGNORECASE)


@pytest.mark.parametrize(
    ("code", "words", "reason"),
    [
        ("access_denied", "does not let you in", "platform_access_denied"),
        ("unauthorized_client", "does not know this tool", "platform_unauthorized_"),
        ("invalid_request", "did not understand us", "platform_invalid_request"),
        ("login_required", "no longer logged in", "platform_login_required"),
        ("<b>geheim</b>", "refused to open the activity", "platform_error"),
    ],
)
def test_an_error_of_the_platform_becomes_a_page_without_its_text(
    platform: SigningPlatform, code: str, words: str, reason: str
) -> None:
    client = english(platform)
    state, _ = platform.login(client)
    form = {"state": state, "error": code, "error_description": "geheim: u7"}

    answer = client.post("/lti/launch", data=form)

    assert answer.status_code == 400
    assert words in answer.text
    assert reason in answer.text
    assert "geheim" not in answer.text
    assert state not in answer.text


def test_whoever_reads_no_html_gets_the_same_words_as_json(
    platform: SigningPlatform,
) -> None:
    answer = platform.app.test_client().post(
        "/lti/launch", headers={"Accept": "application/json"}
    )

    assert answer.json is not None
    assert answer.json["error"] == "state_missing"
