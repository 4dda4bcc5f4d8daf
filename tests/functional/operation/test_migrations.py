"""Migrations keep what is stored, in both directions."""

import sqlalchemy as sa
from flask import Flask

from lti_tool.operation import schema, tables
from lti_tool.persistence.session import Database
from tests.signing_platform import SigningPlatform, enter


def rows(database: Database) -> dict[str, int]:
    """Return how many rows each table holds that has any."""
    with database.engine.connect() as connection:
        counted = {
            name: connection.scalar(sa.select(sa.func.count()).select_from(table))
            for name, table in tables.metadata.tables.items()
        }
    return {name: count for name, count in counted.items() if count}


def test_going_back_a_revision_and_forward_again_loses_no_row(
    app: Flask, platform: SigningPlatform, database: Database
) -> None:
    enter(platform, "1", "Instructor")
    enter(platform, "7")
    before = rows(database)
    assert {"course", "enrolment", "duty", "launch_session"} <= set(before)

    schema.downgrade(database, "first")
    schema.upgrade(database)

    assert rows(database) == before
    assert schema.present(database) == schema.newest()
