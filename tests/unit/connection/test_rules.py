"""What the facts about a connection mean, as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lti_tool.connection import words
from lti_tool.connection.rules import (
    Facts,
    Failing,
    Grades,
    Launches,
    Names,
    Roster,
    Rule,
    State,
    findings,
    kind_of,
    rule_of,
    trouble,
)

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
SCORE = frozenset({"score"})
W, F, U = State.WORKS, State.FAILS, State.UNSEEN
GRADED = Grades(coupled=1, scopes=SCORE)
LISTED = Roster(is_offered=True, at=NOON)
OF_COURSE = Failing("token_refused", 1, is_of_column=False, at=LATER, arrived_at=NOON)
OF_COLUMN = Failing("forbidden", 2, is_of_column=True, at=LATER, arrived_at=None)

TABLE = [
    (Facts(), "launches", U, "launches_none"),
    (Facts(launches=Launches(3)), "launches", W, "launches_accepted"),
    (
        Facts(launches=Launches(3, {"state_used": 1})),
        "launches",
        W,
        "launches_some_refused",
    ),
    (
        Facts(launches=Launches(3, {"state_used": 9, "kid_unknown": 3})),
        "launches",
        W,
        "launches_some_wrong",
    ),
    (
        Facts(launches=Launches(3, {"kid_unknown": 3, "nonce_wrong": 1})),
        "launches",
        F,
        "launches_refused",
    ),
    (Facts(), "roster", F, "roster_not_offered"),
    (Facts(roster=Roster(is_offered=True)), "roster", U, "roster_not_fetched"),
    (Facts(roster=LISTED), "roster", W, "roster_complete"),
    (Facts(roster=replace(LISTED, error="empty")), "roster", F, "roster_failed"),
    (Facts(), "names", U, "names_nobody"),
    (Facts(names=Names(people=2)), "names", F, "names_never"),
    (Facts(names=Names(2, 1)), "names", W, "names_some"),
    (Facts(names=Names(2, 2)), "names", W, "names_all"),
    (Facts(names=Names(2, 2)), "email", U, "email_none"),
    (Facts(names=Names(2, 2, 1)), "email", W, "email_some"),
    (Facts(), "grades", F, "grades_not_offered"),
    (Facts(grades=GRADED), "grades", U, "grades_none_arrived"),
    (Facts(grades=Grades(has_list=True)), "grades", U, "grades_none_arrived"),
    (Facts(grades=replace(GRADED, failed=1)), "grades", U, "grades_first_failed"),
    (
        Facts(grades=replace(GRADED, scopes=frozenset({"lineitem.readonly"}))),
        "grades",
        F,
        "grades_not_permitted",
    ),
    (
        Facts(grades=replace(GRADED, delivered_at=NOON)),
        "grades",
        W,
        "grades_delivered",
    ),
    (
        Facts(grades=replace(GRADED, delivered_at=NOON, failed=1)),
        "grades",
        W,
        "grades_some_failed",
    ),
    (
        Facts(grades=replace(GRADED, delivered_at=NOON, trouble=OF_COURSE)),
        "grades",
        F,
        "grades_refused",
    ),
    (
        Facts(grades=replace(GRADED, delivered_at=NOON, trouble=OF_COLUMN)),
        "grades",
        F,
        "grades_column_refused",
    ),
    (Facts(grades=replace(GRADED, trouble=OF_COLUMN)), "grades", F, "grades_refused"),
    (Facts(grades=GRADED), "columns", F, "columns_not_permitted"),
    (
        Facts(grades=Grades(has_list=True, scopes=SCORE | {"lineitem"})),
        "columns",
        W,
        "columns_permitted",
    ),
    (
        Facts(grades=Grades(has_list=True, scopes=SCORE | {"lineitem.readonly"})),
        "columns",
        F,
        "columns_not_permitted",
    ),
    (Facts(), "deep_linking", U, "deep_linking_not_seen"),
    (Facts(choosers=1), "deep_linking", W, "deep_linking_asked"),
    (Facts(choosers=1, chosen=1), "deep_linking", W, "deep_linking_chosen"),
    (Facts(), "review", U, "review_not_seen"),
    (Facts(reviews=1), "review", W, "review_seen"),
    (Facts(), "groups", U, "groups_not_seen"),
    (Facts(knows_groups=True), "groups", W, "groups_numbers"),
    (Facts(has_groups=True), "groups", W, "groups_service"),
    (Facts(), "copy", U, "copy_not_seen"),
    (Facts(is_copy=True), "copy", W, "copy_found"),
    (Facts(), "way_back", U, "way_back_missing"),
    (Facts(has_lms_url=True), "way_back", W, "way_back_known"),
    (Facts(keeps_cookies=True), "cookies", W, "cookies_kept"),
    (Facts(keeps_cookies=False), "cookies", F, "cookies_blocked"),
]


@pytest.mark.parametrize(("facts", "subject", "state", "reason"), TABLE)
def test_facts_lead_to_a_finding(
    facts: Facts, subject: str, state: State, reason: str
) -> None:
    found = {finding.subject: finding for finding in findings(facts)}[subject]

    assert (found.state, found.reason) == (state, reason)


def test_every_finding_has_words_and_no_words_are_left_over() -> None:
    reasons = {reason for *_, reason in TABLE}

    assert reasons == set(words._WHAT)
    assert set(words._CHANGE) <= reasons
    assert set(words._TOPICS) <= reasons
    assert {subject for _, subject, *_ in TABLE} == set(words.SUBJECTS)


@pytest.mark.parametrize(
    ("at", "arrived_at", "stands"),
    [
        (NOON, None, True),
        (LATER, NOON, True),
        (NOON, LATER, False),
        # A column that was found gone, before and after it was made again.
        (None, None, True),
        (None, NOON, False),
    ],
)
def test_a_reason_stands_until_a_grade_arrives_there_again(
    *, at: datetime | None, arrived_at: datetime | None, stands: bool
) -> None:
    failing = replace(OF_COURSE, at=at, arrived_at=arrived_at)

    assert trouble([failing]) == (failing if stands else None)


def test_of_several_reasons_that_of_the_most_grades_counts() -> None:
    over = replace(OF_COLUMN, count=9, arrived_at=LATER)

    assert trouble([OF_COURSE, OF_COLUMN, over]) is OF_COLUMN


def test_what_nobody_asked_about_the_browser_is_not_guessed() -> None:
    assert "cookies" not in {finding.subject for finding in findings(Facts())}


@pytest.mark.parametrize(
    ("family", "kind"),
    [
        ("moodle", "moodle"),
        ("canvas", "canvas"),
        ("desire2learn", "brightspace"),
        ("BlackboardLearn", "blackboard"),
        ("ILIAS", "ilias"),
        ("OpenOLAT", "openolat"),
        ("sakai", "sakai"),
        ("practice", "other"),
        (None, "other"),
    ],
)
def test_a_family_code_means_a_kind(family: str | None, kind: str) -> None:
    assert kind_of(family) == kind


@pytest.mark.parametrize(
    ("url", "is_coupled", "link", "may_make", "rule"),
    [
        ("u", True, "u", True, Rule.COUPLED),
        ("u", False, None, True, Rule.OWN),
        # A column of ours in use stays, though a link got one of its own.
        ("u", False, "v", False, Rule.OWN),
        (None, False, "v", True, Rule.WILL_COUPLE),
        (None, False, None, True, Rule.WILL_MAKE),
        (None, False, None, False, Rule.NONE),
    ],
)
def test_a_line_item_serves_by_a_rule(
    *, url: str | None, is_coupled: bool, link: str | None, may_make: bool, rule: Rule
) -> None:
    found = rule_of(url=url, is_coupled=is_coupled, link=link, may_make=may_make)

    assert found is rule
