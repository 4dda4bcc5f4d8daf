"""Each reason tells of one grade, of a column or of the whole course."""

import pytest

from lti_tool.gradebook import reach, rules, words
from lti_tool.gradebook.reach import Reach


def test_every_reason_that_has_words_has_a_reach() -> None:
    named = set(words._ANSWERS)

    assert named <= set(reach.REACH)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (500, "[]", Reach.GRADE),
        (400, "[]", Reach.GRADE),
        (422, "no more allowed attempts", Reach.GRADE),
        (429, "", Reach.GRADE),
        (404, "", Reach.COLUMN),
        (403, "", Reach.COLUMN),
        (422, "the course has concluded", Reach.COURSE),
        (503, "", Reach.COURSE),
        (302, "", Reach.COURSE),
    ],
)
def test_an_answer_of_a_platform_reaches_so_far(
    status: int, body: str, expected: Reach
) -> None:
    assert reach.reach_of(rules.judge(status, body).code) is expected


@pytest.mark.parametrize("kind", ["dns", "tls", "timeout", "connection", "blocked"])
def test_what_cannot_be_reached_is_of_the_whole_course(kind: str) -> None:
    assert reach.reach_of(rules.unreachable(kind).code) is Reach.COURSE


def test_of_an_unknown_reason_nothing_is_concluded() -> None:
    assert reach.reach_of("never heard of") is Reach.GRADE
