"""The recorded conversation on line items and results, held again in its order."""

from typing import Any
from urllib.parse import urlsplit

from lti_tool.practice_lms.access_tokens import OFFERED
from lti_tool.practice_lms.claims import LINE_ITEM, SCORE
from lti_tool.practice_lms.grading import Grade
from lti_tool.practice_lms.lms import PracticeLMS
from tests.unit.practice_lms.moodle import (
    ITEM_TYPE,
    SCORE_TYPE,
    Tool,
    differences,
    ours,
    recorded,
)

CONVERSATION = recorded("ags-lineitems-results")
ACCEPTS = {
    "GET lineitems accept json": "application/json",
    "results accept json": "application/json",
    "GET lineitems accept list": (
        "application/vnd.ims.lis.v2.lineitemcontainer+json, application/json"
    ),
    "GET lineitems unknown course": "application/vnd.ims.lis.v2.lineitemcontainer+json",
}
# Grades that the recorded scores had left, seconds since 1970 as in the recording.
GRADES = {
    "6": Grade(raw=30.0, final=30.0, modified=1795373721),
    "7": Grade(raw=20.0, final=20.0, modified=1795373722),
    "10": Grade(raw=-5.0, final=0.0, modified=1795373722),
    "22": Grade(),
    "25": Grade(raw=20.0, final=39.0, modified=1795373701, overridden=True),
}
ERROR_PAGES = ("results limit=2", "results limit=2&from=2")
CUT_SHORT = ("results item2",)


def _scopes(case: dict[str, Any]) -> frozenset[str]:
    return OFFERED - {LINE_ITEM} if "readonly token" in case["case"] else OFFERED


def _content_type(case: dict[str, Any]) -> dict[str, str]:
    if case["method"] not in ("POST", "PUT"):
        return {}
    return {"Content_Type": SCORE_TYPE if "/scores" in case["url"] else ITEM_TYPE}


def _hold(tool: Tool, case: dict[str, Any]) -> dict[str, Any]:
    if "overridden flag" in case["case"]:
        tool.lms.gradebook.override(8, "9", 12.0, 1795373800)
    parts = urlsplit(ours(case["url"]))
    response = tool.ask(
        case["method"],
        f"{parts.path}?{parts.query}" if parts.query else parts.path,
        body=case["request_body"],
        scopes=_scopes(case),
        Accept=ACCEPTS.get(case["case"], "*/*"),
        **_content_type(case),
    )
    found = differences(response, case)
    if case["case"] in ERROR_PAGES + CUT_SHORT:
        found.pop("body", None)
        found.pop("reason", None)
    found |= _grade_differences(tool.lms, case)
    return found


def _grade_differences(lms: PracticeLMS, case: dict[str, Any]) -> dict[str, Any]:
    if "grade" not in case:
        return {}
    sub = case["request_body"].partition('"userId": "')[2].partition('"')[0]
    grade = lms.gradebook.grade(8, sub)
    shown = (grade.final, grade.feedback, grade.modified)
    row = case["grade"]
    wanted = (row["final"], row["feedback"], row["timemodified"])
    return {} if shown == wanted else {"grade": (shown, wanted)}


def test_the_conversation_on_line_items_and_results_is_moodles(
    moodle: PracticeLMS,
) -> None:
    for sub, grade in GRADES.items():
        moodle.gradebook.write(2, sub, grade)
    tool = Tool(moodle)

    found = {case["case"]: _hold(tool, case) for case in CONVERSATION}

    assert {name: parts for name, parts in found.items() if parts} == {}


def test_results_need_their_own_scope(moodle: PracticeLMS) -> None:
    results = "/services/2/lineitems/2/lineitem/results"

    response = Tool(moodle).ask("GET", results, scopes=frozenset({SCORE}))

    assert response.status_code == 401


def test_a_result_shows_the_comment(moodle: PracticeLMS) -> None:
    moodle.gradebook.write(2, "6", Grade(1.0, 1.0, "Schön", 1795373721))

    results = Tool(moodle).ask("GET", "/services/2/lineitems/2/lineitem/results").json

    assert results is not None
    assert results[0]["comment"] == "Schön"


def test_a_deleted_coupled_line_item_does_not_come_back(moodle: PracticeLMS) -> None:
    tool = Tool(moodle)
    tool.ask("DELETE", "/services/2/lineitems/4/lineitem?type_id=1")

    moodle.gradebook.seed(moodle.world)

    address = "/services/2/lineitems/4/lineitem?type_id=1"
    assert tool.ask("GET", address).status_code == 404
