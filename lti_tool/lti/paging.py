"""Lists that a platform's service gives out in pages (RFC 8288 links, as in NRPS and Course Groups)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from lti_tool.lti.connector import Connector, Platform

LONGEST = 120.0
"""Seconds for a whole list: other courses wait meanwhile."""


class ListRefusedError(Exception):
    """The platform did not deliver a complete list; ``status`` is its answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the service answered {status}")
        self.status = int(status)


def deadline() -> float:
    """Return when a list that begins now has to be complete."""
    return time.monotonic() + LONGEST


@dataclass(frozen=True, slots=True)
class Listing:
    """One kind of list: how it is asked for, and which error says that it is not complete."""

    scope: str
    media_type: str
    member: str
    """Where the entries stand on each page."""
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
        body = reply.json()
        listed = body.get(kind.member) if isinstance(body, dict) else None
        if reply.status != HTTPStatus.OK or not isinstance(listed, list):
            raise kind.refused(reply.status)
        yield listed
        following = reply.next_page(following)
