"""Participants choose, found and come in by a code; leads look on, take groups over and hand them out.

With SCREENSHOTS=<folder> each page is also stored as a picture, to be looked at.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from lti_tool import clock
from lti_tool.app import create_app
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course, Enrolment
from lti_tool.lti.roles import Role
from lti_tool.lti.roster import Membership
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.settings import Settings
from tests.browser.conftest import free_port
from tests.serving import served
from tests.signing_platform import SigningPlatform, enter

pytestmark = pytest.mark.browser

_SHOTS = os.environ.get("SCREENSHOTS")
_WIDTHS = (390, 1280)
TOPICS = "Lernorte im Hafen\nElternabende\nMädchen und Technik\nWerkstattbus"
TABLE = """Name;E-Mail;Gruppe;Thema
Ayşe Brandt;p0@example.org;A;Solarboote
Cordes, Bernd;;A;
Clara Dietz;p2@example.org;B;
Niemand Bekannt;;B;
Deniz Erdem;;;
Emil Fuchs;;"=1+1";
"""
NAMES = (
    "Ayşe Brandt",
    "Bernd Cordes",
    "Clara Dietz",
    "Deniz Erdem",
    "Emil Fuchs",
    "Frieda Graf",
    "Georg Hahn",
    "Hanna Ihde",
)


@dataclass
class Classroom:
    """A served course, and a browser of its own for everybody who comes."""

    base: str
    platform: SigningPlatform
    database: Database
    chromium: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    def arrive(self, sub: str, role: str, name: str, lang: str) -> Page:
        visitor = enter(self.platform, sub, role, name=name, locale=lang)
        context = self.chromium.new_context(viewport={"width": 1280, "height": 900})
        # Chromium stores a __Host- cookie for https only, and sends it to the loopback.
        place = self.base.replace("http:", "https:")
        for cookie in visitor.client._cookies.values():
            said = {"name": cookie.key, "value": cookie.value, "url": place}
            context.add_cookies([{**said, "secure": True}])
        self.contexts.append(context)
        page = context.new_page()
        page.goto(self.base + visitor.home)
        return page


@pytest.fixture(params=["en", "de"])
def lang(request: pytest.FixtureRequest) -> str:
    """Both languages."""
    return str(request.param)


@pytest.fixture
def course(settings: Settings, chromium: Browser) -> Iterator[Classroom]:
    """A course of eight in Moodle, with groups there that the platform told."""
    port = free_port()
    app = create_app(replace(settings, base_url=f"http://127.0.0.1:{port}"))
    database: Database = app.extensions["lti_tool"].database
    platform = SigningPlatform(app)
    made = Classroom(f"http://127.0.0.1:{port}", platform, database, chromium)
    with served(app, port):
        enter(platform, "1", "Instructor", name="Leonie Leitner")
        _fill(database)
        yield made
        for context in made.contexts:
            context.close()
    database.close()


def _fill(database: Database) -> None:
    listed = [
        Membership(str(10 + n), name, f"p{n}@example.org", Role.PARTICIPANT, True)
        for n, name in enumerate(NAMES)
    ]
    with database.transaction(EVERYWHERE) as session:
        course = session.get_one(Course, 1)
        course.platform_family = "moodle"
        course.platform_groups = {"7": "Alle", "8": "Nordgruppe", "9": "Südgruppe"}
        courses.take_roster(session, course, 1, listed, clock.now())
        for number, place in enumerate(
            session.scalars(select(Enrolment).where(Enrolment.role == "participant"))
        ):
            told = ["8"] if number < 3 else ["8", "9"] if number == 3 else ["9"]
            place.platform_groups = ["7", *(told if number < 7 else [])]


def home(page: Page) -> str:
    return "/".join(page.url.split("/")[:5]) + "/"


def judge(page: Page, name: str, lang: str) -> None:
    """See that a page fits on phone and desk and has no accessibility fault; store its picture."""
    page.wait_for_load_state()
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide on a screen of {width}"
        if _SHOTS:
            path = Path(_SHOTS) / f"choosing-{name}-{width}-{lang}.png"
            page.screenshot(path=path, full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}\n{found.generate_report()}"


def send(page: Page, action: str, **fields: str | bool) -> None:
    """Fill in the form of an action and send it."""
    form = page.locator(
        f"form[action$='{action}'], form[action$='{action}#form-errors']"
    )
    for name, value in fields.items():
        one = form.locator(f"[name='{name}']")
        if isinstance(value, bool):
            one.set_checked(value)
        elif one.evaluate("e => e.tagName") == "SELECT":
            one.select_option(value)
        else:
            one.fill(value)
    form.locator("button").last.click()
    page.wait_for_load_state()


def begin(course: Classroom, lang: str) -> Page:
    """Let participants choose, as the lead."""
    lead = course.arrive("1", "Instructor", "Leonie Leitner", lang)
    lead.goto(home(lead) + "groups/new/choice")
    judge(lead, "new", lang)
    lead.fill("[name=titles]", TOPICS)
    lead.fill("[name=places]", "2")
    lead.check("[name=may_found]")
    lead.fill("[name=closes_at]", "2099-05-14T18:00")
    lead.locator("form.panel button").click()
    return lead


def test_choosing_from_the_first_place_to_filling_the_rest(
    course: Classroom, lang: str
) -> None:
    lead = begin(course, lang)
    people = [
        course.arrive(str(10 + n), "Learner", name, lang)
        for n, name in enumerate(NAMES[:5])
    ]
    for page in people:
        page.goto(home(page) + "groups/1/choice")
    judge(people[0], "own-empty", lang)
    for page in people[:3]:
        send(page, "/choice/join/1")
    judge(people[2], "own-waiting", lang)
    send(people[3], "/choice/found", title="Solarboote")
    code = people[3].locator(".code").inner_text()
    judge(people[3], "own-founded", lang)
    send(people[4], "/choice/code", code="AAAA-BBBB")
    judge(people[4], "own-wrong-code", lang)
    send(people[4], "/choice/code", code=code.lower())
    expect(people[4].locator(".code")).to_have_text(code)

    send(people[0], "/choice/leave")
    people[2].goto(home(people[2]) + "groups/")
    judge(people[2], "moved-up", lang)

    lead.goto(home(lead) + "groups/1/choices")
    judge(lead, "lead", lang)
    lead.goto(home(lead) + "groups/1")
    judge(lead, "formation", lang)


def test_too_few_places_are_said_before_they_are_opened_and_after(
    course: Classroom, lang: str
) -> None:
    lead = course.arrive("1", "Instructor", "Leonie Leitner", lang)
    lead.goto(home(lead) + "groups/new/choice")
    lead.fill("[name=titles]", TOPICS)
    lead.fill("[name=places]", "1")
    lead.locator("form.panel button").click()
    judge(lead, "new-too-few", lang)
    lead.check("[name=few_places]")
    lead.locator("form.panel button").click()
    expect(lead.locator("#too-few")).to_be_visible()
    judge(lead, "lead-too-few", lang)
    lead.locator("form[action$='/choices/fill'] button").click()
    expect(lead.locator("#too-few[role=alert]")).to_be_visible()


def test_taking_groups_over_and_handing_them_out(course: Classroom, lang: str) -> None:
    lead = course.arrive("1", "Instructor", "Leonie Leitner", lang)
    lead.goto(home(lead) + "groups/new")
    judge(lead, "ways", lang)
    lead.goto(home(lead) + "groups/take")
    judge(lead, "take", lang)
    lead.set_input_files(
        "[name=table]",
        {"name": "Gruppen.csv", "mimeType": "text/csv", "buffer": TABLE.encode()},
    )
    lead.locator("form[enctype] button").click()
    judge(lead, "file", lang)

    lead.goto(home(lead) + "groups/take/lms")
    judge(lead, "lms", lang)
    lead.locator("form[method=post][action$='/take/lms'] button").click()
    lead.wait_for_url("**/proposals/1")
    lead.goto(home(lead) + "groups/1/proposals/1/out")
    lead.check("#done-2")
    lead.reload()
    expect(lead.locator("#done-2")).to_be_checked()
    judge(lead, "out", lang)
