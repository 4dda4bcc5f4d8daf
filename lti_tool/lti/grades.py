"""Line items and scores (Assignment and Grade Services 2.0)."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from lti_tool.lti.addresses import origin
from lti_tool.lti.connector import Connector, ForeignAddressError, Platform
from lti_tool.lti.http import Reply

_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCORE_SCOPE = f"{_SCOPE}score"
LINE_ITEM_SCOPE = f"{_SCOPE}lineitem"
LINE_ITEM_READ_SCOPE = f"{_SCOPE}lineitem.readonly"
RESULT_SCOPE = f"{_SCOPE}result.readonly"
_MOST_PAGES = 50
_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
_SCORE = "application/vnd.ims.lis.v1.score+json"


@dataclass(frozen=True, slots=True)
class Score:
    """What a platform is told of one person: points of a maximum, final and complete."""

    sub: str
    given: float
    maximum: float
    at: datetime
    comment: str | None

    def as_json(self) -> str:
        """Return the score on one line: Moodle swallows refusals of anything longer."""
        message: dict[str, object] = {
            "userId": self.sub,
            "scoreGiven": self.given,
            "scoreMaximum": self.maximum,
            # Anything but these two erases a grade on Moodle.
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "timestamp": self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if self.comment:
            message["comment"] = self.comment
        return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class WantedLineItem:
    """A line item that we want on the platform; found by resource id and tag."""

    label: str
    maximum: float
    resource_id: str
    tag: str
    resource_link_id: str | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """What a look through the platform's line items brought."""

    url: str | None
    reply: Reply
    is_complete: bool
    """False where the platform refused or showed no list, so that nothing may be made."""


def post_score(
    connector: Connector, platform: Platform, line_item: str, score: Score
) -> Reply:
    """Send a score and return the platform's answer."""
    return connector.send(
        platform,
        "POST",
        scores_url(line_item),
        scopes=[SCORE_SCOPE],
        headers={"Content-Type": _SCORE},
        body=score.as_json(),
    )


def scores_url(line_item: str) -> str:
    """Return a line item's scores URL; raise ForeignAddressError for what is no address."""
    return below(line_item, "scores")


def below(line_item: str, service: str) -> str:
    """Return the URL of a line item's service: the path grows, a query such as ``?type_id=1`` stays.

    Raise ForeignAddressError for what is no address.
    """
    if not origin(line_item):
        raise ForeignAddressError
    parts = urlsplit(line_item)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{service}"))


def reading_scope(granted: Collection[str]) -> str | None:
    """Return the least scope by which line items can be looked at, None if none was granted.

    Where launches name no scopes it is the one by which line items are made too.
    """
    known = granted or (LINE_ITEM_SCOPE,)
    scopes = (LINE_ITEM_READ_SCOPE, LINE_ITEM_SCOPE)
    return next((scope for scope in scopes if scope in known), None)


def find_line_item(
    connector: Connector,
    platform: Platform,
    container: str,
    wanted: WantedLineItem,
    granted: Collection[str] = (),
) -> Search:
    """Look for the line item with this resource id and tag, on every page of the list.

    ``granted`` are the scopes that launches name; one that only reads is preferred.
    """
    scope = reading_scope(granted) or LINE_ITEM_SCOPE
    following: str | None = _filtered(container, wanted)
    for _page in range(_MOST_PAGES):
        reply = connector.send(
            platform,
            "GET",
            following or container,
            scopes=[scope],
            headers={"Accept": _ITEMS},
        )
        listed = reply.json()
        if reply.status != HTTPStatus.OK or not isinstance(listed, list):
            return Search(None, reply, is_complete=False)
        found = next((i["id"] for i in listed if _is_wanted(i, wanted)), None)
        following = reply.next_page(following or container)
        if found is not None or following is None:
            return Search(found, reply, is_complete=True)
    return Search(None, reply, is_complete=False)


def look_at(
    connector: Connector, platform: Platform, url: str, scope: str, *, is_list: bool
) -> Reply:
    """Read a line item, or a list of them, and return the platform's answer."""
    kind = _ITEMS if is_list else _ITEM
    return connector.send(
        platform, "GET", url, scopes=[scope], headers={"Accept": kind}
    )


def _filtered(container: str, wanted: WantedLineItem) -> str:
    parts = urlsplit(container)
    asked = urlencode({"resource_id": wanted.resource_id, "tag": wanted.tag})
    query = f"{parts.query}&{asked}" if parts.query else asked
    return urlunsplit(parts._replace(query=query))


def _is_wanted(item: Any, wanted: WantedLineItem) -> bool:
    """Compare once more: some platforms ignore the filters."""
    return (
        isinstance(item, dict)
        and isinstance(item.get("id"), str)
        and item.get("resourceId") == wanted.resource_id
        and item.get("tag") == wanted.tag
    )


def make_line_item(
    connector: Connector, platform: Platform, container: str, wanted: WantedLineItem
) -> tuple[str | None, Reply]:
    """Make a line item and return its URL with the platform's answer."""
    message: dict[str, object] = {
        "label": wanted.label,
        "scoreMaximum": wanted.maximum,
        "resourceId": wanted.resource_id,
        "tag": wanted.tag,
    }
    if wanted.resource_link_id:
        message["resourceLinkId"] = wanted.resource_link_id
    reply = connector.send(
        platform,
        "POST",
        container,
        scopes=[LINE_ITEM_SCOPE],
        headers={"Content-Type": _ITEM, "Accept": _ITEM},
        body=json.dumps(message, ensure_ascii=False),
    )
    made = reply.json()
    url = made.get("id") if isinstance(made, dict) else None
    return (url if isinstance(url, str) else None), reply
