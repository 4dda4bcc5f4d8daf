"""The platform's list of members (Names and Role Provisioning Services 2.0)."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from lti_tool.lti import claims
from lti_tool.lti.connector import Connector, Platform
from lti_tool.lti.roles import Role, role_of

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
_MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
_MOST_PAGES = 500
_MOST_MEMBERS = 100_000
LONGEST = 120.0
"""Seconds for a whole list: other courses wait meanwhile."""


class RosterRefusedError(Exception):
    """The platform did not deliver a complete list; ``status`` is its answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the roster service answered {status}")
        self.status = int(status)


@dataclass(frozen=True, slots=True)
class Membership:
    """One member of a context, as the platform lists it."""

    sub: str
    name: str | None
    email: str | None
    role: Role
    is_active: bool
    group_ids: tuple[str, ...] | None = None
    """Of the platform's groups; None where the list does not tell them."""


def members(connector: Connector, platform: Platform, url: str) -> list[Membership]:
    """Return all members of a context, every page; raise RosterRefusedError if any page fails."""
    found: dict[str, Membership] = {}
    for page in _pages(connector, platform, url):
        # Pages shift while people come and go, so somebody may be listed twice.
        found |= {member.sub: member for member in page}
        if len(found) > _MOST_MEMBERS:
            raise RosterRefusedError(HTTPStatus.INSUFFICIENT_STORAGE)
    return list(found.values())


def _pages(
    connector: Connector, platform: Platform, url: str
) -> Iterator[list[Membership]]:
    seen: set[str] = set()
    following: str | None = url
    deadline = time.monotonic() + LONGEST
    while following:
        if following in seen or len(seen) >= _MOST_PAGES:
            raise RosterRefusedError(HTTPStatus.LOOP_DETECTED)
        if time.monotonic() > deadline:
            raise RosterRefusedError(HTTPStatus.GATEWAY_TIMEOUT)
        seen.add(following)
        reply = connector.send(
            platform, "GET", following, scopes=[SCOPE], headers={"Accept": _MEDIA_TYPE}
        )
        body = reply.json()
        listed = body.get("members") if isinstance(body, dict) else None
        if reply.status != HTTPStatus.OK or not isinstance(listed, list):
            raise RosterRefusedError(reply.status)
        yield [m for m in map(_membership, listed) if m is not None]
        following = reply.next_page(following)


def _membership(entry: Any) -> Membership | None:
    if not isinstance(entry, Mapping) or not claims.is_id(entry.get("user_id")):
        return None
    roles = entry.get("roles")
    listed = roles if isinstance(roles, list) else []
    return Membership(
        sub=entry["user_id"],
        name=claims.full_name(entry),
        email=claims.text(entry.get("email")),
        role=role_of(role for role in listed if isinstance(role, str)),
        is_active=entry.get("status", "Active") == "Active",
        group_ids=_group_ids(entry.get("group_enrollments")),
    )


def _group_ids(told: object) -> tuple[str, ...] | None:
    if not isinstance(told, list):
        return None
    ids = (str(one.get("group_id", "")) for one in told if isinstance(one, Mapping))
    return tuple(one for one in ids if claims.is_id(one))
