"""Open edX's own launches, taken by the tool."""

import pytest

from tests.interop.browser import Browser
from tests.interop.conftest import Installation, register
from tests.interop.platform import STAFF, STUDENT, Member, OpenEdX


def test_staff_enter_their_course_and_lead_it(openedx: OpenEdX) -> None:
    course = openedx.course()

    lead = course.enter(STAFF)

    assert course.title in lead.arrived.text
    assert STAFF.name in lead.get("people").text


def test_a_student_takes_part_and_is_not_shown_what_the_staff_see(
    openedx: OpenEdX,
) -> None:
    course = openedx.course()
    course.enter(STAFF)

    student = course.enter(STUDENT)

    assert course.title in student.arrived.text
    assert student.get("people").status_code == 403


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("instructor", 200),
        ("staff", 200),
        ("limited_staff", 200),
        ("global_staff", 200),
        ("Community TA", 200),
        ("student", 403),
        ("guest", 403),
        ("beta_testers", 403),
        ("data_researcher", 403),
    ],
)
def test_a_role_of_open_edx_makes_staff_or_a_participant(
    openedx: OpenEdX, role: str, status: int
) -> None:
    course = openedx.course(STAFF, Member("example_role", "Rosa Rolle", role))

    arrived = course.enter(Member("example_role", "Rosa Rolle", role))

    assert arrived.get("people").status_code == status


def test_each_block_opens_the_activity_it_names(openedx: OpenEdX) -> None:
    course = openedx.course()

    urls = {a: course.enter(STAFF, a).arrived.url for a in ("worksheet", "groups")}

    assert all(f"/{activity}" in url for activity, url in urls.items())


def test_blocks_of_one_course_open_one_course(openedx: OpenEdX) -> None:
    course = openedx.course()
    course.enter(STAFF, "home")

    other = course.enter(STUDENT, "worksheet")

    assert course.title in other.get().text
    assert STUDENT.name in course.enter(STAFF, "groups").get("people").text


def test_a_message_works_once(openedx: OpenEdX) -> None:
    course, browser = openedx.course(), Browser()
    course.open(STAFF, browser=browser)
    assert browser.launched is not None

    again = browser.send("POST", browser.launched.action, browser.launched.fields)

    assert again.status_code == 400
    assert "state_used" in again.text


@pytest.mark.parametrize("language", ["de", "en"])
def test_pages_speak_the_browser_s_language_as_open_edx_names_none(
    openedx: OpenEdX, language: str
) -> None:
    page = openedx.course().open(STAFF, browser=Browser(language))

    assert f'<html lang="{language}">' in page.text


def test_a_launch_without_names_gets_in(openedx: OpenEdX) -> None:
    nameless = Member("example_nameless", "Nobody Knows", "student")
    course = openedx.course(STAFF, nameless, shares_names=False)

    student = course.enter(nameless)

    assert course.title in student.arrived.text
    assert nameless.name not in student.arrived.text


def test_a_block_with_keys_of_its_own_is_registered_beside_the_others(
    openedx: OpenEdX, installation: Installation
) -> None:
    course = openedx.course()
    facts = course.place("home", lti_1p3_passport_id="")
    assert course.open(STAFF).status_code == 400

    register(installation, openedx.url, facts)

    assert course.title in course.enter(STAFF).arrived.text
