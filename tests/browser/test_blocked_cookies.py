"""Four browsers that keep fewer and fewer cookies, and the tool works in all of them.

LMS and tool are two sites over https; each browser is a Chromium on a new profile, which blocks
third-party cookies by itself. With SCREENSHOTS=<folder> each way is also stored as a picture.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Frame, Locator, Page, expect
from sqlalchemy import select, update

from lti_tool import clock
from lti_tool.courses.models import Course, Person
from lti_tool.gradebook.service import Column, want
from lti_tool.lti.models import LaunchSession
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.practice_lms.example import EXAMPLE
from lti_tool.practice_lms.platform_storage import PlatformStorage
from tests.browser.two_sites import LMS, TOOL, Sites

pytestmark = pytest.mark.browser
MINT, EMPTY = "mint-2026", "empty-2027"
TITLES = {course.key: course.title for course in EXAMPLE.courses}
OVER = "Your visit has ended"
_SHOTS = os.environ.get("SCREENSHOTS")

Surface = Page | Frame
"""Where the tool is: in the LMS's frame or in a window of its own."""


@dataclass(frozen=True)
class Way:
    """What a browser and an LMS permit, and what the tool makes of it."""

    name: str
    writer: str
    """A participant of whom nothing is known yet."""
    keeps: frozenset[str]
    """What the browser keeps for the tool's frame."""
    blocked: tuple[str, ...] = ()
    storage: PlatformStorage | None = None
    is_cut: bool = False
    has_bearer: bool = False
    leaves_frame: bool = False


COOKIE = Way("cookie", "12", frozenset({"cookie", "storage"}))
PLATFORM = Way(
    "platform-storage",
    "13",
    frozenset(),
    blocked=(f"[*.]{TOOL},*",),
    storage=PlatformStorage(),
    has_bearer=True,
)
# Cookies are lost on their way, for no setting of Chromium blocks them and keeps the storage.
BEARER = Way(
    "bearer",
    "14",
    frozenset({"cookie", "storage"}),
    is_cut=True,
    has_bearer=True,
)
WINDOW = Way(
    "window", "15", frozenset(), blocked=(f"[*.]{TOOL},[*.]{LMS}",), leaves_frame=True
)
WAYS = (COOKIE, PLATFORM, BEARER, WINDOW)

KEPT = """() => {
  const kept = [];
  document.cookie = "plain=1; Secure; SameSite=None";
  if (document.cookie.includes("plain")) kept.push("third-party cookie");
  document.cookie = "parted=1; Secure; SameSite=None; Partitioned";
  if (document.cookie.includes("parted")) kept.push("cookie");
  document.cookie = "parted=; Secure; SameSite=None; Partitioned; Max-Age=0";
  try { localStorage.setItem("probe", "1"); localStorage.removeItem("probe"); kept.push("storage"); } catch {}
  return kept;
}"""


@dataclass
class Visiting:
    """A browser in front of the LMS, and the way in which the tool is reached."""

    way: Way
    browser: BrowserContext
    sites: Sites

    def open(self, sub: str, activity: str = "home", course: str = MINT) -> Surface:
        """Open an activity in a new tab; return where the tool appears."""
        tab = self.browser.new_page()
        tab.goto(self.sites.activity(sub, activity, course))
        frame = self.frame(tab)
        tool: Surface = self.leave(tab, frame) if self.way.leaves_frame else frame
        tool.wait_for_url("**/l/**")
        expect(tool.locator(".course")).to_have_text(TITLES[course])
        assert self.bearer(tool) is self.way.has_bearer
        return tool

    def frame(self, tab: Page) -> Frame:
        found = tab.locator("iframe[name=contentframe]").element_handle()
        frame = found.content_frame()
        assert frame is not None
        return frame

    def leave(self, tab: Page, frame: Frame) -> Page:
        """Take the way out of the frame that its page offers."""
        button = frame.get_by_role("button", name="Open in a new window")
        expect(button).to_be_focused()
        self.shoot(frame, "offer")
        # What stands outside courses may not be framed.
        for link in frame.locator("footer a").all():
            expect(link).to_have_attribute("target", "_blank")
        with tab.expect_popup() as opened:
            button.click()
        expect(frame.get_by_role("status")).to_contain_text("opens in a new window")
        return opened.value

    @staticmethod
    def bearer(tool: Surface) -> bool:
        return tool.locator("meta[name=bearer]").count() == 1

    def shoot(self, tool: Surface, name: str) -> None:
        if _SHOTS:
            _page(tool).screenshot(path=Path(_SHOTS) / f"{self.way.name}-{name}.png")


Open = Callable[..., AbstractContextManager[BrowserContext]]


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: way.name)
def way_and_browser(
    request: pytest.FixtureRequest, browser_with: Open
) -> Iterator[tuple[Way, BrowserContext]]:
    """One browser for each way, in which one test comes after the other."""
    way: Way = request.param
    with browser_with(*way.blocked) as browser:
        yield way, browser


@pytest.fixture
def visiting(
    way_and_browser: tuple[Way, BrowserContext], sites: Sites
) -> Iterator[Visiting]:
    way, browser = way_and_browser
    sites.platform.platform_storage = way.storage
    sites.pipe.is_cut = way.is_cut
    yield Visiting(way, browser, sites)
    for page in browser.pages[1:]:
        page.close()


def _page(tool: Surface) -> Page:
    return tool.page if isinstance(tool, Frame) else tool


HEADINGS = {
    "Participants": "Who takes part",
    "My profile": "My profile",
    "Course": "Good to see you",
    "Certificate": "Your certificate",
    "Grades": "Grades for the learning platform",
}


def _arrive(tool: Surface, heading: str, leave: Callable[[], object]) -> None:
    """Leave a page, and wait until another one with this heading is there."""
    # As people do: Chromium lets pages that nobody looks at wait.
    _page(tool).bring_to_front()
    tool.evaluate("window.isLeft = true")
    leave()
    tool.wait_for_function(
        """(heading) => !window.isLeft && document.readyState === "complete"
          && document.querySelector("h1")?.textContent.includes(heading)""",
        arg=heading,
    )


def _follow(tool: Surface, name: str) -> None:
    link = tool.get_by_role("link", name=name, exact=True).first
    _press(tool, HEADINGS[name], link)


def _press(tool: Surface, heading: str, target: Locator) -> None:
    """Take a link or button by the keyboard: a click is lost on a frame not painted yet."""
    _arrive(tool, heading, lambda: target.press("Enter"))


def _send(tool: Surface, heading: str) -> None:
    _press(tool, heading, tool.locator("main form button"))


def _networks(tool: Surface) -> str:
    _follow(tool, "Participants")
    return tool.locator("table").inner_text()


def _write(tool: Surface, network: str) -> None:
    """Go to one's own profile and enter a network there."""
    _follow(tool, "Participants")
    _follow(tool, "My profile")
    tool.get_by_label("Network", exact=True).fill(network)


def _store(tool: Surface) -> None:
    _send(tool, HEADINGS["Participants"])
    expect(tool.get_by_role("status")).to_contain_text("your profile is stored")


def _refuse_once(tool: Surface) -> None:
    """Send what is too long; the form comes back as it was, and is put right."""
    field = tool.get_by_label("Network", exact=True)
    right, wrong = field.input_value(), "x" * 201
    field.evaluate("field => field.removeAttribute('maxlength')")
    field.fill(wrong)
    _send(tool, HEADINGS["My profile"])
    expect(field).to_have_value(wrong)
    field.fill(right)


def test_a_form_is_filled_and_stored_and_the_next_launch_shows_it(
    visiting: Visiting,
) -> None:
    network = f"Network {visiting.way.name}"
    addresses: list[str] = []
    visiting.browser.on("request", lambda request: addresses.append(request.url))
    tool = visiting.open(visiting.way.writer)
    visiting.shoot(tool, "home")

    _write(tool, network)
    _refuse_once(tool)
    _store(tool)
    visiting.shoot(tool, "stored")

    assert network in _networks(tool)
    assert network in _networks(visiting.open(visiting.way.writer))
    assert not [address for address in addresses if "bearer=" in address]


def test_only_what_a_profile_permits_is_kept_in_the_frame(visiting: Visiting) -> None:
    visiting.open("11")
    tab = visiting.browser.pages[1]

    assert set(visiting.frame(tab).evaluate(KEPT)) == visiting.way.keeps


def test_a_page_is_loaded_again_left_and_come_back_to_in_another_language(
    visiting: Visiting,
) -> None:
    tool = visiting.open("11")
    _follow(tool, "Certificate")
    _follow(tool, "Participants")

    again = "setTimeout(() => location.reload())"
    _arrive(tool, HEADINGS["Participants"], lambda: tool.evaluate(again))
    tool.evaluate("setTimeout(() => history.back())")
    expect(tool.locator("h1")).to_have_text(HEADINGS["Certificate"])
    german = tool.get_by_role("button", name="Deutsch")
    _press(tool, "Ihr Zertifikat", german)


def test_the_worksheet_saves_itself_and_is_handed_out_as_a_file(
    visiting: Visiting,
) -> None:
    words = f"Typed by way of {visiting.way.name}"
    tool = visiting.open(visiting.way.writer, "worksheet")
    tool.get_by_role("button", name="Begin").click()
    tool.wait_for_url("**/start/1")

    tool.locator("textarea[name='A1.text']").fill(words)
    expect(tool.locator("[data-save-status]")).to_contain_text("Saved")
    tool.get_by_role("link", name="Worksheet").first.click()
    link = tool.get_by_role("link", name="Download all that you entered")
    with _page(tool).expect_download() as file:
        link.click()

    assert words in Path(file.value.path()).read_text()
    assert file.value.suggested_filename == "worksheet.json"
    expect(link).to_be_visible()


def test_the_table_of_grades_is_handed_out_as_a_file(visiting: Visiting) -> None:
    visiting.open("11")
    _want_a_grade(visiting.sites, "11")
    tool = visiting.open("3")
    _follow(tool, "Grades")
    link = tool.get_by_role("link", name="Download as a table")
    with _page(tool).expect_download() as file:
        link.click()

    assert "Projektarbeit" in Path(file.value.path()).read_text("utf-8-sig")
    assert file.value.suggested_filename == "grades.csv"
    expect(link).to_be_visible()


def _want_a_grade(sites: Sites, sub: str) -> None:
    with sites.database.reading(EVERYWHERE) as session:
        course = session.scalars(select(Course).where(Course.title == TITLES[MINT]))
        course_id = course.one().id
        person_id = session.scalars(select(Person.id).where(Person.sub == sub)).one()
    with sites.database.transaction(course_id) as session:
        want(session, Column("project", "project", "Projektarbeit"), person_id, 1.0)


def test_two_courses_and_two_people_in_one_browser_never_mix(
    visiting: Visiting,
) -> None:
    way = visiting.way.name
    first = visiting.open("11", course=MINT)
    second = visiting.open("11", course=EMPTY)
    third = visiting.open("20", course=EMPTY)
    for tool, network in ((first, "one"), (second, "two"), (third, "three")):
        _write(tool, f"{way} {network}")
    for tool in (second, third, first):
        _store(tool)

    for tool, course, shown in (
        (first, MINT, ["one"]),
        (third, EMPTY, ["two", "three"]),
        (second, EMPTY, ["two", "three"]),
    ):
        listed = _networks(tool)
        networks = ("one", "two", "three")
        assert [n for n in networks if f"{way} {n}" in listed] == shown, listed
        expect(tool.locator(".course")).to_have_text(TITLES[course])
    for tool, own in ((first, "one"), (second, "two"), (third, "three")):
        expect(tool.get_by_role("row", name="(you)")).to_contain_text(f"{way} {own}")


def test_a_visit_that_is_over_keeps_what_was_typed(visiting: Visiting) -> None:
    typed = f"Typed too late by way of {visiting.way.name}"
    tool = visiting.open("11")
    _write(tool, typed)
    _end_all_visits(visiting.sites)

    _send(tool, OVER)
    expect(tool.get_by_label("Network", exact=True)).to_have_value(typed)
    visiting.shoot(tool, "over")
    again = tool.get_by_role("button", name="Send again")
    # A bearer ends with its visit, so that then the text can only be copied.
    expect(again).to_have_count(0 if visiting.way.has_bearer else 1)
    if not visiting.way.has_bearer:
        visiting.open("11")
        _press(tool, HEADINGS["Participants"], again)
        assert typed in tool.locator("table").inner_text()


def _end_all_visits(sites: Sites) -> None:
    with sites.database.transaction(EVERYWHERE) as session:
        past = clock.now() - timedelta(minutes=1)
        session.execute(update(LaunchSession).values(expires_at=past))


@pytest.mark.parametrize(
    "storage",
    [
        PlatformStorage(target="keeper"),
        PlatformStorage(legacy=True),
        PlatformStorage(is_named=False),
        PlatformStorage(target="keeper", is_named=False),
    ],
    ids=["hidden frame", "older names", "not named", "hidden frame, not named"],
)
def test_platforms_differ_in_how_they_keep_a_secret(
    sites: Sites, browser_with: Open, storage: PlatformStorage
) -> None:
    way = replace(PLATFORM, storage=storage)
    sites.platform.platform_storage = storage
    with browser_with(*way.blocked) as browser:
        _follow(Visiting(way, browser, sites).open("11"), "Certificate")


def test_tabs_that_a_new_browser_opens_at_once_all_come_in(
    sites: Sites, browser_with: Open
) -> None:
    with browser_with() as browser:
        visiting = Visiting(COOKIE, browser, sites)
        tabs = [browser.new_page() for _ in range(3)]
        for tab, course in zip(tabs, (MINT, EMPTY, MINT), strict=True):
            address = sites.activity("11", "home", course)
            tab.evaluate("address => { location.href = address; }", address)

        for tab, course in zip(tabs, (MINT, EMPTY, MINT), strict=True):
            tab.bring_to_front()
            tab.wait_for_url("**/activity/**")
            tool = visiting.frame(tab)
            tool.wait_for_url("**/l/**")
            _follow(tool, "Certificate")
            expect(tool.locator(".course")).to_have_text(TITLES[course])


def test_a_page_that_stays_open_gets_new_bearers(
    sites: Sites, browser_with: Open
) -> None:
    sites.pipe.is_cut = True
    with browser_with() as browser:
        browser.clock.install()
        tool = Visiting(BEARER, browser, sites).open("11")
        bearer = tool.locator("meta[name=bearer]")
        first = bearer.get_attribute("content") or ""

        # Two made within the same second are the same.
        _page(tool).wait_for_timeout(1100)
        _page(tool).clock.fast_forward("05:01")

        expect(bearer).not_to_have_attribute("content", first)
        _follow(tool, "Certificate")


@pytest.mark.parametrize(
    "click", [{"button": "middle"}, {"modifiers": ["Control"]}], ids=str
)
def test_a_link_with_a_bearer_opens_in_a_tab_of_its_own_too(
    sites: Sites, browser_with: Open, click: dict[str, Any]
) -> None:
    sites.pipe.is_cut = True
    with browser_with() as browser:
        tool = Visiting(BEARER, browser, sites).open("11")

        with browser.expect_page() as opened:
            tool.get_by_role("link", name="Certificate", exact=True).click(**click)

        expect(opened.value.locator("h1")).to_have_text(HEADINGS["Certificate"])
        _follow(opened.value, "Participants")
        expect(tool.locator("h1")).to_contain_text(HEADINGS["Course"])


def test_where_nothing_is_kept_anywhere_a_page_says_what_to_change(
    sites: Sites, browser_with: Open
) -> None:
    with browser_with(*PLATFORM.blocked) as browser:
        tab = browser.new_page()
        tab.goto(sites.activity("11", "home", MINT))
        visiting = Visiting(WINDOW, browser, sites)
        window = visiting.leave(tab, visiting.frame(tab))

        expect(window.locator("h1")).to_have_text(
            "Your browser did not keep our cookie"
        )
        assert window.url == f"{sites.tool}/lti/launch"
