"""Two members act at the same moment on a real database."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from lti_tool.errors import ConflictError
from lti_tool.projects import records, service
from lti_tool.projects.service import Hand
from tests.functional.projects.conftest import Class


def test_versions_handed_in_at_the_same_moment_are_all_kept(course: Class) -> None:
    start = Barrier(6)

    def hand_in(number: int) -> int:
        start.wait()
        member = Hand(course.people["7" if number % 2 else "8"])
        with course.database.transaction(course.course_id) as session:
            return service.hand_in(session, course.first, member, f"Text {number}")

    with ThreadPoolExecutor(6) as pool:
        numbers = sorted(pool.map(hand_in, range(6)))

    assert numbers == [1, 2, 3, 4, 5, 6]
    with course.database.reading(course.course_id) as session:
        kept = records.get_project(session, course.first).versions
    assert {v.text for v in kept} == {f"Text {n}" for n in range(6)}


def test_of_two_reviews_at_the_same_moment_one_holds(course: Class) -> None:
    with course.database.transaction(course.course_id) as session:
        service.hand_in(session, course.first, Hand(course.people["7"]), "Text")
    start, by = Barrier(2), Hand(course.people["1"])

    def review(accepting: bool) -> bool:
        start.wait()
        try:
            with course.database.transaction(course.course_id) as session:
                if accepting:
                    service.accept(session, course.first, 1, by)
                else:
                    service.send_back(session, course.first, 1, by, "Not yet")
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        held = list(pool.map(review, [True, False]))

    assert sorted(held) == [False, True]
    with course.database.reading(course.course_id) as session:
        (version,) = records.get_project(session, course.first).versions
    assert len(version.reviews) == 1
