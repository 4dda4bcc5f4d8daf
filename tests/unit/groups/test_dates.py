"""Dates move a formation on, a lead by hand; clocks that change are read as people mean them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from lti_tool.groups.dates import Way, by_hand, is_near, moment_of, shown_at, stage_at

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
clock = datetime.fromisoformat
"""What clocks on a wall show, without a zone."""
BEFORE, AFTER = NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("way", "stage"),
    [
        (Way("topics"), "topics"),
        (Way("topics", opens_at=AFTER), "topics"),
        (Way("topics", opens_at=NOON), "wishes"),
        (Way("topics", opens_at=BEFORE, closes_at=NOON), "closed"),
        (Way("topics", closes_at=BEFORE), "topics"),
        (Way("wishes", closes_at=AFTER), "wishes"),
        (Way("wishes", closes_at=NOON), "closed"),
        (Way("wishes", opens_at=AFTER), "wishes"),
        (Way("closed", opens_at=BEFORE, closes_at=AFTER), "closed"),
    ],
    ids=str,
)
def test_the_stage_follows_the_dates_and_what_was_done_by_hand(way, stage):
    assert stage_at(way, NOON) == stage


@pytest.mark.parametrize("stage", ["topics", "wishes", "closed"])
@pytest.mark.parametrize("opens_at", [None, BEFORE, NOON, AFTER])
@pytest.mark.parametrize("closes_at", [None, BEFORE, NOON, AFTER])
@pytest.mark.parametrize("left", ["topics", "wishes", "closed"])
def test_by_hand_every_stage_is_reached_at_once(left, opens_at, closes_at, stage):
    gone = by_hand(Way(left, opens_at, closes_at), stage, NOON)

    assert stage_at(gone, NOON) == stage
    assert gone.opens_at in {None, opens_at}
    assert AFTER not in {opens_at, closes_at} - {gone.opens_at, gone.closes_at}


def test_an_hour_that_clocks_skip_is_no_moment():
    assert moment_of(clock("2027-03-28T02:30"), BERLIN) is None
    assert moment_of(clock("2027-03-28T01:59"), BERLIN) is not None
    assert moment_of(clock("2027-03-28T03:00"), BERLIN) is not None


def test_an_hour_that_clocks_show_twice_ends_when_it_is_over_for_the_second_time():
    shown = clock("2026-10-25T02:30")

    closes = moment_of(shown, BERLIN)

    assert closes == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert shown_at(closes, BERLIN) == shown
    first_time = closes - timedelta(hours=1)
    assert shown_at(first_time, BERLIN) == shown
    assert stage_at(Way("wishes", closes_at=closes), first_time) == "wishes"


@pytest.mark.parametrize("month", [1, 7])
def test_other_hours_are_what_the_zone_says(month):
    shown = clock(f"2026-0{month}-03T18:00")

    assert shown_at(moment_of(shown, BERLIN), BERLIN) == shown
    assert moment_of(shown, BERLIN) == shown.replace(tzinfo=BERLIN)


def test_the_closing_is_near_two_days_before():
    assert is_near(NOON + timedelta(days=2), NOON)
    assert not is_near(NOON + timedelta(days=2, seconds=1), NOON)
    assert not is_near(None, NOON)
