"""Each login and launch leaves a row that says why, and for which platform."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from lti_tool import clock
from lti_tool.jobs import WORK
from lti_tool.lti import audit
from lti_tool.lti.models import Audit
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.signing_platform import SigningPlatform

Row = tuple[str, str, int | None]


def rows(database: Database) -> list[Row]:
    with database.reading(EVERYWHERE) as session:
        wanted = sa.select(Audit.event, Audit.reason, Audit.registration_id)
        return [tuple(row) for row in session.execute(wanted.order_by(Audit.id))]


def test_a_refused_launch_counts_for_the_platform_of_its_login(
    platform: SigningPlatform, database: Database
) -> None:
    other = SigningPlatform(platform.app, "https://other.example")
    client = platform.app.test_client()
    state, nonce = platform.login(client)

    # The token says that it is the other platform's; nobody has checked that.
    token = other.sign({**other.claims(), "nonce": nonce})
    client.post("/lti/launch", data={"state": state, "id_token": token})

    assert rows(database) == [
        ("launch", "registration_of_other_login", platform.registration_id)
    ]


def test_a_launch_without_a_login_counts_for_nobody(
    platform: SigningPlatform, database: Database
) -> None:
    token = platform.sign(platform.claims())
    fields = {"state": "guessed", "id_token": token, "iss": platform.issuer}

    platform.app.test_client().post("/lti/launch", data=fields)

    assert rows(database) == [("launch", "state_unknown", None)]


def test_an_error_of_the_platform_counts_for_it(
    platform: SigningPlatform, database: Database
) -> None:
    client = platform.app.test_client()
    state, _ = platform.login(client)

    client.post("/lti/launch", data={"state": state, "error": "access_denied"})

    assert rows(database)[0][2] == platform.registration_id


@pytest.mark.parametrize("issuer", ["https://lms.example", "https://nobody.example"])
def test_a_refused_login_counts_for_the_platform_that_it_names(
    platform: SigningPlatform, database: Database, issuer: str
) -> None:
    fields = {"iss": issuer, "target_link_uri": "https://elsewhere.example/"}

    platform.app.test_client().post("/lti/login", data=fields)

    known = platform.registration_id if issuer == platform.issuer else None
    assert rows(database) == [("login", "target_not_ours", known)]


def test_a_login_that_no_table_can_hold_is_noted_all_the_same(
    platform: SigningPlatform, database: Database
) -> None:
    platform.app.test_client().post("/lti/login", data={"iss": "https://\0"})

    assert rows(database) == [("login", "login_parameter_invalid", None)]


def test_rows_are_kept_for_400_days_and_the_worker_drops_older_ones(
    platform: SigningPlatform, database: Database
) -> None:
    with database.transaction(EVERYWHERE) as session:
        for days in (401, 399, 0):
            row = Audit(event="launch", reason=f"after {days} days")
            row.created_at = clock.now() - timedelta(days)
            session.add(row)

    WORK["audit"](platform.tool)

    reasons = {reason for _, reason, _ in rows(database)}
    assert reasons == {"after 399 days", "after 0 days"}


def test_where_nothing_is_old_nothing_is_written(database: Database) -> None:
    audit.forget_old(database)

    assert rows(database) == []
