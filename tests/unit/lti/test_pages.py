"""Lists that come in pages end, one way or the other."""

import itertools
import json
import time
from typing import Any

import pytest

from lti_tool.lti.http import Reply
from lti_tool.lti.roster import RosterRefusedError, members

LIST = "https://lms.example/members"


def page(following: str | None = None) -> Reply:
    links = {} if following is None else {"next": following}
    return Reply(200, "OK", {}, json.dumps({"members": []}).encode(), links)


class Endless:
    """A platform that has a next page for every page."""

    def __init__(self) -> None:
        self.pages = itertools.count(1)

    def send(self, *_args: Any, **_more: Any) -> Reply:
        return page(f"{LIST}?page={next(self.pages)}")


@pytest.mark.parametrize(
    ("link", "address"),
    [
        (None, None),
        ("?from=2", f"{LIST}?from=2"),
        ("https://lms.example/two", "https://lms.example/two"),
        ("http://[x>", "http://[x>"),
    ],
)
def test_the_next_page_is_where_the_link_leads(
    link: str | None, address: str | None
) -> None:
    assert page(link).next_page(LIST) == address


def test_a_list_that_takes_too_long_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = itertools.count(0, 50)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(seconds)))
    platform = Endless()

    with pytest.raises(RosterRefusedError) as refused:
        members(platform, None, LIST)  # type: ignore[arg-type]

    assert refused.value.status == 504
    assert next(platform.pages) < 10
