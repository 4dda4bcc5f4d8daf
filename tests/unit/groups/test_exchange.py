"""Whose row of a table is whose, and how people are spread over groups of the platform."""

from lti_tool.courses.profile_matching import Candidate
from lti_tool.groups.exchange import rules

MIA = Candidate(1, "Mia Muster", "mia@example.org", {}, is_confirmed=False)
TIM = Candidate(2, "Tim Test", None, {}, is_confirmed=False)
TIMO = Candidate(3, "Tim Test", None, {}, is_confirmed=False)


def states(text, people=(MIA, TIM), by_id=None):
    rows = rules.whose(rules.read(text.encode()), people, by_id or {})
    return [(row.state, row.person_ids) for row in rows]


def test_an_email_decides_and_a_name_only_suggests():
    found = states("E-Mail;Name;Gruppe\nMIA@example.org;;A\n;Test, Tim;A\n")

    assert found == [("matched", (1,)), ("suggested", (2,))]


def test_the_id_of_the_platform_decides_before_all():
    found = states("User ID,Email,Group\nu2,mia@example.org,A\n", by_id={"u2": 2})

    assert found == [("matched", (2,))]


def test_of_two_people_of_one_name_the_lead_chooses():
    assert states("Name,Group\nTim Test,A\n", (TIM, TIMO)) == [("ambiguous", (2, 3))]


def test_who_is_certain_in_one_row_is_not_offered_in_another():
    found = states(
        "User ID,Name,Group\nu2,,A\n,Tim Test,B\n", (TIM, TIMO), by_id={"u2": 2}
    )

    assert found == [("matched", (2,)), ("ambiguous", (3,))]


def test_a_second_row_of_one_person_is_left_out():
    found = states("E-Mail,Name,Group\nmia@example.org,,A\n,Mia Muster,B\n")

    assert [state for state, _people in found] == ["matched", "double"]


def test_a_row_without_group_or_person_is_told_apart():
    found = states("Name,Group\nMia Muster,\nNiemand,A\n")

    assert [state for state, _people in found] == ["groupless", "unknown"]


def test_a_group_has_the_topic_that_one_of_its_rows_names():
    rows = rules.whose(
        rules.read(b"Name,Group,Topic\nMia Muster,A,\nTim Test,A,Boats\nX,B,\n"),
        [MIA, TIM],
        {},
    )

    assert rules.group_names(rows) == ["A", "B"]
    assert rules.topic_of("A", rows) == "Boats"
    assert rules.topic_of("B", rows) == "B"


def test_people_in_several_or_no_groups_are_told_apart():
    found = rules.spread({1: ("a",), 2: ("a", "b"), 3: (), 4: ("c",)}, ["a", "b"])

    assert found.members == {"a": (1,), "b": ()}
    assert found.several == {2: ("a", "b")}
    assert found.none == (3, 4)


def test_a_group_of_everybody_tells_nothing_unless_it_is_the_only_one():
    assert rules.usual_groups({1: ("all", "a"), 2: ("all", "b")}) == ["a", "b"]
    assert rules.usual_groups({1: ("all",), 2: ("all",)}) == ["all"]
