"""What a platform asks when staff add activities, and our signed answer (LTI Deep Linking 2.0)."""

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lti_tool.lti.claims import CLAIM
from lti_tool.lti.connector import Connector
from lti_tool.lti.models import Deployment

_CLAIM = "https://purl.imsglobal.org/spec/lti-dl/claim/"
_CLOCK_MARGIN = 5
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Question:
    """What the platform wants to know: where the answer goes, and what it may hold."""

    return_url: str
    takes_several: bool
    takes_line_items: bool
    data: Any
    """Goes back as it came; None where the platform sent nothing."""

    @classmethod
    def read(cls, settings: str) -> "Question":
        """Return the question of a launch session, whose settings are JSON."""
        said = json.loads(settings)
        return cls(
            return_url=str(said["deep_link_return_url"]),
            takes_several=_is(said.get("accept_multiple"), wanted=True),
            # A platform that does not say whether it makes columns may well make them.
            takes_line_items=not _is(said.get("accept_lineitem"), wanted=False),
            data=said.get("data"),
        )


def _is(value: object, *, wanted: bool) -> bool:
    """Tell whether a setting says yes, or no; some platforms write it as a text."""
    return value is wanted or str(value).lower() == str(wanted).lower()


@dataclass(frozen=True, slots=True)
class LineItem:
    """The gradebook column that should come with a link."""

    label: str
    maximum: float
    resource_id: str
    tag: str

    def as_claim(self) -> dict[str, Any]:
        """Return the column as a content item carries it."""
        return {
            "label": self.label,
            "scoreMaximum": self.maximum,
            "resourceId": self.resource_id,
            "tag": self.tag,
        }


@dataclass(frozen=True, slots=True)
class Link:
    """A resource link that staff want in their course."""

    url: str
    title: str
    text: str
    custom: Mapping[str, str]
    line_item: LineItem | None = None

    def as_claim(self) -> dict[str, Any]:
        """Return the link as a content item."""
        item: dict[str, Any] = {
            "type": "ltiResourceLink",
            "url": self.url,
            "title": self.title,
            "text": self.text,
            "custom": dict(self.custom),
        }
        if self.line_item is not None:
            item["lineItem"] = self.line_item.as_claim()
        return item


def answer(
    connector: Connector,
    deployment: Deployment,
    question: Question,
    links: Sequence[Link],
    message: str | None = None,
) -> str:
    """Return the signed answer; without links it says that nothing was chosen, with a message."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": deployment.registration.client_id,
        "aud": deployment.registration.issuer,
        # Moodle refuses a token from two seconds ahead of its own clock.
        "iat": now - _CLOCK_MARGIN,
        "exp": now + _SECONDS,
        "nonce": secrets.token_urlsafe(24),
        f"{CLAIM}deployment_id": deployment.deployment_id,
        f"{CLAIM}message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}version": "1.3.0",
        f"{_CLAIM}content_items": [link.as_claim() for link in links],
    }
    if question.data is not None:
        claims[f"{_CLAIM}data"] = question.data
    if message is not None:
        claims[f"{_CLAIM}msg"] = message
    return connector.sign(claims)
