"""A launch belongs to one login, one browser, one platform, and works once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from lti_tool import clock
from lti_tool.courses.models import Course, Duty, Enrolment
from lti_tool.keys import public_jwk
from lti_tool.lti.models import Audit, Deployment, LaunchSession, Login, Registration
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.certification.forging import ForgingPlatform, key
from tests.certification.table import FOREIGN_TARGETS
from tests.signing_platform import SigningPlatform


def last_reason(database: Database) -> str | None:
    with database.reading(EVERYWHERE) as session:
        return session.scalar(
            sa.select(Audit.reason).order_by(Audit.id.desc()).limit(1)
        )


def change(database: Database, registration_id: int, **values: object) -> None:
    with database.transaction(EVERYWHERE) as session:
        registration = session.get_one(Registration, registration_id)
        for name, value in values.items():
            setattr(registration, name, value)


def test_a_launch_works_once(forger: ForgingPlatform, database: Database) -> None:
    client = forger.app.test_client()
    state, nonce = forger.login(client)
    form = {"state": state, "id_token": forger.sign(forger.claims() | {"nonce": nonce})}

    answers = [client.post("/lti/launch", data=form).status_code for _ in range(3)]

    assert answers == [303, 400, 400]
    assert last_reason(database) == "state_used"


def test_an_old_token_does_not_work_with_a_new_state(
    forger: ForgingPlatform, database: Database
) -> None:
    client = forger.app.test_client()
    _, nonce = forger.login(client)
    token = forger.sign(forger.claims() | {"nonce": nonce})
    state, _ = forger.login(client)

    answer = client.post("/lti/launch", data={"state": state, "id_token": token})

    assert (answer.status_code, last_reason(database)) == (400, "nonce_wrong")


@pytest.mark.parametrize(
    ("has_cookie", "reason"),
    [(True, "state_of_other_browser"), (False, "cookie_missing")],
    ids=["another browser", "no cookie"],
)
def test_a_login_of_one_browser_does_not_work_in_another(
    forger: ForgingPlatform, database: Database, has_cookie: bool, reason: str
) -> None:
    victim, attacker = forger.app.test_client(), forger.app.test_client()
    state, nonce = forger.login(attacker)
    token = forger.sign(forger.claims() | {"nonce": nonce})
    if has_cookie:
        forger.login(victim)

    answer = victim.post("/lti/launch", data={"state": state, "id_token": token})

    assert (answer.status_code, last_reason(database)) == (400, reason)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("", "state_missing"),
        ("state-guessed", "state_unknown"),
        ("a\x00b", "state_unknown"),
    ],
)
def test_a_state_that_we_did_not_give_is_refused(
    forger: ForgingPlatform, database: Database, state: str, reason: str
) -> None:
    client = forger.app.test_client()
    _, nonce = forger.login(client)
    token = forger.sign(forger.claims() | {"nonce": nonce})

    answer = client.post("/lti/launch", data={"state": state, "id_token": token})

    assert (answer.status_code, last_reason(database)) == (400, reason)


def test_a_login_lasts_ten_minutes(forger: ForgingPlatform, database: Database) -> None:
    client = forger.app.test_client()
    state, nonce = forger.login(client)
    with database.transaction(EVERYWHERE) as session:
        session.execute(
            sa.update(Login).values(expires_at=clock.now() - timedelta(seconds=1))
        )

    token = forger.sign(forger.claims() | {"nonce": nonce})
    answer = client.post("/lti/launch", data={"state": state, "id_token": token})

    assert (answer.status_code, last_reason(database)) == (400, "state_expired")


def test_of_eight_posts_at_once_exactly_one_wins(
    forger: ForgingPlatform, database: Database
) -> None:
    client = forger.app.test_client()
    state, nonce = forger.login(client)
    form = {"state": state, "id_token": forger.sign(forger.claims() | {"nonce": nonce})}
    cookie = client.get_cookie("__Host-lti-tool")
    assert cookie is not None

    def post(_: int) -> int:
        browser = forger.app.test_client(use_cookies=False)
        headers = {"Cookie": f"__Host-lti-tool={cookie.value}"}
        return browser.post("/lti/launch", data=form, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))

    assert sorted(answers) == [303, *[400] * 7]
    with database.reading(EVERYWHERE) as session:
        assert len(session.scalars(sa.select(LaunchSession.id)).all()) == 1


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


@pytest.fixture
def other(app: Flask, forger: ForgingPlatform) -> SigningPlatform:
    """A second platform of another issuer."""
    return SigningPlatform(app, issuer="https://other.example")


def test_a_platform_cannot_speak_for_another(
    forger: ForgingPlatform, other: SigningPlatform, database: Database
) -> None:
    client = forger.app.test_client()
    state, nonce = forger.login(client)
    signed_by_other = other.sign(forger.claims() | {"nonce": nonce})

    answer = client.post(
        "/lti/launch", data={"state": state, "id_token": signed_by_other}
    )

    assert (answer.status_code, last_reason(database)) == (400, "kid_unknown")


def test_a_login_at_one_platform_does_not_admit_a_launch_of_another(
    forger: ForgingPlatform, other: SigningPlatform, database: Database
) -> None:
    client = forger.app.test_client()
    state, nonce = forger.login(client)
    token = other.sign(other.claims() | {"nonce": nonce})

    answer = client.post("/lti/launch", data={"state": state, "id_token": token})

    assert (answer.status_code, last_reason(database)) == (
        400,
        "registration_of_other_login",
    )


def test_the_same_person_and_course_of_two_platforms_are_two(
    forger: ForgingPlatform, other: SigningPlatform, database: Database
) -> None:
    for platform in (forger, other):
        assert platform.launch(platform.app.test_client()).status_code == 303

    with database.reading(EVERYWHERE) as session:
        assert len(session.scalars(sa.select(Course.id)).all()) == 2


def test_two_clients_of_one_issuer_must_be_told_apart(
    app: Flask, forger: ForgingPlatform, database: Database
) -> None:
    SigningPlatform(app, issuer=forger.issuer, client_id="second-client")
    fields = {
        "iss": forger.issuer,
        "login_hint": "1",
        "target_link_uri": f"{forger.base_url}/",
    }

    answer = app.test_client().post("/lti/login", data=fields)

    assert (answer.status_code, last_reason(database)) == (400, "registration_unknown")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"iss": "https://unknown.example"}, "registration_unknown"),
        ({"iss": ""}, "registration_unknown"),
        ({"client_id": "unknown"}, "registration_unknown"),
        ({"client_id": "tool' OR 1=1 --"}, "registration_unknown"),
        ({"login_hint": ""}, "login_incomplete"),
        ({"login_hint": "x" * 5000}, "login_parameter_too_long"),
        ({"lti_deployment_id": "1\x00"}, "login_parameter_invalid"),
        ({"iss": "https://lms.example\x00"}, "login_parameter_invalid"),
    ],
    ids=[
        "issuer",
        "no issuer",
        "client",
        "SQL",
        "no hint",
        "long",
        "NUL",
        "NUL in issuer",
    ],
)
def test_a_login_that_does_not_fit_is_refused(
    forger: ForgingPlatform, database: Database, fields: dict[str, str], reason: str
) -> None:
    form = {
        "iss": forger.issuer,
        "client_id": forger.client_id,
        "login_hint": "1",
        "target_link_uri": f"{forger.base_url}/lti/launch",
        **fields,
    }

    answer = forger.app.test_client().post("/lti/login", data=form)

    assert (answer.status_code, last_reason(database)) == (400, reason)
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Login.id)).all() == []


@pytest.mark.parametrize("target", FOREIGN_TARGETS)
def test_a_login_for_a_target_that_is_not_ours_is_refused(
    forger: ForgingPlatform, database: Database, target: str
) -> None:
    form = {"iss": forger.issuer, "login_hint": "1", "target_link_uri": target}

    answer = forger.app.test_client().post("/lti/login", data=form)

    assert (answer.status_code, last_reason(database)) == (400, "target_not_ours")


def test_a_disabled_platform_is_refused_even_between_login_and_launch(
    forger: ForgingPlatform, database: Database
) -> None:
    client = forger.app.test_client()
    state, nonce = forger.login(client)
    change(database, forger.registration_id, enabled=False)

    token = forger.sign(forger.claims() | {"nonce": nonce})
    answer = client.post("/lti/launch", data={"state": state, "id_token": token})

    assert (answer.status_code, last_reason(database)) == (403, "registration_disabled")


@pytest.mark.parametrize(
    ("known", "is_enabled", "status", "reason"),
    [
        (None, True, 400, "deployment_unknown"),
        ("1", False, 403, "deployment_disabled"),
        ("1", True, 303, "accepted"),
    ],
    ids=["unknown", "disabled", "known"],
)
def test_a_registration_with_listed_deployments_accepts_those_only(
    forger: ForgingPlatform,
    database: Database,
    known: str | None,
    is_enabled: bool,
    status: int,
    reason: str,
) -> None:
    change(database, forger.registration_id, open_deployments=False)
    if known:
        with database.transaction(EVERYWHERE) as session:
            session.add(
                Deployment(
                    registration_id=forger.registration_id,
                    deployment_id=known,
                    enabled=is_enabled,
                )
            )

    answer = forger.launch(forger.app.test_client())

    assert (answer.status_code, last_reason(database)) == (status, reason)


def test_a_platform_that_answers_with_an_error_gets_a_page(
    forger: ForgingPlatform, database: Database
) -> None:
    client = forger.app.test_client()
    state, _ = forger.login(client)
    form = {
        "state": state,
        "error": "access_denied",
        "error_description": "<b>sub-4711",
    }

    answer = client.post("/lti/launch", data=form)

    assert (answer.status_code, last_reason(database)) == (400, "platform_error")
    assert "sub-4711" not in answer.text


def test_keys_are_fetched_once_for_many_launches(forger: ForgingPlatform) -> None:
    for _ in range(5):
        assert forger.launch(forger.app.test_client()).status_code == 303

    assert forger.server.reads == 1


def test_a_rotated_key_is_fetched_and_the_old_one_no_longer_counts(
    forger: ForgingPlatform, database: Database
) -> None:
    forger.launch(forger.app.test_client())
    forger.tool.platform_keys._asked.clear()
    old_key, old_kid = forger.key, forger.kid
    forger.key, forger.kid = key("rotated"), "rotated"
    forger.server.keys = [{**forger.jwk, **_public("rotated")}]

    rotated = forger.launch(forger.app.test_client())
    forger.key, forger.kid = old_key, old_kid
    withdrawn = forger.launch(forger.app.test_client())

    assert (rotated.status_code, withdrawn.status_code) == (303, 400)
    assert last_reason(database) == "kid_unknown"


def _public(name: str) -> dict[str, str]:
    return {**public_jwk(key(name))[1], "kid": name}


def test_known_keys_serve_while_the_platform_is_down(forger: ForgingPlatform) -> None:
    forger.launch(forger.app.test_client())
    forger.server.status = 503

    known = forger.launch(forger.app.test_client())
    forger.kid = "new"
    unknown = forger.launch(forger.app.test_client())

    assert (known.status_code, unknown.status_code) == (303, 400)


def test_an_outage_at_the_first_launch_says_so_and_is_not_kept(
    forger: ForgingPlatform, database: Database
) -> None:
    forger.server.status = 503
    during = forger.launch(forger.app.test_client())
    reason = last_reason(database)
    forger.server.status = 200
    forger.tool.platform_keys._asked.clear()

    after = forger.launch(forger.app.test_client())

    assert (during.status_code, reason, after.status_code) == (502, "jwks_invalid", 303)


def test_after_half_a_day_the_keys_are_looked_at_again(
    forger: ForgingPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    forger.launch(forger.app.test_client())
    keys, later = forger.tool.platform_keys, clock.now() + timedelta(hours=13)
    forger.server.keys = []
    monkeypatch.setattr(clock, "now", lambda: later)

    with pytest.raises(Exception, match="launch_refused"):
        keys.find(forger.server.url, forger.kid)

    assert forger.server.reads == 2
