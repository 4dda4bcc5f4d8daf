"""Which tables a database has, and which the code wants."""

from functools import cache

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from lti_tool.resources import migration_dir


def config() -> Config:
    """Return where alembic finds the migrations."""
    found = Config()
    found.set_main_option("script_location", str(migration_dir()))
    return found


@cache
def newest() -> str | None:
    """Return the revision that the code wants."""
    return ScriptDirectory.from_config(config()).get_current_head()


def present(connection: Connection) -> str | None:
    """Return the revision of a database, None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()
