"""After sending again, the page of grades shows by itself what became of it."""

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import Running

pytestmark = pytest.mark.browser

SLOW = {"on": "score", "answer": "delay", "seconds": 4}


def test_a_grade_that_was_sent_again_is_seen_to_arrive(
    window: Callable[..., Page], running: Running
) -> None:
    page = window("3", lang="en")
    home = "/".join(page.url.split("/")[:5])
    page.goto(f"{home}/gradebook/1")
    requests.post(f"{running.lms}/faults", json=SLOW, timeout=5)

    page.get_by_role("button", name="Send again").click()
    page.wait_for_url("**/gradebook/")
    page.evaluate("window.isSamePage = true")

    counts = page.get_by_role("navigation", name="Show only")
    told = page.get_by_text("The grade is on its way again.")
    expect(counts).to_contain_text("on its way")
    expect(told).to_be_visible()
    expect(counts).not_to_contain_text("on its way", timeout=30_000)
    assert page.evaluate("window.isSamePage")
    expect(told).to_have_count(0)


def test_the_answer_to_whether_the_course_can_take_grades_comes_by_itself(
    window: Callable[..., Page], running: Running
) -> None:
    page = window("3", lang="en")
    home = "/".join(page.url.split("/")[:5])
    page.goto(f"{home}/gradebook/")
    requests.post(f"{running.lms}/faults", json={**SLOW, "on": "token"}, timeout=5)

    page.get_by_role("button", name="Ask the learning platform").click()
    waiting = page.get_by_text("The learning platform is being asked")
    expect(waiting).to_be_visible()
    page.evaluate("window.isSamePage = true")

    expect(page.get_by_role("button", name="Ask again")).to_be_visible(timeout=30_000)
    expect(waiting).to_have_count(0)
    assert page.evaluate("window.isSamePage")
