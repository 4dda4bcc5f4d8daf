"""What was typed into a form that came too late stays, and can be sent again once the visit goes on."""

import html
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from lti_tool import clock
from lti_tool.courses.models import Course, Profile
from lti_tool.lti.models import LaunchSession
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.web.typed import typed
from tests.signing_platform import SigningPlatform, Visitor

pytestmark = pytest.mark.sqlite

Arrive = Callable[..., Visitor]
OURS = {"Origin": "http://127.0.0.1:29999"}
QUESTION = 'Wie fängt man "an"?\n<b>Ein zweiter Satz.</b>'
PROFILE = {
    "network": "MINT-Region Süd",
    "region": "",
    "network_kind": "",
    "employer_kind": "",
    "experience": "1_to_2",
    "question": QUESTION,
}


def end_all_visits(database: Database) -> None:
    with database.transaction(EVERYWHERE) as session:
        ended = clock.now() - timedelta(minutes=1)
        session.execute(sa.update(LaunchSession).values(expires_at=ended))


def stored_question(database: Database) -> str | None:
    with database.reading(EVERYWHERE) as session:
        found = session.scalar(sa.select(Profile.question))
    return found and found.replace("\r\n", "\n")


def send(
    visitor: Visitor, data: dict[str, Any], *, headers: dict[str, str] | None = None
) -> TestResponse:
    return visitor.client.post(
        f"{visitor.home}profiles/mine", data=data, headers=OURS | (headers or {})
    )


def form_on(page: str) -> tuple[str, dict[str, str]]:
    """Return where the form of a page leads, and what it would send."""
    form = page.split('<form class="actions" method="post"')[1].split("</form>", 1)[0]
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    action = re.findall(r'action="([^"]+)"', form)[0]
    return html.unescape(action), {n: html.unescape(v) for n, v in fields}


def texts_on(page: str) -> list[tuple[str, str]]:
    found = re.findall(r"<label[^>]*>([^<]*)</label>\s*<textarea[^>]*>([^<]*)<", page)
    return [(html.unescape(label), html.unescape(text)) for label, text in found]


def test_an_ended_visit_shows_what_was_typed_under_the_names_of_the_form(
    arrive: Arrive, database: Database
) -> None:
    mia = arrive("7")
    code = mia.code()
    end_all_visits(database)

    answer = send(mia, {"csrf_token": code, **PROFILE})

    assert answer.status_code == 401
    assert "<b>" not in answer.text
    assert texts_on(answer.text) == [
        ("Network", "MINT-Region Süd"),
        ("My question to this course", QUESTION),
    ]


def test_sent_again_after_the_activity_was_opened_anew_it_is_stored(
    platform: SigningPlatform, arrive: Arrive, database: Database
) -> None:
    mia = arrive("7")
    code = mia.code()
    end_all_visits(database)
    late = send(mia, {"csrf_token": code, **PROFILE})
    platform.launch(mia.client, platform.claims(sub="7"))

    url, fields = form_on(late.text)
    again = mia.client.post(url, data=fields, headers=OURS, follow_redirects=True)

    assert again.status_code == 200
    assert stored_question(database) == QUESTION


def test_a_form_that_is_too_old_can_be_sent_again_at_once(
    arrive: Arrive, database: Database
) -> None:
    mia = arrive("7")
    mia.get()

    late = send(mia, {"csrf_token": "outdated", **PROFILE})
    url, fields = form_on(late.text)
    again = mia.client.post(url, data=fields, headers=OURS, follow_redirects=True)

    assert late.status_code == 400
    assert "outdated" not in late.text
    assert again.status_code == 200
    assert stored_question(database) == QUESTION


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_a_form_of_another_site_is_neither_shown_nor_offered_to_be_sent(
    arrive: Arrive, origin: str
) -> None:
    mia = arrive("7")

    late = send(mia, PROFILE, headers={"Origin": origin})

    assert late.status_code == 400
    assert "MINT-Region" not in late.text
    assert "Send again" not in late.text


def test_files_are_not_kept_and_the_page_says_so(arrive: Arrive) -> None:
    mia = arrive("7")
    file = (io.BytesIO(b"Inhalt"), "plan.pdf")

    late = send(mia, {"text": "Ein Entwurf steht.", "file": file})

    assert "Files cannot be kept" in late.text
    assert "Ein Entwurf steht." in late.text
    assert "Inhalt" not in late.text
    assert "Send again" not in late.text


def test_where_the_browser_keeps_no_cookie_texts_can_be_copied(
    platform: SigningPlatform, arrive: Arrive
) -> None:
    mia = arrive("7")
    without_cookies = Visitor(platform.app.test_client(), mia.home)

    late = send(without_cookies, {"bearer": "too old", **PROFILE})

    assert ("My question to this course", QUESTION) in texts_on(late.text)
    assert "Copy your texts from here" in late.text
    assert "Send again" not in late.text


def test_codes_and_choices_are_sent_again_but_are_nothing_to_copy(
    arrive: Arrive,
) -> None:
    late = send(arrive("7"), {"bearer": "geheim", **PROFILE})

    assert "geheim" not in late.text
    assert ("experience", "1_to_2") in form_on(late.text)[1].items()
    assert "1_to_2" not in [text for _, text in texts_on(late.text)]


def test_a_form_without_end_is_not_thrown_back(arrive: Arrive) -> None:
    late = send(arrive("7"), {"question": "lang " * 200_000})

    assert late.status_code == 400
    assert len(late.text) < 20_000


def test_what_is_sent_outside_a_visit_is_never_shown_again(app: Flask) -> None:
    data = {"registration_token": "Geheim zu halten"}
    sent = {"method": "POST", "data": data, "headers": OURS}

    with app.test_request_context("/l/visit/profiles/mine", **sent):
        assert typed() is not None
    with app.test_request_context("/lti/register", **sent):
        assert typed() is None


def test_a_script_gets_json_as_before(arrive: Arrive, database: Database) -> None:
    mia = arrive("7")
    code = mia.code()
    end_all_visits(database)

    answer = send(
        mia, {"csrf_token": code, **PROFILE}, headers={"Accept": "application/json"}
    )

    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["error"] == "session_over"
    assert "MINT-Region" not in answer.text


def test_an_ended_visit_speaks_its_language_and_leads_back_into_the_course(
    platform: SigningPlatform, lead: Visitor, arrive: Arrive, database: Database
) -> None:
    course = "https://lms.example/course/view.php?id=5"
    lead.post(
        "settings",
        {
            "time_zone": "Europe/Berlin",
            "language": "de",
            "lms_url": f"{course}&sesskey=GEHEIM",
        },
    )
    mia = arrive("7", locale="de")
    end_all_visits(database)

    page = mia.client.get(mia.home, headers={"Accept-Language": "en"}).text

    assert '<html lang="de">' in page
    assert f'href="{course}" target="_top"' in html.unescape(page)
    assert "GEHEIM" not in page


def test_whoever_may_not_see_a_page_finds_the_way_back_too(
    arrive: Arrive, database: Database
) -> None:
    mia = arrive("7")
    with database.transaction(EVERYWHERE) as session:
        session.execute(sa.update(Course).values(lms_url="https://lms.example/c/5"))

    page = mia.get("settings")

    assert page.status_code == 403
    assert 'href="https://lms.example/c/5" target="_top"' in page.text


def test_where_nobody_entered_an_address_there_is_no_link(
    arrive: Arrive, database: Database
) -> None:
    mia = arrive("7")
    end_all_visits(database)

    assert "To the course in the learning platform" not in mia.get().text


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/course",
        "https://lms.example.evil.example/",
        "https://lms.example@evil.example/",
        "http://lms.example/course",
        "//lms.example/course",
        "javascript:alert(1)",
        "https://lms.example\\@evil.example/",
    ],
)
def test_an_address_outside_the_platform_is_refused(
    lead: Visitor, database: Database, address: str
) -> None:
    settings = {"time_zone": "Europe/Berlin", "language": "de", "lms_url": address}

    answer = lead.post("settings", settings)

    assert answer.status_code == 422
    assert "has to begin with https://lms.example/" in answer.text
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Course.lms_url)).one() is None


def test_an_address_of_a_platform_that_moved_is_not_shown(
    arrive: Arrive, database: Database
) -> None:
    mia = arrive("7")
    with database.transaction(EVERYWHERE) as session:
        session.execute(sa.update(Course).values(lms_url="https://former.example/"))
    end_all_visits(database)

    assert "former.example" not in mia.get().text
