"""The practice LMS's platform storage, asked by messages from the tool's own frame."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Frame, Page

from lti_tool.practice_lms.platform_storage import PlatformStorage
from tests.browser.conftest import tool_frame
from tests.browser.two_sites import Sites

pytestmark = pytest.mark.browser

ASK = """([frame, message]) => new Promise((answer) => {
  const target = frame ? window.parent.frames[frame] : window.parent;
  window.addEventListener("message", ({ data, origin }) => answer({ ...data, origin }), { once: true });
  setTimeout(() => answer(null), 700);
  target.postMessage(message, "*");
})"""


@pytest.fixture
def activity(
    sites: Sites, browser_with: Callable[..., Any]
) -> Iterator[Callable[..., Page]]:
    """Open the tool in the LMS with this storage; return the LMS's page."""
    with browser_with() as browser:
        yield lambda **storage: _open(browser, sites, PlatformStorage(**storage))


def _open(browser: BrowserContext, sites: Sites, storage: PlatformStorage) -> Page:
    sites.platform.platform_storage = storage
    page = browser.new_page()
    page.goto(sites.activity("11", "home", "mint-2026"))
    return page


def _ask(place: Frame | Page, subject: str, to: str | None = None, **more: Any) -> Any:
    message = {"subject": subject, "message_id": "m1", **more}
    answer = place.evaluate(ASK, [to, message])
    if answer is not None:
        assert answer.pop("subject") == f"{subject}.response"
    return answer


def _code(answer: Any) -> str:
    assert set(answer) == {"message_id", "error", "origin"}
    return str(answer["error"]["code"])


def test_the_page_keeps_a_text_and_gives_it_back(
    activity: Callable[..., Page], sites: Sites
) -> None:
    tool = tool_frame(activity())
    told = {"message_id": "m1", "origin": sites.lms}

    put = _ask(tool, "lti.put_data", key="k", value="secret")
    assert put == {**told, "key": "k", "value": "secret"}
    assert _ask(tool, "lti.get_data", key="k") == put
    assert _ask(tool, "lti.get_data", key="other") == {
        **told,
        "key": "other",
        "value": None,
    }
    _ask(tool, "lti.put_data", key="k", value=None)
    assert _ask(tool, "lti.get_data", key="k")["value"] is None


def test_only_the_tool_is_answered_and_only_what_can_be_read(
    activity: Callable[..., Page],
) -> None:
    page = activity()
    tool = tool_frame(page)
    _ask(tool, "lti.put_data", key="k", value="secret")

    stranger = page.evaluate(
        """() => new Promise((answer) => {
          window.addEventListener("message", ({ data }) => {
            if (data.subject.endsWith(".response")) answer(data);
          });
          window.postMessage({ subject: "lti.get_data", message_id: "m1", key: "k" });
        })"""
    )
    assert stranger["error"]["code"] == "wrong_origin"
    assert "value" not in stranger
    for subject, more, code in (
        ("lti.get_data", {"key": 7}, "bad_request"),
        ("lti.get_data", {"key": "k", "message_id": ""}, "bad_request"),
        ("lti.put_data", {"key": "k", "value": {}}, "bad_request"),
        ("lti.put_data", {"key": "k", "value": "x" * 4097}, "storage_exhaustion"),
        ("lti.toString", {}, "unsupported_subject"),
    ):
        assert _code(_ask(tool, subject, **more)) == code, subject
    assert _ask(tool, "lti.get_data", key="k")["value"] == "secret"


def test_where_a_frame_keeps_the_texts_the_page_only_says_which(
    activity: Callable[..., Page],
) -> None:
    tool = tool_frame(activity(target="keeper"))

    offered = _ask(tool, "lti.capabilities")["supported_messages"]
    assert offered == [
        {"subject": "lti.capabilities"},
        {"subject": "lti.put_data", "frame": "keeper"},
        {"subject": "lti.get_data", "frame": "keeper"},
    ]
    refused = _ask(tool, "lti.put_data", key="k", value="v")
    assert _code(refused) == "unsupported_subject"
    assert _ask(tool, "lti.put_data", "keeper", key="k", value="v")["value"] == "v"
    assert _ask(tool, "lti.get_data", "keeper", key="k")["value"] == "v"


def test_an_older_platform_knows_the_older_names_only(
    activity: Callable[..., Page],
) -> None:
    tool = tool_frame(activity(legacy=True))

    assert _ask(tool, "lti.put_data", key="k", value="v") is None
    assert _ask(tool, "org.imsglobal.lti.put_data", key="k", value="v")["value"] == "v"
