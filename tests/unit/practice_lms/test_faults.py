"""Failures that tests of the tool switch on, here and over HTTP."""

import json

import pytest

from lti_tool.practice_lms.faults import Fault
from lti_tool.practice_lms.lms import PracticeLMS
from tests.unit.practice_lms.moodle import SCORE_TYPE, Tool

SCORES = "/services/2/lineitems/2/lineitem/scores?type_id=1"


def _post_score(tool: Tool, sub: str = "11", second: int = 0) -> int:
    score = {
        "userId": sub,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": f"2026-11-22T18:55:{second:02d}+00:00",
        "scoreGiven": 80,
        "scoreMaximum": 100,
    }
    response = tool.ask("POST", SCORES, body=json.dumps(score), Content_Type=SCORE_TYPE)
    return response.status_code


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_refused_score_changes_nothing_and_the_next_one_does(
    tool: Tool, status: int
) -> None:
    tool.lms.faults.add(Fault(on="score", status=status))

    statuses = [_post_score(tool), _post_score(tool)]

    assert statuses == [status, 200]
    assert len(tool.lms.gradebook.scores()) == 1
    assert tool.lms.traffic.answers()["score"] == {status: 1, 200: 1}


def test_a_score_may_be_applied_although_the_answer_is_an_error(tool: Tool) -> None:
    tool.lms.faults.add(Fault(on="score", answer="apply_then_fail"))

    statuses = [_post_score(tool), _post_score(tool)]

    assert statuses == [500, 409]
    assert tool.lms.gradebook.grade(2, "11").final == 80.0


def test_a_fault_may_meet_one_person_until_it_is_cleared(tool: Tool) -> None:
    tool.lms.faults.add(Fault(on="score", user="11", times=None))

    met = [_post_score(tool, "11"), _post_score(tool, "12"), _post_score(tool, "11")]
    tool.lms.faults.clear()

    assert met == [500, 200, 500]
    assert _post_score(tool, "11") == 200


def test_a_fault_counts_down(tool: Tool) -> None:
    tool.lms.faults.add(Fault(on="score", times=2))

    assert [_post_score(tool) for _ in range(3)] == [500, 500, 200]


def test_a_fault_says_when_to_come_back_and_stays_out_of_other_requests(
    tool: Tool,
) -> None:
    tool.client.post("/faults", json={"on": "memberships", "retry_after": 3})
    tool.client.post("/faults", json={"on": "memberships", "answer": "delay"})

    assert _post_score(tool) == 200
    members = "/services/CourseSection/2/bindings/1/memberships"
    refused, delayed = tool.ask("GET", members), tool.ask("GET", members)
    assert refused.headers["Retry-After"] == "3"
    assert delayed.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"on": "score", "answer": "explode"},
        {"unknown": 1},
        {"teacher": "fire", "line_item": 2, "user": "11"},
        {"teacher": "lock"},
        [],
    ],
)
def test_an_unknown_fault_is_refused(tool: Tool, body: object) -> None:
    assert tool.client.post("/faults", json=body).status_code == 400


def test_a_teacher_grades_by_hand_and_locks_over_http(tool: Tool) -> None:
    at = {"line_item": 2, "user": "11"}
    tool.client.post("/faults", json={"teacher": "override", "grade": 90, **at})
    assert tool.lms.gradebook.grade(2, "11").final == 90.0
    tool.client.post("/faults", json={"teacher": "lock", **at})
    assert tool.lms.gradebook.grade(2, "11").locked
    tool.client.post("/faults", json={"teacher": "unlock", **at})

    assert not tool.lms.gradebook.grade(2, "11").locked


def test_scores_and_counts_can_be_read_over_http(tool: Tool) -> None:
    _post_score(tool)
    _post_score(tool, "3")

    shown = tool.client.get("/faults").json

    assert shown is not None
    assert shown["answers"] == {"score": {"200": 1, "400": 1}}
    assert [score["applied"] for score in shown["scores"]] == [True, False]
    cleared = tool.client.delete("/faults").json
    assert cleared is not None
    assert (cleared["answers"], len(cleared["scores"])) == ({}, 2)


def test_a_web_page_elsewhere_cannot_switch_faults(lms: PracticeLMS) -> None:
    response = lms.test_client().post("/faults", data='{"on": "any"}')

    assert response.status_code == 415
    assert lms.faults.all() == ()
