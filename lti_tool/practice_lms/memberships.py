"""Names and Role Provisioning Services 2.0: who is in a course."""

from typing import Any

from flask import Blueprint, Response, request

from lti_tool.practice_lms import claims, grading
from lti_tool.practice_lms.lms import current_lms
from lti_tool.practice_lms.services import (
    Operation,
    ProblemError,
    Resource,
    add,
    answer,
    course_or_problem,
    moodle_json,
)
from lti_tool.practice_lms.world import Course, Member, Person, ResourceLink, Role

MEMBERSHIPS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

_MEMBERSHIP_URI = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def _short_role(member: Member) -> str:
    """Call a non-editing teacher a learner, though an instructor in launches."""
    return "Instructor" if member.role is Role.TEACHER else "Learner"


def _active_members(course: Course, role: str | None) -> list[Member]:
    wanted = (role or "").removeprefix(_MEMBERSHIP_URI)
    members = [
        member
        for member in course.members
        if member.active
        and (wanted not in ("Instructor", "Learner") or _short_role(member) == wanted)
    ]
    return sorted(members, key=lambda member: _by_name(member.person))


def _by_name(person: Person) -> tuple[str, str, int]:
    return person.family_name, person.given_name, int(person.sub)


def _message(link: ResourceLink, person: Person) -> dict[str, Any]:
    lms = current_lms()
    message: dict[str, Any] = {claims.MESSAGE_TYPE: "LtiResourceLinkRequest"}
    items = lms.coupled_line_items(link)
    if any(item.kind == grading.ACTIVITY for item in items):
        outcome = claims.basic_outcome(lms.addresses, link, person)
        message[claims.BASIC_OUTCOME] = outcome
    return message


def _shown(member: Member, link: ResourceLink | None) -> dict[str, Any]:
    person = member.person
    shown: dict[str, Any] = {"status": "Active", "roles": [_short_role(member)]}
    if link is not None:
        shown["message"] = [_message(link, person)]
    shown |= {
        "user_id": person.sub,
        "lis_person_sourcedid": person.sourced_id,
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
    }
    if person.email is not None:
        shown["email"] = person.email
    return {**shown, "ext_user_username": person.username}


def _asked_link(course: Course) -> ResourceLink | None:
    rlid = request.args.get("rlid")
    if rlid is None:
        return None
    link = next((link for link in course.links if link.id == rlid), None)
    if link is None:
        raise ProblemError(404, f"Not Found: Resource link {rlid} doesn't exist")
    return link


def _list_members(context_id: str, binding: str) -> Response:
    lms = current_lms()
    if binding != lms.addresses.deployment_id:
        raise ProblemError(401, "Unauthorized")
    course = course_or_problem(context_id)
    link = _asked_link(course)
    members = _active_members(course, request.args.get("role"))
    start = max(request.args.get("from", 0, type=int), 0)
    limit = request.args.get("limit", 0, type=int)
    end = start + limit if limit > 0 else len(members)
    url = lms.addresses.memberships_url(context_id)
    body = {
        "id": url,
        "context": {
            "id": course.context_id,
            "label": course.label,
            "title": course.title,
        },
        "members": [_shown(member, link) for member in members[start:end]],
    }
    response = answer(moodle_json(body), MEMBERSHIPS)
    if end < len(members):
        # Like Moodle, the next page forgets which role was asked for.
        response.headers["Link"] = f'<{url}?limit={limit}&from={end}>; rel="next"'
    return response


def register(blueprint: Blueprint) -> None:
    """Serve the members of a course."""
    resource = Resource(
        kind="memberships",
        rule="/CourseSection/<context_id>/bindings/<binding>/memberships",
        formats=frozenset({MEMBERSHIPS}),
        operations={"GET": Operation(frozenset({claims.MEMBERS_READ}), _list_members)},
    )
    add(blueprint, resource)
