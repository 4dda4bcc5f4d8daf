"""The platform's groups inside a course (LTI Course Groups Service 1.0)."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lti_tool.lti import claims
from lti_tool.lti.connector import Connector, Platform
from lti_tool.lti.roster import LONGEST, Membership

SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
_MEDIA_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"
_MOST_PAGES = 100
_MOST_ASKED = 200
"""Of so many people at most the groups are asked one by one."""


class GroupsRefusedError(Exception):
    """The platform did not deliver its groups; ``status`` is its answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the groups service answered {status}")
        self.status = int(status)


@dataclass(frozen=True, slots=True)
class PlatformGroups:
    """The groups of a context by id with their names, and whose they are."""

    names: Mapping[str, str]
    by_sub: Mapping[str, tuple[str, ...]]


def groups(
    connector: Connector,
    platform: Platform,
    url: str | None,
    listed: Sequence[Membership],
) -> PlatformGroups:
    """Return the groups of a context and of its members; raise GroupsRefusedError if refused.

    A list of members that tells their groups spares asking for each of them; without a service
    it is all there is.
    """
    known = {m.sub: m.group_ids for m in listed if m.group_ids is not None}
    if url is None:
        return PlatformGroups({}, known)
    deadline = time.monotonic() + LONGEST
    names = dict(_groups(connector, platform, url, deadline))
    asked = [m.sub for m in listed if m.sub not in known and m.is_active]
    for sub in asked[:_MOST_ASKED] if names else ():
        own = _groups(connector, platform, _with_user(url, sub), deadline)
        known[sub] = tuple(group_id for group_id, _name in own)
    return PlatformGroups(names, known)


def _with_user(url: str, sub: str) -> str:
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query), ("user_id", sub)])
    return urlunsplit(parts._replace(query=query))


def _groups(
    connector: Connector, platform: Platform, url: str, deadline: float
) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    following: str | None = url
    while following:
        if following in seen or len(seen) >= _MOST_PAGES:
            raise GroupsRefusedError(HTTPStatus.LOOP_DETECTED)
        if time.monotonic() > deadline:
            raise GroupsRefusedError(HTTPStatus.GATEWAY_TIMEOUT)
        seen.add(following)
        reply = connector.send(
            platform, "GET", following, scopes=[SCOPE], headers={"Accept": _MEDIA_TYPE}
        )
        body = reply.json()
        listed = body.get("groups") if isinstance(body, dict) else None
        if reply.status != HTTPStatus.OK or not isinstance(listed, list):
            raise GroupsRefusedError(reply.status)
        yield from filter(None, map(_group, listed))
        following = reply.next_page(following)


def _group(entry: Any) -> tuple[str, str] | None:
    # Moodle writes ids as numbers in one place and as texts in another.
    group_id = str(entry.get("id", "")) if isinstance(entry, Mapping) else ""
    if not claims.is_id(group_id):
        return None
    return group_id, claims.text(entry.get("name")) or group_id
