"""Addresses at which an administrator may register a learning platform, once each."""

from lti_tool.entrance.registration import service
from lti_tool.errors import SettingError
from lti_tool.lti.models import Registration
from lti_tool.persistence.session import EVERYWHERE, Session
from lti_tool.web.tool import Tool


def invite(
    tool: Tool, name: str | None, registration_id: int | None
) -> tuple[str, str]:
    """Return a one-time address, and what the operator should know of it."""
    with tool.database.transaction(EVERYWHERE) as session:
        renewed = _name_of(session, registration_id)
        secret, expires_at = service.invite(
            session, name=name, registration_id=registration_id
        )
    what = "registers a platform" if renewed is None else f"renews “{renewed}”"
    note = (
        f"Valid until {expires_at:%Y-%m-%d %H:%M} UTC; it {what}, once. Give it only to the"
        " administrator of the platform, who enters it where tools are registered."
    )
    return f"{tool.settings.base_url}/lti/register?token={secret}", note


def _name_of(session: Session, registration_id: int | None) -> str | None:
    if registration_id is None:
        return None
    found = session.get(Registration, registration_id)
    if found is None:
        raise SettingError(
            f"There is no registration {registration_id}: 'lti-tool platform list' shows all."
        )
    return found.name
