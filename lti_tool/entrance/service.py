"""From a trusted launch to an open session."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.errors import LaunchRefusedError
from lti_tool.i18n import DEFAULT_LANGUAGE, spoken
from lti_tool.lti import audit
from lti_tool.lti.launch import Launch, check_launch, redeem
from lti_tool.lti.models import Registration
from lti_tool.lti.session import open_session
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web.tool import Tool

_MOST_COLLISIONS = 3


@dataclass(frozen=True, slots=True)
class Admission:
    """Which session was opened, and on which activity."""

    launch_session_id: str
    activity: str
    locale: str


def admit(
    tool: Tool, form: Mapping[str, str], browser: str | None, trace_id: str
) -> Admission:
    """Check a launch, store what it says and open its session; raise LaunchRefusedError if not."""
    if "error" in form:
        raise LaunchRefusedError("platform_error")
    # Checking may fetch keys over the network, so nothing is locked while it goes on.
    with tool.database.reading(EVERYWHERE) as session:
        launch = check_launch(
            session,
            tool.platform_keys,
            form,
            base_url=tool.settings.base_url,
            browser=browser,
        )
    for _attempt in range(_MOST_COLLISIONS):
        # When a class arrives, two launches may store the same course or person at once;
        # the slower one then finds them stored.
        with suppress(IntegrityError):
            return _enter(tool, launch, browser or "", trace_id)
    return _enter(tool, launch, browser or "", trace_id)


def _enter(tool: Tool, launch: Launch, browser: str, trace_id: str) -> Admission:
    locale = spoken(launch.locale) or DEFAULT_LANGUAGE
    with tool.database.transaction(EVERYWHERE) as session:
        redeem(session, launch.login_id)
        entry = courses.enter(session, launch)
        if entry.course.roster_due_at is not None:
            session.ring("roster")
        opened = open_session(
            session,
            launch,
            course_id=entry.course.id,
            person_id=entry.person.id,
            activity=entry.activity,
            locale=locale,
            browser=browser,
        )
        session.get_one(
            Registration, launch.registration_id
        ).last_launch_at = clock.now()
        audit.record(
            session,
            "launch",
            "accepted",
            registration_id=launch.registration_id,
            trace_id=trace_id,
        )
        return Admission(opened.id, entry.activity, locale)


def note_refusal(tool: Tool, event: str, reason: str, trace_id: str) -> None:
    """Store why a login or launch was refused."""
    with tool.database.transaction(EVERYWHERE) as session:
        audit.record(session, event, reason, trace_id=trace_id)
