"""Lists that a platform's service gives out in pages (RFC 8288 links, as in NRPS, AGS and Course Groups)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from lti_tool.lti.connector import Connector, Platform
from lti_tool.lti.http import Reply

LONGEST = 120.0
"""Seconds for a whole list: other courses wait meanwhile."""


class ListRefusedError(Exception):
    """The platform did not deliver a complete list; ``status`` is its answer.

    ``reply`` is that answer in full, None where the list itself was at fault.
    """

    def __init__(self, status: int, reply: Reply | None = None) -> None:
        super().__init__(f"the service answered {status}")
        self.status = int(status)
        self.reply = reply


def deadline(seconds: float = LONGEST) -> float:
    """Return when a list that begins now has to be complete."""
    return time.monotonic() + seconds


@dataclass(frozen=True, slots=True)
class Listing:
    """One kind of list: how it is asked for, and which error says that it is not complete."""

    scope: str
    media_type: str
    member: str | None
    """Where the entries stand on each page; None if a page is nothing but its entries."""
    most_pages: int
    refused: type[ListRefusedError]


def pages(
    connector: Connector, platform: Platform, url: str, kind: Listing, until: float
) -> Iterator[list[Any]]:
    """Give the entries of each page; raise the error of its kind if any page fails."""
    seen: set[str] = set()
    following: str | None = url
    while following:
        if following in seen or len(seen) >= kind.most_pages:
            raise kind.refused(HTTPStatus.LOOP_DETECTED)
        if time.monotonic() > until:
            raise kind.refused(HTTPStatus.GATEWAY_TIMEOUT)
        seen.add(following)
        reply = connector.send(
            platform,
            "GET",
            following,
            scopes=[kind.scope],
            headers={"Accept": kind.media_type},
        )
        listed = _entries(reply.json(), kind.member)
        if reply.status != HTTPStatus.OK or not isinstance(listed, list):
            raise kind.refused(reply.status, reply)
        yield listed
        following = reply.next_page(following)


def _entries(body: Any, member: str | None) -> Any:
    if member is None:
        return body
    return body.get(member) if isinstance(body, dict) else None
