"""When lists of members are fetched without anybody asking."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.courses import rules

ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "UTC",
)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
MOMENTS = st.integers(0, 10 * 365 * 24 * 60).map(
    lambda n: NOW + n * timedelta(minutes=1)
)
SHARES = st.floats(0, 1, exclude_max=True)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@given(after=MOMENTS, zone=st.sampled_from(ZONES), share=SHARES)
def test_the_next_night_is_the_first_moment_of_its_own_in_the_small_hours(
    after: datetime, zone: str, share: float
) -> None:
    night = rules.next_night(after, ZoneInfo(zone), share)

    assert after < night <= after + DAY + HOUR
    # An hour that is left out in spring is made up for in the next one.
    assert 1 <= night.astimezone(ZoneInfo(zone)).hour < 6
    earlier = rules.next_night(after - DAY - HOUR, ZoneInfo(zone), share)
    assert not after < earlier < night


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_every_night_has_one_moment_and_no_night_two(zone: str, share: float) -> None:
    nights = [datetime(2026, 1, 1, 12, tzinfo=UTC)]
    for _ in range(400):
        nights.append(rules.next_night(nights[-1], ZoneInfo(zone), share))

    dates = [night.astimezone(ZoneInfo(zone)).date() for night in nights[1:]]
    assert {later - one for one, later in pairwise(dates)} == {DAY}


def test_courses_that_follow_each_other_lie_all_over_the_night() -> None:
    for first in (1, 1_000, 123_456):
        tenths = Counter(int(rules.share_of(first + n) * 10) for n in range(100))

        assert sorted(tenths) == list(range(10))
        assert max(tenths.values()) <= 12


@given(
    opened=st.none() | st.integers(0, 200),
    ended=st.none() | st.integers(-200, 200),
)
def test_a_course_is_kept_up_while_it_is_opened_and_not_over(
    opened: int | None, ended: int | None
) -> None:
    kept = rules.is_kept_up(
        NOW,
        None if opened is None else NOW - opened * DAY,
        None if ended is None else NOW - ended * DAY,
    )

    is_opened = opened is not None and opened <= 8 * 7
    is_over = ended is not None and ended > 4 * 7
    assert kept == (is_opened and not is_over)


def test_a_launch_has_a_list_fetched_that_is_older_than_a_day() -> None:
    ages = (None, timedelta(0), DAY, DAY + HOUR)

    assert [
        rules.is_list_old(NOW, None if age is None else NOW - age) for age in ages
    ] == [True, False, False, True]


def test_the_more_often_a_list_fails_the_longer_it_waits_and_then_until_night() -> None:
    waits = [rules.wait_for_list(failures, None) for failures in range(1, 8)]

    quarter = timedelta(minutes=15)
    assert waits == [quarter, 2 * quarter, HOUR, 2 * HOUR, 4 * HOUR, None, None]


@given(asked=st.timedeltas(-DAY, 100 * DAY), failures=st.integers(1, 50))
def test_a_platform_gets_the_pause_it_asks_for_within_reason(
    asked: timedelta, failures: int
) -> None:
    pause = rules.pause_for_lists(asked)

    assert pause == rules.wait_for_list(failures, asked)
    assert timedelta(minutes=1) <= pause <= 6 * HOUR
    if timedelta(minutes=1) <= asked <= 6 * HOUR:
        assert pause == asked
