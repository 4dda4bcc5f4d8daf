"""What a monitoring system reads: counted from the database, so that all processes agree.

Registrations are numbers, as ``lti-tool platform list`` shows them; nobody is named.
"""

import secrets
from collections.abc import Iterable
from datetime import timedelta

from flask import Blueprint, Response, abort, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from typing_extensions import override

from lti_tool import clock
from lti_tool.courses.models import Course
from lti_tool.gradebook.lanes import oldest_due
from lti_tool.gradebook.models import Grade, PlatformGate
from lti_tool.lti.models import Audit, Deployment, Registration
from lti_tool.persistence import workers
from lti_tool.persistence.session import EVERYWHERE, Session
from lti_tool.web.tool import current_tool

_DAY = timedelta(days=1)
_LATE = timedelta(minutes=5)
"""A list of members is overdue when it has waited longer than a fetch may take."""
_STATES = ("due", "sent", "failed", "changed", "left", "withdrawn", "none")

metrics = Blueprint("metrics", __name__)


@metrics.get("/metrics")
def show() -> Response:
    """Give the figures to whoever knows the token; without one set there is no such page."""
    token = current_tool().settings.metrics_token
    if token is None:
        abort(404)
    if not _knows(token):
        return Response(
            "Authorization: Bearer <LTI_TOOL_METRICS_TOKEN> is needed.\n",
            401,
            {"WWW-Authenticate": "Bearer"},
            content_type="text/plain; charset=utf-8",
        )
    with current_tool().database.reading(EVERYWHERE) as session:
        # Of its own, for the default one would count this process alone.
        registry = CollectorRegistry()
        registry.register(_Figures(session))
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(registry), content_type=content_type)


def _knows(token: str) -> bool:
    sent = request.headers.get("Authorization", "")
    return secrets.compare_digest(sent.encode(), f"Bearer {token}".encode())


class _Figures(Collector):
    """Every figure, read when asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @override
    def collect(self) -> Iterable[GaugeMetricFamily]:
        session = self._session
        yield GaugeMetricFamily(
            "lti_tool_workers", "Workers that live.", workers.alive(session)
        )
        yield GaugeMetricFamily(
            "lti_tool_oldest_due_grade_seconds",
            "How long the longest-waiting grade has waited; 0 if none waits.",
            _oldest(session),
        )
        yield _grades(session)
        yield from _gates(session)
        yield _launches(session)
        yield GaugeMetricFamily(
            "lti_tool_rosters_overdue",
            "Lists of members that should have been fetched five minutes ago.",
            _overdue(session),
        )


def _oldest(session: Session) -> float:
    since = oldest_due(session)
    return max((clock.now() - since).total_seconds(), 0) if since else 0


def _grades(session: Session) -> GaugeMetricFamily:
    found = GaugeMetricFamily(
        "lti_tool_grades",
        "Grades by state; failed and changed ones need a person.",
        labels=["state"],
    )
    counted = dict(
        session.execute(select(Grade.state, func.count()).group_by(Grade.state)).all()
    )
    for state in (*_STATES, *sorted(counted.keys() - set(_STATES))):
        found.add_metric([state], counted.get(state, 0))
    return found


def _gates(session: Session) -> Iterable[GaugeMetricFamily]:
    closed = GaugeMetricFamily(
        "lti_tool_platform_spared",
        "1 while no grades but one trial are sent to a platform, for it failed or asked for it.",
        labels=["registration"],
    )
    failures = GaugeMetricFamily(
        "lti_tool_platform_failures",
        "Failures of a platform in a row.",
        labels=["registration"],
    )
    for number, until, count in session.execute(
        select(Registration.id, PlatformGate.closed_until, PlatformGate.failures)
        .outerjoin(PlatformGate, PlatformGate.registration_id == Registration.id)
        .where(Registration.enabled)
        .order_by(Registration.id)
    ):
        # A gate that was only closed on request opens by itself, though nobody has gone through.
        is_closed = until is not None and (bool(count) or until > clock.now())
        closed.add_metric([str(number)], float(is_closed))
        failures.add_metric([str(number)], count or 0)
    return closed, failures


def _launches(session: Session) -> GaugeMetricFamily:
    found = GaugeMetricFamily(
        "lti_tool_launches_last_day",
        "Launches, logins and registrations of the last 24 hours by what came of them.",
        labels=["event", "reason"],
    )
    for event, reason, count in session.execute(
        select(Audit.event, Audit.reason, func.count())
        .where(Audit.created_at > clock.now() - _DAY)
        .group_by(Audit.event, Audit.reason)
        .order_by(Audit.event, Audit.reason)
    ):
        found.add_metric([event, reason], count)
    return found


def _overdue(session: Session) -> int:
    waiting = (
        select(func.count(Course.id))
        .join(Deployment, Deployment.id == Course.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .where(
            Course.roster_due_at < clock.now() - _LATE,
            Course.memberships_url.is_not(None),
            Registration.enabled,
        )
    )
    return session.scalar(waiting) or 0
