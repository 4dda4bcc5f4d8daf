"""What operators read of a platform: who was let in, who was not and why, what works per course."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from lti_tool.connection.rules import Launches
from lti_tool.courses.models import Course
from lti_tool.lti.models import Registration
from lti_tool.operation import doctor, platforms
from lti_tool.operation.connections import troubles_of
from lti_tool.operation.doctor import Finding
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.signing_platform import AGS, CLAIM, NRPS, SigningPlatform, Visitor

pytestmark = pytest.mark.sqlite

Arrive = Callable[..., Visitor]


def shown(platform: SigningPlatform) -> str:
    return platforms.show(platform.tool, platform.registration_id)


def refuse(platform: SigningPlatform, **claims: object) -> None:
    answer = platform.launch(
        platform.app.test_client(), platform.claims() | dict(claims)
    )
    assert answer.status_code == 400


def test_it_counts_who_was_let_in_and_says_what_to_change_for_the_others(
    platform: SigningPlatform, lead: Visitor
) -> None:
    refuse(platform, **{f"{CLAIM}version": "1.1"})
    refuse(platform, **{f"{CLAIM}version": "1.1"})

    text = shown(platform)

    assert "1 let in, 2 refused" in text
    assert "2 of version_not_1_3: Set the tool up as LTI 1.3" in text
    assert "last refused: 20" in text


def test_it_says_per_course_what_works(
    platform: SigningPlatform, arrive: Arrive, database: Database
) -> None:
    endpoint = {"lineitem": "https://lms.example/items/5", "scope": []}
    members = {"context_memberships_url": "https://lms.example/members"}
    arrive("7", course="c1", activity="worksheet", **{AGS: endpoint, NRPS: members})
    arrive("8", course="c2", name=None)
    with database.transaction(EVERYWHERE) as session:
        session.execute(
            sa.update(Course)
            .where(Course.context_id == "c1")
            .values(roster_error="refused_403", platform_family="moodle")
        )

    first, second = shown(platform).split("course 2:")

    assert "BAD   List of members" in first
    assert "does not permit this tool to read the list" in first
    assert "Site administration" in first
    assert "worksheet/start will use the column of the link “worksheet”" in first
    assert "BAD   Grades: This course cannot take grades yet." in second
    assert "keeps all names to itself" in second


def test_it_shows_nothing_of_people_and_nothing_of_other_platforms(
    platform: SigningPlatform, arrive: Arrive
) -> None:
    arrive("7", name="Geheime Person", course="c1")
    other = SigningPlatform(platform.app, "https://other.example")
    refuse(other, **{f"{CLAIM}version": "1.1"})

    text = shown(platform)

    assert "Geheime" not in text
    assert "person7@" not in text
    assert "0 refused" in text


@pytest.mark.parametrize(
    ("refused", "wrong"),
    [({"state_used": 5}, 0), ({"state_used": 5, "signature_wrong": 2}, 2), ({}, 0)],
)
def test_only_wrong_settings_count_as_such(refused: dict[str, int], wrong: int) -> None:
    assert Launches(1, refused).wrongly_set == wrong


def test_doctor_points_to_a_platform_of_which_most_launches_are_refused(
    platform: SigningPlatform, lead: Visitor
) -> None:
    def finding() -> Finding:
        with platform.tool.database.reading(EVERYWHERE) as session:
            found = session.get_one(Registration, platform.registration_id)
        return doctor._launches(platform.tool, found)

    assert finding().is_fine
    assert "in the last 30 days: 1 let in, none refused" in finding().text
    refuse(platform, **{f"{CLAIM}version": "1.1"})
    assert finding().is_fine
    refuse(platform, **{f"{CLAIM}version": "1.1"})
    assert not finding().is_fine
    assert f"platform show {platform.registration_id}" in finding().text


def test_doctor_points_to_courses_whose_list_of_members_fails(
    platform: SigningPlatform, lead: Visitor, database: Database
) -> None:
    assert troubles_of(platform.tool, platform.registration_id) == (0, 0)
    with database.transaction(EVERYWHERE) as session:
        session.execute(sa.update(Course).values(roster_error="refused_403"))
        found = session.get_one(Registration, platform.registration_id)

    finding = doctor._services(platform.tool, found)

    assert not finding.is_fine
    assert "list of members failed in 1 course, and 0 grades failed" in finding.text
