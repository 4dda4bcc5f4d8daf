"""Participants choose their groups: places, waiting lists, codes, and what a lead does about it."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from lti_tool import clock
from lti_tool.courses import profiles as courses_profiles
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course, Enrolment
from lti_tool.groups import service
from lti_tool.groups.choosing import looking
from lti_tool.groups.choosing.models import WrongCode
from lti_tool.groups.criteria import service as criteria
from lti_tool.groups.criteria.rules import Bonding, Card, Kind, Pairing, Strength
from lti_tool.groups.models import Choice, ChosenGroup
from lti_tool.groups.proposals import arrangement
from lti_tool.groups.proposals import service as proposals
from lti_tool.lti.roles import Role
from lti_tool.lti.roster import Membership
from lti_tool.persistence.session import EVERYWHERE
from tests.functional.groups.conftest import TITLES

A, B, C, D = (f"Teilnehmerin {letter}" for letter in "ABCD")


def begin(room, places=4, **changes):
    """Let participants choose among groups on four topics."""
    form = {
        "title": "Wahlgruppen",
        "titles": "\n".join(TITLES),
        "places": places,
        "open_groups": "y",
        "few_places": "y",
    } | changes
    return room.lead.post("groups/new/choice", form)


def join(room, name, group):
    return room.people[name].post(f"groups/1/choice/join/{group}").text


def look(room):
    with room.database.reading(1) as session:
        return looking.look(session, service.get_formation(session, 1))


def names(room, group=1):
    return [m.name for m in look(room).groups[group - 1].members]


def waiting(room, group=1):
    return [m.name for m in look(room).groups[group - 1].waiting]


def found(room, name, topic=0, **more):
    return room.people[name].post("groups/1/choice/found", {"topic": topic} | more)


def code_of(room, name):
    page = room.people[name].get("groups/1/choice").text
    return re.search(r'class="code">([^<]+)<', page)[1]


def enter_code(room, name, code):
    return room.people[name].post("groups/1/choice/code", {"code": code})


def person(room, name):
    with room.database.reading(1) as session:
        return next(
            p.person_id for p in courses.participants(session) if p.name == name
        )


def put(room, name, group):
    form = {"person": person(room, name), "group": group}
    return room.lead.post("groups/1/choices/put", form).text


def fill(room):
    """Fill the rest, let the worker compute it, and return the page of the proposal."""
    answer = room.lead.post("groups/1/choices/fill", follow=False)
    assert answer.status_code == 303, answer.text
    proposals.compute_due(room.database)
    return room.lead.get(answer.location).text


def teams_of(room):
    """Return who is in the group of each topic of the newest proposal."""
    with room.database.reading(1) as session:
        formation = service.get_formation(session, 1)
        newest = proposals.proposals(session, formation)[0]
        arranged = arrangement.arrange(session, formation, newest)
        return {
            team.topic: {seat.name for seat in team.seats} for team in arranged.teams
        }


def apart(room, one, other, strength=Strength.MUST):
    with room.database.transaction(1) as session:
        formation = service.get_formation(session, 1)
        pairing = Pairing(
            person(room, one), person(room, other), Bonding.APART, strength
        )
        criteria.add_pair(session, formation, pairing, "Marke-Streit", by=1)


def crowd(room, number):
    """Return so many participants with their browsers open."""
    with room.database.transaction(EVERYWHERE) as session:
        listed = [
            Membership(
                str(sub), f"Viele {sub:03}", None, Role.PARTICIPANT, is_active=True
            )
            for sub in range(100, 100 + number)
        ]
        courses.take_roster(session, session.get_one(Course, 1), 1, listed, clock.now())
    return [
        room.people.arrive(str(sub), name=f"Viele {sub:03}")
        for sub in range(100, 100 + number)
    ]


def test_a_place_is_taken_by_one_press(room):
    begin(room)

    page = join(room, A, 2)

    assert "You are in group 2" in page
    assert names(room, 2) == [A]


def test_who_takes_another_place_leaves_the_first(room):
    begin(room)
    join(room, A, 2)

    join(room, A, 3)

    assert names(room, 2) == []
    assert names(room, 3) == [A]


def test_a_full_group_has_a_waiting_list_in_order(room):
    begin(room, places=1)
    join(room, A, 1)

    page = join(room, B, 1)
    join(room, C, 1)

    assert "on its waiting list, at place 1" in page
    assert waiting(room) == [B, C]


def test_the_next_one_moves_up_when_somebody_leaves_and_is_told_on_home_and_page(room):
    begin(room, places=1)
    join(room, A, 1)
    join(room, B, 1)

    room.people[A].post("groups/1/choice/leave")

    assert names(room) == [B]
    assert "you have moved up into group 1" in room.people[B].get("").text
    assert "you have moved up into group 1" in room.people[B].get("groups/").text


def test_what_happened_is_told_until_it_is_read(room):
    begin(room, places=1)
    join(room, A, 1)
    join(room, B, 1)
    room.people[A].post("groups/1/choice/leave")

    room.people[B].post("groups/1/choice/read")

    assert "moved up" not in room.people[B].get("groups/1/choice").text


def test_who_waits_keeps_the_present_place_and_its_list_moves_up_later(room):
    begin(room, places=1)
    join(room, A, 1)
    join(room, B, 2)
    join(room, B, 1)
    join(room, C, 2)
    assert (names(room, 2), waiting(room, 2)) == ([B], [C])

    room.people[A].post("groups/1/choice/leave")

    assert (names(room, 1), names(room, 2)) == ([B], [C])


def test_who_waits_no_longer_is_not_moved(room):
    begin(room, places=1)
    join(room, A, 1)
    join(room, B, 1)

    room.people[B].post("groups/1/choice/stop-waiting")
    room.people[A].post("groups/1/choice/leave")

    assert names(room) == []


def test_more_places_let_people_move_up(room):
    begin(room, places=1)
    join(room, A, 1)
    join(room, B, 1)

    room.lead.post("groups/1/choices", {"places": 2})

    assert names(room) == [A, B]


def test_after_the_date_nobody_takes_a_place(room):
    begin(room)
    with room.database.transaction(1) as session:
        past = clock.now() - timedelta(seconds=1)
        session.execute(update(Choice).values(closes_at=past))

    assert "can no longer be chosen" in join(room, A, 1)
    assert names(room) == []


def test_a_lead_closes_and_opens_again(room):
    begin(room)
    join(room, A, 1)
    room.lead.post("groups/1/choices/close")

    assert (
        "can no longer be chosen" in room.people[A].post("groups/1/choice/leave").text
    )

    room.lead.post("groups/1/choices/open")
    room.people[A].post("groups/1/choice/leave")
    assert names(room) == []


# Rules


def test_who_is_to_be_apart_cannot_be_found_out_by_joining_and_leads_are_told(room):
    begin(room)
    apart(room, A, B)
    join(room, A, 1)

    page = join(room, B, 1)

    for told in (page, room.people[B].get("groups/1/choice").text):
        assert "By the rules of this course" not in told
        assert "Marke-Streit" not in told
        assert "apart" not in told
    assert names(room) == [A, B]
    assert f"{A} and {B} are to be apart" in room.lead.get("groups/1/choices").text


def test_who_waits_comes_before_who_arrives_after_somebody_left_the_course(room):
    begin(room, places=2)
    join(room, A, 1)
    join(room, B, 1)
    join(room, C, 1)
    with room.database.transaction(1) as session:
        place = session.scalar(
            select(Enrolment).where(Enrolment.person_id == person(room, A))
        )
        place.is_active = False

    join(room, D, 1)

    assert names(room) == [B, C]
    assert waiting(room) == [D]


def test_a_hard_rule_is_refused_without_a_word_on_others(room):
    begin(room)
    with room.database.transaction(1) as session:
        formation = service.get_formation(session, 1)
        for letter in "AC":
            courses_profiles.confirm_profile(
                session,
                person(room, f"Teilnehmerin {letter}"),
                {"network_kind": "stem"},
            )
        card = Card(Kind.SPREAD, Strength.MUST, attribute="network_kind", most=1)
        criteria.add(session, formation, card)
    join(room, A, 1)

    assert "By the rules of this course this group cannot take you in" in join(
        room, C, 1
    )


# Groups with a code


def test_who_founds_a_group_gets_a_code_that_lets_others_in(room):
    begin(room, open_groups="", may_found="y")
    assert "Your group is founded" in found(room, A, topic=1).text
    code = code_of(room, A)

    page = enter_code(room, B, f" {code.lower()} ").text

    assert "You are in group 1" in page
    assert names(room) == [A, B]


def test_without_the_code_nobody_comes_in(room):
    begin(room, open_groups="", may_found="y")
    found(room, A, topic=1)

    assert "with its code" in join(room, B, 1)
    assert names(room) == [A]


def test_only_members_and_leads_see_the_code(room):
    begin(room, open_groups="", may_found="y")
    found(room, A, topic=1)
    code = code_of(room, A)

    for path in ("", "groups/", "groups/1/choice"):
        assert code not in room.people[B].get(path).text
    assert code in room.lead.get("groups/1/choices").text


def test_a_changed_code_leads_nowhere(room):
    begin(room, open_groups="", may_found="y")
    found(room, A, topic=1)
    old = code_of(room, A)

    room.people[A].post("groups/1/choice/new-code")

    assert "No group has this code" in enter_code(room, B, old).text
    assert "You are in group 1" in enter_code(room, B, code_of(room, A)).text


def test_who_guesses_codes_has_to_wait_even_with_the_right_one(room):
    begin(room, open_groups="", may_found="y")
    found(room, A, topic=1)
    code = code_of(room, A)

    answers = [enter_code(room, B, f"AAAA-AAA{n}") for n in range(2, 7)]

    assert {answer.status_code for answer in answers} == {422}
    assert "Too many wrong codes" in enter_code(room, B, code).text
    assert "You are in group 1" in enter_code(room, C, code).text


def test_after_ten_minutes_codes_can_be_typed_again(room):
    begin(room, open_groups="", may_found="y")
    found(room, A, topic=1)
    for n in range(2, 7):
        enter_code(room, B, f"AAAA-AAA{n}")

    with room.database.transaction(1) as session:
        session.execute(
            update(WrongCode).values(since=clock.now() - timedelta(minutes=11))
        )

    assert "You are in group 1" in enter_code(room, B, code_of(room, A)).text


def test_a_founded_group_ends_when_its_last_member_leaves(room):
    begin(room, open_groups="", may_found="y")
    found(room, A, topic=1)

    room.people[A].post("groups/1/choice/leave")

    assert look(room).groups == ()
    assert "Your group is founded" in found(room, B, topic=1).text


def test_a_topic_takes_no_more_groups_than_it_may_have(room):
    begin(room, open_groups="", may_found="y")
    found(room, A, topic=1)

    answer = found(room, B, topic=1)

    assert answer.status_code == 422
    assert len(look(room).groups) == 1


def test_a_group_can_be_founded_on_a_topic_of_ones_own(room):
    begin(room, may_found="y")

    found(room, A, title="Solarboote")

    assert look(room).own(person(room, A)).topic.title == "Solarboote"


def test_nobody_founds_a_group_where_that_is_not_allowed(room):
    begin(room)

    assert found(room, A, topic=1).status_code in {409, 422}
    assert found(room, A, title="Solarboote").status_code == 409


# What leads do


def test_a_lead_puts_people_in_and_out_and_they_are_told(room):
    begin(room, places=1)
    join(room, A, 1)

    put(room, B, 1)
    assert names(room) == [A, B]
    assert "has put you into group 1" in room.people[B].get("").text

    put(room, B, 0)
    assert names(room) == [A]
    assert "has taken you out of group 1" in room.people[B].get("").text


def test_a_removed_group_tells_its_people_to_choose_again(room):
    begin(room)
    join(room, A, 1)

    room.lead.post("groups/1/choices/groups/1/remove")

    assert "is no longer there" in room.people[A].get("groups/1/choice").text
    assert [g.number for g in look(room).groups] == [2, 3, 4]


def test_who_left_the_course_holds_no_place(room):
    begin(room, places=1)
    join(room, A, 1)
    gone = person(room, A)
    with room.database.transaction(1) as session:
        session.execute(
            update(Enrolment).where(Enrolment.person_id == gone).values(is_active=False)
        )

    assert "You are in group 1" in join(room, B, 1)


def test_the_rest_is_filled_and_nobody_who_chose_moves(room):
    begin(room)
    for name, group in ((A, 1), (B, 1), (C, 3), (D, 4)):
        join(room, name, group)

    page = fill(room)

    groups = re.findall(r"<h2[^>]*>\s*Group \d+: ([^<]+?)\s*<", page)
    assert sorted(set(groups)) == sorted(TITLES)
    assert "16" in room.lead.get("groups/1/choices").text
    teams = teams_of(room)
    assert {A, B} <= teams[TITLES[0]]
    assert C in teams[TITLES[2]]
    assert D in teams[TITLES[3]]
    assert sum(map(len, teams.values())) == 16


def test_filled_groups_keep_the_numbers_that_people_know_and_say_who_chose(room):
    begin(room)
    for name, group in ((A, 1), (B, 3), (C, 4)):
        join(room, name, group)

    page = fill(room)

    groups = dict(re.findall(r"<h2[^>]*>\s*Group (\d+): ([^<]+?)\s*<", page))
    assert groups == {str(n): title for n, title in enumerate(TITLES, start=1)}
    assert page.count('<span class="tag good">as chosen</span>') == 3
    assert "<strong>3</strong> as chosen" in page
    assert "<strong>13</strong> no answer" in page


def test_who_chose_costs_nothing_and_nobody_is_called_silent_where_all_did(room):
    begin(room)
    for place, letter in enumerate("ABCDEFGHIJKLMNOP"):
        join(room, f"Teilnehmerin {letter}", place % 4 + 1)

    page = room.lead.post("groups/1/choices/fill").text

    assert "<strong>16</strong> as chosen" in page
    assert "no answer" not in page
    assert "Costs nothing: all is as wished." in page


def test_a_strict_rule_about_wishes_keeps_nobody_from_choosing_another_group(room):
    begin(room)
    with room.database.transaction(1) as session:
        card = Card(Kind.WORST_WISH, Strength.MUST, most=1)
        criteria.add(session, service.get_formation(session, 1), card)
    join(room, A, 1)

    assert "You are in group 2" in join(room, A, 2)


def test_the_page_of_the_formation_offers_nothing_that_ignores_the_choice(room):
    begin(room)

    page = room.lead.get("groups/1").text

    assert "0 of 16 are in a group" in page
    assert "Compute a proposal" not in page


def test_where_all_have_chosen_the_groups_are_at_once_a_proposal_to_publish(room):
    begin(room)
    for place, letter in enumerate("ABCDEFGHIJKLMNOP"):
        join(room, f"Teilnehmerin {letter}", place % 4 + 1)

    answer = room.lead.post("groups/1/choices/fill", follow=False)
    room.lead.post(f"{answer.location}/publish")

    own = room.people[A].get("groups/").text
    assert TITLES[0] in own
    assert "Teilnehmerin E" in own
    assert TITLES[1] not in own


def test_a_single_person_who_chose_stays_alone_only_if_nobody_is_left(room):
    begin(room, places=4)
    for place, letter in enumerate("ABCDEFGHIJKL"):
        join(room, f"Teilnehmerin {letter}", place // 4 + 1)
    join(room, "Teilnehmerin M", 4)

    fill(room)

    assert {len(people) for people in teams_of(room).values()} == {4}


TOO_FEW = (
    "16 participants do not fit: groups: 2, places in each: 2, together room for 4."
)


def test_too_few_places_are_refused_before_anybody_chooses_unless_they_are_meant(room):
    few = {"titles": "Hafen\nBus", "places": 2}

    answer = begin(room, few_places="", **few)

    assert answer.status_code == 422
    assert f"{TOO_FEW} Let 8 people into a group, or have 8 groups." in answer.text
    assert "Begin all the same" in answer.text
    assert "Chosen groups" in begin(room, **few).text


def test_a_lead_reads_on_both_pages_and_in_the_answer_that_filling_needs_more_places(
    room,
):
    begin(room, titles="Hafen\nBus", places=2)
    pages = [room.lead.get(path).text for path in ("groups/1/choices", "groups/1")]

    answer = room.lead.post("groups/1/choices/fill")

    assert all(TOO_FEW in page for page in pages)
    assert "2 places in each" in pages[1]
    assert "7 to 9" not in pages[1]
    assert answer.status_code == 409
    assert TOO_FEW in answer.text
    assert "changed meanwhile" not in answer.text
    assert look(room).is_open


def test_after_more_places_the_rest_is_filled(room):
    begin(room, titles="Hafen\nBus", places=2)

    room.lead.post("groups/1/choices", {"places": 8})
    page = room.lead.get("groups/1/choices").text
    fill(room)

    assert "do not fit" not in page
    assert {len(people) for people in teams_of(room).values()} == {8}


def test_who_can_found_on_any_topic_is_not_told_of_too_few_groups(room):
    begin(room, titles="Hafen", places=4, may_found="y", few_places="")

    page = room.lead.get("groups/1/choices").text
    answer = room.lead.post("groups/1/choices/fill")

    assert "do not fit" not in page
    assert "16 participants do not fit: groups: 1" in answer.text


def test_where_no_topic_is_offered_one_of_ones_own_has_to_be_written(room):
    begin(room, titles="Hafen", places=4, may_found="y")
    page = room.people[A].get("groups/1/choice").text

    answer = found(room, A)

    assert ">A topic of your own</label>" in page
    assert answer.status_code == 422
    assert "Please write a topic." in answer.text


# Everybody at once


def test_of_twenty_who_press_at_once_for_three_places_three_get_in_and_the_rest_wait(
    room,
):
    people = crowd(room, 20)
    begin(room, places=3)
    codes = [one.code() for one in people]

    def press(visitor, code):
        return visitor.client.post(
            f"{visitor.home}groups/1/choice/join/1", data={"csrf_token": code}
        ).status_code

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(press, people, codes))

    group = look(room).groups[0]
    everybody = [m.person_id for m in (*group.members, *group.waiting)]
    assert answers == [303] * 20
    assert len(group.members) == 3
    assert len(group.waiting) == 17
    assert len(set(everybody)) == 20


def test_twenty_who_leave_and_come_at_once_never_overfill_a_group(room):
    people = crowd(room, 12)
    begin(room, places=3)
    for visitor in people[:6]:
        visitor.post("groups/1/choice/join/1")
    codes = [one.code() for one in people]

    def press(number):
        visitor = people[number]
        act = "leave" if number < 3 else "join/1"
        visitor.client.post(
            f"{visitor.home}groups/1/choice/{act}", data={"csrf_token": codes[number]}
        )

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(press, range(12)))

    group = look(room).groups[0]
    assert len(group.members) == 3
    assert not {m.person_id for m in group.members} & {
        m.person_id for m in group.waiting
    }


# Wrong input


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"places": "0"}, "Between 1 and 100 people"),
        ({"places": ""}, "how many people a group takes"),
        ({"titles": " "}, "at least one topic"),
        ({"title": ""}, "give it a name"),
        ({"open_groups": "", "may_found": ""}, "nothing to choose"),
        ({"closes_at": "2027-03-28T02:30"}, "does not exist"),
    ],
    ids=[
        "no places",
        "places left out",
        "no topics",
        "no name",
        "no groups",
        "no hour",
    ],
)
def test_a_wrong_form_says_what_to_change_and_keeps_the_rest(room, change, said):
    answer = begin(room, **{"titles": "Solarboote", **change})

    assert answer.status_code == 422
    assert said in answer.text
    assert "Solarboote" in answer.text or "titles" in change


def test_groups_of_another_formation_cannot_be_joined(room):
    begin(room)
    begin(room, title="Zweite Wahl")
    with room.database.reading(1) as session:
        other = session.scalar(
            select(ChosenGroup.id).where(ChosenGroup.formation_id == 2)
        )

    assert room.people[A].post(f"groups/1/choice/join/{other}").status_code == 404
