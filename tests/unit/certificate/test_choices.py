"""The form's choices and the tree they stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.certificate.choices import Choices, build, choices_of
from lti_tool.certificate.requirements import IHK_STANDARD, Excused, Select, parse

some_choices = st.builds(
    Choices,
    st.integers(1, 100),
    st.sampled_from(Excused),
    st.lists(st.sampled_from(Select), unique=True).map(tuple),
    st.lists(st.sampled_from(["start", "mid", "end"]), unique=True).map(tuple),
    st.lists(st.sampled_from(["project", "presentation"]), unique=True).map(tuple),
    st.integers(0, 500),
)


@given(some_choices)
def test_choices_come_back_from_the_rules_they_made(choices: Choices) -> None:
    assert choices_of(parse(build(choices))) == choices


def test_the_shipped_standard_can_be_changed_in_the_form() -> None:
    choices = choices_of(parse(IHK_STANDARD))

    assert choices is not None
    assert build(choices) == IHK_STANDARD


@pytest.mark.parametrize(
    "tree",
    [
        {"passed": "project"},
        {"any": [{"att_units": {"min_pct": 80, "excused": "drop"}}]},
        {"all": [{"passed": "project"}]},
        {
            "all": [
                {"att_units": {"min_pct": 80, "excused": "drop"}},
                {"any": [{"passed": "project"}]},
            ]
        },
        {
            "all": [
                {"att_units": {"min_pct": 80, "excused": "drop"}},
                {"count": {"kind": "worksheet", "min": 1, "of": ["start", "end"]}},
            ]
        },
        {
            "all": [
                {"att_units": {"min_pct": 80, "excused": "drop"}},
                {"mandatory": ["kickoff"]},
                {"mandatory": ["closing"]},
            ]
        },
    ],
)
def test_rules_beyond_the_form_are_not_squeezed_into_it(tree: object) -> None:
    assert choices_of(parse(tree)) is None
