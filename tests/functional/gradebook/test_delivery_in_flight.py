"""Who may send, what counts when things overlap, and what taking a grade back leaves."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from lti_tool.gradebook import lanes
from lti_tool.gradebook.models import Grade
from lti_tool.gradebook.posting import Answer, Parcel
from lti_tool.gradebook.rules import Judgement, Outcome
from lti_tool.persistence.session import Database
from tests.functional.gradebook.course import MID, GradedCourse

Wait = Callable[..., None]


def claim(database: Database) -> Parcel | None:
    """Take one lane, whichever platform it leads to."""
    for platform in lanes.due_platforms(database):
        for parcel in lanes.claim(database, platform, 1):
            return parcel
    return None


def finish(database: Database, parcel: Parcel, answer: Answer) -> None:
    assert lanes.finish(database, [(parcel, answer)]) == []


# Leases


def test_a_lane_is_taken_by_one_worker_at_a_time(course: GradedCourse) -> None:
    course.enter("11")
    course.want("11")

    assert claim(course.tool.database) is not None
    assert claim(course.tool.database) is None


def test_several_workers_share_the_work_and_send_each_grade_once(
    course: GradedCourse,
) -> None:
    subs = [str(number) for number in range(11, 23)]
    for sub in subs:
        course.enter(sub)
        course.want(sub, column=MID)

    with ThreadPoolExecutor(3) as workers:
        for _ in range(3):
            list(workers.map(lambda _: course.deliver(), range(3)))
            time.sleep(1.1)

    assert [course.state(sub, MID) for sub in subs] == [("sent", "delivered")] * len(
        subs
    )
    assert sorted(score.sub for score in course.scores()) == subs
    assert [item.tag for item in course.lms.gradebook.line_items("2")].count("mid") == 1
    # One each for looking, making and sending.
    assert course.lms.traffic.requests("token") == 3


def test_the_lane_of_a_worker_that_died_is_taken_over(
    course: GradedCourse, wait: Wait
) -> None:
    course.enter("11")
    course.want("11")
    claim(course.tool.database)
    wait(46)

    assert course.deliver() == 1
    assert course.state("11") == ("sent", "delivered")


@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.FAILED, Outcome.FIND_AGAIN])
def test_a_late_finish_after_the_lease_was_taken_over_changes_nothing(
    course: GradedCourse, wait: Wait, outcome: Outcome
) -> None:
    course.enter("11")
    course.want("11")
    database = course.tool.database
    slow = claim(database)
    wait(46)
    fast = claim(database)
    assert slow is not None
    assert fast is not None
    before = _columns(course.lane("11"))

    finish(database, slow, Answer(Judgement(outcome, "late"), 200))

    assert _columns(course.lane("11")) == before
    assert fast.score.at > slow.score.at
    assert course.attempts() == ["late"]


def _columns(grade: Grade) -> dict[str, object]:
    return {c.key: getattr(grade, c.key) for c in Grade.__table__.columns}


def test_what_is_wanted_while_a_score_is_on_its_way_is_sent_next(
    course: GradedCourse,
) -> None:
    course.enter("11")
    course.want("11", 0.5)
    database = course.tool.database
    on_its_way = claim(database)
    assert on_its_way is not None
    course.want("11", 0.9)
    assert course.deliver() == 0

    finish(
        database,
        on_its_way,
        Answer(Judgement(Outcome.SENT, "delivered", may_be_stored=True), 200),
    )

    row = course.row("11")
    assert row is not None
    assert (row.state, row.sent_score) == ("due", 0.5)
    assert course.deliver() == 1
    assert course.lms_grade("11") == 0.9


# Withdrawing


def test_an_undelivered_grade_is_dropped_when_withdrawn(course: GradedCourse) -> None:
    course.enter("11")
    course.want("11")
    course.withdraw("11")

    assert course.deliver() == 0
    assert course.row("11") is None
    assert course.scores() == []


def test_a_delivered_grade_stays_in_the_lms_when_withdrawn(
    course: GradedCourse,
) -> None:
    course.enter("11")
    course.want("11")
    course.deliver()
    course.withdraw("11")

    assert course.deliver() == 0
    row = course.row("11")
    assert row is not None
    assert (row.state, row.score, row.sent_score) == (
        "withdrawn",
        None,
        1.0,
    )
    assert course.lms_grade("11") == 1.0


def test_a_refused_grade_is_dropped_when_withdrawn(course: GradedCourse) -> None:
    course.enter("3")
    course.want("3")
    course.deliver()
    course.withdraw("3")

    assert course.row("3") is None


@pytest.mark.parametrize(
    ("judgement", "left"),
    [
        (Judgement(Outcome.SENT, "delivered", may_be_stored=True), "withdrawn"),
        (
            Judgement(Outcome.RETRY, "unreachable_timeout", may_be_stored=True),
            "withdrawn",
        ),
        (Judgement(Outcome.FAILED, "not_gradable"), None),
    ],
    ids=["arrived", "perhaps arrived", "refused"],
)
def test_a_grade_withdrawn_on_its_way_is_what_became_of_it(
    course: GradedCourse, judgement: Judgement, left: str | None
) -> None:
    course.enter("11")
    course.want("11")
    on_its_way = claim(course.tool.database)
    assert on_its_way is not None
    course.withdraw("11")

    finish(course.tool.database, on_its_way, Answer(judgement, 200))

    row = course.row("11")
    assert (None if row is None else row.state) == left


def test_a_withdrawn_grade_can_be_wanted_again(course: GradedCourse) -> None:
    course.enter("11")
    for _ in range(2):
        course.want("11")
        course.deliver()
        course.withdraw("11")
    course.want("11", 0.5)
    course.deliver()

    assert course.state("11") == ("sent", "delivered")
    assert course.lms_grade("11") == 0.5
