"""What people find who follow every link: what is theirs, and nothing of others."""

import re

import pytest

from tests.functional.access.conftest import Crawled
from tests.functional.access.crawl import crawl
from tests.functional.access.others import change_everything_about_ben
from tests.functional.access.people import (
    ASSISTANT,
    BEN,
    EXAMINER,
    LEAD,
    MAX,
    MEMBERS,
    MIA,
    REVIEWER,
    SPEAKER,
    planted_in,
    secret,
)
from tests.functional.access.table import READERS
from tests.functional.access.world import World

pytestmark = pytest.mark.sqlite

_SHEET = "answer draft shared actor partner"
FINDS = {
    MIA: {
        MIA: f"name network region question excuse denial {_SHEET}",
        "north": "topic handin link comment",
    },
    BEN: {
        BEN: f"name network region question excuse denial {_SHEET}",
        "south": "topic handin link comment",
    },
    MAX: {MAX: f"name {_SHEET}", "north": "topic handin link comment"},
    "bea": {"bea": "name network question", "south": "topic handin link comment"},
    LEAD: {
        MIA: "mail question excuse denial",
        "north": "handin comment",
        "max": "file",
        "second": "round",
    },
    ASSISTANT: {MIA: "mail question excuse denial", "north": "topic"},
    REVIEWER: {
        MIA: "name question",
        "north": "handin link comment",
        "south": "handin link comment",
    },
    SPEAKER: {MIA: "excuse", BEN: "excuse"},
    EXAMINER: {MIA: "denial", "south": "handin link"},
}
"""What must be found, or it would prove nothing that others do not find it."""


@pytest.mark.parametrize("asker", sorted(FINDS))
def test_what_is_planted_is_found_by_those_whom_it_concerns(
    crawled: Crawled, asker: str
) -> None:
    wanted = {
        secret(whose, what)
        for whose, things in FINDS[asker].items()
        for what in things.split()
    }

    found = {word for page in crawled(asker).values() for word in planted_in(page.text)}

    assert wanted - found == set()


@pytest.mark.parametrize("asker", sorted(MEMBERS))
def test_following_every_link_shows_nothing_that_is_not_meant_for_the_reader(
    crawled: Crawled, asker: str
) -> None:
    wrong = {
        f"{word} on {page.url}"
        for page in crawled(asker).values()
        for word in planted_in(page.text)
        if asker not in READERS[word]
    }

    assert not wrong


@pytest.mark.parametrize("asker", sorted(MEMBERS))
def test_no_link_leads_where_its_reader_may_not_go(
    crawled: Crawled, asker: str
) -> None:
    # 405: the address of a form that has no page.
    wrong = {
        p.url: p.status
        for p in crawled(asker).values()
        if p.status not in {200, 303, 405}
    }

    assert not wrong


def test_the_crawler_opens_exports_too(crawled: Crawled) -> None:
    exports = [page for page in crawled(MIA).values() if page.url.endswith(".json")]

    assert exports
    assert secret(MIA, "answer") in exports[0].text


@pytest.mark.parametrize("asker", [MIA, "colleague"])
def test_whatever_happens_to_somebody_else_changes_no_page_of_mine(
    changing: World, asker: str
) -> None:
    """Ben wishes, answers, is absent and is judged otherwise: no page of Mia differs by a letter."""
    before = pages_of(changing, asker)

    change_everything_about_ben(changing)

    after = pages_of(changing, asker)
    assert after.keys() == before.keys()
    assert [url for url in after if after[url] != before[url]] == []


@pytest.mark.parametrize("asker", [BEN, LEAD])
def test_those_whom_it_concerns_see_the_change(changing: World, asker: str) -> None:
    """Otherwise nothing would have happened that Mia could have noticed."""
    before = pages_of(changing, asker)

    change_everything_about_ben(changing)

    after = pages_of(changing, asker)
    assert len([url for url in after if after[url] != before.get(url)]) >= 3


def pages_of(world: World, asker: str) -> dict[str, str]:
    browser = world.browsers[asker]
    # What the form of an earlier test had to say stands on the next page, and only there.
    browser.get(browser.home)
    return {
        url: plain(page.text)
        for url, page in crawl(browser).items()
        if page.status == 200
    }


def plain(text: str) -> str:
    """Return a page without what is made anew for every request."""
    return re.sub(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|name=\"csrf_token\" value=\"[^\"]+\"",
        "",
        text,
    )
