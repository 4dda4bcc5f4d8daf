"""The smallest conflict is what a search through all subsets finds."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.groups.criteria.conflicts import PROVEN_UP_TO, smallest

PARTS = range(7)
conflicts = st.lists(st.frozensets(st.sampled_from(PARTS), max_size=6), max_size=6)


def keeps_all_but(planted):
    return lambda parts: not any(conflict <= set(parts) for conflict in planted)


def brute_force(planted):
    """Return the number of parts of a smallest set that cannot be kept, None for none."""
    keeps = keeps_all_but(planted)
    sizes = (
        size
        for size in range(len(PARTS) + 1)
        for parts in combinations(PARTS, size)
        if not keeps(parts)
    )
    return next(sizes, None)


@given(conflicts)
def test_a_conflict_is_found_exactly_where_there_is_one(planted):
    found = smallest(PARTS, keeps_all_but(planted))

    assert (found is None) == (not planted)


@given(conflicts.filter(bool))
def test_what_is_found_cannot_be_kept_but_can_without_any_one_part(planted):
    keeps = keeps_all_but(planted)

    found = smallest(PARTS, keeps)

    assert not keeps(found.parts)
    assert all(keeps(set(found.parts) - {part}) for part in found.parts)


@given(conflicts.filter(bool))
def test_no_conflict_is_smaller_where_that_is_said(planted):
    found = smallest(PARTS, keeps_all_but(planted))

    if found.is_smallest:
        assert len(found.parts) == brute_force(planted)
    else:
        assert len(found.parts) > PROVEN_UP_TO


@given(conflicts.filter(bool))
def test_conflicts_of_up_to_three_parts_are_proven_smallest(planted):
    if brute_force(planted) <= PROVEN_UP_TO:
        assert smallest(PARTS, keeps_all_but(planted)).is_smallest


def test_a_smaller_conflict_is_found_behind_a_larger_one():
    planted = [{0, 1, 2}, {0, 5, 6}, {4, 5}]

    assert smallest(PARTS, keeps_all_but(planted)).parts == (4, 5)


def test_parts_come_in_the_order_in_which_they_were_given():
    found = smallest("abcd", lambda parts: not {"d", "a"} <= set(parts))

    assert found.parts == ("a", "d")


def test_a_class_full_of_pairs_asks_only_a_few_hundred_times():
    asked = []

    def keeps(parts):
        asked.append(parts)
        return not {3, 150, 299} <= set(parts)

    assert smallest(range(300), keeps).parts == (3, 150, 299)
    assert len(asked) < 2000
