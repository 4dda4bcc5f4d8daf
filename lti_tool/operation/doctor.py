"""Looks at an installation and says what to change."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from lti_tool import clock, keys
from lti_tool.app import build_tool
from lti_tool.attendance import evidence
from lti_tool.courses.models import Course
from lti_tool.errors import SettingError
from lti_tool.gradebook.models import Grade, PlatformGate
from lti_tool.lti.http import PlatformUnreachableError, Reply
from lti_tool.lti.models import Registration
from lti_tool.operation import schema
from lti_tool.operation.connections import counted, launches_of, troubles_of
from lti_tool.persistence import sealed, workers
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.settings import NAMES, Settings
from lti_tool.web.tool import Tool

_LATE = timedelta(minutes=5)
_MOST_CLOCK_ERROR = timedelta(seconds=20)
"""Our tokens are dated back a little; platforms such as Moodle allow no more."""
_SECRET = {
    "LTI_TOOL_SECRET_KEY",
    "LTI_TOOL_SECRET_KEY_OLD",
    "LTI_TOOL_DATA_KEY",
    "LTI_TOOL_METRICS_TOKEN",
    "LTI_TOOL_SMTP_URL",
}
_ATTRIBUTES = {"data_key": "data_keys"}
_CAUSES = {
    "dns": "its name is not known here",
    "blocked": "its address is private: see LTI_TOOL_PRIVATE_PLATFORMS",
    "tls": "its certificate is not trusted: see LTI_TOOL_CA_FILE",
    "timeout": "no answer in time",
    "connection": "no connection",
    "too_large": "its answer is too long",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    is_fine: bool
    text: str


def examine(settings: Settings, say: Callable[[str], None]) -> int:
    """Print settings and findings; return 0 if all is fine, 1 if something should change."""
    for name in NAMES:
        say(f"  {name:<26} {_shown(settings, name)}")
    findings = list(_findings(settings))
    for finding in findings:
        say(f"{'ok  ' if finding.is_fine else 'BAD '} {finding.text}")
    return 0 if all(finding.is_fine for finding in findings) else 1


def _shown(settings: Settings, name: str) -> str:
    attribute = name.removeprefix("LTI_TOOL_").lower()
    value = getattr(settings, _ATTRIBUTES.get(attribute, attribute))
    if value in (None, (), ""):
        return "not set"
    if name in _SECRET:
        return "set (not shown)"
    if attribute == "database_url":
        return make_url(str(value)).render_as_string(hide_password=True)
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return str(value)


def _findings(settings: Settings) -> Iterator[Finding]:
    tool = build_tool(settings, lambda _kind: None)
    try:
        tool.database.check()
        schema.require_fitting(tool.database)
        yield Finding(
            is_fine=True,
            text="The database answers and has the tables of this version.",
        )
        yield _texts(tool)
        yield _keys(tool)
        yield _workers(tool)
        yield _evidence(tool)
        yield from _platforms(tool)
    except SettingError as error:
        yield Finding(is_fine=False, text=error.line)
    finally:
        tool.database.close()


def _texts(tool: Tool) -> Finding:
    try:
        opened = sealed.require_opened(tool.database, tool.settings)
    except SettingError as error:
        return Finding(is_fine=False, text=error.line)
    if not opened:
        return Finding(is_fine=True, text="No text is encrypted yet.")
    return Finding(
        is_fine=True,
        text=f"The data key opens the encrypted texts ({opened} tried, one of each kind).",
    )


def _keys(tool: Tool) -> Finding:
    try:
        tool.key_folder.check()
        with tool.database.reading(EVERYWHERE) as session:
            kid = keys.active_kid(session)
        if kid is None:
            return Finding(
                is_fine=True, text="No signing key yet; the first start makes one."
            )
        tool.key_folder.load(kid)
    except SettingError as error:
        return Finding(is_fine=False, text=error.line)
    return Finding(
        is_fine=True,
        text=f"The signing key {kid} is here, and only its owner can read it.",
    )


def _workers(tool: Tool) -> Finding:
    with tool.database.reading(EVERYWHERE) as session:
        alive = workers.alive(session)
    if not alive:
        return Finding(
            is_fine=False,
            text="No worker lives, so nothing is sent or fetched: start 'lti-tool serve' or 'lti-tool worker'.",
        )
    return Finding(is_fine=True, text=f"Workers that live: {alive}.")


def _evidence(tool: Tool) -> Finding:
    with tool.database.reading(EVERYWHERE) as session:
        courses = session.scalars(select(Course.id).order_by(Course.id)).all()
    for course_id in courses:
        with tool.database.reading(course_id) as session:
            place = evidence.first_break(session)
        if place is not None:
            return Finding(
                is_fine=False,
                text=f"The evidence of attendance in course {course_id} was changed from outside at entry {place}: compare it with a backup.",
            )
    return Finding(is_fine=True, text="The evidence of attendance proves itself.")


def _platforms(tool: Tool) -> Iterator[Finding]:
    with tool.database.reading(EVERYWHERE) as session:
        found = session.scalars(select(Registration).where(Registration.enabled)).all()
    if not found:
        yield Finding(
            is_fine=False,
            text="No platform is registered: 'lti-tool platform add --help' says how.",
        )
    for registration in found:
        yield _launches(tool, registration)
        yield _services(tool, registration)
        yield _waiting(tool, registration)
        try:
            reply = tool.http.send("GET", registration.jwks_url)
        except PlatformUnreachableError as error:
            yield Finding(
                is_fine=False,
                text=f"{registration.name}: its keys cannot be fetched from {registration.jwks_url} ({_CAUSES[error.kind]}).",
            )
        else:
            yield _answer(registration, reply)
            yield from _clock(registration, reply)


def _launches(tool: Tool, registration: Registration) -> Finding:
    launches = launches_of(tool, registration.id)
    said = f"{registration.name} in the last 30 days: {launches.accepted} let in"
    if not launches.wrongly_set:
        return Finding(is_fine=True, text=f"{said}, none refused for a setting.")
    return Finding(
        is_fine=launches.wrongly_set <= launches.accepted,
        text=f"{said}, {launches.wrongly_set} refused for what is set wrongly: 'lti-tool platform show {registration.id}' says what to change.",
    )


def _services(tool: Tool, registration: Registration) -> Finding:
    lists, grades = troubles_of(tool, registration.id)
    if not lists and not grades:
        return Finding(
            is_fine=True,
            text=f"{registration.name}: no list of members and no grade failed.",
        )
    return Finding(
        is_fine=False,
        text=f"{registration.name}: the list of members failed in {counted(lists, 'course')}, and {counted(grades, 'grade')} failed: 'lti-tool platform show {registration.id}' says what to change.",
    )


def _waiting(tool: Tool, registration: Registration) -> Finding:
    with tool.database.reading(EVERYWHERE) as session:
        gate = session.get(PlatformGate, registration.id)
        waiting, since = session.execute(
            select(func.count(Grade.id), func.min(Grade.wanted_at)).where(
                Grade.registration_id == registration.id, Grade.state == "due"
            )
        ).one()
    wait = f"{counted(waiting, 'grade')} waiting"
    if waiting:
        wait += f" since {since:%Y-%m-%d %H:%M} UTC"
    if gate is not None and gate.closed_until is not None:
        return Finding(
            is_fine=False,
            text=f"{registration.name} is being spared, for it failed or asked for a pause: {wait}, tried again at {gate.closed_until:%H:%M} UTC. Nothing is lost; if it lasts, ask its administrators.",
        )
    if waiting and clock.now() - since > _LATE:
        return Finding(
            is_fine=False,
            text=f"{registration.name}: {wait}: is 'lti-tool worker' running?",
        )
    return Finding(is_fine=True, text=f"{registration.name}: no grade waits for long.")


def _answer(registration: Registration, reply: Reply) -> Finding:
    document = reply.json()
    if isinstance(document, dict) and document.get("keys"):
        return Finding(is_fine=True, text=f"{registration.name} answers with its keys.")
    return Finding(
        is_fine=False,
        text=f"{registration.name}: {registration.jwks_url} answers {reply.status} without keys: check --jwks-url.",
    )


def _clock(registration: Registration, reply: Reply) -> Iterator[Finding]:
    """Compare clocks, where the platform says what time it is."""
    try:
        theirs = parsedate_to_datetime(reply.headers.get("Date", ""))
    except ValueError:
        return
    ahead = clock.now() - theirs
    if abs(ahead) > _MOST_CLOCK_ERROR:
        yield Finding(
            is_fine=False,
            text=f"The clocks of this machine and of {registration.name} differ by {abs(ahead).total_seconds():.0f} seconds: set both by NTP.",
        )
    else:
        yield Finding(
            is_fine=True, text=f"The clock agrees with that of {registration.name}."
        )
