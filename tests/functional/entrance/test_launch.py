"""A launch opens the course home for whom it should."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from lti_tool.courses.models import Duty
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.signing_platform import CLAIM, SigningPlatform, Visitor


def test_the_first_instructor_of_a_course_becomes_its_lead(
    lead: Visitor, database: Database
) -> None:
    page = lead.get()

    assert page.status_code == 200
    assert "Leonie Leitner" in page.text
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(select(Duty.duty)).all() == ["lead"]


def test_a_launch_cannot_be_repeated(platform: SigningPlatform) -> None:
    client = platform.app.test_client()
    state, nonce = platform.login(client)
    form = {
        "state": state,
        "id_token": platform.sign(platform.claims() | {"nonce": nonce}),
    }

    first, second = (
        client.post("/lti/launch", data=form),
        client.post("/lti/launch", data=form),
    )

    assert (first.status_code, second.status_code) == (303, 400)


@pytest.mark.parametrize(
    ("told", "asked", "language"),
    [("de", "en", "de"), (None, "en", "en"), (None, "fr", "de"), ("fr", "en", "en")],
)
def test_the_platform_s_language_counts_before_the_browser_s(
    platform: SigningPlatform, told: str | None, asked: str, language: str
) -> None:
    client = platform.app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = asked
    claims = platform.claims()
    claims[f"{CLAIM}launch_presentation"] = {"locale": told} if told else {}

    page = client.get(platform.launch(client, claims).location).text

    assert f'<html lang="{language}">' in page


def test_another_browser_cannot_use_a_launch_session(
    lead: Visitor, arrive: Callable[..., Visitor]
) -> None:
    other = arrive("2", "Instructor")

    assert other.get(lead.home).status_code == 401
