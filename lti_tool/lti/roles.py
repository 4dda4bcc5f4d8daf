"""Which LTI roles make a participant or staff of a course.

Only context roles (``membership``) decide; institution and system roles give no rights in a
course (LTI Core 1.3, A.2).
"""

from collections.abc import Iterable
from enum import StrEnum

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
_SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
_STAFF = frozenset(
    {"Instructor", "ContentDeveloper", "Administrator", "Manager", "Officer"}
)
_PARTICIPANT = frozenset({"Learner"})


class Role(StrEnum):
    """What a membership makes of a person in a course."""

    STAFF = "staff"
    PARTICIPANT = "participant"
    NONE = "none"
    """No role that we know: the least rights."""


def role_of(roles: Iterable[str]) -> Role:
    """Return the role that membership roles give, in full or short form; staff wins."""
    names = {name for name in map(_context_role, roles) if name}
    if names & _STAFF:
        return Role.STAFF
    return Role.PARTICIPANT if names & _PARTICIPANT else Role.NONE


def is_administrator(roles: Iterable[str]) -> bool:
    """Tell whether somebody administers the platform or an institution on it.

    That gives no right in any course, only the one to ask what is known of a person.
    """
    return any(
        role.startswith((_INSTITUTION, _SYSTEM)) and role.endswith("#Administrator")
        for role in roles
    )


def _context_role(role: str) -> str | None:
    """Return the principal context role of a role URI, such as Instructor, or None.

    ``membership#Instructor`` and the short ``Instructor`` name it outright; a sub-role stands
    as ``membership/Instructor#TeachingAssistant``.
    """
    if role in _STAFF | _PARTICIPANT:
        return role
    if not role.startswith(_MEMBERSHIP):
        return None
    rest = role.removeprefix(_MEMBERSHIP)
    if rest.startswith("#"):
        return rest[1:]
    return rest[1:].split("#")[0] if rest.startswith("/") and "#" in rest else None
