"""Twenty people form groups in one room, each in a browser of their own; the lead needs eight clicks at most.

With SCREENSHOTS=<folder> projector and phones are also stored as pictures, to be looked at.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, request
from playwright.sync_api import Browser, BrowserContext, Page, expect

from lti_tool.app import create_app
from lti_tool.courses import people
from lti_tool.groups.models import Topic, Wish
from lti_tool.groups.publishing.models import PublishedMember
from lti_tool.jobs import WORK
from lti_tool.persistence.session import Database
from lti_tool.settings import Settings
from tests.browser.conftest import free_port
from tests.serving import served
from tests.signing_platform import SigningPlatform

pytestmark = pytest.mark.browser

PEOPLE = 20
BY_VIDEO = 3
MOST_CLICKS = 8
TOPICS = ("Werkstattbus", "Elternabende", "Solarboote", "Lernorte im Hafen")
DOUBLE = "Der Werkstatt-Bus"
LIKES = (0,) * 8 + (1,) * 5 + (2,) * 4 + (3,) * 2
"""The favourite of each but the last, who marks nothing; the first topic gets too full."""
_SHOTS = os.environ.get("SCREENSHOTS")
_PHONE = {"width": 390, "height": 844}
_DESK = {"width": 1280, "height": 720}
_SECONDS = 20_000


@dataclass
class World:
    """A served tool with its worker, and a platform that signs launches in the browser's way."""

    base: str
    database: Database
    issuer: str
    chromium: Browser
    contexts: list[BrowserContext] = field(default_factory=list)

    def arrive(self, sub: str, role: str, name: str, **options: Any) -> Page:
        """Launch as somebody in a browser of their own; return the page."""
        context = self.chromium.new_context(**options)
        context.set_default_timeout(_SECONDS)
        self.contexts.append(context)
        page = context.new_page()
        page.goto(
            f"{self.base}/lti/login?iss={self.issuer}&client_id=tool"
            f"&login_hint={sub}.{role}.{quote(name)}&lti_message_hint=m&lti_deployment_id=1"
            f"&target_link_uri={self.base}/lti/launch"
        )
        page.wait_for_url("**/l/**")
        return page


@pytest.fixture
def world(settings: Settings, chromium: Browser) -> Iterator[World]:
    port, rung = free_port(), Event()
    base = f"http://127.0.0.1:{port}"
    app = create_app(replace(settings, base_url=base), lambda _kind: rung.set())
    tool = app.extensions["lti_tool"]
    signing: dict[str, SigningPlatform] = {}
    with (
        served(app, port),
        served(answers_of(signing)) as lms,
        worker(lambda: WORK["proposals"](tool), rung),
    ):
        issuer = f"http://localhost:{lms}"
        signing["platform"] = SigningPlatform(app, issuer)
        world = World(base, tool.database, issuer, chromium)
        yield world
        for context in world.contexts:
            context.close()
    tool.database.close()


def answers_of(signing: dict[str, SigningPlatform]) -> Flask:
    """Return the platform's page that answers a login with a signed message."""
    lms = Flask(__name__)

    @lms.get("/auth")
    def auth() -> str:
        platform = signing["platform"]
        sub, role, name = request.args["login_hint"].split(".")
        claims = platform.claims(sub=sub, role=role, name=name)
        token = platform.sign({**claims, "nonce": request.args["nonce"]})
        return f"""<form method=post action="{platform.base_url}/lti/launch">
            <input name=state value="{request.args["state"]}"><input name=id_token value="{token}">
            </form><script>document.forms[0].submit()</script>"""

    return lms


@contextmanager
def worker(work: Callable[[], object], rung: Event) -> Iterator[None]:
    over = Event()

    def run() -> None:
        while not over.is_set():
            if rung.wait(0.1):
                rung.clear()
                work()

    thread = Thread(target=run)
    thread.start()
    yield
    over.set()
    thread.join()


@dataclass
class Lead:
    """The lead at the projector, whose clicks are counted."""

    page: Page
    clicks: int = 0

    def click(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]
        self.clicks += 1

    def drag(self, topic: str, onto: str) -> None:
        tiles = self.page.locator(".room-column")
        tiles.filter(has_text=topic).drag_to(tiles.filter(has_text=onto))
        self.clicks += 1

    def sees(self, text: str) -> None:
        expect(self.page.locator("#live")).to_contain_text(text, timeout=_SECONDS)


def test_twenty_people_form_groups_in_one_room(world: World) -> None:
    lead = Lead(world.arrive("1", "Instructor", "Leonie Leitner", viewport=_DESK))
    phones = arrive_with_phones(world)
    lead.page.reload()
    lead.click("link", "Form groups")
    lead.click("button", "In the room, in fifteen minutes")
    code = lead.page.locator(".room-code").inner_text()
    judge_the_door(world, code)
    enter_by_code(phones, code, world.base)

    collect_topics(lead, phones)
    mark_favourites(lead, phones, world)
    balance_and_undo(lead, phones)
    publish(lead, phones, world)

    assert lead.clicks <= MOST_CLICKS
    lead.click("link", "Take the publication back …")
    lead.click("button", "Take the publication back")
    lead.sees("These would be the groups.")


def collect_topics(lead: Lead, phones: list[Page]) -> None:
    propose(phones, (*TOPICS, DOUBLE))
    lead.sees("5 topics")
    lead.sees(f"Person {BY_VIDEO:02}")
    judge(lead.page, "topics", phones[0])
    lead.drag(DOUBLE, TOPICS[0])
    lead.sees("4 topics")


def mark_favourites(lead: Lead, phones: list[Page], world: World) -> None:
    lead.click("button", "On to the favourites")
    mark_all_at_once(phones)
    lead.sees("19 of 20 have marked their favourite")
    assert stored(world) == sorted(TOPICS[like] for like in LIKES)
    judge(lead.page, "favourites", phones[0])


def balance_and_undo(lead: Lead, phones: list[Page]) -> None:
    lead.click("button", "Balance the groups")
    lead.sees("Werkstattbus (full: 8 for 6 places)")
    for phone in phones:
        expect(phone.locator(".room-own")).to_be_visible()
    lead.click("button", "Undo: back to the favourites")
    lead.sees("19 of 20 have marked their favourite")
    lead.click("button", "Balance the groups")
    lead.sees("These would be the groups.")
    judge(lead.page, "groups", phones[BY_VIDEO])


def publish(lead: Lead, phones: list[Page], world: World) -> None:
    lead.click("button", "Publish these groups")
    lead.sees("Published: everybody sees their group.")
    assert members(world) == PEOPLE
    expect(phones[BY_VIDEO].get_by_role("link", name="See the group")).to_be_visible()


def arrive_with_phones(world: World) -> list[Page]:
    phones = [
        world.arrive(
            str(100 + number),
            "Learner",
            f"Person {number:02}",
            viewport=_PHONE,
            has_touch=True,
        )
        for number in range(PEOPLE)
    ]
    with world.database.transaction(1) as session:
        found = {member.name: member.person_id for member in people.members(session)}
        people.set_joins_by_video(session, [found[f"Person {BY_VIDEO:02}"]])
    return phones


def enter_by_code(phones: list[Page], code: str, base: str) -> None:
    """The first scans, the second types the code; the others come from their course page."""
    phones[0].goto(f"{base}/room/{code}")
    phones[1].goto(f"{base}/room")
    phones[1].get_by_role("textbox").fill(code.lower())
    phones[1].get_by_role("button").first.click()
    for phone in phones[2:]:
        phone.reload()
        phone.get_by_role("link", name="Go in").click()
    for phone in phones:
        phone.wait_for_url("**/groups/1/room")


def propose(phones: list[Page], titles: tuple[str, ...]) -> None:
    for phone, title in zip(phones, titles, strict=False):
        phone.get_by_role("textbox").fill(title)
        phone.get_by_role("button", name="Propose").tap()
    for phone, title in zip(phones, titles, strict=False):
        expect(phone.locator("#live")).to_contain_text(title)


def mark_all_at_once(phones: list[Page]) -> None:
    for phone in phones:
        expect(phone.locator(".marking")).to_be_visible()
    for phone, like in zip(phones, LIKES, strict=False):
        # All have tapped before any answer is waited for.
        phone.evaluate(
            "title => document.querySelector(`button[aria-label='favourite: ${title}']`).click()",
            TOPICS[like],
        )
    for phone, like in zip(phones, LIKES, strict=False):
        own = phone.get_by_role("button", name=f"favourite: {TOPICS[like]}")
        expect(own).to_have_attribute("aria-pressed", "true")
    phones[0].get_by_role("button", name=f"2nd wish: {TOPICS[3]}").tap()
    expect(
        phones[0].get_by_role("button", name=f"2nd wish: {TOPICS[3]}")
    ).to_have_attribute("aria-pressed", "true")


def stored(world: World) -> list[str]:
    with world.database.reading(1) as session:
        found = sa.select(Topic.title).join(Wish, Wish.topic_id == Topic.id)
        return sorted(session.scalars(found.where(Wish.place == 1)))


def members(world: World) -> int:
    with world.database.reading(1) as session:
        found = sa.select(sa.func.count()).select_from(PublishedMember)
        return session.scalar(found) or 0


def judge(projector: Page, name: str, phone: Page) -> None:
    """See that nothing is cut off and axe finds nothing, on projector and phone, in both languages."""
    for lang in ("en", "de"):
        for page, widths in ((projector, (1280, 1920)), (phone, (390,))):
            speak(page, lang)
            kind = "projector" if page is projector else "phone"
            fits(page, f"{kind}-{name}-{lang}", widths)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name}\n{found.generate_report()}"
    for page in (projector, phone):
        speak(page, "en")


def judge_the_door(world: World, code: str) -> None:
    """A stranger finds the way to the course and nothing else, on pages without a fault."""
    for lang in ("de", "en"):
        context = world.chromium.new_context(viewport=_PHONE, locale=lang)
        page = context.new_page()
        for path in ("room", f"room/{code}", "room/none"):
            page.goto(f"{world.base}/{path}")
            fits(
                page,
                f"door-{path.replace(code, 'code').replace('/', '-')}-{lang}",
                (390,),
            )
            found = Axe().run(page)
            assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
            assert "/l/" not in page.content()
        context.close()


def speak(page: Page, lang: str) -> None:
    if page.locator("html").get_attribute("lang") != lang:
        page.locator(".language button").click()
        page.wait_for_url("**/groups/1/room")
        expect(page.locator("html")).to_have_attribute("lang", lang)


def fits(page: Page, name: str, widths: tuple[int, ...]) -> None:
    before = page.viewport_size or _DESK
    for width in widths:
        height = {1920: 1080, 1280: 720}.get(width, 844)
        page.set_viewport_size({"width": width, "height": height})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide on a screen of {width}"
        if _SHOTS:
            page.screenshot(path=Path(_SHOTS) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size(before)
