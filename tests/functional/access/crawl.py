"""Follows every link of a launch session, as far as they go."""

import re
from collections import deque
from dataclasses import dataclass
from html import unescape

from tests.functional.access.world import Browser

_LINK = re.compile(r'(?:href|src|action)="([^"]+)"')
MOST_PAGES = 300


@dataclass(frozen=True, slots=True)
class Found:
    """What one address answered."""

    url: str
    status: int
    text: str


def crawl(browser: Browser) -> dict[str, Found]:
    """Return every page that somebody reaches from their home by links alone, by address.

    Addresses of forms are opened too: where they show nothing but a form's answer, they say 405.
    """
    waiting, known = deque([browser.home]), {browser.home}
    pages: dict[str, Found] = {}
    while waiting:
        url = waiting.popleft()
        with browser.client.get(url) as answer:
            pages[url] = Found(url, answer.status_code, answer.text)
        following = [
            *links(pages[url].text),
            *([answer.location] if answer.location else []),
        ]
        for link in following:
            if link.startswith(browser.home) and link not in known:
                known.add(link)
                waiting.append(link)
        assert len(pages) <= MOST_PAGES, "The pages seem to have no end."
    return pages


def links(text: str) -> list[str]:
    """Return the addresses that a page names, without their anchors."""
    return [unescape(link).partition("#")[0] for link in _LINK.findall(text)]
