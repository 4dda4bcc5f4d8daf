"""Who may choose activities, how often, and what becomes of odd questions."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from lti_tool.courses.models import Activity, Enrolment
from lti_tool.lti.models import Audit, LaunchSession
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.functional.deep_linking.conftest import (
    DL,
    RETURN_URL,
    Ask,
    received,
    request_claims,
)
from tests.signing_platform import MEMBERSHIP, SigningPlatform, Visitor

pytestmark = pytest.mark.sqlite

Arrive = Callable[..., Visitor]


def _refusal(
    platform: SigningPlatform, database: Database, **more: Any
) -> tuple[int, str | None]:
    page = platform.launch(platform.app.test_client(), request_claims(platform, **more))
    with database.reading(EVERYWHERE) as session:
        reason = session.scalar(sa.select(Audit.reason).order_by(Audit.id.desc()))
        assert session.scalars(sa.select(LaunchSession.id)).all() == []
    return page.status_code, reason


def test_a_participant_cannot_choose_activities(
    platform: SigningPlatform, database: Database
) -> None:
    refusal = _refusal(platform, database, role="Learner")

    assert refusal == (403, "deep_linking_by_participant")


def test_an_administrator_who_is_participant_here_cannot_either(
    platform: SigningPlatform, database: Database
) -> None:
    roles = [
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator",
        f"{MEMBERSHIP}Learner",
    ]
    more = {"https://purl.imsglobal.org/spec/lti/claim/roles": roles}

    assert _refusal(platform, database, **more)[1] == "deep_linking_by_participant"


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        7,
        "/return",
        "javascript://lms.example/%0Aalert(1)",
        "data:text/html,x",
        "http://lms.example/return",
        "https://user:password@lms.example/return",
        "https://lms.example\\@evil.example/",
        "https:///return",
        "https://lms.example/\nreturn",
    ],
    ids=repr,
)
def test_an_answer_goes_to_a_safe_address_only(
    platform: SigningPlatform, database: Database, url: object
) -> None:
    refusal = _refusal(platform, database, settings={"deep_link_return_url": url})

    assert refusal == (400, "deep_linking_without_return")


@pytest.mark.parametrize("types", [["link", "file", "html"], []], ids=str)
def test_a_place_that_takes_no_activities_says_so(
    platform: SigningPlatform, database: Database, types: list[str]
) -> None:
    client = platform.app.test_client()
    page = platform.launch(
        client, request_claims(platform, settings={"accept_types": types}, locale="de")
    )

    assert page.status_code == 400
    assert "Hier lassen sich keine Aktivitäten hinzufügen" in page.text
    assert _refusal(platform, database, settings={"accept_types": types}) == (
        400,
        "deep_linking_without_activities",
    )


@pytest.mark.parametrize(
    "said",
    [
        {"accept_types": None},
        {"accept_types": "ltiResourceLink"},
        {"accept_presentation_document_targets": []},
    ],
    ids=str,
)
def test_a_question_against_the_standard_is_refused(
    platform: SigningPlatform, database: Database, said: dict[str, Any]
) -> None:
    assert _refusal(platform, database, settings=said) == (400, "message_invalid")


def test_a_usual_visit_cannot_answer(lead: Visitor, arrive: Arrive) -> None:
    for visitor in (lead, arrive("2", "Instructor"), arrive("7")):
        assert visitor.get("add/").status_code == 404
        assert visitor.post("add/", {"chosen": "home"}).status_code == 404
        assert visitor.post("add/cancel").status_code == 404


def test_nobody_answers_for_another_course(ask: Ask, platform: SigningPlatform) -> None:
    asked = ask(course="c1")
    other = ask(course="c2")

    assert other.client.get(asked.home).status_code == 401
    assert received(other.post("cancel"), platform).url == RETURN_URL


def test_who_is_no_longer_staff_cannot_answer(ask: Ask, database: Database) -> None:
    asked = ask()
    code = asked.code()
    with database.transaction(EVERYWHERE) as session:
        session.execute(sa.update(Enrolment).values(role="participant"))

    assert asked.get().status_code == 403
    answer = asked.client.post(asked.home, data={"csrf_token": code, "chosen": "home"})
    assert answer.status_code == 403
    assert "JWT" not in answer.text


def test_staff_without_a_duty_may_add(ask: Ask, lead: Visitor) -> None:
    later = ask("2")

    assert "Add activities" in later.get().text


def test_a_question_is_answered_once(ask: Ask, platform: SigningPlatform) -> None:
    asked = ask()
    form = {"csrf_token": asked.code(), "chosen": "home", "title_home": "Start"}

    first, again, cancelled = (
        asked.client.post(asked.home, data=form),
        asked.client.post(asked.home, data=form),
        asked.client.post(asked.home + "cancel", data=form),
    )

    assert len(received(first, platform).items) == 1
    assert (again.status_code, cancelled.status_code) == (409, 409)
    assert asked.client.get(asked.home).status_code == 409
    for page in (again, cancelled):
        assert "JWT" not in page.text
        assert "already sent" in page.text


def test_what_cannot_be_signed_can_be_sent_again(
    ask: Ask, platform: SigningPlatform, tool_key: tuple[Path, str, dict[str, Any]]
) -> None:
    asked = ask()
    form = {"csrf_token": asked.code(), "chosen": "home", "title_home": "Start"}
    file = tool_key[0] / f"{tool_key[1]}.pem"
    aside = file.rename(file.with_suffix(".aside"))

    unsigned = asked.client.post(asked.home, data=form)
    aside.rename(file)

    assert unsigned.status_code == 409
    assert "lti-tool doctor" in unsigned.text
    assert "JWT" not in unsigned.text
    assert len(received(asked.client.post(asked.home, data=form), platform).items) == 1


def test_of_answers_at_once_one_is_sent(ask: Ask) -> None:
    asked = ask()
    form = {"csrf_token": asked.code(), "chosen": "home", "title_home": "Start"}
    cookie = asked.client.get_cookie("__Host-lti-tool")
    assert cookie is not None

    def send(_number: int) -> int:
        client = asked.client.application.test_client()
        client.set_cookie("__Host-lti-tool", cookie.value)
        return client.post(asked.home, data=form).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(send, range(6)))

    assert sorted(statuses) == [200, 409, 409, 409, 409, 409]


def test_nothing_is_stored_of_a_choice(
    ask: Ask, platform: SigningPlatform, database: Database
) -> None:
    asked = ask()
    received(asked.post("", {"chosen": "home", "title_home": "Start"}), platform)

    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Activity.id)).all() == []
        assert session.scalars(sa.select(LaunchSession.deep_linking)).all() == [None]


def test_answers_are_noted_without_what_was_chosen(
    ask: Ask, platform: SigningPlatform, database: Database
) -> None:
    ask().post("", {"chosen": "home", "title_home": "Start"})
    ask("2").post("cancel")

    with database.reading(EVERYWHERE) as session:
        noted = session.execute(
            sa.select(Audit.event, Audit.reason, Audit.registration_id).order_by(
                Audit.id
            )
        ).all()
    event, known = "deep_linking", platform.registration_id
    assert [tuple(row) for row in noted] == [
        (event, "accepted", known),
        (event, "answered", known),
        (event, "accepted", known),
        (event, "cancelled", known),
    ]


def test_the_secret_address_stands_in_the_form_and_nowhere_else(
    ask: Ask,
    platform: SigningPlatform,
    capfd: pytest.CaptureFixture[str],
    database: Database,
) -> None:
    asked = ask()
    picker = asked.get()
    answer = asked.post("", {"chosen": "home", "title_home": "Start"})
    again = asked.client.get(asked.home)

    assert "s3cr3tKey" not in picker.text + again.text
    assert answer.text.count("s3cr3tKey") == 1
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    printed = capfd.readouterr()
    assert "s3cr3tKey" not in printed.out + printed.err
    with database.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT * FROM launch_session").all()
    assert "s3cr3tKey" not in str(kept)


def test_the_address_lies_encrypted_until_then(ask: Ask, database: Database) -> None:
    ask()

    with database.engine.connect() as connection:
        raw = connection.exec_driver_sql(
            "SELECT deep_linking FROM launch_session"
        ).scalar()
    assert raw
    assert b"s3cr3tKey" not in bytes(raw)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        (RETURN_URL, "https://lms.example"),
        (
            "https://files.lms.example:8443/back?a=1&b=2",
            "https://files.lms.example:8443",
        ),
        ("http://localhost:8001/back", "http://localhost:8001"),
    ],
)
def test_the_answers_form_may_lead_to_the_platform_only(
    ask: Ask, platform: SigningPlatform, url: str, origin: str
) -> None:
    asked = ask(settings={"deep_link_return_url": url})
    before = asked.get().headers["Content-Security-Policy"]
    page = asked.post("cancel")

    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self';" in before
    assert f"form-action 'self' {origin};" in policy
    assert "frame-ancestors https://lms.example" in policy
    assert "unsafe" not in policy
    assert received(page, platform).url == url


def test_markup_in_an_address_stays_an_address(
    ask: Ask, platform: SigningPlatform
) -> None:
    url = 'https://lms.example/r?a="><script>alert(1)</script>'
    page = ask(settings={"deep_link_return_url": url}).post("cancel")

    assert "<script>alert" not in page.text
    assert received(page, platform).url == url


@pytest.mark.parametrize(
    ("said", "several", "columns"),
    [
        ({}, True, 6),
        ({"accept_multiple": None}, False, 6),
        ({"accept_multiple": False}, False, 6),
        ({"accept_multiple": "true"}, True, 6),
        ({"accept_multiple": "false"}, False, 6),
        ({"accept_multiple": 1}, False, 6),
        ({"accept_lineitem": True}, True, 6),
        ({"accept_lineitem": False}, True, 0),
        ({"accept_lineitem": "false"}, True, 0),
        ({"accept_types": ["html", "ltiResourceLink", "x-own"]}, True, 6),
        ({"data": "x" * 99, "title": "T", "text": "<b>", "odd": [{}]}, True, 6),
    ],
    ids=str,
)
def test_the_picker_offers_what_the_platform_takes(
    ask: Ask, said: dict[str, Any], several: bool, columns: int
) -> None:
    page = ask(settings=said).get()

    kind = 'type="checkbox" name="chosen"' if several else 'type="radio" name="chosen"'
    assert page.text.count(kind) == 9
    assert page.text.count('name="column_') == columns


def test_more_than_one_is_never_sent_where_one_is_taken(
    ask: Ask, platform: SigningPlatform
) -> None:
    page = ask(settings={"accept_multiple": False}).post(
        "",
        {
            "chosen": ["certificate", "home"],
            "title_home": "A",
            "title_certificate": "B",
        },
    )

    assert [item["title"] for item in received(page, platform).items] == ["B"]


def test_a_single_phase_of_the_worksheet_brings_no_other_link(
    ask: Ask, platform: SigningPlatform
) -> None:
    asked = ask(settings={"accept_multiple": False})
    form = {"chosen": "worksheet_mid", "title_worksheet": "A"}
    again = asked.post("", form | {"title_worksheet_mid": ""})
    page = asked.post("", form | {"title_worksheet_mid": "B"})

    assert re.findall(r'id="chosen-(\w+)"[^>]*checked', again.text) == ["worksheet_mid"]
    assert "<details open>" in again.text
    assert [item["title"] for item in received(page, platform).items] == ["B"]


def test_no_column_is_sent_where_none_is_taken(
    ask: Ask, platform: SigningPlatform
) -> None:
    page = ask(settings={"accept_lineitem": False}).post(
        "",
        {"chosen": "certificate", "title_certificate": "B", "column_certificate": "y"},
    )

    assert "lineItem" not in received(page, platform).items[0]


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "Choose an activity, or cancel."),
        ({"chosen": "gradebook"}, "not a valid choice"),
        ({"chosen": "home", "title_home": " \n "}, "Please enter a title."),
        ({"chosen": "home", "title_home": "x" * 201}, "200"),
        (
            {
                "chosen": ["worksheet", "worksheet_start"],
                "title_worksheet": "A",
                "title_worksheet_start": "B",
                "column_worksheet": "y",
                "column_worksheet_start": "y",
            },
            "the same column",
        ),
    ],
    ids=["nothing", "unknown", "no title", "long title", "one column twice"],
)
def test_what_cannot_be_sent_is_asked_again(
    ask: Ask, platform: SigningPlatform, form: dict[str, Any], says: str
) -> None:
    asked = ask()
    page = asked.post("", form)

    assert page.status_code == 422
    assert says in page.text
    assert "s3cr3tKey" not in page.text
    assert received(asked.post("cancel"), platform).claims[f"{DL}content_items"] == []
