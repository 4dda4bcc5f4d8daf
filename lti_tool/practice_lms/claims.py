"""The claims of a launch, shaped like those of Moodle 4.5.6."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lti_tool.practice_lms import grading
from lti_tool.practice_lms.addresses import Addresses
from lti_tool.practice_lms.gradebook import LineItem
from lti_tool.practice_lms.world import Course, Person, ResourceLink, Role

ID_TOKEN_SECONDS = 60
PLATFORM_NAME = "Practice LMS"

_LTI = "https://purl.imsglobal.org/spec/lti/claim"
_ROLES = "http://purl.imsglobal.org/vocab/lis/v2"
MESSAGE_TYPE = f"{_LTI}/message_type"
BASIC_OUTCOME = "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"
AGS_ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_SERVICE = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
LINE_ITEM = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
LINE_ITEM_READ = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
RESULT_READ = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
MEMBERS_READ = (
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
)

LTI_ROLES = {
    Role.TEACHER: (f"{_ROLES}/membership#Instructor",),
    Role.NON_EDITING_TEACHER: (f"{_ROLES}/membership#Instructor",),
    Role.STUDENT: (f"{_ROLES}/membership#Learner",),
    Role.ADMINISTRATOR: (
        f"{_ROLES}/institution/person#Administrator",
        f"{_ROLES}/membership#Instructor",
        f"{_ROLES}/system/person#Administrator",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who comes out of which course; `now` is in whole seconds since 1970."""

    person: Person
    role: Role
    course: Course
    nonce: str
    locale: str
    now: int


@dataclass(frozen=True, kw_only=True)
class Launch(Sender):
    """What somebody opens, and how."""

    link: ResourceLink
    target: str = "iframe"


def basic_outcome(
    addresses: Addresses, link: ResourceLink, person: Person
) -> dict[str, str]:
    """Return the handle of the old outcome service, which only graded links have."""
    data = {
        "instanceid": link.id,
        "userid": person.sub,
        "typeid": addresses.deployment_id,
        "launchid": secrets.randbelow(2**31),
    }
    digest = hashlib.sha256((json.dumps(data) + secrets.token_hex()).encode())
    handle = json.dumps(
        {"data": data, "hash": digest.hexdigest()}, separators=(",", ":")
    )
    return {
        "lis_result_sourcedid": handle,
        "lis_outcome_service_url": f"{addresses.url}/services/outcome",
    }


def _ags_endpoint(
    addresses: Addresses, course: Course, coupled: Sequence[LineItem]
) -> dict[str, Any]:
    endpoint: dict[str, Any] = {
        "scope": [LINE_ITEM, LINE_ITEM_READ, RESULT_READ, SCORE],
        "lineitems": addresses.line_items_url(course.context_id),
    }
    if len(coupled) == 1:
        item = coupled[0]
        own = item.kind == grading.MANUAL
        endpoint["lineitem"] = (
            "" if own else addresses.line_item_url(course.context_id, item.id)
        )
    return endpoint


def _custom(addresses: Addresses, context_id: str) -> dict[str, str]:
    settings = f"{addresses.url}/services"
    tool = addresses.deployment_id
    return {
        "context_memberships_url": addresses.memberships_url(context_id),
        "system_setting_url": f"{settings}/tool/{tool}/custom",
        "context_setting_url": (
            f"{settings}/CourseSection/{context_id}/bindings/tool/{tool}/custom"
        ),
    }


def _link_custom(addresses: Addresses, launch: Launch) -> dict[str, str]:
    return {
        **launch.link.custom,
        # As if the tool's custom parameters said $Context.id.history.
        "context_history": ",".join(launch.course.copied_from),
        **_custom(addresses, launch.course.context_id),
        # Moodle leaves this one unfilled.
        "link_setting_url": f"{addresses.url}/services/links/{{link_id}}/custom",
    }


def _person_claims(person: Person) -> dict[str, Any]:
    claims = {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "name": person.name,
        f"{_LTI}/ext": {"user_username": person.username, "lms": "moodle-2"},
    }
    return claims if person.email is None else {**claims, "email": person.email}


def _presentation(addresses: Addresses, launch: Launch) -> dict[str, str]:
    container = 3 if launch.target == "iframe" else 4
    return {
        "locale": launch.locale,
        "document_target": launch.target,
        "return_url": (
            f"{addresses.url}/return?course={launch.course.context_id}"
            f"&launch_container={container}&instanceid={launch.link.id}"
            f"&as={launch.person.sub}&sesskey={secrets.token_hex(5)}"
        ),
    }


def _platform(addresses: Addresses) -> dict[str, str]:
    site = hashlib.md5(addresses.url.encode(), usedforsecurity=False)
    return {
        "product_family_code": "moodle",
        "version": "2024100706",
        "guid": site.hexdigest(),
        "name": PLATFORM_NAME,
        "description": f"{PLATFORM_NAME}, example data",
    }


def _context(course: Course) -> dict[str, Any]:
    return {
        "id": course.context_id,
        "label": course.label,
        "title": course.title,
        "type": ["CourseSection"],
    }


def sender_claims(addresses: Addresses, sender: Sender) -> dict[str, Any]:
    """Return the claims of every message out of a course."""
    person, course = sender.person, sender.course
    return {
        "nonce": sender.nonce,
        "iat": sender.now,
        "exp": sender.now + ID_TOKEN_SECONDS,
        "iss": addresses.issuer,
        "aud": addresses.client_id,
        f"{_LTI}/deployment_id": addresses.deployment_id,
        f"{_LTI}/target_link_uri": addresses.tool_launch_url,
        "sub": person.sub,
        f"{_LTI}/lis": {
            "person_sourcedid": person.sourced_id,
            "course_section_sourcedid": course.sourced_id,
        },
        f"{_LTI}/roles": list(LTI_ROLES[sender.role]),
        f"{_LTI}/context": _context(course),
        **_person_claims(person),
        f"{_LTI}/launch_presentation": {"locale": sender.locale},
        f"{_LTI}/tool_platform": _platform(addresses),
        f"{_LTI}/version": "1.3.0",
        f"{_LTI}/custom": _custom(addresses, course.context_id),
        AGS_ENDPOINT: _ags_endpoint(addresses, course, ()),
        NRPS_SERVICE: {
            "context_memberships_url": addresses.memberships_url(course.context_id),
            "service_versions": ["1.0", "2.0"],
        },
    }


def launch_claims(
    addresses: Addresses, launch: Launch, coupled: Sequence[LineItem]
) -> dict[str, Any]:
    """Return all claims of a launch; `coupled` are the line items of its link."""
    link = launch.link
    claims = {
        **sender_claims(addresses, launch),
        MESSAGE_TYPE: "LtiResourceLinkRequest",
        f"{_LTI}/target_link_uri": link.url or addresses.tool_launch_url,
        f"{_LTI}/resource_link": {
            "title": link.title,
            "description": link.description,
            "id": link.id,
        },
        f"{_LTI}/launch_presentation": _presentation(addresses, launch),
        f"{_LTI}/custom": _link_custom(addresses, launch),
        AGS_ENDPOINT: _ags_endpoint(addresses, launch.course, coupled),
    }
    if any(item.kind == grading.ACTIVITY for item in coupled):
        claims[BASIC_OUTCOME] = basic_outcome(addresses, link, launch.person)
    return claims
