"""A teacher grades by hand on the gradebook page, as in Moodle's."""

import pytest

from lti_tool.practice_lms import example
from lti_tool.practice_lms.grading import Grade
from lti_tool.practice_lms.lms import PracticeLMS

BOOK = "/course/mint-2026/gradebook"
PROJECT = 2
"""Its column is of 100 points."""


def act(lms: PracticeLMS, what: str, sub: str = "11", **form: object) -> int:
    answer = lms.test_client().post(
        f"{BOOK}/{PROJECT}/{sub}", data={"do": what, **form}
    )
    return answer.status_code


def grade(lms: PracticeLMS, sub: str = "11") -> Grade:
    return lms.gradebook.grade(PROJECT, sub)


@pytest.fixture
def reported(lms: PracticeLMS) -> PracticeLMS:
    """An LMS to which the tool has reported 80 points."""
    lms.gradebook.write(PROJECT, "11", Grade(80.0, 80.0, "Gut", 1_795_373_721))
    return lms


def test_what_a_teacher_enters_is_shown_in_place_of_what_was_reported(
    reported: PracticeLMS,
) -> None:
    assert act(reported, "enter", points="42.5") == 303

    shown = grade(reported)
    assert (shown.raw, shown.final, shown.overridden) == (80.0, 42.5, True)
    page = reported.test_client().get(BOOK).text
    assert "42.5" in page
    assert "graded by hand" in page


def test_lifting_it_shows_what_was_reported(reported: PracticeLMS) -> None:
    act(reported, "enter", points="42.5")

    act(reported, "lift")

    assert (grade(reported).final, grade(reported).overridden) == (80.0, False)


def test_a_grade_can_be_deleted_and_locked(reported: PracticeLMS) -> None:
    act(reported, "delete")
    assert grade(reported) == Grade()

    act(reported, "lock")
    assert grade(reported).locked
    act(reported, "unlock")
    assert not grade(reported).locked


@pytest.mark.parametrize(("entered", "kept"), [("-3", 0.0), ("120", 100.0)])
def test_points_stay_within_the_column(
    lms: PracticeLMS, entered: str, kept: float
) -> None:
    act(lms, "enter", points=entered)

    assert grade(lms).final == kept


@pytest.mark.parametrize(
    ("what", "form", "sub", "status"),
    [
        ("enter", {"points": "many"}, "11", 400),
        ("enter", {"points": "nan"}, "11", 400),
        ("enter", {}, "11", 400),
        ("erase", {}, "11", 400),
        ("delete", {}, "999", 404),
    ],
)
def test_nonsense_changes_nothing(
    reported: PracticeLMS, what: str, form: dict[str, str], sub: str, status: int
) -> None:
    before = grade(reported)

    assert act(reported, what, sub, **form) == status
    assert grade(reported) == before


def test_a_column_of_another_course_is_not_reached(reported: PracticeLMS) -> None:
    elsewhere = next(c for c in example.EXAMPLE.courses if c.key != "mint-2026")

    answer = reported.test_client().post(
        f"/course/{elsewhere.key}/gradebook/{PROJECT}/11", data={"do": "delete"}
    )

    assert answer.status_code == 404
    assert grade(reported).final == 80.0
