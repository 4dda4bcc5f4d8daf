"""Assignment and Grade Services 2.0: scores in, results out."""

import json
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from lti_tool.practice_lms import grading
from lti_tool.practice_lms.claims import RESULT_READ
from lti_tool.practice_lms.claims import SCORE as SCORE_SCOPE
from lti_tool.practice_lms.gradebook import LineItem, ReceivedScore
from lti_tool.practice_lms.grading import Grade, Refusal, Score
from lti_tool.practice_lms.line_items import find_item, whole
from lti_tool.practice_lms.lms import PracticeLMS, current_lms
from lti_tool.practice_lms.services import Operation, Resource, add, answer, moodle_json
from lti_tool.practice_lms.world import Role

SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"

_HTML_PROBLEM = "<!DOCTYPE html>\n<html lang=en><title>Error</title><h1>{}</h1></html>"


def _can_be_graded(lms: PracticeLMS, context_id: str, sub: str) -> bool:
    """Students can, also suspended ones; no teacher, stranger or administrator."""
    course = lms.world.find_context(context_id)
    member = course.find_member(sub) if course is not None else None
    return member is not None and member.role is Role.STUDENT


def _decide(
    lms: PracticeLMS, context_id: str, item: LineItem, text: str
) -> Refusal | None:
    """Apply the score in this text, or return why not."""
    score = grading.read_score(text)
    if score is None or not _fits(lms, context_id, item, score):
        return Refusal(400, f"Incorrect score received{text}")
    outcome = grading.apply_score(score, lms.gradebook.grade(item.id, score.sub), item)
    if isinstance(outcome, Refusal):
        return outcome
    lms.gradebook.write(item.id, score.sub, outcome)
    return None


def _fits(lms: PracticeLMS, context_id: str, item: LineItem, score: Score) -> bool:
    return item.context_id == context_id and _can_be_graded(lms, context_id, score.sub)


def _sent_user(text: str) -> str:
    try:
        sent: Any = json.loads(text)
    except ValueError:
        return ""
    return str(sent.get("userId", "")) if isinstance(sent, dict) else ""


def _answer_score(refusal: Refusal | None) -> Response:
    if refusal is None:
        return answer("", SCORE)
    if "\n" in refusal.reason or "\r" in refusal.reason:
        # PHP drops a status line with line breaks, and with it the refusal.
        return answer("[]", SCORE)
    reason = refusal.reason.encode().decode("latin-1")
    return answer("[]", SCORE, f"{refusal.status} {reason}")


def _post_score(context_id: str, item_id: str) -> Response:
    lms = current_lms()
    item = find_item(context_id, item_id)
    text = request.get_data(as_text=True)
    sub = _sent_user(text)
    if sub and not sub.isdecimal():
        return answer(_HTML_PROBLEM.format("502 Bad Gateway"), "text/html", 502)
    with lms.database.transaction():
        refusal = _decide(lms, context_id, item, text)
        response = _answer_score(refusal)
        reason = refusal.reason if refusal is not None else "OK"
        lms.gradebook.log(
            ReceivedScore(item.id, sub, text, lms.clock(), response.status_code, reason)
        )
    return response


def _result(url: str, query: str, sub: str, graded: tuple[LineItem, Grade]) -> object:
    item, grade = graded
    separator = "&" if query else "?"
    result: dict[str, Any] = {
        "id": f"{url}/results{query}{separator}user_id={sub}",
        "userId": sub,
    }
    if grade.final is None or grade.modified is None:
        return result
    result |= {"resultScore": whole(grade.final), "resultMaximum": whole(item.maximum)}
    if grade.feedback:
        result["comment"] = grade.feedback
    moment = datetime.fromtimestamp(grade.modified, grading.PLATFORM_ZONE)
    return {**result, "scoreOf": f"{url}{query}", "timestamp": moment.isoformat()}


def _list_results(context_id: str, item_id: str) -> Response:
    lms = current_lms()
    item = find_item(context_id, item_id)
    if request.args.get("limit") is not None:
        # A fault of Moodle's that tools must live with.
        return answer(_HTML_PROBLEM.format("Error"), "text/html", 404)
    url = lms.addresses.line_item_url(context_id, item.id, type_id=False)
    type_id = request.args.get("type_id")
    query = f"?type_id={type_id}" if type_id is not None else ""
    user = request.args.get("user_id")
    results = [
        _result(url, query, sub, (item, grade))
        for sub, grade in lms.gradebook.grades(item.id).items()
        if user in (None, sub) and grade.modified is not None
    ]
    return answer(moodle_json(results), RESULTS)


def register(blueprint: Blueprint) -> None:
    """Serve scores and results."""
    rule = "/<context_id>/lineitems/<item_id>/lineitem"
    scores = Resource(
        kind="score",
        rule=f"{rule}/scores",
        formats=frozenset({SCORE}),
        operations={"POST": Operation(frozenset({SCORE_SCOPE}), _post_score)},
    )
    results = Resource(
        kind="results",
        rule=f"{rule}/results",
        formats=frozenset({RESULTS}),
        operations={"GET": Operation(frozenset({RESULT_READ}), _list_results)},
    )
    add(blueprint, scores)
    add(blueprint, results)
