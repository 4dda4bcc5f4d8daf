"""The whole way, as people walk it: from the launch in the LMS to the LMS's own gradebook."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Frame, Locator, expect

from tests.browser.conftest import Running

pytestmark = pytest.mark.browser

COURSE = "empty-2027"
LEAD, REVIEWER = "9", "2"
PARTICIPANTS = ("11", "20", "28")
AUTHOR = "11"
TOPICS = ("Leading without authority", "Making networks last")

Enter = Callable[..., Frame]


def test_everybody_walks_the_whole_way_to_the_gradebook(
    enter: Enter, running: Running, chromium: Browser
) -> None:
    def come(sub: str, activity: str) -> Frame:
        return enter(sub, activity, course=COURSE, lang="en")

    _give_the_reviewer_a_duty(come)
    _form_groups(come)
    _hand_in_and_accept(come)
    _fill_the_worksheet(come)
    _record_attendance(come)
    _confirm(come)

    _find_the_grades(chromium, running)


def _click(target: Locator, frame: Frame) -> None:
    with frame.expect_navigation():
        target.click()


def _press(frame: Frame, name: str) -> None:
    _click(frame.get_by_role("button", name=name).first, frame)


def _follow(frame: Frame, name: str) -> None:
    _click(frame.get_by_role("link", name=name).first, frame)


def _on(sheet: Frame) -> None:
    _answer_what_is_here(sheet)
    _click(sheet.locator("button[form=answers][value=on]"), sheet)


def _give_the_reviewer_a_duty(come: Enter) -> None:
    # The first of the staff to come is the lead.
    come(LEAD, "home")
    come(REVIEWER, "home")
    lead = come(LEAD, "home")
    _follow(lead, "People")
    row = lead.get_by_role("listitem").filter(has_text="Admin").first
    row.get_by_label("Review").check()
    _click(row.get_by_role("button", name="Save"), lead)
    expect(lead.get_by_role("status").first).to_be_visible()


def _form_groups(come: Enter) -> None:
    lead = come(LEAD, "groups")
    _follow(lead, "Form groups")
    lead.get_by_label("Name").fill("Project groups")
    lead.get_by_label("How many groups?").fill("1")
    _press(lead, "Open the formation")
    lead.get_by_role("textbox").last.fill("\n".join(TOPICS))
    _press(lead, "Add")
    _press(lead, "Let participants rank the topics")
    for sub in PARTICIPANTS:
        wishing = come(sub, "groups")
        wishing.get_by_role("button", name="Choose").first.click()
        _press(wishing, "Store my answers")
        expect(wishing.get_by_text("Your wishes are stored").first).to_be_visible()
    lead = come(LEAD, "groups")
    _press(lead, "Close the wishes and compute a proposal")
    publish = lead.get_by_role("link", name="Publish these groups")
    publish.wait_for(timeout=20_000)
    expect(lead.get_by_text("proven optimal").first).to_be_visible()
    _click(publish, lead)
    _press(lead, "Publish")
    member = come(AUTHOR, "groups")
    expect(member.get_by_text("your 1st wish")).to_be_visible()


def _hand_in_and_accept(come: Enter) -> None:
    member = come(AUTHOR, "project")
    member.get_by_label("Text").fill(
        "Our plan: three workshops with firms and schools."
    )
    _press(member, "Hand in for the group")
    reviewer = come(REVIEWER, "project")
    _follow(reviewer, "Group 1")
    reviewer.get_by_label("Comment for the group").fill("Clear and doable.")
    _press(reviewer, "Accept")
    expect(reviewer.get_by_text("accepted").first).to_be_visible()


def _fill_the_worksheet(come: Enter) -> None:
    sheet = come(AUTHOR, "worksheet")
    _press(sheet, "Begin")
    for name in ("Harbour school", "Crane works"):
        _add_actor(sheet, name)
    for row in range(2):
        _click(sheet.locator("button[name=closeness][value='2']").nth(row), sheet)
    while "review" not in sheet.url:
        _on(sheet)
    _press(sheet, "Hand in now")
    expect(sheet.get_by_text("handed in").first).to_be_visible()


def _add_actor(sheet: Frame, name: str) -> None:
    while not sheet.locator("#label-known").count():
        _on(sheet)
    sheet.locator("#label-known").fill(name)
    sheet.locator("#type-known").select_option(index=1)
    _press(sheet, "Add an actor")
    expect(sheet.get_by_role("rowheader", name=name)).to_be_visible()


def _answer_what_is_here(sheet: Frame) -> None:
    for kind, words in (
        ("textarea", "We bring schools and firms together."),
        ("input[type=text]", "A sign"),
        ("input[type=date]", "2027-06-01"),
    ):
        for field in sheet.locator(f"{kind}[form=answers]:visible").all():
            field.fill(words)
    for group in sheet.get_by_role("radiogroup").all():
        group.get_by_role("radio").first.check()
    for box in sheet.locator("input[type=checkbox][form=answers]").all():
        box.check()
    for choice in sheet.locator("select[form=answers]:visible").all():
        choice.select_option(index=1)
    _spread_points(sheet)


def _spread_points(sheet: Frame) -> None:
    """Give all ten points of a side to its first role."""
    for side in ("now", "wish"):
        points = sheet.locator(f"input[type=number][name*='.{side}.']").all()
        for index, field in enumerate(points):
            field.fill("0" if index else "10")


def _record_attendance(come: Enter) -> None:
    lead = come(LEAD, "attendance")
    day = datetime.now(UTC) - timedelta(days=20)
    for kind, theme in (
        ("kickoff", "Kick-off"),
        ("webinar", "Webinar"),
        ("closing", "Closing"),
    ):
        _follow(
            lead, "Plan the first meeting" if kind == "kickoff" else "Plan a meeting"
        )
        lead.get_by_label("Theme").fill(theme)
        lead.get_by_label("Kind").select_option(kind)
        lead.get_by_label("Date").fill(f"{day:%Y-%m-%d}")
        lead.get_by_label("Begins at").fill("07:00")
        lead.get_by_label("Ends at").fill("21:00")
        _press(lead, "Save")
        day += timedelta(days=5)
    for theme in ("Kick-off", "Webinar", "Closing"):
        lead = come(LEAD, "attendance")
        _click(
            lead.get_by_role("row").filter(has_text=theme).get_by_role("link").first,
            lead,
        )
        _press(lead, "Everyone else was there on site")
        _press(lead, "Sign the list off")
        expect(lead.get_by_text("Signed off by")).to_be_visible()
    _record_the_presentation(come)


def _record_the_presentation(come: Enter) -> None:
    lead = come(LEAD, "project")
    _follow(lead, "Presentations")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    lead.locator("input[type=datetime-local]").first.fill(f"{yesterday:%Y-%m-%dT10:00}")
    _press(lead, "Set the date")
    _press(lead, "Record")


def _confirm(come: Enter) -> None:
    lead = come(LEAD, "certificate")
    _follow(lead, "Check the rules and publish yours")
    lead.get_by_label("at the end").uncheck()
    lead.get_by_label("Least length of the course in units").fill("50")
    _press(lead, "Show whom this would move")
    _press(lead, "Publish")
    person = come(AUTHOR, "certificate")
    expect(person.locator(".verdict")).to_contain_text("You meet all requirements")
    other = come("20", "certificate")
    expect(other.locator(".verdict")).not_to_contain_text("You meet all requirements")
    lead = come(LEAD, "certificate")
    _follow(lead, "Möllering")
    _press(lead, "Confirm the certificate")
    expect(lead.get_by_text("The certificate is confirmed.")).to_be_visible()


def _find_the_grades(chromium: Browser, running: Running) -> None:
    page = chromium.new_page()
    for _attempt in range(40):
        page.goto(running.gradebook(COURSE))
        row = page.get_by_role("row").filter(has_text="Möllering")
        texts = row.get_by_role("cell").all_inner_texts()
        if sum("1" in text or "100" in text for text in texts) >= 3:
            break
        page.wait_for_timeout(500)
    else:
        raise AssertionError(f"not all grades arrived: {texts}")
    page.close()
