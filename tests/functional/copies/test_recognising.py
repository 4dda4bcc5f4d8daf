"""A copied course is found through the history that the platform tells, and nowhere else."""

import pytest

from tests.functional.copies.conftest import CopyOf, Courses
from tests.signing_platform import CLAIM, SigningPlatform, Visitor, enter


@pytest.mark.parametrize(
    "history", ["c1", "c1,unknown", "unknown, c1", "c2,c1", "%63%31"]
)
def test_a_copy_is_recognised(
    earlier: Visitor, copy_of: CopyOf, known: Courses, history: str
) -> None:
    copy_of(history)

    assert known.find("c2").copied_from_id == known.find("c1").id


@pytest.mark.parametrize(
    "history", [None, "", "$Context.id.history", "unknown", "c2", ","]
)
def test_without_a_known_history_a_course_is_no_copy(
    earlier: Visitor, copy_of: CopyOf, known: Courses, history: str | None
) -> None:
    copy = copy_of(history)

    assert known.find("c2").copied_from_id is None
    assert "copy of an earlier" not in copy.get().text
    assert copy.get("copy/").status_code == 404


@pytest.mark.parametrize("history", ["c2,c1", "c1,c2"])
def test_of_several_origins_the_nearest_counts_in_whatever_order(
    earlier: Visitor, copy_of: CopyOf, known: Courses, history: str
) -> None:
    copy_of("c1", course="c2")

    copy_of(history, course="c3")

    assert known.find("c3").copied_from_id == known.find("c2").id


def test_a_link_that_stood_in_another_course_shows_the_origin_too(
    earlier: Visitor, copy_of: CopyOf, known: Courses
) -> None:
    copy_of(**{f"{CLAIM}custom": {"resource_link_history": "c1-home"}})

    assert known.find("c2").copied_from_id == known.find("c1").id


def test_the_same_id_in_another_deployment_is_another_course(
    earlier: Visitor, copy_of: CopyOf, known: Courses, platform: SigningPlatform
) -> None:
    client = platform.app.test_client()
    claims = platform.claims(
        sub="1",
        role="Instructor",
        course="c2",
        **{f"{CLAIM}deployment_id": "2", f"{CLAIM}custom": {"context_history": "c1"}},
    )
    state, nonce = platform.login(client, lti_deployment_id="2")
    token = platform.sign({**claims, "nonce": nonce})
    client.post("/lti/launch", data={"state": state, "id_token": token})

    assert known.find("c2").copied_from_id is None


def test_the_same_id_on_another_platform_is_another_course(
    earlier: Visitor, copy_of: CopyOf, known: Courses, platform: SigningPlatform
) -> None:
    elsewhere = SigningPlatform(platform.app, "https://other.example")

    copy_of("c1", home=elsewhere)

    assert known.find("c2").copied_from_id is None


def test_an_origin_that_is_told_later_still_counts(
    earlier: Visitor, copy_of: CopyOf, known: Courses, platform: SigningPlatform
) -> None:
    enter(platform, "1", "Instructor", course="c2")
    copy_of("c1")

    assert known.find("c2").copied_from_id == known.find("c1").id
    assert known.find("c2").copied_at is not None
