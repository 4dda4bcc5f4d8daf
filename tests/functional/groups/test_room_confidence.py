"""What was wished in confidence stays so in the room, and so does what a lead has not published."""

import re

import pytest

from lti_tool.courses import service as courses
from lti_tool.groups import service
from lti_tool.groups.models import Wish
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.arrangement import arrange
from lti_tool.groups.publishing import service as publishing
from tests.functional.groups.conftest import Classroom

pytestmark = pytest.mark.sqlite

ROOM = "groups/1/room"
FIRST, SECOND = "Teilnehmerin A", "Teilnehmerin B"


@pytest.fixture
def surveyed(ranked: Classroom) -> Classroom:
    """Fifteen of sixteen have answered the survey; then a lead shows the round in the room."""
    ranked.lead.post(f"{ROOM}/open")
    return ranked


def named(page: str) -> set[str]:
    """Return who is named on the board and in what changed."""
    return set(re.findall(r"Teilnehmerin [A-P]", page.split('id="live"')[1]))


def balance(room: Classroom) -> None:
    room.lead.post(f"{ROOM}/balance")
    assert proposals.compute_due(room.database) == 1


def move(room: Classroom) -> None:
    """Put the second of the class into another group by hand, unpublished."""
    with room.database.reading(1) as session:
        formation = service.get_formation(session, 1)
        proposal = proposals.get_proposal(session, formation, 1)
        teams = arrange(session, formation, proposal).teams
        person = next(
            p.person_id for p in courses.participants(session) if p.name == SECOND
        )
        to = next(
            t.id for t in teams if all(seat.person_id != person for seat in t.seats)
        )
    sent = room.lead.post(
        "groups/1/proposals/1/move", {"person": person, "group": to, "way": to}
    )
    assert sent.status_code == 200


def test_wishes_of_the_survey_are_counted_and_name_nobody_until_a_tap(surveyed):
    for visitor in (surveyed.people[FIRST], surveyed.lead):
        page = visitor.get(ROOM).text
        assert named(page) == set()
        assert "4 people, without names" in page

    own = surveyed.people[SECOND].get(ROOM).text
    assert "You gave your present favourite in confidence" in own
    surveyed.people[SECOND].post(f"{ROOM}/marks", {"mark": "2:1"})

    page = surveyed.people[FIRST].get(ROOM).text
    assert named(page) == {SECOND}
    assert "3 more, without names" in page


def test_a_second_mark_shows_no_favourite_of_the_survey(surveyed):
    surveyed.people[SECOND].post(f"{ROOM}/marks", {"mark": "4:2"})
    surveyed.lead.post(f"{ROOM}/remove", {"topic": "2"})

    assert named(surveyed.people[FIRST].get(ROOM).text) == set()


def test_balancing_tells_no_change_of_those_who_wished_in_confidence(surveyed):
    balance(surveyed)

    page = surveyed.people[FIRST].get(ROOM).text
    told = re.findall(r'room-lines">(.*?)</ul>', page, re.DOTALL)
    assert set(re.findall("Teilnehmerin [A-P]", "".join(told))) <= {"Teilnehmerin P"}
    assert "Everybody is with their favourite" not in page


def test_moves_by_hand_are_shown_on_phones_only_when_published(surveyed):
    balance(surveyed)
    surveyed.lead.post(f"{ROOM}/publish")
    phone = surveyed.people[FIRST]
    version = phone.get(ROOM).headers["ETag"]

    move(surveyed)

    assert phone.get(ROOM).headers["ETag"] == version


def test_undo_after_a_move_by_hand_asks_before_it_takes_published_groups_back(surveyed):
    balance(surveyed)
    surveyed.lead.post(f"{ROOM}/publish")
    move(surveyed)

    surveyed.lead.post(f"{ROOM}/undo")

    with surveyed.database.reading(1) as session:
        formation = service.get_formation(session, 1)
        assert formation.stage == "closed"
        assert publishing.in_force(session, formation)


def test_the_version_of_a_page_depends_on_no_further_wish_of_others(surveyed):
    balance(surveyed)
    phone = surveyed.people[FIRST]
    version = phone.get(ROOM).headers["ETag"]

    with surveyed.database.transaction(1) as session:
        people = {p.name: p.person_id for p in courses.participants(session)}
        others = (Wish.person_id != people[FIRST], Wish.place == 2)
        assert session.query(Wish).filter(*others).delete()

    assert phone.get(ROOM).headers["ETag"] == version


def test_balancing_twice_computes_once_and_never_over_groups(surveyed):
    surveyed.lead.post(f"{ROOM}/balance")
    balance(surveyed)

    assert surveyed.lead.post(f"{ROOM}/balance").status_code == 409
    surveyed.lead.post(f"{ROOM}/publish")
    assert surveyed.lead.post(f"{ROOM}/balance").status_code == 409


def test_an_endless_number_is_no_topic(surveyed):
    mark = {"mark": "9" * 5000 + ":1"}

    assert surveyed.people[FIRST].post(f"{ROOM}/marks", mark).status_code == 400


def test_one_person_proposes_five_topics_and_no_more(room):
    room.lead.post("groups/room")
    said = [
        room.people[FIRST].post(f"{ROOM}/ideas", {"title": f"Idea {n}"}).status_code
        for n in range(6)
    ]

    assert said == [200] * 5 + [409]
