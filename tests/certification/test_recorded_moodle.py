"""Launches that a real Moodle 4.5.6 sent, signed anew by the platform of the tests."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from lti_tool.courses.models import Activity, Course, Duty, Enrolment, Person
from lti_tool.lti.models import Audit, LaunchSession
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.signing_platform import AGS, CLAIM, SigningPlatform

RECORDED = Path(__file__).parents[1] / "recorded" / "moodle_4_5"
ISSUER, CLIENT_ID = "http://127.0.0.1:8080", "KT4WTTCz0CVwQut"


def recorded(name: str) -> dict[str, Any]:
    """Return the claims of a recorded launch."""
    said = json.loads((RECORDED / f"{name}.json").read_text())
    claims: dict[str, Any] = said.get("id_token", said)
    return claims


@pytest.fixture
def moodle(app: Flask) -> SigningPlatform:
    """The recorded Moodle as a registered platform."""
    return SigningPlatform(app, issuer=ISSUER, client_id=CLIENT_ID)


def launch(moodle: SigningPlatform, claims: dict[str, Any]) -> TestResponse:
    """Send recorded claims now, from a browser of their own."""
    now = int(time.time())
    adapted = {
        **claims,
        "iat": now,
        "exp": now + 60,
        f"{CLAIM}target_link_uri": f"{moodle.base_url}/lti/launch",
    }
    client = moodle.app.test_client()
    answer = moodle.launch(client, adapted)
    return client.get(answer.location) if answer.status_code == 303 else answer


def places(database: Database) -> list[tuple[str, str]]:
    """Return who is enrolled as what."""
    with database.reading(EVERYWHERE) as session:
        rows = session.execute(
            sa.select(Person.sub, Enrolment.role)
            .join(Enrolment, Enrolment.person_id == Person.id)
            .order_by(Person.id)
        )
        return [(sub, role) for sub, role in rows]


def last_reason(database: Database) -> str | None:
    with database.reading(EVERYWHERE) as session:
        return session.scalar(
            sa.select(Audit.reason).order_by(Audit.id.desc()).limit(1)
        )


@pytest.mark.parametrize(
    ("name", "sub", "role"),
    [
        ("id-token-teacher", "3", "staff"),
        ("id-token-non-editing-teacher", "5", "staff"),
        ("id-token-admin", "2", "staff"),
        ("id-token-student", "6", "participant"),
        ("id-token-student-ungraded-link", "6", "participant"),
        ("launch-privacy-name0-email0", "7", "participant"),
        ("launch-after-course-copy-lehr1", "3", "staff"),
        ("launch-review-by-student-of-self", "7", "participant"),
    ],
)
def test_a_recorded_launch_opens_in_the_right_role(
    moodle: SigningPlatform, database: Database, name: str, sub: str, role: str
) -> None:
    claims = recorded(name)
    assert claims["sub"] == sub

    assert launch(moodle, claims).status_code == 200
    assert places(database) == [(sub, role)]


def test_privacy_never_shows_a_page_without_a_name(
    moodle: SigningPlatform, database: Database
) -> None:
    page = launch(moodle, recorded("launch-privacy-name0-email0"))

    assert page.status_code == 200
    assert "stud02" not in page.text
    with database.reading(EVERYWHERE) as session:
        person = session.scalars(sa.select(Person)).one()
        assert (person.name, person.email) == (None, None)


def test_privacy_never_does_not_take_a_known_name_away(
    moodle: SigningPlatform, database: Database
) -> None:
    named = recorded("launch-review-by-student-of-self")
    assert launch(moodle, named).status_code == 200

    launch(moodle, recorded("launch-privacy-name0-email0"))

    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Person.name)).all() == [named["name"]]


def test_a_review_of_somebody_else_forged_by_a_learner_is_refused(
    moodle: SigningPlatform, database: Database
) -> None:
    claims = recorded("launch-review-direct-launchphp-by-student-of-other")
    assert claims["sub"] != claims[f"{CLAIM}for_user"]["user_id"]

    page = launch(moodle, claims)

    assert (page.status_code, last_reason(database)) == (403, "review_of_other_person")
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(LaunchSession.id)).all() == []


def test_a_teacher_may_review_somebody_else(moodle: SigningPlatform) -> None:
    claims = recorded("launch-review-without-for_user")

    assert (
        launch(moodle, {**claims, f"{CLAIM}for_user": {"user_id": "6"}}).status_code
        == 200
    )


def test_a_teacher_who_switched_role_cannot_review_somebody_else(
    moodle: SigningPlatform, database: Database
) -> None:
    launch(moodle, recorded("id-token-teacher"))
    review = recorded("launch-review-direct-launchphp-by-student-of-other")

    assert launch(moodle, {**review, "sub": "3"}).status_code == 403


@pytest.mark.parametrize("person", [None, {}, {"name": "somebody"}])
def test_a_review_of_nobody_gets_a_page(
    moodle: SigningPlatform, database: Database, person: dict[str, str] | None
) -> None:
    claims = recorded("launch-review-without-for_user")
    assert f"{CLAIM}for_user" not in claims
    if person is not None:
        claims[f"{CLAIM}for_user"] = person

    page = launch(moodle, claims)

    assert (page.status_code, last_reason(database)) == (400, "review_without_person")


def test_a_switched_role_gains_nothing_and_spoils_nothing(
    moodle: SigningPlatform, database: Database
) -> None:
    launch(moodle, recorded("id-token-teacher"))
    with database.reading(EVERYWHERE) as session:
        duties_before = session.scalars(sa.select(Duty.duty)).all()

    page = launch(moodle, recorded("launch-roleswitch-teacher-as-student"))

    assert page.status_code == 200
    assert places(database) == [("3", "staff")]
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Duty.duty)).all() == duties_before == ["lead"]
        roles = session.scalars(sa.select(LaunchSession.role)).all()
    assert sorted(roles) == ["participant", "staff"]


def test_a_teacher_who_first_comes_with_a_switched_role_becomes_lead_later(
    moodle: SigningPlatform, database: Database
) -> None:
    launch(moodle, recorded("launch-roleswitch-teacher-as-student"))
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Duty.duty)).all() == []

    launch(moodle, recorded("id-token-teacher"))

    assert places(database) == [("3", "staff")]
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Duty.duty)).all() == ["lead"]


def test_variables_that_moodle_left_alone_are_absent(
    moodle: SigningPlatform, database: Database
) -> None:
    claims = recorded("id-token-student")
    custom = {**claims[f"{CLAIM}custom"], "activity": "$ResourceLink.id.history"}

    launch(moodle, {**claims, f"{CLAIM}custom": custom})

    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Activity.target)).all() == ["home"]


@pytest.mark.parametrize(
    ("activity", "target"),
    [("worksheet", "worksheet"), ("a-1", "home"), (None, "home"), ("", "home")],
    ids=["known", "unknown", "null", "empty"],
)
def test_the_custom_parameter_names_the_activity(
    moodle: SigningPlatform, database: Database, activity: str | None, target: str
) -> None:
    claims = recorded("id-token-student")
    custom = {**claims[f"{CLAIM}custom"], "activity": activity}

    launch(moodle, {**claims, f"{CLAIM}custom": custom})

    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Activity.target)).all() == [target]


def line_item_of(
    moodle: SigningPlatform, database: Database, claims: dict[str, Any]
) -> str | None:
    assert launch(moodle, claims).status_code == 200
    with database.reading(EVERYWHERE) as session:
        return session.scalar(sa.select(Activity.line_item_url))


def test_the_coupled_line_item_is_taken_from_the_launch(
    moodle: SigningPlatform, database: Database
) -> None:
    claims = recorded("id-token-student")

    assert line_item_of(moodle, database, claims) == claims[AGS]["lineitem"]


def test_a_link_without_grades_has_no_line_item(
    moodle: SigningPlatform, database: Database
) -> None:
    claims = recorded("id-token-student-ungraded-link")
    assert "lineitem" not in claims[AGS]

    assert line_item_of(moodle, database, claims) is None


def test_an_empty_line_item_is_none(
    moodle: SigningPlatform, database: Database
) -> None:
    claims = recorded("id-token-student")
    empty = {**claims[AGS], "lineitem": ""}

    assert line_item_of(moodle, database, {**claims, AGS: empty}) is None


def test_a_second_line_item_hides_the_claim_but_not_what_we_know(
    moodle: SigningPlatform, database: Database
) -> None:
    claims = recorded("id-token-student")
    known = line_item_of(moodle, database, claims)
    hidden = {name: value for name, value in claims[AGS].items() if name != "lineitem"}

    assert line_item_of(moodle, database, {**claims, AGS: hidden}) == known


def test_recorded_claims_of_links_with_own_line_items_open(
    moodle: SigningPlatform,
) -> None:
    said = json.loads((RECORDED / "ags-claim-with-own-line-items.json").read_text())
    claims = recorded("id-token-student")

    for endpoint in said.values():
        if isinstance(endpoint, dict):
            assert launch(moodle, {**claims, AGS: endpoint}).status_code == 200


def test_a_copied_course_is_another_course(
    moodle: SigningPlatform, database: Database
) -> None:
    launch(moodle, recorded("id-token-teacher"))
    launch(moodle, recorded("launch-after-course-copy-lehr1"))

    with database.reading(EVERYWHERE) as session:
        assert session.scalars(
            sa.select(Course.context_id).order_by(Course.id)
        ).all() == ["2", "4"]
        assert len(session.scalars(sa.select(Person.id)).all()) == 1


def test_a_deep_linking_launch_of_a_teacher_opens_the_choice(
    moodle: SigningPlatform,
) -> None:
    assert launch(moodle, recorded("id-token-deep-linking")).status_code == 200


def test_a_deep_linking_launch_of_a_switched_role_is_refused(
    moodle: SigningPlatform, database: Database
) -> None:
    roles = recorded("launch-roleswitch-teacher-as-student")[f"{CLAIM}roles"]
    claims = recorded("id-token-deep-linking") | {f"{CLAIM}roles": roles}

    page = launch(moodle, claims)

    assert page.status_code == 403
    assert last_reason(database) == "deep_linking_by_participant"


def test_the_page_speaks_the_language_of_the_launch(moodle: SigningPlatform) -> None:
    german = launch(moodle, recorded("id-token-teacher"))
    english = launch(moodle, recorded("launch-privacy-name0-email0"))

    assert '<html lang="de"' in german.text
    assert '<html lang="en"' in english.text


def test_keys_to_the_session_in_moodle_do_not_reach_a_page(
    moodle: SigningPlatform,
) -> None:
    claims = recorded("id-token-student")
    presentation = claims[f"{CLAIM}launch_presentation"]
    return_url = presentation["return_url"].replace("REDACTED", "sesskey4711")

    page = launch(
        moodle,
        {
            **claims,
            f"{CLAIM}launch_presentation": {**presentation, "return_url": return_url},
        },
    )

    assert page.status_code == 200
    assert "sesskey4711" not in page.text
    assert "lis_result_sourcedid" not in page.text
