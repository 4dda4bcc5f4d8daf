"""Bringing a database to the newest tables, and telling whether it is there."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from lti_tool.errors import SettingError
from lti_tool.persistence import revision
from lti_tool.persistence.session import EVERYWHERE, Database

_ADVISORY_LOCK = 0x1711
_LOCK_WAIT = "500ms"
"""Whoever asks for a table behind a migration waits as long as that waits for the table. Shorter
than PostgreSQL takes to look for deadlocks, so that it is the migration that gives in."""
_LOCK_TRIES = 120
_PAUSE = 0.5
_LOCK_NOT_AVAILABLE = "55P03"
Act = Callable[[Config, str], None]


def newest() -> str | None:
    """Return the revision that the code wants."""
    return revision.newest()


def present(database: Database) -> str | None:
    """Return the revision of a database, None for an empty one."""
    with database.reading(EVERYWHERE) as session:
        return revision.present(session.connection())


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the database to a revision; several processes at once take turns."""
    if not _waiting(database):
        require_fitting(database)
        return
    _migrate(database, command.upgrade, to)


def downgrade(database: Database, to: str = "base") -> None:
    """Bring the database back to an older revision."""
    _migrate(database, command.downgrade, to)


def plan(database: Database) -> str:
    """Say what an upgrade would do, and whether what runs may go on running."""
    waiting = _waiting(database)
    if not waiting:
        require_fitting(database)
        return "Nothing to do: the tables fit this version."
    if present(database) is None:
        return "To do: all tables."
    names = ", ".join(reversed(list(waiting)))
    if all(waiting.values()):
        return f"To do: {names}. This only adds: what runs may go on, and is replaced afterwards."
    return f"To do: {names}. This changes what running processes use: stop web and worker first."


def _waiting(database: Database) -> Mapping[str, bool]:
    with database.reading(EVERYWHERE) as session:
        return revision.waiting(session.connection())


def _migrate(database: Database, act: Act, to: str) -> None:
    config = revision.config()
    with _migrating(database) as connection:
        config.attributes["connection"] = connection
        for tries in range(_LOCK_TRIES):
            try:
                act(config, to)
                break
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if state != _LOCK_NOT_AVAILABLE or tries == _LOCK_TRIES - 1:
                    raise
            connection.rollback()
            time.sleep(_PAUSE)
        connection.commit()


@contextmanager
def in_turn(database: Database) -> Iterator[None]:
    """Let processes of all machines do something to the database one after the other."""
    with database.transaction(EVERYWHERE) as session:
        if not database.is_sqlite:
            session.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
        yield


@contextmanager
def _migrating(database: Database) -> Iterator[Connection]:
    """Give a connection on which tables may be changed, to one process at a time."""
    with database.engine.connect() as connection:
        prepared = _embedded if database.is_sqlite else _shared
        with prepared(connection):
            yield connection


@contextmanager
def _embedded(connection: Connection) -> Iterator[None]:
    # SQLite changes a table by copying and dropping it, and a drop deletes what refers to it.
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        raw.execute("PRAGMA foreign_keys=ON")


@contextmanager
def _shared(connection: Connection) -> Iterator[None]:
    try:
        # A migration may take long; nobody else may be kept waiting for long by one.
        for statement in (
            "SET statement_timeout = 0",
            "SET lock_timeout = 0",
            f"SELECT pg_advisory_lock({_ADVISORY_LOCK})",
            f"SET lock_timeout = '{_LOCK_WAIT}'",
        ):
            connection.execute(text(statement))
        connection.commit()
        yield
    finally:
        # Closed and not given back: neither settings nor lock may stay with it.
        connection.invalidate()


def require_fitting(database: Database) -> None:
    """Raise SettingError with one line if this version cannot work on the tables."""
    with database.reading(EVERYWHERE) as session:
        connection = session.connection()
        if revision.fits(connection):
            return
        have = revision.present(connection)
    if have is None:
        raise SettingError(
            "The database has no tables yet: run 'lti-tool database upgrade'."
        )
    if revision.is_older(have):
        raise SettingError(
            f"The database has the tables of revision “{have}”, this version needs “{newest()}”: run 'lti-tool database upgrade'."
        )
    raise SettingError(
        f"The database has the tables of revision “{have}”, which is newer than this version (“{newest()}”) can work with: start the version that upgraded it."
    )
