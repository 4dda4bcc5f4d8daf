"""Rules as cards and pairs: what leads say, what becomes of it, and whether it can all be kept."""

import json
import re
from html import unescape

import pytest

from lti_tool.courses import service as courses
from lti_tool.courses.models import Enrolment
from lti_tool.courses.profiles import put_profile
from lti_tool.groups import posing, service, setup
from lti_tool.groups.criteria import checking
from lti_tool.groups.criteria import service as criteria
from lti_tool.groups.criteria.models import Criterion, Pair
from lti_tool.groups.criteria.naming import origins
from lti_tool.groups.criteria.parts import Demand, Part
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.survey import service as survey
from lti_tool.groups.survey.rules import slots
from lti_tool.groups.survey.service import Answers

pytestmark = pytest.mark.sqlite

RULES = "groups/1/rules"
WORST = {"most": "1"}


def problem(room):
    with room.database.reading(1) as session:
        return posing.problem_of(session, service.get_formation(session, 1))


def person(room, name):
    with room.database.reading(1) as session:
        return {p.name: p.person_id for p in courses.participants(session)}[name]


def pair(room, first, second, bonding="apart", strength="must", note=""):
    return room.lead.post(
        "groups/1/pairs",
        {
            "first": person(room, first),
            "second": person(room, second),
            "bonding": bonding,
            "strength": strength,
            "note": note,
        },
    ).text


def add(room, kind, **form):
    return unescape(room.lead.post(f"{RULES}/new/{kind}", form).text)


def notice(page):
    found = re.search(
        r"<div data-checked.*?>(.*?)</div>\s*(?:<form|<section|<p)", page, re.DOTALL
    )
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(found[1]))).strip()


def test_without_cards_only_wishes_and_sizes_count(ranked):
    assert problem(ranked).wishes_and_sizes_only
    assert "There are no rules yet" in ranked.lead.get(RULES).text
    assert "All rules can be kept." in ranked.lead.get(RULES).text


@pytest.mark.parametrize(
    ("kind", "form", "sentence"),
    [
        ("worst_wish", {"most": "3"}, "Nobody who answered gets less than: 3rd wish."),
        (
            "sizes",
            {"least": "3", "wanted": "4", "most": "5", "strength": "nice"},
            "3 to 5 people in a group, preferably 4.",
        ),
        ("groups", {"least": "3", "most": "4"}, "There are 3 to 4 groups."),
        (
            "capacity",
            {"topics": ["1", "2"], "most": "1"},
            "At most 1 group works on Lernorte im Hafen and Elternabende.",
        ),
        (
            "spread",
            {
                "attribute": "experience",
                "most": "2",
                "strength": "must",
                "purpose": "Learning",
            },
            "At most 2 people of a group are alike in:",
        ),
        (
            "not_alone",
            {"about": "network_kind", "strength": "important", "purpose": "Support"},
            "Nobody in a group is alone in:",
        ),
        (
            "times",
            {"least": "1", "wanted": "3", "strength": "important"},
            "Each group has at least 1 common time; the wish is 3.",
        ),
        ("people", {"strength": "nice"}, "People are with those whom they named"),
    ],
)
def test_every_kind_of_card_can_be_added_and_says_what_it_demands(
    ranked, kind, form, sentence
):
    assert ranked.lead.get(f"{RULES}/new/{kind}").status_code == 200

    assert sentence in add(ranked, kind, **form)

    assert ranked.lead.get(f"{RULES}/2").status_code == 200
    assert sentence in unescape(ranked.lead.post(f"{RULES}/2", form).text)


def test_a_card_that_stands_higher_counts_more(ranked):
    mix = {"strength": "important", "purpose": "Learning"}
    for attribute in ("region", "experience"):
        add(ranked, "spread", attribute=attribute, **mix)
    before = [spread.cost for spread in problem(ranked).spreads]

    ranked.lead.post(f"{RULES}/3/move", {"to": "up"})

    after = problem(ranked).spreads
    assert before == [3, 2]
    assert [spread.cost for spread in after] == [3, 2]
    assert [spread.attribute for spread in after] == [3, 0]


def test_what_stands_above_the_wishes_counts_double(ranked):
    mix = {"strength": "important", "purpose": "Learning"}
    add(ranked, "spread", attribute="region", **mix)
    assert [spread.cost for spread in problem(ranked).spreads] == [3]

    ranked.lead.post(f"{RULES}/2/move", {"to": "up"})

    assert [spread.cost for spread in problem(ranked).spreads] == [6]


def test_a_card_that_is_switched_off_says_nothing_and_comes_back_as_it_was(ranked):
    add(ranked, "worst_wish", most="2")

    page = unescape(ranked.lead.post(f"{RULES}/2/switch").text)
    assert "can switch it on again" in page
    assert problem(ranked).worst_rank is None

    ranked.lead.post(f"{RULES}/2/switch")
    assert problem(ranked).worst_rank == 2


def test_only_what_is_switched_off_can_be_deleted_for_good(ranked):
    add(ranked, "worst_wish", most="2")

    assert ranked.lead.post(f"{RULES}/2/forget").status_code == 409
    ranked.lead.post(f"{RULES}/2/switch")
    assert ranked.lead.post(f"{RULES}/2/forget").status_code == 200

    with ranked.database.reading(1) as session:
        assert [row.kind for row in session.query(Criterion)] == ["wishes"]


@pytest.mark.parametrize(
    ("preset", "ranks"),
    [
        ("fair", (0, 2, 8, 24, 48)),
        ("mixed", (0, 4, 8, 14, 20)),
        ("wishes_first", (0, 14, 18, 22, 26)),
    ],
)
def test_a_preset_weighs_the_wishes_anew(ranked, preset, ranks):
    page = ranked.lead.post(f"{RULES}/preset", {"preset": preset}).text

    assert problem(ranked).weights.ranks == ranks
    assert re.search(rf'value="{preset}"[^>]*checked', page)


def test_an_unknown_preset_is_refused_with_a_sentence(ranked):
    answer = ranked.lead.post(f"{RULES}/preset", {"preset": "unfair"})

    assert answer.status_code == 400
    assert "one of the three" in answer.text


def test_a_pair_is_kept_until_one_of_the_two_leaves(ranked):
    pair(ranked, "Teilnehmerin A", "Teilnehmerin B")
    assert len(problem(ranked).apart) == 1

    with ranked.database.transaction(1) as session:
        enrolment = session.query(Enrolment).filter_by(
            person_id=person(ranked, "Teilnehmerin A")
        )
        enrolment.one().is_active = False

    assert problem(ranked).apart == ()
    assert "<strong>Teilnehmerin A" not in ranked.lead.get(RULES).text


def test_the_note_of_a_pair_lies_encrypted_and_only_leads_see_it(ranked):
    page = pair(ranked, "Teilnehmerin A", "Teilnehmerin B", note="Streit im Mai")

    assert "Streit im Mai" in page
    assert "may ask to see this note" in unescape(page)
    with ranked.database.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT note FROM pair").scalar_one()
    assert b"Streit" not in bytes(stored)


def test_a_note_is_gone_with_its_pair(ranked):
    pair(ranked, "Teilnehmerin A", "Teilnehmerin B", note="Streit im Mai")

    ranked.lead.post("groups/1/pairs/1/switch")
    page = ranked.lead.post("groups/1/pairs/1/forget").text

    assert "Streit" not in page
    with ranked.database.reading(1) as session:
        assert session.query(Pair).count() == 0


@pytest.mark.parametrize(
    ("kind", "form", "advice"),
    [
        ("sizes", {"least": "4", "strength": "nice"}, "Give all three sizes, or none."),
        (
            "sizes",
            {"least": "5", "wanted": "4", "most": "6", "strength": "nice"},
            "must go from smallest to largest",
        ),
        ("groups", {"least": "4", "most": "3"}, "must not be below"),
        (
            "spread",
            {"attribute": "region", "strength": "must", "purpose": "Learning"},
            "Say how many may be alike",
        ),
        (
            "spread",
            {"attribute": "region", "strength": "nice", "purpose": ""},
            "Please say what this is used for.",
        ),
        ("capacity", {"most": "1"}, "Please choose at least one topic."),
        (
            "times",
            {"least": "3", "wanted": "1", "strength": "nice"},
            "at least as many times",
        ),
    ],
)
def test_input_that_cannot_be_gets_a_sentence_that_says_what_to_change(
    ranked, kind, form, advice
):
    answer = ranked.lead.post(f"{RULES}/new/{kind}", form)

    assert answer.status_code == 422
    assert advice in unescape(answer.text)
    with ranked.database.reading(1) as session:
        assert session.query(Criterion).count() == 0


def test_a_person_is_no_pair_with_themselves(ranked):
    assert "Choose two different people." in pair(
        ranked, "Teilnehmerin A", "Teilnehmerin A"
    )


def test_no_proposal_is_begun_that_rules_forbid_and_the_fewest_are_named(ranked):
    add(ranked, "worst_wish", most="3")
    pair(ranked, "Teilnehmerin A", "Teilnehmerin B", "together")
    pair(ranked, "Teilnehmerin A", "Teilnehmerin B", "apart")

    refused = ranked.lead.post("groups/1/proposals", {"preset": "fair"})

    assert refused.status_code == 409
    assert re.findall(r"<li>(Teil[^<]+)</li>", refused.text) == [
        "Teilnehmerin A and Teilnehmerin B are in different groups.",
        "Teilnehmerin A and Teilnehmerin B are in the same group.",
    ]
    assert re.search(r'class="button" href="[^"]*groups/1/rules"', refused.text)
    with ranked.database.reading(1) as session:
        assert session.query(Proposal).count() == 0
        assert service.get_formation(session, 1).stage == "wishes"


def test_contradictory_pairs_are_named_and_nothing_else(ranked):
    add(ranked, "groups", least="3", most="4")
    pair(ranked, "Teilnehmerin A", "Teilnehmerin B", "together")
    pair(ranked, "Teilnehmerin B", "Teilnehmerin C", "together")

    said = notice(pair(ranked, "Teilnehmerin A", "Teilnehmerin C", "apart"))

    assert "These rules cannot all be kept:" in said
    assert "Teilnehmerin A and Teilnehmerin C are in different groups." in said
    assert "Teilnehmerin A and Teilnehmerin B are in the same group." in said
    assert "Teilnehmerin B and Teilnehmerin C are in the same group." in said
    assert "There may be" not in said
    assert "If there are more contradictions, they show" in said
    assert "at least" not in said


def test_each_rule_of_a_contradiction_leads_to_where_it_is_changed(ranked):
    pair(ranked, "Teilnehmerin A", "Teilnehmerin B", "together")
    page = pair(ranked, "Teilnehmerin A", "Teilnehmerin B", "apart")
    for number in (1, 2):
        assert f'groups/1/rules#pair-{number}"' in page
        assert f'<li id="pair-{number}">' in page


def test_a_card_is_found_by_the_rule_that_it_says(ranked):
    mix = {"strength": "must", "purpose": "Learning"}
    add(ranked, "spread", attribute="region", **{**mix, "strength": "nice"})
    add(ranked, "spread", attribute="experience", most="2", **mix)
    add(ranked, "sizes", strength="nice")
    ranked.lead.post(f"{RULES}/2/switch")

    with ranked.database.reading(1) as session:
        formation = service.get_formation(session, 1)
        cards = criteria.stored_cards(session, formation)
        known = criteria.known(session, formation)
        found = origins(posing.problem_of(session, formation), cards, known)

    assert found == {Part(Demand.SPREAD, 0): 3}


def test_two_who_are_together_and_apart_are_said_at_saving_whatever_else_is_wrong(
    ranked,
):
    for topic in (2, 3, 4):
        ranked.lead.post(f"groups/1/topics/{topic}/remove")
    pair(ranked, "Teilnehmerin A", "Teilnehmerin B", "together")
    page = pair(ranked, "Teilnehmerin A", "Teilnehmerin B", "apart")

    said = "Teilnehmerin A and Teilnehmerin B must be together and apart"
    assert "are needed, but the topics take only" in notice(page)
    assert said in notice(page)
    assert page.count(said) == 2, "as what was just saved, and as what is wrong"


def test_who_shares_too_few_times_with_others_is_named_to_leads(ranked):
    with ranked.database.transaction(1) as session:
        formation = service.get_formation(session, 1)
        survey.ask_times(session, formation, slots(["0-8-12", "1-17-21"]))
        for place, member in enumerate(courses.participants(session)):
            answers = Answers(slots=slots(["0-8-12" if place else "1-17-21"]))
            survey.store_answers(session, formation, member.person_id, answers)

    page = notice(add(ranked, "times", least="1", wanted="1", strength="important"))

    assert "1 person has too few times in common with enough others" in page
    assert "Teilnehmerin A." in page


def test_a_rule_that_cannot_be_kept_alone_is_named_alone(ranked):
    with ranked.database.transaction(1) as session:
        for place, member in enumerate(courses.participants(session)):
            said = {"region": "North" if place else "South"}
            put_profile(session, member.person_id, said)

    page = add(ranked, "not_alone", about="region", strength="must", purpose="Help")

    assert "This rule cannot be kept:" in notice(page)
    assert 'groups/1/rules#rule-2"' in page
    assert '<li id="rule-2">' in page


def test_what_cannot_be_counted_is_found_out_by_the_worker(ranked):
    with ranked.database.transaction(1) as session:
        for place, member in enumerate(courses.participants(session)):
            said = {"region": "North" if place < 4 else "South"}
            put_profile(session, member.person_id, said)

    page = add(ranked, "not_alone", about="region", strength="must", purpose="Support")
    assert "is being found out" in notice(page)
    assert checking.check_due(ranked.database) == 1

    assert "All rules can be kept." in ranked.lead.get(RULES).text
    assert "All rules can be kept." in ranked.lead.get(f"{RULES}/check").text


def test_an_edited_card_is_checked_before_it_is_stored(ranked):
    pair(ranked, "Teilnehmerin A", "Teilnehmerin B", "together")
    edited = {"kind": "sizes", "least": "1", "wanted": "1", "most": "1"}
    edited |= {"strength": "nice", "card": ""}

    fragment = ranked.lead.post(f"{RULES}/check", {**edited, "live": "1"}).text
    page = ranked.lead.post(f"{RULES}/check", edited).text

    assert "16 participants do not fit" in fragment
    assert "<html" not in fragment
    assert "16 participants do not fit" in page
    assert 'value="1"' in page
    with ranked.database.reading(1) as session:
        assert session.query(Criterion).count() == 0


def test_participants_are_told_of_the_profile_what_groups_are_formed_by(ranked):
    add(ranked, "spread", attribute="region", strength="nice", purpose="Learning")

    ranked.lead.post("groups/1/stage", {"stage": "wishes"})

    with ranked.database.reading(1) as session:
        asked = survey.questions(session, service.get_formation(session, 1))
    assert [question.profile_field for question in asked] == ["region"]


def test_staff_are_never_in_the_problem(ranked, arrive):
    arrive("3", "Instructor", name="Referent Zwei")

    assert len(problem(ranked).people) == 16


def test_the_hash_changes_with_cards_and_pairs_and_back(ranked):
    before = posing.input_hash(problem(ranked))

    pair(ranked, "Teilnehmerin A", "Teilnehmerin B")
    with_pair = posing.input_hash(problem(ranked))
    add(ranked, "worst_wish", most="2")
    with_card = posing.input_hash(problem(ranked))

    assert len({before, with_pair, with_card}) == 3
    ranked.lead.post("groups/1/pairs/1/switch")
    ranked.lead.post(f"{RULES}/2/switch")
    assert posing.input_hash(problem(ranked)) == before


def test_a_copied_course_takes_over_the_rules_and_no_pairs(ranked, arrive):
    with ranked.database.transaction(1) as session:
        survey.add_question(
            session, service.get_formation(session, 1), "Habit", "Tea", ["one", "two"]
        )
    about = {"strength": "must", "purpose": "Help"}
    add(ranked, "not_alone", about="question:1|2", **about)
    add(ranked, "capacity", topics=["1"], most="1")
    pair(ranked, "Teilnehmerin A", "Teilnehmerin B", note="Streit im Mai")
    with ranked.database.reading(1) as session:
        told = setup.set_up.read(session)
    other = arrive("50", "Instructor", name="Andere Leitung", course="c2")
    with ranked.database.transaction(2) as session:
        survey.add_question(
            session,
            service.open_formation(session, service.Plan("Earlier"), by=1),
            "Other",
            "Tea",
            ["one", "two"],
        )
        setup.set_up.write(session, json.loads(json.dumps(told)))

    other.post("groups/new", {"title": "Again", "groups_wanted": "4"})

    with ranked.database.reading(2) as session:
        newest = service.formations(session)[0]
        wishes, card = criteria.stored_cards(session, newest)
        (question,) = survey.questions(session, newest)
        assert criteria.pairs(session, newest) == []
    assert question.id != 1
    assert wishes.kind == "wishes"
    assert (card.attribute, card.value) == (f"question:{question.id}", "2")
