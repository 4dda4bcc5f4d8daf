"""A consistent copy of the embedded database while it runs, and its way back."""

import os
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy.engine import make_url

from lti_tool.errors import SettingError
from lti_tool.settings import Settings
from lti_tool.web.tool import Tool


def save(tool: Tool, file: str) -> str:
    """Write a checked copy of the database to a new file and say what it holds."""
    if not tool.database.is_sqlite:
        raise SettingError(
            "For PostgreSQL use pg_dump; this command copies the embedded database."
        )
    target = Path(file)
    if target.exists():
        raise SettingError(f"{target} exists already: name a new file.")
    if not target.absolute().parent.is_dir():
        raise SettingError(f"The folder {target.absolute().parent} does not exist.")
    _make_private(target)
    source = sqlite3.connect(_file(tool.settings))
    try:
        source.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise SettingError(f"{target} could not be written: {error}.") from error
    finally:
        source.close()
    _check(target)
    return f"{target}: {target.stat().st_size:,} bytes, checked. Keep it with the keys folder and the secrets."


def restore(settings: Settings, file: str) -> str:
    """Put a backup where there is no database yet."""
    source, target = Path(file), _file(settings)
    if not settings.is_sqlite:
        raise SettingError(
            "For PostgreSQL use pg_restore; this command restores the embedded database."
        )
    if not source.is_file():
        raise SettingError(f"{source} does not exist.")
    for taken in (target, *(Path(f"{target}-{kind}") for kind in ("wal", "shm"))):
        # A journal of an older database would be played into the restored one.
        if taken.exists():
            raise SettingError(
                f"{taken} exists: move it away first; a restore overwrites nothing."
            )
    _check(source)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = target.with_suffix(".restoring")
    partial.unlink(missing_ok=True)
    _make_private(partial)
    shutil.copyfile(source, partial)
    partial.rename(target)
    return f"{target} was restored. Run 'lti-tool database upgrade', then start."


def _file(settings: Settings) -> Path:
    return Path(make_url(settings.database_url).database or "")


def _make_private(file: Path) -> None:
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _check(file: Path) -> None:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        fine = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if not fine or connection.execute("PRAGMA foreign_key_check").fetchone():
            raise SettingError(f"{file} is damaged.")
        if not connection.execute(
            "SELECT 1 FROM sqlite_master WHERE name = 'registration'"
        ).fetchone():
            raise SettingError(f"{file} is not a backup of lti-tool.")
    except sqlite3.DatabaseError as error:
        raise SettingError(f"{file} is not a database: {error}.") from error
    finally:
        connection.close()
