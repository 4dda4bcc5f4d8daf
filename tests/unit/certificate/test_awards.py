"""Which decision may follow which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.certificate.awards import Award, Decision, award, may_follow


@pytest.mark.parametrize(
    ("last", "is_final", "where"),
    [
        (None, True, Award.NONE),
        (Decision.CONFIRM, True, Award.CONFIRMED),
        (Decision.CONFIRM, False, Award.HALF),
        (Decision.COUNTERSIGN, True, Award.CONFIRMED),
        (Decision.DENY, True, Award.DENIED),
        (Decision.REVOKE, True, Award.REVOKED),
    ],
)
def test_the_newest_decision_says_where_a_certificate_stands(
    last: Decision | None, is_final: bool, where: Award
) -> None:
    assert award(last, is_final=is_final) is where


@given(st.lists(st.tuples(st.sampled_from(Decision), st.booleans())))
def test_no_row_of_decisions_revokes_what_was_not_confirmed(
    tried: list[tuple[Decision, bool]],
) -> None:
    present, done = Award.NONE, []
    for decision, second in tried:
        if not may_follow(present, decision):
            continue
        done.append(decision)
        is_final = decision is not Decision.CONFIRM or not second
        present = award(decision, is_final=is_final)

    for before, after in zip([None, *done], done, strict=False):
        if after is Decision.REVOKE:
            assert before in {Decision.CONFIRM, Decision.COUNTERSIGN}
        if after is Decision.COUNTERSIGN:
            assert before is Decision.CONFIRM


def test_who_was_denied_or_revoked_can_still_be_confirmed() -> None:
    assert may_follow(Award.DENIED, Decision.CONFIRM)
    assert may_follow(Award.REVOKED, Decision.CONFIRM)
    assert not may_follow(Award.CONFIRMED, Decision.DENY)
