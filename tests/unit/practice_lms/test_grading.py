"""Properties of the scoring rules, for scores nobody recorded."""

import json
from dataclasses import asdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.practice_lms.grading import (
    ACTIVITY,
    MANUAL,
    Column,
    Grade,
    Refusal,
    Score,
    apply_score,
    read_score,
)

points = st.floats(-200, 200, allow_nan=False).map(lambda number: round(number, 2))
maxima = st.sampled_from([1.0, 10.0, 40.0, 100.0])
seconds = st.integers(0, 2_000_000_000)
kinds = st.sampled_from([ACTIVITY, MANUAL])
scores = st.builds(
    Score,
    sub=st.just("6"),
    timestamp=seconds,
    given=st.none() | points,
    maximum=maxima,
    comment=st.none() | st.text(min_size=1),
)
grades = st.builds(
    Grade,
    raw=points,
    final=points,
    feedback=st.none() | st.text(min_size=1),
    modified=seconds,
    overridden=st.booleans(),
    locked=st.booleans(),
)


def _columns(**more: object) -> st.SearchStrategy[Column]:
    return st.builds(
        Column, id=st.just(2), kind=kinds, maximum=maxima, locked=st.booleans(), **more
    )


@given(scores, grades, _columns())
def test_a_score_is_refused_only_when_it_is_not_newer_or_the_grade_is_locked(
    score: Score, grade: Grade, column: Column
) -> None:
    outcome = apply_score(score, grade, column)

    is_old = grade.modified is not None and score.timestamp <= grade.modified
    is_locked = grade.locked or column.locked
    assert isinstance(outcome, Refusal) == (is_old or is_locked)
    if isinstance(outcome, Refusal):
        assert outcome.status == (409 if is_old else 500)


@given(scores, maxima, kinds)
def test_a_first_score_is_shown_scaled_and_within_the_column(
    score: Score, maximum: float, kind: str
) -> None:
    outcome = apply_score(score, Grade(), Column(id=2, kind=kind, maximum=maximum))

    assert isinstance(outcome, Grade)
    if score.given is None or score.maximum is None:
        assert asdict(outcome) == asdict(Grade())
        return
    share = Fraction(score.given) / Fraction(score.maximum) * Fraction(maximum)
    wanted = min(max(share, Fraction(0)), Fraction(maximum))
    assert outcome.final == pytest.approx(float(wanted), abs=1e-5)
    assert outcome.feedback == score.comment
    assert outcome.modified == score.timestamp


@given(scores, grades, maxima)
def test_a_grade_given_by_hand_stays_in_an_activitys_column(
    score: Score, grade: Grade, maximum: float
) -> None:
    by_hand = Grade(raw=grade.raw, final=grade.final, overridden=True)

    outcome = apply_score(score, by_hand, Column(id=2, kind=ACTIVITY, maximum=maximum))

    assert isinstance(outcome, Grade)
    assert outcome.final == by_hand.final


COMPLETE = {
    "userId": "6",
    "timestamp": "2026-11-22T18:55:21Z",
    "gradingProgress": "FullyGraded",
    "activityProgress": "Completed",
    "scoreGiven": 1,
    "scoreMaximum": 1,
}


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"userId": "6"}'])
def test_what_is_no_score_is_not_read(text: str) -> None:
    assert read_score(text) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"scoreGiven": float("nan")},
        {"scoreGiven": "viel"},
        {"scoreGiven": "inf"},
        {"scoreGiven": True},
        {"scoreMaximum": []},
        {"scoreMaximum": None},
        {"timestamp": 1795373721},
        {"timestamp": "2026-11-22"},
        {"timestamp": "2026-13-22T18:55:21Z"},
        {"userId": None},
    ],
    ids=str,
)
def test_an_incorrect_score_is_not_read(changes: dict[str, object]) -> None:
    assert read_score(json.dumps(COMPLETE)) is not None
    assert read_score(json.dumps(COMPLETE | changes)) is None
