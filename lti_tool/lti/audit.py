"""What happened at the doorway: reason codes that say why, without tokens, names or addresses."""

from lti_tool.lti.models import Audit
from lti_tool.persistence.session import Session


def record(
    session: Session,
    event: str,
    reason: str,
    *,
    registration_id: int | None = None,
    trace_id: str | None = None,
) -> None:
    """Store one event, such as ``launch`` / ``accepted`` or ``launch`` / ``nonce_wrong``."""
    session.add(
        Audit(
            event=event,
            reason=reason,
            registration_id=registration_id,
            trace_id=trace_id,
        )
    )
