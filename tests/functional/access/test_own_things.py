"""Participants of one course and what is each one's own; what a lost right still opens."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_tool import clock
from lti_tool.courses.models import Enrolment
from lti_tool.courses.service import set_duties
from lti_tool.lti.models import LaunchSession
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.worksheet.models import Opening
from tests.functional.access.people import (
    ASSISTANT,
    BEN,
    LEAD,
    MEMBERS,
    MIA,
    NEIGHBOUR,
    PARTICIPANTS,
    planted_in,
    secret,
)
from tests.functional.access.world import World

SECTIONS = ("A", "B", "C", "D", "E")
SHOWN = {
    (MIA, "C"): {LEAD, ASSISTANT},
    (BEN, "C"): (PARTICIPANTS - {BEN}) | {LEAD, ASSISTANT},
}
"""Who was shown which section: Mia shows one to the course team, Ben one to the course."""
PRIVATE = ("answer", "draft", "shared", "actor", "partner")


@pytest.mark.parametrize("owner", [MIA, BEN])
@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_opens_for_those_to_whom_it_is_shown_and_each_opening_is_noted(
    changing: World, owner: str, section: str
) -> None:
    readers = SHOWN.get((owner, section), set())
    for asker in sorted(MEMBERS):
        answer = post(
            changing,
            asker,
            "worksheet.open_shared",
            {"snapshot": f"snapshot of {owner}", "section": section},
        )

        assert (answer.status_code == 200) is (asker in readers), asker
        shown = planted_in(answer.text) & {secret(owner, what) for what in PRIVATE}
        assert shown == ({secret(owner, "shared")} if asker in readers else set()), (
            asker
        )
    with changing.writing() as session:
        noted = [opening.reader_id for opening in session.scalars(select(Opening))]
    assert sorted(noted, key=str) == sorted(
        (changing.ids[reader] for reader in readers), key=str
    )


def test_the_owner_is_told_by_name_who_opened_a_section(changing: World) -> None:
    post(changing, ASSISTANT, "worksheet.open_shared", {})

    page = get(changing, MIA, "worksheet.sharing_page")

    opened = page.split('id="openings"')[1]
    assert secret(ASSISTANT, "name") in planted_in(opened)
    assert secret(LEAD, "name") not in planted_in(opened)


def test_what_was_shown_is_closed_again_at_once(changing: World) -> None:
    post(changing, MIA, "worksheet.share", {"section": "C"}, audience="nobody")

    answer = post(changing, LEAD, "worksheet.open_shared", {})

    assert answer.status_code == 404


def test_nobody_ties_or_answers_with_an_actor_of_somebody_else(changing: World) -> None:
    actor = changing.samples["actor"]

    tie = post(
        changing, BEN, "worksheet.set_tie", {}, one=actor, other=actor, strength="2"
    )
    answer = post(
        changing,
        BEN,
        "worksheet.save_field",
        {},
        path="E2.1.who",
        value=actor,
        op="1",
        base="0",
    )

    assert tie.status_code == 422
    assert answer.status_code in {404, 422}
    assert changing.rows() == changing.untouched


@pytest.mark.parametrize(
    ("endpoint", "form"),
    [
        ("people.set_duties", {"duties": "reviewer"}),
        ("people.need_no_duty", {}),
        ("certificate.decide", {"decision": "deny", "reason": "No"}),
        ("projects.let_count", {}),
    ],
)
@pytest.mark.parametrize("who", [NEIGHBOUR, "nobody at all"])
def test_a_lead_decides_only_on_people_of_the_course(
    changing: World, endpoint: str, form: dict[str, str], who: str
) -> None:
    person = changing.ids.get(who, 4711)

    answer = post(changing, LEAD, endpoint, {"person_id": person}, **form)

    assert answer.status_code == 404
    assert changing.rows() == changing.untouched


@pytest.mark.parametrize("who", [NEIGHBOUR, LEAD])
def test_there_is_no_standing_of_somebody_who_does_not_take_part(
    world: World, who: str
) -> None:
    browser = world.browsers[LEAD]
    url = world.url(
        "certificate.person", {"person_id": world.ids[who]}, launch=browser.launch
    )

    assert browser.get(url).status_code == 404


def test_a_duty_that_is_taken_away_ends_in_visits_that_are_open(
    changing: World,
) -> None:
    with changing.writing() as session:
        set_duties(session, changing.ids[ASSISTANT], [], by=changing.ids[LEAD])

    browser = changing.browsers[ASSISTANT]

    assert browser.get(f"{browser.home}gradebook/").status_code == 403
    assert browser.get(browser.home).status_code == 200


@pytest.mark.parametrize("asker", [MIA, ASSISTANT])
def test_whoever_is_taken_off_the_list_of_members_finds_every_door_closed(
    changing: World, asker: str
) -> None:
    with changing.writing() as session:
        person = changing.ids[asker]
        session.scalars(
            select(Enrolment).where(Enrolment.person_id == person)
        ).one().is_active = False

    browser = changing.browsers[asker]

    assert browser.get(browser.home).status_code == 403
    assert browser.post(f"{browser.home}language").status_code == 403


def test_a_visit_ends_after_a_working_day(changing: World) -> None:
    browser = changing.browsers[MIA]
    with changing.database.transaction(EVERYWHERE) as session:
        session.get_one(LaunchSession, browser.launch).expires_at = (
            clock.now() - timedelta(seconds=1)
        )

    assert browser.get(browser.home).status_code == 401


def test_to_be_lead_elsewhere_gives_a_participant_no_right_here(
    changing: World,
) -> None:
    there = changing.arrive(MIA, "Instructor", elsewhere=True)
    here = changing.arrive(MIA, "Learner", elsewhere=False)

    assert here.get(f"{here.home}people/").status_code == 403
    assert not planted_in(there.get(there.home).text) & {
        secret("course", "title"),
        secret("meeting", "theme"),
    }


def post(
    world: World, asker: str, endpoint: str, at: dict[str, object], **form: object
):
    browser = world.browsers[asker]
    return browser.post(world.url(endpoint, at, launch=browser.launch), form)


def get(world: World, asker: str, endpoint: str) -> str:
    browser = world.browsers[asker]
    return browser.get(world.url(endpoint, {}, launch=browser.launch)).text
