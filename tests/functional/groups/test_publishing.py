"""Versions of published groups: what changes for whom, who is told of it, and the way back."""

import pytest

from lti_tool.courses import service as courses
from lti_tool.courses.models import Enrolment
from lti_tool.groups.models import Formation, Topic
from lti_tool.groups.proposals.models import ProposalGroup
from lti_tool.groups.publishing.models import PublicationSeen
from lti_tool.groups.survey.models import Availability
from tests.functional.groups.conftest import TITLES


@pytest.fixture
def published(ranked):
    """The room after its groups were published: A, E, I, M work on the first topic."""
    ranked.propose()
    ranked.publish()
    return ranked


def id_of(session, name):
    return next(p.person_id for p in courses.participants(session) if p.name == name)


def move(room, name, topic):
    """Move a person in the first proposal to the group that works on a topic."""
    with room.database.reading(1) as session:
        person = id_of(session, name)
        topic_id = session.query(Topic).filter_by(title=topic).one().id
        group = session.query(ProposalGroup).filter_by(proposal_id=1)
        form = {"person": person, "group": group.filter_by(topic_id=topic_id).one().id}
    assert room.lead.post("groups/1/proposals/1/move", form).status_code == 200


def publish(room):
    return room.lead.post("groups/1/proposals/1/publish").text


def page(room, name):
    return room.people[name].get("groups/").text


def test_the_first_publication_is_shown_before_it_is_confirmed(ranked):
    ranked.propose()

    check = ranked.lead.get("groups/1/proposals/1/publish").text

    assert "16 participants will see their groups." in check
    assert "Who is in the group" not in page(ranked, "Teilnehmerin A")


def test_publishing_again_shows_what_changes_for_whom(published):
    move(published, "Teilnehmerin A", TITLES[1])

    check = published.lead.get("groups/1/proposals/1/publish").text

    assert "1 person changes groups" in check
    assert "<strong>Teilnehmerin A</strong> from" in check
    assert "15 people stay where they are." in check


def test_a_member_who_was_moved_is_told_where_they_were_and_are(published):
    move(published, "Teilnehmerin A", TITLES[1])
    publish(published)

    home, groups = (
        published.people["Teilnehmerin A"].get("").text,
        page(published, "Teilnehmerin A"),
    )

    assert "Your group has changed" in home
    assert "You are now in" in groups
    assert f"{TITLES[1]}.</p>" in groups
    assert f"{TITLES[0]}.</p>" in groups.split("Before:")[1]


def test_those_who_stay_are_told_who_came_and_who_went(published):
    move(published, "Teilnehmerin A", TITLES[1])
    publish(published)

    assert "No longer in your group: Teilnehmerin A" in page(
        published, "Teilnehmerin E"
    )
    assert "New in your group: Teilnehmerin A" in page(published, "Teilnehmerin B")
    assert "in your group:" not in page(published, "Teilnehmerin C")


def test_a_notice_stays_until_it_is_confirmed_and_then_is_gone(published, database):
    person = published.people["Teilnehmerin A"]
    assert "You are in a group now" in person.get("groups/").text
    person.get("groups/")
    assert "You are in a group now" in person.get("").text

    person.post("groups/seen/1")
    person.post("groups/seen/1")

    assert "You are in a group now" not in person.get("groups/").text
    assert "You are in a group now" not in person.get("").text
    with database.reading(1) as session:
        assert session.query(PublicationSeen).count() == 1


def test_moves_that_cancel_each_other_out_are_no_news(published):
    published.people["Teilnehmerin A"].post("groups/seen/1")
    move(published, "Teilnehmerin A", TITLES[1])
    publish(published)
    move(published, "Teilnehmerin A", TITLES[0])
    publish(published)

    assert "I have seen this" not in page(published, "Teilnehmerin A")


def test_a_publication_that_does_not_exist_cannot_be_seen(published):
    answer = published.people["Teilnehmerin A"].post("groups/seen/99")

    assert answer.status_code == 404


def test_an_earlier_version_is_restored_as_a_new_one(published, database):
    with database.reading(1) as session:
        before = {g.id: g.member_ids for g in courses.groups(session)}
    move(published, "Teilnehmerin A", TITLES[1])
    publish(published)

    check = published.lead.get("groups/1/publications/1").text
    published.lead.post("groups/1/publications/1")

    assert "<strong>Teilnehmerin A</strong> from" in check
    with database.reading(1) as session:
        assert {g.id: g.member_ids for g in courses.groups(session)} == before
    history = published.lead.get("groups/1/publications").text
    assert "the groups of version 1 again" in history
    assert history.count("1 person changes groups") == 2


def test_a_topic_with_a_new_title_is_the_same_group_when_restored(published, database):
    with database.reading(1) as session:
        before = {g.id for g in courses.groups(session)}
    form = {"title": "Lernorte am Fluss", "groups_max": "1"}
    published.lead.post("groups/1/topics/1", form)
    published.lead.post("groups/1/take-back")

    published.lead.post("groups/1/publications/1")

    with database.reading(1) as session:
        assert {g.id for g in courses.groups(session)} == before
        assert "Lernorte am Fluss" in {g.topic for g in courses.groups(session)}


def test_groups_keep_their_names_though_the_next_proposal_counts_otherwise(
    published, database
):
    with database.reading(1) as session:
        before = {g.topic: g.name for g in courses.groups(session)}
    published.lead.post("groups/1/stage", {"stage": "closed"})
    published.propose()
    with database.transaction(1) as session:
        for group in session.query(ProposalGroup).filter_by(proposal_id=2):
            group.number += 10
    published.publish()

    with database.reading(1) as session:
        assert {g.topic: g.name for g in courses.groups(session)} == before


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"A": ["0-8-12"], "E": ["0-8-12"], "I": ["0-8-12", "1-17-21"]}, True),
        ({"A": ["0-8-12"], "E": ["0-8-12"]}, False),
    ],
    ids=["two others said so", "one other alone"],
)
def test_common_times_tell_nothing_of_one_person(published, database, told, expected):
    with database.transaction(1) as session:
        formation = session.get_one(Formation, 1)
        formation.slots = ["0-8-12", "1-17-21"]
        for letter, slots in told.items():
            person = id_of(session, f"Teilnehmerin {letter}")
            session.add(Availability(formation_id=1, person_id=person, slots=slots))

    own = page(published, "Teilnehmerin A")

    assert ("Monday, 8:00 to 12:00" in own) is expected
    assert "Tuesday" not in own


def test_a_person_who_left_since_is_not_restored(published, database):
    move(published, "Teilnehmerin A", TITLES[1])
    publish(published)
    with database.transaction(1) as session:
        gone = id_of(session, "Teilnehmerin B")
        session.query(Enrolment).filter_by(person_id=gone).update({"is_active": False})

    published.lead.post("groups/1/publications/1")

    with database.reading(1) as session:
        assert gone not in {p for g in courses.groups(session) for p in g.member_ids}
