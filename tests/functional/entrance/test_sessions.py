"""What a launch opened stays with its browser, its course, its person and its day."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from lti_tool import clock
from lti_tool.courses.models import Enrolment
from lti_tool.lti.models import LaunchSession, Registration
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.signing_platform import SigningPlatform, Visitor, enter

Arrive = Callable[..., Visitor]


def test_two_tabs_with_two_courses_do_not_mix(platform: SigningPlatform) -> None:
    client = platform.app.test_client()
    homes = [
        platform.launch(client, platform.claims(course=course)).location
        for course in ("c1", "c2")
    ]

    pages = [client.get(home).text for home in homes]

    assert "Course c1" in pages[0]
    assert "Course c2" in pages[1]
    assert "Course c2" not in pages[0]


@pytest.mark.parametrize("hours", [9, 30])
def test_a_visit_ends_after_a_working_day(
    lead: Visitor, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    later = clock.now() + timedelta(hours=hours)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert lead.get().status_code == 401


def test_ended_visits_are_cleared_away(
    platform: SigningPlatform, lead: Visitor, database: Database, arrive: Arrive
) -> None:
    with database.transaction(EVERYWHERE) as session:
        session.execute(
            sa.update(LaunchSession).values(expires_at=clock.now() - timedelta(1))
        )

    arrive("7")

    with database.reading(EVERYWHERE) as session:
        assert len(session.scalars(sa.select(LaunchSession.id)).all()) == 1
    assert lead.get().status_code == 401


def test_a_guessed_visit_does_not_exist(lead: Visitor) -> None:
    assert lead.get("/l/guessed/").status_code == 401


def test_who_left_the_course_is_shown_out(arrive: Arrive, database: Database) -> None:
    visitor = arrive("7")
    with database.transaction(EVERYWHERE) as session:
        session.execute(sa.update(Enrolment).values(is_active=False))

    assert visitor.get().status_code == 403


def test_who_is_no_longer_staff_has_no_duties(
    lead: Visitor, database: Database
) -> None:
    assert lead.get("people/").status_code == 200
    with database.transaction(EVERYWHERE) as session:
        session.execute(sa.update(Enrolment).values(role="participant"))

    assert lead.get("people/").status_code == 403


def test_only_the_platform_of_the_visit_may_frame_its_pages(lead: Visitor) -> None:
    policy = lead.get().headers["Content-Security-Policy"]

    assert "frame-ancestors https://lms.example" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_page_that_says_why_can_be_seen_in_a_frame(lead: Visitor) -> None:
    ended = lead.client.get("/l/ended/")

    assert ended.status_code == 401
    assert "frame-ancestors *" in ended.headers["Content-Security-Policy"]


def test_a_form_without_its_code_is_refused_and_the_page_can_be_seen(
    lead: Visitor,
) -> None:
    answer = lead.client.post(f"{lead.home}language", data={"language": "de"})

    assert answer.status_code == 400
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]


def test_pages_outside_a_visit_cannot_be_framed(lead: Visitor) -> None:
    policy = lead.client.get("/").headers["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy


def test_the_cookie_survives_in_a_frame_of_another_site(
    platform: SigningPlatform,
) -> None:
    fields = {
        "iss": platform.issuer,
        "login_hint": "1",
        "target_link_uri": f"{platform.base_url}/lti/launch",
    }

    cookie = (
        platform.app.test_client().post("/lti/login", data=fields).headers["Set-Cookie"]
    )

    assert cookie.startswith("__Host-")
    for word in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
        assert word in cookie
    assert "Domain" not in cookie


def test_the_authorization_url_keeps_a_query_of_its_own(
    platform: SigningPlatform, database: Database
) -> None:
    with database.transaction(EVERYWHERE) as session:
        registration = session.get_one(Registration, platform.registration_id)
        registration.auth_url = "https://lms.example/auth?tenant=1"
    fields = {
        "iss": platform.issuer,
        "login_hint": "a&b?c",
        "target_link_uri": f"{platform.base_url}/lti/launch",
    }

    answer = platform.app.test_client().post("/lti/login", data=fields)

    assert answer.location.startswith("https://lms.example/auth?tenant=1&")
    assert answer.location.count("?") == 1
    assert "login_hint=a%26b%3Fc" in answer.location


def test_a_launch_admits_only_to_its_own_course(platform: SigningPlatform) -> None:
    here = enter(platform, "7", course="c1")
    there = enter(platform, "8", course="c2")

    assert there.client.get(here.home).status_code == 401
    assert here.client.get(there.home).status_code == 401


def end_all(database: Database) -> None:
    with database.transaction(EVERYWHERE) as session:
        session.execute(
            sa.update(LaunchSession).values(expires_at=clock.now() - timedelta(hours=1))
        )


def test_a_form_of_an_ended_visit_can_be_sent_once_the_activity_is_open_again(
    platform: SigningPlatform, lead: Visitor, database: Database
) -> None:
    form = {
        "csrf_token": lead.code(),
        "time_zone": "Europe/Vienna",
        "language": "de",
    }
    end_all(database)
    assert lead.client.post(f"{lead.home}settings", data=form).status_code == 401

    again = platform.launch(lead.client, platform.claims(sub="1", role="Instructor"))
    answer = lead.client.post(f"{lead.home}settings", data=form)

    assert answer.status_code == 303
    assert answer.location.startswith(again.location)
    assert "Europe/Vienna" in lead.client.get(answer.location).text


@pytest.mark.parametrize(
    "other",
    [{"sub": "8"}, {"sub": "7", "course": "c2"}, {"sub": "7", "role": "Mentor"}],
)
def test_an_ended_visit_goes_on_as_no_other_person_course_or_role(
    platform: SigningPlatform,
    arrive: Arrive,
    database: Database,
    other: dict[str, str],
) -> None:
    visitor = arrive("7")
    end_all(database)

    platform.launch(visitor.client, platform.claims(**other))

    assert visitor.get().status_code == 401
