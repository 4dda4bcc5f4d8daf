"""Looks at an installation and says what to change."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta

from sqlalchemy import select

from lti_tool import clock, keys
from lti_tool.app import build_tool
from lti_tool.errors import SettingError
from lti_tool.gradebook.delivery import oldest_due
from lti_tool.lti.http import PlatformUnreachableError
from lti_tool.lti.models import Registration
from lti_tool.operation import schema
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.settings import Settings
from lti_tool.web.tool import Tool

_LATE = timedelta(minutes=5)
_SECRET = {"secret_key", "secret_key_old", "data_keys", "metrics_token", "smtp_url"}


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    is_fine: bool
    text: str


def examine(settings: Settings, say: Callable[[str], None]) -> int:
    """Print settings and findings; return 0 if all is fine, 1 if something should change."""
    for field in dataclasses.fields(settings):
        say(f"  {field.name:<18} {_shown(settings, field.name)}")
    findings = list(_findings(settings))
    for finding in findings:
        say(f"{'ok  ' if finding.is_fine else 'BAD '} {finding.text}")
    return 0 if all(finding.is_fine for finding in findings) else 1


def _shown(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if name in _SECRET:
        return "set" if value else "not set"
    if name == "database_url" and "@" in str(value):
        return f"{str(value).split('://')[0]}://…@{str(value).rpartition('@')[2]}"
    return str(value) if value not in (None, ()) else "not set"


def _findings(settings: Settings) -> Iterator[Finding]:
    tool = build_tool(settings, lambda _kind: None)
    try:
        tool.database.check()
        schema.require_newest(tool.database)
        yield Finding(
            is_fine=True, text="The database answers and is at the newest revision."
        )
    except SettingError as error:
        yield Finding(is_fine=False, text=error.line)
        return
    yield _keys(tool)
    yield _grades(tool)
    yield from _platforms(tool)
    tool.database.close()


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


def _grades(tool: Tool) -> Finding:
    with tool.database.reading(EVERYWHERE) as session:
        since = oldest_due(session)
    if since is not None and clock.now() - since > _LATE:
        return Finding(
            is_fine=False,
            text=f"A grade has waited since {since:%Y-%m-%d %H:%M} UTC: is 'lti-tool worker' running?",
        )
    return Finding(is_fine=True, text="No grade waits for long.")


def _platforms(tool: Tool) -> Iterator[Finding]:
    with tool.database.reading(EVERYWHERE) as session:
        found = session.scalars(select(Registration).where(Registration.enabled)).all()
    if not found:
        yield Finding(
            is_fine=False,
            text="No platform is registered: 'lti-tool platform add --help' says how.",
        )
    for registration in found:
        try:
            reply = tool.http.send("GET", registration.jwks_url)
        except PlatformUnreachableError as error:
            yield Finding(
                is_fine=False,
                text=f"{registration.name}: its keys cannot be fetched ({error.kind}) from {registration.jwks_url}.",
            )
            continue
        good = isinstance(reply.json(), dict)
        text = (
            "answers with its keys"
            if good
            else f"answers {reply.status} without keys at {registration.jwks_url}"
        )
        yield Finding(is_fine=good, text=f"{registration.name}: {text}.")
