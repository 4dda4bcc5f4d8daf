"""From a platform's notices to what the tool keeps of them."""

from collections.abc import Sequence

from lti_tool.errors import LaunchRefusedError
from lti_tool.lti import audit, notices
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web.tool import Tool

MOST_NOTICES = 100


def tokens(sent: object) -> list[str] | None:
    """Return the signed notices of a request, None for a request of another form."""
    listed = sent.get("notices") if isinstance(sent, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_NOTICES:
        return None
    found = [one.get("jwt") if isinstance(one, dict) else None for one in listed]
    texts = [one for one in found if isinstance(one, str)]
    return texts if len(texts) == len(listed) else None


def take(tool: Tool, sent: Sequence[str], trace_id: str) -> bool:
    """Keep every notice that can be trusted, and tell whether all of them could."""
    copied: list[notices.Copied] = []
    refused: list[str] = []
    for token in sent:
        # Checking may fetch keys over the network, so nothing is locked while it goes on.
        with tool.database.reading(EVERYWHERE) as session:
            try:
                notice = notices.read(session, tool.platform_keys, token)
            except LaunchRefusedError as error:
                refused.append(error.reason)
                continue
        if notice is not None:
            copied.append(notice)
    with tool.database.transaction(EVERYWHERE) as session:
        for notice in copied:
            notices.store(session, notice)
            audit.record(
                session,
                "notice",
                "accepted",
                registration_id=notice.registration_id,
                trace_id=trace_id,
            )
        # Anybody can send a hundred; one row says what is wrong with them.
        for reason in refused[:1]:
            audit.record(session, "notice", reason, trace_id=trace_id)
    return not refused
