"""The worksheet's script: each field is saved as it is filled in, and two windows lose nothing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Frame, expect

from tests.browser.conftest import Running, tool_frame

pytestmark = pytest.mark.browser
COURSE, WRITER = "empty-2027", "20"


def _another_window(sheet: Frame, running: Running) -> Frame:
    page = sheet.page.context.new_page()
    page.goto(running.activity(WRITER, "worksheet", COURSE, "en"))
    frame = tool_frame(page)
    frame.get_by_role("link", name="Continue").click()
    frame.wait_for_url("**/start/1")
    return frame


def test_what_is_typed_is_saved_without_a_button_and_survives_two_windows(
    enter: Callable[..., Frame], running: Running
) -> None:
    first = enter(WRITER, "worksheet", course=COURSE, lang="en")
    first.get_by_role("button", name="Begin").click()
    first.wait_for_url("**/start/1")
    second = _another_window(first, running)

    first.locator("textarea[name='A1.text']").fill("Typed in the first window")
    expect(first.locator("[data-save-status]")).to_contain_text("Saved")
    second.locator("textarea[name='A1.text']").fill("Typed in the second window")
    expect(second.locator("[data-save-status]")).to_contain_text("Both versions saved")

    second.get_by_role("link", name="Choose which one holds").click()
    expect(second.get_by_text("Typed in the first window").first).to_be_visible()
    second.get_by_role("button", name="Keep both").click()
    expect(second.locator("textarea[name='A1.text']")).to_have_value(
        "Typed in the first window\n\nTyped in the second window"
    )


def test_while_the_connection_is_gone_the_text_waits_and_is_sent_later(
    enter: Callable[..., Frame],
) -> None:
    sheet = enter("28", "worksheet", course=COURSE, lang="en")
    sheet.get_by_role("button", name="Begin").click()
    sheet.wait_for_url("**/start/1")

    sheet.page.context.set_offline(True)
    sheet.locator("textarea[name='A1.text']").fill("Written in a tunnel")
    expect(sheet.locator("[data-save-status]")).to_contain_text("Not saved yet: 1")
    sheet.page.context.set_offline(False)

    expect(sheet.locator("[data-save-status]")).to_contain_text("Saved", timeout=15000)
