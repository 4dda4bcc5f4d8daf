"""Staff choose content for a block in Open edX, and people open what was chosen."""

from typing import Any

import pytest

from tests.functional.worksheet.conftest import Writer
from tests.interop.browser import Answer, Browser, Form
from tests.interop.platform import STAFF, STUDENT, Course, OpenEdX, Visitor

SAVED = "successfully saved"


@pytest.fixture
def course(openedx: OpenEdX) -> Course:
    """A course with a block whose content is still to be chosen."""
    course = openedx.course()
    course.place(
        "home",
        lti_advantage_deep_linking_enabled=True,
        lti_advantage_deep_linking_launch_url=f"{openedx.tool}/lti/launch",
        custom_parameters=[],
    )
    return course


def _pick(course: Course, *chosen: str, **fields: Any) -> tuple[Browser, Form]:
    """Choose activities as staff; return the browser and the form that brings the answer back."""
    browser = Browser()
    visitor = Visitor(browser, course.choose(STAFF, "home", browser))
    picker = next(f for f in visitor.arrived.forms if "title_home" in f.fields)
    page = browser.send(
        "POST",
        picker.action,
        {
            **{
                k: v
                for k, v in picker.fields.items()
                if k.startswith(("csrf", "title"))
            },
            "chosen": list(chosen),
            **fields,
        },
    )
    return browser, next(f for f in page.forms if "JWT" in f.fields)


def _hand_back(browser: Browser, answer: Form) -> Answer:
    return browser.send("POST", answer.action, answer.fields)


def test_the_choice_of_staff_is_stored_in_open_edx(
    course: Course, openedx: OpenEdX
) -> None:
    browser, answer = _pick(
        course, "worksheet", title_worksheet="Meine Netzwerke", column_worksheet="y"
    )

    page = _hand_back(browser, answer)

    assert (page.status_code, SAVED in page.text) == (200, True)
    [item] = course.state()["content"]
    assert (item["type"], item["title"]) == ("ltiResourceLink", "Meine Netzwerke")
    assert item["url"] == f"{openedx.tool}/lti/launch"
    assert item["custom"] == {"activity": "worksheet"}
    assert item["lineItem"]["tag"] == "start"


def test_what_was_chosen_opens_and_its_grade_reaches_the_gradebook(
    course: Course,
) -> None:
    _hand_back(*_pick(course, "worksheet"))
    course.enter(STAFF)

    student = course.enter(STUDENT)

    assert "/worksheet" in student.arrived.url
    Writer(student).fill().hand_in()
    course.wait_for_grades(STUDENT, 1.0)


def test_several_activities_of_one_block_each_open_themselves(course: Course) -> None:
    page = _hand_back(*_pick(course, "groups", "attendance"))

    assert SAVED in page.text
    assert len(course.state()["content"]) == 2
    staff = Browser()
    links = course.links(STAFF, "home", staff)
    opened = [staff.open(link).url for link in links]
    assert ["/groups" in opened[0], "/attendance" in opened[1]] == [True, True]


def test_who_cancels_leaves_the_block_as_it_was(course: Course) -> None:
    browser = Browser()
    visitor = Visitor(browser, course.choose(STAFF, "home", browser))

    answer = next(f for f in visitor.post("add/cancel").forms if "JWT" in f.fields)
    page = _hand_back(browser, answer)

    assert page.status_code == 200
    assert course.state()["content"] == []


def test_a_changed_answer_is_refused_by_open_edx(course: Course) -> None:
    browser, answer = _pick(course, "worksheet")
    head, body, signature = answer.fields["JWT"].split(".")
    answer.fields["JWT"] = ".".join((head, body, signature[::-1]))

    page = _hand_back(browser, answer)

    assert page.status_code == 403
    assert course.state()["content"] == []


def test_a_student_chooses_nothing(course: Course) -> None:
    course.enter(STAFF)

    assert course.choose(STUDENT, "home", Browser()).status_code == 403
