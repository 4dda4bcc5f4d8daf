"""Courses that the platform made as a copy of another one.

A copied course starts clean: no people, no work, no grades, no dates. What leads had set up in
the earlier course can be taken over by somebody who leads both; nobody else learns anything of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from lti_tool import clock
from lti_tool.courses import rules
from lti_tool.courses.course import course_of, option, set_option
from lti_tool.courses.models import Activity, Course, Duty
from lti_tool.courses.people import holders
from lti_tool.errors import ConflictError, NotAllowedError, NotFoundError, ToolError
from lti_tool.i18n import gettext as _
from lti_tool.lti import notices
from lti_tool.persistence.session import Database, Session
from lti_tool.web.tool import Feature, SetUp

RECORD = "courses.copied"
"""The option that says what was taken over, or that it was declined."""
_NOTICE_MAY_BE_LATE = timedelta(hours=1)
log = structlog.get_logger()


def set_ups(features: Mapping[str, Feature]) -> dict[str, SetUp]:
    """Return what each feature offers for copying."""
    return {name: f.set_up for name, f in features.items() if f.set_up is not None}


# Recognising a copy


def note_origin(session: Session, course: Course, custom: Mapping[str, str]) -> None:
    """Note from which course the platform made this one, once it says so."""
    told = rules.ids_of_history(custom.get("context_history", ""))
    if not told and course.copied_from_id is None:
        session.flush()
        told = notices.origins_of(
            session,
            course.deployment_id,
            course.context_id,
            until=course.created_at + _NOTICE_MAY_BE_LATE,
        )
    if told:
        course.context_history = [one for one in told if one != course.context_id]
    if course.copied_from_id is None and course.context_history:
        course.copied_from_id = _origin(session, course)
    links = rules.ids_of_history(custom.get("resource_link_history", ""))
    if course.copied_from_id is None and links:
        course.copied_from_id = _origin_of_link(session, course, links)


def _origin(session: Session, course: Course) -> int | None:
    """Return the nearest known course of the same deployment: elsewhere ids mean other courses."""
    known = session.scalars(
        select(Course).where(
            Course.deployment_id == course.deployment_id,
            Course.context_id.in_(course.context_history),
        )
    ).all()
    histories = {one.context_id: one.context_history for one in known}
    nearest = rules.nearest_origin(course.context_history, histories)
    return next((one.id for one in known if one.context_id == nearest), None)


def _origin_of_link(session: Session, course: Course, links: list[str]) -> int | None:
    """Return the course in which a link stood before; for platforms that tell only that."""
    return session.scalar(
        select(Activity.course_id)
        .join(Course, Course.id == Activity.course_id)
        .where(
            Course.deployment_id == course.deployment_id,
            Course.id != course.id,
            Activity.resource_link_id.in_(links),
        )
        .order_by(Activity.course_id.desc())
        .limit(1)
    )


# Taking over


@contextmanager
def earlier_course(session: Session, person_id: int) -> Iterator[Session]:
    """Give a session that reads the earlier course, to somebody who leads both.

    There is no other way to it; raise NotAllowedError for everybody else.
    """
    course = course_of(session)
    if course.copied_from_id is None:
        raise NotFoundError
    with session.beside(course.copied_from_id) as earlier:
        is_near = course_of(earlier).deployment_id == course.deployment_id
        if not (is_near and _leads(session, person_id) and _leads(earlier, person_id)):
            raise NotAllowedError
        yield earlier


def leads_both(session: Session, person_id: int) -> bool:
    """Tell whether somebody may take the set-up of the earlier course over."""
    try:
        with earlier_course(session, person_id):
            return True
    except (NotAllowedError, NotFoundError):
        return False


def _leads(session: Session, person_id: int) -> bool:
    return any(lead.person_id == person_id for lead in holders(session, "lead"))


def offer(
    session: Session, parts: Mapping[str, SetUp], earlier: Session
) -> dict[str, Any]:
    """Return what could be taken over, by feature: what is set up there and still open here."""
    open_here = (name for name, part in parts.items() if _is_untouched(session, part))
    found = {name: parts[name].read(earlier) for name in open_here}
    return {name: data for name, data in found.items() if data}


def _is_untouched(session: Session, part: SetUp) -> bool:
    return not part.is_begun(session) and not part.read(session)


def take_over(session: Session, parts: Mapping[str, SetUp], person_id: int) -> None:
    """Take the set-up of the earlier course over where this one has none yet."""
    course = _locked(session)
    if course.copied_at is not None:
        raise ConflictError(_("The set-up was taken over already."))
    is_new = all(_is_untouched(session, part) for part in parts.values())
    before = {"time_zone": course.time_zone, "language": course.language}
    with earlier_course(session, person_id) as earlier:
        taken = offer(session, parts, earlier)
        old = course_of(earlier)
        if is_new:
            course.time_zone, course.language = old.time_zone, old.language
    for name, data in taken.items():
        parts[name].write(session, data)
    course.copied_at = clock.now()
    set_option(session, RECORD, {"taken": taken, "before": before})
    session.flush()


def take_over_at_once(
    database: Database, parts: Mapping[str, SetUp], course_id: int, person_id: int
) -> None:
    """Take the set-up over for the only lead of an untouched course, if they led the earlier one.

    A fault here costs nobody the launch: the course home offers the same by a button.
    """
    try:
        with database.transaction(course_id) as session:
            if _is_for_the_only_lead(session, parts, person_id):
                take_over(session, parts, person_id)
    except (SQLAlchemyError, ToolError) as error:
        log.warning("copy", course=course_id, error=type(error).__name__)


def _is_for_the_only_lead(
    session: Session, parts: Mapping[str, SetUp], person_id: int
) -> bool:
    duties = session.scalar(select(func.count()).select_from(Duty))
    return (
        is_offered(session)
        and duties == 1
        and leads_both(session, person_id)
        and all(_is_untouched(session, part) for part in parts.values())
    )


# What leads decide afterwards


def is_offered(session: Session) -> bool:
    """Tell whether this is a copy about which nobody has decided yet."""
    return is_fresh(course_of(session))


def is_fresh(course: Course) -> bool:
    """Tell whether a course is a copy about which nobody has decided yet."""
    said = course.options.get(RECORD) or {}
    is_copy = course.copied_from_id is not None and course.copied_at is None
    return is_copy and not said.get("declined")


def taken(session: Session) -> Mapping[str, Any]:
    """Return what was taken over, by feature, until a lead says that it stays."""
    found: Mapping[str, Any] = (option(session, RECORD) or {}).get("taken", {})
    return found


def can_undo(session: Session, parts: Mapping[str, SetUp]) -> bool:
    """Tell whether everything is still as it was taken over."""
    return "taken" in (option(session, RECORD) or {}) and all(
        not parts[name].is_begun(session) and parts[name].read(session) == data
        for name, data in taken(session).items()
    )


def undo(session: Session, parts: Mapping[str, SetUp]) -> None:
    """Start empty after all; only while nothing was entered or changed."""
    course = _locked(session)
    if not can_undo(session, parts):
        raise ConflictError(
            _("Something was entered or changed meanwhile, so it cannot be undone.")
        )
    for name in taken(session):
        parts[name].clear(session)
    before = option(session, RECORD)["before"]
    course.time_zone, course.language = before["time_zone"], before["language"]
    course.copied_at = None
    decline(session)


def decline(session: Session) -> None:
    """Start empty; the set-up can still be taken over later."""
    set_option(session, RECORD, {"declined": True})


def keep(session: Session) -> None:
    """Let what was taken over stay, and stop telling of it."""
    set_option(session, RECORD, None)


def _locked(session: Session) -> Course:
    course = course_of(session)
    session.refresh(course, with_for_update=True)
    return course
