"""By survey: dates, what is asked beside the topics, and who has not answered."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from lti_tool import clock
from lti_tool.courses import profiles
from lti_tool.courses import service as courses
from lti_tool.groups import dates
from lti_tool.groups import service as groups
from lti_tool.groups.models import Response
from lti_tool.groups.survey import service
from lti_tool.groups.survey.models import Answer, Availability, PersonWish, Question
from tests.functional.groups.conftest import TITLES

pytestmark = pytest.mark.sqlite

BERLIN = ZoneInfo("Europe/Berlin")
LAST = "Teilnehmerin P"
"""Has not answered."""


def shown(moment):
    return dates.shown_at(moment, BERLIN).strftime("%Y-%m-%dT%H:%M")


def from_now(**distance):
    return shown(clock.now() + timedelta(**distance))


def set_up(room, **fields):
    return room.lead.post("groups/1/survey", fields)


def let_pass(room, **dates_of):
    """Put dates of the formation into the past, as time does."""
    with room.database.transaction(1) as session:
        formation = groups.get_formation(session, 1)
        for name, distance in dates_of.items():
            setattr(formation, name, clock.now() + distance)


def ids(room):
    with room.database.reading(1) as session:
        return {p.name: p.person_id for p in courses.participants(session)}


@pytest.fixture
def full(ranked):
    """A survey that asks everything."""
    question = {
        "question_title": "Welcher Teil liegt Ihnen?",
        "choices": "Planen\nVortragen",
        "purpose": "Damit jede Gruppe beides hat",
    }
    ranked.lead.post("groups/1/survey/questions", question)
    set_up(
        ranked,
        profile=["region", "experience"],
        days=[0, 2],
        parts=["morning", "evening"],
        asks_company="y",
    )
    return ranked


# Dates


def test_a_date_closes_the_ranking_by_itself(ranked):
    page = set_up(ranked, closes_at=from_now(days=3)).text
    assert "The change is stored" in page
    assert "until" in ranked.people[LAST].get("groups/").text
    assert ranked.lead.get("groups/1").text.count("Closes on") == 1

    let_pass(ranked, closes_at=-timedelta(seconds=1))

    assert "Closed by itself on" in ranked.lead.get("groups/1").text
    assert "The wishes are closed" in ranked.people[LAST].get("groups/").text


def test_a_date_opens_the_ranking_by_itself(room):
    room.open()
    room.topics()
    set_up(room, opens_at=from_now(hours=1))
    participant = room.people[LAST]
    assert "Ranking opens on" in room.lead.get("groups/1").text
    assert "Store my answers" not in participant.get("groups/").text

    let_pass(room, opens_at=-timedelta(seconds=1))

    assert "Store my answers" in participant.get("groups/").text
    assert "Your wishes are stored" in room.rank(LAST, 2)


def test_a_ranking_that_opens_without_topics_asks_nothing(room):
    room.open()
    let_pass(room, opens_at=-timedelta(seconds=1))
    participant = room.people[LAST]

    assert "is preparing the topics" in participant.get("groups/").text
    assert participant.post("groups/1/wishes", {"any_topic": "y"}).status_code == 409
    assert "Rank the topics" not in participant.get("").text


def test_what_comes_after_the_closing_is_refused_and_shown(full):
    let_pass(full, closes_at=-timedelta(seconds=1))
    sent = {
        "wish_0": 3,
        "wish_1": 1,
        "question_1": 2,
        "slots": ["2-17-21"],
        "without_0": ids(full)["Teilnehmerin A"],
    }

    answer = full.people[LAST].post("groups/1/wishes", sent)

    assert answer.status_code == 409
    assert "The answers were closed on" in answer.text
    assert "was not stored" in answer.text
    for word in (
        f"1. {TITLES[2]}\n2. {TITLES[0]}",
        "Vortragen",
        "Wednesday, 17\N{EN DASH}21 h",
        "Teilnehmerin A",
    ):
        assert word in answer.text
    with full.database.reading(1) as session:
        assert not session.query(Response).filter_by(person_id=ids(full)[LAST]).count()
        assert not session.query(PersonWish).count()


def test_who_is_refused_sees_what_is_stored_of_an_earlier_answer(ranked):
    ranked.rank(LAST, 4)
    let_pass(ranked, closes_at=-timedelta(seconds=1))

    page = ranked.rank(LAST, 1)

    sent, stored = page.split("What is stored")
    assert f"1. {TITLES[0]}" in sent
    assert f"1. {TITLES[3]}" in stored


def test_a_lead_closes_early_and_opens_again(ranked):
    set_up(ranked, closes_at=from_now(days=3))
    ranked.stage("closed")
    assert "can no longer be changed" in ranked.rank(LAST, 1)

    ranked.stage("wishes")

    assert "Closes on" in ranked.lead.get("groups/1").text
    assert "Your wishes are stored" in ranked.rank(LAST, 1)


def test_opening_again_after_the_date_drops_the_date(ranked):
    let_pass(ranked, closes_at=-timedelta(days=1))

    ranked.stage("wishes")

    assert "Closes on" not in ranked.lead.get("groups/1").text
    assert "Your wishes are stored" in ranked.rank(LAST, 1)


def test_a_later_date_opens_again_what_a_date_had_closed(ranked):
    let_pass(ranked, closes_at=-timedelta(days=1))

    set_up(ranked, closes_at=from_now(days=2))

    assert "Your wishes are stored" in ranked.rank(LAST, 1)


@pytest.mark.parametrize(
    ("opens", "closes", "complaint"),
    [
        ("", "2027-03-28T02:30", "Clocks skip this hour on that day"),
        ("2027-04-02T08:00", "2027-04-01T08:00", "must close after it opens"),
        ("", "2026-01-01T08:00", "This moment is over"),
        ("", "1999-01-01T08:00", "year from 2000 to 2100"),
        ("tomorrow", "", "Not a valid datetime"),
    ],
    ids=["skipped hour", "out of order", "over", "odd year", "no date"],
)
def test_dates_that_cannot_be_are_explained_and_kept_in_the_form(
    ranked, opens, closes, complaint
):
    answer = set_up(ranked, opens_at=opens, closes_at=closes, asks_company="y")

    assert answer.status_code == 422
    assert complaint in answer.text
    assert opens in answer.text
    assert closes in answer.text
    assert "Closes on" not in ranked.lead.get("groups/1").text


def test_the_hour_that_clocks_show_twice_is_meant_the_second_time(ranked):
    set_up(ranked, closes_at="2027-10-31T02:30")

    with ranked.database.reading(1) as session:
        closes_at = groups.get_formation(session, 1).closes_at
    assert closes_at.isoformat() == "2027-10-31T01:30:00+00:00"
    assert 'value="2027-10-31T02:30"' in ranked.lead.get("groups/1/survey").text


# Reminding


def test_the_home_of_who_has_not_answered_is_urgent_when_the_closing_is_near(ranked):
    participant = ranked.people[LAST]
    set_up(ranked, closes_at=from_now(days=9))
    far = participant.get("").text
    assert "urgency-2" in far
    assert "until" in far

    set_up(ranked, closes_at=from_now(hours=30))

    assert "urgency-3" in participant.get("").text
    assert "urgency-3" not in ranked.people["Teilnehmerin A"].get("").text


def test_a_reminder_stands_on_the_home_of_those_who_have_not_answered(ranked):
    set_up(ranked, closes_at=from_now(days=9))
    page = ranked.lead.get("groups/1/survey/answers").text
    assert "No answer yet" in page
    assert f">{LAST}</textarea>" in page
    assert "E-mail addresses" not in page

    page = ranked.lead.post("groups/1/survey/remind").text

    assert "Last reminded on" in page
    home = ranked.people[LAST].get("").text
    assert "waits for your answer" in home
    assert "urgency-3" in home
    assert "waits for your answer" not in ranked.people["Teilnehmerin A"].get("").text


def test_addresses_are_offered_of_those_who_have_one(ranked):
    assert ranked.people[LAST].get("").status_code == 200

    page = ranked.lead.get("groups/1/survey/answers").text

    assert ">person25@example.org</textarea>" in page


def test_nobody_is_reminded_of_what_is_closed(ranked):
    ranked.stage("closed")

    assert ranked.lead.post("groups/1/survey/remind").status_code == 409


# Answering


def test_participants_see_what_is_asked_what_for_and_who_sees_it(full):
    with full.database.transaction(1) as session:
        person = ids(full)[LAST]
        profiles.put_profile(session, person, {"region": "Unterweser"})

    page = full.people[LAST].get("groups/").text

    for words in (
        "Welcher Teil liegt Ihnen?",
        "Damit jede Gruppe beides hat",
        "Only you and the leads of the course see your answer",
        "All times are those of Berlin",
        "Monday, 17\N{EN DASH}21 h",
        "may ask to see them",
        "Unterweser",
        "not said",
        "0 of 3 parts filled",
    ):
        assert words in page


def test_all_answers_are_stored_shown_again_and_can_be_changed(full):
    people = ids(full)
    sent = {
        "wish_0": 3,
        "question_1": 2,
        "slots": ["0-8-12", "2-17-21"],
        "with_0": people["Teilnehmerin A"],
        "without_1": people["Teilnehmerin B"],
    }
    page = full.people[LAST].post("groups/1/wishes", sent).text
    assert "3 of 3 parts filled" in page
    assert page.count(" checked") == 3
    assert f'<option selected value="{people["Teilnehmerin A"]}">' in page

    page = full.people[LAST].post("groups/1/wishes", {"any_topic": "y"}).text

    with full.database.reading(1) as session:
        for table in (Answer, Availability, PersonWish):
            assert session.query(table).count() == 0
    assert "Your wishes are stored" in page
    assert "Everybody has answered" in full.lead.get("groups/1").text


def test_an_empty_answer_needs_a_word_and_loses_nothing(full):
    answer = full.people[LAST].post(
        "groups/1/wishes", {"question_1": 1, "slots": ["0-8-12"]}
    )

    assert answer.status_code == 422
    assert "or say that any topic suits" in answer.text
    assert answer.text.count(" checked") == 2


@pytest.mark.parametrize(
    ("named", "complaint"),
    [
        ({"with_0": LAST}, "You cannot wish for yourself"),
        ({"without_2": LAST}, "You cannot wish for yourself"),
        (
            {"with_0": "Teilnehmerin A", "without_0": "Teilnehmerin A"},
            "Name each person only once",
        ),
        ({"with_0": "nobody"}, "Choose people who are in this course"),
    ],
    ids=["with oneself", "not with oneself", "on both sides", "a stranger"],
)
def test_wishes_for_people_that_make_no_sense_are_explained(full, named, complaint):
    known = ids(full) | {"nobody": 999}
    sent = {"wish_0": 3} | {field: known[name] for field, name in named.items()}

    answer = full.people[LAST].post("groups/1/wishes", sent)

    assert answer.status_code == 422
    assert complaint in answer.text
    assert f'<option selected value="3">{TITLES[2]}' in answer.text
    with full.database.reading(1) as session:
        assert session.query(PersonWish).count() == 0


@pytest.mark.parametrize(
    "odd",
    [
        {"question_1": "7"},
        {"question_1": "x"},
        {"slots": "9-9-9"},
        {"slots": "1-8-12"},
        {"with_0": "x"},
    ],
    ids=str,
)
def test_odd_values_are_refused_and_nothing_breaks(full, odd):
    answer = full.people[LAST].post("groups/1/wishes", {"wish_0": 3} | odd)

    assert answer.status_code == 422
    assert f'<option selected value="3">{TITLES[2]}' in answer.text


def test_the_lead_reads_all_answers_and_how_many_can_meet_when(full):
    people = ids(full)
    sent = {
        "wish_0": 3,
        "question_1": 1,
        "slots": ["0-8-12"],
        "without_0": people["Teilnehmerin B"],
    }
    full.people[LAST].post("groups/1/wishes", sent)

    page = full.lead.get("groups/1/survey/answers").text

    assert "Planen" in page
    assert "Monday, 8\N{EN DASH}12 h" in page
    assert "<td>1</td>" in page
    assert page.split(f"<summary>{LAST}")[1].count("Teilnehmerin B") == 1


def test_nobody_else_reads_who_was_not_wished_for(full):
    people = ids(full)
    sent = {"wish_0": 3, "without_0": people["Teilnehmerin B"]}
    full.people[LAST].post("groups/1/wishes", sent)

    page = full.people["Teilnehmerin B"].get("groups/").text

    assert f'selected value="{people[LAST]}"' not in page
    assert (
        full.people["Teilnehmerin B"].get("groups/1/survey/answers").status_code == 403
    )


# Setting up


def test_no_question_is_there_before_a_lead_asks_it(ranked):
    page = ranked.people[LAST].get("groups/").text
    set_up_page = ranked.lead.get("groups/1/survey").text

    assert "When can you meet" not in page
    assert "rather not work" not in page
    assert " checked" not in set_up_page
    assert "do not ask about gender, origin, health" in set_up_page


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"question_title": ""}, "Please write the question"),
        ({"choices": "one"}, "two to ten choices"),
        ({"choices": "one\nOne"}, "Two choices are the same"),
        ({"choices": "one\n" + "x" * 81}, "80 characters at most"),
        ({"choices": "\n".join(map(str, range(11)))}, "two to ten choices"),
        ({"purpose": ""}, "what the answers are for"),
    ],
    ids=["no question", "one choice", "twice", "long", "eleven", "no purpose"],
)
def test_a_question_that_lacks_something_is_explained(ranked, changes, complaint):
    sent = {"question_title": "Habit", "choices": "a\nb", "purpose": "Mix"} | changes

    answer = ranked.lead.post("groups/1/survey/questions", sent)

    assert answer.status_code == 422
    assert complaint in answer.text


def test_choices_stay_once_somebody_has_answered(full):
    full.people[LAST].post("groups/1/wishes", {"wish_0": 3, "question_1": 1})
    question = {"question_title": "Anders gefragt", "purpose": "Mix"}
    place = "groups/1/survey/questions/1"

    swapped = full.lead.post(place, question | {"choices": "Vortragen\nPlanen"})
    added = full.lead.post(place, question | {"choices": "Planen\nVortragen\nBauen"})

    assert swapped.status_code == 422
    assert "add choices at the end" in swapped.text
    assert added.status_code == 200
    assert "Anders gefragt" in added.text
    assert "Planen" in full.lead.get("groups/1/survey/answers").text


def test_a_removed_question_takes_its_answers_along(full):
    full.people[LAST].post("groups/1/wishes", {"wish_0": 3, "question_1": 1})

    full.lead.post("groups/1/survey/questions/1/remove")

    with full.database.reading(1) as session:
        assert session.query(Answer).count() == 0
        assert [q.profile_field for q in session.query(Question)] == [
            "region",
            "experience",
        ]


def test_more_than_five_own_questions_are_refused(ranked):
    for number in range(6):
        sent = {"question_title": f"Q{number}", "choices": "a\nb", "purpose": "Mix"}
        answer = ranked.lead.post("groups/1/survey/questions", sent)

    assert answer.status_code == 409
    assert "too long" in answer.text


@pytest.mark.parametrize(
    "chosen", [{"days": [0]}, {"parts": ["morning"]}, {"hours": ["8-9"]}], ids=str
)
def test_times_need_days_and_hours(ranked, chosen):
    answer = set_up(ranked, **chosen)

    assert answer.status_code == 422
    assert "Choose days and times, or neither" in answer.text


def test_single_hours_beside_a_part_of_the_day_are_asked_once(ranked):
    set_up(ranked, days=[4], parts=["morning"], hours=["9-10", "18-19"])

    with ranked.database.reading(1) as session:
        slots = service.slots_of(groups.get_formation(session, 1))
    assert [slot.code for slot in slots] == ["4-8-12", "4-18-19"]
