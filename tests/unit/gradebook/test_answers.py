"""What platforms answer to a score becomes the right state, and a sentence in both languages.

Moodle's answers were recorded or observed; those of the others stand in their documentation, in
their source, or in what tools that send grades to them handle.
"""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from lti_tool.gradebook import rules, words
from lti_tool.gradebook.rules import Judgement, Outcome

LOGIN = "<!DOCTYPE html><html><title>Log in to the site</title>"

SENT, RETRY, FAILED = Outcome.SENT, Outcome.RETRY, Outcome.FAILED
FIND_AGAIN, NEWER = Outcome.FIND_AGAIN, Outcome.NEWER

MOODLE = {
    "taken": (200, "", SENT, "delivered"),
    # The score is stored; what is shown stays the teacher's.
    "overridden by a teacher": (200, "", SENT, "delivered"),
    "suspended": (200, "", SENT, "delivered"),
    "column hidden": (200, "", SENT, "delivered"),
    "refused, and yet 200": (200, "[]", FAILED, "refused_silently"),
    "not enrolled, left, or a teacher": (400, "[]", FAILED, "not_gradable"),
    "column of another course": (400, "[]", FAILED, "not_gradable"),
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
    "other method": (
        405,
        '{"status": 405, "reason": "Method Not Allowed"}',
        FAILED,
        "not_supported",
    ),
    "same second or older": (409, "[]", NEWER, "newer_in_lms"),
    "grade, column or course total locked": (500, "[]", FAILED, "locked"),
    "behind a broken gateway": (
        502,
        "<html><title>502 Bad Gateway</title></html>",
        RETRY,
        "platform_error",
    ),
    "under maintenance": (503, "<html>", RETRY, "platform_error"),
}
OPEN_EDX = {
    "taken": (200, '{"timestamp": "2026-11-26T12:00:00Z"}', SENT, "delivered"),
    "same second": (
        400,
        '["Score already exists for the provided timestamp."]',
        NEWER,
        "newer_in_lms",
    ),
    "block deleted": (404, '{"detail": "Not found."}', FIND_AGAIN, "line_item_gone"),
    "token of withdrawn keys": (403, '{"detail": "…"}', FAILED, "forbidden"),
}
BEFORE_THE_PLATFORM = {
    "login page": (200, LOGIN, RETRY, "page_instead"),
    "maintenance page": (200, "\n<html><h1>Wartung</h1>", RETRY, "page_instead"),
    "sent on to a login": (302, "", RETRY, "redirected"),
    "moved for good": (301, "<html>", RETRY, "redirected"),
    "http sent on to https": (308, "", RETRY, "redirected"),
    "message too long": (413, "<html>", FAILED, "too_long"),
    "upstream did not answer": (504, "<html>", RETRY, "platform_error"),
    "request took too long": (408, "", RETRY, "platform_error"),
    "firewall": (403, "<html>", RETRY, "page_instead"),
    "sign in at a proxy": (401, LOGIN, RETRY, "page_instead"),
    "page of a proxy whose platform is away": (404, "<html>", RETRY, "page_instead"),
    "what nobody foresaw": (418, "", FAILED, "refused"),
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
        ("Open edX", OPEN_EDX),
        ("before the platform", BEFORE_THE_PLATFORM),
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
    "Moodle, wrong client": (
        400,
        '{"error": "invalid_client"}',
        RETRY,
        "token_refused",
    ),
    "Moodle, unknown key, in broken JSON": (
        400,
        '{"error" : ""kid" invalid, unable to lookup correct key"}',
        RETRY,
        "token_refused",
    ),
    "Moodle, wrong key": (
        400,
        '{"error" : "Signature verification failed"}',
        RETRY,
        "token_refused",
    ),
    "Moodle, cannot read our keys": (404, "<html>", RETRY, "page_instead"),
    "Moodle, grade service not permitted": (
        400,
        '{"error" : "invalid_scope"}',
        FAILED,
        "scope_not_granted",
    ),
    "Moodle, our clock is late": (
        400,
        '{"error" : "Expired token"}',
        RETRY,
        "clocks_differ",
    ),
    "Moodle, our clock is early": (
        400,
        '{"error" : "Cannot handle token with iat prior to 2026-11-22T19:54:58+0100"}',
        RETRY,
        "clocks_differ",
    ),
    "Brightspace, unknown key": (
        400,
        '{"error": "invalid_grant", "error_description": "KeyId not found in token"}',
        RETRY,
        "token_refused",
    ),
    "a login page": (200, LOGIN, RETRY, "page_instead"),
    "no token in it": (200, "{}", RETRY, "platform_error"),
    "an unknown client": (401, '{"error": "invalid_client"}', RETRY, "token_refused"),
    "a proxy whose platform is away": (
        404,
        "404 page not found\n",
        RETRY,
        "platform_error",
    ),
    "a gateway that has no route": (404, '{"error": "…"}', RETRY, "platform_error"),
    "a firewall": (403, "Forbidden", RETRY, "platform_error"),
    "nothing": (401, "", RETRY, "platform_error"),
    "sent on": (302, "", RETRY, "redirected"),
    "too fast": (429, "", RETRY, "slow_down"),
    "down": (503, "", RETRY, "platform_error"),
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


@pytest.mark.parametrize(
    ("status", "body", "outcome", "code"), TOKEN.values(), ids=TOKEN
)
def test_a_refused_token_becomes_a_state(
    status: int, body: str, outcome: Outcome, code: str
) -> None:
    judged = rules.judge_token(status, body)

    assert (judged.outcome, judged.code) == (outcome, code)


@pytest.mark.parametrize("judge", [rules.judge, rules.judge_token])
@pytest.mark.parametrize(
    ("status", "body"),
    [(302, ""), *((status, LOGIN) for status in (200, 401, 403, 404, 410, 503))],
)
def test_a_maintenance_of_hours_is_survived(
    judge: Callable[[int, str], Judgement], status: int, body: str
) -> None:
    judged = judge(status, body)

    assert (judged.outcome, judged.spares_platform) == (RETRY, True)
    assert judged.is_worth(10_000)


@pytest.mark.parametrize(
    ("status", "body"), [(404, "404 page not found\n"), (403, "Forbidden"), (401, "")]
)
def test_who_is_no_token_endpoint_cannot_refuse_a_token(status: int, body: str) -> None:
    judged = rules.judge_token(status, body)

    assert judged.spares_platform
    assert judged.is_worth(10_000)


def test_a_platform_refuses_tokens_for_an_hour_before_a_person_must_look() -> None:
    judged = rules.judge_token(400, '{"error": "invalid_client"}')

    assert judged.most_attempts is not None
    waits = [rules.wait_after(n, 0.5) for n in range(1, judged.most_attempts)]
    assert timedelta(minutes=45) < sum(waits, timedelta()) < timedelta(minutes=75)


@pytest.mark.parametrize("status", [429, 503])
def test_a_platform_is_left_alone_for_as_long_as_it_asks(status: int) -> None:
    judged = rules.judge(status, "", timedelta(seconds=42))

    assert (judged.wait, judged.spares_platform) == (timedelta(seconds=42), True)


def test_a_list_that_is_missing_may_be_so_for_a_day() -> None:
    most = rules.no_list().most_attempts

    assert most is not None
    waits = sum((rules.wait_after(n, 0.5) for n in range(1, most)), timedelta())
    assert timedelta(hours=23) < waits < timedelta(hours=25)


def judgements() -> list[Judgement]:
    """Return everything that an answer can be judged to be."""
    more = ("no_line_item", "line_item_refused", "address_of_other_host")
    return [
        *(rules.judge(answer.values[0], answer.values[1]) for answer in ANSWERS),  # type: ignore[arg-type]
        *(rules.judge(status, "") for status in range(200, 600)),
        *(rules.judge_token(status, "") for status in range(200, 600)),
        *(rules.judge_token(status, body) for status, body, *_ in TOKEN.values()),
        *(rules.unreachable(kind) for kind in UNREACHABLE),
        rules.cannot_sign(),
        rules.own_fault(),
        rules.no_list(),
        # These stand where the request is made.
        *(Judgement(FAILED, code) for code in more),
        Judgement(RETRY, "line_item_busy"),
    ]


JUDGED = {judged.code: judged for judged in judgements()}


@pytest.mark.parametrize("code", sorted(JUDGED))
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


@pytest.mark.parametrize("judged", JUDGED.values(), ids=JUDGED)
def test_a_sentence_says_who_sends_it_the_next_time(
    app: Flask, judged: Judgement
) -> None:
    with app.test_request_context():
        app.preprocess_request()
        with force_locale("en"):
            english = words.in_words(judged.code)
        with force_locale("de"):
            german = words.in_words(judged.code)

    if judged.outcome is SENT:
        return
    # What is tried for as long as it takes needs nobody; all else ends with somebody's decision.
    goes_on = judged.is_worth(10_000) and judged.outcome is RETRY
    once_more = r"by itself|follows" if goes_on else r"[Ss]end again|sending again"
    noch_einmal = r"von selbst|folgt" if goes_on else r"[Ss]enden Sie|erneutes Senden"
    assert re.search(once_more, english)
    assert re.search(noch_einmal, german)
