"""What a real Moodle 4.5.6 answered to scores is understood as what it did with them."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lti_tool.gradebook import rules
from lti_tool.gradebook.rules import Outcome

RECORDED = Path(__file__).parents[2] / "recorded" / "moodle_4_5" / "ags-scores.json"
CASES: list[dict[str, Any]] = json.loads(RECORDED.read_text())
REFUSED_TOKENS: list[dict[str, Any]] = [
    case
    for case in json.loads(RECORDED.with_name("token-endpoint.json").read_text())
    if case["status"] == 400  # The others are answers of services.
]
UNDERSTOOD_TOKENS = {
    "only unknown scope": "scope_not_granted",
    "cgs scope": "scope_not_granted",
    "expired 5s ago": "clocks_differ",
    "iat 30s in future": "clocks_differ",
    "iat 2s in future": "clocks_differ",
}
UNDERSTOOD = {
    200: (Outcome.SENT, "delivered"),
    400: (Outcome.FAILED, "not_gradable"),
    401: (Outcome.FAILED, "unauthorized"),
    404: (Outcome.FIND_AGAIN, "line_item_gone"),
    405: (Outcome.FAILED, "not_supported"),
    409: (Outcome.NEWER, "newer_in_lms"),
    500: (Outcome.FAILED, "locked"),
    502: (Outcome.RETRY, "platform_error"),
}


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_a_recorded_answer_is_understood(case: dict[str, Any]) -> None:
    judged = rules.judge(case["status"], case["body"])

    understood = UNDERSTOOD[case["status"]]
    if "No handler found" in case["body"]:
        understood = (Outcome.FAILED, "not_supported")
    assert (judged.outcome, judged.code) == understood


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in CASES
        if case["status"] != 200
        and case.get("grade_row_after")
        and len(case["sent"].get("timestamp", "")) > 19
        # These followed an equal score within the same second.
        and not case["case"].startswith("combo")
    ],
    ids=lambda case: case["case"],
)
def test_what_counts_as_not_stored_was_not_stored(case: dict[str, Any]) -> None:
    judged = rules.judge(case["status"], case["body"])
    sent = datetime.fromisoformat(case["sent"]["timestamp"])

    assert judged.may_be_stored or case["grade_row_after"]["timemodified"] != int(
        sent.timestamp()
    )


@pytest.mark.parametrize("case", REFUSED_TOKENS, ids=lambda case: case["case"])
def test_a_recorded_refusal_of_a_token_is_understood(case: dict[str, Any]) -> None:
    judged = rules.judge_token(case["status"], case["body"])

    assert judged.code == UNDERSTOOD_TOKENS.get(case["case"], "token_refused")


def test_the_silent_refusal_of_a_long_message_is_a_failure() -> None:
    assert rules.judge(200, "[]").code == "refused_silently"
