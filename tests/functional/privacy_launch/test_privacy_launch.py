"""Out of the platform, a person or an administrator asks what is stored, without any course."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool.attendance.models import Evidence
from lti_tool.courses.models import Enrolment, Person
from lti_tool.entrance.privacy_request.kinds import KINDS
from lti_tool.lti.models import Audit, LaunchSession, Registration
from lti_tool.operation.tables import metadata
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.functional.courses.conftest import profile
from tests.signing_platform import CLAIM, SigningPlatform, Visitor

ADMIN = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"
Ask = Callable[..., TestResponse]
OF_COURSES = {"deployment", "registration", "course", "launch_session"}
"""Tables that hold no rows of a person in a course, or only for hours."""


@pytest.fixture
def browser(platform: SigningPlatform) -> FlaskClient:
    return platform.app.test_client()


@pytest.fixture
def ask(platform: SigningPlatform, browser: FlaskClient) -> Ask:
    """Ask what is stored about somebody."""

    def asking(
        about: str = "7", sub: str = "7", *roles: str, locale: str = "en", **more: Any
    ) -> TestResponse:
        claims = platform.claims(
            sub=sub,
            name=None,
            locale=locale,
            **{
                f"{CLAIM}message_type": "DataPrivacyLaunchRequest",
                f"{CLAIM}context": None,
                f"{CLAIM}resource_link": None,
                f"{CLAIM}roles": list(roles),
                f"{CLAIM}for_user": {"user_id": about},
                **more,
            },
        )
        return platform.launch(browser, claims)

    return asking


@pytest.fixture
def mia(lead: Visitor, arrive: Callable[..., Visitor]) -> Visitor:
    """A participant of two courses, with a profile in one."""
    arrive("7", course="c2")
    visitor = arrive("7")
    said = profile(network="Netz Geheim", question="Frage Geheim")
    assert visitor.post("profiles/mine", said).status_code == 200
    visitor.post("worksheet/start/begin")
    written = {"path": "A1.text", "value": "Antwort Geheim", "op": "1"}
    assert visitor.post("worksheet/start/field", written).status_code == 200
    return visitor


def counts(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table))
            for table in metadata.sorted_tables
        }


def test_a_person_reads_what_there_is_course_by_course(mia: Visitor, ask: Ask) -> None:
    page = ask()

    assert page.status_code == 200
    assert "What this tool stores about you" in page.text
    for said in ("Course c1", "Course c2", "Profile: network", "Worksheet: entries"):
        assert said in page.text


def test_nothing_that_anybody_wrote_stands_on_the_page(mia: Visitor, ask: Ask) -> None:
    text = ask().text

    assert "Geheim" not in text
    assert "Mia" not in text
    assert "@example.org" not in text


def test_others_in_the_course_are_not_named(mia: Visitor, ask: Ask) -> None:
    assert "Leonie" not in ask().text


def test_an_administrator_may_ask_for_somebody(mia: Visitor, ask: Ask) -> None:
    page = ask("7", "99", ADMIN)

    assert page.status_code == 200
    assert "for the user with the id 7" in page.text
    assert "Course c1" in page.text


@pytest.mark.parametrize(
    "role", ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor", ""]
)
def test_nobody_else_may_ask_for_somebody(mia: Visitor, ask: Ask, role: str) -> None:
    page = ask("7", "99", role)

    assert page.status_code == 403
    assert "Course c1" not in page.text


def test_somebody_unknown_is_told_that_nothing_is_stored(
    mia: Visitor, ask: Ask, database: Database
) -> None:
    before = counts(database)

    page = ask("404", "404")

    assert page.status_code == 200
    assert "Nothing is stored" in page.text
    after = counts(database)
    assert {n for n in after if after[n] != before[n]} == {"audit", "login"}


def test_asking_opens_no_session_and_stores_only_that_it_was_asked(
    mia: Visitor, ask: Ask, database: Database
) -> None:
    before = counts(database)

    ask()

    after = counts(database)
    assert {n for n in after if after[n] != before[n]} == {"audit", "login"}
    with database.reading(EVERYWHERE) as session:
        newest = session.scalars(sa.select(Audit).order_by(Audit.id.desc())).first()
    assert (newest.event, newest.reason) == ("privacy", "accepted")


def test_the_page_is_kept_nowhere_and_framed_by_the_platform_only(
    mia: Visitor, ask: Ask
) -> None:
    headers = ask().headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].endswith(
        "frame-ancestors https://lms.example"
    )


def test_a_request_works_once(
    mia: Visitor, platform: SigningPlatform, browser: FlaskClient
) -> None:
    state, nonce = platform.login(browser)
    claims = platform.claims(
        **{
            f"{CLAIM}message_type": "DataPrivacyLaunchRequest",
            f"{CLAIM}context": None,
            f"{CLAIM}resource_link": None,
            f"{CLAIM}for_user": {"user_id": "7"},
            "nonce": nonce,
        }
    )
    form = {"state": state, "id_token": platform.sign(claims)}

    assert browser.post("/lti/launch", data=form).status_code == 200
    again = browser.post("/lti/launch", data=form)

    assert again.status_code == 400
    assert "Course c1" not in again.text


def test_what_another_platform_knows_of_the_same_id_is_not_shown(
    mia: Visitor, platform: SigningPlatform
) -> None:
    other = SigningPlatform(platform.app, "https://other.example")
    client = platform.app.test_client()
    claims = other.claims(
        **{
            f"{CLAIM}message_type": "DataPrivacyLaunchRequest",
            f"{CLAIM}context": None,
            f"{CLAIM}resource_link": None,
            f"{CLAIM}for_user": {"user_id": "7"},
        }
    )

    page = other.launch(client, claims)

    assert "Nothing is stored" in page.text
    assert "Course c1" not in page.text


def test_the_provider_is_named_with_its_contact(
    mia: Visitor, ask: Ask, platform: SigningPlatform, database: Database
) -> None:
    with database.transaction(EVERYWHERE) as session:
        session.get_one(Registration, platform.registration_id).provider = {
            "sender": "Akademie Muster",
            "contact": "datenschutz@example.org",
            "retention_months": 24,
        }

    page = ask().text

    assert "Akademie Muster: datenschutz@example.org" in page
    assert "for 24 months after the end of a course" in page


def test_the_page_speaks_the_language_of_the_platform(mia: Visitor, ask: Ask) -> None:
    page = ask(locale="de").text

    assert '<html lang="de">' in page
    assert "Was dieses Werkzeug über Sie speichert" in page


def test_every_column_that_names_a_person_belongs_to_a_kind() -> None:
    """A new table must not be forgotten here."""
    named = {
        (path[-1].class_.__table__.name, path[-1].key)
        for kind in KINDS
        for path in kind.paths
    }
    pointing = {
        (table.name, column)
        for table in metadata.sorted_tables
        if table.name not in OF_COURSES
        for key in table.foreign_key_constraints
        for column, element in zip(key.column_keys, key.elements, strict=True)
        if element.target_fullname in {"person.id", "enrolment.person_id"}
    }

    assert pointing == named


def test_counts_are_those_of_the_database(
    mia: Visitor, ask: Ask, database: Database
) -> None:
    with database.reading(EVERYWHERE) as session:
        person = session.scalars(sa.select(Person.id).where(Person.sub == "7")).one()
        places = session.scalars(
            sa.select(sa.func.count()).where(Enrolment.person_id == person)
        ).one()
        open_visits = session.scalars(
            sa.select(sa.func.count()).where(LaunchSession.person_id == person)
        ).one()
        assert session.scalars(sa.select(Evidence)).all() == []
    text = ask().text

    assert places == 2
    assert text.count("Place in the course") == 2
    assert f"{open_visits} visits of the last hours" in text
    assert "Attendance" not in text


def test_the_name_that_some_platforms_give_the_message_is_understood(
    mia: Visitor, ask: Ask
) -> None:
    answer = ask(**{f"{CLAIM}message_type": "LtiDataPrivacyLaunchRequest"})

    assert answer.status_code == 200
