"""Somebody joins or leaves after publishing: few moves, proven, and nothing lost."""

import re

import pytest

from lti_tool.courses import service as courses
from lti_tool.courses.models import Enrolment, GroupMember
from lti_tool.groups import service
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.models import Placement, Proposal, ProposalGroup
from lti_tool.groups.publishing.models import Publication
from lti_tool.projects import records
from lti_tool.projects import service as projects


@pytest.fixture
def published(ranked):
    """The room after its groups were published."""
    ranked.propose()
    ranked.publish()
    return ranked


def leave(room, *names):
    """Take people off the list of members."""
    with room.database.transaction(1) as session:
        ids = {m.person_id for m in courses.participants(session) if m.name in names}
        for place in session.query(Enrolment):
            if place.person_id in ids:
                place.is_active = False


def compute(room):
    """Ask for what is possible, compute it, and return the page."""
    asked = room.lead.post("groups/1/changes", follow=False)
    assert asked.status_code == 303, asked.text
    assert proposals.compute_due(room.database) >= 1
    return room.lead.get("groups/1/changes").text


def stop(page, name):
    """Return what the page says at a stop of the slider."""
    return page.split(f'data-stop="{name}"')[1].split("</section>")[0]


def adopt(room, page, name):
    """Take the way of a stop over and return the page that asks whether to publish it."""
    found = re.search(r"/groups/1/changes/(\d+)", stop(page, name))[1]
    return room.lead.post(f"groups/1/changes/{found}").text


def confirm(room, page):
    """Publish what a page asks about."""
    action = re.findall(r'action="[^"]*/(groups/1/[^"]+)"', page)[-1]
    return room.lead.post(action).text


def groups_of(room):
    with room.database.reading(1) as session:
        names = courses.names(session)
        return {
            (group.id, group.name, group.topic): {names[p] for p in group.member_ids}
            for group in courses.groups(session)
        }


def test_nothing_is_said_while_nobody_joins_or_leaves(published):
    assert "somebody joined" not in published.lead.get("").text
    assert (
        "All participants are in a group" in published.lead.get("groups/1/changes").text
    )
    assert published.lead.post("groups/1/changes").status_code == 409


def test_a_late_joiner_is_placed_and_nobody_else_moves(published, arrive):
    late = arrive("40", name="Spät Ankommend")
    before = groups_of(published)
    assert (
        "1 participant is in no group: Spät Ankommend." in published.lead.get("").text
    )

    page = compute(published)

    assert "Proven: fewer moves are impossible." in stop(page, "nobody")
    assert "Nobody else moves." in stop(page, "nobody")
    check = adopt(published, page, "nobody")
    assert "16 people stay where they are." in check
    confirm(published, check)
    after = groups_of(published)
    assert after.keys() == before.keys()
    assert all(before[group] <= after[group] for group in before)
    assert "You are in a group now" in late.get("groups/").text


def test_where_moves_gain_nothing_nobody_moves_at_any_stop_and_that_is_said(
    published, arrive
):
    arrive("40", name="Spät Ankommend")

    page = compute(published)

    for name in ("few", "some", "best"):
        assert "Nobody else moves." in stop(page, name)
        assert "Gains nothing over “Move nobody else if possible”." in stop(page, name)
    assert "Gains nothing" not in stop(page, "nobody")


def test_what_moves_gain_is_said_where_they_are_cheap_and_made(published):
    """Most now want another topic before their own, and there is room for all of that."""
    with published.database.transaction(1) as session:
        formation = service.get_formation(session, 1)
        service.set_stage(session, formation, "wishes")
        topics = [topic.id for topic in service.topics(session, formation)]
        for place, one in enumerate(courses.participants(session)[:-1]):
            wishes = [topics[(place + place // 4) % 4], topics[place % 4]]
            service.rank_topics(
                session, formation, one.person_id, list(dict.fromkeys(wishes))
            )
        service.set_stage(session, formation, "closed")
    leave(published, "Teilnehmerin P")

    page = compute(published)

    assert "Nobody else moves." in stop(page, "nobody")
    assert "Nobody else moves." in stop(page, "few")
    assert "people change groups" in stop(page, "some")
    assert re.search(
        r"\d+ points better than “Move nobody else if possible”", stop(page, "some")
    )
    assert "Gains nothing over “Some moves”" in stop(page, "best")


def test_a_drop_out_leaves_a_gap_and_the_lead_sees_whose(published):
    leave(published, "Teilnehmerin A")
    card = published.lead.get("").text

    page = compute(published)

    assert "has left the course: Teilnehmerin A." in card
    assert "Nobody else moves." in stop(page, "nobody")
    confirm(published, adopt(published, page, "nobody"))
    assert "Teilnehmerin A" not in set.union(*groups_of(published).values())
    assert (
        "All participants are in a group" in published.lead.get("groups/1/changes").text
    )


def test_sizes_that_demand_it_make_others_move_as_few_as_possible(published):
    """Two of a group of four leave, and groups may have no fewer than three."""
    sizes = {"size_min": "3", "size_preferred": "4", "size_max": "5"}
    form = {"title": "Project groups", "groups_wanted": "4", **sizes}
    published.lead.post("groups/1/settings", form)
    leave(published, "Teilnehmerin A", "Teilnehmerin E")

    page = compute(published)

    nobody = stop(page, "nobody")
    assert "1 person changes groups" in nobody
    assert "Proven: fewer moves are impossible." in nobody
    # Who wished for nothing loses nothing.
    assert "<strong>Teilnehmerin P</strong> from" in nobody


def test_moves_are_counted_from_what_is_published_not_from_later_tries(
    published, arrive
):
    arrive("40", name="Spät Ankommend")
    with published.database.reading(1) as session:
        person = next(
            p.person_id
            for p in courses.participants(session)
            if p.name == "Teilnehmerin A"
        )
        groups = session.query(ProposalGroup).order_by(ProposalGroup.id).all()
        own = session.query(Placement).filter_by(person_id=person).one().group_id
        other = next(group.id for group in groups if group.id != own)
    move = {"person": person, "group": other}
    assert published.lead.post("groups/1/proposals/1/move", move).status_code == 200

    check = adopt(published, compute(published), "nobody")

    assert "16 people stay where they are." in check


def test_a_lead_places_a_joiner_by_hand_and_sees_the_price(published, arrive):
    arrive("40", name="Spät Ankommend")
    page = published.lead.get("groups/1/changes").text
    field, first = re.search(
        r'<select id="(group_\d+)"[^>]*>\s*<option value="(\d)">0 ', page
    ).groups()

    check = published.lead.post("groups/1/changes/places", {field: first}).text

    assert "1 person is new in a group" in check
    confirm(published, check)
    assert "Spät Ankommend" in set.union(*groups_of(published).values())


@pytest.mark.parametrize("group", ["7", "-3"])
def test_a_group_that_is_not_published_takes_nobody(published, arrive, group):
    arrive("40", name="Spät Ankommend")
    page = published.lead.get("groups/1/changes").text
    field = re.search(r'<select id="(group_\d+)"', page)[1]

    answer = published.lead.post("groups/1/changes/places", {field: group})

    assert answer.status_code == (400 if group == "7" else 200)
    assert "Spät Ankommend" not in set.union(*groups_of(published).values())


def test_what_was_computed_before_another_one_joined_is_not_offered(published, arrive):
    arrive("40", name="Spät Ankommend")
    compute(published)
    arrive("41", name="Noch Später")

    page = published.lead.get("groups/1/changes").text

    assert "Show what is possible" in page
    assert "Nobody else moves." in stop(compute(published), "nobody")


def test_possibilities_do_not_stand_among_the_proposals_before_one_is_taken(
    published, arrive
):
    arrive("40", name="Spät Ankommend")
    page = compute(published)
    before = published.lead.get("groups/1").text

    adopt(published, page, "few")

    assert "Few moves" not in before
    assert "Few moves" in published.lead.get("groups/1").text
    with published.database.reading(1) as session:
        assert session.query(Proposal).filter(Proposal.number > 0).count() == 2


def test_the_tool_stores_no_words_of_one_language_as_titles_of_proposals(
    published, arrive
):
    arrive("40", name="Spät Ankommend")
    adopt(published, compute(published), "few")

    with published.database.reading(1) as session:
        titles = {p.title for p in session.query(Proposal).all()}
    named = published.lead.get("groups/1").text

    assert titles == {None, "=nobody", "=few", "=some", "=best"}
    assert "Few moves" in named
    assert "=few" not in named


def test_handed_in_work_stays_with_its_group_through_joiners_drop_outs_and_restoring(
    published, arrive
):
    with published.database.transaction(1) as session:
        group = courses.groups(session)[0]
        hand = projects.Hand(group.member_ids[0])
        projects.hand_in(session, group.id, hand, "Unser Entwurf", "")
        gone = courses.names(session)[group.member_ids[1]]
    arrive("40", name="Spät Ankommend")
    leave(published, gone)

    confirm(published, adopt(published, compute(published), "nobody"))
    confirm(published, published.lead.get("groups/1/publications/1").text)

    with published.database.reading(1) as session:
        assert group.id in {g.id for g in courses.groups(session)}
        work = records.get_project(session, group.id)
        assert [version.text for version in work.versions] == ["Unser Entwurf"]
        versions = session.query(Publication).order_by(Publication.version).all()
        assert [p.restores for p in versions] == [None, None, 1]


def test_places_keep_why_they_began_late_or_ended(published, arrive):
    arrive("40", name="Spät Ankommend")
    leave(published, "Teilnehmerin A")

    confirm(published, adopt(published, compute(published), "nobody"))

    with published.database.reading(1) as session:
        names = courses.names(session)
        told = {
            names[place.person_id]: (place.reason, place.until is None)
            for place in session.query(GroupMember)
            if place.reason
        }
    assert told == {
        "Spät Ankommend": ("joined_late", True),
        "Teilnehmerin A": ("left_course", False),
    }
