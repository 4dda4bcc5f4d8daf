"""A launch belongs to one login, one browser and one platform, also when many arrive at once."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool import clock
from lti_tool.courses.models import Course, Duty, Enrolment
from lti_tool.errors import LaunchRefusedError
from lti_tool.lti.models import Audit, LaunchSession, Login
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.certification.forging import ForgingPlatform, key
from tests.certification.launching import Attempt
from tests.signing_platform import SigningPlatform


def last_reason(database: Database) -> str | None:
    with database.reading(EVERYWHERE) as session:
        return session.scalar(
            sa.select(Audit.reason).order_by(Audit.id.desc()).limit(1)
        )


def sessions(database: Database) -> int:
    with database.reading(EVERYWHERE) as session:
        return session.scalar(sa.select(sa.func.count(LaunchSession.id))) or 0


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let time pass for the tool."""
    real, passed = clock.now, [timedelta(0)]
    monkeypatch.setattr(clock, "now", lambda: real() + passed[0])

    def waiting(**time: float) -> None:
        passed[0] += timedelta(**time)

    return waiting


@pytest.fixture
def other(app: Flask, forger: ForgingPlatform) -> SigningPlatform:
    """A second platform of another issuer."""
    return SigningPlatform(app, issuer="https://other.example")


@pytest.mark.parametrize("count", [2, 8])
def test_of_several_posts_at_once_exactly_one_wins(
    forger: ForgingPlatform, database: Database, count: int
) -> None:
    launch = Attempt(forger)
    launch.login()
    form = {"state": launch.state, "id_token": launch.token}
    sent = "; ".join(f"{c.key}={c.value}" for c in launch.browser._cookies.values())

    def post(_: int) -> int:
        browser = forger.app.test_client(use_cookies=False)
        headers = {"Cookie": sent}
        return browser.post("/lti/launch", data=form, headers=headers).status_code

    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(post, range(count)))

    assert sorted(answers) == [303, *[400] * (count - 1)]
    assert sessions(database) == 1


def test_a_refused_launch_does_not_use_the_login_up(
    forger: ForgingPlatform, database: Database
) -> None:
    wrong = Attempt(forger, changes={"claims.exp": 1})
    assert wrong.run().status_code == 400
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Login.consumed_at)).all() == [None]

    right = Attempt(forger)
    right.browser, right.state, right.nonce = wrong.browser, wrong.state, wrong.nonce

    assert right.post().status_code == 303


def test_a_class_that_arrives_at_once_gets_in(
    forger: ForgingPlatform, database: Database
) -> None:
    def enter(number: int) -> int:
        role = "Instructor" if number == 1 else "Learner"
        claims = forger.claims(sub=str(number), role=role)
        return forger.launch(forger.app.test_client(), claims).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(enter, range(1, 17)))

    assert answers == [303] * 16
    with database.reading(EVERYWHERE) as session:
        assert len(session.scalars(sa.select(Course.id)).all()) == 1
        assert len(session.scalars(sa.select(Enrolment.id)).all()) == 16
        assert session.scalars(sa.select(Duty.duty)).all() == ["lead"]


def test_of_several_instructors_at_once_one_becomes_lead(
    forger: ForgingPlatform, database: Database
) -> None:
    forger.launch(forger.app.test_client(), forger.claims(sub="1"))

    def enter(number: int) -> int:
        claims = forger.claims(sub=str(number), role="Instructor")
        return forger.launch(forger.app.test_client(), claims).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(enter, range(2, 10))) == [303] * 8

    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Duty.duty)).all() == ["lead"]


def test_a_login_at_one_platform_does_not_admit_a_launch_of_another(
    forger: ForgingPlatform, other: SigningPlatform, database: Database
) -> None:
    client = forger.app.test_client()
    state, nonce = forger.login(client)
    token = other.sign(other.claims() | {"nonce": nonce})

    answer = client.post("/lti/launch", data={"state": state, "id_token": token})

    assert answer.status_code == 400
    assert last_reason(database) == "registration_of_other_login"


def test_the_same_person_and_course_of_two_platforms_are_two(
    forger: ForgingPlatform, other: SigningPlatform, database: Database
) -> None:
    for platform in (forger, other):
        assert platform.launch(platform.app.test_client()).status_code == 303

    with database.reading(EVERYWHERE) as session:
        assert len(session.scalars(sa.select(Course.id)).all()) == 2


@pytest.mark.parametrize("code", ["access_denied", "<script>sub-4711"])
def test_a_platform_that_answers_with_an_error_gets_a_page(
    forger: ForgingPlatform, database: Database, code: str
) -> None:
    client = forger.app.test_client()
    state, _ = forger.login(client)
    said = {"error": code, "error_description": "<b>sub-4711"}

    answer = client.post("/lti/launch", data={"state": state, **said})

    assert answer.status_code == 400
    assert str(last_reason(database)).startswith("platform_")
    assert "sub-4711" not in answer.text
    assert "sub-4711" not in str(last_reason(database))


def test_keys_are_fetched_once_for_many_launches(forger: ForgingPlatform) -> None:
    for _ in range(5):
        assert forger.launch(forger.app.test_client()).status_code == 303

    assert forger.reads == 1


def test_an_unknown_key_id_has_the_keys_fetched_once_more_and_then_not_for_a_while(
    forger: ForgingPlatform, wait: Callable[..., None]
) -> None:
    assert Attempt(forger).run().status_code == 303
    wait(seconds=11)

    for _ in range(3):
        assert Attempt(forger, changes={"header.kid": "x"}).run().status_code == 400

    assert forger.reads == 2


def test_a_rotated_key_is_fetched_and_the_old_one_no_longer_counts(
    forger: ForgingPlatform, database: Database, wait: Callable[..., None]
) -> None:
    old_key, old_kid = forger.key, forger.kid
    assert Attempt(forger).run().status_code == 303
    wait(seconds=11)
    forger.sign_with(key("rotated"), "rotated")

    rotated = Attempt(forger).run()
    forger.key, forger.kid = old_key, old_kid
    withdrawn = Attempt(forger).run()

    assert (rotated.status_code, withdrawn.status_code) == (303, 400)
    assert last_reason(database) == "kid_unknown"
    assert forger.reads == 2


def test_known_keys_serve_while_the_platform_is_down(
    forger: ForgingPlatform, wait: Callable[..., None]
) -> None:
    Attempt(forger).run()
    forger.server.status = 503
    wait(seconds=11)

    known = Attempt(forger).run()
    unknown = Attempt(forger, changes={"header.kid": "new"}).run()

    assert (known.status_code, unknown.status_code) == (303, 502)


def test_known_keys_serve_for_as_long_as_the_platform_is_down(
    forger: ForgingPlatform, wait: Callable[..., None]
) -> None:
    Attempt(forger).run()
    forger.server.status = 503
    wait(days=3)

    assert forger.find_key() is not None
    assert forger.reads == 2


def test_an_outage_at_the_first_launch_says_so_and_is_not_kept(
    forger: ForgingPlatform, database: Database, wait: Callable[..., None]
) -> None:
    forger.server.status = 503
    during = Attempt(forger).run()
    reason = last_reason(database)
    forger.server.status = 200
    wait(seconds=11)

    after = Attempt(forger).run()

    assert (during.status_code, reason, after.status_code) == (502, "jwks_invalid", 303)


def test_after_half_a_day_the_keys_are_looked_at_again(
    forger: ForgingPlatform, wait: Callable[..., None]
) -> None:
    Attempt(forger).run()
    forger.keys = []
    wait(hours=13)

    with pytest.raises(LaunchRefusedError):
        forger.find_key()

    assert forger.reads == 2


class FramedBrowser:
    """A browser that keeps no cookie in a frame, and what our page left in its storage."""

    def __init__(self, forger: ForgingPlatform) -> None:
        self.forger, self.launch = forger, Attempt(forger)
        page = self.client().post(
            "/lti/login",
            data=self.launch.login_fields,
            headers={"Sec-Fetch-Dest": "iframe"},
        )
        assert page.status_code == 200
        self.launch.state, self.launch.nonce = (
            re.findall(rf"[?&;]{name}=([\w-]+)", page.text)[0]
            for name in ("state", "nonce")
        )
        self.secret = re.findall(r'name="storage_secret" value="([^"]+)"', page.text)[0]

    def client(self) -> FlaskClient:
        return self.forger.app.test_client()

    def post(self, origin: str, **more: str) -> TestResponse:
        form = {"state": self.launch.state, "id_token": self.launch.token, **more}
        return self.client().post("/lti/launch", data=form, headers={"Origin": origin})


@pytest.fixture
def framed(forger: ForgingPlatform) -> FramedBrowser:
    return FramedBrowser(forger)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://lms.example"]
)
def test_the_secret_counts_only_out_of_our_own_page(
    framed: FramedBrowser, database: Database, origin: str
) -> None:
    """Else anybody could enter a victim's browser into their own session."""
    framed.post(origin, storage_secret=framed.secret)

    assert sessions(database) == 0
