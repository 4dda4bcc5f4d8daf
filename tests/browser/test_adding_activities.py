"""A teacher adds activities from inside the LMS, and a participant opens them.

LMS and tool are two sites over https, in Chromium as people have it. With SCREENSHOTS=<folder>
each step is also stored as a picture.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Frame, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from lti_tool import keys
from lti_tool.courses.models import Activity
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.practice_lms.platform_storage import PlatformStorage
from tests.browser.two_sites import LMS, TOOL, Sites

pytestmark = pytest.mark.browser
COURSE, LEAD, PARTICIPANT = "empty-2027", "9", "28"
_SHOTS = os.environ.get("SCREENSHOTS")

Open = Callable[..., AbstractContextManager[BrowserContext]]


@pytest.fixture
def signing(sites: Sites) -> Iterator[Sites]:
    """Both sites; the LMS, which knows no name of the tool, reads its keys at another address."""
    tool = sites.app.extensions["lti_tool"]
    keys.ensure_active(tool.database, tool.key_folder)
    server = make_server("127.0.0.1", 0, sites.app, threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    sites.platform.tool_keys.url = f"http://127.0.0.1:{server.port}/lti/jwks"
    yield sites
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser(browser_with: Open) -> Iterator[BrowserContext]:
    with browser_with() as browser:
        yield browser


def _frame(tab: Page) -> Frame:
    frame = tab.locator("iframe[name=contentframe]").element_handle().content_frame()
    assert frame is not None
    return frame


def _adding(sites: Sites, browser: BrowserContext, lang: str = "en") -> Page:
    """Begin to add activities as the lead; return the LMS's page."""
    tab = browser.new_page()
    tab.goto(f"{sites.lms}/course/{COURSE}?as={LEAD}&lang={lang}")
    tab.get_by_role("link", name="Add an activity").click()
    return tab


def _picker(tab: Page) -> Frame:
    frame = _frame(tab)
    frame.wait_for_url("**/l/**/add/")
    frame.wait_for_load_state()
    return frame


def _is_opened(sites: Sites, title: str) -> bool:
    """Tell whether the tool knows of a link of this title."""
    with sites.database.reading(EVERYWHERE) as session:
        return title in session.scalars(select(Activity.title)).all()


def _name(tool: Page | Frame, activity: str, title: str) -> None:
    tool.get_by_label(f"Title in the course: {activity}", exact=True).fill(title)


def _shoot(tab: Page, name: str) -> None:
    if _SHOTS:
        tab.screenshot(path=Path(_SHOTS) / f"{name}.png", full_page=True)


def test_a_teacher_adds_activities_and_a_participant_opens_them(
    signing: Sites, browser: BrowserContext
) -> None:
    tab = _adding(signing, browser)
    picker = _picker(tab)
    for name in ("Course start", "Project work"):
        picker.get_by_label(name, exact=True).uncheck()
    _name(picker, "Network worksheet", "Mein Netz, dreimal")
    _name(picker, "Certificate", "Das Ziel")
    _shoot(tab, "adding-picker")
    picker.get_by_role("button", name="Add to the course").click()
    frame = _frame(tab)
    expect(frame.get_by_role("heading", name="Mein Netz, dreimal")).to_be_visible()
    _shoot(tab, "adding-list")
    frame.get_by_role("button", name="Save and return to course").click()
    tab.wait_for_url(f"**/course/{COURSE}?as={LEAD}")
    _shoot(tab, "adding-course")

    for title, begins in (
        ("Mein Netz, dreimal", "worksheet/"),
        ("Das Ziel", "certificate/"),
    ):
        assert not _is_opened(signing, title)
        visit = browser.new_page()
        visit.goto(f"{signing.lms}/course/{COURSE}?as={PARTICIPANT}&lang=en")
        visit.get_by_role("link", name=title).click()
        tool = _frame(visit)
        tool.wait_for_url(f"**/l/**/{begins}")
        expect(tool.get_by_role("heading", level=1)).to_be_visible()
        assert _is_opened(signing, title)
    tab = _adding(signing, browser)
    # Both, and what other tests have opened.
    again = _picker(tab).get_by_text("Another one would open the same.")
    expect(again.nth(1)).to_be_visible()


@pytest.mark.parametrize(
    ("way", "storage", "blocked", "is_cut"),
    [
        ("storage", PlatformStorage(), [f"[*.]{TOOL},*"], False),
        ("bearer", None, [], True),
        ("window", None, [f"[*.]{TOOL},[*.]{LMS}"], False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_activities_can_be_added_where_cookies_are_blocked(
    signing: Sites,
    browser_with: Open,
    way: str,
    storage: PlatformStorage | None,
    blocked: list[str],
    is_cut: bool,
) -> None:
    signing.platform.platform_storage = storage
    signing.pipe.is_cut = is_cut
    with browser_with(*blocked) as browser:
        tab = _adding(signing, browser)
        tool: Page | Frame = _frame(tab)
        if way == "window":
            with tab.expect_popup() as opened:
                tool.get_by_role("button", name="Open in a new window").click()
            tool = opened.value
        tool.wait_for_url("**/l/**/add/")
        tool.get_by_label("Meetings and attendance", exact=True).check()
        _name(tool, "Meetings and attendance", f"Dates by {way}")
        tool.get_by_role("button", name="Add to the course").click()
        expect(tool.get_by_role("heading", name=f"Dates by {way}")).to_be_visible()
        tool.get_by_role("button", name="Save and return to course").click()

        course = tool if isinstance(tool, Page) else tab
        course.wait_for_url(f"**/course/{COURSE}?as={LEAD}")
        expect(course.get_by_role("link", name=f"Dates by {way}")).to_be_visible()


def test_a_teacher_who_cancels_is_told_that_nothing_was_added(
    signing: Sites, browser: BrowserContext
) -> None:
    tab = _adding(signing, browser)
    _picker(tab).get_by_role("button", name="Cancel").click()

    expect(_frame(tab).get_by_text("No activity was added.")).to_be_visible()


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_picker_is_accessible_and_fits(
    signing: Sites, browser: BrowserContext, lang: str
) -> None:
    _adding(signing, browser, lang)
    # In a window of its own: axe looks at whole pages.
    tab = browser.new_page()
    complaints: list[str] = []
    tab.on(
        "console", lambda m: complaints.append(m.text) if m.type == "error" else None
    )
    tab.goto(f"{signing.lms}/course/{COURSE}/add/ask?as={LEAD}")
    tab.wait_for_url("**/l/**/add/")
    _look_at(tab, f"picker-{lang}")
    tab.locator("summary").click()
    for box in tab.locator("input[name=chosen]").all():
        box.check()
    _look_at(tab, f"picker-all-{lang}")
    assert complaints == []
    # Two of them have the same column, and one loses its title.
    tab.locator("input[name=title_home]").fill("")
    tab.locator("main button").first.click()
    expect(tab.get_by_role("alert")).to_be_visible()
    _look_at(tab, f"picker-mistake-{lang}")


def _look_at(tab: Page, name: str) -> None:
    for width in (390, 1280):
        tab.set_viewport_size({"width": width, "height": 900})
        wide = tab.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide on a screen of {width}"
        _shoot(tab, f"adding-{name}-{width}")
    found = Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()
