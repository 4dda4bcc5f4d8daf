"""Everything as `lti-tool run` starts it, and a real Chromium in front of it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Frame,
    Page,
    Playwright,
    sync_playwright,
)

from lti_tool.practice_lms.example import EXAMPLE
from tests.browser.two_sites import Authority, Sites, own_browser, two_sites

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    "",
)
_START_SECONDS = 120
HOME_LINKS = {
    course.key: next(link.id for link in course.links if link.activity == "home")
    for course in EXAMPLE.courses
}


@dataclass(frozen=True)
class Running:
    """A running tool with its practice LMS: two sites."""

    tool: str
    lms: str
    database: Path = Path()

    def activity(
        self,
        sub: str,
        activity: str = "home",
        course: str = "mint-2026",
        lang: str = "de",
    ) -> str:
        return f"{self.lms}/course/{course}/activity/{activity}?as={sub}&lang={lang}"

    def gradebook(self, course: str) -> str:
        return f"{self.lms}/course/{course}/gradebook"


def free_port() -> int:
    """Return a free port below the range from which outgoing connections take theirs."""
    for port in range(20000 + os.getpid() % 5000, 32000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return port
    raise RuntimeError("no free port")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Start everything as a person would, with data of its own, and end it by Ctrl-C."""
    folder = tmp_path_factory.mktemp("running")
    port = free_port()
    lms_port = port + 1
    environ = {k: v for k, v in os.environ.items() if not k.startswith("LTI_TOOL_")}
    environ |= {
        "PORT": str(port),
        "LMS_PORT": str(lms_port),
        "LTI_TOOL_INSTANCE": str(folder / "instance"),
        "LTI_TOOL_KEYS": str(folder / "keys"),
        "PYTHONUNBUFFERED": "1",
    }
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "lti_tool", "run"],
            env=environ,
            stdout=output,
            stderr=output,
        )
        try:
            _await(log, process)
            yield Running(
                f"http://127.0.0.1:{port}",
                f"http://localhost:{lms_port}",
                folder / "instance" / "lti_tool.sqlite",
            )
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=40)
    for url in (f"http://127.0.0.1:{port}/healthz", f"http://localhost:{lms_port}/"):
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=2)


def _await(log: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        text = log.read_text()
        if "Ctrl-C stops everything" in text:
            return
        if process.poll() is not None:
            break
        time.sleep(0.3)
    raise AssertionError(f"it did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives every browser; there can be one only."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A headless Chromium with its default settings: third-party cookies are blocked."""
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=[
            "--no-sandbox",
            "--disable-background-networking",
            "--disable-component-update",
        ],
    )
    yield browser
    browser.close()


@pytest.fixture
def enter(running: Running, chromium: Browser) -> Iterator[Callable[..., Frame]]:
    """Open an activity from the LMS as somebody, in a browser of their own; return the tool's frame."""
    contexts = []

    def entering(
        sub: str,
        activity: str = "home",
        *,
        course: str = "mint-2026",
        lang: str = "de",
        width: int = 1280,
    ) -> Frame:
        context = chromium.new_context(viewport={"width": width, "height": 900})
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(running.activity(sub, activity, course, lang))
        return tool_frame(page)

    yield entering
    for context in contexts:
        context.close()


@pytest.fixture
def window(running: Running, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open the course home in a window of its own as somebody; return the page."""
    contexts = []

    def opening(sub: str, *, course: str = "mint-2026", lang: str = "de") -> Page:
        context = chromium.new_context()
        contexts.append(context)
        page = context.new_page()
        page.goto(running.activity(sub, "home", course, lang))
        page.goto(f"{running.lms}/launch/{HOME_LINKS[course]}?as={sub}&target=window")
        page.wait_for_url("**/l/**")
        return page

    yield opening
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority that ends with this run."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def both_sites(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sites]:
    with two_sites(tmp_path_factory.mktemp("sites"), authority) as sites:
        yield sites


@pytest.fixture
def sites(both_sites: Sites) -> Iterator[Sites]:
    """Tool and LMS over https on two domains; what a test switches there ends with it."""
    yield both_sites
    both_sites.platform.platform_storage = None
    both_sites.pipe.is_cut = False


@pytest.fixture(scope="session")
def browser_with(
    playwright: Playwright,
    authority: Authority,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., AbstractContextManager[BrowserContext]]:
    """Open a Chromium as people have it, on a new profile with these sites blocked."""

    def opening(*blocked: str) -> AbstractContextManager[BrowserContext]:
        profile = tmp_path_factory.mktemp("profile")
        return own_browser(playwright, CHROMIUM, profile, authority, blocked)

    return opening


def tool_frame(page: Page) -> Frame:
    """Return the frame of the tool once its launch is through."""
    frame = page.locator("iframe[name=contentframe]").element_handle().content_frame()
    assert frame is not None
    frame.wait_for_url("**/l/**")
    frame.wait_for_load_state()
    return frame
