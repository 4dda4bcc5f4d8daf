"""What Moodle would erase or hide is sent again in full, and what a teacher did there stays."""

import time
from collections.abc import Callable

from tests.functional.gradebook.course import GradedCourse
from tests.functional.gradebook.scripted import Reply, ScriptedPlatform


def feedback(course: GradedCourse) -> str | None:
    return course.lms.gradebook.grade(course.lms_item_id(), "11").feedback


def test_sent_again_a_score_brings_its_comment_along(course: GradedCourse) -> None:
    course.enter("11")
    course.want("11", 1.0, "Well done")
    course.deliver()

    course.send_again("11")
    course.deliver()

    assert len(course.scores("11")) == 2
    assert feedback(course) == "Well done"


def test_a_grade_that_a_teacher_set_by_hand_stays_theirs(
    course: GradedCourse, wait: Callable[..., None]
) -> None:
    course.enter("11")
    course.want("11", 0.5)
    course.deliver()
    course.lms.gradebook.override(course.lms_item_id(), "11", 0.25, int(time.time()))

    wait(minutes=1)
    course.want("11", 1.0)
    course.deliver()

    assert course.lms_grade("11") == 0.25
    assert course.state("11") == ("sent", "delivered")


def test_a_next_page_that_nobody_can_read_is_none(scripted: ScriptedPlatform) -> None:
    # Moodle 4.5 puts curly quotes around "next" and escapes the address.
    link = f"<{scripted.url}/lineitems?limit=1&amp;from=1>; rel=“next”"
    headers = {"Link": link.encode().decode("latin-1")}
    made = Reply(201, f'{{"id": "{scripted.url}\\/item"}}')
    scripted.line_items = [Reply(200, "[]", headers), made]
    scripted.want()

    scripted.deliver()

    assert (scripted.row().state, scripted.count("/lineitems")) == ("sent", 2)
    assert scripted.count("/item/scores") == 1
