"""Every launch of the table is refused, says why in the audit, and gives nothing away."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool.courses.models import Course, Person
from lti_tool.lti.models import Audit, LaunchSession, Login
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.certification.forging import ABSENT, ForgingPlatform
from tests.certification.table import CERTIFICATION, REFUSED, Row
from tests.signing_platform import CLAIM

SECRETS = {"sub": "sub-4711", "name": "Erika Geheim", "email": "geheim@example.org"}
TITLE = "Kurs im Vertrauen"


def start(
    forger: ForgingPlatform, client: FlaskClient, method: str = "POST"
) -> tuple[str, str]:
    """Start a login as a form or as a link and return state and nonce."""
    fields = {
        "iss": forger.issuer,
        "client_id": forger.client_id,
        "login_hint": "7",
        "lti_deployment_id": "1",
        "target_link_uri": f"{forger.base_url}/lti/launch",
    }
    place = {"data": fields} if method == "POST" else {"query_string": fields}
    answer = client.open("/lti/login", method=method, **place)
    query = parse_qs(urlsplit(answer.location).query)
    return query["state"][0], query["nonce"][0]


def claims_of(
    forger: ForgingPlatform, role: str, row: Row, nonce: str
) -> dict[str, Any]:
    """Return an accepted launch's claims with the one change of the row."""
    claims = {**forger.claims(role=role), **SECRETS, "nonce": nonce, **row.claims}
    claims[f"{CLAIM}context"] = row.claims.get(
        f"{CLAIM}context", {"id": "c1", "title": TITLE}
    )
    now = int(time.time())
    claims |= {name: now + seconds for name, seconds in row.times.items()}
    return {name: value for name, value in claims.items() if value is not ABSENT}


def attempt(
    forger: ForgingPlatform, row: Row, role: str, method: str
) -> tuple[TestResponse, str]:
    if row.jwks is not None:
        row.jwks(forger)
    client = forger.app.test_client()
    state, nonce = start(forger, client, method)
    token = row.token(forger, claims_of(forger, role, row, nonce))
    return client.post("/lti/launch", data={"state": state, "id_token": token}), token


def reasons(database: Database) -> list[tuple[str, str]]:
    with database.reading(EVERYWHERE) as session:
        rows = session.scalars(sa.select(Audit).order_by(Audit.id))
        return [(row.event, row.reason) for row in rows]


def counts(database: Database) -> list[int]:
    """Return how many sessions, courses and people are stored."""
    with database.reading(EVERYWHERE) as session:
        tables = (LaunchSession, Course, Person)
        return [
            session.scalar(sa.select(sa.func.count()).select_from(t)) or 0
            for t in tables
        ]


def assert_refused(
    answer: TestResponse, database: Database, reason: str, *, status: int = 400
) -> None:
    assert (answer.status_code, reasons(database)) == (status, [("launch", reason)])
    assert counts(database) == [0, 0, 0]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Traceback" not in answer.text
    for secret in (*SECRETS.values(), TITLE, "evil.example"):
        assert secret not in answer.text


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_launch_that_the_rows_change_is_accepted(
    forger: ForgingPlatform, database: Database, role: str, method: str
) -> None:
    answer, _ = attempt(forger, Row("accepted", "accepted"), role, method)

    assert (answer.status_code, reasons(database)) == (303, [("launch", "accepted")])


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("row", CERTIFICATION, ids=lambda row: row.name)
def test_bad_payloads_of_the_certification_are_refused(
    forger: ForgingPlatform, database: Database, row: Row, role: str, method: str
) -> None:
    answer, token = attempt(forger, row, role, method)

    assert_refused(answer, database, row.reason, status=row.status)
    assert token not in answer.text


@pytest.mark.parametrize("row", REFUSED[len(CERTIFICATION) :], ids=lambda row: row.name)
def test_forged_launches_are_refused(
    forger: ForgingPlatform, database: Database, row: Row
) -> None:
    answer, _ = attempt(forger, row, "Instructor", "POST")

    assert_refused(answer, database, row.reason, status=row.status)
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Login.consumed_at)).all() == [None]
