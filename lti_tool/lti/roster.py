"""The platform's list of members (Names and Role Provisioning Services 2.0)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from lti_tool.lti.connector import Connector, Platform
from lti_tool.lti.roles import Role, role_of

SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
_MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
_MOST_PAGES = 500
_OK = 200


class RosterRefusedError(Exception):
    """The platform did not deliver a complete list; ``status`` is its answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the roster service answered {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Membership:
    """One member of a context, as the platform lists it."""

    sub: str
    name: str | None
    email: str | None
    role: Role
    is_active: bool


def members(connector: Connector, platform: Platform, url: str) -> list[Membership]:
    """Return all members of a context, every page; raise RosterRefusedError if any page fails."""
    return [member for page in _pages(connector, platform, url) for member in page]


def _pages(connector: Connector, platform: Platform, url: str) -> Iterator[list[Membership]]:
    seen: set[str] = set()
    following: str | None = url
    while following:
        if following in seen or len(seen) >= _MOST_PAGES:
            raise RosterRefusedError(508)
        seen.add(following)
        reply = connector.send(
            platform, "GET", following, scopes=[SCOPE], headers={"Accept": _MEDIA_TYPE}
        )
        body = reply.json()
        listed = body.get("members") if isinstance(body, dict) else None
        if reply.status != _OK or not isinstance(listed, list):
            raise RosterRefusedError(reply.status)
        yield [m for m in map(_membership, listed) if m is not None]
        link = reply.links.get("next")
        following = urljoin(following, link) if link else None


def _membership(entry: Any) -> Membership | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("user_id"), str):
        return None
    roles = entry.get("roles")
    return Membership(
        sub=entry["user_id"],
        name=_name(entry),
        email=_text(entry.get("email")),
        role=role_of(r for r in roles if isinstance(r, str)) if isinstance(roles, list) else Role.NONE,
        is_active=entry.get("status", "Active") == "Active",
    )


def _name(entry: Mapping[str, Any]) -> str | None:
    parts = (_text(entry.get("given_name")), _text(entry.get("family_name")))
    return _text(entry.get("name")) or " ".join(p for p in parts if p) or None


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
