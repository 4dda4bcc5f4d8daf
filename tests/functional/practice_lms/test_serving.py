"""The practice LMS as `make run` starts it: a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import pytest
import requests

pytestmark = pytest.mark.sqlite

TOOL_URL = "http://127.0.0.1:8000"
START_SECONDS = 20
COMMAND = (sys.executable, "-m", "lti_tool.practice_lms")

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start(port: int, tmp_path: Path) -> Iterator[Start]:
    """Start the LMS on its port and data file, and wait for its first page."""
    started: list[subprocess.Popen[str]] = []

    def again() -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [
                *COMMAND,
                f"--port={port}",
                f"--tool-url={TOOL_URL}",
                f"--data={tmp_path / 'lms.sqlite'}",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        _wait_for(f"http://localhost:{port}/", process)
        return process

    yield again
    for process in started:
        _stop(process, signal.SIGTERM)


def _wait_for(url: str, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(url, timeout=1)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"The practice LMS did not answer at {url}")


def _stop(process: "subprocess.Popen[str]", by: signal.Signals) -> str:
    if process.poll() is None:
        process.send_signal(by)
    output, _ = process.communicate(timeout=START_SECONDS)
    return output


def _children(process: "subprocess.Popen[str]") -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(child) for child in listed.split()]


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_silently_and_leaves_no_process(
    start: Start, port: int, by: signal.Signals
) -> None:
    process = start()
    children = _children(process)

    output = _stop(process, by)

    assert (process.returncode, output) == (0, "")
    assert children
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://localhost:{port}/", timeout=1)


def test_a_second_start_shows_the_same_key_and_language(
    start: Start, port: int
) -> None:
    first = start()
    url = f"http://localhost:{port}"
    requests.get(f"{url}/course/mint-2026?as=11&lang=en", timeout=5)
    before = requests.get(f"{url}/jwks", timeout=5).json()
    _stop(first, signal.SIGTERM)

    start()

    assert requests.get(f"{url}/jwks", timeout=5).json() == before
    page = requests.get(f"{url}/course/mint-2026?as=11", timeout=5).text
    assert page.index('aria-current="true">English') > 0


def test_a_login_becomes_a_launch_signed_by_the_shown_key(
    start: Start, port: int
) -> None:
    start()
    url = f"http://localhost:{port}"
    login = _hidden_fields(requests.get(f"{url}/launch/1?as=11", timeout=5).text)

    answer = requests.get(
        f"{url}/auth",
        params={
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": login["client_id"],
            "redirect_uri": f"{TOOL_URL}/lti/launch",
            "login_hint": login["login_hint"],
            "lti_message_hint": login["lti_message_hint"],
            "state": "s",
            "nonce": "n",
        },
        timeout=5,
    )

    key = jwt.PyJWK(requests.get(f"{url}/jwks", timeout=5).json()["keys"][0])
    launch = _hidden_fields(answer.text)
    claims = jwt.decode(
        launch["id_token"],
        key,
        algorithms=["RS256"],
        audience=login["client_id"],
        issuer=url,
    )
    assert (claims["sub"], claims["nonce"], launch["state"]) == ("11", "n", "s")


def _hidden_fields(page: str) -> dict[str, str]:
    parts = page.split('<input type="hidden" name="')[1:]
    pairs = (part.split('"')[:3] for part in parts)
    return {name: value.replace("&#34;", '"') for name, _, value in pairs}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "{taken}", "--data", "{folder}/lms.sqlite"],
        ["--port", "99999", "--data", "{folder}/lms.sqlite"],
        ["--port", "{free}", "--data", "{folder}"],
        ["--port", "{free}", "--data", "{folder}/lms.sqlite", "--tool-url", "here"],
        ["--port", "{free}"],
        ["--address", "127.0.0.1"],
    ],
    ids=["taken port", "no port", "data is a folder", "no URL", "no data", "unknown"],
)
def test_a_wrong_call_is_one_line_and_exit_2(
    arguments: list[str], port: int, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        names = {"taken": taken.getsockname()[1], "free": port, "folder": tmp_path}
        ended = subprocess.run(
            [*COMMAND, *(argument.format(**names) for argument in arguments)],
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("practice-lms: ")
    assert ended.stderr.count("\n") == 1
