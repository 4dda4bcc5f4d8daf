"""The platform's groups inside a course (LTI Course Groups Service 1.0)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lti_tool.lti import claims
from lti_tool.lti.connector import Connector, Platform
from lti_tool.lti.paging import Listing, ListRefusedError, deadline, pages
from lti_tool.lti.roster import Membership

SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
_MOST_ASKED = 200
"""Of so many people at most the groups are asked one by one."""


class GroupsRefusedError(ListRefusedError):
    """The platform did not deliver its groups."""


_LIST = Listing(
    scope=SCOPE,
    media_type="application/vnd.ims.lti-gs.v1.contextgroupcontainer+json",
    member="groups",
    most_pages=100,
    refused=GroupsRefusedError,
)


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
    note: Callable[[], None] = lambda: None,
) -> PlatformGroups:
    """Return the groups of a context and of its members; raise GroupsRefusedError if refused.

    A list of members that tells their groups spares asking for each of them; without a service
    it is all there is. ``note`` is told after each answer.
    """
    known = {m.sub: m.group_ids for m in listed if m.group_ids is not None}
    if url is None:
        return PlatformGroups({}, known)
    until = deadline()
    names = dict(_groups(connector, platform, url, until))
    note()
    asked = [m.sub for m in listed if m.sub not in known and m.is_active]
    for sub in asked[:_MOST_ASKED] if names else ():
        own = _groups(connector, platform, _with_user(url, sub), until)
        known[sub] = tuple(group_id for group_id, _name in own)
        note()
    return PlatformGroups(names, known)


def _with_user(url: str, sub: str) -> str:
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query), ("user_id", sub)])
    return urlunsplit(parts._replace(query=query))


def _groups(
    connector: Connector, platform: Platform, url: str, until: float
) -> Iterator[tuple[str, str]]:
    for page in pages(connector, platform, url, _LIST, until):
        yield from filter(None, map(_group, page))


def _group(entry: Any) -> tuple[str, str] | None:
    # Moodle writes ids as numbers in one place and as texts in another.
    group_id = str(entry.get("id", "")) if isinstance(entry, Mapping) else ""
    if not claims.is_id(group_id):
        return None
    return group_id, claims.text(entry.get("name")) or group_id
