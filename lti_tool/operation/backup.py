"""A consistent copy of the database while it runs, and its way back."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from lti_tool.app import build_tool
from lti_tool.errors import SettingError
from lti_tool.operation.alone import alone
from lti_tool.settings import Settings
from lti_tool.web.tool import Tool

_STILL_RUNS = "A {kind} (process {process}) still works on {database}, even if that was moved away: stop it before you restore."
_NEXT = "Run 'lti-tool database upgrade', then start."


def save(tool: Tool, file: str) -> str:
    """Write a checked copy of the database to a new file and say what it holds."""
    target = Path(file)
    if target.exists():
        raise SettingError(f"{target} exists already: name a new file.")
    if not target.absolute().parent.is_dir():
        raise SettingError(f"The folder {target.absolute().parent} does not exist.")
    _make_private(target)
    try:
        if tool.database.is_sqlite:
            _copy(_file(tool.settings), target)
        else:
            _dump(tool.settings, target)
    except SettingError:
        target.unlink(missing_ok=True)
        raise
    return f"{target}: {target.stat().st_size:,} bytes, checked. Keep it with the keys folder and the secrets."


def restore(settings: Settings, file: str) -> str:
    """Put a backup where there is no database yet."""
    source = Path(file)
    if not source.is_file():
        raise SettingError(f"{source} does not exist.")
    if settings.is_sqlite:
        return _put(settings, source, _file(settings))
    return _load(settings, source)


def _make_private(file: Path) -> None:
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


# The embedded database


def _copy(database: Path, target: Path) -> None:
    source = sqlite3.connect(database)
    try:
        source.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise SettingError(f"{target} could not be written: {error}.") from error
    finally:
        source.close()
    _check(target)


def _put(settings: Settings, source: Path, target: Path) -> str:
    for taken in (target, *(Path(f"{target}-{kind}") for kind in ("wal", "shm"))):
        # A journal of an older database would be played into the restored one.
        if taken.exists():
            raise SettingError(
                f"{taken} exists: move it away first; a restore overwrites nothing."
            )
    _check(source)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = target.with_suffix(".restoring")
    # What still runs would go on writing into the file that was moved away.
    with (
        alone(settings, "web server", _STILL_RUNS),
        alone(settings, "worker", _STILL_RUNS),
    ):
        partial.unlink(missing_ok=True)
        _make_private(partial)
        shutil.copyfile(source, partial)
        partial.rename(target)
    return f"{target} was restored. {_NEXT}"


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


# PostgreSQL, by its own programs


def _dump(settings: Settings, target: Path) -> None:
    _call(settings, "pg_dump", "--format=custom", f"--file={target}", _place(settings))
    _check_dump(settings, target)


def _load(settings: Settings, source: Path) -> str:
    tool = build_tool(settings, lambda _kind: None)
    try:
        tool.database.check()
        taken = sa.inspect(tool.database.engine).get_table_names()
    finally:
        tool.database.close()
    if taken:
        raise SettingError(
            f"The database holds tables, such as {taken[0]}: name an empty one; a restore overwrites nothing."
        )
    _check_dump(settings, source)
    # All of it or nothing, and as whoever restores it.
    how = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    _call(settings, "pg_restore", *how, f"--dbname={_place(settings)}", str(source))
    return f"The database was restored. {_NEXT}"


def _check_dump(settings: Settings, file: Path) -> None:
    if " TABLE public registration " not in _call(
        settings, "pg_restore", "--list", str(file)
    ):
        raise SettingError(f"{file} is not a backup of lti-tool.")
    # Reads all of it and writes nothing.
    _call(settings, "pg_restore", f"--file={os.devnull}", str(file))


def _place(settings: Settings) -> str:
    """Return where the database is, without the password, which all on the machine could read."""
    url = make_url(settings.database_url)
    place = url.set(drivername="postgresql", password=None)
    return place.render_as_string(hide_password=False)


def _call(settings: Settings, program: str, *arguments: str) -> str:
    password = make_url(settings.database_url).password
    environ = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    try:
        done = subprocess.run(  # noqa: S603  # PostgreSQL's own program, no shell.
            [program, "--no-password", *arguments],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise SettingError(
            f"{program} is missing on this machine: install PostgreSQL's programs (in Debian postgresql-client)."
        ) from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise SettingError(f"{said[0].removeprefix(f'{program}: ')}.")
    return done.stdout
