"""Who moves up, which codes there are, and with what the rest is filled."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.groups.choosing import rules
from lti_tool.groups.choosing.rules import Filling, Place
from lti_tool.groups.problem import Bond, Person, Problem, Sizes, Spread, Topic
from lti_tool.groups.scoring import Scorer

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def anybody(_person, _group, _members):
    return True


def scorer(**rest):
    people = tuple(Person(number, attributes=(number % 2,)) for number in range(1, 7))
    return Scorer(Problem((Topic(1),), people, Sizes(3, 3, 3), 2, 2, **rest))


def test_the_first_in_line_moves_up():
    places = [Place(1, 1), Place(2, 1, True), Place(3, 1, True)]

    assert rules.moves_up(places, 2, [1], anybody) == [(2, 1)]


def test_the_place_that_somebody_gives_up_by_moving_goes_on():
    places = [Place(2, 2), Place(2, 1, True), Place(3, 3), Place(3, 2, True)]

    assert rules.moves_up(places, 1, [1, 2, 3], anybody) == [(2, 1), (3, 2)]


def test_two_who_wait_for_each_others_place_stay_where_they_are():
    places = [Place(1, 1), Place(2, 2), Place(1, 2, True), Place(2, 1, True)]

    assert rules.moves_up(places, 1, [1, 2], anybody) == []


def test_who_may_not_come_in_is_passed_over():
    places = [Place(2, 1, True), Place(3, 1, True)]

    moved = rules.moves_up(places, 1, [1], lambda person, _group, _members: person != 2)

    assert moved == [(3, 1)]


@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_nobody_is_lost_doubled_or_above_capacity(rng, capacity):
    groups, inside, waiting = [1, 2, 3], [], []
    for person in range(12):
        free = [g for g in groups if sum(p.group == g for p in inside) < capacity]
        if free and rng.random() < 0.8:
            inside.append(Place(person, rng.choice(free)))
        if rng.random() < 0.6:
            waiting.append(Place(person, rng.choice(groups), True))
    waiting = [w for w in waiting if Place(w.person, w.group) not in inside]

    moved = rules.moves_up([*inside, *waiting], capacity, groups, anybody)

    at = {p.person: p.group for p in inside} | dict(moved)
    assert {p.person for p in inside} <= at.keys()
    assert max((list(at.values()).count(g) for g in groups), default=0) <= capacity
    left = [w for w in waiting if (w.person, w.group) not in moved]
    assert all(list(at.values()).count(w.group) == capacity for w in left)


def test_people_who_are_to_be_apart_are_not_told_so_by_a_refusal():
    assert rules.fits(scorer(apart=(Bond(1, 2),)), 1, [1], 2)


def test_too_many_of_one_kind_do_not_fit():
    judge = scorer(spreads=(Spread(0, most=2),))

    assert not rules.fits(judge, 1, [1, 3], 5)
    assert rules.fits(judge, 1, [1, 3], 2)


def test_a_rule_that_a_lead_has_broken_keeps_nobody_else_out():
    judge = scorer(spreads=(Spread(0, most=1),))

    assert rules.fits(judge, 1, [1, 3], 2)


def test_a_group_that_is_not_complete_yet_is_no_broken_rule():
    assert rules.fits(scorer(together=(Bond(1, 2),)), 1, [], 1)


def test_a_code_is_read_as_it_is_shown_or_typed():
    code = rules.new_code(secrets.choice)

    shown = rules.shown_code(code)

    assert shown[4] == "-"
    assert rules.plain_code(f"  {shown.lower()} ") == code


def test_there_are_more_codes_than_anybody_can_try():
    tries_of_a_class = 24 * 90 * 24 * 6 * rules.MOST_WRONG

    assert len(rules.ALPHABET) ** rules.CODE_LENGTH > 100_000 * tries_of_a_class


def test_after_five_wrong_codes_in_ten_minutes_one_has_to_wait():
    count, since = 0, NOW
    for minute in range(5):
        assert not rules.is_locked(count, since, NOW)
        count, since = rules.one_more_wrong(
            count, since, NOW + timedelta(minutes=minute)
        )

    assert rules.is_locked(count, since, NOW + timedelta(minutes=9))
    assert not rules.is_locked(count, since, NOW + timedelta(minutes=10))
    assert rules.one_more_wrong(count, since, NOW + timedelta(minutes=10))[0] == 1


@pytest.mark.parametrize(
    ("sizes", "rest", "smallest", "places", "expected"),
    [
        ([4, 4], 0, 3, 4, Filling(2, 3, 4, 4)),
        ([2, 2], 4, 3, 4, Filling(2, 3, 4, 4)),
        ([1, 4], 1, 3, 4, Filling(2, 2, 3, 4)),
        ([4], 4, 3, 4, Filling(2, 3, 4, 4)),
        ([4], 1, 3, 4, Filling(2, 1, 2, 4)),
        ([6], 1, 3, 4, Filling(2, 1, 4, 6)),
        ([], 8, 3, 4, Filling(2, 3, 4, 4)),
        ([], 0, 3, 4, None),
    ],
    ids=[
        "all chose",
        "room for the rest",
        "too few for the smallest size",
        "one more group",
        "one more group of one",
        "a group above its places",
        "nobody chose",
        "nobody is there",
    ],
)
def test_the_rest_is_filled_without_moving_anybody(
    sizes, rest, smallest, places, expected
):
    assert rules.filling(sizes, rest, smallest, places) == expected
