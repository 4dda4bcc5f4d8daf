"""A group hands in; every version is kept."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from lti_tool.courses import service as courses
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.projects import records
from tests.functional.projects.conftest import Class
from tests.signing_platform import Visitor

TEXT = "Our concept for the fair"
LINK = "https://cloud.example/s/slides"


def hand_in(visitor: Visitor, course: Class, **form: object):
    form = {"text": "", "link": "", "seen": 0} | form
    return visitor.post(f"project/groups/{course.first}/hand-in", form)


def versions(course: Class) -> list[records.Version]:
    with course.database.reading(course.course_id) as session:
        return list(records.get_project(session, course.first).versions)


def test_what_one_member_hands_in_the_others_read(
    mia: Visitor, joerg: Visitor, course: Class
) -> None:
    assert "Nothing has been handed in" in joerg.get("project/").text

    page = hand_in(mia, course, text=TEXT, link=LINK)

    assert page.status_code == 200
    read = joerg.get("project/").text
    assert TEXT in read
    assert f'href="{LINK}"' in read
    assert "handed in by Mia Muster" in read
    assert course.achieved("8") == "handed_in"


def test_versions_of_two_members_at_once_are_both_kept_and_the_second_is_told(
    mia: Visitor, joerg: Visitor, course: Class
) -> None:
    hand_in(mia, course, text="Mia's", seen=0)

    page = hand_in(joerg, course, text="Jörg's", seen=0)

    assert "Meanwhile Mia Muster had handed in version 1." in page.text
    assert [v.text for v in versions(course)] == ["Mia's", "Jörg's"]


def test_sending_the_same_twice_makes_one_version(mia: Visitor, course: Class) -> None:
    hand_in(mia, course, text="a\r\nb")
    hand_in(mia, course, text="a\r\nb")

    assert [v.text for v in versions(course)] == ["a\nb"]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Please write a text, enter a link, or both."),
        ({"text": TEXT, "link": "http://cloud.example"}, "start with https://"),
        ({"text": TEXT, "link": "https://me:pw@cloud.example"}, "before the @"),
        ({"text": "x" * 20_001}, "20,000 characters fit"),
    ],
)
def test_what_cannot_be_taken_is_explained_and_stays_in_the_form(
    mia: Visitor, course: Class, form: dict[str, str], words: str
) -> None:
    page = hand_in(mia, course, **form)

    assert page.status_code == 422
    assert words in page.text
    assert form.get("text", "") in page.text
    assert versions(course) == []


def test_text_and_link_lie_encrypted_in_the_database(
    mia: Visitor, course: Class
) -> None:
    hand_in(mia, course, text=TEXT, link=LINK)

    with course.database.reading(EVERYWHERE) as session:
        row = session.execute(sa.text("SELECT text, link FROM hand_in")).one()
    assert TEXT.encode() not in bytes(row.text)
    assert LINK.encode() not in bytes(row.link)


def test_a_late_version_is_marked_and_not_refused(
    lead: Visitor, mia: Visitor, course: Class
) -> None:
    lead.post("project/settings", {"deadline": "2020-01-31T18:00", "points": ""})

    page = hand_in(mia, course, text=TEXT)

    assert "after the deadline" in page.text
    # 18:00 in Berlin is 17:00 in UTC, and it is shown as it was entered.
    with course.database.reading(course.course_id) as session:
        assert records.terms(session).deadline.hour == 17
    assert "6:00" in page.text


def test_after_an_acceptance_nothing_more_is_handed_in_and_the_text_is_not_lost(
    mia: Visitor, reviewer: Visitor, course: Class
) -> None:
    hand_in(mia, course, text=TEXT)
    reviewer.post(
        f"project/groups/{course.first}/review",
        {"version": 1, "decision": "accept", "comment": ""},
    )

    page = hand_in(mia, course, text="A second thought", seen=1)

    assert page.status_code == 409
    assert "accepted meanwhile" in page.text
    assert "A second thought" in page.text
    assert len(versions(course)) == 1


def test_the_group_of_others_does_not_exist_for_a_participant(
    ayse: Visitor, nele: Visitor, course: Class
) -> None:
    for visitor in (ayse, nele):
        assert visitor.get(f"project/groups/{course.first}").status_code == 404
        assert hand_in(visitor, course, text="mine now").status_code == 404
    assert versions(course) == []


def test_a_participant_of_another_course_reaches_nothing(
    arrive: Callable[..., Visitor], course: Class
) -> None:
    stranger = arrive("77", course="c2")

    assert stranger.get(f"project/groups/{course.first}").status_code == 404
    assert hand_in(stranger, course, text="x").status_code == 404
    assert stranger.get("project/").status_code == 200


def test_somebody_in_no_group_is_told_what_happens_next(
    nele: Visitor, course: Class
) -> None:
    page = nele.get("project/")

    assert page.status_code == 200
    assert "You are not in a group yet" in page.text


def test_staff_who_look_on_as_participants_are_told_what_those_see(
    arrive: Callable[..., Visitor], course: Class
) -> None:
    preview = arrive("1", "Learner")

    page = preview.get("project/").text
    assert "Participants see their own group here" in page
    assert "<textarea" not in page
    assert preview.get(f"project/groups/{course.first}").status_code == 404


def test_the_first_hand_in_lets_the_certificate_know_of_project_work(
    mia: Visitor, course: Class
) -> None:
    hand_in(mia, course, text=TEXT)

    with course.database.reading(course.course_id) as session:
        planned = {o.kind for o in courses.opportunities(session)}
    assert {"project", "presentation"} <= planned
