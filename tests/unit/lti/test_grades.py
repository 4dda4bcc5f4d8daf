"""A score says everything at once, on one line: whatever it leaves out, Moodle erases."""

import json
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.lti.grades import Score

TIMES = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001  # hypothesis adds the zone.
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)
SCORES = st.builds(
    Score,
    sub=st.text(min_size=1),
    given=st.floats(0, 100),
    maximum=st.floats(1, 100),
    at=TIMES,
    comment=st.none() | st.text(),
)


@given(SCORES)
def test_every_score_is_final_and_carries_points_so_that_none_erases_a_grade(
    score: Score,
) -> None:
    said = json.loads(score.as_json())

    assert said["gradingProgress"] == "FullyGraded"
    assert (said["scoreGiven"], said["scoreMaximum"]) == (score.given, score.maximum)
    assert said["userId"] == score.sub
    assert said.get("comment", "") == (score.comment or "")


@given(SCORES)
def test_every_score_is_one_line_and_dated_in_whole_seconds_of_utc(
    score: Score,
) -> None:
    text = score.as_json()
    stamp = json.loads(text)["timestamp"]

    assert "\n" not in text
    assert "\r" not in text
    assert stamp.endswith("Z")
    assert datetime.fromisoformat(stamp) == score.at.replace(microsecond=0)
