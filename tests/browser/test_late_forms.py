"""A visit that ended while somebody wrote: nothing of what was typed is lost."""

import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Dialog, Page, expect

from lti_tool import clock
from tests.browser.conftest import HOME_LINKS, Running

pytestmark = pytest.mark.browser
COURSE = "mint-2026"
Window = Callable[..., Page]


def end_visit(running: Running, page: Page) -> None:
    visit = page.url.split("/l/")[1].split("/", 1)[0]
    ended = (clock.now() - timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    with sqlite3.connect(running.database, timeout=10) as database:
        changed = database.execute(
            "UPDATE launch_session SET expires_at = ? WHERE id = ?", (ended, visit)
        )
    assert changed.rowcount == 1


def open_anew(running: Running, page: Page, sub: str) -> None:
    """Open the activity in another tab of the same browser."""
    tab = page.context.new_page()
    tab.goto(f"{running.lms}/launch/{HOME_LINKS[COURSE]}?as={sub}&target=window")
    tab.wait_for_url("**/l/**")


def test_a_form_sent_after_the_visit_ended_is_kept_and_stored_later(
    window: Window, running: Running
) -> None:
    page = window("24", course=COURSE, lang="en")
    page.goto(f"{page.url}profiles/mine")
    page.get_by_label("My question to this course").fill(
        "Wie fängt man an?\nUnd womit?"
    )
    end_visit(running, page)

    page.get_by_role("button", name="Save").first.click()

    expect(page.get_by_role("heading", name="Your visit has ended")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    kept = page.get_by_label("My question to this course")
    expect(kept).to_have_value("Wie fängt man an?\nUnd womit?")
    open_anew(running, page, "24")
    page.get_by_role("button", name="Send again").click()

    page.wait_for_url("**/l/**")
    home = page.url.split("/l/")[1].split("/", 1)[0]
    page.goto(f"{running.tool}/l/{home}/profiles/mine")
    expect(page.get_by_label("My question to this course")).to_have_value(
        "Wie fängt man an?\nUnd womit?"
    )


def test_a_worksheet_saves_by_itself_once_the_activity_was_opened_anew(
    window: Window, running: Running
) -> None:
    page = window("26", course=COURSE, lang="en")
    page.goto(f"{page.url}worksheet/")
    page.get_by_role("button", name="Begin").first.click()
    page.wait_for_url("**/start/1")
    end_visit(running, page)

    page.locator("textarea[name='A1.text']").fill("Written after the end")
    status = page.locator("[data-save-status]")
    expect(status).to_contain_text("Your visit has ended. Not saved yet: 1.")
    open_anew(running, page, "26")

    expect(status).to_contain_text("Saved", timeout=40_000)
    page.reload()
    expect(page.locator("textarea[name='A1.text']")).to_have_value(
        "Written after the end"
    )


def test_a_page_with_typed_text_asks_before_it_is_left(window: Window) -> None:
    page = window("24", course=COURSE, lang="en")
    page.goto(f"{page.url}profiles/mine")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    question = page.get_by_label("My question to this course")
    question.click()
    question.press_sequentially("Wo bleibt das?")

    page.get_by_role("button", name="Deutsch").click()
    expect(question).to_have_value(re.compile("Wo bleibt das"))
    assert asked == ["beforeunload"]

    page.get_by_role("button", name="Save").first.click()
    page.wait_for_load_state()
    assert asked == ["beforeunload"]
