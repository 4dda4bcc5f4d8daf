"""Each recorded score request, answered here as Moodle 4.5.6 answered it."""

import json
from typing import Any

import pytest

from lti_tool.practice_lms.grading import Grade
from lti_tool.practice_lms.lms import PracticeLMS
from tests.unit.practice_lms.moodle import SCORE_TYPE, Tool, differences, recorded

CASES = recorded("ags-scores")
SCORES = "/services/2/lineitems/2/lineitem/scores"
OF_USER_24 = (
    '{"userId": "24", "activityProgress": "Completed",'
    ' "gradingProgress": "FullyGraded", "timestamp": "2026-11-22T18:55:30.956+00:00",'
    ' "scoreGiven": 20, "scoreMaximum": 40}'
)
CONTENT_TYPES = {
    "ct json": "application/json",
    "ct score+json; charset": f"{SCORE_TYPE}; charset=utf-8",
    "ct v2.score": "application/vnd.ims.lis.v2.score+json",
}
ADDRESSES = {
    "without type_id": SCORES,
    "wrong type_id": f"{SCORES}?type_id=99",
    "url with ?type_id before /scores": (
        "/services/2/lineitems/2/lineitem?type_id=1/scores"
    ),
    "line item of other course path": "/services/3/lineitems/2/lineitem/scores",
    "unknown line item": "/services/2/lineitems/999/lineitem/scores?type_id=1",
    "course total item 1": "/services/2/lineitems/1/lineitem/scores?type_id=1",
}


def _grade(row: dict[str, Any] | None) -> Grade:
    if row is None:
        return Grade()
    return Grade(
        raw=row["raw"],
        final=row["final"],
        feedback=row["feedback"],
        modified=row["timemodified"],
        overridden=bool(row["overridden"]),
        locked=bool(row["locked"]),
    )


def _grade_before(case: dict[str, Any]) -> Grade:
    """What the cases before this one left in the gradebook."""
    if "(no grade before)" in case["case"]:
        return Grade()
    earlier = CASES[: CASES.index(case)]
    rows = [
        other["grade_row_after"]
        for other in earlier
        if str(other.get("sent", {}).get("userId")) == str(case["sent"]["userId"])
    ]
    return _grade(rows[-1] if rows else None)


def _arrange(moodle: PracticeLMS, case: dict[str, Any]) -> None:
    """Do what happened in Moodle between the requests, by its pages."""
    name, sub = case["case"], str(case["sent"]["userId"])
    moodle.gradebook.write(2, sub, _grade_before(case))
    if name.startswith("after teacher override"):
        moodle.gradebook.override(2, sub, 39.0, 1795373701)
    if name.startswith("grade locked"):
        moodle.gradebook.lock(2, sub)
    if name.startswith("item locked"):
        moodle.gradebook.lock_line_item(2)


@pytest.mark.parametrize(
    "case", [c for c in CASES if "sent" in c], ids=lambda case: case["case"]
)
def test_a_score_gets_moodles_answer_and_effect(
    moodle: PracticeLMS, case: dict[str, Any]
) -> None:
    _arrange(moodle, case)

    response = Tool(moodle).ask(
        "POST",
        ADDRESSES.get(case["case"], f"{SCORES}?type_id=1"),
        body=json.dumps(case["sent"]),
        Content_Type=CONTENT_TYPES.get(case["case"], SCORE_TYPE),
    )

    if case["status"] == 502:
        assert response.status_code == 502
        return
    assert differences(response, case) == {}
    sub = str(case["sent"]["userId"])
    assert moodle.gradebook.grade(2, sub) == _grade(case["grade_row_after"])


@pytest.mark.parametrize(
    "case", [c for c in CASES if "sent" not in c], ids=lambda case: case["case"]
)
def test_a_malformed_score_request_gets_moodles_answer(
    moodle: PracticeLMS, case: dict[str, Any]
) -> None:
    tool, address = Tool(moodle), ADDRESSES.get(case["case"], f"{SCORES}?type_id=1")
    body = "{" if case["case"] == "invalid json" else OF_USER_24

    response = (
        tool.ask("GET", address)
        if case["case"] == "GET scores"
        else tool.ask("POST", address, body=body, Content_Type=SCORE_TYPE)
    )

    assert differences(response, case) == {}


def test_a_refused_score_with_line_breaks_answers_200_and_an_empty_list(
    moodle: PracticeLMS,
) -> None:
    teacher = {**json.loads(OF_USER_24), "userId": "3"}

    response = Tool(moodle).ask(
        "POST", SCORES, body=json.dumps(teacher, indent=1), Content_Type=SCORE_TYPE
    )

    assert (response.status, response.text) == ("200 OK", "[]")
    assert moodle.gradebook.grade(2, "3") == Grade()
    assert [score.applied for score in moodle.gradebook.scores()] == [False]


def test_an_applied_score_with_line_breaks_answers_with_an_empty_body(
    moodle: PracticeLMS,
) -> None:
    pretty = json.dumps(json.loads(OF_USER_24), indent=1)

    response = Tool(moodle).ask("POST", SCORES, body=pretty, Content_Type=SCORE_TYPE)

    assert (response.status, response.text) == ("200 OK", "")
    assert moodle.gradebook.grade(2, "24").final == 20.0
