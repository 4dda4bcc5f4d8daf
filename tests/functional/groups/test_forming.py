"""Four groups from sixteen people in one room, from the first topic to the publication."""

import re

import pytest

from lti_tool.courses import service as courses
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.models import Placement
from lti_tool.groups.publishing.models import Publication, PublishedMember
from tests.functional.groups.conftest import TITLES


def people_of(page):
    """Return the names in each group of a proposal page."""
    sections = page.split('<div class="teams">')[1].split("<section")[1:]
    return [re.findall(r'class="who">([^<]+)<', section) for section in sections]


def person_id(page, name):
    found = re.search(rf'name="person" value="(\d+)">\s*<label[^>]*>[^<]*{name}<', page)
    return int(found[1])


def test_the_empty_page_says_how_to_begin(room):
    page = room.lead.get("groups/").text

    assert "No groups have been formed yet" in page
    assert "16 participants are in the course" in page


def test_participants_propose_topics_and_the_lead_sees_whose_they_are(room):
    room.open()

    room.people["Teilnehmerin A"].post(
        "groups/1/ideas", {"title": "Solarboote", "text": "Bauen"}
    )

    page = room.lead.get("groups/1").text
    assert "Solarboote" in page
    assert "Teilnehmerin A" in page
    assert "Solarboote" in room.people["Teilnehmerin B"].get("groups/").text


def test_a_topic_that_is_on_the_list_is_not_taken_twice(room):
    room.open()
    room.topics("Solarboote")

    answer = room.people["Teilnehmerin A"].post(
        "groups/1/ideas", {"title": "solarboote"}
    )

    assert answer.status_code == 400
    assert "on the list already" in answer.text


def test_participants_propose_nothing_where_the_lead_writes_the_topics(room):
    room.open(may_propose="")

    answer = room.people["Teilnehmerin A"].post(
        "groups/1/ideas", {"title": "Solarboote"}
    )

    assert answer.status_code == 409
    assert "preparing the topics" in room.people["Teilnehmerin A"].get("groups/").text


def test_the_lead_sees_who_has_not_answered(ranked):
    page = ranked.lead.get("groups/1").text

    assert "15 of 16 have ranked the topics" in page
    assert "<strong>No answer yet:</strong> Teilnehmerin P</p>" in page


def test_wishes_can_be_changed_until_the_round_is_closed(ranked):
    assert "Your wishes are stored" in ranked.rank("Teilnehmerin A", 4, 2)

    ranked.stage("closed")

    assert "can no longer be changed" in ranked.rank("Teilnehmerin A", 1)
    page = ranked.people["Teilnehmerin A"].get("groups/").text
    assert f"1. {TITLES[3]}\n2. {TITLES[1]}</dd>" in page.split("your wishes:")[1]


@pytest.mark.parametrize(
    ("wishes", "complaint"),
    [
        ((), "Please choose at least your favourite"),
        ((2, 2), "This topic is chosen already"),
        ((99,), "Not a valid choice"),
    ],
    ids=["nothing", "twice the same", "no such topic"],
)
def test_wishes_that_make_no_sense_are_explained_and_kept_in_the_form(
    ranked, wishes, complaint
):
    page = ranked.rank("Teilnehmerin P", *wishes)

    assert complaint in page
    assert "15 of 16" in ranked.lead.get("groups/1").text


def test_merging_topics_moves_the_wishes(ranked):
    ranked.lead.post("groups/1/topics/1/merge", {"into": "2"})

    page = ranked.people["Teilnehmerin A"].get("groups/").text
    assert TITLES[0] not in page
    assert f'<option selected value="2">{TITLES[1]}</option>' in page


def test_a_removed_topic_is_not_offered_and_can_come_back(ranked):
    ranked.lead.post("groups/1/topics/1/remove")
    assert TITLES[0] not in ranked.people["Teilnehmerin A"].get("groups/").text

    ranked.lead.post("groups/1/topics/1/restore")

    assert TITLES[0] in ranked.people["Teilnehmerin A"].get("groups/").text


def test_no_proposal_is_computed_while_topics_are_too_few(ranked):
    ranked.lead.post("groups/1/topics/1/remove")

    answer = ranked.lead.post("groups/1/proposals")

    assert answer.status_code == 409
    page = ranked.lead.get("groups/1").text
    assert "4 groups are needed, but the topics take only 3" in page


def test_the_proposal_fulfils_all_first_wishes_where_that_is_possible(ranked):
    page = ranked.propose()

    assert "proven optimal" in page
    assert "<strong>15</strong> 1st wish" in page
    assert "<strong>1</strong> no answer" in page
    assert sorted(len(group) for group in people_of(page)) == [4, 4, 4, 4]


def test_staff_are_in_no_group(ranked, arrive):
    arrive("3", "Instructor", name="Referent Zwei")

    page = ranked.propose()

    assert "Referent Zwei" not in page
    assert "Leonie Leitner" not in page.split("<main")[1]


def test_a_person_is_moved_and_the_move_undone(ranked):
    before = people_of(ranked.propose())
    page = ranked.lead.get(f"groups/1/proposals/{ranked.newest()}").text
    who = person_id(page, "Teilnehmerin A")
    other = re.search(rf'id="to-{who}"[^>]*>\s*<option value="(\d+)"', page)[1]

    moved = ranked.lead.post(
        "groups/1/proposals/1/move", {"person": who, "group": other}
    ).text

    assert "Teilnehmerin A is moved" in moved
    assert people_of(moved) != before
    assert "1 move was made by hand" in moved
    assert people_of(ranked.lead.post("groups/1/proposals/1/undo").text) == before


def test_a_person_of_another_course_cannot_be_moved_into_a_group(
    ranked, arrive, database
):
    ranked.propose()
    arrive("99", name="Fremde Person", course="c2")
    with database.transaction(2) as session:
        stranger = courses.participants(session)[0].person_id

    answer = ranked.lead.post(
        "groups/1/proposals/1/move", {"person": stranger, "group": 1}
    )

    assert answer.status_code == 404


def test_participants_see_their_group_only_after_publication(ranked):
    ranked.propose()
    assert (
        "Who is in the group" not in ranked.people["Teilnehmerin A"].get("groups/").text
    )

    ranked.publish()

    page = ranked.people["Teilnehmerin A"].get("groups/").text
    assert f"Gruppe 1: {TITLES[0]}" in page or TITLES[0] in page
    assert "your 1st wish" in page
    assert "Teilnehmerin E" in page
    assert "Teilnehmerin B" not in page


def test_published_groups_are_known_to_the_course(ranked, database):
    ranked.propose()
    ranked.publish()

    with database.reading(1) as session:
        groups = courses.groups(session)
        placed = [person for group in groups for person in group.member_ids]
        assert len(placed) == len(set(placed)) == 16
        assert {group.topic for group in groups} == set(TITLES)


def test_taking_a_publication_back_hides_the_groups_and_keeps_the_record(
    ranked, database
):
    ranked.propose()
    ranked.publish()

    ranked.lead.post("groups/1/take-back")

    assert (
        "Who is in the group" not in ranked.people["Teilnehmerin A"].get("groups/").text
    )
    assert "taken back on" in ranked.lead.get("groups/1/publications").text
    with database.reading(1) as session:
        assert courses.groups(session) == []
        assert session.query(PublishedMember).count() == 16


def test_a_late_joiner_is_added_and_sees_the_group_after_publishing_again(
    ranked, arrive, database
):
    ranked.propose()
    ranked.publish()
    with database.reading(1) as session:
        before = {group.topic: group.id for group in courses.groups(session)}
    late = arrive("40", name="Spät Ankommend")

    page = ranked.lead.get("groups/1/proposals/1").text
    who = person_id(page, "Spät Ankommend")
    group = re.search(rf'id="to-{who}"[^>]*>\s*<option value="(\d+)"', page)[1]
    moved = ranked.lead.post(
        "groups/1/proposals/1/move", {"person": who, "group": group}
    ).text
    ranked.publish()

    assert "In no group" in page
    assert "Participants see the old ones until you publish again" in moved
    assert "Who is in the group" in late.get("groups/").text
    with database.reading(1) as session:
        assert {group.topic: group.id for group in courses.groups(session)} == before
        versions = session.query(Publication).order_by(Publication.version).all()
        assert [(p.version, p.end) for p in versions] == [(1, "replaced"), (2, None)]


def test_proposals_are_kept_and_each_can_be_published(ranked):
    ranked.propose()
    ranked.lead.post("groups/1/stage", {"stage": "closed"})
    ranked.propose()

    ranked.lead.post("groups/1/proposals/1/publish")

    page = ranked.lead.get("groups/1").text
    assert "Proposal 1" in page
    assert "Proposal 2" in page
    assert "These groups are published" in ranked.lead.get("groups/1/proposals/1").text


def test_a_second_formation_replaces_the_groups_of_the_first(ranked, database):
    ranked.propose()
    ranked.publish()
    ranked.lead.post("groups/new", {"title": "Second round", "groups_wanted": "2"})
    ranked.lead.post("groups/2/topics", {"titles": "Neu A\nNeu B"})
    ranked.lead.post("groups/2/stage", {"stage": "closed"})
    ranked.lead.post("groups/2/proposals")
    proposals.compute_due(database)

    ranked.lead.post("groups/2/proposals/2/publish")

    page = ranked.people["Teilnehmerin A"].get("groups/").text
    assert page.count("Who is in the group") == 1
    with database.reading(1) as session:
        assert {group.topic for group in courses.groups(session)} == {"Neu A", "Neu B"}


def test_a_cancelled_proposal_stores_nothing(ranked, database):
    ranked.lead.post("groups/1/proposals")

    ranked.lead.post("groups/1/proposals/1/cancel")

    assert proposals.compute_due(database) == 0
    with database.reading(1) as session:
        assert session.query(Placement).count() == 0


def test_a_published_group_stays_the_same_when_its_topic_gets_a_new_title(
    ranked, database
):
    ranked.propose()
    ranked.publish()
    with database.reading(1) as session:
        before = {group.id for group in courses.groups(session)}

    ranked.lead.post(
        "groups/1/topics/1", {"title": "Lernorte am Fluss", "groups_max": "1"}
    )
    ranked.publish()

    with database.reading(1) as session:
        assert {group.id for group in courses.groups(session)} == before
    assert "Lernorte am Fluss" in ranked.people["Teilnehmerin A"].get("groups/").text


def test_a_merged_topic_is_offered_again_from_the_list(ranked):
    ranked.lead.post("groups/1/topics/1/merge", {"into": "2"})
    assert "groups/1/topics/1/restore" in ranked.lead.get("groups/1").text

    offered = ranked.lead.post("groups/1/topics/1/restore").text

    assert "The topic is offered again." in offered
    assert "groups/1/topics/1/restore" not in offered


def test_a_topic_merged_after_the_proposal_still_counts_as_the_wish_it_was(ranked):
    ranked.propose()

    ranked.lead.post("groups/1/topics/1/merge", {"into": "2"})

    page = ranked.lead.get("groups/1/proposals/1").text
    assert "<strong>15</strong> 1st wish" in page
    assert "have changed since this was computed" in page
