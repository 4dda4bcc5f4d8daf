"""What works between platforms and their courses, as operators read it."""

from collections.abc import Iterator

from sqlalchemy import Select, func, select

from lti_tool.connection import rules, service, words
from lti_tool.connection.rules import Finding, Launches, State
from lti_tool.courses.models import Course
from lti_tool.gradebook.models import Grade
from lti_tool.lti.models import Audit, Deployment
from lti_tool.persistence.session import EVERYWHERE, Session
from lti_tool.web.launch_words import explain
from lti_tool.web.tool import Tool

_OF_THE_PLATFORM = frozenset({"launches", "deep_linking", "review"})
"""What is counted for all courses of a platform together."""
_MARKS = {State.WORKS: "ok  ", State.FAILS: "BAD ", State.UNSEEN: "?   "}
_DAYS = service.LATELY.days


def counted(number: int, what: str) -> str:
    """Return a number with the word for what it counts."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def launches_of(tool: Tool, registration_id: int) -> Launches:
    """Return what came through the doorway from a platform lately."""
    with tool.database.reading(EVERYWHERE) as session:
        return service.launches(service.events_of(session, registration_id))


def troubles_of(tool: Tool, registration_id: int) -> tuple[int, int]:
    """Return how many courses of a platform lack their list of members, and how many grades failed."""
    with tool.database.reading(EVERYWHERE) as session:
        lists = session.scalar(
            select(func.count(Course.id))
            .join(Deployment, Deployment.id == Course.deployment_id)
            .where(
                Deployment.registration_id == registration_id,
                Course.roster_error.is_not(None),
            )
        )
        return lists or 0, grades(session, registration_id, "failed")


def grades(session: Session, registration_id: int, state: str) -> int:
    """Return how many grades have a state, in all courses of a platform."""
    found = select(func.count(Grade.id)).where(
        Grade.registration_id == registration_id, Grade.state == state
    )
    return session.scalar(found) or 0


def report(tool: Tool, registration_id: int) -> Iterator[str]:
    """Give line by line who was let in, who was not and why, and what works in each course."""
    yield from _doorway(tool, registration_id)
    for course_id, title in _courses(tool, registration_id):
        yield ""
        yield f"course {course_id}: {title}"
        yield from _course(tool, course_id)


def _doorway(tool: Tool, registration_id: int) -> Iterator[str]:
    with tool.database.reading(EVERYWHERE) as session:
        events = service.events_of(session, registration_id)
        admitted = session.scalar(_admissions(registration_id).limit(1))
        last = session.scalar(_refusals(registration_id).limit(1))
    launches = service.launches(events)
    refused = sum(launches.refused.values())
    yield f"last {_DAYS} days: {launches.accepted} let in, {refused} refused"
    for reason, count in launches.refused.items():
        explained = explain(reason)
        yield f"  {count} of {reason}: {explained.administrator or explained.now}"
    if admitted is not None:
        yield f"  last let in: {admitted.created_at:%Y-%m-%d %H:%M} UTC, code {admitted.trace_id}"
    if last is not None:
        yield f"  last refused: {last.created_at:%Y-%m-%d %H:%M} UTC, {last.reason}, code {last.trace_id}"
    asked, answered = (
        events["deep_linking", "accepted"],
        events["deep_linking", "answered"],
    )
    yield f"deep linking: asked {asked} times, answered {answered} times"
    yield f"submission review: {events['review', 'accepted']} times"


def _admissions(registration_id: int) -> Select[Audit]:
    return _events(registration_id).where(Audit.reason == "accepted")


def _refusals(registration_id: int) -> Select[Audit]:
    return _events(registration_id).where(Audit.reason != "accepted")


def _events(registration_id: int) -> Select[Audit]:
    return (
        select(Audit)
        .where(
            Audit.registration_id == registration_id,
            Audit.event.in_(("login", "launch")),
        )
        .order_by(Audit.id.desc())
    )


def _courses(tool: Tool, registration_id: int) -> list[tuple[int, str]]:
    with tool.database.reading(EVERYWHERE) as session:
        found = session.execute(
            select(Course.id, Course.title)
            .join(Deployment, Deployment.id == Course.deployment_id)
            .where(Deployment.registration_id == registration_id)
            .order_by(Course.id)
        )
        return [(course_id, title) for course_id, title in found]


def _course(tool: Tool, course_id: int) -> Iterator[str]:
    with tool.database.reading(course_id) as session:
        facts = service.facts(session)
        servings = service.servings(session)
    for finding in rules.findings(facts):
        if finding.subject not in _OF_THE_PLATFORM:
            yield from _lines(finding, facts)
    for serving in servings:
        link = f" “{serving.link}”" if serving.link else ""
        failed = f", {serving.failed} failed" if serving.failed else ""
        yield f"      {serving.activity}/{serving.tag} {words.RULES[serving.rule]}{link}{failed}"


def _lines(finding: Finding, facts: rules.Facts) -> Iterator[str]:
    what = words.what(finding, facts)
    yield f"{_MARKS[finding.state]}  {words.SUBJECTS[finding.subject]}: {what}{_figures(finding, facts)}"
    for change in (words.change(finding), words.where(finding, facts.kind)):
        if change is not None and finding.state is State.FAILS:
            yield f"      {change}"


def _figures(finding: Finding, facts: rules.Facts) -> str:
    match finding.subject:
        case "roster" if facts.roster.at:
            return f" ({facts.roster.active} people, complete {facts.roster.at:%Y-%m-%d %H:%M} UTC)"
        case "names" if facts.names.people:
            return f" ({facts.names.named} of {facts.names.people})"
        case "grades" if facts.grades.failed:
            return f" ({facts.grades.failed} failed)"
        case _:
            return ""
