"""A published group stays the same one, with its work, whatever becomes of topics and their titles."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from lti_tool.courses import service as courses
from lti_tool.courses.models import Group, GroupMember
from lti_tool.errors import ConflictError
from lti_tool.groups import service
from lti_tool.groups.models import Topic
from lti_tool.groups.problem import Group as Division
from lti_tool.groups.proposals import recording
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.publishing import service as publishing
from lti_tool.groups.publishing.models import PublishedGroup
from tests.functional.groups.conftest import TITLES

A = "Teilnehmerin A"
WORK = "Our concept for the harbour"
TAKEN = "This topic is on the list already."
REMOVED = "A topic of this title was taken off the list."


@pytest.fixture
def working(ranked):
    """The room after publishing, and after the group on the first topic has handed in."""
    ranked.propose()
    ranked.publish()
    ranked.people[A].post(
        "project/groups/1/hand-in", {"text": WORK, "link": "", "seen": 0}
    )
    return ranked


def topic(room, topic_id, act="", **form):
    return room.lead.post(f"groups/1/topics/{topic_id}{act}", form)


def rename(room, topic_id, title):
    return topic(room, topic_id, title=title, text="", groups_max="1")


def publish(room, proposal_id=1):
    done = room.lead.post(f"groups/1/proposals/{proposal_id}/publish")
    assert done.status_code == 200


def sees_work(room):
    return WORK in room.people[A].get("project/").text


def active(room):
    """Return the topics of the active groups by their ids."""
    with room.database.reading(1) as session:
        return {g.id: g.topic for g in session.query(Group).filter_by(is_active=True)}


def offered(room):
    with room.database.reading(1) as session:
        formation = service.get_formation(session, 1)
        return [(t.id, t.title) for t in service.topics(session, formation)]


def most_places_of_one(room):
    """Return in how many active groups at most anybody is."""
    with room.database.reading(1) as session:
        places = session.scalars(
            sa.select(GroupMember.person_id)
            .join(Group, Group.id == GroupMember.group_id)
            .where(Group.is_active, GroupMember.until.is_(None))
        )
        return max(Counter(places).values())


def divide(room, first, second, formation_id=1):
    """Record a proposal of two groups on two topics."""
    with room.database.transaction(1) as session:
        formation = service.get_formation(session, formation_id)
        people = [p.person_id for p in courses.participants(session)]
        groups = [
            Division(first, tuple(people[:8])),
            Division(second, tuple(people[8:])),
        ]
        return recording.record(session, formation, groups, title="x", by=1).id


def forget_what_names_groups(room):
    """Leave what is stored as it was before topics and groups were kept by more than titles."""
    with room.database.transaction(1) as session:
        session.query(Group).update({"topic_key": None})
        session.query(PublishedGroup).update(
            {"topic_id": None, "course_group_id": None}
        )


@pytest.mark.parametrize("is_old", [False, True], ids=["new rows", "old rows"])
def test_work_stays_with_its_group_when_a_topic_is_merged_and_brought_back(
    working, is_old
):
    before = active(working)
    if is_old:
        forget_what_names_groups(working)

    topic(working, 1, "/merge", into="2")
    assert active(working) == {**before, 1: TITLES[1]}
    topic(working, 1, "/restore")
    assert active(working) == before
    publish(working)

    assert active(working) == before
    assert sees_work(working)


def test_work_stays_with_its_group_published_as_merged_and_again_as_brought_back(
    working,
):
    before = active(working)
    topic(working, 1, "/merge", into="2")
    publish(working)
    assert active(working).keys() == before.keys()
    topic(working, 1, "/restore")
    publish(working)

    assert active(working) == before
    assert sees_work(working)


def test_a_group_follows_the_new_title_of_what_its_topic_was_merged_into(working):
    topic(working, 1, "/merge", into="2")
    rename(working, 2, "Harbour and parents")

    assert [*active(working).values()].count("Harbour and parents") == 2


def test_old_rows_go_on_by_title_through_a_new_one(working):
    before = active(working)
    forget_what_names_groups(working)

    rename(working, 3, "Trams")
    publish(working)

    assert active(working) == {
        key: "Trams" if title == TITLES[2] else title for key, title in before.items()
    }
    assert sees_work(working)


def test_no_topic_takes_the_title_of_another(working):
    before = active(working)

    assert TAKEN in rename(working, 1, TITLES[1].upper()).text
    topic(working, 1, "/remove")
    assert REMOVED in rename(working, 2, TITLES[0]).text

    assert active(working) == before


def test_a_merged_topic_whose_title_is_taken_does_not_come_back(working):
    topic(working, 1, "/merge", into="2")
    working.topics(TITLES[0])

    assert TAKEN in topic(working, 1, "/restore").text

    assert [title for _id, title in offered(working)].count(TITLES[0]) == 1


def test_a_topic_keeps_its_title_while_its_words_change(working):
    topic(working, 1, title=TITLES[0], text="New words", groups_max="2")

    with working.database.reading(1) as session:
        assert session.get_one(Topic, 1).text == "New words"


def test_the_title_of_a_removed_topic_brings_that_one_back(working):
    before = offered(working), active(working)
    topic(working, 1, "/remove")

    working.topics(TITLES[0].lower())

    assert (offered(working), active(working)) == before


def test_participants_do_not_bring_back_what_a_lead_removed(room):
    room.lead.post(
        "groups/new", {"title": "x", "may_propose": "y", "groups_wanted": "2"}
    )
    room.topics()
    topic(room, 1, "/remove")

    told = room.people[A].post("groups/1/ideas", {"title": TITLES[0], "text": "mine"})

    assert REMOVED in told.text
    assert 1 not in dict(offered(room))


def test_everybody_is_in_one_group_after_versions_of_merged_topics(ranked):
    first, second = divide(ranked, 1, 3), divide(ranked, 2, 3)
    publish(ranked, first)
    publish(ranked, second)
    ranked.lead.post("groups/1/publications/1")
    before = active(ranked)

    topic(ranked, 1, "/merge", into="2")
    ranked.lead.post("groups/1/publications/1")

    assert active(ranked).keys() == before.keys()
    assert most_places_of_one(ranked) == 1


def test_of_two_groups_of_one_name_and_topic_one_ends(room):
    with room.database.transaction(1) as session:
        person = courses.participants(session)[0].person_id
        for _ in range(2):
            group = Group(name="Group 1", topic="Harbour", source="x")
            session.add(group)
            session.flush()
            session.add(GroupMember(group_id=group.id, person_id=person))
        kept = courses.put_groups(session, "x", [("Group 1", "Harbour", [person])])

    assert kept == [*active(room)] == [1]
    assert most_places_of_one(room) == 1


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("topics", {"title": "Trams"}),
        ("merge", {"topic": "1", "into": "2"}),
        ("remove", {"topic": "1"}),
        ("restore", {"topic": "4"}),
    ],
)
def test_topics_of_a_room_do_not_change_under_balanced_groups(working, act, form):
    topic(working, 4, "/remove")
    working.lead.post("groups/1/room/open")
    before = offered(working)

    told = working.lead.post(f"groups/1/room/{act}", form)

    assert told.status_code == 409
    assert offered(working) == before


@pytest.mark.postgresql
def test_of_two_formations_published_at_once_one_is_in_force(ranked):
    with ranked.database.transaction(1) as session:
        other = service.open_formation(session, service.Plan("Two"), by=1)
        topics = service.add_topics(session, other, ["X", "Y"], by=1)
    asked = [(1, divide(ranked, 1, 2))]
    asked.append((other.id, divide(ranked, *(t.id for t in topics), other.id)))
    start = Barrier(len(asked))

    def tell(formation_id, proposal_id):
        start.wait()
        with ranked.database.transaction(1) as session:
            formation = service.get_formation(session, formation_id)
            proposal = proposals.get_proposal(session, formation, proposal_id)
            publishing.publish(
                session, formation, proposal, name="Group {}".format, by=1
            )

    with ThreadPoolExecutor() as beside:
        for done in [beside.submit(tell, *one) for one in asked]:
            done.result()

    with ranked.database.reading(1) as session:
        assert len(publishing.standing(session)) == 1
    assert most_places_of_one(ranked) == 1


@pytest.mark.postgresql
def test_what_was_stored_meanwhile_cannot_be_cancelled(ranked):
    database = ranked.database
    with database.transaction(1) as session:
        formation = service.get_formation(session, 1)
        asked = proposals.ask(session, formation, by=1).id

    with database.transaction(1) as session:
        formation = service.get_formation(session, 1)
        shown = proposals.get_proposal(session, formation, asked)
        assert proposals.compute_due(database) == 1
        with pytest.raises(ConflictError):
            proposals.cancel(session, shown)

    with database.reading(1) as session:
        assert session.get_one(Proposal, asked).status == "done"
