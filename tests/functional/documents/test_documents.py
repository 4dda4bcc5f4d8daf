"""The pages that need no launch."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lti_tool.lti.models import Registration
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.signing_platform import SigningPlatform, Visitor

pytestmark = pytest.mark.sqlite


@pytest.fixture
def anybody(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize(("language", "title"), [("de", "Hilfe"), ("en", "Help")])
def test_help_speaks_the_language_of_the_browser(
    anybody: FlaskClient, language: str, title: str
) -> None:
    page = anybody.get("/docs/", headers={"Accept-Language": language})

    assert f"<title>{title}" in page.text
    assert f'<html lang="{language}">' in page.text


def test_a_language_that_was_asked_for_stays_from_page_to_page(
    anybody: FlaskClient,
) -> None:
    page = anybody.get("/docs/participants?lang=en", headers={"Accept-Language": "de"})
    back = anybody.get("/docs/index?lang=en", headers={"Accept-Language": "de"})

    assert 'href="/docs/participants?lang=de"' in page.text
    assert 'href="participants?lang=en"' in back.text


@pytest.mark.parametrize("short", ["privacy", "accessibility", "imprint"])
def test_short_addresses_lead_to_the_document(anybody: FlaskClient, short: str) -> None:
    answer = anybody.get(f"/{short}?lang=en")

    assert (answer.status_code, answer.location) == (302, f"/docs/{short}?lang=en")


@pytest.mark.parametrize(
    "name", ["nothing", "..%2f..%2fsettings", "index.en.md", "standing.png"]
)
def test_what_is_no_document_is_not_served(anybody: FlaskClient, name: str) -> None:
    assert anybody.get(f"/docs/{name}").status_code == 404


def test_the_imprint_names_providers_that_the_operator_described(
    anybody: FlaskClient, platform: SigningPlatform, database: Database
) -> None:
    with database.transaction(EVERYWHERE) as session:
        found = session.get_one(Registration, platform.registration_id)
        found.name = "Akademie <Muster>"
        found.provider = {
            "contact": "kurse@example.org",
            "imprint": "https://example.org/imprint",
        }

    page = anybody.get("/docs/imprint").text

    assert "Akademie &lt;Muster&gt;" in page
    assert "kurse@example.org" in page
    assert 'href="https://example.org/imprint"' in page


def test_the_imprint_tells_nothing_of_platforms_without_public_facts(
    anybody: FlaskClient, platform: SigningPlatform
) -> None:
    assert platform.issuer not in anybody.get("/docs/imprint").text


def test_help_leaves_the_frame_of_the_platform_which_must_not_show_it(
    lead: Visitor,
) -> None:
    home = lead.get().text

    assert home.count('target="_blank"') >= 4
    assert (
        "frame-ancestors 'none'"
        in lead.get("/docs/").headers["Content-Security-Policy"]
    )
