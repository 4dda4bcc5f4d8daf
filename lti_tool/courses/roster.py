"""Fetches lists of members that are due, and hands over complete ones only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses import platform_groups
from lti_tool.courses.listed import take_roster
from lti_tool.courses.models import Course
from lti_tool.lti import course_groups
from lti_tool.lti.connector import (
    CannotSignError,
    Connector,
    ForeignAddressError,
    Platform,
    ScopeNotGrantedError,
    TokenRefusedError,
)
from lti_tool.lti.course_groups import GroupsRefusedError, PlatformGroups
from lti_tool.lti.http import PlatformUnreachableError
from lti_tool.lti.models import Deployment, Registration
from lti_tool.lti.roster import Membership, RosterRefusedError, members
from lti_tool.persistence.session import EVERYWHERE, Database

_LEASE = timedelta(minutes=5)
_AGAIN = timedelta(minutes=15)
_NO_GROUPS = (
    GroupsRefusedError,
    PlatformUnreachableError,
    ScopeNotGrantedError,
    TokenRefusedError,
    ForeignAddressError,
)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Due:
    course_id: int
    registration_id: int
    url: str
    groups_url: str | None
    asked_at: datetime


def fetch_due(database: Database, connector: Connector) -> int:
    """Fetch the roster of every course that is due and return how many were taken over."""
    taken = 0
    while (due := _claim(database)) is not None:
        try:
            platform = connector.platform(due.registration_id)
            listed = members(connector, platform, due.url)
        except _FAULTS as error:
            _fail(database, due, _reason(error))
        else:
            _take(database, due, listed, _groups(connector, platform, due, listed))
            taken += 1
    return taken


_FAULTS = (
    RosterRefusedError,
    PlatformUnreachableError,
    TokenRefusedError,
    CannotSignError,
    ForeignAddressError,
)


def _reason(error: Exception) -> str:
    match error:
        case RosterRefusedError():
            return f"refused_{error.status}"
        case PlatformUnreachableError():
            return f"unreachable_{error.kind}"
        case ScopeNotGrantedError():
            return "refused_scope"
        case TokenRefusedError():
            return "token_refused"
        case CannotSignError():
            return "cannot_sign"
    return "address_of_other_host"


def _claim(database: Database) -> _Due | None:
    now = clock.now()
    with database.transaction(EVERYWHERE) as session:
        found = session.execute(
            select(Course, Deployment.registration_id)
            .join(Deployment, Deployment.id == Course.deployment_id)
            .join(Registration, Registration.id == Deployment.registration_id)
            .where(
                Course.roster_due_at <= now,
                Course.memberships_url.is_not(None),
                Registration.enabled,
            )
            .limit(1)
            .with_for_update(skip_locked=True, of=Course)
        ).first()
        if found is None:
            return None
        course, registration_id = found
        # Until then nobody else takes it; if this process dies, somebody will.
        course.roster_due_at = now + _LEASE
        return _Due(
            course.id,
            registration_id,
            course.memberships_url or "",
            course.groups_url,
            now,
        )


def _groups(
    connector: Connector, platform: Platform, due: _Due, listed: list[Membership]
) -> PlatformGroups | None:
    """Return the platform's groups; None, and no harm done, where it does not tell them now."""
    try:
        return course_groups.groups(connector, platform, due.groups_url, listed)
    except _NO_GROUPS as error:
        log.warning("groups", course=due.course_id, error=type(error).__name__)
        return None


def _take(
    database: Database,
    due: _Due,
    listed: list[Membership],
    groups: PlatformGroups | None,
) -> None:
    with database.transaction(EVERYWHERE) as session:
        course = session.get_one(Course, due.course_id)
        active = take_roster(session, course, due.registration_id, listed, due.asked_at)
        if groups is not None:
            platform_groups.take(session, course, groups)
    log.info("roster", course=due.course_id, active=active)


def _fail(database: Database, due: _Due, reason: str) -> None:
    with database.transaction(EVERYWHERE) as session:
        course = session.get_one(Course, due.course_id)
        course.roster_error, course.roster_due_at = reason, clock.now() + _AGAIN
    log.warning("roster", course=due.course_id, reason=reason)
