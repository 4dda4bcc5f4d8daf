"""The page of people follows a list of members that is being fetched."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.conftest import Running

_LIST = "#list-of-members"


class Run:
    """The run of the example course, as a worker would write it."""

    def __init__(self, running: Running) -> None:
        self._file = running.database

    def is_at(self, pages: int, members: int) -> None:
        """Let a worker be at it."""
        self._set("roster_run", leased_until=_in(30), pages=pages, members=members)
        self._set("course", roster_due_at=_in(-1))

    def ends(self) -> None:
        self._set("roster_run", leased_until=None, present=22, added=2, gone=1)
        self._set("course", roster_due_at=_in(600), roster_at=_in(0))

    def _set(self, table: str, **values: object) -> None:
        key = "course_id" if table == "roster_run" else "id"
        names = ", ".join(f"{name} = ?" for name in values)
        connection = sqlite3.connect(self._file, timeout=30)
        with connection:
            connection.execute(
                f"UPDATE {table} SET {names} WHERE {key} ="  # noqa: S608  # Constants.
                " (SELECT min(course_id) FROM roster_run)",
                tuple(values.values()),
            )
        connection.close()


def _in(minutes: int) -> str:
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    return moment.replace(tzinfo=None).isoformat(" ")


@pytest.fixture
def run(running: Running) -> Run:
    return Run(running)


def _people(window: Callable[..., Page]) -> Page:
    page = window("3", lang="en")
    page.goto("/".join(page.url.split("/")[:5]) + "/people/")
    return page


def test_the_page_says_how_far_it_is_and_then_what_came_of_it(
    window: Callable[..., Page], run: Run
) -> None:
    # The launch has had the list fetched; that run is over.
    page = _people(window)
    expect(page.locator(_LIST)).to_contain_text("Last fetched", timeout=30_000)
    run.is_at(3, 120)
    page.reload()
    expect(page.locator(_LIST)).to_contain_text("3 pages so far, with 120 people")

    run.is_at(4, 160)
    expect(page.locator(_LIST)).to_contain_text("4 pages so far, with 160 people")
    run.ends()

    expect(page.get_by_role("button", name="Fetch the list now")).to_be_visible()
    expect(page.locator(_LIST)).to_contain_text("with 22 people: 2 new, 1 left.")


def test_what_was_ticked_and_not_saved_is_not_lost_to_it(
    window: Callable[..., Page], run: Run
) -> None:
    run.is_at(3, 120)
    page = _people(window)
    box = page.get_by_role("checkbox", name="joins by video").first
    box.set_checked(not box.is_checked())
    was = box.is_checked()

    warned: list[Dialog] = []
    page.on("dialog", lambda dialog: (warned.append(dialog), dialog.dismiss()))

    run.ends()

    expect(page.locator(_LIST)).to_contain_text("with 22 people")
    page.wait_for_timeout(1500)
    assert box.is_checked() is was
    assert warned == []
    expect(page.get_by_role("link", name="Look again")).to_be_visible()
