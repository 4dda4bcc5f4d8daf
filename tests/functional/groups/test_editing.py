"""Proposals by hand: prices, moves, swaps, pins, undoing, solving the rest, comparing, putting away."""

import html
import json
import re

import pytest

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course
from lti_tool.groups import service
from lti_tool.groups.problem import Group, Pin
from lti_tool.groups.proposals import recording
from lti_tool.groups.proposals import service as proposals
from lti_tool.groups.proposals.arrangement import arrange
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.proposals.rules import Terms
from lti_tool.groups.scoring import Scorer
from lti_tool.lti.roles import Role
from lti_tool.lti.roster import Membership
from lti_tool.persistence.session import EVERYWHERE

pytestmark = pytest.mark.sqlite

PAGE = "groups/1/proposals/1"


@pytest.fixture
def proposed(ranked):
    """The room with a computed proposal in which fifteen have their favourite."""
    ranked.propose()
    return ranked


def seats(page):
    """Return the card of each person on the page of a proposal."""
    cards = re.split(r'<li id="seat-', page)[1:]
    return {re.search(r'class="who">([^<]+)<', card)[1]: card for card in cards}


def number_of(card):
    return int(re.match(r"\d+", card)[0])


def ways(card):
    """Return what the page says of each way of a person: text, colour, sentence."""
    return json.loads(html.unescape(re.search(r'data-ways="([^"]*)"', card)[1]))


def teams(page):
    """Return who is in which group."""
    found = re.split(r'data-group="(\d+)"', page)[1:]
    return {
        int(group): set(
            re.findall(r'class="who">([^<]+)<', text.split("</section>")[0])
        )
        for group, text in zip(found[::2], found[1::2], strict=True)
    }


def points(page):
    """Return what all groups cost, as the page says."""
    return int(re.search(r'groups cost <span class="count">(\d+)<', page)[1])


def amount(text):
    return int(text.split()[0].replace("±", "").replace("−", "-"))  # noqa: RUF001


def arranged(room, number=1):
    with room.database.reading(1) as session:
        formation = service.get_formation(session, 1)
        return arrange(session, formation, session.get_one(Proposal, number))


def test_the_price_on_the_page_is_what_the_groups_then_cost(proposed):
    page = proposed.lead.get(PAGE).text
    card = seats(page)["Teilnehmerin A"]
    before = points(page)

    for way, (text, _colour, _why) in ways(card).items():
        move = {"person": number_of(card), "group": way}
        moved = proposed.lead.post(f"{PAGE}/move", move).text
        assert points(moved) == before + amount(text)
        assert points(proposed.lead.post(f"{PAGE}/undo").text) == before


@pytest.mark.sqlite
def test_every_way_with_its_price_is_in_a_plain_field(proposed):
    card = seats(proposed.lead.get(PAGE).text)["Teilnehmerin A"]

    options = re.findall(
        r'<option value="([^"]+)">([^<]+)<', card.split("</select>")[0]
    )

    assert len(options) == 3 + 3 + 1, "three groups, the best swap with each, and none"
    for value, label in options[:-1]:
        assert html.unescape(label).split(": ")[-1].startswith(ways(card)[value][0])
    assert options[-1] == ("0", "out of all groups")


PROVEN = '<span class="tag good">proven optimal</span>'


def heading(page):
    return re.search(r"<h1>.*?</h1>", page, re.DOTALL)[0]


def test_what_a_hand_has_changed_is_not_called_proven_any_more(proposed):
    assert PROVEN in heading(proposed.lead.get(PAGE).text)
    card = seats(proposed.lead.get(PAGE).text)["Teilnehmerin A"]
    way, price = next(
        (way, text)
        for way, (text, _colour, _why) in ways(card).items()
        if "✗" not in text and amount(text)
    )

    moved = proposed.lead.post(
        f"{PAGE}/move", {"person": number_of(card), "group": way}
    ).text

    assert f"Changed by hand: {price.split()[0]} compared with the best." in moved
    assert "changed by hand" in heading(moved)
    # What was proven stands in the details only, as what was computed.
    assert moved.count(PROVEN) == 1
    assert PROVEN in moved.split("<dt>As computed</dt>")[1].split("</dd>")[0]
    for path in ("groups/1", "groups/1/compare?proposal=1"):
        listed = proposed.lead.get(path).text
        assert "changed by hand" in listed
        assert PROVEN not in listed
    assert PROVEN in heading(proposed.lead.post(f"{PAGE}/undo").text)


def test_who_is_taken_out_has_no_place_and_makes_no_cost_better(proposed):
    card = seats(proposed.lead.get(PAGE).text)["Teilnehmerin A"]

    out = proposed.lead.post(
        f"{PAGE}/move", {"person": number_of(card), "group": "0"}
    ).text

    assert "Teilnehmerin A is in no group now." in out
    assert "1 person has no place" in out
    assert "Teilnehmerin A has no place in a group." in out
    assert 'groups cost <span class="count">' not in out
    assert "compared with the best" not in out
    compared = proposed.lead.get("groups/1/compare?proposal=1").text
    assert "1 person has no place" in compared
    assert 'groups cost <span class="count">' not in compared


def test_two_people_change_places_and_back_in_one_step(proposed):
    before = teams(proposed.lead.get(PAGE).text)
    cards = seats(proposed.lead.get(PAGE).text)
    one, other = (number_of(cards[f"Teilnehmerin {name}"]) for name in "AB")

    page = proposed.lead.post(
        f"{PAGE}/move", {"person": one, "group": f"swap-{other}"}
    ).text

    assert "Teilnehmerin A and Teilnehmerin B have changed places" in page
    after = teams(page)
    assert sum(before[group] != after[group] for group in before) == 2
    assert teams(proposed.lead.post(f"{PAGE}/undo").text) == before
    assert teams(proposed.lead.post(f"{PAGE}/redo").text) == after


@pytest.mark.parametrize("group", ["swap-99999", "swap-x", "77", "", "-1", "9" * 40])
def test_ways_that_are_none_change_nothing(proposed, group):
    before = teams(proposed.lead.get(PAGE).text)

    answer = proposed.lead.post(f"{PAGE}/move", {"person": 2, "group": group})

    assert answer.status_code in {400, 404}
    assert teams(proposed.lead.get(PAGE).text) == before


def test_several_steps_are_undone_and_done_again_pins_too(proposed):
    pages = [proposed.lead.get(PAGE).text]
    cards = seats(pages[0])
    for name in "AB":
        card = cards[f"Teilnehmerin {name}"]
        group = next(iter(ways(card)))
        move = {"person": number_of(card), "group": group}
        pages.append(proposed.lead.post(f"{PAGE}/move", move).text)
    fixed = {"person": number_of(cards["Teilnehmerin C"]), "pin": "group"}
    pages.append(proposed.lead.post(f"{PAGE}/pin", fixed).text)
    assert "fixed here" in seats(pages[3])["Teilnehmerin C"]

    for earlier in pages[2::-1]:
        page = proposed.lead.post(f"{PAGE}/undo").text
        assert teams(page) == teams(earlier)
        assert "tag pinned" not in page
    assert "Nothing is left to undo" in proposed.lead.post(f"{PAGE}/undo").text
    for later in pages[1:]:
        page = proposed.lead.post(f"{PAGE}/redo").text
        assert teams(page) == teams(later)
    assert "tag pinned" in page
    assert "Nothing is left to do again" in proposed.lead.post(f"{PAGE}/redo").text


def test_what_was_undone_is_gone_once_something_else_is_done(proposed):
    card = seats(proposed.lead.get(PAGE).text)["Teilnehmerin A"]
    one, two = [way for way in ways(card) if not way.startswith("swap")][:2]
    proposed.lead.post(f"{PAGE}/move", {"person": number_of(card), "group": one})
    proposed.lead.post(f"{PAGE}/undo")

    page = proposed.lead.post(
        f"{PAGE}/move", {"person": number_of(card), "group": two}
    ).text

    assert "Do it again" not in page
    assert proposed.lead.post(f"{PAGE}/redo").status_code == 409


def test_what_is_done_again_is_what_was_undone_last(proposed):
    """Also where something else was undone before the step was made."""
    card = seats(proposed.lead.get(PAGE).text)["Teilnehmerin A"]
    one, two = [way for way in ways(card) if not way.startswith("swap")][:2]
    proposed.lead.post(f"{PAGE}/move", {"person": number_of(card), "group": one})
    proposed.lead.post(f"{PAGE}/undo")
    second = {"person": number_of(card), "group": two}
    moved = teams(proposed.lead.post(f"{PAGE}/move", second).text)
    proposed.lead.post(f"{PAGE}/undo")

    again = proposed.lead.post(f"{PAGE}/redo").text

    assert teams(again) == moved
    assert "Do it again" not in again


def test_the_rest_is_solved_around_who_is_fixed_and_they_stay_fixed(proposed):
    card = seats(proposed.lead.get(PAGE).text)["Teilnehmerin A"]
    person = number_of(card)
    group = next(way for way in ways(card) if not way.startswith("swap"))
    proposed.lead.post(f"{PAGE}/move", {"person": person, "group": group})
    proposed.lead.post(f"{PAGE}/pin", {"person": person, "pin": "group"})
    # Somebody else is moved to where it costs, and not fixed there.
    other = seats(proposed.lead.get(PAGE).text)["Teilnehmerin C"]
    dearest = max(
        (way for way in ways(other) if not way.startswith("swap")),
        key=lambda way: amount(ways(other)[way][0]),
    )
    proposed.lead.post(f"{PAGE}/move", {"person": number_of(other), "group": dearest})

    asked = proposed.lead.post(f"{PAGE}/rest", {"move_cost": "0"}, follow=False)
    assert asked.status_code == 303, asked.text
    proposals.compute_due(proposed.database)

    page = proposed.lead.get(asked.location).text
    assert "proven optimal" in page
    assert "fixed here" in seats(page)["Teilnehmerin A"]
    assert seats(page)["Teilnehmerin A"].count("moved by hand") == 0
    topic = {g.topic for g in arranged(proposed, 1).grouping if person in g.people}
    assert {
        g.topic for g in arranged(proposed, 2).grouping if person in g.people
    } == topic
    assert points(page) < points(proposed.lead.get(PAGE).text), (
        "the others make the best of it"
    )
    assert "These stay where they are: Teilnehmerin A." in page


def test_who_is_fixed_to_a_topic_is_fixed_to_it_again(proposed):
    card = seats(proposed.lead.get(PAGE).text)["Teilnehmerin B"]
    page = proposed.lead.post(
        f"{PAGE}/pin", {"person": number_of(card), "pin": "topic"}
    ).text
    assert "fixed to the topic" in seats(page)["Teilnehmerin B"]

    proposed.lead.post(f"{PAGE}/rest", {"move_cost": "3"})

    with proposed.database.reading(1) as session:
        terms = Terms.from_json(session.get_one(Proposal, 2).terms)
    topic = next(
        g.topic for g in arranged(proposed).grouping if number_of(card) in g.people
    )
    assert terms.pins == (Pin(number_of(card), topic=topic),)
    assert (terms.based_on, terms.move_cost) == (1, 3)


def test_moving_who_is_fixed_is_said_to_break_a_rule(proposed):
    card = seats(proposed.lead.get(PAGE).text)["Teilnehmerin A"]
    page = proposed.lead.post(
        f"{PAGE}/pin", {"person": number_of(card), "pin": "group"}
    ).text

    for text, _colour, why in ways(seats(page)["Teilnehmerin A"]).values():
        assert "✗" in text
        assert "fixed elsewhere" in why


def test_an_exact_price_is_that_of_the_best_groups_under_the_condition(proposed):
    page = proposed.lead.get(PAGE).text
    card = seats(page)["Teilnehmerin A"]
    topics = re.findall(r'<option value="(\d+)">', card.split('name="topic"')[1])
    ask = {"person": number_of(card), "topic": topics[2]}

    waiting = proposed.lead.post(f"{PAGE}/price", ask).text
    assert "data-look-again" in waiting
    proposals.compute_due(proposed.database)
    page = proposed.lead.get(PAGE).text

    said = re.search(
        r"<strong>Teilnehmerin A</strong> .*?<strong>([^<]+)</strong>, (\d+) other",
        page,
        re.DOTALL,
    )
    found = arranged(proposed, 2)
    assert Scorer(found.problem).ranks(found.grouping)[number_of(card)] is None
    assert amount(said[1]) == found.parts.total - arranged(proposed).parts.total > 0
    # Somebody has to come in exchange, or one group is larger than wished.
    assert int(said[2]) <= 2
    best = min(amount(text) for text, _colour, _why in ways(card).values())
    assert amount(said[1]) >= best
    assert "Proposal 2" not in proposed.lead.get("groups/1").text


def test_the_groups_of_an_exact_price_can_be_kept(proposed):
    card = seats(proposed.lead.get(PAGE).text)["Teilnehmerin A"]
    proposed.lead.post(f"{PAGE}/price", {"person": number_of(card), "topic": 3})
    proposals.compute_due(proposed.database)
    assert "What it would cost" in proposed.lead.get("groups/1/proposals/2").text

    page = proposed.lead.post("groups/1/proposals/2/keep").text

    assert "These groups are a proposal now" in page
    assert "Proposal 2" in proposed.lead.get("groups/1").text
    assert "exact price" not in page.lower().split("<main")[1].split("<details")[0]


def test_numbers_of_groups_stay_with_those_that_go_on(proposed):
    with proposed.database.transaction(1) as session:
        formation = service.get_formation(session, 1)
        terms = Terms(based_on=1, move_cost=10, title="Kaum anders")
        proposals.ask(session, formation, by=1, terms=terms)
    proposals.compute_due(proposed.database)

    first, second = arranged(proposed, 1), arranged(proposed, 2)

    def by_number(found):
        return {t.number: {s.person_id for s in t.seats} for t in found.teams}

    assert by_number(first) == by_number(second)
    assert "Proposal 2: Kaum anders" in proposed.lead.get("groups/1").text


def fix_two_of_a_group(room):
    """Fix two people of the first group there, and return them."""
    two = arranged(room).grouping[0].people[:2]
    for person in two:
        room.lead.post(f"{PAGE}/pin", {"person": person, "pin": "group"})
    return two


def keep_apart(room, two):
    pair = {"first": two[0], "second": two[1], "bonding": "apart", "strength": "must"}
    return room.lead.post("groups/1/pairs", pair)


def test_rules_that_contradict_who_is_fixed_are_named_and_nothing_is_asked(proposed):
    two = fix_two_of_a_group(proposed)
    keep_apart(proposed, two)

    refused = proposed.lead.post(f"{PAGE}/rest", {"move_cost": "0"})

    assert refused.status_code == 409
    said = re.findall(r"<li>(Teiln[^<]+)</li>", html.unescape(refused.text))
    names = re.findall(r"Teilnehmerin \w", said[0])
    topic = "“Lernorte im Hafen”"
    assert said == [
        f"{names[0]} and {names[1]} are in different groups.",
        f"{names[0]} stays in their group on {topic}.",
        f"{names[1]} stays in their group on {topic}.",
    ]
    assert 'href="' in refused.text
    assert "groups/1/rules" in refused.text
    with proposed.database.reading(1) as session:
        assert session.query(Proposal).count() == 1


def test_a_price_of_what_rules_forbid_is_refused_with_the_rule(proposed):
    proposed.lead.post("groups/1/rules/new/worst_wish", {"most": "1"})
    card = seats(proposed.lead.get(PAGE).text)["Teilnehmerin A"]
    asked = {"person": number_of(card), "topic": 3}

    refused = proposed.lead.post(f"{PAGE}/price", asked)

    assert refused.status_code == 409
    page = html.unescape(refused.text)
    assert "<li>Teilnehmerin A works on “Mädchen und Technik”.</li>" in page
    assert "<li>Nobody who answered gets less than: 1st wish.</li>" in page


def test_a_proposal_whose_pins_cannot_be_kept_any_more_says_so(proposed):
    two = fix_two_of_a_group(proposed)
    proposed.lead.post(f"{PAGE}/rest", {"move_cost": "0"})
    keep_apart(proposed, two)
    proposals.compute_due(proposed.database)

    page = proposed.lead.get("groups/1/proposals/2").text

    assert "There is no division under the rules with all who are fixed" in page


@pytest.mark.sqlite
def test_who_lacks_the_favourite_is_told_why_and_what_it_would_cost(ranked):
    for name in "ABCDEFGH":
        ranked.rank(f"Teilnehmerin {name}", 1, 2)

    page = ranked.propose()

    unmet = re.search(r"(\d+) people without their favourite: why\?", page)
    assert int(unmet[1]) == len(arranged(ranked).problem.people) - 1 - int(
        re.search(r"<strong>(\d+)</strong> 1st wish", page)[1]
    )
    assert "people there it is the favourite of" in page
    assert "The cheapest way there" in page


@pytest.mark.sqlite
def test_rules_that_are_only_just_kept_are_said_in_words(ranked):
    sizes = {"least": "4", "wanted": "4", "most": "5", "strength": "nice"}
    ranked.lead.post("groups/1/rules/new/sizes", sizes)
    for name in "ABCDEFGH":
        ranked.rank(f"Teilnehmerin {name}", 1, 2)

    page = html.unescape(ranked.propose())

    assert re.search(r"<summary>\d+ rules are only just kept</summary>", page)
    assert re.search(r"“Lernorte im Hafen” is full, and \d people would", page)
    assert "A group has at least 4 people. Just so in the groups 1, 2, 3 and 4." in page


@pytest.mark.sqlite
def test_above_120_people_the_page_says_how_to_learn_a_price(ranked, database):
    listed = [
        Membership(str(n), f"Gast {n}", None, Role.PARTICIPANT, is_active=True)
        for n in range(10, 131)
    ]
    lead = Membership("1", "Leonie Leitner", None, Role.STAFF, is_active=True)
    with database.transaction(EVERYWHERE) as session:
        course = session.get_one(Course, 1)
        courses.take_roster(session, course, 1, [lead, *listed], clock.now())
    with database.transaction(1) as session:
        people = [p.person_id for p in courses.participants(session)]
        groups = [Group(1, tuple(people[:60])), Group(2, tuple(people[60:]))]
        formation = service.get_formation(session, 1)
        recording.record(session, formation, groups, title="", by=1)

    page = ranked.lead.get(PAGE).text

    assert "With more than 120 people this page does not say" in page
    assert page.count("Compute the exact price</button>") == 121


def test_proposals_stand_side_by_side_and_differences_are_marked(proposed):
    proposed.lead.post("groups/1/proposals")
    proposals.compute_due(proposed.database)
    cards = seats(proposed.lead.get("groups/1/proposals/2").text)
    one, other = (number_of(cards[f"Teilnehmerin {name}"]) for name in "AB")
    proposed.lead.post("groups/1/proposals/2/name", {"title": "Mit Tausch"})
    proposed.lead.post(
        "groups/1/proposals/2/move", {"person": one, "group": f"swap-{other}"}
    )

    page = proposed.lead.get("groups/1/compare?proposal=1&proposal=2").text

    assert "Proposal 2: Mit Tausch" in page
    rows = re.findall(r'<tr class="differs">.*?</tr>', page, re.DOTALL)
    marked = {re.search(r"Teilnehmerin \w", row)[0] for row in rows}
    assert marked == {"Teilnehmerin A", "Teilnehmerin B"}, "and none of their company"
    assert "2 people are elsewhere than in “Proposal 1”" in page


def test_proposals_say_by_which_preset_they_weigh_the_wishes(proposed):
    proposed.lead.post("groups/1/proposals", {"preset": "fair"})
    proposals.compute_due(proposed.database)

    page = proposed.lead.get("groups/1/compare?proposal=1&proposal=2").text
    assert re.findall(r"Wishes weighed: ([\w ]+)", page) == ["Balanced", "Fair"]
    assert "counted in different ways" in page
    # The second wish in place of the first, as each of the two counts it.
    second = re.compile(r"in place of the first costs (\d+)")
    assert second.search(proposed.lead.get(PAGE).text)[1] == "4"
    assert second.search(proposed.lead.get("groups/1/proposals/2").text)[1] == "2"

    proposed.lead.post("groups/1/proposals/2/rest", {"move_cost": "0"})
    proposals.compute_due(proposed.database)
    assert "Wishes weighed: Fair" in proposed.lead.get("groups/1/proposals/3").text


@pytest.mark.sqlite
def test_a_preset_that_is_none_is_refused(proposed):
    refused = proposed.lead.post("groups/1/proposals", {"preset": "unfair"})

    assert refused.status_code == 400
    assert "one of the three" in refused.text


def test_a_proposal_is_put_away_and_brought_back(proposed):
    away = proposed.lead.post(f"{PAGE}/put-away").text
    assert "You can bring it back" in away
    assert "Proposal 1" in away.split("<main")[1]
    assert PAGE not in proposed.lead.get("groups/1").text

    proposed.lead.post(f"{PAGE}/bring-back")

    assert PAGE in proposed.lead.get("groups/1").text


@pytest.mark.sqlite
def test_the_page_says_with_what_it_was_computed(proposed):
    page = proposed.lead.get(PAGE).text

    with proposed.database.reading(1) as session:
        made = session.get_one(Proposal, 1).made_with
    assert f"start number: {made['seed']}, at most so many seconds" in page
    assert f"HiGHS {made['highspy']}" in page
    assert {"seconds", "nodes", "took", "tool", "stopped"} <= made.keys()
