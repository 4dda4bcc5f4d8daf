"""Compares what was sent with the platforms' gradebooks, at night and when somebody asks.

What is due stands in the row of the course. Nothing is sent from here that would undo what
somebody did there; staff read of it and decide.
"""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import exists, func, or_, select

from lti_tool import clock
from lti_tool.courses import rules as course_rules
from lti_tool.courses.models import Course
from lti_tool.gradebook import comparing, gates
from lti_tool.gradebook.findings import (
    SOON,
    add_lanes,
    give_up,
    graded_there,
    marks,
    parts,
    take,
)
from lti_tool.gradebook.models import Comparison, Grade, LineItem
from lti_tool.gradebook.reading import GONE, NotShownError, read
from lti_tool.lti.connector import Connector, Platform
from lti_tool.lti.models import Deployment, Registration
from lti_tool.persistence.session import EVERYWHERE, Database, Scope, Session

RING = "comparing"
_LEASE = timedelta(minutes=4)
"""Longer than the longest list of one column may take."""
_AGAIN = timedelta(minutes=15)
_PAUSE = timedelta(seconds=10)
"""So soon after a comparison nobody gets another one."""
_TURN = 0.1
"""Seconds between two parts of a column: who waits for SQLite looks no more often than that."""
_QUIET = timedelta(days=90)
_SELDOM = timedelta(days=30)
"""How often a course is compared in which nothing was wanted for long."""
log = structlog.get_logger()


def last(session: Session) -> Comparison | None:
    """Return when the course is compared next, how far that is, and what the last one showed."""
    return session.scalar(select(Comparison))


def ask(session: Session) -> bool:
    """Have the course compared now; False if that is so already, or was a moment ago."""
    now = clock.now()
    row = session.scalar(select(Comparison).with_for_update())
    if row is None:
        if not session.try_add(Comparison(due_at=now)):
            return False
    elif row.due_at <= now or (
        row.tried_at is not None and row.tried_at > now - _PAUSE
    ):
        return False
    else:
        row.due_at = now
    session.flush()
    session.ring(RING)
    return True


def stage(row: Comparison | None) -> str:
    """Return ``running``, ``waiting`` (also just before its time) or ``resting``."""
    now = clock.now()
    if row is None:
        return "resting"
    if row.leased_until is not None and row.leased_until > now:
        return "running"
    return "waiting" if row.due_at <= now + SOON else "resting"


def compare_due(
    database: Database, connector: Connector, stop: threading.Event | None = None
) -> int:
    """Compare every course that is due and return how many were compared to the end.

    When ``stop`` is set it gives back, before the next column, what it has begun.
    """
    stop = stop or threading.Event()
    _enlist(database)
    done = 0
    while not stop.is_set() and (run := _claim(database)) is not None:
        outcome = _run(database, connector, run, stop)
        done += _finish(database, run, outcome)
    return done


# Claiming


@dataclass(frozen=True, slots=True)
class _Column:
    id: int
    url: str


@dataclass(frozen=True, slots=True)
class _Run:
    """A claimed course, free of any session."""

    course_id: int
    token: str
    due_at: datetime
    platform: Platform
    columns: tuple[_Column, ...]
    tried_at: datetime | None
    """When it was compared before."""
    container: str | None
    """The list in which the platform shows its columns."""
    scopes: tuple[str, ...]
    """What launches say that this course's grade service permits."""
    places: int
    """How many decimals the platform keeps."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a run; with ``wait`` it is tried again after that."""

    tally: Mapping[str, int]
    code: str | None = None
    is_complete: bool = False
    wait: timedelta | None = None
    pause: timedelta | None = None
    """For how long the platform asked to be left alone by everybody."""


class _LostError(Exception):
    """Somebody else took over this course."""


def _enlist(database: Database) -> None:
    """See to it that every course with a column in a gradebook has its turn at night."""
    missing = (
        select(Course.id, Course.time_zone)
        .where(
            exists().where(LineItem.course_id == Course.id, LineItem.url.is_not(None)),
            ~exists().where(Comparison.course_id == Course.id),
        )
        .order_by(Course.id)
    )
    with database.reading(EVERYWHERE) as session:
        found = session.execute(missing).all()
    for course_id, zone in found:
        night = course_rules.next_night_of(course_id, clock.now(), ZoneInfo(zone))
        with database.transaction(course_id) as session:
            session.try_add(Comparison(due_at=night))


def _claim(database: Database) -> _Run | None:
    now = clock.now()
    with database.transaction(EVERYWHERE) as session:
        found = session.execute(
            select(Comparison, Course, Registration)
            .join(Course, Course.id == Comparison.course_id)
            .join(Deployment, Deployment.id == Course.deployment_id)
            .join(Registration, Registration.id == Deployment.registration_id)
            .where(
                Comparison.due_at <= now,
                or_(Comparison.leased_until.is_(None), Comparison.leased_until < now),
                Registration.enabled,
                ~gates.is_closed(Registration.id, now),
            )
            .order_by(Comparison.due_at, Comparison.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=Comparison)
        ).first()
        if found is None:
            return None
        row, course, registration = found
        columns = tuple(
            _Column(item.id, item.url)
            for item in session.scalars(
                select(LineItem)
                .where(LineItem.course_id == course.id)
                .order_by(LineItem.id)
            )
            if item.url
        )
        row.lease_token, row.leased_until = secrets.token_hex(8), now + _LEASE
        row.columns, row.columns_done = len(columns), 0
        return _Run(
            course_id=course.id,
            token=row.lease_token,
            due_at=row.due_at,
            platform=Platform.of(registration),
            columns=columns,
            tried_at=row.tried_at,
            container=course.lineitems_url,
            scopes=tuple(course.grade_scopes),
            places=comparing.decimals(course.platform_family),
        )


# Reading and comparing


def _run(
    database: Database, connector: Connector, run: _Run, stop: threading.Event
) -> _Outcome:
    tally: Counter[str] = Counter()
    troubles: list[str] = []
    try:
        for number, column in enumerate(run.columns):
            if stop.is_set():
                return _Outcome({}, wait=timedelta(0))
            _go_on(database, run, number)
            trouble = _column(database, connector, run, column, tally)
            troubles += [trouble] if trouble else []
    except NotShownError as error:
        wait = (error.pause or _AGAIN) if error.passes else None
        return _Outcome({}, error.code, wait=wait, pause=error.pause)
    except _LostError:
        return _Outcome({}, "tool_error")
    except Exception:
        # One course that nobody foresaw must not keep the others from their turn.
        log.exception("comparison failed", course=run.course_id)
        return _Outcome({}, "tool_error", wait=_AGAIN)
    was_any_read = len(troubles) < len(run.columns) or not run.columns
    code = troubles[-1] if troubles else None
    wait = _AGAIN if tally["doubtful"] else None
    return _Outcome(tally, code, is_complete=was_any_read, wait=wait)


def _go_on(database: Database, run: _Run, columns_done: int) -> None:
    """Note how far the run is, and hold the course for one more column."""
    with database.transaction(run.course_id) as session:
        row = _row(session, run)
        row.columns_done, row.leased_until = columns_done, clock.now() + _LEASE


def _row(session: Session, run: _Run) -> Comparison:
    """Return the course's row, which is ours until the commit; raise _LostError if it is not."""
    ours = select(Comparison).where(Comparison.course_id == run.course_id)
    row = session.scalars(ours.with_for_update()).one()
    if row.lease_token != run.token:
        raise _LostError
    return row


def _column(
    database: Database,
    connector: Connector,
    run: _Run,
    column: _Column,
    tally: Counter[str],
) -> str | None:
    """Compare one column and return what is wrong with it, if something is."""
    with database.reading(run.course_id) as session:
        before = marks(session, column.id)
    try:
        shown = read(connector, run.platform, column.url, run.container, run.scopes)
    except NotShownError as error:
        if not error.is_of_column:
            raise
        if error.code == GONE:
            with _holding(database, run) as session:
                if _is_seen_again(session, run, column):
                    give_up(session, column.id, before)
                else:
                    tally["doubtful"] += 1
        return error.code
    with database.reading(run.course_id) as session:
        graded = graded_there(session, column.id, shown)
    if graded:
        # Rows are stored many at once only by who sees all courses.
        with _holding(database, run, EVERYWHERE) as session:
            before |= add_lanes(session, run.course_id, column.id, graded)
    for number, part in enumerate(parts(before)):
        time.sleep(_TURN if number else 0)
        with _holding(database, run) as session:
            tally.update(take(session, column.id, shown, part, run.places))
    return None


def _is_seen_again(session: Session, run: _Run, column: _Column) -> bool:
    """Tell whether a column was gone a while ago already; if not, note that it is now."""
    item = session.get_one(LineItem, column.id)
    was_gone, item.problem = item.problem == GONE, GONE
    # A moment more is given to the clock.
    soon = clock.now() - _AGAIN + _PAUSE
    return was_gone and run.tried_at is not None and run.tried_at < soon


@contextmanager
def _holding(database: Database, run: _Run, scope: Scope = None) -> Iterator[Session]:
    """Give a session, of the course alone if not told, in which it is ours until the commit."""
    with database.transaction(scope or run.course_id) as session:
        # Pages hold a course before they wait for its grades; so does this.
        session.execute(
            select(Course.id)
            .where(Course.id == run.course_id)
            .with_for_update(read=True, key_share=True)
        )
        _row(session, run)
        yield session


# Finishing


def _finish(database: Database, run: _Run, outcome: _Outcome) -> bool:
    """Note what came of a run; False if it did not come to its end, or somebody else took over."""
    now = clock.now()
    with database.transaction(run.course_id) as session:
        try:
            row = _row(session, run)
        except _LostError:
            return False
        row.lease_token = row.leased_until = None
        row.tried_at, row.error = now, outcome.code
        row.columns_done = row.columns if outcome.is_complete else row.columns_done
        following = _next(session, run, now, outcome)
        # Who asked meanwhile may have changed what was read already.
        was_asked = row.due_at != run.due_at and outcome.wait is None
        row.due_at = min(row.due_at, following) if was_asked else following
        if outcome.is_complete:
            row.finished_at = now
            row.as_sent = outcome.tally.get("sent", 0)
            row.differing = outcome.tally.get("changed", 0)
            row.left = outcome.tally.get("left", 0)
    if outcome.pause is not None:
        with database.transaction(EVERYWHERE) as session:
            number, until = run.platform.registration_id, now + outcome.pause
            gates.spare(session, number, until)
    log.info(
        "gradebook compared",
        course=run.course_id,
        error=outcome.code,
        **{state: outcome.tally.get(state, 0) for state in ("sent", "changed", "left")},
    )
    return outcome.is_complete


def _next(session: Session, run: _Run, now: datetime, outcome: _Outcome) -> datetime:
    if outcome.wait is not None:
        return now + outcome.wait
    zone = session.scalars(
        select(Course.time_zone).where(Course.id == run.course_id)
    ).one()
    newest = session.scalar(select(func.max(Grade.wanted_at)))
    is_quiet = newest is None or newest < now - _QUIET
    begin = now + _SELDOM if is_quiet else now
    night = course_rules.next_night_of(run.course_id, begin, ZoneInfo(zone))
    # What was sent by a decision, and did not arrive so far, is looked at when it may have.
    on_its_way = session.scalar(
        select(func.min(Grade.next_try_at)).where(
            Grade.state == "due", Grade.found_at.is_not(None)
        )
    )
    return night if on_its_way is None else min(night, max(on_its_way, now) + SOON)
