"""Rules in a real browser: said while typing whether they can be kept, and put in order by keys."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def rules(window: Callable[..., Page]) -> Page:
    """The page of rules as a lead, in English."""
    page = window("3", lang="en")
    page.goto("/".join(page.url.split("/")[:5]) + "/groups/1/rules")
    return page


def add(page: Page, name: str) -> None:
    page.get_by_text("Add a rule").click()
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("button", name="Store").click()


def test_a_rule_says_while_it_is_typed_that_it_cannot_be_kept_and_is_ordered_by_keys(
    rules: Page,
) -> None:
    rules.get_by_role("link", name="Sizes of the groups").click()
    for field in ("Smallest group", "Preferred size", "Largest group"):
        rules.get_by_label(field).fill("2")
    expect(rules.locator("[data-checked]")).to_contain_text("do not fit", timeout=5000)

    rules.get_by_label("Largest group").fill("9")
    expect(rules.locator("[data-checked]")).to_contain_text("can be kept", timeout=5000)

    rules.get_by_role("button", name="Store").click()
    add(rules, "Worst wish allowed")
    up = rules.get_by_role("button", name=re.compile("up.*Worst wish"))
    up.focus()
    rules.keyboard.press("Enter")

    expect(rules.locator(".rules h3")).to_contain_text(
        ["Wishes for topics", "Worst wish allowed", "Sizes of the groups"]
    )
    # What is found out in the background appears by itself.
    expect(rules.locator("[data-checked]")).to_contain_text(
        "All rules can be kept", timeout=20_000
    )

    for name in ("Worst wish allowed", "Sizes of the groups"):
        rules.get_by_role("button", name=re.compile(f"Switch off.*{name}")).click()
    expect(rules.locator(".rules > li")).to_have_count(1)
