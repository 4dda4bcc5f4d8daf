"""What a wheel carries, and that it serves the same pages as a checkout."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
import requests
from flask import Flask

from lti_tool.settings import Settings
from tests.commands import answers, end, free_port, wait_until
from tests.signing_platform import Visitor

ROOT = Path(__file__).resolve().parents[2]
GENERATED = re.compile(r'(?<=name="csrf_token" value=")[^"]*|(?<= · )[0-9a-f]{16}(?=<)')
"""What differs from answer to answer: the form's security code, the trace of an error page."""

pytestmark = pytest.mark.sqlite


def tracked() -> list[str]:
    """Return the files that a clone has, as they are now."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(
        listing, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [
        name for name in found.stdout.split("\0") if name and (ROOT / name).is_file()
    ]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built where nothing else was done before."""
    clone = tmp_path_factory.mktemp("clone")
    for name in tracked():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    (clone / "keys" / "leaked.pem").write_text("a key that must stay here")
    assert not list(clone.rglob("*.mo"))
    options = (
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--disable-pip-version-check",
    )
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", ".", *options], cwd=clone, check=True
    )
    [built] = clone.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the wheel was installed."""
    place = tmp_path_factory.mktemp("installed")
    options = ("--quiet", "--no-deps", "--no-index", "--target", str(place))
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, str(wheel)],
        cwd="/",
        check=True,
    )
    return place


def packed(name: str) -> str:
    """Return where a tracked file of the checkout stands in the wheel."""
    return f"lti_tool/{name}" if name.startswith("templates/") else name


def test_a_wheel_carries_every_file_of_the_package_and_its_compiled_catalogs(
    wheel: Path,
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        there = {name: archive.read(name) for name in archive.namelist()}

    expected = {
        packed(n) for n in tracked() if n.startswith(("lti_tool/", "templates/"))
    }
    catalogs = {
        name.removesuffix(".po") + ".mo" for name in expected if name.endswith(".po")
    }
    assert catalogs
    assert expected | catalogs <= there.keys()
    styles = "lti_tool/static/app.css"
    assert there[styles] == (wheel.parent / styles).read_bytes()


def test_a_wheel_carries_no_key_no_test_and_nothing_made_by_running(
    wheel: Path,
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        there = archive.namelist()

    unwanted = re.compile(
        r"\.pem$|\.pyc$|\.sqlite|^keys/|^tests?/|__pycache__|/tests?/"
    )
    assert [name for name in there if unwanted.search(name)] == []
    assert {name.split("/")[0].partition("-")[0] for name in there} == {"lti_tool"}


class Installation:
    """The installed tool, started from `/` with nothing but settings."""

    def __init__(self, installed: Path, settings: Settings) -> None:
        bare = {k: v for k, v in os.environ.items() if not k.startswith("LTI_TOOL_")}
        self._environ = bare | {
            "PYTHONPATH": str(installed),
            "LTI_TOOL_BASE_URL": settings.base_url,
            "LTI_TOOL_INSTANCE": str(settings.instance),
            "LTI_TOOL_DATABASE_URL": settings.database_url,
            "LTI_TOOL_SECRET_KEY": settings.secret_key,
            "LTI_TOOL_DATA_KEY": ",".join(settings.data_keys),
            "LTI_TOOL_KEYS": str(settings.keys),
        }

    def run(
        self, *arguments: str, **settings: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self._command(*arguments),
            cwd="/",
            env={k: v for k, v in (self._environ | settings).items() if v},
            capture_output=True,
            text=True,
            check=False,
        )

    def serve(self) -> Iterator[str]:
        port = free_port()
        serving = self._command("serve", "--no-worker", "--bind", f"127.0.0.1:{port}")
        process = subprocess.Popen(serving, cwd="/", env=self._environ, text=True)
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: answers(f"{url}/readyz"), 60)
            yield url
        finally:
            end(process)

    @staticmethod
    def _command(*arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "lti_tool", *arguments]


@pytest.fixture
def public(settings: Settings) -> Settings:
    return replace(settings, base_url="https://tool.example")


@pytest.fixture
def url(installed: Path, public: Settings) -> Iterator[str]:
    """The address of the installed tool, which works on the database of the test."""
    yield from Installation(installed, public).serve()


def test_the_installed_tool_makes_its_tables_anywhere_and_asks_for_the_folder_of_its_keys(
    installed: Path, settings: Settings, tmp_path: Path
) -> None:
    elsewhere = replace(settings, database_url=f"sqlite:///{tmp_path / 'new.sqlite'}")
    installation = Installation(installed, elsewhere)

    upgraded = installation.run("database", "upgrade")
    without_keys = installation.run("doctor", LTI_TOOL_KEYS="")

    assert (upgraded.returncode, upgraded.stderr) == (0, "")
    assert "LTI_TOOL_KEYS is missing: outside a checkout" in without_keys.stderr


def documents() -> list[str]:
    found = (ROOT / "lti_tool/docs").glob("*.en.md")
    return [f"/docs/{file.name.removesuffix('.en.md')}" for file in found]


def test_the_installed_tool_shows_the_pages_of_the_checkout(
    app: Flask, public: Settings, url: str
) -> None:
    app.extensions["lti_tool"] = replace(app.extensions["lti_tool"], settings=public)
    client = app.test_client()
    paths = [
        "/",
        "/docs/",
        *documents(),
        "/imprint",
        "/nowhere",
        "/l/nobody/",
        "/lti/login",
    ]

    for language, path in product(("de", "en"), paths):
        asked = {"Accept-Language": language, "Accept": "text/html"}
        there = requests.get(url + path, headers=asked, timeout=20)
        here = client.get(path, headers=asked, follow_redirects=True)

        assert there.status_code == here.status_code, path
        assert GENERATED.sub("", there.text) == GENERATED.sub("", here.text), path


def test_the_installed_tool_shows_the_pages_of_a_launch(
    app: Flask, lead: Visitor, url: str
) -> None:
    cookies = {c.key: c.value for c in lead.client._cookies.values()}

    for language in ("de", "en"):
        lead.post("language", {"language": language, "back": lead.home})
        for page in ("", "attendance/", "worksheet/course", "gradebook/"):
            here = lead.get(page)
            there = requests.get(url + lead.home + page, cookies=cookies, timeout=20)

            assert here.status_code == 200, page
            assert GENERATED.sub("", there.text) == GENERATED.sub("", here.text), page
