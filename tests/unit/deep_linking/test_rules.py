"""What a course can link to."""

import re

import pytest

from lti_tool.courses.entering import TARGETS
from lti_tool.entrance.deep_linking.rules import OFFERS, first_choice, twice
from lti_tool.entrance.deep_linking.words import words_of

MAPPED_BY_MOODLE = {
    "lineitem_url",
    "lineitems_url",
    "results_url",
    "scores_url",
    "lineitem",
    "lineitems",
    "results",
    "scores",
}


def test_every_target_of_a_launch_is_offered_once_and_has_words() -> None:
    assert {offer.activity for offer in OFFERS} == set(TARGETS)
    assert len({offer.key for offer in OFFERS}) == len(OFFERS)
    for offer in OFFERS:
        assert words_of(offer).title


def test_custom_parameters_survive_moodle() -> None:
    for offer in OFFERS:
        assert not offer.custom.keys() & MAPPED_BY_MOODLE
        for name, value in offer.custom.items():
            assert re.fullmatch(r"[a-z_]+", name)
            assert re.fullmatch(r"[a-z_]+", value)


@pytest.mark.parametrize(
    ("linked", "several", "chosen"),
    [
        (set(), True, ["home", "worksheet", "project", "certificate"]),
        (set(), False, ["home"]),
        ({"home", "groups"}, False, ["worksheet"]),
        ({"home", "certificate"}, True, ["worksheet", "project"]),
        ({"home", "worksheet", "project", "certificate"}, True, []),
        ({"home", "worksheet", "project", "certificate"}, False, []),
    ],
)
def test_what_the_course_lacks_is_chosen_at_first(
    linked: set[str], several: bool, chosen: list[str]
) -> None:
    assert first_choice(linked, several=several) == chosen


def test_columns_that_come_twice_are_named_by_all_who_bring_them() -> None:
    columns = [("A", "start"), ("B", "mid"), ("C", "start"), ("D", "end"), ("E", "mid")]

    assert twice(columns) == [["A", "C"], ["B", "E"]]
    assert twice(columns[:2]) == []
