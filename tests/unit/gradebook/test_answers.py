"""What platforms answer to a score becomes the right state, and a sentence in both languages.

Moodle's answers were recorded or observed; those of the others stand in their documentation, in
their source, or in what tools that send grades to them handle.
"""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from lti_tool.gradebook import rules, words
from lti_tool.gradebook.rules import Judgement, Outcome

SENT, RETRY, FAILED = Outcome.SENT, Outcome.RETRY, Outcome.FAILED
FIND_AGAIN, NEWER = Outcome.FIND_AGAIN, Outcome.NEWER

MOODLE = {
    "taken": (200, "", SENT, "delivered"),
    "refused, and yet 200": (200, "[]", FAILED, "refused_silently"),
    "not enrolled, or a teacher": (400, "[]", FAILED, "not_gradable"),
    "no line item's address": (
        400,
        '{"status": 400, "reason": "No handler found for /2/…"}',
        FAILED,
        "not_supported",
    ),
    "scope missing": (401, '{"reason": "Unauthorized"}', FAILED, "unauthorized"),
    "column deleted": (
        404,
        '{"reason": "Not Found: Grade item 99"}',
        FIND_AGAIN,
        "line_item_gone",
    ),
    "same second or older": (409, "[]", NEWER, "newer_in_lms"),
    "locked": (500, "[]", FAILED, "locked"),
    "behind a broken gateway": (
        502,
        "<html><title>502 Bad Gateway</title></html>",
        RETRY,
        "platform_error",
    ),
    "under maintenance": (503, "<html>", RETRY, "platform_error"),
}
CANVAS = {
    "taken": (
        200,
        '{"resultUrl": "https://canvas.example/results/1"}',
        SENT,
        "delivered",
    ),
    "too fast, formerly": (
        403,
        "403 Forbidden (Rate Limit Exceeded)",
        RETRY,
        "slow_down",
    ),
    "too fast": (429, "429 Forbidden (Rate Limit Exceeded)", RETRY, "slow_down"),
    "older than its own": (
        400,
        '{"errors": {"message": "Provided timestamp of A before last updated timestamp of B"}}',
        NEWER,
        "newer_in_lms",
    ),
    "from the future": (
        400,
        '{"errors": {"message": "timestamp is more than one minute in the future"}}',
        FAILED,
        "clock_ahead",
    ),
    "tool not in this course": (
        401,
        '{"errors": {"message": "Access Token not linked to a Tool associated with this Context"}}',
        FAILED,
        "unauthorized",
    ),
    "assignment deleted": (404, "", FIND_AGAIN, "line_item_gone"),
    "column of another tool": (
        412,
        '{"errors": {"message": "Tool does not have permission to view line_item"}}',
        FAILED,
        "forbidden",
    ),
    "no student, or the test student": (
        422,
        '{"errors": {"message": "User not found in course or is not a student"}}',
        FAILED,
        "not_gradable",
    ),
    "course over": (
        422,
        '{"errors": {"message": "This course has concluded."}}',
        FAILED,
        "course_over",
    ),
    "assignment not published": (
        422,
        '{"errors": [{"message": "This assignment is still unpublished"}]}',
        FAILED,
        "not_published",
    ),
    "no attempt left": (
        422,
        '{"errors": {"message": "The maximum number of allowed attempts has been reached"}}',
        FAILED,
        "attempts_used",
    ),
}
BLACKBOARD = {
    "taken": (201, "{}", SENT, "delivered"),
    "not in the course": (
        400,
        '{"message": "User could not be found: 7"}',
        FAILED,
        "not_gradable",
    ),
    "not entitled": (403, '{"status": 403}', FAILED, "forbidden"),
    "column of another tool, or deleted": (
        404,
        '{"status": 404}',
        FIND_AGAIN,
        "line_item_gone",
    ),
    "calls of the day used up": (429, "", RETRY, "slow_down"),
}
BRIGHTSPACE = {
    "taken": (200, "", SENT, "delivered"),
    "role that is not graded": (422, "", FAILED, "not_gradable"),
    "not enrolled": (
        403,
        "User in requested score is not enrolled in the org unit",
        FAILED,
        "not_gradable",
    ),
    "unknown person": (
        404,
        "User in requested score does not exist",
        FAILED,
        "not_gradable",
    ),
    "column deleted": (404, "", FIND_AGAIN, "line_item_gone"),
    "not permitted": (403, "", FAILED, "forbidden"),
    "too fast": (429, "", RETRY, "slow_down"),
}
ANSWERS = [
    pytest.param(*answer, id=f"{platform}: {case}")
    for platform, answers in (
        ("Moodle", MOODLE),
        ("Canvas", CANVAS),
        ("Blackboard", BLACKBOARD),
        ("Brightspace", BRIGHTSPACE),
    )
    for case, answer in answers.items()
]
UNREACHABLE = {
    "dns": (RETRY, "unreachable_dns"),
    "tls": (RETRY, "unreachable_tls"),
    "timeout": (RETRY, "unreachable_timeout"),
    "connection": (RETRY, "unreachable_connection"),
    "too_large": (RETRY, "unreachable_too_large"),
    "blocked": (FAILED, "address_not_permitted"),
}
TOKEN = {
    "Moodle, wrong client": (400, '{"error": "invalid_client"}', "token_refused"),
    "Moodle, cannot read our keys": (404, "<html>", "token_refused"),
    "Brightspace, unknown key": (
        400,
        '{"error": "invalid_grant", "error_description": "KeyId not found in token"}',
        "token_refused",
    ),
    "too fast": (429, "", "slow_down"),
    "down": (503, "", "platform_error"),
}


@pytest.mark.parametrize(("status", "body", "outcome", "code"), ANSWERS)
def test_an_answer_to_a_score_becomes_its_state(
    status: int, body: str, outcome: Outcome, code: str
) -> None:
    judged = rules.judge(status, body)

    assert (judged.outcome, judged.code) == (outcome, code)


@pytest.mark.parametrize(("status", "body", "outcome", "code"), ANSWERS)
def test_only_a_missing_column_is_looked_for_again(
    status: int, body: str, outcome: Outcome, code: str
) -> None:
    # Looking again means to forget the column for everybody.
    assert (rules.judge(status, body).outcome is FIND_AGAIN) == (
        code == "line_item_gone"
    )


@pytest.mark.parametrize(
    ("kind", "outcome", "code"),
    [(kind, *known) for kind, known in UNREACHABLE.items()],
    ids=UNREACHABLE,
)
def test_no_answer_becomes_a_state(kind: str, outcome: Outcome, code: str) -> None:
    judged = rules.unreachable(kind)

    assert (judged.outcome, judged.code) == (outcome, code)
    # An outage is survived, however long: no attempt counts.
    assert judged.is_worth(10_000) == (outcome is RETRY)


@pytest.mark.parametrize(("status", "body", "code"), TOKEN.values(), ids=TOKEN)
def test_a_refused_token_becomes_a_state(status: int, body: str, code: str) -> None:
    judged = rules.judge_token(status, body)

    assert (judged.outcome, judged.code) == (RETRY, code)


@pytest.mark.parametrize("status", [429, 503])
def test_a_platform_is_left_alone_for_as_long_as_it_asks(status: int) -> None:
    judged = rules.judge(status, "", timedelta(seconds=42))

    assert (judged.wait, judged.spares_platform) == (timedelta(seconds=42), True)


def codes() -> list[str]:
    """Return every reason code that an answer can become."""
    judged: list[Judgement] = [
        *(rules.judge(answer.values[0], answer.values[1]) for answer in ANSWERS),  # type: ignore[arg-type]
        *(rules.judge(status, "") for status in range(200, 600)),
        *(rules.judge_token(status, "") for status in range(200, 600)),
        *(rules.unreachable(kind) for kind in UNREACHABLE),
        rules.cannot_sign(),
        rules.own_fault(),
    ]
    # These three stand where the request is made.
    more = ("scope_not_granted", "no_line_item", "line_item_refused")
    return sorted({j.code for j in judged} | set(more) | {"address_of_other_host"})


@pytest.mark.parametrize("code", codes())
def test_every_state_has_a_sentence_in_both_languages(app: Flask, code: str) -> None:
    with app.test_request_context():
        app.preprocess_request()
        with force_locale("en"):
            english = words.in_words(code)
            general = words.in_words("a code that nobody knows")
        with force_locale("de"):
            german = words.in_words(code)

    assert english != german
    assert (english == general) == (code == "refused")
    for said in (english, german):
        assert re.fullmatch(r"[A-Z].{20,}\.", said)


@pytest.mark.parametrize("code", codes())
def test_a_state_in_which_a_person_must_act_says_what_to_do(
    app: Flask, code: str
) -> None:
    with app.test_request_context(), force_locale("en"):
        said = words.in_words(code)

    way_out = r"then send again|[Ss]end again|has to permit|by itself|administrator|operator|by hand|open it once|follows|can permit"
    assert code == "delivered" or re.search(way_out, said), said
