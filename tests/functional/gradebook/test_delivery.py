"""Grades reach the gradebook of the practice LMS, once, newest last, and nowhere else."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import g
from sqlalchemy import select
from structlog.contextvars import bound_contextvars
from structlog.testing import capture_logs

from lti_tool.errors import InvalidError, NotFoundError
from lti_tool.gradebook import service
from lti_tool.gradebook.models import Attempt, Grade
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.practice_lms.faults import Fault
from tests.functional.gradebook.course import MID, PROJECT, START, GradedCourse

Wait = Callable[..., None]


def coupled_item(course: GradedCourse, link_title: str) -> int:
    items = course.lms.gradebook.line_items("2")
    return next(item.id for item in items if item.label == link_title)


def test_a_wanted_grade_arrives_as_one_of_one_in_the_coupled_line_item(
    course: GradedCourse,
) -> None:
    course.enter("11")
    course.want("11")

    assert course.deliver() == 1

    assert course.state("11") == ("sent", "delivered")
    assert course.lms_item_id() == coupled_item(course, "Netzwerk-Reflexion")
    assert course.lms_grade("11") == 1.0
    (score,) = course.scores()
    sent = json.loads(score.body)
    assert (sent["scoreGiven"], sent["scoreMaximum"]) == (1.0, 1.0)
    assert (sent["gradingProgress"], sent["activityProgress"]) == (
        "FullyGraded",
        "Completed",
    )


def test_points_are_scaled_to_the_maximum_of_the_column(course: GradedCourse) -> None:
    course.enter("11", "project")
    course.want("11", 80.0, column=PROJECT)
    course.deliver()

    assert course.lms_grade("11", PROJECT) == 80.0


def test_what_was_delivered_is_not_sent_again(course: GradedCourse) -> None:
    course.enter("11")
    course.want("11")
    course.deliver()
    course.want("11")

    assert course.deliver() == 0


def test_another_phase_gets_a_line_item_of_its_own_made_once(
    course: GradedCourse,
) -> None:
    before = len(course.lms.gradebook.line_items("2"))
    for sub in ("11", "12"):
        course.enter(sub)
        course.want(sub, column=MID)

    course.deliver()

    items = course.lms.gradebook.line_items("2")
    assert len(items) == before + 1
    assert (items[-1].label, items[-1].tag, items[-1].link_id) == (
        MID.label,
        "mid",
        None,
    )
    assert [course.lms_grade(sub, MID) for sub in ("11", "12")] == [1.0, 1.0]


def test_a_line_item_is_looked_for_before_it_is_made(course: GradedCourse) -> None:
    course.enter("11")
    course.want("11", column=MID)
    course.deliver()
    made = course.lms_item_id(MID)
    with course.tool.database.transaction(course.course_id) as session:
        session.merge(course.line_item(MID)).url = None

    course.want("11", 0.5, column=MID)
    course.deliver()

    assert course.lms_item_id(MID) == made
    assert course.lms_grade("11", MID) == 0.5


def test_only_the_newest_version_is_sent(course: GradedCourse) -> None:
    course.enter("11")
    for score in (0.2, 0.4, 0.9):
        course.want("11", score)

    course.deliver()

    assert [json.loads(score.body)["scoreGiven"] for score in course.scores()] == [0.9]


def test_umlauts_and_lines_of_a_comment_arrive(course: GradedCourse) -> None:
    comment = "Schöne Übung!\nGrüße, Zoë <b>fett</b> & „Zitat“"
    course.enter("11")
    course.want("11", 1.0, comment)
    course.deliver()

    assert course.lms.gradebook.grade(course.lms_item_id(), "11").feedback == comment
    assert course.scores()[0].body.count("\n") == 0


def test_one_token_serves_many_grades(course: GradedCourse) -> None:
    for sub in ("11", "12", "13", "14"):
        course.enter(sub)
        course.want(sub)

    assert course.deliver() == 4

    assert course.lms.traffic.requests("token") == 1


def test_timestamps_rise_by_whole_seconds_even_if_our_clock_goes_back(
    course: GradedCourse, wait: Wait
) -> None:
    course.enter("11")
    for hours, score in ((0, 0.1), (0, 0.2), (-2, 0.3), (0, 0.4)):
        wait(hours=hours)
        course.want("11", score)
        course.deliver()

    stamps = [json.loads(score.body)["timestamp"] for score in course.scores()]
    assert stamps == sorted(set(stamps))
    assert all(
        datetime.strptime(s, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) for s in stamps
    )
    assert [score.status for score in course.scores()] == [200] * 4
    assert course.lms_grade("11") == 0.4


def test_the_lanes_of_two_people_do_not_wait_for_each_other(
    course: GradedCourse,
) -> None:
    for sub in ("11", "12"):
        course.enter(sub)
        course.want(sub)
    course.lms.faults.add(Fault(on="score", status=400, times=None, user="11"))

    course.deliver()

    assert course.state("11") == ("failed", "not_gradable")
    assert course.state("12") == ("sent", "delivered")


def test_a_teacher_cannot_be_graded_and_the_answer_says_so(
    course: GradedCourse,
) -> None:
    course.enter("3")
    course.want("3")
    course.deliver()

    assert course.state("3") == ("failed", "not_gradable")


def test_a_locked_grade_fails_and_after_unlocking_can_be_sent_again(
    course: GradedCourse, wait: Wait
) -> None:
    course.enter("11")
    item = coupled_item(course, "Netzwerk-Reflexion")
    course.lms.gradebook.lock(item, "11")
    course.want("11")
    course.deliver()
    assert course.state("11") == ("failed", "locked")

    course.lms.gradebook.lock(item, "11", locked=False)
    course.send_again("11")
    course.deliver()

    assert course.state("11") == ("sent", "delivered")
    assert course.lms_grade("11") == 1.0


def test_a_newer_entry_in_the_lms_is_answered_with_a_later_timestamp(
    course: GradedCourse, wait: Wait
) -> None:
    course.enter("11")
    course.want("11", 0.5)
    course.deliver()
    course.lms.gradebook.override(
        course.lms_item_id(), "11", 0.7, int(course.lms.clock()) + 3
    )
    course.want("11", 0.6)

    for _ in range(6):
        course.deliver()
        wait(2)

    assert course.state("11") == ("sent", "delivered")
    assert "newer_in_lms" in course.attempts()
    assert course.lms_grade("11") == 0.7


def test_an_entry_from_the_far_future_fails_with_its_reason(
    course: GradedCourse, wait: Wait
) -> None:
    course.enter("11")
    item = coupled_item(course, "Netzwerk-Reflexion")
    course.lms.gradebook.override(item, "11", 0.7, int(course.lms.clock()) + 86400)
    course.want("11")

    for _ in range(10):
        course.deliver()
        wait(2)

    assert course.state("11") == ("failed", "newer_in_lms")
    assert len(course.scores()) == 5


@pytest.mark.parametrize(
    ("status", "code"),
    [(429, "slow_down"), (500, "platform_error"), (503, "platform_error")],
)
def test_a_platform_in_trouble_is_spared_and_then_gets_everything(
    course: GradedCourse, wait: Wait, status: int, code: str
) -> None:
    for sub in ("11", "12", "13"):
        course.enter(sub)
        course.want(sub)
    course.lms.faults.add(Fault(on="score", status=status, retry_after=30))

    assert course.deliver(at_once=1) == 1
    assert course.state("11") == ("due", code)
    wait(20)
    assert course.deliver() == 0
    wait(11)
    assert course.deliver() == 3

    assert [course.state(sub) for sub in ("11", "12", "13")] == [
        ("sent", "delivered")
    ] * 3


def test_a_score_that_was_stored_although_the_answer_failed_is_stored_once(
    course: GradedCourse, wait: Wait
) -> None:
    course.enter("11")
    course.want("11")
    course.lms.faults.add(Fault(on="score", status=500, answer="apply_then_fail"))
    course.deliver()
    wait(60)

    course.deliver()

    assert course.state("11") == ("sent", "delivered")
    assert course.lms_grade("11") == 1.0


def test_a_deleted_column_is_replaced_by_one_of_our_own(
    course: GradedCourse, wait: Wait
) -> None:
    course.enter("11")
    course.want("11")
    course.deliver()
    gone = course.lms_item_id()
    course.lms.gradebook.delete(gone)

    course.want("11", 0.5)
    course.deliver()
    wait(2)
    course.deliver()

    assert course.state("11") == ("sent", "delivered")
    assert course.lms_item_id() != gone
    assert course.lms_grade("11") == 0.5


def test_a_token_that_was_revoked_is_fetched_anew_once(course: GradedCourse) -> None:
    course.enter("11")
    course.want("11", 0.5)
    course.deliver()
    course.lms.faults.add(Fault(on="score", status=401))

    course.want("11", 1.0)
    course.deliver()

    assert course.state("11") == ("sent", "delivered")
    assert course.lms.traffic.requests("token") == 2


def test_a_platform_that_cannot_read_our_keys_for_a_moment_costs_no_grade(
    course: GradedCourse, wait: Wait
) -> None:
    course.enter("11")
    course.want("11")
    course.lms.faults.add(Fault(on="token", status=404, times=2))

    for _ in range(3):
        course.deliver()
        wait(60)

    assert course.state("11") == ("sent", "delivered")


def test_grades_wait_while_their_platform_is_disabled(course: GradedCourse) -> None:
    course.enter("11")
    course.want("11")
    course.enable(False)
    assert course.deliver() == 0

    course.enable(True)

    assert course.deliver() == 1
    assert course.state("11") == ("sent", "delivered")


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_score_outside_its_range_is_refused(
    course: GradedCourse, score: float
) -> None:
    course.enter("11")

    with pytest.raises(InvalidError):
        course.want("11", score)


def test_nobody_outside_the_course_can_be_graded(course: GradedCourse) -> None:
    course.enter("11")
    with (
        pytest.raises(NotFoundError),
        course.tool.database.transaction(course.course_id) as session,
    ):
        service.want(session, START, 999_999, 1.0)

    with course.tool.database.reading(EVERYWHERE) as session:
        assert session.scalars(select(Grade.id)).all() == []


def test_the_request_that_wants_a_grade_is_named_in_its_attempts_and_in_the_log(
    course: GradedCourse,
) -> None:
    course.enter("11")
    course.enter("12")
    for sub, trace in (("11", "0123456789abcdef"), ("12", "fedcba9876543210")):
        with bound_contextvars(trace_id=trace):
            course.want(sub)

    with capture_logs() as logged:
        course.deliver()

    wanted = {"0123456789abcdef", "fedcba9876543210"}
    with course.tool.database.reading(EVERYWHERE) as session:
        assert set(session.scalars(select(Attempt.trace_id))) == wanted
    lines = [line for line in logged if line["event"] == "grade"]
    assert {line["trace_id"] for line in lines} == wanted
    assert {key for line in lines for key in line} == {
        "event",
        "log_level",
        "grade",
        "answer",
        "status",
        "trace_id",
    }


def test_a_request_of_a_page_names_itself_to_what_it_wants(
    course: GradedCourse,
) -> None:
    course.enter("11")
    with course.app.test_request_context("/"):
        course.app.preprocess_request()
        course.want("11")
        trace = g.trace_id

    assert course.lane("11").trace_id == trace
