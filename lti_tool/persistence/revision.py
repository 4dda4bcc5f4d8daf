"""Which tables a database has, which the code wants, and which others it can work with."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool import clock
from lti_tool.persistence.base import Base
from lti_tool.resources import migration_dir


class FittingRevision(Base):
    """A revision whose code works on the tables as they are now; every migration writes all anew.

    So code that is older than the last migration learns whether it may go on.
    """

    __tablename__ = "fitting_revision"

    revision: Mapped[str] = mapped_column(primary_key=True)


def config() -> Config:
    """Return where alembic finds the migrations."""
    found = Config()
    found.set_main_option("script_location", str(migration_dir()))
    return found


@cache
def _known() -> Mapping[str, bool]:
    """Return the revisions of the code, the newest first, and whether each only adds."""
    scripts = ScriptDirectory.from_config(config()).walk_revisions()
    return {s.revision: getattr(s.module, "only_adds", False) for s in scripts}


def newest() -> str | None:
    """Return the revision that the code wants."""
    return next(iter(_known()), None)


def present(connection: Connection) -> str | None:
    """Return the revision of a database, None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def is_older(revision: str | None) -> bool:
    """Tell whether a database of a revision lacks what the code wants."""
    return revision is None or (revision in _known() and revision != newest())


def fits(connection: Connection) -> bool:
    """Tell whether the code can work on a database: on its own tables, or on what was added."""
    have = present(connection)
    if have == newest() or is_older(have):
        return have == newest()
    if not sa.inspect(connection).has_table(FittingRevision.__tablename__):
        return False
    wanted = sa.select(FittingRevision.revision).where(
        FittingRevision.revision == newest()
    )
    return connection.scalar(wanted) is not None


def waiting(connection: Connection) -> Mapping[str, bool]:
    """Return the migrations that a database lacks, the newest first, and whether each only adds."""
    have = present(connection)
    if have is not None and have not in _known():
        return {}
    return {revision: _known()[revision] for revision in _down_to(have)}


def _down_to(have: str | None) -> Iterator[str]:
    for revision in _known():
        if revision == have:
            return
        yield revision


def note(ctx: MigrationContext, heads: set[str], **_more: Any) -> None:
    """Write down, in the transaction of a migration, whose code works on what it leaves."""
    connection = ctx.connection
    table = FittingRevision.__table__
    if connection is None or not sa.inspect(connection).has_table(str(table)):
        return
    connection.execute(sa.delete(FittingRevision))
    now = clock.now()
    rows = [
        {"revision": revision, "created_at": now, "updated_at": now}
        for revision in _fitting(heads)
    ]
    connection.execute(sa.insert(FittingRevision), rows)


def _fitting(heads: set[str]) -> Iterator[str]:
    """Yield the newest revision, and those before it while all that came after only adds."""
    reached = False
    for revision, only_adds in _known().items():
        reached = reached or revision in heads
        if reached:
            yield revision
        if reached and not only_adds:
            return
