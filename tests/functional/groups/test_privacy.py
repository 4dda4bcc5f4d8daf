"""What participants and outsiders must never see of others' wishes."""

import re

import pytest

from lti_tool.groups.models import Wish

pytestmark = pytest.mark.sqlite

PATHS = ["groups/", "", "project/", "attendance/"]


@pytest.fixture
def planted(ranked):
    """A room in which one person alone wishes, in last place, for a marked topic."""
    ranked.lead.post("groups/1/stage", {"stage": "topics"})
    ranked.topics("Marke-Sonderthema")
    ranked.stage("wishes")
    ranked.rank("Teilnehmerin B", 2, 5)
    return ranked


def stripped(page):
    """Return a page without the reader's form and the list of topics, which name all topics."""
    return re.sub(r"<select.*?</select>", "", page, flags=re.DOTALL)


def test_the_marker_is_seen_by_its_owner(planted):
    planted.stage("closed")

    assert "Marke-Sonderthema" in planted.people["Teilnehmerin B"].get("groups/").text


@pytest.mark.parametrize("stage", ["wishes", "closed", "published"])
def test_nothing_of_a_persons_wishes_is_on_pages_of_others(planted, stage):
    if stage != "wishes":
        planted.stage("closed")
        planted.propose()
    if stage == "published":
        planted.publish()

    for path in PATHS:
        page = stripped(planted.people["Teilnehmerin A"].get(path).text)
        assert "Marke-Sonderthema" not in page
        assert "not wished" not in page
        if stage != "published":
            assert "Teilnehmerin B" not in page.split("<main")[1] or path != "groups/"


def test_a_member_of_the_group_is_told_no_wish_but_their_own(planted):
    planted.stage("closed")
    planted.propose()
    planted.publish()

    page = planted.people["Teilnehmerin B"].get("groups/").text

    assert len(re.findall(r"[1-5](st|nd|rd|th) wish", page)) == 1


LEADS_ONLY = [
    "groups/new",
    "groups/1",
    "groups/1/settings",
    "groups/1/topics/1",
    "groups/1/proposals/1",
]
LEAD_ACTIONS = [
    "groups/new",
    "groups/1/settings",
    "groups/1/stage",
    "groups/1/topics",
    "groups/1/topics/1",
    "groups/1/topics/1/merge",
    "groups/1/topics/1/remove",
    "groups/1/topics/1/restore",
    "groups/1/proposals",
    "groups/1/proposals/1/cancel",
    "groups/1/proposals/1/move",
    "groups/1/proposals/1/undo",
    "groups/1/proposals/1/publish",
    "groups/1/take-back",
]


def test_what_leads_do_is_refused_to_participants(ranked):
    ranked.propose()
    participant = ranked.people["Teilnehmerin A"]

    assert {participant.get(path).status_code for path in LEADS_ONLY} == {403}
    assert {participant.post(path).status_code for path in LEAD_ACTIONS} == {403}


def test_staff_without_the_duty_see_no_wishes_and_do_nothing(ranked, arrive):
    ranked.propose()
    speaker = arrive("3", "Instructor", name="Referent Zwei")

    assert {speaker.get(path).status_code for path in ["groups/", *LEADS_ONLY]} == {403}
    assert {speaker.post(path).status_code for path in LEAD_ACTIONS} == {403}


def test_the_lead_of_another_course_finds_nothing_here(ranked, arrive):
    ranked.propose()
    stranger = arrive("50", "Instructor", name="Andere Leitung", course="c2")

    assert {stranger.get(path).status_code for path in LEADS_ONLY[1:]} == {404}
    assert {stranger.post(path).status_code for path in LEAD_ACTIONS[2:]} == {404}


def test_the_participant_of_another_course_cannot_answer_here(ranked, arrive):
    stranger = arrive("51", name="Fremde Person", course="c2")

    answer = stranger.post("groups/1/wishes", {"wish_0": 1})

    assert answer.status_code == 404


def test_staff_who_look_on_as_participants_change_nothing(ranked, arrive, database):
    preview = arrive("1", "Learner", name="Leonie Leitner")

    assert "Store my answers" in preview.get("groups/").text
    assert preview.post("groups/1/wishes", {"wish_0": 1}).status_code == 403
    with database.reading(1) as session:
        assert {wish.person_id for wish in session.query(Wish)} != {1}
        assert session.query(Wish).count() == 30


def test_a_request_without_the_security_code_changes_nothing(ranked):
    participant = ranked.people["Teilnehmerin A"]

    answer = participant.client.post(
        f"{participant.home}groups/1/wishes", data={"wish_0": 3}
    )

    assert answer.status_code == 400
