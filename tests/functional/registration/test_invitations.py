"""What operators type to invite an administrator."""

import re
import shutil
from pathlib import Path

import pytest

from tests.commands import Finished, call, environment

pytestmark = pytest.mark.sqlite

PLATFORM = (
    *("--name", "Our Moodle", "--issuer", "https://lms.example", "--client-id", "abc"),
    *("--auth-url", "https://lms.example/a", "--token-url", "https://lms.example/t"),
    *("--jwks-url", "https://lms.example/j"),
)


@pytest.fixture
def place(tmp_path: Path, empty_database: str) -> Path:
    """An installation in a folder: the newest tables, no rows."""
    (tmp_path / "instance").mkdir(mode=0o700)
    shutil.copy(
        empty_database.removeprefix("sqlite:///"), tmp_path / "instance/lti_tool.sqlite"
    )
    return tmp_path


def typed(place: Path, *arguments: str) -> Finished:
    return call(environment(place), "platform", *arguments)


def test_invite_prints_an_address_and_says_for_whom_it_is(place: Path) -> None:
    done = typed(place, "invite", "--name", "Our Moodle")

    assert done.returncode == 0
    assert re.fullmatch(
        r"http://127\.0\.0\.1:29999/lti/register\?token=[\w-]{43}\n", done.stdout
    )
    assert "registers a platform, once" in done.stderr
    # Only its hash is kept.
    secret = done.stdout.strip().rpartition("=")[2]
    stored = (place / "instance/lti_tool.sqlite").read_bytes()
    assert secret.encode() not in stored


def test_an_invitation_for_a_registration_names_it(place: Path) -> None:
    typed(place, "add", *PLATFORM)

    done = typed(place, "invite", "--registration", "1")

    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert "renews “Our Moodle”, once" in done.stderr


def test_there_is_no_invitation_for_a_registration_that_does_not_exist(
    place: Path,
) -> None:
    done = typed(place, "invite", "--registration", "7")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("lti-tool: There is no registration 7")
    assert done.stderr.count("\n") == 1
