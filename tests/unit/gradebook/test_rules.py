"""What answers mean, against a statement of the rules of its own: sets of statuses, not branches."""

import itertools
import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.gradebook import rules
from lti_tool.gradebook.rules import Judgement, Outcome

STATUSES = st.integers(200, 599)
BODIES = (
    st.sampled_from(["", "[]", " [ ]", "[]\n", "{}", "Rate Limit Exceeded", "no"])
    | st.sampled_from(["<!DOCTYPE html>", " <html>", "\n<h1>Login</h1>"])
    | st.text()
)
WAITS = st.none() | st.timedeltas(timedelta(days=-400), timedelta(days=400))
MOMENTS = st.integers(1_577_836_800_000_000, 4_102_444_800_000_000).map(
    lambda microseconds: (
        datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)
    )
)

OVERLOADED = {429}
WEAK = {408, *range(500, 600)}
GONE = {404, 410}
CLOSED = {401, 403, *GONE}
"""How also something before the platform refuses, by a page."""
NEWER = {409}


def is_page(body: str) -> bool:
    return re.match(r"[\ufeff \t\r\n]*<", body) is not None


def expected(status: int, body: str) -> Outcome:
    """Say the same as the rules, as membership in sets."""
    silent, page = body.strip() == "[]", is_page(body)
    wanted = {
        Outcome.SENT: status in range(200, 300) and not silent and not page,
        Outcome.RETRY: status in OVERLOADED
        or status in range(300, 400)
        or (status in {*range(200, 300), *CLOSED} and page)
        or (status == 403 and "rate limit" in body.lower())
        or (status in WEAK and not (status == 500 and silent)),
        Outcome.FIND_AGAIN: status in GONE,
        Outcome.NEWER: status in NEWER,
    }
    return next((outcome for outcome, holds in wanted.items() if holds), Outcome.FAILED)


@given(STATUSES, BODIES, WAITS)
def test_every_answer_has_the_outcome_of_its_set(
    status: int, body: str, wait: timedelta | None
) -> None:
    assert rules.judge(status, body, wait).outcome is expected(status, body)


@given(STATUSES, BODIES, WAITS)
def test_a_platform_is_spared_exactly_when_it_is_weak(
    status: int, body: str, wait: timedelta | None
) -> None:
    judged = rules.judge(status, body, wait)

    assert judged.spares_platform == (judged.outcome is Outcome.RETRY)
    if judged.wait is not None:
        assert timedelta(0) <= judged.wait <= timedelta(hours=6)
        assert wait is not None
        assert judged.wait == wait or not timedelta(0) <= wait <= timedelta(hours=6)


@given(STATUSES, BODIES)
def test_a_score_counts_as_not_stored_only_after_a_clear_refusal(
    status: int, body: str
) -> None:
    judged = rules.judge(status, body)

    refused = status in range(300, 500) and status not in {408, 409}
    silent = body.strip() == "[]" and status in {*range(200, 300), 500}
    assert judged.may_be_stored != (refused or silent)


@given(STATUSES, BODIES, WAITS)
def test_without_a_token_nothing_is_stored_and_it_is_tried_again(
    status: int, body: str, wait: timedelta | None
) -> None:
    judged = rules.judge_token(status, body, wait)

    assert judged.outcome is Outcome.RETRY
    assert not judged.may_be_stored
    assert judged.spares_platform or judged.most_attempts is not None


@given(st.sampled_from(["dns", "tls", "timeout", "connection", "too_large", "blocked"]))
def test_no_answer_is_tried_again_unless_the_network_is_not_permitted(
    kind: str,
) -> None:
    judged = rules.unreachable(kind)

    assert (judged.outcome is Outcome.FAILED) == (kind == "blocked")
    assert judged.may_be_stored == (kind in {"timeout", "connection", "too_large"})


@given(
    st.builds(
        Judgement,
        st.sampled_from(Outcome),
        st.just("code"),
        most_attempts=st.none() | st.integers(1, 9),
    ),
    st.integers(0, 20),
)
def test_what_is_not_worth_another_attempt_stays_so(
    judged: Judgement, attempts: int
) -> None:
    final = judged.outcome in {Outcome.SENT, Outcome.FAILED}

    assert not (final and judged.is_worth(attempts))
    assert judged.is_worth(attempts) or not judged.is_worth(attempts + 1)
    assert judged.is_worth(10**9) == (not final and judged.most_attempts is None)


@given(st.integers(0, 10**6), st.floats(0, 1, exclude_max=True))
def test_waits_double_are_spread_and_end_at_a_quarter_of_an_hour(
    failures: int, share: float
) -> None:
    wait, full = rules.wait_after(failures, share), min(2.0 ** min(failures, 60), 900.0)

    assert full * 0.5 - 1e-6 <= wait.total_seconds() <= full + 1e-6


@given(st.lists(MOMENTS, min_size=1, max_size=20))
def test_stamps_rise_by_whole_seconds_whatever_the_clock_does(
    moments: list[datetime],
) -> None:
    stamps: list[datetime] = []
    for now in moments:
        stamps.append(rules.next_stamp(now, stamps[-1] if stamps else None))

    assert all(stamp.microsecond == 0 for stamp in stamps)
    assert all(later > earlier for earlier, later in itertools.pairwise(stamps))
    assert all(
        stamp >= now.replace(microsecond=0)
        for stamp, now in zip(stamps, moments, strict=True)
    )


@given(MOMENTS, MOMENTS)
def test_a_stamp_is_not_later_than_it_must_be(now: datetime, last: datetime) -> None:
    last = last.replace(microsecond=0)

    assert rules.next_stamp(now, last) in {
        now.replace(microsecond=0),
        last + timedelta(seconds=1),
    }
