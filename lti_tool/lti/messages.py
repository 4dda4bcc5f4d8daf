"""What a platform may send, once it is trusted: the kinds of messages, and what each says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.lti import claims
from lti_tool.lti.addresses import origin
from lti_tool.lti.claims import CLAIM, GradeEndpoint, part, text
from lti_tool.lti.models import Registration
from lti_tool.lti.roles import Role, role_of

RESOURCE_LINK = "LtiResourceLinkRequest"
REVIEW = "LtiSubmissionReviewRequest"
DEEP_LINKING = "LtiDeepLinkingRequest"
PRIVACY = "DataPrivacyLaunchRequest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that was checked in full: who sends whom, through which deployment."""

    login_id: int
    registration_id: int
    deployment_id: str
    message_type: str
    sub: str
    name: str | None
    email: str | None
    role: Role
    locale: str | None
    platform_family: str | None
    frame_origin: str
    for_user: str | None = None

    @property
    def is_moodle(self) -> bool:
        """Tell whether the platform says that it is Moodle."""
        return self.platform_family == "moodle"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextMessage(Message):
    """A message out of a course, with the services that the course is offered."""

    context_id: str
    context_title: str | None
    custom: Mapping[str, str]
    grades: GradeEndpoint | None
    memberships_url: str | None
    groups_url: str | None
    user_groups: tuple[str, ...] | None
    notices_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch(ContextMessage):
    """Somebody opens a resource link, or out of a gradebook the work of ``for_user``."""

    resource_link_id: str
    resource_link_title: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepLinkingRequest(ContextMessage):
    """Staff choose what the course links to."""

    deep_linking: Mapping[str, Any]
    """The settings of the request (LTI Deep Linking 2.0, 2.3.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRequest(Message):
    """Somebody asks what is known of ``for_user``, on the whole platform."""


def message_of(said: Mapping[str, Any], login_id: int, known: Registration) -> Message:
    """Return what checked claims say, as the kind of message that they are."""
    everywhere: dict[str, Any] = {
        "login_id": login_id,
        "registration_id": known.id,
        "deployment_id": said[f"{CLAIM}deployment_id"],
        "message_type": said[f"{CLAIM}message_type"],
        "sub": said["sub"],
        "name": claims.full_name(said),
        "email": text(said.get("email")),
        "role": role_of(said[f"{CLAIM}roles"]),
        "locale": text(part(said, "launch_presentation").get("locale")),
        "platform_family": text(part(said, "tool_platform").get("product_family_code")),
        "frame_origin": origin(known.auth_url),
        "for_user": text(part(said, "for_user").get("user_id")),
    }
    if everywhere["message_type"] == PRIVACY:
        return PrivacyRequest(**everywhere)
    context = part(said, "context")
    everywhere |= {
        "context_id": context["id"],
        "context_title": text(context.get("title")) or text(context.get("label")),
        "custom": claims.custom(said),
        "grades": claims.grade_endpoint(said),
        "memberships_url": claims.memberships_url(said),
        "groups_url": claims.groups_url(said),
        "user_groups": claims.user_groups(said),
        "notices_url": claims.notices_url(said),
    }
    if everywhere["message_type"] == DEEP_LINKING:
        return DeepLinkingRequest(**everywhere, deep_linking=claims.deep_linking(said))
    link = part(said, "resource_link")
    return Launch(
        **everywhere,
        resource_link_id=link["id"],
        resource_link_title=text(link.get("title")),
    )
