"""Bringing a database to the newest tables, and telling whether it is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import command
from sqlalchemy import Connection, text

from lti_tool.errors import SettingError
from lti_tool.persistence import revision
from lti_tool.persistence.session import EVERYWHERE, Database

_ADVISORY_LOCK = 0x1711


def newest() -> str | None:
    """Return the revision that the code wants."""
    return revision.newest()


def present(database: Database) -> str | None:
    """Return the revision of a database, None for an empty one."""
    with database.reading(EVERYWHERE) as session:
        return revision.present(session.connection())


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the database to a revision; several processes at once take turns."""
    config = revision.config()
    with _migrating(database) as connection:
        if not database.is_sqlite:
            connection.execute(text(f"SELECT pg_advisory_lock({_ADVISORY_LOCK})"))
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        connection.commit()
        if not database.is_sqlite:
            # The connection goes back to the pool, and the lock would stay with it.
            connection.execute(text(f"SELECT pg_advisory_unlock({_ADVISORY_LOCK})"))
            connection.commit()


def downgrade(database: Database, to: str = "base") -> None:
    """Bring the database back to an older revision."""
    config = revision.config()
    with _migrating(database) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, to)
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
    """Give a connection on which tables may be made anew without losing what points to them."""
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            yield connection
            return
        # SQLite changes a table by copying and dropping it, and a drop deletes what refers to it.
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
        finally:
            connection.rollback()
            raw.execute("PRAGMA foreign_keys=ON")


def require_newest(database: Database) -> None:
    """Raise SettingError with one line if the database is not at the newest revision."""
    have, want = present(database), newest()
    if have != want:
        raise SettingError(
            f"The database is at revision {have or 'none'}, this version needs {want}: run 'lti-tool database upgrade'."
        )
