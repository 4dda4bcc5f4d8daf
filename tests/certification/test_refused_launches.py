"""Every launch of the table is refused, says why in the audit, and gives nothing away."""

import pytest
import sqlalchemy as sa
from flask import Flask
from structlog.testing import capture_logs

from lti_tool.courses.models import Course, Person
from lti_tool.lti.models import Audit, LaunchSession, Login
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.certification.forging import ForgingPlatform, KeyServer
from tests.certification.launching import Attempt
from tests.certification.table import METHODS, NOT_TOLD, REFUSED, ROLES, Row

CHANGED_TOGETHER = {"BAD-06", "BAD-07"}
"""Where the certification itself changes several claims at once."""


class Stored:
    """What a tool has stored since this was made, or since ``restart``."""

    def __init__(self, app: Flask) -> None:
        self._database: Database = app.extensions["lti_tool"].database
        self.restart()

    def restart(self) -> None:
        self._before = self._rows()
        with self._database.reading(EVERYWHERE) as session:
            self._last = session.scalar(sa.select(sa.func.max(Audit.id))) or 0

    def _rows(self) -> list[int]:
        counted = (LaunchSession.id, Course.id, Person.id, Login.consumed_at)
        with self._database.reading(EVERYWHERE) as session:
            return [
                session.scalar(sa.select(sa.func.count(what))) or 0 for what in counted
            ]

    @property
    def audit(self) -> list[tuple[str, str]]:
        with self._database.reading(EVERYWHERE) as session:
            later = sa.select(Audit).where(Audit.id > self._last).order_by(Audit.id)
            return [(row.event, row.reason) for row in session.scalars(later)]

    @property
    def rows(self) -> list[int]:
        """How many sessions, courses, people and used logins were added."""
        return [now - b for now, b in zip(self._rows(), self._before, strict=True)]


BY_ROLE = [
    pytest.param(row, role, id=f"{row} - {role}")
    for row in REFUSED
    for role in row.roles
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("row", "role"), BY_ROLE)
def test_a_launch_with_one_wrong_thing_is_refused(
    shared_app: Flask,
    key_server: KeyServer,
    caplog: pytest.LogCaptureFixture,
    row: Row,
    role: str,
    method: str,
) -> None:
    stored, platform = Stored(shared_app), ForgingPlatform(shared_app, key_server)
    wrong = Attempt(platform, role, method, {**row.given, **row.change})

    with capture_logs() as lines:
        answer = wrong.run(stored.restart)

    assert (answer.status_code, stored.audit) == (row.status, [(row.at, row.reason)])
    assert stored.rows == [0, 0, 0, 0]
    assert answer.headers["Cache-Control"] == "no-store"
    assert lines[-1]["event"] == "refused"
    assert {line["log_level"] for line in lines} == {"info"}
    for told in (answer.text, str(lines), caplog.text):
        assert [said for said in NOT_TOLD if said in told] == []


@pytest.mark.parametrize(("row", "role"), BY_ROLE)
def test_without_the_wrong_thing_there_is_a_page(
    shared_app: Flask, key_server: KeyServer, row: Row, role: str
) -> None:
    stored, platform = Stored(shared_app), ForgingPlatform(shared_app, key_server)
    right = Attempt(platform, role, changes=row.given)

    answer = right.run(stored.restart)

    assert [reason for _event, reason in stored.audit] == ["accepted"]
    assert right.page(answer).status_code == 200


def test_each_row_changes_one_thing() -> None:
    together = {row.case for row in REFUSED if len(row.change) != 1}

    assert together == CHANGED_TOGETHER


def test_rows_are_many_and_different() -> None:
    assert len({str(row) for row in REFUSED}) == len(REFUSED) >= 150
    assert {role for row in REFUSED for role in row.roles} == set(ROLES)
