"""Every page, both languages, phone and desk: no accessibility fault, nothing cut off, strict CSP kept.

With SCREENSHOTS=<folder> each page is also stored as a picture, to be looked at.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.visited import PAGES

_WIDTHS = (390, 1280)
_SHOTS = os.environ.get("SCREENSHOTS")
pytestmark = pytest.mark.browser


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize(
    ("course", "sub", "who"), [(c, s, w) for c, s, w, _ in PAGES], ids=lambda v: v
)
def test_pages_are_accessible_and_fit(
    window: Callable[..., Page], course: str, sub: str, who: str, lang: str
) -> None:
    paths = next(p for c, s, _, p in PAGES if (c, s) == (course, sub))
    # In a window of its own: axe looks at whole pages, and the frame of an LMS is not ours to judge.
    page = window(sub, course=course, lang=lang)
    home = "/".join(page.url.split("/")[:5]) + "/"
    complaints: list[str] = []
    page.on(
        "console", lambda m: complaints.append(m.text) if m.type == "error" else None
    )
    for path in paths:
        for width in _WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            answer = page.goto(home + path)
            assert answer is not None
            assert answer.status == 200, f"{path}: {answer.status}"
            _fits(page, path, width)
            if _SHOTS:
                name = f"{who}-{course}-{path.strip('/').replace('/', '_') or 'home'}-{width}-{lang}.png"
                page.screenshot(path=Path(_SHOTS) / name, full_page=True)
        _accessible(page, f"{path} ({who}, {lang})")
    assert complaints == []


def _fits(page: Page, path: str, width: int) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{path} is {wide} px wide on a screen of {width}"


def _accessible(page: Page, path: str) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
