"""The fetching of lists of members, in the database: who may fetch which, and what came of it.

What a run reads stays in its worker's memory until the last page, and one transaction takes it
over. A table for what was read so far would be of no use: pages shift while people come and go,
so whoever goes on after a crash begins at the first page anyway. What must survive a crash, that
a list is due and how far it got, stands in rows; the token there keeps a worker that
stood still from writing once somebody else has begun.
"""

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, update

from lti_tool import clock
from lti_tool.courses import platform_groups, rules
from lti_tool.courses.course import course_of
from lti_tool.courses.listed import take_roster
from lti_tool.courses.models import Course, Enrolment, Opportunity, RosterRun
from lti_tool.errors import InvalidError
from lti_tool.i18n import gettext as _
from lti_tool.lti.course_groups import PlatformGroups
from lti_tool.lti.models import Deployment, Registration
from lti_tool.lti.roster import Membership
from lti_tool.persistence.session import EVERYWHERE, Database, Session

RING = "roster"
LEASE = timedelta(minutes=2)
"""Longer than one page can take; every note of how far a run is begins it anew."""
Spared = Callable[[Session], Collection[int]]
"""Tells which platforms are left alone just now for other reasons."""
log = structlog.get_logger()


class LostError(Exception):
    """Somebody else fetches this list now, or it is gone; what was read is thrown away."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run that this worker has claimed, free of any session."""

    id: int
    course_id: int
    registration_id: int
    lease: str
    began_at: datetime
    url: str
    groups_url: str | None


# Asking


def run_of(session: Session) -> RosterRun | None:
    """Return how far the fetching of the list of members of the session's course is."""
    return session.scalar(select(RosterRun))


def stage(course: Course, run: RosterRun | None, now: datetime) -> str:
    """Return ``running``, ``waiting``, ``failed``, ``done`` or ``never``."""
    if run is not None and run.leased_until is not None and run.leased_until > now:
        return "running"
    if course.roster_due_at is not None and course.roster_due_at <= now:
        return "waiting"
    if course.roster_error is not None:
        return "failed"
    return "never" if course.roster_at is None else "done"


def ask(session: Session) -> None:
    """Have the list of members fetched by the worker; asked twice, it is fetched once."""
    course = _locked(session, course_of(session).id)
    if not course.memberships_url:
        raise InvalidError(
            _("The learning platform does not offer a list of members here.")
        )
    run, now = _made(session, course, _platform_of(session, course)), clock.now()
    # Of one that goes on already the end sets the next moment anew.
    course.roster_due_at = min(course.roster_due_at or now, now)
    run.asked_by = "person"
    session.ring(RING)


def ask_at_launch(session: Session, course: Course, run: RosterRun | None) -> None:
    """Have the list fetched where it is old, else by night; an outage is not asked into."""
    now = clock.now()
    is_tried_again = (
        course.roster_error is not None and course.roster_due_at is not None
    )
    asked_by = None
    if stage(course, run, now) in {"running", "waiting"}:
        session.ring(RING)
    elif rules.is_list_old(now, course.roster_at) and not is_tried_again:
        course.roster_due_at, asked_by = now, "launch"
        session.ring(RING)
    elif course.roster_due_at is None:
        course.roster_due_at, asked_by = _night(course, now), "night"
    if run is not None and asked_by is not None:
        run.asked_by = asked_by


def _platform_of(session: Session, course: Course) -> int:
    return session.get_one(Deployment, course.deployment_id).registration_id


def _locked(session: Session, course_id: int) -> Course:
    """Return a course of which nobody else asks for or ends a run until the commit.

    Rows that refer to it can be written meanwhile, so no page waits for a long list.
    """
    return session.get_one(Course, course_id, with_for_update={"key_share": True})


def _made(session: Session, course: Course, registration_id: int) -> RosterRun:
    """Return the run of a course that is locked."""
    run = session.scalar(select(RosterRun).where(RosterRun.course_id == course.id))
    if run is None:
        run = RosterRun(course_id=course.id, registration_id=registration_id)
        session.add(run)
        session.flush()
    return run


# Claiming


def due_platforms(database: Database, spared: Spared) -> list[int]:
    """Return the registrations that can be asked for a list now, those that somebody waits for first."""
    now = clock.now()
    with database.reading(EVERYWHERE) as session:
        found = session.scalars(
            select(Deployment.registration_id)
            .join(Course, Course.deployment_id == Deployment.id)
            .join(Registration, Registration.id == Deployment.registration_id)
            .outerjoin(RosterRun, RosterRun.course_id == Course.id)
            .where(
                _is_due(now),
                Registration.enabled,
                Registration.id.not_in(_occupied(now)),
            )
            .group_by(Deployment.registration_id)
            .order_by(func.min(_RANK), func.min(Course.roster_due_at))
        ).all()
        left_alone = spared(session)
    return [number for number in found if number not in left_alone]


def claim(database: Database, registration_id: int, spared: Spared) -> Run | None:
    """Take one list of a platform that is due, unless another of it is being fetched."""
    now = clock.now()
    with database.transaction(EVERYWHERE) as session:
        if registration_id in spared(session):
            return None
        if not _has_turn(session, registration_id):
            return None
        course = session.scalar(
            select(Course)
            .join(Deployment, Deployment.id == Course.deployment_id)
            .outerjoin(RosterRun, RosterRun.course_id == Course.id)
            .where(Deployment.registration_id == registration_id, _is_due(now))
            .order_by(_RANK, Course.roster_due_at, Course.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=Course, key_share=True)
        )
        if course is None:
            return None
        run = _made(session, course, registration_id)
        run.lease_token = secrets.token_hex(8)
        run.leased_until, run.started_at = now + LEASE, now
        run.pages = run.members = 0
        return Run(
            id=run.id,
            course_id=course.id,
            registration_id=registration_id,
            lease=run.lease_token,
            began_at=now,
            url=course.memberships_url or "",
            groups_url=course.groups_url,
        )


_RANK = case((RosterRun.asked_by == "person", 0), else_=1)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(Course.roster_due_at <= now, Course.memberships_url.is_not(None))


def _occupied(now: datetime) -> Select[int]:
    """Give the platforms of which a list is being fetched, or which are to be asked for none."""
    return select(RosterRun.registration_id).where(
        or_(RosterRun.leased_until > now, RosterRun.spared_until > now)
    )


def _has_turn(session: Session, registration_id: int) -> bool:
    """Tell whether this platform may be asked now; nobody else is told so until the commit."""
    ours = session.scalar(
        select(Registration.id)
        .where(Registration.id == registration_id, Registration.enabled)
        # What launches need of the row goes on meanwhile.
        .with_for_update(skip_locked=True, key_share=True)
    )
    if ours is None:
        return False
    # A statement of its own: it sees what the last one to hold the turn has committed.
    occupied = _occupied(clock.now()).where(
        RosterRun.registration_id == registration_id
    )
    return session.scalar(occupied.limit(1)) is None


# What comes of a run


def note(database: Database, run: Run, pages: int, members: int) -> None:
    """Store how far a run is and go on holding it; raise LostError if it is ours no more."""
    with database.transaction(EVERYWHERE) as session:
        noted = session.execute(
            update(RosterRun)
            .where(_is_ours(run))
            .values(pages=pages, members=members, leased_until=clock.now() + LEASE)
            .returning(RosterRun.id)
        ).first()
    if noted is None:
        raise LostError


def finish(
    database: Database,
    run: Run,
    listed: Sequence[Membership],
    groups: PlatformGroups | None,
) -> bool:
    """Take a complete list over; False, and nothing is changed, where it lists nobody."""
    with database.transaction(EVERYWHERE) as session:
        held, course = _held(session, run)
        taken = take_roster(session, course, run.registration_id, listed, run.began_at)
        if taken is None:
            _fail(session, held, course, "empty")
            return False
        if groups is not None:
            platform_groups.take(session, course, groups)
        now = clock.now()
        _end(held, now)
        held.members, held.present = len(listed), taken.present
        held.added, held.returned = taken.added, taken.returned
        held.gone, held.renamed = taken.gone, taken.renamed
        held.failures, held.spared_until, held.asked_by = 0, None, "night"
        course.roster_at, course.roster_error = now, None
        course.roster_due_at = _next_night(session, course, now)
    log.info("roster", course=run.course_id, active=taken.present)
    return True


def fail(
    database: Database,
    run: Run,
    reason: str,
    *,
    asked: timedelta | None = None,
    spares: bool = False,
) -> None:
    """Store why a run failed; ``asked`` is the pause the platform asked for.

    ``spares`` tells whether its other lists are left alone for a while too.
    """
    with database.transaction(EVERYWHERE) as session:
        held, course = _held(session, run)
        _fail(session, held, course, reason, asked)
        if spares:
            held.spared_until = clock.now() + rules.pause_for_lists(asked)
    log.warning("roster", course=run.course_id, reason=reason)


def release(database: Database, run: Run) -> None:
    """Give a run back unfinished, so that any worker begins it at once."""
    with database.transaction(EVERYWHERE) as session:
        session.execute(
            update(RosterRun)
            .where(_is_ours(run))
            .values(lease_token=None, leased_until=None)
        )


def _is_ours(run: Run) -> ColumnElement[bool]:
    return and_(RosterRun.id == run.id, RosterRun.lease_token == run.lease)


def _held(session: Session, run: Run) -> tuple[RosterRun, Course]:
    course = _locked(session, run.course_id)
    held = session.scalar(select(RosterRun).where(_is_ours(run)).with_for_update())
    if held is None:
        raise LostError
    return held, course


def _fail(
    session: Session,
    held: RosterRun,
    course: Course,
    reason: str,
    asked: timedelta | None = None,
) -> None:
    now = clock.now()
    _end(held, now)
    held.failures += 1
    course.roster_error = reason
    wait = rules.wait_for_list(held.failures, asked)
    if wait is None:
        held.asked_by = "night"
        course.roster_due_at = _next_night(session, course, now)
    else:
        course.roster_due_at = now + wait


def _end(held: RosterRun, now: datetime) -> None:
    held.lease_token = held.leased_until = None
    held.finished_at = now


def _next_night(session: Session, course: Course, now: datetime) -> datetime | None:
    opened_at = session.scalar(
        select(func.max(Enrolment.seen_at)).where(Enrolment.course_id == course.id)
    )
    ends_at = session.scalar(
        select(
            func.max(func.coalesce(Opportunity.ends_at, Opportunity.starts_at))
        ).where(
            Opportunity.course_id == course.id,
            Opportunity.kind == "meeting",
            Opportunity.state != "cancelled",
        )
    )
    return _night(course, now) if rules.is_kept_up(now, opened_at, ends_at) else None


def _night(course: Course, now: datetime) -> datetime:
    return rules.next_night_of(course.id, now, ZoneInfo(course.time_zone))
