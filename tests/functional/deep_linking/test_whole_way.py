"""From "add an activity" in the practice LMS to a participant who opens it: real HTTP, real signatures."""

import dataclasses
import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from lti_tool.courses.models import Activity
from lti_tool.entrance.deep_linking.rules import OFFERS
from lti_tool.lti.models import Registration
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.practice_lms.app import create_lms
from lti_tool.practice_lms.database import Database as PlatformDatabase
from lti_tool.practice_lms.keys import load_or_make_key
from lti_tool.practice_lms.lms import PracticeLMS
from lti_tool.settings import Settings
from tests.commands import free_port
from tests.serving import served

COURSE, LEAD, PARTICIPANT = "empty-2027", "9", "28"


@pytest.fixture(scope="session")
def platform_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data file of the practice LMS that holds its key only."""
    path = tmp_path_factory.mktemp("practice") / "key.sqlite"
    database = PlatformDatabase(path)
    load_or_make_key(database)
    database.close()
    return path


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The tool on a real port, where the platform can read its keys."""
    return dataclasses.replace(settings, base_url=f"http://127.0.0.1:{free_port()}")


@pytest.fixture
def lms(
    app: Flask, settings: Settings, platform_file: Path, tmp_path: Path
) -> Iterator[PracticeLMS]:
    """The practice LMS on a real port, known to the tool; the tool on its own."""
    tool_port = int(settings.base_url.rpartition(":")[2])
    port = free_port(tool_port + 1)
    lms = create_lms(
        url=f"http://localhost:{port}",
        tool_url=settings.base_url,
        data=shutil.copy(platform_file, tmp_path / "lms.sqlite"),
    )
    said = lms.registration()
    said.pop("deployment_id")
    with app.extensions["lti_tool"].database.transaction(EVERYWHERE) as session:
        session.add(Registration(**said, provider={}))
    with served(app, tool_port), served(lms, port):
        yield lms
    lms.close()


class Browser:
    """Somebody's browser: it sends forms to the LMS and to the tool."""

    def __init__(self, lms: PracticeLMS, app: Flask) -> None:
        self.lms, self.tool = lms.test_client(), app.test_client()
        self._lms_url, self._tool_url = lms.addresses.url, lms.addresses.tool_url

    def open(self, url: str) -> TestResponse:
        return self.lms.get(url)

    def send(self, page: TestResponse, **more: Any) -> TestResponse:
        """Send the only form of a page with its hidden fields."""
        (form,) = re.findall(r"<form.*?</form>", page.text, re.DOTALL)
        action = re.search(r'action="([^"]+)"', form)
        assert action is not None
        hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
        url = html.unescape(action[1])
        fields = {name: html.unescape(value) for name, value in hidden} | more
        if url.startswith(self._tool_url):
            return self.tool.post(url.removeprefix(self._tool_url), data=fields)
        return self.lms.post(url, base_url=self._lms_url, data=fields)

    def launch(self, page: TestResponse) -> TestResponse:
        """Go through login and launch from the page on which the LMS starts them."""
        asked = self.send(page)
        assert asked.status_code == 302, asked.text
        entered = self.send(self.open(asked.location))
        assert entered.status_code == 303, entered.text
        self.home = entered.location
        return self.tool.get(entered.location)


@pytest.fixture
def lead(lms: PracticeLMS, app: Flask) -> Browser:
    return Browser(lms, app)


def _picker(lms: PracticeLMS, lead: Browser) -> TestResponse:
    return lead.launch(
        lead.open(f"{lms.addresses.url}/course/{COURSE}/add/ask?as={LEAD}")
    )


def _choose(lead: Browser, page: TestResponse, *keys: str, **more: str) -> TestResponse:
    """Choose activities with their columns; return the page that leads back to the LMS."""
    code = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert code is not None
    titles = dict(re.findall(r'name="(title_\w+)"[^>]*value="([^"]*)"', page.text))
    columns = {f"column_{key}": "y" for key in keys}
    form = {"csrf_token": code[1], "chosen": list(keys), **titles, **columns, **more}
    return lead.tool.post(lead.home, data=form)


def _added(lms: PracticeLMS) -> list[str]:
    course = lms.world.find_course(COURSE)
    assert course is not None
    return [link.title for link in course.links if int(link.id) > 100]


def test_activities_are_added_and_exist_once_somebody_opens_them(
    lms: PracticeLMS, lead: Browser, app: Flask, database: Database
) -> None:
    answer = _choose(
        lead,
        _picker(lms, lead),
        "worksheet_mid",
        "certificate",
        title_worksheet_mid="Halbzeit & Rückblick",
    )
    to_save = lead.send(answer)
    assert "Halbzeit &amp; Rückblick" in to_save.text
    assert _added(lms) == []
    assert lead.send(to_save).status_code == 303
    assert _added(lms) == ["Zertifikat", "Halbzeit & Rückblick"]
    with database.reading(EVERYWHERE) as session:
        assert session.scalars(sa.select(Activity.id)).all() == []

    participant = Browser(lms, app)
    page = participant.launch(
        participant.open(f"{lms.addresses.url}/launch/102?as={PARTICIPANT}")
    )

    assert page.status_code == 200
    assert participant.home.endswith("/worksheet/")
    with database.reading(EVERYWHERE) as session:
        stored = session.scalars(sa.select(Activity)).one()
    assert (stored.target, stored.phase, stored.title) == (
        "worksheet",
        "mid",
        "Halbzeit & Rückblick",
    )
    (column,) = [i for i in lms.gradebook.line_items("3") if i.link_id == "102"]
    assert stored.line_item_url == lms.addresses.line_item_url("3", column.id)
    assert (column.label, column.resource_id, column.tag) == (
        "Halbzeit & Rückblick",
        "worksheet",
        "mid",
    )


def test_everything_that_is_offered_can_be_added_and_opens(
    lms: PracticeLMS, lead: Browser, app: Flask
) -> None:
    keys = [offer.key for offer in OFFERS if offer.key != "worksheet_start"]
    lead.send(lead.send(_choose(lead, _picker(lms, lead), *keys)))

    opened = []
    for number in range(len(keys)):
        participant = Browser(lms, app)
        page = participant.launch(
            participant.open(f"{lms.addresses.url}/launch/{101 + number}?as=11")
        )
        opened.append((page.status_code, participant.home.split("/")[3]))

    assert opened == [
        (200, ""),
        (200, "groups"),
        (200, "project"),
        (200, "worksheet"),
        (200, "attendance"),
        (200, "certificate"),
        (200, "worksheet"),
        (200, "worksheet"),
    ]


def test_who_cancels_adds_nothing(lms: PracticeLMS, lead: Browser) -> None:
    page = _picker(lms, lead)
    code = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert code is not None

    end = lead.send(lead.tool.post(f"{lead.home}cancel", data={"csrf_token": code[1]}))

    assert "Nothing was chosen" in end.text
    assert "Es wurde keine Aktivität hinzugefügt." in end.text
    assert _added(lms) == []


def test_added_activities_are_still_there_after_a_restart(
    lms: PracticeLMS, lead: Browser, tmp_path: Path
) -> None:
    lead.send(lead.send(_choose(lead, _picker(lms, lead), "home")))

    again = create_lms(
        url=lms.addresses.url,
        tool_url=lms.addresses.tool_url,
        data=tmp_path / "lms.sqlite",
    )

    assert _added(again) == ["Kursstart"]
    again.close()


def test_the_picker_knows_what_was_opened_before(
    lms: PracticeLMS, lead: Browser, app: Flask
) -> None:
    first = _picker(lms, lead)
    lead.send(lead.send(_choose(lead, first, "home", title_home="Los geht es")))
    participant = Browser(lms, app)
    before = _picker(lms, lead).text

    participant.launch(
        participant.open(f"{lms.addresses.url}/launch/101?as={PARTICIPANT}")
    )

    assert "schon verlinkt" not in before
    assert "Los geht es" in _picker(lms, lead).text
