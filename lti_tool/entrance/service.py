"""From a trusted launch to an open session."""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError

from lti_tool import clock
from lti_tool.courses import copying
from lti_tool.courses import service as courses
from lti_tool.entrance import reviewing
from lti_tool.entrance.deep_linking import service as deep_linking
from lti_tool.entrance.privacy_request.service import Disclosure, disclose
from lti_tool.errors import LaunchRefusedError
from lti_tool.i18n import spoken
from lti_tool.lti import audit
from lti_tool.lti.launch import check_launch, redeem
from lti_tool.lti.messages import DeepLinkingRequest, Launch, Message, PrivacyRequest
from lti_tool.lti.models import Registration
from lti_tool.lti.session import open_session, trace_of
from lti_tool.persistence.session import EVERYWHERE, Session
from lti_tool.web.tool import Tool

_MOST_COLLISIONS = 3
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Admission:
    """Which session was opened, and on which page it begins."""

    launch_session_id: str
    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the doorway knows of a message besides what the platform signed."""

    proofs: Collection[str]
    """The secrets that may prove the browser: of its cookie, and of the cookie of this login."""
    keeps: str | None
    """The secret by which it is known from now on; None where it keeps no cookie."""
    launch_session_id: str
    """Of the session to be opened."""
    language: str
    """What the browser asks for; Open edX names no language."""

    @property
    def trace_id(self) -> str:
        """How log and audit call what this message opens, up to the gradebook."""
        return trace_of(self.launch_session_id)


def admit(
    tool: Tool, form: Mapping[str, str], arrival: Arrival
) -> Admission | Disclosure:
    """Check a message, store what it says and open its session; raise LaunchRefusedError if not.

    A request for what is stored of a person opens no session and stores nothing of anybody.
    """
    if "error" in form:
        raise LaunchRefusedError(audit.platform_error(form["error"]))
    # Checking may fetch keys over the network, so nothing is locked while it goes on.
    with tool.database.reading(EVERYWHERE) as session:
        message = check_launch(
            session,
            tool.platform_keys,
            form,
            base_url=tool.settings.base_url,
            browsers=arrival.proofs,
        )
    for _attempt in range(_MOST_COLLISIONS):
        # When a class arrives, two launches may store the same course or person at once;
        # the slower one then finds them stored.
        with suppress(IntegrityError):
            return _let_in(tool, message, arrival)
    return _let_in(tool, message, arrival)


def _let_in(tool: Tool, message: Message, arrival: Arrival) -> Admission | Disclosure:
    event = audit.EVENTS.get(message.message_type, "launch")
    with tool.database.transaction(EVERYWHERE) as session:
        redeem(session, message.login_id)
        admission = _open(tool, session, message, arrival)
        session.get_one(
            Registration, message.registration_id
        ).last_launch_at = clock.now()
        audit.record(
            session,
            event,
            "accepted",
            registration_id=message.registration_id,
            trace_id=arrival.trace_id,
        )
    log.info("let in", message=event, registration=message.registration_id)
    return admission


def _open(
    tool: Tool, session: Session, message: Message, arrival: Arrival
) -> Admission | Disclosure:
    match message:
        case Launch():
            return _open_activity(tool, session, message, arrival)
        case DeepLinkingRequest():
            return _open_picker(session, message, arrival)
        case PrivacyRequest():
            return disclose(session, message)
        case _:
            raise LaunchRefusedError("message_not_offered")


def _open_activity(
    tool: Tool, session: Session, launch: Launch, arrival: Arrival
) -> Admission:
    entry = courses.enter(session, launch)
    if entry.role == "staff" and copying.is_fresh(entry.course):
        parts = copying.set_ups(tool.features)
        ids = (entry.course.id, entry.person.id)
        session.after_commit(
            partial(copying.take_over_at_once, tool.database, parts, *ids)
        )
    opened = open_session(
        session,
        launch,
        arrival.launch_session_id,
        course_id=entry.course.id,
        person_id=entry.person.id,
        activity=entry.activity,
        locale=spoken(launch.locale) or arrival.language,
        browser=arrival.keeps,
    )
    return Admission(opened.id, *reviewing.target_of(tool, session, launch, entry))


def _open_picker(
    session: Session, message: DeepLinkingRequest, arrival: Arrival
) -> Admission:
    course, person, _place = courses.come_in(session, message)
    opened = open_session(
        session,
        message,
        arrival.launch_session_id,
        course_id=course.id,
        person_id=person.id,
        activity=deep_linking.ACTIVITY,
        locale=spoken(message.locale) or arrival.language,
        browser=arrival.keeps,
        deep_linking=json.dumps(message.deep_linking),
    )
    return Admission(opened.id, "deep_linking.picker")


def note_refusal(
    tool: Tool, event: str, reason: str, trace_id: str, sent: Mapping[str, str]
) -> None:
    """Store why a login or launch was refused, and for which platform if our tables know."""
    with tool.database.transaction(EVERYWHERE) as session:
        audit.record(
            session,
            event,
            reason,
            registration_id=audit.whose(session, sent),
            trace_id=trace_id,
        )
