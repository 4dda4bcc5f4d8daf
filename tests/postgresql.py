"""Run a command with ``--postgresql URL`` of a server of its own, and take the server away after.

    python tests/postgresql.py .venv/bin/pytest tests/certification

Finds the binaries of Debian's PostgreSQL (or those on the PATH). The server listens on the
loopback only, keeps its data in a temporary folder and does not care for power failures. As
root it runs as the user ``postgres``, for PostgreSQL refuses to run as root.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

_FIRST_PORT, _LAST_PORT = 20000, 32767
_START_SECONDS = 60
_ENOUGH = 4 * 1024**3
_SETTINGS = {"max_connections": "200"}
_FORGETFUL = {
    # The data is thrown away, so nothing need survive a crash.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class NoServerError(Exception):
    """The server cannot run; the message says why in one line."""


def binaries() -> Path:
    """Return the folder of initdb and postgres; raise NoServerError if there is none."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda found: int(found.parts[-3]) if found.parts[-3].isdecimal() else 0,
    )
    on_path = shutil.which("initdb")
    found = [*debian, *([Path(on_path)] if on_path else [])]
    if not found:
        raise NoServerError("PostgreSQL is not installed: apt-get install postgresql.")
    return found[-1].resolve().parent


def free_port() -> int:
    """Return a port that is free now, below those that the system gives to clients."""
    start = _FIRST_PORT + os.getpid() % (_LAST_PORT - _FIRST_PORT)
    for port in [*range(start, _LAST_PORT), *range(_FIRST_PORT, start)]:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise NoServerError("No port is free.")


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """Give the URL of a running server, without the name of a database.

    A durable one waits for the disk, as in life.
    """
    folder, account = binaries(), _account()
    with tempfile.TemporaryDirectory(
        prefix="postgresql-",
        dir=None if durable else _memory(),
        ignore_cleanup_errors=True,
    ) as home:
        if account is not None:
            os.chown(home, account.pw_uid, account.pw_gid)
        port = free_port()
        settings = _SETTINGS if durable else {**_SETTINGS, **_FORGETFUL}
        process = _start(folder, Path(home), port, account, settings)
        try:
            _wait_for(port, process, Path(home) / "log")
            yield f"postgresql+psycopg://tests@127.0.0.1:{port}"
        finally:
            # The quick way down: all clients are told to go.
            process.send_signal(signal.SIGINT)
            process.wait(timeout=_START_SECONDS)


def _memory() -> str | None:
    """Return a folder that lies in memory and has room, where a database is copied in a third of the time."""
    folder = Path("/dev/shm")  # noqa: S108  # The folder made in it is ours alone.
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return None
    return str(folder) if shutil.disk_usage(folder).free > _ENOUGH else None


def _account() -> pwd.struct_passwd | None:
    """Return as whom to run: somebody else only if we are root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError as error:
        raise NoServerError(
            "Root needs a user named postgres to run the server."
        ) from error


def _start(
    folder: Path,
    home: Path,
    port: int,
    account: pwd.struct_passwd | None,
    wanted: Mapping[str, str],
) -> "subprocess.Popen[bytes]":
    data = home / "data"
    who = (
        {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        if account
        else {}
    )
    made = subprocess.run(
        [
            folder / "initdb",
            "-D",
            data,
            "-U",
            "tests",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ],
        cwd=home,
        capture_output=True,
        check=False,
        **who,
    )
    if made.returncode != 0:
        raise NoServerError(
            made.stderr.decode(errors="replace").strip().splitlines()[-1]
        )
    settings = {
        **wanted,
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(home),
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    with (home / "log").open("wb") as log:
        return subprocess.Popen(
            [folder / "postgres", "-D", data, *options],
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **who,
        )


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if "ready to accept connections" in log.read_text(errors="replace"):
            return
        time.sleep(0.05)
    said = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
    raise NoServerError(f"PostgreSQL did not start on port {port}: {said[-1]}")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(command: Sequence[str]) -> int:
    """Run the command beside a server and return its exit code."""
    if not command:
        sys.stderr.write("usage: python tests/postgresql.py COMMAND [ARGUMENT ...]\n")
        return 2
    signal.signal(signal.SIGTERM, _stop)
    try:
        with server() as url:
            return subprocess.run(
                [*command, "--postgresql", url], check=False
            ).returncode
    except NoServerError as error:
        sys.stderr.write(f"postgresql: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
