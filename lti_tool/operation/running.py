"""``lti-tool run``: the tool, its worker and a practice LMS with example courses, in one terminal."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import requests

from lti_tool.app import build_tool
from lti_tool.errors import SettingError
from lti_tool.example_course import filling
from lti_tool.logs import written_to
from lti_tool.lti.registrations import put_registration
from lti_tool.operation import schema
from lti_tool.operation.serving import check_port, stop_process
from lti_tool.persistence import sealed
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.settings import Settings

_HOST = "127.0.0.1"
_LOOPBACK = "127.0.0.0/8,::1/128"
_START_SECONDS = 60
_CLIENT_ID = "practice-lms-tool"
Say = Callable[[str], None]
Child = subprocess.Popen[bytes]


class _EndedError(Exception):
    """A part of it ended although nobody asked it to; the message is its name."""


def run(environ: dict[str, str], port: int, lms_port: int, say: Say) -> None:
    """Run everything until Ctrl-C; a second run finds what the first one stored."""
    if port == lms_port:
        raise SettingError("PORT and LMS_PORT must differ.")
    environ = _environment(environ, port)
    settings = Settings.from_environ(environ, sealed.exist)
    for wanted in (port, lms_port):
        check_port(_HOST, wanted)
    lms_url = f"http://localhost:{lms_port}"
    _prepare(settings, lms_url)
    children: list[Child] = []
    _on_signals(_interrupt)
    try:
        say("Starting the tool and the practice LMS …")
        _start_both(children, environ, settings, port, lms_port)
        _accompany(children, settings, f"http://{_HOST}:{port}", lms_url, say)
    except KeyboardInterrupt:
        say("\nStopping …")
    finally:
        # Pressing Ctrl-C twice must not leave anything behind.
        _on_signals(signal.SIG_IGN)
        for child in reversed(children):
            stop_process(child)
        say("Everything has stopped; 'make run' continues where you were.")


def _accompany(
    children: Sequence[Child], settings: Settings, url: str, lms_url: str, say: Say
) -> NoReturn:
    """Wait until both answer, fill the example course, and stay until one of them ends."""
    log = _log_file(settings)
    try:
        _await(f"{url}/healthz", children)
        _await(f"{lms_url}/jwks", children)
        _fill(settings, lms_url, say)
        say(_welcome(url, lms_url, log))
        _wait(children)
    except _EndedError as error:
        raise SettingError(f"{error} ended by itself; {log} says why.") from error


def _environment(environ: dict[str, str], port: int) -> dict[str, str]:
    return {
        "LTI_TOOL_PRIVATE_PLATFORMS": _LOOPBACK,
        **environ,
        "LTI_TOOL_BASE_URL": f"http://{_HOST}:{port}",
    }


def _prepare(settings: Settings, lms_url: str) -> None:
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    _log_file(settings).write_bytes(b"")
    tool = build_tool(settings, lambda _kind: None)
    try:
        tool.database.check()
        sealed.require_opened(tool.database, settings)
        schema.upgrade(tool.database)
        with tool.database.transaction(EVERYWHERE) as session:
            put_registration(
                session,
                name="Practice LMS",
                issuer=lms_url,
                client_id=_CLIENT_ID,
                auth_url=f"{lms_url}/auth",
                token_url=f"{lms_url}/token",
                jwks_url=f"{lms_url}/jwks",
            )
    finally:
        tool.database.close()


def _fill(settings: Settings, lms_url: str, say: Say) -> None:
    tool = build_tool(settings, lambda _kind: None)
    try:
        with written_to(_log_file(settings)):
            filling.fill_once(tool.database, lms_url, say)
    except requests.RequestException as error:
        raise SettingError(
            f"The example course could not be filled: {error}."
        ) from error
    finally:
        tool.database.close()


def _start_both(
    children: list[Child],
    environ: dict[str, str],
    settings: Settings,
    port: int,
    lms_port: int,
) -> None:
    children.append(
        _start(
            environ,
            settings,
            ["-m", "lti_tool", "serve", "--bind", f"{_HOST}:{port}"],
        )
    )
    children.append(
        _start(
            environ,
            settings,
            [
                *("-m", "lti_tool.practice_lms"),
                *("--port", str(lms_port)),
                *("--tool-url", f"http://{_HOST}:{port}"),
                *("--data", str(settings.instance / "practice_lms.sqlite")),
            ],
        )
    )


def _start(
    environ: dict[str, str], settings: Settings, arguments: Sequence[str]
) -> Child:
    # A session of its own: Ctrl-C is ours to pass on, in the right order.
    with _log_file(settings).open("ab") as log:
        return subprocess.Popen(  # noqa: S603  # Our own programs.
            [sys.executable, "-P", *arguments],
            env=environ,
            stderr=log,
            start_new_session=True,
        )


def _log_file(settings: Settings) -> Path:
    """Return where the parts write their logs: on the screen they would hide the links."""
    return settings.instance / "run.log"


def _await(url: str, children: Sequence[Child]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        _check_alive(children)
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise SettingError(f"{url} did not answer within {_START_SECONDS} seconds.")


def _wait(children: Sequence[Child]) -> NoReturn:
    while True:
        _check_alive(children)
        time.sleep(0.3)


def _check_alive(children: Sequence[Child]) -> None:
    for child, name in zip(children, ("The tool", "The practice LMS"), strict=True):
        if child.poll() is not None:
            raise _EndedError(name)


def _on_signals(
    handler: "Callable[[int, FrameType | None], Any] | signal.Handlers",
) -> None:
    # Named one by one: a shell that runs us in the background leaves SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _welcome(url: str, lms_url: str, log: Path) -> str:
    course = f"{lms_url}/course/mint-2026"
    return (
        "\nThe practice LMS is ready. Open one of these (several at once is fine):\n\n"
        f"  enter as instructor    {course}/activity/home?as=3\n"
        f"  enter as participant   {course}/activity/home?as=11\n"
        f"  see the gradebook      {course}/gradebook\n"
        f"  everybody else         {lms_url}/\n"
        f"  an empty course        {lms_url}/course/empty-2027?as=9\n"
        f"  a copied course        {lms_url}/course/copy-2027?as=3\n"
        f"  register a tool        {lms_url}/tools\n\n"
        "Other commands for what runs here, in a second terminal:\n\n"
        f"  export LTI_TOOL_BASE_URL={url} LTI_TOOL_PRIVATE_PLATFORMS={_LOOPBACK}\n"
        f"  {Path(sys.executable).parent / 'lti-tool'} platform invite\n\n"
        f"Logs: {log}\n"
        "Ctrl-C stops everything."
    )
