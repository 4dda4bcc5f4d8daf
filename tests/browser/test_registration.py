"""An administrator registers the tool in the LMS's frame, across sites, with third-party cookies blocked."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Frame, Page

from lti_tool.app import create_app
from lti_tool.entrance.registration import service
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.practice_lms.app import create_lms
from lti_tool.practice_lms.lms import PracticeLMS
from lti_tool.settings import Settings
from lti_tool.web.tool import Tool
from tests.browser.conftest import free_port
from tests.serving import served

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
_SHOTS = os.environ.get("SCREENSHOTS")
_WIDTHS = (390, 1280)


class Office:
    """A tool and an LMS on two sites, and an administrator's browser."""

    def __init__(self, tool: Tool, lms: PracticeLMS, page: Page, lang: str) -> None:
        self.tool, self.lms, self.page, self.lang = tool, lms, page, lang
        self.complaints: list[str] = []
        page.on("console", lambda m: self.complaints.append(m.text))

    def address(self) -> str:
        with self.tool.database.transaction(EVERYWHERE) as session:
            secret, _ = service.invite(session, name="Example LMS")
        return f"{self.tool.settings.base_url}/lti/register?token={secret}"

    def enter(self, address: str) -> Frame:
        """Paste an address into the LMS and return the tool's frame."""
        self.page.goto(f"{self.lms.addresses.url}/tools")
        self.page.get_by_label("Address of the tool's registration").fill(address)
        self.page.get_by_role("button", name="Add LTI Advantage").click()
        frame = self.page.locator("iframe").element_handle().content_frame()
        assert frame is not None
        frame.wait_for_selector("main h1")
        return frame

    def look(self, shown: Page | Frame, name: str) -> None:
        """Check a page at the widths of a phone and a desk."""
        for width in _WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            # A frame of another site hears of it a little later.
            shown.wait_for_function("wide => window.innerWidth === wide", arg=width)
            wide = shown.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} px wide on a screen of {width}"
            if _SHOTS:
                file = f"registration-{name}-{width}-{self.lang}.png"
                self.page.screenshot(path=Path(_SHOTS) / file)
        # Only our own part: the LMS around it is not ours to judge.
        found = Axe().run(shown)
        assert found.violations_count == 0, f"{name}\n{found.generate_report()}"


@pytest.fixture(params=["de", "en"])
def office(
    request: pytest.FixtureRequest, settings: Settings, chromium: Browser
) -> Iterator[Office]:
    port = free_port()
    settings = replace(settings, base_url=f"http://127.0.0.1:{port}")
    app = create_app(settings)
    tool: Tool = app.extensions["lti_tool"]
    with served(app, port):
        lms_port = free_port()
        lms = create_lms(
            url=f"http://localhost:{lms_port}",
            tool_url=settings.base_url,
            data=":memory:",
        )
        with served(lms, lms_port):
            context = chromium.new_context(locale=request.param)
            context.set_default_timeout(10_000)
            yield Office(tool, lms, context.new_page(), request.param)
            context.close()
        lms.close()
    tool.database.close()


def test_the_tool_is_registered_in_the_frame_and_the_frame_closes(
    office: Office,
) -> None:
    frame = office.enter(office.address())
    office.look(frame, "offer")

    frame.locator("form[method=post] button").click()
    closing = frame.locator("#close")
    closing.wait_for()
    assert frame.locator("#by-hand").is_hidden()
    office.look(frame, "done")
    closing.click()

    office.page.wait_for_url("**/tools")
    [tool] = office.lms.tools.all()
    assert office.page.get_by_text(tool.client_id).is_visible()
    assert office.complaints == []


def test_the_address_opened_by_itself_says_where_to_enter_it(office: Office) -> None:
    office.page.goto(office.address())
    office.page.locator("summary").first.click()

    assert office.page.get_by_text("Add LTI Advantage").is_visible()
    office.look(office.page, "start")


def test_a_used_address_explains_itself_in_the_frame(office: Office) -> None:
    address = office.address()
    office.enter(address).locator("form[method=post] button").click()
    office.page.frames[-1].locator("#close").wait_for()

    office.page.goto(
        f"{office.lms.addresses.url}/tools/register?tool=new&url={address}"
    )
    frame = office.page.locator("iframe").element_handle().content_frame()
    assert frame is not None

    frame.get_by_text("invitation_used").wait_for()
    office.look(frame, "used")


def test_where_no_platform_is_around_the_page_the_reader_closes_it(
    office: Office,
) -> None:
    frame = office.enter(office.address())
    form = frame.locator("form[method=post]")
    form.evaluate("form => { form.target = '_blank'; form.rel = 'noopener'; }")
    with office.page.context.expect_page() as opened:
        form.locator("button").click()
    page = opened.value
    page.wait_for_load_state()

    assert page.locator("#by-hand").is_visible()
    assert page.locator("#close").is_hidden()
