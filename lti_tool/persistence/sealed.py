"""The encrypted texts of a database, and whether the data keys open them."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from lti_tool.errors import SettingError
from lti_tool.persistence.base import Base
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.persistence.types import EncryptedText
from lti_tool.settings import Settings


def exist(url: str) -> bool:
    """Tell whether a database holds encrypted texts; raise SettingError if it cannot be reached."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite" and not Path(place.database or "").exists():
        # To look would make the file.
        return False
    # Any key will do: nothing is opened.
    database = Database(url, [secrets.token_hex()])
    try:
        database.check()
        return next(_one_of_each(database, sa.LargeBinary()), None) is not None
    finally:
        database.close()


def require_opened(database: Database, settings: Settings) -> int:
    """Open a stored text of each kind and return how many; raise SettingError if no key fits."""
    try:
        return len(list(_one_of_each(database, EncryptedText())))
    except ValueError:
        raise SettingError(
            f"{settings.data_key_from} does not fit the texts in the database: put back the key with which they were encrypted, or add it after a comma."
        ) from None


def _one_of_each(database: Database, how: sa.types.TypeEngine[Any]) -> Iterator[object]:
    """Give the first text of each column that has one."""
    with database.reading(EVERYWHERE) as session:
        connection = session.connection()
        for column in _columns(sa.inspect(connection)):
            first = (
                sa.select(sa.type_coerce(column, how))
                .where(column.is_not(None))
                .order_by(*column.table.primary_key)
                .limit(1)
            )
            yield from connection.scalars(first)


def _columns(there: sa.Inspector) -> Iterator[sa.Column[str]]:
    """Give the encrypted columns that a database has; older tables may lack some."""
    for table in Base.metadata.sorted_tables:
        sealed = [c for c in table.c if isinstance(c.type, EncryptedText)]
        if sealed and there.has_table(table.name):
            names = {column["name"] for column in there.get_columns(table.name)}
            yield from (column for column in sealed if column.name in names)
