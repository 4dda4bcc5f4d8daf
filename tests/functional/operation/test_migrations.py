"""Migrations keep what is stored, in both directions, and end at the tables of the models."""

import datetime as dt
import re
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from lti_tool.operation import schema, tables
from lti_tool.persistence import revision
from lti_tool.persistence.session import Database
from tests.conftest import DATA_KEY
from tests.signing_platform import SigningPlatform, enter

SCRIPTS = list(ScriptDirectory.from_config(revision.config()).walk_revisions())
EARLIER = [script.revision for script in SCRIPTS if not script.is_head]
ADDING = [s for s in SCRIPTS if getattr(s.module, "only_adds", False)]
LEFT_OUT = {"alembic_version", "fitting_revision", "pair", "tie", "person_wish"}
"""What migrations write themselves, and what needs two rows of another table."""
PLANTED = 2
KEY = "CONSTRAINT own FOREIGN KEY (c) REFERENCES course (id)"
Rows = dict[str, list[Mapping[str, Any]]]


@pytest.fixture
def bare(database_url: str) -> Iterator[Database]:
    """A database with the newest tables and no rows."""
    found = Database(database_url, [DATA_KEY])
    yield found
    found.close()


def reflected(database: Database) -> sa.MetaData:
    """Return the tables as the database knows them now."""
    metadata = sa.MetaData()
    with database.engine.connect() as connection:
        metadata.reflect(connection)
    return metadata


def plant(database: Database) -> sa.MetaData:
    """Fill every table, as it is now, with rows whose keys fit, and return these tables."""
    metadata, words = reflected(database), permitted(database)
    with database.engine.begin() as connection:
        for table in metadata.sorted_tables:
            for number in range(1, PLANTED + 1) if table.name not in LEFT_OUT else ():
                # Every key of a row points to the row of the same number.
                values = {
                    c.name: words.get((table.name, c.name), _value(c, number))
                    for c in table.c
                }
                connection.execute(table.insert().values(values))
    return metadata


def permitted(database: Database) -> dict[tuple[str, str], str]:
    """Return a word for each column that takes only certain ones."""
    inspector, found = sa.inspect(database.engine), {}
    for table in inspector.get_table_names():
        checks = [c["sqltext"] for c in inspector.get_check_constraints(table)]
        for column in inspector.get_columns(table):
            name = column["name"]
            own = [c for c in checks if re.search(rf"\b{name}\b", c) and "'" in c]
            if own and isinstance(column["type"], sa.String):
                words = [set(re.findall(r"'(\w*)'", check)) for check in own]
                found[table, name] = min(set.intersection(*words))
    return found


def _value(column: sa.Column[Any], number: int) -> object:
    hour = 13 if column.name.startswith("ends") else 12
    for kind, value in {
        sa.Boolean: True,
        sa.Integer: number,
        sa.Float: number / 4,
        sa.DateTime: dt.datetime(2026, 1, number, hour, tzinfo=dt.UTC),
        sa.Date: dt.date(2026, 1, number),
        sa.LargeBinary: b"%d" % number,
        sa.JSON: {"number": number},
    }.items():
        if isinstance(column.type, kind):
            return value
    return f"text {number}"


def rows(database: Database, as_of: sa.MetaData) -> Rows:
    """Return what the tables hold, in those columns that there were before."""
    now, found = reflected(database), {}
    with database.engine.connect() as connection:
        for name, table in as_of.tables.items():
            if name in LEFT_OUT or name not in now.tables:
                continue
            columns = [c for c in table.c if c.name in now.tables[name].c]
            asked = sa.select(*columns).order_by(*table.primary_key)
            found[name] = list(connection.execute(asked).mappings())
    return found


def differences(database: Database, wanted: sa.MetaData) -> list[Any]:
    """Return what alembic would change so that a database has the wanted tables."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, wanted))


@pytest.mark.parametrize("earlier", EARLIER)
def test_what_was_stored_at_an_earlier_revision_is_there_after_up_down_and_up(
    bare: Database, earlier: str
) -> None:
    schema.downgrade(bare, earlier)
    then = plant(bare)
    planted = rows(bare, then)
    assert {len(found) for found in planted.values()} == {PLANTED}
    assert len(planted) == len(then.tables.keys() - LEFT_OUT) > 40

    schema.upgrade(bare)
    upgraded = rows(bare, then)
    schema.downgrade(bare, earlier)
    back = rows(bare, then)
    schema.upgrade(bare)
    again = rows(bare, then)

    assert upgraded == back == again == planted
    assert schema.present(bare) == schema.newest()
    assert differences(bare, tables.metadata) == []


def test_what_people_did_is_there_after_down_and_up(
    app: Flask, platform: SigningPlatform, database: Database
) -> None:
    enter(platform, "1", "Instructor")
    enter(platform, "7")
    before = rows(database, reflected(database))
    counted = {name: len(found) for name, found in before.items() if found}
    assert {"course", "enrolment", "duty", "launch_session"} <= set(counted)

    schema.downgrade(database, "first")
    schema.upgrade(database)

    after = rows(database, reflected(database))
    assert {name: len(found) for name, found in after.items() if found} == counted


def test_down_to_nothing_and_up_again_gives_the_tables_of_the_models(
    bare: Database,
) -> None:
    schema.downgrade(bare)
    assert reflected(bare).tables.keys() == {"alembic_version"}

    schema.upgrade(bare)

    assert differences(bare, tables.metadata) == []


def test_migrations_that_say_so_only_add(bare: Database) -> None:
    for script in ADDING:
        schema.downgrade(bare, script.down_revision)
        before = reflected(bare)

        schema.upgrade(bare, script.revision)

        assert disturbing(bare, before) == [], script.revision


@pytest.mark.parametrize(
    ("statement", "is_noticed"),
    {
        "CREATE TABLE remark (text VARCHAR)": False,
        f"CREATE TABLE remark (c INTEGER, {KEY} ON DELETE CASCADE)": False,
        f"CREATE TABLE remark (c INTEGER, {KEY})": True,
        "ALTER TABLE worker ADD COLUMN remark VARCHAR": False,
        "ALTER TABLE worker ADD COLUMN remark VARCHAR DEFAULT '' NOT NULL": False,
        "ALTER TABLE worker DROP COLUMN seen_at": True,
        "ALTER TABLE worker RENAME COLUMN seen_at TO heard_at": True,
        "CREATE INDEX remark ON worker (seen_at)": False,
        "CREATE UNIQUE INDEX remark ON worker (seen_at)": True,
        "DROP TABLE worker": True,
    }.items(),
)
def test_what_older_code_would_notice_is_told_from_what_only_adds(
    bare: Database, statement: str, *, is_noticed: bool
) -> None:
    before = reflected(bare)

    with bare.engine.begin() as connection:
        connection.exec_driver_sql(statement)

    assert bool(disturbing(bare, before)) == is_noticed


def disturbing(database: Database, before: sa.MetaData) -> list[Any]:
    """Return what code that knows only the tables of before would notice."""
    return [d for d in differences(database, before) if _disturbs(d, before)]


def _disturbs(difference: Any, before: sa.MetaData) -> bool:
    # Differences are named by what would undo them.
    match difference:
        case ("remove_table", table):
            # Rows to which new ones point can be deleted by who does not know these.
            return any(
                key.ondelete is None
                and key.elements[0].column.table.name in before.tables
                for key in table.foreign_key_constraints
            )
        case ("remove_index", index):
            return bool(index.unique)
        case ("remove_column", _schema, _table, column):
            return not column.nullable and column.server_default is None
        case ("remove_fk", key):
            known = before.tables[key.parent.name].c
            return key.ondelete is None or any(c.name in known for c in key.columns)
    return True


@pytest.mark.postgresql
def test_an_upgrade_that_waits_for_a_table_keeps_nobody_waiting_behind_it(
    bare: Database,
) -> None:
    schema.downgrade(bare, "workers")
    waits: list[float] = []
    count = sa.text("SELECT count(*) FROM grade")
    with ThreadPoolExecutor() as beside, bare.engine.connect() as reader:
        reader.execute(count)
        upgrading = beside.submit(schema.upgrade, bare)
        began = time.monotonic()
        while time.monotonic() < began + 6:
            asked = time.monotonic()
            with bare.engine.connect() as other:
                other.execute(count)
            waits.append(time.monotonic() - asked)
        assert not upgrading.done()

        reader.rollback()
        upgrading.result(60)

    assert 0.3 < max(waits) < 3
    assert schema.present(bare) == schema.newest()
