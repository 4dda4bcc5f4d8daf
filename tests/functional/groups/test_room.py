"""Forming groups together: the room on the projector and on phones, and its door."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from lti_tool import clock
from lti_tool.courses import people
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course
from lti_tool.groups import service
from lti_tool.groups.models import Formation, Wish
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.publishing.models import Publication
from lti_tool.groups.room import service as rooms
from lti_tool.groups.room.models import Room
from lti_tool.persistence.session import EVERYWHERE
from tests.functional.groups.conftest import TITLES, Classroom
from tests.signing_platform import CLAIM, SigningPlatform

pytestmark = pytest.mark.sqlite

ROOM = "groups/1/room"
HARBOUR, PARENTS, GIRLS, BUS = 1, 2, 3, 4
HANDED_IN = "Interviews with three captains"
FIRST, SECOND, LAST = "Teilnehmerin A", "Teilnehmerin B", "Teilnehmerin P"


@pytest.fixture
def opened(room: Classroom) -> Classroom:
    """The class in a room with four topics."""
    room.lead.post("groups/room")
    room.topics()
    return room


@pytest.fixture
def marking(opened: Classroom) -> Classroom:
    """The room while favourites are marked."""
    opened.lead.post(f"{ROOM}/stage", {"stage": "wishes"})
    return opened


@pytest.fixture
def balanced(marking: Classroom) -> Classroom:
    """Seven for the harbour, five and three for others, one without a mark."""
    likes = [HARBOUR] * 7 + [PARENTS] * 5 + [GIRLS] * 3
    with marking.database.transaction(1) as session:
        formation = service.get_formation(session, 1)
        for person, topic in zip(courses.participants(session), likes, strict=False):
            wished = [topic, BUS] if topic == HARBOUR else [topic]
            for place, wish in enumerate(wished, start=1):
                rooms.mark(session, formation, person.person_id, wish, place)
    marking.lead.post(f"{ROOM}/balance")
    assert proposals.compute_due(marking.database) == 1
    return marking


def tap(room: Classroom, name: str, topic: int, place: int) -> str:
    """Mark a topic on somebody's phone and return the page that follows."""
    return room.people[name].post(f"{ROOM}/marks", {"mark": f"{topic}:{place}"}).text


def wishes(room: Classroom, name: str) -> list[int]:
    with room.database.reading(1) as session:
        person = next(p for p in people.members(session) if p.name == name)
        found = sa.select(Wish.topic_id).where(Wish.person_id == person.person_id)
        return list(session.scalars(found.order_by(Wish.place)))


def stage(room: Classroom) -> str:
    with room.database.reading(1) as session:
        return session.get_one(Formation, 1).stage


def code(room: Classroom) -> str:
    with room.database.reading(1) as session:
        return session.get_one(Room, 1).code


def published(room: Classroom) -> list[str | None]:
    with room.database.reading(1) as session:
        return list(session.scalars(sa.select(Publication.end)))


def confirmation(check: str) -> dict[str, str]:
    """Return what the button of a page that asks first sends."""
    confirmed = re.search(r'name="confirmed" value="(\d+)"', check)
    assert confirmed, check
    return {"confirmed": confirmed[1]}


def live(page: str) -> str:
    """Return what stands on the projector, without tools and details for leads."""
    return (
        page.split('id="live"')[1]
        .split("<details", maxsplit=1)[0]
        .split("room-tools", maxsplit=1)[0]
    )


# The way through


def test_one_press_opens_a_room_with_the_usual_groups(room):
    page = room.lead.post("groups/room").text

    assert "4 groups" in page
    assert "3 to 5 people each" in page
    assert code(room) in page


def test_the_code_is_drawn_for_cameras_as_the_address_of_the_door(opened, app):
    segno = pytest.importorskip("segno")

    page = opened.lead.get(ROOM).text

    address = f"http://127.0.0.1:29999/room/{code(opened)}"
    assert (
        segno.make(address, error="m", micro=False).svg_inline(
            border=4, omitsize=True, svgclass="qr", lineclass=None, light="#fff"
        )
        in page
    )


def test_a_topic_that_was_called_out_is_written_down_by_the_lead(opened):
    page = opened.lead.post(f"{ROOM}/topics", {"title": "Solarboote"}).text

    assert "Solarboote" in live(page)


def test_a_topic_from_a_phone_appears_without_a_name(opened):
    opened.people[FIRST].post(f"{ROOM}/ideas", {"title": "Solarboote"})

    shown = live(opened.lead.get(ROOM).text)
    assert "Solarboote" in shown
    assert FIRST not in shown


def test_a_topic_without_words_or_said_twice_is_refused_with_a_sentence(opened):
    for title in ("  ", TITLES[0]):
        answer = opened.people[FIRST].post(f"{ROOM}/ideas", {"title": title})
        assert answer.status_code == 400


def test_merged_and_removed_topics_come_back(opened):
    opened.lead.post(f"{ROOM}/merge", {"topic": HARBOUR, "into": PARENTS})
    opened.lead.post(f"{ROOM}/remove", {"topic": GIRLS})
    assert TITLES[0] not in live(opened.lead.get(ROOM).text)

    for topic in (HARBOUR, GIRLS):
        opened.lead.post(f"{ROOM}/restore", {"topic": topic})

    assert all(title in live(opened.lead.get(ROOM).text) for title in TITLES)


def test_a_topic_that_is_offered_cannot_be_brought_back(opened):
    assert opened.lead.post(f"{ROOM}/restore", {"topic": BUS}).status_code == 400


def test_the_phone_says_before_the_tap_who_sees_it(marking):
    page = marking.people[FIRST].get(ROOM).text

    assert "Everybody sees your favourite" in page
    assert page.index("Everybody sees your favourite") < page.index('name="mark"')


def test_a_favourite_is_seen_by_all_and_further_marks_by_nobody_else(marking):
    tap(marking, FIRST, HARBOUR, 1)
    tap(marking, FIRST, PARENTS, 2)

    columns = marking.lead.get(ROOM).text.split('class="room-column"')
    assert FIRST in columns[HARBOUR]
    assert FIRST not in columns[PARENTS]
    assert wishes(marking, FIRST) == [HARBOUR, PARENTS]
    others = marking.people[SECOND].get(ROOM).text.split('class="room-column"')
    assert [FIRST in column for column in others[1:]] == [True, False, False, False]


def test_a_favourite_can_be_changed_until_the_groups_are_balanced(marking):
    tap(marking, FIRST, HARBOUR, 1)
    tap(marking, FIRST, BUS, 1)
    assert wishes(marking, FIRST) == [BUS]

    marking.lead.post(f"{ROOM}/balance")

    assert "can no longer be changed" in tap(marking, FIRST, GIRLS, 1)
    assert wishes(marking, FIRST) == [BUS]


def test_ones_own_marks_are_shown_as_pressed(marking):
    tap(marking, FIRST, HARBOUR, 1)

    page = tap(marking, FIRST, PARENTS, 2)

    pressed = re.findall(r'value="(\d:\d)"\s+aria-pressed="true"', page)
    assert pressed == ["1:1", "2:0"]


def test_the_silent_are_counted_and_not_named(marking):
    tap(marking, FIRST, HARBOUR, 1)

    shown = live(marking.lead.get(ROOM).text)
    assert "1 of 16 have marked their favourite" in shown
    assert SECOND not in shown


def test_those_who_join_by_video_are_named_so_that_nobody_forgets_them(opened):
    with opened.database.transaction(1) as session:
        person = next(p for p in people.members(session) if p.name == LAST)
        people.set_joins_by_video(session, [person.person_id])

    page = opened.lead.get(ROOM).text
    assert re.search(rf"By video</span>\s*{LAST}", page)


def test_an_odd_tap_is_refused(marking):
    for mark in ("", "1", "x:1", "1:9", "1:-1", "99:1", "1:1:1"):
        answer = marking.people[FIRST].post(f"{ROOM}/marks", {"mark": mark})
        assert answer.status_code == 400, mark
    assert wishes(marking, FIRST) == []


# Balancing


def test_balancing_says_what_it_changed_and_why(balanced):
    page = balanced.lead.get(ROOM).text

    full = rf": from {TITLES[0]} \(full: 7 for 5 places\) to {TITLES[3]}"
    assert re.search(full, live(page))
    assert re.search(rf"{LAST}: to .*?, nothing marked; (people|a place)", live(page))


def test_further_wishes_stand_in_the_part_for_leads_only(balanced):
    page = balanced.lead.get(ROOM).text

    assert "2nd wish" not in live(page)
    assert f"to {TITLES[3]}: 2nd wish" in page.split("<details")[1]
    phone = balanced.people[LAST].get(ROOM).text
    assert "2nd wish" not in phone


def test_everybody_sees_their_own_reason(balanced):
    pages = [balanced.people[name].get(ROOM).text for name in balanced.people.subs]

    moved = [page for page in pages if "your 2nd wish" in page]
    assert moved
    assert all(
        f"{TITLES[0]} is full: 7 marked it, and there are 5 places." in page
        for page in moved
    )
    assert sum("You had marked nothing" in page for page in pages) == 1


def test_undo_leads_back_to_the_favourites_and_keeps_them(balanced):
    page = balanced.lead.post(f"{ROOM}/undo").text

    assert stage(balanced) == "wishes"
    assert "15 of 16 have marked their favourite" in page
    assert wishes(balanced, FIRST) == [HARBOUR, BUS]


def test_while_it_is_computed_it_can_be_stopped(marking):
    tap(marking, FIRST, HARBOUR, 1)
    page = marking.lead.post(f"{ROOM}/balance").text
    assert "being balanced" in page

    marking.lead.post(f"{ROOM}/undo")

    assert proposals.compute_due(marking.database) == 0
    assert stage(marking) == "wishes"


def test_publishing_tells_everybody_and_is_taken_back(balanced):
    page = balanced.lead.post(f"{ROOM}/publish").text
    assert "Published: everybody sees their group." in page
    assert "Who is in the group" in balanced.people[FIRST].get("groups/").text

    check = balanced.lead.post(f"{ROOM}/undo").text
    assert "Bring these groups back" not in check
    assert published(balanced) == [None]

    balanced.lead.post(f"{ROOM}/undo", {"confirmed": "1"})

    assert published(balanced) == ["taken_back"]
    assert "These would be the groups." in balanced.lead.get(ROOM).text


def test_whoever_closes_the_page_finds_the_room_as_it_was(balanced, arrive):
    again = arrive("1", "Instructor", name="Leonie Leitner")

    assert "These would be the groups." in again.get(ROOM).text


def test_who_comes_after_balancing_is_put_in_with_few_moves(balanced, arrive):
    before = columns(balanced)
    late = arrive("99", name="Nora Nachzüglerin")
    assert "You came after the groups were balanced." in late.get(ROOM).text
    assert "is in no group yet: Nora Nachzüglerin" in balanced.lead.get(ROOM).text

    balanced.lead.post(f"{ROOM}/late")
    assert proposals.compute_due(balanced.database) == 1

    assert "Nora Nachzüglerin: came later" in balanced.lead.get(ROOM).text
    after = columns(balanced)
    moved = [name for name, group in before.items() if after[name] != group]
    assert moved == []
    balanced.lead.post(f"{ROOM}/undo")
    assert columns(balanced) == before


def columns(room: Classroom) -> dict[str, str]:
    """Return the topic of everybody's group, as the projector shows it."""
    shown = room.lead.get(ROOM).text.split('class="room-column"')[1:]
    found = {}
    for column in shown:
        topic = re.search("<h3>(.*?)</h3>", column)
        names = re.findall("<li>(.*?)</li>", column.split("</ul>")[0])
        assert topic
        found |= dict.fromkeys(names, topic[1])
    return found


def test_who_comes_after_publishing_is_put_in_and_published_again(balanced, arrive):
    balanced.lead.post(f"{ROOM}/publish")
    late = arrive("99", name="Nora Nachzüglerin")
    balanced.lead.post(f"{ROOM}/late")
    proposals.compute_due(balanced.database)
    assert "These would be the groups." in balanced.lead.get(ROOM).text

    check = balanced.lead.post(f"{ROOM}/publish").text
    assert "1 person is new in a group" in check
    assert published(balanced) == [None]
    balanced.lead.post(f"{ROOM}/publish", confirmation(check))

    assert published(balanced) == ["replaced", None]
    assert "Who is in the group" in late.get("groups/").text


def test_groups_that_were_published_elsewhere_are_shown_in_the_room(ranked):
    ranked.lead.post(f"{ROOM}/open")
    ranked.propose()
    ranked.publish()

    assert "Published: everybody sees their group." in ranked.lead.get(ROOM).text


def test_moves_by_hand_after_publishing_are_shown_in_the_room_once_they_are_published(
    balanced,
):
    balanced.lead.post(f"{ROOM}/publish")
    with balanced.database.reading(1) as session:
        person = courses.participants(session)[0].person_id
    balanced.lead.post("groups/1/proposals/1/move", {"person": person, "group": 0})

    page = balanced.lead.get(ROOM).text
    assert "Published: everybody sees their group." in page
    assert "is in no group yet" not in page
    check = balanced.lead.get("groups/1/proposals/1/publish").text
    balanced.lead.post("groups/1/proposals/1/publish", confirmation(check))
    assert f"is in no group yet: {FIRST}" in balanced.lead.get(ROOM).text


def test_nothing_can_be_published_or_put_in_before_there_are_groups(marking):
    assert marking.lead.post(f"{ROOM}/publish").status_code == 409
    assert marking.lead.post(f"{ROOM}/late").status_code == 409


# Groups of an earlier round


@pytest.fixture
def second(ranked: Classroom) -> Classroom:
    """Round one is at work and has handed in; round two is balanced in the room."""
    ranked.propose()
    ranked.publish()
    member = ranked.people[FIRST]
    member.post("project/groups/1/hand-in", {"text": HANDED_IN})
    assert HANDED_IN in member.get("project/groups/1").text
    ranked.lead.post("groups/room")
    ranked.lead.post("groups/2/topics", {"titles": "\n".join(TITLES)})
    ranked.lead.post("groups/2/stage", {"stage": "wishes"})
    ranked.lead.post("groups/2/room/balance")
    assert proposals.compute_due(ranked.database) == 1
    return ranked


def test_groups_at_work_are_replaced_only_after_the_page_that_shows_it(second):
    check = second.lead.post("groups/2/room/publish").text

    assert published(second) == [None]
    assert "would end: everybody is in one group at a time." in check
    assert "16 people change groups" in check
    assert f"{TITLES[0]} (Project groups) to" in check
    assert "have handed in stays with them" in check
    page = second.lead.post("groups/2/room/publish", confirmation(check)).text
    assert published(second) == ["replaced", None]
    assert "Published: everybody sees their group." in page
    versions = second.lead.get("groups/2/publications").text
    assert "for the first time" not in versions
    assert "16 people change groups" in versions


def test_a_confirmation_of_other_groups_than_those_in_the_room_shows_them_first(second):
    second.lead.post("groups/2/room/publish", {"confirmed": "1"})

    assert published(second) == [None]


def test_groups_that_were_in_force_before_come_back_with_what_they_handed_in(second):
    check = second.lead.post("groups/2/room/publish").text
    second.lead.post("groups/2/room/publish", confirmation(check))
    member = second.people[FIRST]
    assert HANDED_IN not in member.get("project/groups/1").text

    ask = second.lead.post("groups/2/room/undo").text
    assert "in force before: Project groups, version 1" in ask
    second.lead.post("groups/2/bring-back")

    assert published(second) == ["replaced", "taken_back", None]
    assert HANDED_IN in member.get("project/groups/1").text
    assert "Who is in the group" in member.get("groups/").text


def test_nothing_is_brought_back_where_nothing_was_in_force_before(second):
    assert second.lead.post("groups/1/bring-back").status_code == 409
    assert second.lead.post("groups/2/bring-back").status_code == 409

    assert published(second) == [None]


# Numbers


def test_the_number_of_groups_follows_those_who_come(lead, arrive, database):
    lead.post("groups/room")
    lead.post(f"{ROOM}/topics", {"title": "One"})
    assert "4 groups" in lead.get(ROOM).text
    for sub in range(20, 26):
        arrive(str(sub), name=f"Gast {sub}")

    page = lead.post(f"{ROOM}/stage", {"stage": "wishes"}).text

    assert "2 groups" in page


def test_a_lead_sets_number_and_sizes_and_people_no_longer_change_them(opened):
    opened.lead.post(f"{ROOM}/sizes", {"groups": 3, "smallest": 4, "largest": 7})

    page = opened.lead.post(f"{ROOM}/stage", {"stage": "wishes"}).text

    assert re.search(r"3 groups,\s+4 to 7 people each", page)


@pytest.mark.parametrize(
    "form",
    [
        {"groups": 0},
        {"groups": "many"},
        {"groups": 4, "smallest": 5},
        {"groups": 4, "smallest": 6, "largest": 4},
    ],
    ids=str,
)
def test_sizes_that_cannot_be_are_refused_with_a_sentence(opened, form):
    answer = opened.lead.post(f"{ROOM}/sizes", form)

    assert answer.status_code == 400
    assert "either both sizes or none" in answer.text


def test_what_stands_against_balancing_is_said_in_place_of_the_button(opened):
    opened.lead.post(f"{ROOM}/remove", {"topic": BUS})

    page = opened.lead.post(f"{ROOM}/stage", {"stage": "wishes"}).text

    assert "4 groups are needed, but the topics take only 3" in page
    assert "Balance the groups" not in page


# Looking again


def test_a_page_on_which_nothing_changed_is_not_sent_again(marking):
    phone = marking.people[FIRST]
    version = phone.get(ROOM).headers["ETag"]

    def look() -> int:
        known = {"If-None-Match": version}
        return phone.client.get(phone.home + ROOM, headers=known).status_code

    assert look() == 304
    tap(marking, SECOND, BUS, 1)
    assert look() == 200


def test_what_changed_on_one_phone_alone_is_no_change_for_others(marking):
    tap(marking, FIRST, HARBOUR, 1)
    version = marking.lead.get(ROOM).headers["ETag"]

    tap(marking, FIRST, BUS, 2)

    assert marking.lead.get(ROOM).headers["ETag"] == version


# Finding the way


def test_participants_are_led_into_the_room_from_the_groups_page(opened):
    answer = opened.people[FIRST].get("groups/")

    assert answer.status_code == 303
    assert answer.location.endswith(ROOM)
    assert "Go in" in opened.people[FIRST].get("").text


def test_a_formation_without_a_room_has_none(ranked):
    assert ranked.lead.get(ROOM).status_code == 404
    assert ranked.people[FIRST].get(ROOM).status_code == 404

    assert ranked.lead.post(f"{ROOM}/open").status_code == 200
    assert ranked.people[FIRST].get(ROOM).status_code == 200


def test_an_ended_room_leads_nobody_in_until_it_is_opened_again(opened):
    phone = opened.people[FIRST]

    opened.lead.post(f"{ROOM}/close")

    assert "Propose a topic" in phone.get("groups/").text
    assert "Go in" not in phone.get("").text
    assert "The room has ended." in phone.get(ROOM).text
    assert "Open the room again" in opened.lead.get(ROOM).text
    opened.lead.post(f"{ROOM}/open")
    assert phone.get("groups/").status_code == 303
    assert "The room has ended." not in phone.get(ROOM).text


@pytest.mark.parametrize(("ago", "status"), [(1, 303), (7, 200)])
def test_a_room_leads_in_as_long_as_its_lead_goes_on_in_it(opened, ago, status):
    with opened.database.transaction(1) as session:
        session.get_one(Room, 1).open_until -= timedelta(hours=ago)

    assert opened.people[FIRST].get("groups/").status_code == status


def test_a_step_of_the_lead_keeps_the_room_open(opened):
    with opened.database.transaction(1) as session:
        session.get_one(Room, 1).open_until -= timedelta(hours=5)
    opened.lead.post(f"{ROOM}/stage", {"stage": "wishes"})

    with opened.database.reading(1) as session:
        left = session.get_one(Room, 1).open_until - clock.now()

    assert left > timedelta(hours=5)


def test_the_room_and_the_groups_page_lead_to_each_other(opened):
    phone = opened.people[FIRST]

    assert "groups/?stay=1" in phone.get(ROOM).text
    page = phone.get("groups/?stay=1").text

    assert "Forming groups together now: Project groups" in page
    assert ROOM in page


def test_who_has_a_group_already_finds_the_room_on_the_groups_page(second):
    with second.database.transaction(1) as session:
        service.set_stage(session, service.get_formation(session, 2), "topics")

    page = second.people[FIRST].get("groups/").text

    assert "Who is in the group" in page
    assert "groups/2/room" in page


def test_a_reminder_of_the_survey_comes_before_the_room(marking):
    marking.lead.post("groups/1/survey/remind")
    phone = marking.people[FIRST]

    assert "The course team waits for your answer." in phone.get("").text
    assert "Go in" not in phone.get("").text
    assert "Forming groups together now" in phone.get("groups/").text


# Rounds that are over


def test_a_round_that_is_put_away_is_read_by_no_participant_until_it_is_back(ranked):
    phone = ranked.people[FIRST]
    assert "Project groups" in phone.get("groups/").text

    page = ranked.lead.post("groups/1/away").text
    assert "This round is put away" in page
    assert "There are no groups yet" in phone.get("groups/").text
    assert "wishes are stored" not in phone.get("").text

    assert "Bring this round back" in ranked.lead.get("groups/").text

    ranked.lead.post("groups/1/away/undo")
    assert "Project groups" in phone.get("groups/").text


def test_a_round_whose_groups_are_in_force_is_not_put_away(balanced):
    balanced.lead.post(f"{ROOM}/publish")

    assert balanced.lead.post("groups/1/away").status_code == 409
    assert "Who is in the group" in balanced.people[FIRST].get("groups/").text


def test_participants_read_nothing_of_a_round_that_another_one_replaced(second):
    phone = second.people[FIRST]
    assert "groups/2/room" in phone.get("groups/").text
    check = second.lead.post("groups/2/room/publish").text

    second.lead.post("groups/2/room/publish", confirmation(check))

    assert "the groups are being formed" not in phone.get("groups/").text


def test_that_nobody_has_answered_is_said_before_balancing(marking):
    sentence = "Groups would be formed by size alone."
    assert sentence in marking.lead.get(ROOM).text
    assert sentence in marking.lead.get("groups/1").text

    tap(marking, FIRST, HARBOUR, 1)

    assert sentence not in marking.lead.get(ROOM).text


def test_too_many_groups_are_named_as_soon_as_a_lead_asks_for_them(opened):
    assert "the topics take only" not in opened.lead.get(ROOM).text

    page = opened.lead.post(f"{ROOM}/sizes", {"groups": 9}).text

    assert "9 groups are needed, but the topics take only 4" in page
    assert "On to the favourites" in page


def test_without_a_topic_the_projector_says_what_is_missing(room):
    page = room.lead.post("groups/room").text

    assert "As soon as there is a topic" in page
    assert "On to the favourites" not in page


# The door


def test_the_code_leads_those_in_who_were_launched_in_this_browser(opened):
    guest = opened.people[FIRST]

    answer = guest.client.get(f"/room/{code(opened)}")

    assert answer.status_code == 303
    assert guest.client.get(answer.location).status_code == 200


def test_the_code_can_be_typed_in_any_writing(opened):
    guest = opened.people[FIRST]
    typed = f" {code(opened)[:3].lower()}-{code(opened)[3:]} "

    answer = guest.client.get("/room", query_string={"code": typed})

    assert answer.location == f"/room/{code(opened)}"


def test_strangers_learn_nothing_but_how_to_enter(marking, app):
    tap(marking, FIRST, HARBOUR, 1)

    page = app.test_client().get(
        f"/room/{code(marking)}", headers={"Accept-Language": "en"}
    )

    assert page.status_code == 200
    assert "through your course in the learning platform" in page.text
    for secret in (FIRST, TITLES[0], "Course c1", "/l/"):
        assert secret not in page.text


def test_whoever_was_launched_into_another_course_stays_outside(opened, arrive):
    other = arrive("50", name="Olga Anders", context={"id": "c2"}, course="c2")

    answer = other.client.get(f"/room/{code(opened)}")

    assert answer.status_code == 200
    assert TITLES[0] not in answer.text


def test_the_page_for_strangers_has_the_link_of_the_course_if_it_is_known(opened, app):
    with opened.database.transaction(EVERYWHERE) as session:
        session.get_one(Course, 1).lms_url = "https://lms.example/course/7"

    page = app.test_client().get(f"/room/{code(opened)}").text

    assert 'href="https://lms.example/course/7"' in page


def test_whoever_is_launched_after_the_code_lands_in_the_room(
    opened: Classroom, app: Flask, platform: SigningPlatform
) -> None:
    client = app.test_client()
    client.get(f"/room/{code(opened)}")

    answer = platform.launch(client, platform.claims(sub="10", name=FIRST))

    assert answer.location.endswith(ROOM)
    again = platform.launch(client, platform.claims(sub="10", name=FIRST))
    assert not again.location.endswith(ROOM)


def test_a_code_of_long_ago_changes_no_launch(
    opened: Classroom, app: Flask, platform: SigningPlatform
) -> None:
    client = app.test_client()
    client.get(f"/room/{code(opened)}")
    an_hour_ago = clock.now() - timedelta(hours=1)
    with client.session_transaction(base_url="https://localhost") as cookie:
        cookie["room"] = [code(opened), an_hour_ago.timestamp()]

    answer = platform.launch(client, platform.claims(sub="10", name=FIRST))

    assert not answer.location.endswith(ROOM)


def test_who_chooses_activities_in_the_platform_is_not_led_into_the_room(
    opened: Classroom, app: Flask, platform: SigningPlatform
) -> None:
    client = app.test_client()
    client.get(f"/room/{code(opened)}")

    answer = platform.launch(client, choosing_activities(platform))

    assert answer.status_code == 303
    assert not answer.location.endswith(ROOM)


def choosing_activities(platform: SigningPlatform) -> dict[str, object]:
    settings = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
    return platform.claims(sub="1", role="Instructor", name="Leonie Leitner") | {
        f"{CLAIM}message_type": "LtiDeepLinkingRequest",
        settings: {
            "deep_link_return_url": f"{platform.issuer}/return",
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe"],
        },
    }


def test_a_code_of_another_course_changes_no_launch(
    opened: Classroom, app: Flask, platform: SigningPlatform
) -> None:
    client = app.test_client()
    client.get(f"/room/{code(opened)}")

    answer = platform.launch(client, platform.claims(sub="10", course="c2"))

    assert not answer.location.endswith(ROOM)


@pytest.mark.parametrize("wrong", ["ZZZZZZ", "a", "x" * 500])
def test_a_code_that_is_none_asks_for_the_right_one(app, wrong):
    answer = app.test_client().get(f"/room/{wrong}")

    assert answer.status_code == 404
    assert 'name="code"' in answer.text


def test_a_visit_that_is_over_opens_no_door(opened: Classroom) -> None:
    guest = opened.people[FIRST]
    with opened.database.transaction(EVERYWHERE) as session:
        session.execute(
            sa.text("UPDATE launch_session SET expires_at = :then"),
            {"then": "2001-01-01 00:00:00"},
        )

    assert guest.client.get(f"/room/{code(opened)}").status_code == 200
