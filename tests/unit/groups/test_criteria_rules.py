"""What each card adds to a problem, and how much it counts by its place and words."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.groups.criteria.rules import (
    HARD_ONLY,
    Attribute,
    Bonding,
    Card,
    Kind,
    Pairing,
    Preset,
    Strength,
    apply,
    factors,
    preset_of,
    strengths,
    with_preset,
)
from lti_tool.groups.problem import (
    Bond,
    NotAlone,
    Person,
    Pool,
    Problem,
    Sizes,
    Spread,
    Times,
    Topic,
    Weights,
)

PEOPLE = tuple(Person(n, attributes=(1, 2)) for n in range(4))
PLAIN = Problem((Topic(1), Topic(2)), PEOPLE, Sizes(1, 2, 3), 2, 2)
ATTRIBUTES = (
    Attribute("region", {"North": 1, "South": 2}),
    Attribute("experience", {"1": 1, "2": 2, "3": 3}),
)
cards = st.lists(
    st.sampled_from(Kind).flatmap(
        lambda kind: st.builds(
            Card, st.just(kind), st.sampled_from(strengths(kind)), st.booleans()
        )
    ),
    max_size=8,
)


def ruled(*said, pairs=(), problem=PLAIN):
    return apply(problem, said, pairs, ATTRIBUTES)


def spread(**said):
    return Card(Kind.SPREAD, attribute="region", **said)


def test_without_cards_and_pairs_a_problem_stays_as_it_is():
    assert ruled() == PLAIN


def test_the_mixed_preset_is_what_happens_without_cards():
    assert ruled(Card(Kind.WISHES, value=Preset.MIXED)) == PLAIN
    assert ruled(*with_preset([], Preset.MIXED)).weights == Weights()


def test_a_fair_late_wish_costs_more_than_two_second_ones_and_favourites_first_less():
    fair = ruled(*with_preset([], Preset.FAIR)).weights.ranks
    first = ruled(*with_preset([], Preset.WISHES_FIRST)).weights.ranks

    assert fair[2] > 2 * fair[1]
    assert first[2] < 2 * first[1]


@pytest.mark.parametrize(
    ("card", "changes"),
    [
        (Card(Kind.WORST_WISH, Strength.MUST, most=3), {"worst_rank": 3}),
        (Card(Kind.SIZES, least=2, wanted=3, most=4), {"sizes": Sizes(2, 3, 4)}),
        (
            Card(Kind.GROUPS, Strength.MUST, least=1, most=3),
            {"groups_min": 1, "groups_max": 3},
        ),
        (
            Card(Kind.CAPACITY, Strength.MUST, most=1, topics=(2, 9)),
            {"pools": (Pool((2,), 1),)},
        ),
        (spread(), {"spreads": (Spread(0, 3),)}),
        (spread(strength=Strength.MUST, most=2), {"spreads": (Spread(0, 3, 2),)}),
        (spread(strength=Strength.NICE, most=2), {"spreads": (Spread(0, 2),)}),
        (
            Card(Kind.NOT_ALONE, attribute="experience", value="3"),
            {"not_alone": (NotAlone(1, 3, 25),)},
        ),
        (
            Card(Kind.NOT_ALONE, Strength.MUST, attribute="region"),
            {"not_alone": (NotAlone(0, 1, None), NotAlone(0, 2, None))},
        ),
        (Card(Kind.TIMES, least=1, wanted=3), {"times": Times(1, 3, 5)}),
        (Card(Kind.TIMES, least=2, wanted=1), {"times": Times(2, 2, 5)}),
        (Card(Kind.SPREAD, attribute="question:7"), {}),
        (Card(Kind.NOT_ALONE, attribute="region", value="East"), {}),
        (Card(Kind.WORST_WISH, Strength.MUST, is_on=False, most=3), {}),
    ],
    ids=[
        "worst wish",
        "sizes",
        "number of groups",
        "room for topics that are offered",
        "spread",
        "a firm spread",
        "a spread that would be nice forbids nothing",
        "nobody alone with a value",
        "nobody ever alone",
        "times",
        "as many times wanted as there must be",
        "a question that is no longer asked",
        "a value that nobody has",
        "switched off",
    ],
)
def test_a_card_adds_what_it_says_and_nothing_else(card, changes):
    assert ruled(card) == replace(PLAIN, **changes)


def test_how_much_the_preferred_size_counts_survives_a_preset_below_it():
    sizes = Card(Kind.SIZES, least=1, wanted=2, most=3)

    weights = ruled(sizes, Card(Kind.WISHES, value=Preset.FAIR)).weights

    assert (weights.size, weights.unwished) == (4, 90)


def test_wishes_for_people_count_as_their_card_says_and_pairs_as_they_say_themselves():
    asked = replace(PLAIN, together=(Bond(0, 1, 6),), apart=(Bond(2, 3, 6),))
    pairs = [
        Pairing(0, 2, Bonding.APART),
        Pairing(1, 3, Bonding.TOGETHER, Strength.NICE),
    ]

    found = ruled(Card(Kind.PEOPLE, Strength.NICE), pairs=pairs, problem=asked)

    assert found.together == (Bond(0, 1, 3), Bond(1, 3, 12))
    assert found.apart == (Bond(2, 3, 3), Bond(0, 2, None))


def test_a_pair_whose_person_left_is_dropped():
    assert ruled(pairs=[Pairing(0, 99, Bonding.APART)]) == PLAIN


def test_above_the_wishes_a_card_counts_at_least_double_and_below_ever_less():
    wishes = Card(Kind.WISHES)

    counted = factors([spread(), spread(), wishes, spread(), spread()])

    assert counted[0] > counted[1] == 2
    assert counted[3] == 1 > counted[4]


@given(cards)
def test_the_higher_of_two_equal_cards_never_counts_less(said):
    counted = [
        (card, factor)
        for card, factor in zip(said, factors(said), strict=True)
        if card.kind not in {*HARD_ONLY, Kind.WISHES}
        and card.strength == Strength.IMPORTANT
    ]

    assert all(upper >= lower for (_, upper), (_, lower) in pairwise(counted))


@given(cards, st.sampled_from(Preset))
def test_a_preset_changes_how_wishes_count_and_no_other_card(said, preset):
    weighed = with_preset(said, preset)

    assert preset_of(weighed) == preset
    others = [card for card in said if card.kind != Kind.WISHES]
    assert [card for card in weighed if card.kind != Kind.WISHES] == others


def test_where_wishes_come_first_all_else_counts_half():
    said = [Card(Kind.WISHES), spread()]

    mixed, first = (
        factors(with_preset(said, preset))[1]
        for preset in (Preset.MIXED, Preset.WISHES_FIRST)
    )

    assert first == mixed / 2
