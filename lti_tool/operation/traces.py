"""What the database knows of one trace: the launch, the grades it led to, and their way."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from lti_tool.gradebook.models import Attempt, Grade, LineItem
from lti_tool.lti.models import Audit
from lti_tool.persistence.session import EVERYWHERE, Session
from lti_tool.web.tool import Tool

_Line = tuple[datetime, str]


def follow(tool: Tool, trace_id: str) -> list[str]:
    """Return line by line what happened under a trace, the earliest first; nobody is named."""
    with tool.database.reading(EVERYWHERE) as session:
        found = sorted(
            [
                *_doorway(session, trace_id),
                *_wanted(session, trace_id),
                *_sent(session, trace_id),
            ],
            key=lambda line: line[0],
        )
    return [f"{at:%Y-%m-%d %H:%M:%S} UTC  {text}" for at, text in found]


def _doorway(session: Session, trace_id: str) -> Iterator[_Line]:
    for event in session.scalars(select(Audit).where(Audit.trace_id == trace_id)):
        number = event.registration_id
        whose = "an unknown platform" if number is None else f"platform {number}"
        yield event.created_at, f"{event.event} from {whose}: {event.reason}"


def _wanted(session: Session, trace_id: str) -> Iterator[_Line]:
    rows = session.execute(
        select(Grade, LineItem)
        .join(LineItem, LineItem.id == Grade.line_item_id)
        .where(Grade.trace_id == trace_id)
    )
    for grade, item in rows:
        yield (
            grade.wanted_at,
            f"grade {grade.id} of course {grade.course_id} wanted, {item.resource_id}/{item.tag}: now {grade.state}",
        )


def _sent(session: Session, trace_id: str) -> Iterator[_Line]:
    for attempt in session.scalars(select(Attempt).where(Attempt.trace_id == trace_id)):
        status = f"HTTP {attempt.status}" if attempt.status else "no HTTP answer"
        yield (
            attempt.created_at,
            f"grade {attempt.grade_id} of course {attempt.course_id} tried: {attempt.answer}, {status}",
        )
