"""A lead moves people: with the mouse, with the map of keys, and with fields alone; the price is seen before."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

LEAD, COURSE = "3", "mint-2026"
PROPOSAL = "groups/1/proposals/1"


@pytest.fixture
def proposal(window: Callable[..., Page]) -> Page:
    """The published groups of the example, in a window of the lead."""
    return opened(window(LEAD, course=COURSE, lang="en"))


def opened(page: Page) -> Page:
    home = re.match(r".*/l/[^/]+/", page.url)
    assert home
    page.goto(home[0] + PROPOSAL)
    return page


def team(page: Page, number: int) -> Locator:
    return page.locator("[data-group]").nth(number - 1)


def names(team: Locator) -> list[str]:
    return team.locator(".who").all_inner_texts()


def points(page: Page) -> int:
    return int(
        page.locator("h2:has-text('What these groups cost') .count").inner_text()
    )


def amount(text: str) -> int:
    found = re.search(r"[+−±]\d+", text)  # noqa: RUF001
    assert found, text
    return int(found[0].replace("±", "").replace("−", "-"))  # noqa: RUF001


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def there(page: Page, who: str, number: int) -> None:
    """Wait until a person is in the group of a number."""
    expect(team(page, number).locator(".who", has_text=who)).to_have_count(1)


def go(page: Page, key: str) -> None:
    """Press a key that leads to the next page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def first(page: Page) -> tuple[str, Locator]:
    """Return the first person of the first group, and the button with the name."""
    name = team(page, 1).locator("button.who").first
    return name.inner_text(), name


def shown(page: Page, text: str) -> None:
    # Not the whole page: what fails prints what it looked at.
    expect(page.locator(".notice", has_text=text)).to_be_visible()


def publish(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name="Publish again").click()
    confirm = page.locator("main form button").first
    # However long the list of changes above it is, and however small the screen.
    expect(confirm).to_be_in_viewport(ratio=1)
    with page.expect_navigation():
        confirm.click()
    opened(page)


def undo(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Undo the last step").click()


def test_with_the_mouse_the_price_stands_there_before_a_person_is_let_go(
    proposal: Page,
) -> None:
    before, who = points(proposal), names(team(proposal, 1))[0]
    source = team(proposal, 1).locator("li").first
    source.scroll_into_view_if_needed()
    at = source.bounding_box()
    assert at
    proposal.mouse.move(at["x"] + 120, at["y"] + 12)
    proposal.mouse.down()
    target = team(proposal, 2).locator("h2").bounding_box()
    assert target
    proposal.mouse.move(target["x"] + 60, target["y"] + 5, steps=8)
    proposal.mouse.move(target["x"] + 64, target["y"] + 8, steps=4)

    badge = team(proposal, 2).locator(".put")
    expect(badge).to_contain_text("Put here:")
    price = amount(badge.inner_text())
    expect(proposal.locator("#moving-says")).to_contain_text("Group 2")
    with proposal.expect_navigation():
        proposal.mouse.up()

    there(proposal, who, 2)
    assert points(proposal) == before + price
    undo(proposal)
    assert points(proposal) == before


def test_with_the_map_of_keys_into_a_group_back_and_there_again(proposal: Page) -> None:
    before, (who, name) = points(proposal), first(proposal)
    says = proposal.locator("#moving-says")
    name.focus()
    press(proposal, "Enter")
    expect(says).to_contain_text(f"{who} is picked up")
    press(proposal, "ArrowRight", "ArrowRight", "Escape")
    expect(says).to_have_text("Everything stays as it is.")

    press(proposal, "Space", "3")
    expect(says).to_contain_text("Group 3")
    price = amount(says.inner_text().partition(":")[2])
    go(proposal, "Enter")

    there(proposal, who, 3)
    assert points(proposal) == before + price
    focused = proposal.evaluate("document.activeElement.textContent")
    assert focused == who, "the focus stays with the person"
    go(proposal, "z")
    there(proposal, who, 1)
    go(proposal, "y")
    there(proposal, who, 3)
    go(proposal, "z")
    assert points(proposal) == before


def test_with_the_map_of_keys_two_people_are_swapped(proposal: Page) -> None:
    before, (who, name) = points(proposal), first(proposal)
    says = proposal.locator("#moving-says")
    mate = names(team(proposal, 2))[0]

    name.focus()
    press(proposal, "Enter", "ArrowRight", "ArrowDown")
    expect(says).to_contain_text(f"Swap with {mate}")
    price = amount(says.inner_text())
    go(proposal, "Enter")

    there(proposal, who, 2)
    there(proposal, mate, 1)
    assert points(proposal) == before + price
    undo(proposal)
    assert points(proposal) == before


def test_with_a_key_a_person_is_fixed_and_let_go(proposal: Page) -> None:
    _who, name = first(proposal)
    name.focus()

    go(proposal, "f")
    expect(team(proposal, 1).locator(".pinned")).to_have_count(1)
    go(proposal, "f")
    expect(proposal.locator(".pinned")).to_have_count(0)

    undo(proposal)
    expect(team(proposal, 1).locator(".pinned")).to_have_count(1)
    undo(proposal)


def test_with_fields_alone_and_without_any_script(
    window: Callable[..., Page],
) -> None:
    page = window(LEAD, course=COURSE, lang="en")
    # The scripts of the page are kept away; what is left is HTML.
    page.route("**/static/*.js", lambda route: route.abort())
    opened(page)
    before, who = points(page), names(team(page, 1))[0]

    team(page, 1).locator("details.move summary").first.focus()
    press(page, "Space", "Tab")
    options = page.locator("select:focus option").all_inner_texts()
    price = amount(options[0])
    press(page, "Tab")
    assert page.evaluate("document.activeElement.textContent") == "Move"
    with page.expect_navigation():
        press(page, "Enter")

    there(page, who, 2)
    assert points(page) == before + price
    page.get_by_role("button", name="Undo the last step").focus()
    with page.expect_navigation():
        press(page, "Space")
    there(page, who, 1)
    assert points(page) == before


def test_an_exact_price_is_computed_beside_and_appears_by_itself(
    proposal: Page,
) -> None:
    before = points(proposal)
    card = team(proposal, 1).locator("li").first
    card.locator("details.move summary").click()
    card.get_by_label("What would the best groups cost").select_option(index=1)
    with proposal.expect_navigation():
        card.get_by_role("button", name="Compute the exact price").click()

    asked = proposal.locator("#prices li").first
    expect(asked).to_contain_text("change", timeout=20_000)
    price = amount(asked.inner_text())
    asked.get_by_role("link", name="Look at these groups").click()

    assert points(proposal) == before + price
    assert Axe().run(proposal).violations_count == 0
    proposal.go_back()
    with proposal.expect_navigation():
        proposal.locator("#prices").get_by_role("button", name="Remove").click()


def test_moved_people_are_told_by_publishing_again(
    proposal: Page, window: Callable[..., Page]
) -> None:
    who = names(team(proposal, 1))[0]
    team(proposal, 1).locator("details.move summary").first.click()
    with proposal.expect_navigation():
        team(proposal, 1).locator("details.move button").first.click()
    shown(proposal, "Participants see the old ones until you publish again")
    proposal.set_viewport_size({"width": 390, "height": 480})
    publish(proposal)
    shown(proposal, "These groups are published")
    there(proposal, who, 2)

    undo(proposal)
    shown(proposal, "Participants see the old ones until you publish again")
    publish(proposal)
    shown(proposal, "These groups are published")
    there(proposal, who, 1)


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_hinders_anybody(
    window: Callable[..., Page], lang: str, width: int
) -> None:
    page = opened(window(LEAD, course=COURSE, lang=lang))
    page.set_viewport_size({"width": width, "height": 900})
    for summary in page.locator("details.legend-details > summary").all():
        summary.click()
    page.locator("details.move summary").first.click()
    team(page, 1).locator("button.who").first.click()

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
