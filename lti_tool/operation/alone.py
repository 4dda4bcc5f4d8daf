"""One web server and one worker at a time on an embedded database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import make_url

from lti_tool.errors import SettingError
from lti_tool.settings import Settings


@contextmanager
def alone(settings: Settings, kind: str) -> Iterator[None]:
    """Be the only process of a kind on an embedded database, or raise SettingError.

    What is held ends with the process and its forks, however they end; the file stays and means nothing.
    """
    if not settings.is_sqlite:
        yield
        return
    database = make_url(settings.database_url).database
    name = f"{database}.{kind.replace(' ', '-')}"
    with os.fdopen(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingError(
                f"Another {kind} (process {file.read()}) serves {database}: SQLite has one. Stop it first, or set LTI_TOOL_DATABASE_URL to PostgreSQL."
            ) from None
        # A fork holds it too: a web process that outlives its parent for a moment still serves.
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
