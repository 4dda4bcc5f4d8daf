"""A consistent copy of the embedded database while it runs, and its way back."""

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
    source = sqlite3.connect(_file(tool.settings))
    try:
        source.execute("VACUUM INTO ?", (str(target),))
    finally:
        source.close()
    target.chmod(0o600)
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
    if target.exists():
        raise SettingError(
            f"{target} exists: move it away first; a restore overwrites nothing."
        )
    _check(source)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = target.with_suffix(".restoring")
    partial.write_bytes(source.read_bytes())
    partial.chmod(0o600)
    partial.rename(target)
    return f"{target} was restored. Run 'lti-tool database upgrade', then start."


def _file(settings: Settings) -> Path:
    return Path(make_url(settings.database_url).database or "")


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
