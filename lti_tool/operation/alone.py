"""One web server and one worker at a time on an embedded database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from lti_tool.errors import SettingError
from lti_tool.settings import Settings

_ONE_ONLY = "Another {kind} (process {process}) serves {database}: SQLite has one. Stop it first, or set LTI_TOOL_DATABASE_URL to PostgreSQL."


@contextmanager
def alone(settings: Settings, kind: str, refusal: str = _ONE_ONLY) -> Iterator[None]:
    """Be the only process of a kind on an embedded database, or raise SettingError.

    What is held ends with the process and its forks, however they end; the file stays and means nothing.
    """
    if not settings.is_sqlite:
        yield
        return
    database = Path(make_url(settings.database_url).database or "")
    # Its name does not begin as those of the database's files do: they may be moved away together.
    name = database.with_name(f"{kind.replace(' ', '-')}-of-{database.name}.lock")
    with os.fdopen(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told = refusal.format(kind=kind, process=file.read(), database=database)
            raise SettingError(told) from None
        # A fork holds it too: a web process that outlives its parent for a moment still serves.
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
