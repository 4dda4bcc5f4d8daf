"""A survey on a phone: topics by finger, mouse, keys and plain fields; times; people; in both languages.

With SCREENSHOTS=<folder> each page is also stored as a picture, to be looked at.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from lti_tool import clock
from lti_tool.app import create_app
from lti_tool.courses import people
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course
from lti_tool.groups import service as groups
from lti_tool.groups.survey import rules, service
from lti_tool.lti.models import LaunchSession
from lti_tool.lti.roles import Role
from lti_tool.lti.roster import Membership
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.settings import Settings
from tests.browser.conftest import free_port
from tests.browser.test_room import World, answers_of
from tests.serving import served
from tests.signing_platform import SigningPlatform

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
TITLES = ("Lernorte im Hafen", "Elternabende", "Werkstattbus", "Solarboote")
NAMES = ("Person Eins", "Person Zwei", "Person Drei")
_SHOTS = os.environ.get("SCREENSHOTS")
_MOST_TAPS = 15


@pytest.fixture
def world(settings: Settings, chromium: Browser) -> Iterator[World]:
    """A course whose survey asks everything there is, and closes in four days."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    app = create_app(replace(settings, base_url=base))
    tool = app.extensions["lti_tool"]
    signing: dict[str, SigningPlatform] = {}
    with served(app, port), served(answers_of(signing)) as lms:
        issuer = f"http://localhost:{lms}"
        signing["platform"] = SigningPlatform(app, issuer)
        world = World(base, tool.database, issuer, chromium)
        world.arrive("1", "Instructor", "Leonie Leitner")
        ask_everything(world)
        yield world
        for context in world.contexts:
            context.close()
    tool.database.close()


def ask_everything(world: World) -> None:
    listed = [Membership("1", "Leonie Leitner", None, Role.STAFF, is_active=True)] + [
        Membership(str(sub), name, None, Role.PARTICIPANT, is_active=True)
        for sub, name in enumerate(NAMES, start=10)
    ]
    with world.database.transaction(EVERYWHERE) as session:
        course = session.get_one(Course, 1)
        courses.take_roster(session, course, 1, listed, clock.now())
    with world.database.transaction(1) as session:
        formation = groups.open_formation(session, groups.Plan("Projektgruppen"), by=1)
        added = groups.add_topics(session, formation, TITLES, by=1)
        added[0].text = "Was lernen Klassen am Wasser?"
        groups.set_stage(session, formation, "wishes")
        groups.set_dates(session, formation, None, clock.now() + timedelta(days=4))
        service.add_question(
            session,
            formation,
            "Welcher Teil der Arbeit liegt Ihnen?",
            "Damit jede Gruppe beides hat",
            ["Planen", "Vortragen"],
        )
        service.show_profile_fields(session, formation, ["region", "experience"])
        spans = [*rules.PARTS.values(), (21, 22)]
        service.ask_times(session, formation, rules.week(range(7), spans))
        formation.asks_company = True


@pytest.fixture
def come(world: World) -> Callable[..., Page]:
    """Open the survey on a phone as the first participant."""

    def coming(**options: object) -> Page:
        page = world.arrive(
            "10", "Learner", NAMES[0], **({"viewport": PHONE} | options)
        )
        page.goto(f"{home(page)}groups/")
        return page

    return coming


def home(page: Page) -> str:
    return "/".join(page.url.split("/")[:5]) + "/"


def chosen(page: Page) -> list[str]:
    """Return the wishes in the order that the page shows."""
    return page.locator("[data-wishes] .name").all_inner_texts()


def store(page: Page) -> None:
    page.get_by_role("button", name="Store my answers").click()
    expect(page.get_by_text("Your wishes are stored")).to_be_visible()


def choose(page: Page, *places: int) -> None:
    for place in places:
        page.get_by_role("button", name=f"Choose: {TITLES[place]}").click()


def middle(page: Page, selector: str) -> tuple[float, float]:
    """Return the middle of an element; the page is scrolled so that all wishes are in sight."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def wish(title: str, part: str = ".handle") -> str:
    return f'.ranking li:has-text("{title}") {part}'


def judge(page: Page, name: str) -> None:
    """Look at a page in both languages: nothing cut off, no accessibility fault."""
    for other in ("Deutsch", "English"):
        lang = page.locator("html").get_attribute("lang")
        for size in (PHONE, DESK):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], f"{name} is {wide} px wide"
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name}\n{found.generate_report()}"
            if _SHOTS:
                file = Path(_SHOTS) / f"survey-{name}-{size['width']}-{lang}.png"
                page.screenshot(path=file, full_page=True)
        if page.get_by_role("button", name=other, exact=True).count():
            page.get_by_role("button", name=other, exact=True).click()
            page.wait_for_load_state()


def stored_wishes(world: World) -> list[str]:
    with world.database.reading(1) as session:
        formation = groups.get_formation(session, 1)
        person = next(
            p.person_id for p in people.participants(session) if p.name == NAMES[0]
        )
        titles = {t.id: t.title for t in groups.topics(session, formation)}
        return [titles[t] for t in groups.wishes_of(session, formation, person)]


# Topics


def test_the_mouse_drags_topics_into_their_order(
    world: World, come: Callable[..., Page]
) -> None:
    page = come()
    choose(page, 0, 1)
    page.locator(".ranking").scroll_into_view_if_needed()

    drag(page, wish(TITLES[1], ".name"), wish(TITLES[0], ".name"), above=True)
    assert chosen(page) == [TITLES[1], TITLES[0]]
    drag(page, wish(TITLES[3], ".name"), wish(TITLES[0], ".name"), above=True)
    assert chosen(page) == [TITLES[1], TITLES[3], TITLES[0]]
    drag(page, wish(TITLES[1], ".name"), wish(TITLES[2], ".name"), above=False)
    assert chosen(page) == [TITLES[3], TITLES[0]]

    store(page)
    assert stored_wishes(world) == [TITLES[3], TITLES[0]]


def drag(page: Page, what: str, onto: str, *, above: bool) -> None:
    x, y = middle(page, what)
    _, to = middle(page, onto)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, (y + to) / 2, steps=4)
    page.mouse.move(x, to + (-12 if above else 12), steps=4)
    page.mouse.up()


def test_a_finger_drags_topics_by_their_handle(
    world: World, come: Callable[..., Page]
) -> None:
    page = come(has_touch=True, is_mobile=True)
    choose(page, 0, 1, 2)
    page.locator(".ranking h4").first.scroll_into_view_if_needed()

    pull(page, wish(TITLES[2]), wish(TITLES[0]))

    assert chosen(page) == [TITLES[2], TITLES[0], TITLES[1]]
    store(page)
    assert stored_wishes(world) == [TITLES[2], TITLES[0], TITLES[1]]


def test_a_finger_on_the_name_of_a_topic_moves_nothing(
    come: Callable[..., Page],
) -> None:
    page = come(has_touch=True, is_mobile=True)
    choose(page, 0, 1, 2)

    pull(page, wish(TITLES[2], ".name"), wish(TITLES[0], ".name"))

    assert chosen(page) == [TITLES[0], TITLES[1], TITLES[2]]


def pull(page: Page, what: str, onto: str) -> None:
    """Drag with a finger, as a touch screen reports it."""
    x, y = middle(page, what)
    _, to = middle(page, onto)
    screen = page.context.new_cdp_session(page)

    def touch(kind: str, *points: float) -> None:
        touched = [{"x": x, "y": at} for at in points]
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    touch("touchStart", y)
    for step in range(1, 6):
        touch("touchMove", y + (to - 10 - y) * step / 5)
    touch("touchEnd")


def test_keys_alone_rank_topics_and_the_screen_reader_is_told(
    world: World, come: Callable[..., Page]
) -> None:
    page = come()
    said = page.locator("[data-said]")
    assert said.get_attribute("aria-live") == "polite"
    page.get_by_role("button", name=f"Choose: {TITLES[1]}").focus()

    page.keyboard.press("Enter")
    expect(said).to_have_text(f"{TITLES[1]} is now wish 1 of 1.")
    expect(page.locator(":focus")).to_have_attribute(
        "aria-label", f"Remove: {TITLES[1]}"
    )
    page.get_by_role("button", name=f"Choose: {TITLES[3]}").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name=f"Move up: {TITLES[3]}").focus()
    page.keyboard.press("Enter")
    expect(said).to_have_text(f"{TITLES[3]} is now wish 1 of 2.")
    page.get_by_role("button", name=f"Remove: {TITLES[1]}").focus()
    page.keyboard.press("Enter")

    expect(said).to_have_text(f"{TITLES[1]} is no wish any more.")
    page.get_by_role("button", name="Store my answers").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your wishes are stored")).to_be_visible()
    assert stored_wishes(world) == [TITLES[3]]


def test_plain_fields_do_it_without_any_script(
    world: World, come: Callable[..., Page]
) -> None:
    page = come()
    page = without_script(world, page)
    page.get_by_label("Favourite").select_option(TITLES[2])
    page.get_by_label("Second wish").select_option(TITLES[0])
    page.get_by_label("No preference").check()
    page.get_by_label("Friday, 17").check()
    page.get_by_label("With", exact=True).select_option(NAMES[1])

    store(page)

    assert stored_wishes(world) == [TITLES[2], TITLES[0]]
    expect(page.get_by_label("Friday, 17")).to_be_checked()
    expect(page.get_by_text("3 of 3 parts filled")).to_be_visible()


def test_what_is_missing_is_said_and_the_way_there_leads_to_what_can_be_seen(
    come: Callable[..., Page],
) -> None:
    page = come()
    page.get_by_label("Planen").check()

    page.get_by_role("button", name="Store my answers").click()

    expect(page.get_by_role("alert")).to_contain_text("at least your favourite")
    expect(page.get_by_label("Planen")).to_be_checked()
    way = page.get_by_role("alert").get_by_role("link").get_attribute("href")
    expect(page.locator(str(way))).to_have_text("Topics")


def test_after_a_failed_save_the_phone_shows_what_is_wrong_even_without_script(
    world: World, come: Callable[..., Page]
) -> None:
    page = without_script(world, come())
    page.get_by_label("Favourite").select_option(TITLES[2])
    page.get_by_label("With", exact=True).select_option(NAMES[1])
    page.get_by_label("Not with", exact=True).select_option(NAMES[1])

    page.get_by_role("button", name="Store my answers").click()

    wrong = page.get_by_role("alert")
    expect(wrong).to_contain_text("either under “With” or under “Not with”")
    expect(wrong).to_be_focused()
    top = wrong.bounding_box()
    assert top is not None
    assert 0 <= top["y"] < PHONE["height"] / 4


def without_script(world: World, page: Page) -> Page:
    """Return the same page in a browser that runs no scripts; launches need one."""
    context = world.chromium.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        storage_state=page.context.storage_state(),
        java_script_enabled=False,
    )
    world.contexts.append(context)
    plain = context.new_page()
    plain.goto(page.url)
    return plain


# Times


def test_arrow_keys_walk_the_times_and_space_ticks_them(
    come: Callable[..., Page],
) -> None:
    page = come()
    page.get_by_label("Monday, 8").focus()

    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")

    expect(page.get_by_label("Tuesday, 12")).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Wednesday, 12")).to_be_focused()
    expect(page.get_by_text("1 of 3 parts filled")).to_be_visible()


def test_one_tap_ticks_a_time_and_there_is_room_for_a_finger(
    come: Callable[..., Page],
) -> None:
    page = come(has_touch=True, is_mobile=True)
    cells = page.locator(".week td label")
    assert cells.count() == 28
    for box in (cells.nth(place).bounding_box() for place in (0, 6, 27)):
        assert box is not None
        assert box["width"] >= 36
        assert box["height"] >= 44

    cells.nth(6).tap()

    expect(page.get_by_label("Sunday, 8")).to_be_checked()


def test_who_lives_by_another_clock_is_told(come: Callable[..., Page]) -> None:
    here = come(timezone_id="Europe/Vienna")
    expect(here.get_by_text("All times are those of Berlin")).to_be_visible()
    expect(here.locator("[data-zone]")).to_be_hidden()

    there = come(timezone_id="America/New_York")

    expect(there.locator("[data-zone]")).to_contain_text(
        "Your device shows another time"
    )


# The whole


def test_everything_is_answered_with_a_few_taps(
    world: World, come: Callable[..., Page]
) -> None:
    page = come(has_touch=True, is_mobile=True)
    taps = [
        *(page.get_by_role("button", name=f"Choose: {TITLES[n]}") for n in (2, 0, 1)),
        page.get_by_label("Planen"),
        *(page.locator(".week td label").nth(n) for n in (0, 1, 7, 14, 15)),
    ]
    for tap in taps:
        tap.tap()
    page.get_by_label("Not with", exact=True).select_option(NAMES[2])
    expect(page.get_by_text("3 of 3 parts filled")).to_be_visible()
    store(page)

    assert len(taps) + 3 <= _MOST_TAPS
    assert chosen(page) == [TITLES[2], TITLES[0], TITLES[1]]
    with world.database.reading(1) as session:
        formation = groups.get_formation(session, 1)
        said = next(iter(service.all_answers(session, formation).values()))
    assert len(said.slots) == 5
    assert len(said.unwanted) == 1


def test_an_answer_sent_after_the_visit_ended_can_be_sent_again(
    world: World, come: Callable[..., Page]
) -> None:
    page = come()
    choose(page, 3)
    page.locator(".week td label").nth(2).click()
    with world.database.transaction(EVERYWHERE) as session:
        for visit in session.query(LaunchSession):
            visit.expires_at = clock.now() - timedelta(minutes=1)

    page.get_by_role("button", name="Store my answers").click()
    expect(page.get_by_role("heading", name="Your visit has ended")).to_be_visible()
    anew = page.context.new_page()
    anew.goto(
        f"{world.base}/lti/login?iss={world.issuer}&client_id=tool&login_hint=10.Learner.Person%20Eins"
        f"&lti_message_hint=m&lti_deployment_id=1&target_link_uri={world.base}/lti/launch"
    )
    anew.wait_for_url("**/l/**")
    page.get_by_role("button", name="Send again").click()
    page.wait_for_load_state()

    assert stored_wishes(world) == [TITLES[3]]


def test_pages_of_a_survey_fit_and_are_accessible(
    world: World, come: Callable[..., Page]
) -> None:
    page = come()
    judge(page, "empty")
    choose(page, 0, 2)
    page.get_by_label("Planen").check()
    page.locator(".week td label").nth(3).click()
    page.get_by_label("Not with", exact=True).select_option(NAMES[1])
    store(page)
    judge(page, "answered")
    late = come()
    choose(late, 1)
    close(world)
    late.get_by_role("button", name="Store my answers").click()
    expect(late.get_by_text("What you sent was not stored")).to_be_visible()
    judge(late, "late")


def close(world: World) -> None:
    with world.database.transaction(1) as session:
        formation = groups.get_formation(session, 1)
        formation.closes_at = clock.now() - timedelta(minutes=1)


def test_pages_of_the_lead_fit_and_are_accessible(
    world: World, come: Callable[..., Page]
) -> None:
    page = come()
    choose(page, 0, 2)
    page.locator(".week td label").nth(3).click()
    store(page)
    lead = world.arrive("1", "Instructor", "Leonie Leitner", viewport=DESK)
    for path in ("survey", "survey/answers", "survey/questions/1"):
        lead.goto(f"{home(lead)}groups/1/{path}")
        judge(lead, path.replace("/", "-"))
