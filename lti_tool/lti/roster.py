"""The platform's list of members (Names and Role Provisioning Services 2.0)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from lti_tool.lti import claims
from lti_tool.lti.connector import Connector, Platform
from lti_tool.lti.paging import Listing, ListRefusedError, deadline, pages
from lti_tool.lti.roles import Role, role_of

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
_MOST_MEMBERS = 100_000
_LONGEST = 300.0
"""Seconds for a whole list: other courses of the platform wait meanwhile."""


class RosterRefusedError(ListRefusedError):
    """The platform did not deliver a complete list of members."""


_LIST = Listing(
    scope=SCOPE,
    media_type="application/vnd.ims.lti-nrps.v2.membershipcontainer+json",
    member="members",
    most_pages=500,
    refused=RosterRefusedError,
)


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


def members(
    connector: Connector,
    platform: Platform,
    url: str,
    note: Callable[[int, int], None] = lambda _pages, _members: None,
) -> list[Membership]:
    """Return all members of a context, every page; raise RosterRefusedError if any page fails.

    ``note`` is told after each page how many pages and members were read.
    """
    found: dict[str, Membership] = {}
    listing = pages(connector, platform, url, _LIST, deadline(_LONGEST))
    for number, page in enumerate(listing, start=1):
        # Pages shift while people come and go, so somebody may be listed twice.
        found |= {m.sub: m for m in map(_membership, page) if m is not None}
        if len(found) > _MOST_MEMBERS:
            raise RosterRefusedError(HTTPStatus.INSUFFICIENT_STORAGE)
        note(number, len(found))
    return list(found.values())


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
