"""What all services share: formats, tokens, faults, and how Moodle says no."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from lti_tool.practice_lms.faults import Fault
from lti_tool.practice_lms.lms import current_lms
from lti_tool.practice_lms.world import Course

PREFIX = "/services"


class ProblemError(Exception):
    """A service request that fails before it changes anything."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Operation:
    """What one method of a resource does, and one of which scopes it needs."""

    scopes: frozenset[str]
    handle: Callable[..., Response]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A service address; `formats` are the media types it reads or writes."""

    kind: str
    rule: str
    formats: frozenset[str]
    operations: Mapping[str, Operation]


def moodle_json(value: object) -> str:
    """Return JSON as PHP writes it: slashes escaped, ASCII, no spaces."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


def answer(body: str, media_type: str, status: str | int = 200) -> Response:
    """Return a service's answer."""
    return Response(body, status, content_type=f"{media_type}; charset=utf-8")


def problem(status: int, reason: str) -> Response:
    """Return Moodle's account of a request that was not handled."""
    account = {
        "status": status,
        "reason": reason,
        "request": {
            "method": request.method,
            "url": request.full_path.rstrip("?"),
            "accept": request.headers.get("Accept", ""),
            "contentType": request.headers.get("Content-Type", ""),
        },
    }
    # HTTP cannot carry the blank at the end of some of Moodle's reasons.
    body = json.dumps(account, indent=4)
    return answer(body, "application/json", f"{status} {reason.strip()}")


def course_or_problem(context_id: str) -> Course:
    """Return the course with this context id."""
    course = current_lms().world.find_context(context_id)
    if course is None:
        raise ProblemError(404, f"Not Found: Course {context_id} doesn't exist")
    return course


def add(blueprint: Blueprint, resource: Resource) -> None:
    """Serve a resource."""
    blueprint.add_url_rule(
        resource.rule,
        endpoint=resource.kind,
        view_func=partial(_serve, resource),
        methods=["GET", "POST", "PUT", "DELETE"],
        provide_automatic_options=False,
    )


def with_faults(kind: str, respond: Callable[[], Response]) -> Response:
    """Answer, unless a test has switched on that this kind of request fails."""
    lms = current_lms()
    fault = lms.faults.take(kind, _score_user() if kind == "score" else None)
    response = respond() if fault is None else _answer_fault(fault, respond)
    lms.traffic.count(kind, response.status_code)
    return response


def _answer_fault(fault: Fault, respond: Callable[[], Response]) -> Response:
    if fault.answer == "delay":
        time.sleep(fault.seconds)
        return respond()
    if fault.answer == "apply_then_fail":
        respond()
    response = problem(fault.status, "A fault was switched on")
    if fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _score_user() -> str | None:
    sent: Any = request.get_json(force=True, silent=True)
    return str(sent.get("userId")) if isinstance(sent, dict) else None


def _serve(resource: Resource, **path: str) -> Response:
    return with_faults(resource.kind, partial(_answer_or_problem, resource, path))


def _answer_or_problem(resource: Resource, path: dict[str, str]) -> Response:
    try:
        _check_format(resource)
        operation = resource.operations.get(request.method)
        if operation is None:
            return problem(405, "Method Not Allowed")
        _check_token(operation)
        return operation.handle(**path)
    except ProblemError as error:
        return problem(error.status, error.reason)


def _check_format(resource: Resource) -> None:
    """Moodle wants exactly one format: the content sent, or else the one accepted."""
    accept = request.headers.get("Accept", "*/*")
    content = request.headers.get("Content-Type", "")
    if request.method in ("POST", "PUT"):
        found = content.partition(";")[0].strip() in resource.formats
    else:
        found = "*/*" in accept or accept in resource.formats
    if not found:
        path = request.path.removeprefix(PREFIX)
        wanted = "" if "*/*" in accept else accept
        raise ProblemError(400, f"No handler found for {path} {wanted} {content}")


def _check_token(operation: Operation) -> None:
    lms = current_lms()
    type_id = request.args.get("type_id", lms.addresses.deployment_id)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    allowed = lms.tickets.scopes_of(token, lms.clock())
    if (
        scheme.lower() != "bearer"
        or type_id != lms.addresses.deployment_id
        or not allowed & operation.scopes
    ):
        raise ProblemError(401, "Unauthorized")
