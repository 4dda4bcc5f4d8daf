"""The facts about a course's connection, as they stand in our tables: nobody is asked."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from lti_tool import clock
from lti_tool.connection import rules
from lti_tool.connection.rules import Facts, Failing, Rule
from lti_tool.courses.models import Activity, Course, Enrolment, Person
from lti_tool.courses.service import course_of
from lti_tool.gradebook.models import Attempt, Grade, LineItem
from lti_tool.gradebook.reach import Reach, reach_of
from lti_tool.gradebook.service import coupled_url
from lti_tool.lti.models import Audit, Deployment
from lti_tool.persistence.session import Session

LATELY = timedelta(days=30)
GRADED = (
    ("worksheet", "start"),
    ("worksheet", "mid"),
    ("worksheet", "end"),
    ("project", "project"),
    ("certificate", "certificate"),
)
"""What may be graded, before anybody was: the activity, and what of it."""
_FAILING = (
    select(
        Grade.line_item_id,
        Grade.answer,
        func.count(Grade.id.distinct()),
        func.max(Attempt.created_at),
    )
    .outerjoin(
        Attempt,
        (Attempt.course_id == Grade.course_id)
        & (Attempt.grade_id == Grade.id)
        & (Attempt.answer == Grade.answer),
    )
    .where(Grade.state.in_(("failed", "due")))
    .group_by(Grade.line_item_id, Grade.answer)
    .order_by(Grade.line_item_id, Grade.answer)
)
_ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Serving:
    """Which line item shows something that is graded."""

    activity: str
    tag: str
    label: str | None
    rule: Rule
    link: str | None
    """The title of the link to which the line item belongs."""
    problem: str | None
    failed: int


def facts(session: Session, *, keeps_cookies: bool | None = None) -> Facts:
    """Return what is known of the connection of the session's course."""
    course = course_of(session)
    registration_id = session.get_one(Deployment, course.deployment_id).registration_id
    events = events_of(session, registration_id)
    return Facts(
        kind=rules.kind_of(course.platform_family),
        roster=_roster(session, course),
        grades=_grades(session, course),
        names=_names(session),
        launches=launches(events),
        choosers=events["deep_linking", _ACCEPTED],
        chosen=events["deep_linking", "answered"],
        reviews=events["review", _ACCEPTED],
        has_groups=bool(course.groups_url),
        knows_groups=bool(course.platform_groups) or _somebody_has_groups(session),
        is_copy=course.copied_from_id is not None,
        has_lms_url=course.lms_url is not None,
        keeps_cookies=keeps_cookies,
    )


def events_of(session: Session, registration_id: int) -> Counter[tuple[str, str]]:
    """Count what came through the doorway from a platform lately, by event and reason."""
    counted = session.execute(
        select(Audit.event, Audit.reason, func.count(Audit.id))
        .where(
            Audit.registration_id == registration_id,
            Audit.created_at > clock.now() - LATELY,
        )
        .group_by(Audit.event, Audit.reason)
    )
    return Counter({(event, reason): count for event, reason, count in counted})


def launches(events: Mapping[tuple[str, str], int]) -> rules.Launches:
    """Return how many launches were let in, and why others were not."""
    refused: Counter[str] = Counter()
    accepted = 0
    for (event, reason), count in events.items():
        if event in {"launch", "login"} and reason != _ACCEPTED:
            refused[reason] += count
        elif reason == _ACCEPTED:
            accepted += count
    return rules.Launches(accepted, dict(refused.most_common()))


def _roster(session: Session, course: Course) -> rules.Roster:
    return rules.Roster(
        is_offered=bool(course.memberships_url),
        at=course.roster_at,
        error=course.roster_error,
        active=session.scalar(
            select(func.count(Enrolment.id)).where(Enrolment.is_active)
        )
        or 0,
    )


def _names(session: Session) -> rules.Names:
    counted = session.execute(
        select(func.count(Person.id), func.count(Person.name), func.count(Person.email))
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.is_active, Enrolment.role == "participant")
    ).one()
    return rules.Names(*counted)


def _grades(session: Session, course: Course) -> rules.Grades:
    return rules.Grades(
        has_list=bool(course.lineitems_url),
        coupled=session.scalar(
            select(func.count(Activity.id)).where(Activity.line_item_url.is_not(None))
        )
        or 0,
        scopes=_scopes(course),
        delivered_at=session.scalar(select(func.max(Grade.sent_at))),
        trouble=rules.trouble(_failing(session)),
        failed=sum(_failed(session).values()),
    )


def _failing(session: Session) -> Iterator[Failing]:
    """Give the reasons for which grades fail or wait just now, by line item."""
    arrived = _arrived(session)
    for item, code, count, at in session.execute(_FAILING):
        if code is None:  # It waits for its first answer.
            continue
        match reach_of(code):
            case Reach.COLUMN:
                yield Failing(
                    code, count, is_of_column=True, at=at, arrived_at=arrived.get(item)
                )
            case Reach.COURSE:
                last = max(arrived.values(), default=None)
                yield Failing(code, count, is_of_column=False, at=at, arrived_at=last)


def _arrived(session: Session) -> Mapping[int, datetime]:
    """Return when the last of the grades arrived that stand in the LMS, by line item."""
    found = session.execute(
        select(Grade.line_item_id, func.max(Grade.sent_at))
        .where(Grade.state == "sent")
        .group_by(Grade.line_item_id)
    )
    return {item: at for item, at in found if at is not None}


def _failed(session: Session) -> Mapping[int, int]:
    """Count the grades that did not arrive, by line item."""
    counted = session.execute(
        select(Grade.line_item_id, func.count(Grade.id))
        .where(Grade.state == "failed")
        .group_by(Grade.line_item_id)
    )
    return dict(counted.all())


def _somebody_has_groups(session: Session) -> bool:
    listed = session.scalars(select(Enrolment.platform_groups))
    return any(listed)


def servings(session: Session) -> list[Serving]:
    """Return which line item serves what, and by which rule."""
    items = {
        (i.resource_id, i.tag): i
        for i in session.scalars(select(LineItem).order_by(LineItem.id))
    }
    course, links, failed = course_of(session), _links(session), _failed(session)
    may_make = bool(course.lineitems_url) and "lineitem" in _scopes(course)
    found = []
    for activity, tag in dict.fromkeys([*GRADED, *items]):
        item = items.get((activity, tag))
        coupled = coupled_url(session, activity, tag)
        used = item.url if item else None
        rule = rules.rule_of(
            url=used,
            is_coupled=bool(item and item.is_coupled),
            link=coupled,
            may_make=may_make,
        )
        found.append(
            Serving(
                activity=activity,
                tag=tag,
                label=item.label if item else None,
                rule=rule,
                link=links.get(used or coupled or ""),
                problem=item.problem if item else None,
                failed=failed.get(item.id, 0) if item else 0,
            )
        )
    return found


def _scopes(course: Course) -> frozenset[str]:
    """Return the last part of each scope that the platform offered for grades."""
    return frozenset(scope.rpartition("/")[2] for scope in course.grade_scopes)


def _links(session: Session) -> Mapping[str, str]:
    """Return the titles of the links that have a line item, by its address."""
    return {
        activity.line_item_url: activity.title or activity.resource_link_id
        for activity in activities(session)
        if activity.line_item_url
    }


def activities(session: Session) -> list[Activity]:
    """Return the links to this course that were opened so far."""
    return list(session.scalars(select(Activity).order_by(Activity.id)))
