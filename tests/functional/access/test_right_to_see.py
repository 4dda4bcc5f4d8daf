"""Every route is asked by everybody."""

import pytest
from werkzeug.test import TestResponse

from tests.functional.access.people import (
    ENDED,
    MEMBERS,
    NEIGHBOURS,
    NOBODY,
    PREVIEW,
    planted_in,
    secret,
)
from tests.functional.access.table import ACTIONS, PAGES, PUBLIC, READERS, Action, Page
from tests.functional.access.world import World

pytestmark = pytest.mark.sqlite

TAKEN = {200, 303, 400, 409, 422}
"""What somebody may be told who has the right and sent an empty form."""


def test_every_route_has_a_row(world: World) -> None:
    known = {row.endpoint for row in (*PAGES, *ACTIONS)} | set(PUBLIC)
    routed = {rule.endpoint for rule in world.app.url_map.iter_rules()}

    new, gone = sorted(routed - known), sorted(known - routed)

    assert not new, (
        f"Nobody has said who may see {', '.join(new)}. Add a row to PAGES (GET), ACTIONS (POST) or PUBLIC"
        " (outside /l/) in tests/functional/access/table.py, a planted word to planted.py if the route"
        " shows something new, and its readers to READERS."
    )
    assert not gone, (
        f"There is no route {', '.join(gone)} any more: remove its row from table.py."
    )


def test_every_row_names_the_method_that_its_route_has(world: World) -> None:
    wanted = {row.endpoint: "GET" for row in PAGES} | {
        row.endpoint: "POST" for row in ACTIONS
    }

    routed = {
        rule.endpoint: rule.methods or set() for rule in world.app.url_map.iter_rules()
    }

    for endpoint, method in wanted.items():
        assert routed[endpoint] - {"HEAD", "OPTIONS"} == {method}, endpoint


def test_only_routes_below_a_launch_need_one(world: World) -> None:
    outside = {
        r.endpoint
        for r in world.app.url_map.iter_rules()
        if not r.rule.startswith("/l/<launch>/")
    }

    assert outside == set(PUBLIC)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_opens_for_those_in_the_table_only(world: World, page: Page) -> None:
    assert page.sees or page.own, (
        "Somebody must get the page, or the row proves nothing."
    )
    wrong: list[str] = []
    for asker in (*sorted(MEMBERS), *sorted(ENDED)):
        answer = send(world, asker, page)
        found = planted_in(answer.text)
        expected = page.expected(asker) if asker in MEMBERS else 403
        if answer.status_code != expected:
            wrong.append(f"{asker} got {answer.status_code}, expected {expected}")
        if (page.marker in found) is not (asker in page.sees) and page.expected(
            asker
        ) == 200:
            wrong.append(
                f"{asker} {'saw' if page.marker in found else 'did not see'} {page.marker}"
            )
        wrong += [f"{asker} saw {word}" for word in found if not may_read(asker, word)]
        if asker in ENDED and found:
            wrong.append(f"{asker} was refused with {found} on the page")
    assert not wrong, f"{page.endpoint}: {'; '.join(wrong)}"


def send(
    world: World, asker: str, row: Page | Action, launch: str | None = None
) -> TestResponse:
    """Ask for a page, or send an action's form, in one's own launch session or in another."""
    browser = world.browsers[asker]
    url = world.url(row.endpoint, row.at, launch=launch or browser.launch)
    if isinstance(row, Page):
        return browser.get(url)
    return browser.post(url, world.filled(row.form))


def may_read(asker: str, word: str) -> bool:
    assert word in READERS, f"Say in READERS of table.py who may read {word}."
    return asker in READERS[word]


def own_words(asker: str) -> set[str]:
    return {secret(asker, "name"), secret(asker, "mail")}


@pytest.mark.parametrize("row", [*PAGES, *ACTIONS], ids=str)
def test_people_of_another_course_get_nothing_of_this_one(
    changing: World, row: Page | Action
) -> None:
    for asker in sorted(NEIGHBOURS):
        answer = send(changing, asker, row)

        assert answer.status_code in TAKEN | {403, 404}, asker
        assert planted_in(answer.text) <= own_words("neighbour") | own_words(
            "elsewhere"
        ), asker
        if has_ids_of_ours(changing, row):
            allowed = {403, 404} | elsewhere_too(row)
            assert answer.status_code in allowed, asker
    assert changing.rows() == changing.untouched


def elsewhere_too(row: Page | Action) -> set[int]:
    """Return what says no more of a thing of ours than that it is none of theirs."""
    if isinstance(row, Page):
        return {303}  # To the first page of what they have themselves.
    return {409} if row.form else {400, 409}


def has_ids_of_ours(world: World, row: Page | Action) -> bool:
    """Tell whether the URL names something that only our course has."""
    names = {
        name
        for rule in world.app.url_map.iter_rules(row.endpoint)
        for name in rule.arguments
    }
    return bool(names - {"launch", "phase", "number", "section"})


@pytest.mark.parametrize("row", [*PAGES, *ACTIONS], ids=str)
def test_an_address_of_somebody_else_is_worth_nothing(
    world: World, row: Page | Action
) -> None:
    """With another's launch session in the URL: from no browser, and from one with a visit of its own."""
    for asker, owner in (
        (NOBODY, "mia"),
        ("ben", "mia"),
        ("neighbour", "mia"),
        ("elsewhere", "lead"),
    ):
        answer = send(world, asker, row, launch=world.browsers[owner].launch)

        # Without a cookie there is no security code either, which is found first.
        expected = 400 if asker == NOBODY and isinstance(row, Action) else 401
        assert answer.status_code == expected, asker
        assert not planted_in(answer.text), asker


@pytest.mark.parametrize("action", ACTIONS, ids=str)
def test_an_action_is_refused_to_all_others_and_changes_nothing(
    world: World, action: Action
) -> None:
    wrong = []
    for asker in sorted(MEMBERS | ENDED):
        if asker in action.may:
            continue
        expected = 404 if asker in action.missing else 403

        answer = send(world, asker, action)

        if answer.status_code != expected:
            wrong.append(f"{asker} got {answer.status_code}, expected {expected}")
    assert not wrong, f"{action.endpoint}: {'; '.join(wrong)}"
    assert world.rows() == world.untouched


@pytest.mark.parametrize(
    ("action", "asker"),
    [(action, asker) for action in ACTIONS for asker in sorted(action.may)],
    ids=str,
)
def test_an_action_is_open_to_those_in_the_table(
    changing: World, action: Action, asker: str
) -> None:
    answer = send(changing, asker, action)

    assert answer.status_code in TAKEN
    assert "This form is too old" not in answer.text


@pytest.mark.parametrize("action", ACTIONS, ids=str)
def test_an_action_needs_a_security_code(world: World, action: Action) -> None:
    for asker in ("lead", "mia", "gone", PREVIEW, NOBODY):
        browser = world.browsers[asker]

        answer = browser.client.post(
            world.url(action.endpoint, action.at, launch=browser.launch)
        )

        assert answer.status_code == 400, asker


@pytest.mark.parametrize("action", ACTIONS, ids=str)
def test_an_action_cannot_be_opened_as_a_page(world: World, action: Action) -> None:
    """Or there is a page at the same address, which has a row of its own."""
    for asker in ("lead", "mia"):
        browser = world.browsers[asker]
        url = world.url(action.endpoint, action.at, launch=browser.launch)

        assert has_a_page_too(world, url) or browser.get(url).status_code == 405, asker


def has_a_page_too(world: World, url: str) -> bool:
    return world.app.url_map.bind("").test(url, "GET")


def test_nobody_acts_in_preview() -> None:
    assert not [action.endpoint for action in ACTIONS if PREVIEW in action.may]


@pytest.mark.parametrize(
    ("request_line", "status"),
    [pair for outcomes in PUBLIC.values() for pair in outcomes.items()],
)
def test_what_needs_no_launch_shows_nothing_of_a_course(
    world: World, request_line: str, status: int
) -> None:
    method, url = request_line.split()
    for asker in (NOBODY, "mia"):
        with world.browsers[asker].client.open(url, method=method) as answer:
            assert answer.status_code == status, asker
            assert not planted_in(answer.text)
