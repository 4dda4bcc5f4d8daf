"""Asks a platform whether it takes grades of a course, by what changes nothing there.

Somebody's question is a row without an answer; a worker takes it up and answers it.
"""

import threading
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, and_, func, select

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.courses.models import Activity, Course
from lti_tool.gradebook import rules
from lti_tool.gradebook.models import GradeCheck, LineItem
from lti_tool.lti import grades as ags
from lti_tool.lti.connector import (
    CannotSignError,
    Connector,
    ForeignAddressError,
    Platform,
    ScopeNotGrantedError,
    TokenRefusedError,
)
from lti_tool.lti.http import PlatformUnreachableError
from lti_tool.lti.models import Deployment
from lti_tool.persistence.session import EVERYWHERE, Database, Session

RING = "grade checks"
_PAUSE = timedelta(seconds=10)
"""So often a course may ask: somebody waits for the answer, and the platform must give it."""
_LEASE = timedelta(minutes=4)
"""Longer than all that is asked of a platform may take."""
_AT_ONCE = 4
"""So many courses are asked about at once, so that a slow platform does not hold up the others."""
_MOST_COLUMNS = 3
log = structlog.get_logger()


def last(session: Session) -> GradeCheck | None:
    """Return when the course last asked, and what the answer was."""
    return session.scalar(select(GradeCheck))


def begin(session: Session) -> bool:
    """Have the platform asked now; False if it is being asked, or was so a moment ago."""
    now = clock.now()
    check = session.scalar(select(GradeCheck).with_for_update())
    if check is None:
        if not session.try_add(GradeCheck(asked_at=now)):
            return False
    elif check.answer is None or check.asked_at > now - _PAUSE:
        return False
    else:
        check.asked_at, check.answered_at, check.answer = now, None, None
    session.ring(RING)
    return True


def answer_due(database: Database, connector: Connector) -> None:
    """Ask the platforms of all courses of which somebody wants to know."""
    with database.reading(EVERYWHERE) as session:
        due = session.scalar(select(func.count(GradeCheck.id)).where(_is_due())) or 0
    # A worker that has to stop does not wait for them: somebody takes up what they leave.
    askers = [
        threading.Thread(target=_answer_each, args=(database, connector), daemon=True)
        for _ in range(min(due, _AT_ONCE))
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()


def _answer_each(database: Database, connector: Connector) -> None:
    while (due := _claim(database)) is not None:
        _ask(database, connector, *due)


def _is_due() -> ColumnElement[bool]:
    free = GradeCheck.answered_at.is_(None) | (GradeCheck.answered_at <= clock.now())
    return and_(GradeCheck.answer.is_(None), free)


def _claim(database: Database) -> tuple[int, int] | None:
    """Return a course of which nobody else asks, with its registration."""
    with database.transaction(EVERYWHERE) as session:
        check = session.scalar(
            select(GradeCheck)
            .where(_is_due())
            .order_by(GradeCheck.asked_at, GradeCheck.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if check is None:
            return None
        check.answered_at = clock.now() + _LEASE
        found = select(Deployment.registration_id).join(
            Course, Course.deployment_id == Deployment.id
        )
        registration_id = session.scalars(
            found.where(Course.id == check.course_id)
        ).one()
        return check.course_id, registration_id


def _ask(
    database: Database, connector: Connector, course_id: int, registration_id: int
) -> None:
    """Ask the platform, outside of any transaction, and note its answer."""
    with database.reading(course_id) as session:
        places = _places(session)
    answer = places.missing or _asked(connector, registration_id, places)
    with database.transaction(course_id) as session:
        check = session.scalars(select(GradeCheck).with_for_update()).one()
        check.answered_at, check.answer = clock.now(), answer
    log.info("grade check", answer=answer)


@dataclass(frozen=True, slots=True)
class _Places:
    """What launches said of the gradebook of a course."""

    list_url: str | None
    columns: tuple[str, ...]
    scopes: tuple[str, ...]

    @property
    def missing(self) -> str | None:
        """What is known to be missing before anybody is asked."""
        if not (self.list_url or self.columns):
            return "no_line_item"
        if self.scopes and ags.SCORE_SCOPE not in self.scopes:
            return "scope_not_offered"
        return None


def _places(session: Session) -> _Places:
    course = courses.course_of(session)
    of_links = session.scalars(
        select(Activity.line_item_url).where(Activity.line_item_url.is_not(None))
    )
    used = session.scalars(select(LineItem.url).where(LineItem.url.is_not(None)))
    columns = dict.fromkeys(url for url in (*used, *of_links) if url)
    return _Places(
        course.lineitems_url,
        tuple(columns)[:_MOST_COLUMNS],
        tuple(course.grade_scopes),
    )


def _asked(connector: Connector, registration_id: int, places: _Places) -> str:
    try:
        platform = connector.platform(registration_id)
        connector.renew_token(platform, [ags.SCORE_SCOPE])
        return _looked(connector, platform, places)
    except PlatformUnreachableError as error:
        return rules.unreachable(error.kind).code
    except (TokenRefusedError, CannotSignError, ForeignAddressError) as error:
        return _without_asking(error)
    except Exception:
        # Whoever asks gets a sentence, whatever happens.
        log.exception("grade check failed")
        return "tool_error"


def _without_asking(
    error: TokenRefusedError | CannotSignError | ForeignAddressError,
) -> str:
    if isinstance(error, ScopeNotGrantedError):
        return "scope_not_granted"
    if isinstance(error, TokenRefusedError):
        return rules.judge_token(error.reply.status, error.reply.text).code
    return (
        "cannot_sign" if isinstance(error, CannotSignError) else "address_of_other_host"
    )


def _looked(connector: Connector, platform: Platform, places: _Places) -> str:
    """Look at the list and at the columns in use; the score scope is known to be granted."""
    scope = ags.reading_scope(places.scopes)
    if scope is None:
        return "can_sign_in"
    try:
        connector.renew_token(platform, [scope])
    except TokenRefusedError:
        return "can_sign_in"
    wanted = [(url, False) for url in places.columns]
    if places.list_url:
        wanted.insert(0, (places.list_url, True))
    for url, is_list in wanted:
        reply = ags.look_at(connector, platform, url, scope, is_list=is_list)
        seen = rules.judge_look(reply.status, reply.text)
        if seen is not None:
            return seen
    return "can_take"
