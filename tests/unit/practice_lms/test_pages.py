"""What people see of the practice LMS."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lti_tool.practice_lms import example
from lti_tool.practice_lms.grading import Grade
from lti_tool.practice_lms.lms import PracticeLMS
from lti_tool.practice_lms.tickets import LaunchHint

COURSE = "/course/mint-2026"


def test_the_start_page_offers_everybody_but_the_suspended(lms: PracticeLMS) -> None:
    page = lms.test_client().get("/").text

    for member in example.MINT_2026.members:
        address = f"{COURSE}/activity/home?as={member.person.sub}"
        assert (f'href="{address}"' in page) == member.active
    assert "example data, invented people" in page


def test_a_course_shows_its_activities_and_a_participants_own_grades(
    lms: PracticeLMS,
) -> None:
    lms.gradebook.write(2, "11", Grade(80.0, 80.0, "Gut gemacht", 1795373721))

    page = lms.test_client().get(f"{COURSE}?as=11").text

    for activity in example.ACTIVITIES:
        assert f"{COURSE}/activity/{activity}?as=11" in page
    assert "80 of 100" in page
    assert "Gut gemacht" in page


def test_an_activity_frames_the_tool_as_the_person_in_the_address(
    lms: PracticeLMS,
) -> None:
    response = lms.test_client().get(f"{COURSE}/activity/worksheet?as=12")

    assert 'src="/launch/4?as=12"' in response.text
    policy = response.headers["Content-Security-Policy"]
    assert "frame-src 'self' http://127.0.0.1:8000;" in policy
    assert "script-src 'self';" in policy
    assert "Set-Cookie" not in response.headers


def test_the_login_form_works_without_scripts(lms: PracticeLMS) -> None:
    page = lms.test_client().get("/launch/4?as=12").text

    assert '<button class="button" type="submit">' in page
    assert "onload" not in page


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/course/nowhere?as=11", 404),
        (COURSE, 404),
        (f"{COURSE}?as=99", 404),
        (f"{COURSE}?as={example.SUSPENDED.sub}", 403),
        (f"{COURSE}?as={example.NEWCOMER.sub}", 403),
        (f"{COURSE}?as={example.ADMIN.sub}", 200),
        (f"{COURSE}/activity/exchange?as=11", 404),
        (f"/launch/1?as={example.SUSPENDED.sub}", 403),
        ("/launch/99?as=11", 404),
        ("/return?course=2&as=11", 200),
        ("/return?course=2", 303),
    ],
)
def test_only_members_and_administrators_come_in(
    lms: PracticeLMS, address: str, status: int
) -> None:
    assert lms.test_client().get(address).status_code == status


def test_a_person_keeps_the_language_they_chose(
    start: Callable[[], PracticeLMS],
) -> None:
    lms = start()
    person, link = example.PARTICIPANTS[0], example.MINT_2026.links[0]
    presentation = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation"
    before = lms.claims(person, link, "n")[presentation]["locale"]
    lms.test_client().get(f"{COURSE}?as={person.sub}&lang=en")

    after = start().claims(person, link, "n")[presentation]["locale"]

    assert (before, after) == ("de", "en")


def test_the_gradebook_shows_grade_feedback_time_and_every_request(
    lms: PracticeLMS,
) -> None:
    lms.gradebook.write(3, "13", Grade(1.0, 1.0, "Abgegeben", 1795373721))

    page = lms.test_client().get(f"{COURSE}/gradebook").text

    assert "Abgegeben" in page
    assert "22.11.2026 19:55:21" in page


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8001", 200),
        ("127.0.0.1:8001", 200),
        ("[::1]:8001", 200),
        ("practice.example.org", 400),
        ("localhost.example.org", 400),
    ],
)
def test_it_answers_on_loopback_names_only(
    lms: PracticeLMS, host: str, status: int
) -> None:
    assert lms.test_client().get("/", headers={"Host": host}).status_code == status


def test_a_second_start_finds_key_grades_and_hints(
    start: Callable[[], PracticeLMS],
) -> None:
    first = start()
    first.gradebook.write(2, "11", Grade(80.0, 80.0, None, 1795373721))
    launch_id = first.tickets.issue_hint(LaunchHint("11", "1", "iframe"))

    second = start()

    assert second.key == first.key
    assert second.gradebook.grade(2, "11").final == 80.0
    assert second.tickets.take_hint(launch_id) == LaunchHint("11", "1", "iframe")
    assert first.tickets.take_hint(launch_id) is None


def test_the_data_file_is_its_owners_alone(lms: PracticeLMS, tmp_path: Path) -> None:
    lms.languages.choose(example.ADMIN, "de")

    modes = {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}

    assert modes == {0o600}
