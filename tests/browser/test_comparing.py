"""A teacher grades by hand in the LMS; the team finds it in the tool, and decides."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Running

pytestmark = pytest.mark.browser

LEAD, GRADED = "3", "3-24"
"""The cell of a participant's worksheet."""


def act(lms: Page, what: str, points: str = "") -> None:
    """Do in the LMS's gradebook what a teacher does there."""
    cell = lms.locator(f"[id='{GRADED}']")
    cell.locator("summary", has_text="By hand").click()
    if points:
        cell.get_by_label("Points").fill(points)
    with lms.expect_navigation():
        cell.locator(f"button[value={what}]").click()


def compare(tool: Page) -> None:
    """Ask for a comparison and wait until the page shows by itself what it found."""
    tool.wait_for_timeout(10_000)  # So soon after one nobody gets another comparison.
    tool.get_by_role("button", name="Compare with the learning platform now").click()
    expect(tool.locator("#comparison")).to_contain_text("Compared on", timeout=30_000)
    expect(tool.locator("#comparison")).not_to_have_attribute("data-look-again", "2000")


def test_a_grade_entered_by_hand_in_the_lms_is_found_and_left(
    running: Running, chromium: Browser, window: Callable[..., Page]
) -> None:
    context = chromium.new_context()
    lms = context.new_page()
    lms.goto(running.gradebook("mint-2026"))
    act(lms, "enter", "0.5")
    tool = window(LEAD, lang="en")
    tool.get_by_role("link", name="Grades", exact=True).click()

    compare(tool)

    row = tool.locator("section[aria-labelledby=differing] tr", has_text="0.5 / 1")
    expect(row).to_be_visible(timeout=30_000)
    for width in (1280, 390):
        tool.set_viewport_size({"width": width, "height": 900})
        assert Axe().run(tool).violations_count == 0
    row.get_by_role("button", name="Leave it as it is there").click()
    expect(tool.locator("main")).not_to_contain_text("Different in the learning")
    assert "0.5" in lms.locator(f"[id='{GRADED}']").inner_text()

    act(lms, "lift")
    compare(tool)
    expect(tool.locator("#comparison")).not_to_contain_text("stays as", timeout=30_000)
    context.close()


def test_that_the_lms_keeps_its_own_though_ours_is_sent_is_seen_without_asking(
    running: Running, chromium: Browser, window: Callable[..., Page]
) -> None:
    context = chromium.new_context()
    lms = context.new_page()
    lms.goto(running.gradebook("mint-2026"))
    act(lms, "enter", "0.4")
    tool = window(LEAD, lang="en")
    tool.get_by_role("link", name="Grades", exact=True).click()
    compare(tool)
    row = tool.locator("section[aria-labelledby=differing] tr", has_text="0.4 / 1")
    expect(row).to_be_visible(timeout=30_000)

    row.get_by_role("button", name="Send ours again").click()

    expect(tool.locator("main")).not_to_contain_text("Different in the learning")
    kept = "goes on showing its own"
    expect(tool.locator("main")).to_contain_text(kept, timeout=60_000)
    act(lms, "lift")
    context.close()
