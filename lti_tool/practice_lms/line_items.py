"""Assignment and Grade Services 2.0: line items, with Moodle's manners."""

import json
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from lti_tool.practice_lms import grading
from lti_tool.practice_lms.claims import LINE_ITEM, LINE_ITEM_READ
from lti_tool.practice_lms.gradebook import LineItem
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
from lti_tool.practice_lms.world import Course

CONTAINER = "application/vnd.ims.lis.v2.lineitemcontainer+json"
ITEM = "application/vnd.ims.lis.v2.lineitem+json"

_READ = frozenset({LINE_ITEM, LINE_ITEM_READ})
_WRITE = frozenset({LINE_ITEM})


def whole(number: float) -> float:
    """Return 40 for 40.0, as PHP writes numbers."""
    return int(number) if number == int(number) else number


def find_item(context_id: str, item_id: str) -> LineItem:
    """Return the line item of an address."""
    course_or_problem(context_id)
    item = None
    if item_id.isdecimal():
        item = current_lms().gradebook.find_line_item(int(item_id))
    if item is None:
        raise ProblemError(404, f"Not Found: Grade item {item_id} doesn't exist")
    return item


def _item_of_course(context_id: str, item_id: str) -> LineItem:
    item = find_item(context_id, item_id)
    if item.context_id != context_id or item.kind == grading.TOTAL:
        raise ProblemError(404, f"Not Found: Grade item {item_id} doesn't exist")
    return item


def _shown(item: LineItem) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": current_lms().addresses.line_item_url(item.context_id, item.id),
        "label": item.label,
        "scoreMaximum": whole(item.maximum),
        "resourceId": item.resource_id,
        "tag": item.tag,
    }
    if item.link_id is not None:
        shown |= {"resourceLinkId": item.link_id, "ltiLinkId": item.link_id}
    if item.submission_review is not None:
        shown["submissionReview"] = dict(item.submission_review)
    return shown


def _is_asked_for(item: LineItem) -> bool:
    values = {
        "tag": item.tag,
        "resource_id": item.resource_id,
        "resource_link_id": item.link_id,
    }
    return all(
        request.args.get(name) in (None, "", value) for name, value in values.items()
    )


def _link_header(context_id: str, start: int, limit: int, total: int) -> str:
    """Moodle's curly quotes and `&amp;`, which no client can follow."""
    url = current_lms().addresses.line_items_url(context_id)
    pages = {"first": 0}
    if start > 0:
        pages["prev"] = max(start - limit, 0)
    pages["canonical"] = start
    if start + limit < total:
        pages["next"] = start + limit
    pages["last"] = max(total - limit + 1, 0)
    links = (
        f"<{url}&amp;limit={limit}&amp;from={begin}>; rel=“{name}”"
        for name, begin in pages.items()
    )
    # Headers are Latin-1 to WSGI; Moodle sends UTF-8 bytes.
    return ", ".join(links).encode().decode("latin-1")


def _list_items(context_id: str) -> Response:
    course_or_problem(context_id)
    found = current_lms().gradebook.line_items(context_id)
    items = [_shown(item) for item in found if _is_asked_for(item)]
    limit = request.args.get("limit", 0, type=int)
    start = max(request.args.get("from", 0, type=int), 0)
    if limit <= 0:
        return answer(moodle_json(items), CONTAINER)
    response = answer(moodle_json(items[start : start + limit]), CONTAINER)
    response.headers["Link"] = _link_header(context_id, start, limit, len(items))
    return response


def _sent_item() -> dict[str, Any]:
    sent: Any = request.get_json(force=True, silent=True)
    if not isinstance(sent, dict) or not sent.get("label"):
        raise ProblemError(400, "No label or Score Maximum")
    maximum = sent.get("scoreMaximum")
    if isinstance(maximum, bool) or not isinstance(maximum, int | float):
        raise ProblemError(400, "No label or Score Maximum")
    return sent


def _sent_link(sent: dict[str, Any], course: Course) -> str | None:
    link_id = sent.get("resourceLinkId") or sent.get("ltiLinkId")
    if link_id is None:
        return None
    if all(link.id != str(link_id) for link in course.links):
        raise ProblemError(403, "Forbidden")
    return str(link_id)


def _echo(sent: dict[str, Any], item: LineItem, status: str) -> Response:
    url = current_lms().addresses.line_item_url(item.context_id, item.id)
    body = json.dumps({**sent, "id": url}, separators=(",", ":"))
    return answer(body, ITEM, status)


def _create(context_id: str) -> Response:
    course = course_or_problem(context_id)
    sent = _sent_item()
    item = LineItem(
        id=0,
        kind=grading.MANUAL,
        context_id=context_id,
        label=str(sent["label"]),
        maximum=float(sent["scoreMaximum"]),
        resource_id=str(sent.get("resourceId", "")),
        tag=str(sent.get("tag", "")),
        link_id=_sent_link(sent, course),
    )
    return _echo(sent, current_lms().gradebook.save(item), "201 Created")


def _show(context_id: str, item_id: str) -> Response:
    item = _item_of_course(context_id, item_id)
    return answer(moodle_json(_shown(item)), ITEM)


def _change(context_id: str, item_id: str) -> Response:
    """Erase what the request leaves out; only here a review is kept."""
    item = _item_of_course(context_id, item_id)
    sent = _sent_item()
    changed = replace(
        item,
        label=str(sent["label"]),
        maximum=float(sent["scoreMaximum"]),
        resource_id=str(sent.get("resourceId", "")),
        tag=str(sent.get("tag", "")),
        submission_review=sent.get("submissionReview"),
    )
    return _echo(sent, current_lms().gradebook.save(changed), "200 OK")


def _delete(context_id: str, item_id: str) -> Response:
    item = _item_of_course(context_id, item_id)
    current_lms().gradebook.delete(item.id)
    return answer("", "text/html", "204 OK")


def register(blueprint: Blueprint) -> None:
    """Serve line items."""
    container = Resource(
        kind="line_items",
        rule="/<context_id>/lineitems",
        formats=frozenset({CONTAINER, ITEM}),
        operations={
            "GET": Operation(_READ, _list_items),
            "POST": Operation(_WRITE, _create),
        },
    )
    single = Resource(
        kind="line_item",
        rule="/<context_id>/lineitems/<item_id>/lineitem",
        formats=frozenset({ITEM}),
        operations={
            "GET": Operation(_READ, _show),
            "PUT": Operation(_WRITE, _change),
            "DELETE": Operation(_WRITE, _delete),
        },
    )
    add(blueprint, container)
    add(blueprint, single)
