"""What was sent is compared with the practice LMS, where a teacher grades by hand."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from lti_tool import clock
from lti_tool.errors import InvalidError
from lti_tool.gradebook import findings, reconciling, service
from lti_tool.gradebook.models import Comparison, GradeNote
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.practice_lms.faults import Fault
from tests.functional.gradebook.course import MID, PROJECT, GradedCourse

Wait = Callable[..., None]
BY = "3"


def compare(course: GradedCourse) -> Comparison:
    """Have the course compared now and return what the page knows of it."""
    with course.tool.database.transaction(course.course_id) as session:
        reconciling.ask(session)
    compare_due(course)
    return known(course)


def compare_due(course: GradedCourse) -> None:
    reconciling.compare_due(course.tool.database, course.tool.connector)


def known(course: GradedCourse) -> Comparison:
    with course.tool.database.reading(course.course_id) as session:
        found = reconciling.last(session)
    assert found is not None
    return found


def figures(row: Comparison) -> tuple[int, int, int]:
    return row.as_sent, row.differing, row.left


def grade_by_hand(course: GradedCourse, sub: str, points: float) -> None:
    now = int(clock.now().timestamp())
    course.lms.gradebook.override(course.lms_item_id(), sub, points, now)


def decide(course: GradedCourse, what: Callable[..., object], sub: str) -> None:
    row = course.row(sub)
    assert row is not None
    with course.tool.database.transaction(course.course_id) as session:
        what(session, row.id, by=course.person(BY))


def notes(course: GradedCourse) -> list[tuple[str, float | None, bool]]:
    with course.tool.database.reading(EVERYWHERE) as session:
        found = session.scalars(select(GradeNote).order_by(GradeNote.id))
        return [(n.what, n.lms_score, n.by_person_id is not None) for n in found]


@pytest.fixture
def delivered(course: GradedCourse) -> GradedCourse:
    """Two participants whose grades have arrived."""
    course.enter(BY)
    for sub in ("11", "12"):
        course.enter(sub)
        course.want(sub)
    course.deliver()
    return course


def test_what_stands_there_as_sent_is_counted_and_left_alone(
    delivered: GradedCourse,
) -> None:
    row = compare(delivered)

    assert (figures(row), row.error) == ((2, 0, 0), None)
    assert (row.columns, row.columns_done) == (1, 1)
    assert row.finished_at is not None
    assert notes(delivered) == []


def test_points_on_another_scale_are_the_same_grade(course: GradedCourse) -> None:
    course.enter("11", "project")
    course.want("11", 100 / 3, column=PROJECT)
    course.deliver()

    assert figures(compare(course)) == (1, 0, 0)


def test_a_grade_given_by_hand_is_reported_and_nothing_is_sent(
    delivered: GradedCourse,
) -> None:
    grade_by_hand(delivered, "11", 0.4)

    assert figures(compare(delivered)) == (1, 1, 0)

    row = delivered.row("11")
    assert row is not None
    assert (row.state, row.answer, row.lms_score, row.lms_maximum) == (
        "changed",
        "changed_in_lms",
        0.4,
        1.0,
    )
    assert delivered.deliver() == 0
    assert delivered.lms_grade("11") == 0.4


def test_a_difference_is_noted_once_however_often_it_is_found(
    delivered: GradedCourse, wait: Wait
) -> None:
    grade_by_hand(delivered, "11", 0.4)
    for _night in range(3):
        compare(delivered)
        wait(hours=24)

    assert notes(delivered) == [("changed_in_lms", 0.4, False)]


def test_what_a_feature_wants_meanwhile_waits_for_staff(
    delivered: GradedCourse,
) -> None:
    grade_by_hand(delivered, "11", 0.4)
    compare(delivered)

    delivered.want("11", 0.9)

    assert delivered.deliver() == 0
    row = delivered.row("11")
    assert row is not None
    assert (row.state, row.score, row.lms_score) == ("changed", 0.9, 0.4)


def test_other_grades_of_the_column_go_out_meanwhile(delivered: GradedCourse) -> None:
    grade_by_hand(delivered, "11", 0.4)
    compare(delivered)

    delivered.want("12", 0.9)

    assert delivered.deliver() == 1
    assert delivered.lms_grade("12") == 0.9


def test_staff_can_send_ours_again_and_the_lms_may_keep_its_own(
    delivered: GradedCourse, wait: Wait
) -> None:
    grade_by_hand(delivered, "11", 0.4)
    compare(delivered)
    wait(60)

    decide(delivered, findings.send_ours, "11")
    assert delivered.deliver() == 1
    assert figures(compare(delivered)) == (1, 1, 0)

    # The practice LMS does as Moodle: what a teacher entered stays.
    assert delivered.state("11") == ("changed", "kept_in_lms")
    assert notes(delivered) == [
        ("changed_in_lms", 0.4, False),
        ("sent_again", 0.4, True),
        ("kept_in_lms", 0.4, False),
    ]


def test_after_a_decision_to_send_ours_it_is_soon_known_what_the_lms_made_of_it(
    delivered: GradedCourse, wait: Wait
) -> None:
    grade_by_hand(delivered, "11", 0.4)
    compare(delivered)
    wait(60)

    decide(delivered, findings.send_ours, "11")
    wait(20)
    compare_due(delivered)
    assert delivered.state("11") == ("due", None)

    # It was still on its way, so that this is looked at once more.
    delivered.deliver()
    assert delivered.state("11") == ("sent", "delivered")
    wait(20)
    compare_due(delivered)
    assert delivered.state("11") == ("changed", "kept_in_lms")
    asked = delivered.lms.traffic.requests("results")
    wait(minutes=10)
    compare_due(delivered)
    assert delivered.lms.traffic.requests("results") == asked


def test_a_decision_while_the_list_is_read_is_looked_at_too(
    delivered: GradedCourse, wait: Wait
) -> None:
    grade_by_hand(delivered, "11", 0.4)
    compare(delivered)
    wait(60)

    def send() -> None:
        decide(delivered, findings.send_ours, "11")
        delivered.deliver()

    delivered.during_results(send)
    compare(delivered)
    assert delivered.state("11") == ("sent", "delivered")
    wait(20)
    compare_due(delivered)
    assert delivered.state("11") == ("changed", "kept_in_lms")


def test_staff_can_leave_the_lms_with_its_grade_and_take_that_back(
    delivered: GradedCourse, wait: Wait
) -> None:
    grade_by_hand(delivered, "11", 0.4)
    compare(delivered)

    decide(delivered, findings.leave, "11")
    wait(hours=24)

    assert figures(compare(delivered)) == (1, 0, 1)
    assert delivered.state("11") == ("left", "changed_in_lms")
    decide(delivered, findings.ask_again, "11")
    assert delivered.state("11") == ("changed", "changed_in_lms")
    assert [what for what, _, _ in notes(delivered)] == [
        "changed_in_lms",
        "left",
        "asked_again",
    ]


@pytest.mark.parametrize("other", [0.7, None], ids=["changed", "removed"])
def test_what_was_left_comes_back_when_the_lms_changes(
    delivered: GradedCourse, wait: Wait, other: float | None
) -> None:
    grade_by_hand(delivered, "11", 0.4)
    compare(delivered)
    decide(delivered, findings.leave, "11")
    if other is None:
        delivered.lms.gradebook.forget(delivered.lms_item_id(), "11")
    else:
        grade_by_hand(delivered, "11", other)
    wait(60)

    compare(delivered)

    row = delivered.row("11")
    assert row is not None
    assert (row.state, row.lms_score) == ("changed", other)


def test_what_was_left_comes_back_when_a_feature_wants_something_else(
    delivered: GradedCourse,
) -> None:
    grade_by_hand(delivered, "11", 0.4)
    compare(delivered)
    decide(delivered, findings.leave, "11")

    delivered.want("11", 0.9)

    assert delivered.state("11") == ("changed", "changed_in_lms")
    assert delivered.deliver() == 0


def test_a_difference_ends_when_the_lms_shows_what_is_wanted(
    delivered: GradedCourse, wait: Wait
) -> None:
    grade_by_hand(delivered, "11", 0.4)
    compare(delivered)
    delivered.want("11", 0.9)
    grade_by_hand(delivered, "11", 0.9)
    wait(60)

    assert figures(compare(delivered)) == (2, 0, 0)
    row = delivered.row("11")
    assert row is not None
    assert (row.state, row.lms_score, row.found_at) == ("sent", None, None)


def test_what_waits_stays_with_staff_when_the_teacher_goes_back_to_what_was_sent(
    delivered: GradedCourse, wait: Wait
) -> None:
    sent = delivered.lms_grade("11")
    assert sent is not None
    grade_by_hand(delivered, "11", 0.4)
    compare(delivered)
    delivered.want("11", 0.8)
    grade_by_hand(delivered, "11", sent)

    for _night in range(2):
        wait(60)
        compare(delivered)
        assert delivered.deliver() == 0

    row = delivered.row("11")
    assert row is not None
    assert (row.state, row.score, row.lms_score) == ("changed", 0.8, sent)


def test_what_waits_is_sent_when_nobody_elses_grade_stands_there_any_more(
    delivered: GradedCourse, wait: Wait
) -> None:
    grade_by_hand(delivered, "11", 0.4)
    compare(delivered)
    delivered.want("11", 0.9)
    delivered.lms.gradebook.forget(delivered.lms_item_id(), "11")
    wait(60)

    compare(delivered)

    assert delivered.deliver() == 1
    assert delivered.lms_grade("11") == 0.9


def test_a_grade_that_is_missing_there_is_reported_and_can_be_sent_again(
    delivered: GradedCourse, wait: Wait
) -> None:
    delivered.lms.gradebook.forget(delivered.lms_item_id(), "11")

    assert figures(compare(delivered)) == (1, 1, 0)
    assert delivered.state("11") == ("changed", "missing_in_lms")
    assert delivered.deliver() == 0

    wait(60)
    with delivered.tool.database.transaction(delivered.course_id) as session:
        assert findings.send_missing(session, by=delivered.person(BY)) == 1
    delivered.deliver()
    assert figures(compare(delivered)) == (2, 0, 0)


def test_a_missing_grade_stands_in_nobodys_way(delivered: GradedCourse) -> None:
    delivered.lms.gradebook.forget(delivered.lms_item_id(), "11")
    compare(delivered)

    delivered.want("11", 0.9)

    assert delivered.deliver() == 1
    assert delivered.lms_grade("11") == 0.9


def test_a_missing_grade_that_was_left_so_is_not_sent_however_often_a_feature_wants(
    delivered: GradedCourse,
) -> None:
    delivered.lms.gradebook.forget(delivered.lms_item_id(), "11")
    compare(delivered)
    decide(delivered, findings.leave, "11")

    for points in (0.8, 0.9):
        delivered.want("11", points)
        assert delivered.deliver() == 0

    assert delivered.state("11") == ("changed", "missing_in_lms")
    decide(delivered, findings.send_ours, "11")
    delivered.deliver()
    assert delivered.lms_grade("11") == 0.9


def test_a_grade_that_nobody_here_wanted_is_reported_and_not_overwritten_later(
    delivered: GradedCourse,
) -> None:
    delivered.enter("13")
    grade_by_hand(delivered, "13", 0.5)

    assert figures(compare(delivered)) == (2, 1, 0)
    assert delivered.state("13") == ("changed", "unsent_in_lms")

    delivered.want("13", 1.0)
    assert delivered.deliver() == 0
    assert delivered.lms_grade("13") == 0.5


def test_what_was_withdrawn_and_then_removed_there_is_settled(
    delivered: GradedCourse, wait: Wait
) -> None:
    delivered.withdraw("11")
    assert figures(compare(delivered)) == (1, 0, 0)
    assert delivered.state("11") == ("withdrawn", "delivered")

    delivered.lms.gradebook.forget(delivered.lms_item_id(), "11")
    wait(60)
    compare(delivered)

    assert delivered.row("11") is None


def test_what_was_withdrawn_while_the_lms_differs_stays_with_staff(
    delivered: GradedCourse,
) -> None:
    grade_by_hand(delivered, "11", 0.4)
    compare(delivered)

    delivered.withdraw("11")

    assert delivered.state("11") == ("changed", "changed_in_lms")
    with pytest.raises(InvalidError):
        decide(delivered, findings.send_ours, "11")
    decide(delivered, findings.leave, "11")
    assert delivered.state("11") == ("left", "changed_in_lms")


def test_a_failed_grade_that_somebody_entered_by_hand_is_settled(
    delivered: GradedCourse, wait: Wait
) -> None:
    delivered.lms.gradebook.lock(delivered.lms_item_id(), "11")
    wait(60)
    delivered.want("11", 0.5)
    delivered.deliver()
    assert delivered.state("11") == ("failed", "locked")
    compare(delivered)
    assert delivered.state("11") == ("failed", "locked")

    grade_by_hand(delivered, "11", 0.5)
    wait(60)
    compare(delivered)

    assert delivered.state("11") == ("sent", "delivered")


def test_what_is_on_its_way_is_not_compared(delivered: GradedCourse) -> None:
    grade_by_hand(delivered, "11", 0.4)
    delivered.want("11", 0.9)

    assert figures(compare(delivered)) == (1, 0, 0)
    assert delivered.state("11") == ("due", None)


def test_what_was_sent_while_the_list_was_read_is_not_compared(
    delivered: GradedCourse,
) -> None:
    def send_meanwhile() -> None:
        delivered.want("11", 0.9)
        delivered.deliver()

    delivered.during_results(send_meanwhile)

    # The list says what stood there before.
    assert figures(compare(delivered)) == (1, 0, 0)
    assert delivered.state("11") == ("sent", "delivered")


def test_a_first_grade_that_was_sent_while_the_list_was_read_is_not_compared(
    delivered: GradedCourse,
) -> None:
    delivered.enter("13")

    def send_meanwhile() -> None:
        delivered.want("13")
        delivered.deliver()

    delivered.during_results(send_meanwhile)

    # The list does not know of that grade yet.
    assert figures(compare(delivered)) == (2, 0, 0)
    assert delivered.state("13") == ("sent", "delivered")


def test_somebody_who_left_the_course_is_not_compared(
    delivered: GradedCourse,
) -> None:
    delivered.leave_course("11")
    delivered.lms.gradebook.forget(delivered.lms_item_id(), "11")

    assert figures(compare(delivered)) == (1, 0, 0)
    assert delivered.state("11") == ("sent", "delivered")


def test_grades_of_people_whom_nobody_here_knows_are_passed_over(
    delivered: GradedCourse,
) -> None:
    grade_by_hand(delivered, "14", 1.0)

    assert figures(compare(delivered)) == (2, 0, 0)


def test_a_column_that_is_gone_becomes_failed_grades_with_a_way_out(
    delivered: GradedCourse, wait: Wait
) -> None:
    delivered.lms.gradebook.delete(delivered.lms_item_id())

    compare(delivered)
    wait(minutes=16)
    row = compare(delivered)

    assert (figures(row), row.error) == ((0, 0, 0), "line_item_gone")
    assert delivered.state("11") == ("failed", "line_item_gone")
    assert delivered.line_item().problem == "line_item_gone"

    # The way out that the sentence names.
    wait(60)
    with delivered.tool.database.transaction(delivered.course_id) as session:
        service.send_failed_again(session)
    while delivered.deliver():
        wait(2)
    assert figures(compare(delivered)) == (2, 0, 0)


def test_every_column_of_a_course_is_compared(delivered: GradedCourse) -> None:
    delivered.want("11", column=MID)
    delivered.deliver()

    row = compare(delivered)

    assert (row.columns, figures(row)) == (2, (3, 0, 0))


@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_outage_postpones_and_changes_nothing(
    delivered: GradedCourse, wait: Wait, status: int
) -> None:
    before = figures(compare(delivered))
    finished = known(delivered).finished_at
    wait(60)
    delivered.lms.faults.add(Fault(on="results", status=status))

    row = compare(delivered)

    assert (figures(row), row.finished_at) == (before, finished)
    assert row.error in {"platform_error", "slow_down"}
    wait(minutes=16)
    reconciling.compare_due(delivered.tool.database, delivered.tool.connector)
    assert known(delivered).error is None


def test_the_pause_that_the_platform_asks_for_is_kept_by_deliveries_too(
    delivered: GradedCourse, wait: Wait
) -> None:
    delivered.lms.faults.add(Fault(on="results", status=429, retry_after=600))
    compare(delivered)
    delivered.want("11", 0.5)

    assert delivered.deliver() == 0
    asked = delivered.lms.traffic.requests("results")
    wait(minutes=5)
    compare(delivered)
    assert delivered.lms.traffic.requests("results") == asked
    wait(minutes=6)
    assert delivered.deliver() == 1


def test_a_course_is_compared_every_night(delivered: GradedCourse, wait: Wait) -> None:
    reconciling.compare_due(delivered.tool.database, delivered.tool.connector)
    assert known(delivered).finished_at is None

    wait(hours=24)
    reconciling.compare_due(delivered.tool.database, delivered.tool.connector)
    first = known(delivered)
    assert first.finished_at is not None
    reconciling.compare_due(delivered.tool.database, delivered.tool.connector)
    assert known(delivered).finished_at == first.finished_at

    wait(hours=24)
    reconciling.compare_due(delivered.tool.database, delivered.tool.connector)
    assert known(delivered).finished_at != first.finished_at


def test_a_course_in_which_nothing_happens_is_compared_seldom(
    delivered: GradedCourse, wait: Wait
) -> None:
    wait(days=91)

    row = compare(delivered)

    assert row.finished_at is not None
    assert 30 <= (row.due_at - row.finished_at).days <= 31
