"""A reviewer accepts or returns; what follows for each person."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from lti_tool.courses import service as courses
from lti_tool.gradebook import service as gradebook
from lti_tool.gradebook.models import Grade
from lti_tool.projects import records, reporting
from lti_tool.projects.models import FrozenRowError, Review
from tests.functional.projects.conftest import Class
from tests.signing_platform import Visitor


@pytest.fixture
def handed_in(mia: Visitor, course: Class) -> Class:
    mia.post(
        f"project/groups/{course.first}/hand-in", {"text": "First try", "seen": "0"}
    )
    return course


def review(visitor: Visitor, course: Class, decision: str, **form: object):
    form = {"version": 1, "decision": decision, "comment": ""} | form
    return visitor.post(f"project/groups/{course.first}/review", form)


def take_back(visitor: Visitor, course: Class, reason: str = "My mistake"):
    form = {"version": 1, "reason": reason}
    return visitor.post(f"project/groups/{course.first}/take-back", form)


def grade(course: Class, sub: str) -> gradebook.GradeRow | None:
    with course.database.reading(course.course_id) as session:
        return reporting.grade(session, course.people[sub])


def let_arrive(course: Class, *subs: str) -> None:
    with course.database.transaction(course.course_id) as session:
        people = [course.people[sub] for sub in subs]
        for lane in session.scalars(select(Grade).where(Grade.person_id.in_(people))):
            lane.state, lane.sent_at = "sent", lane.wanted_at
            lane.sent_stamp = lane.wanted_at


def test_an_accepted_hand_in_counts_for_every_member(
    reviewer: Visitor, mia: Visitor, handed_in: Class
) -> None:
    page = review(reviewer, handed_in, "accept", comment="Well done")

    assert "It counts for 2 members" in page.text
    for sub in ("7", "8"):
        assert handed_in.achieved(sub) == "accepted"
        wanted = grade(handed_in, sub)
        assert (wanted.score, wanted.maximum, wanted.state) == (1.0, 1.0, "due")
        assert wanted.label == "Project work"
    assert handed_in.achieved("9") is None
    read = mia.get("project/").text
    assert "on its way into your gradebook" in read
    assert "Well done" in read


def test_a_member_sees_since_when_it_stands_in_the_gradebook(
    reviewer: Visitor, mia: Visitor, handed_in: Class
) -> None:
    review(reviewer, handed_in, "accept")
    let_arrive(handed_in, "7", "8")

    assert "In your gradebook since" in mia.get("project/").text


def test_a_member_sees_that_the_platform_did_not_take_it_but_not_why(
    reviewer: Visitor, mia: Visitor, handed_in: Class
) -> None:
    review(reviewer, handed_in, "accept")
    with handed_in.database.transaction(handed_in.course_id) as session:
        for lane in session.scalars(select(Grade)):
            lane.state, lane.answer = "failed", "locked"

    page = mia.get("project/").text

    assert (
        "Your course team sees why and sends it again; if you have a question" in page
    )
    assert "The grade is locked" not in page


def test_a_return_needs_a_comment_and_the_group_reads_it(
    reviewer: Visitor, joerg: Visitor, handed_in: Class
) -> None:
    refused = review(reviewer, handed_in, "return")
    assert refused.status_code == 422
    assert "Please write what the group should change." in refused.text

    review(reviewer, handed_in, "return", comment="Who pays?")

    assert "Who pays?" in joerg.get("project/").text
    assert "came back with a comment" in joerg.get().text
    assert handed_in.achieved("8") == "returned"
    assert grade(handed_in, "8") is None


def test_a_returned_hand_in_can_follow_and_be_accepted(
    reviewer: Visitor, joerg: Visitor, handed_in: Class
) -> None:
    review(reviewer, handed_in, "return", comment="Who pays?")
    joerg.post(
        f"project/groups/{handed_in.first}/hand-in", {"text": "The town", "seen": "1"}
    )

    review(reviewer, handed_in, "accept", version=2)

    assert handed_in.achieved("7") == "accepted"
    page = reviewer.get(f"project/groups/{handed_in.first}").text
    assert "First try" in page
    assert "Who pays?" in page


def test_a_reviewer_of_an_older_version_is_told_and_keeps_the_comment(
    reviewer: Visitor, joerg: Visitor, handed_in: Class
) -> None:
    joerg.post(
        f"project/groups/{handed_in.first}/hand-in", {"text": "Newer", "seen": "1"}
    )

    page = review(reviewer, handed_in, "return", comment="On the old one")

    assert page.status_code == 409
    assert "Meanwhile the group handed in version 2." in page.text
    assert "On the old one" in page.text
    assert 'name="version" value="2"' in page.text
    assert handed_in.achieved("7") == "handed_in"


def test_the_second_of_two_reviewers_changes_nothing(
    reviewer: Visitor, lead: Visitor, handed_in: Class
) -> None:
    review(reviewer, handed_in, "accept")

    page = review(lead, handed_in, "return", comment="Not yet")

    assert page.status_code == 409
    assert "reviewed already" in page.text
    assert handed_in.achieved("7") == "accepted"


def test_points_are_asked_for_where_the_lead_switched_them_on(
    reviewer: Visitor, lead: Visitor, handed_in: Class
) -> None:
    lead.post("project/settings", {"deadline": "", "points": "20"})

    for points in ("", "20.5", "-1", "many"):
        refused = review(reviewer, handed_in, "accept", points=points)
        assert refused.status_code == 422
    review(reviewer, handed_in, "accept", points="17.5")

    wanted = grade(handed_in, "7")
    assert (wanted.score, wanted.maximum) == (17.5, 20.0)
    assert "17.5 of 20 points" in lead.get("project/").text


def test_points_do_not_change_under_an_accepted_project(
    reviewer: Visitor, lead: Visitor, handed_in: Class
) -> None:
    review(reviewer, handed_in, "accept")

    page = lead.post("project/settings", {"deadline": "", "points": "20"})

    assert page.status_code == 409
    assert "Points cannot be changed any more" in page.text
    assert grade(handed_in, "7").maximum == 1.0


def test_an_acceptance_that_is_taken_back_ends_grade_and_achievement(
    reviewer: Visitor, handed_in: Class
) -> None:
    review(reviewer, handed_in, "accept")
    assert take_back(reviewer, handed_in, reason=" ").status_code == 422

    page = take_back(reviewer, handed_in)

    assert "waits for review again" in page.text
    assert "My mistake" in page.text
    for sub in ("7", "8"):
        assert handed_in.achieved(sub) == "handed_in"
        assert grade(handed_in, sub) is None
    review(reviewer, handed_in, "accept")
    assert handed_in.achieved("7") == "accepted"


@pytest.mark.parametrize(
    ("arrived", "told"),
    [
        (["7"], "The grade still stands in the learning platform; remove it there"),
        (["7", "8"], "2 grades still stand in the learning platform; remove them"),
        ([], None),
    ],
)
def test_who_takes_an_acceptance_back_reads_what_still_stands_in_the_platform(
    reviewer: Visitor, handed_in: Class, arrived: list[str], told: str | None
) -> None:
    review(reviewer, handed_in, "accept")
    let_arrive(handed_in, *arrived)

    page = take_back(reviewer, handed_in).text

    assert "waits for review again" in page
    assert told in page if told else "still stand" not in page


def test_who_takes_a_return_back_hears_nothing_of_a_grade_withdrawn_before(
    reviewer: Visitor, handed_in: Class
) -> None:
    review(reviewer, handed_in, "accept")
    let_arrive(handed_in, "7")
    take_back(reviewer, handed_in)
    review(reviewer, handed_in, "return", comment="Something is missing")

    assert "still stands" not in take_back(reviewer, handed_in).text


def test_a_return_can_be_taken_back_too(reviewer: Visitor, handed_in: Class) -> None:
    review(reviewer, handed_in, "return", comment="Wrong group, sorry")

    take_back(reviewer, handed_in)

    assert handed_in.achieved("7") == "handed_in"


def test_who_joins_after_the_acceptance_gets_nothing_until_a_reviewer_says_so(
    reviewer: Visitor, nele: Visitor, handed_in: Class
) -> None:
    review(reviewer, handed_in, "accept")
    handed_in.regroup("7", "8", "10")

    assert handed_in.achieved("10") is None
    assert "does not count for you yet" in nele.get("project/").text
    group = f"project/groups/{handed_in.first}"
    assert "Nele Neu joined the group after" in reviewer.get(group).text
    count = f"{group}/members/{handed_in.people['10']}/count"
    assert reviewer.post(count).status_code == 200
    assert handed_in.achieved("10") == "accepted"
    assert grade(handed_in, "10").score == 1.0
    assert reviewer.post(count).status_code == 409


def test_who_leaves_keeps_what_counted_until_it_is_taken_back(
    reviewer: Visitor, handed_in: Class
) -> None:
    review(reviewer, handed_in, "accept")
    handed_in.regroup("7")
    assert handed_in.achieved("8") == "accepted"

    take_back(reviewer, handed_in)

    assert handed_in.achieved("8") == "returned"
    assert grade(handed_in, "8") is None


def test_the_hand_in_of_a_new_group_does_not_lower_what_counts_already(
    reviewer: Visitor, ayse: Visitor, handed_in: Class
) -> None:
    review(reviewer, handed_in, "accept")
    with handed_in.database.transaction(handed_in.course_id) as session:
        people = handed_in.people
        courses.put_groups(
            session,
            "formation:1",
            [
                ("Group A", "Apprentice fair", [people["7"]]),
                ("Group B", "Girls in labs", [people["8"], people["9"]]),
            ],
        )

    ayse.post(f"project/groups/{handed_in.second}/hand-in", {"text": "B", "seen": "0"})

    assert handed_in.achieved("8") == "accepted"
    assert handed_in.achieved("9") == "handed_in"


def test_only_leads_and_reviewers_decide(
    with_duty: Callable[[str], Visitor], mia: Visitor, handed_in: Class
) -> None:
    others = [with_duty(d) for d in ("assistant", "examiner", "speaker", "")] + [mia]

    for visitor in others:
        assert review(visitor, handed_in, "accept").status_code == 403
        assert take_back(visitor, handed_in).status_code == 403
    assert handed_in.achieved("7") == "handed_in"


def test_an_examiner_reads_accepted_hand_ins_only_and_no_comments(
    with_duty: Callable[[str], Visitor], reviewer: Visitor, handed_in: Class
) -> None:
    examiner, group = with_duty("examiner"), f"project/groups/{handed_in.first}"
    assert examiner.get(group).status_code == 404
    assert "Group A" not in examiner.get("project/").text

    review(reviewer, handed_in, "accept", comment="Between us")

    page = examiner.get(group)
    assert "First try" in page.text
    assert "Between us" not in page.text
    assert "Group A" in examiner.get("project/").text


def test_an_assistant_sees_how_far_the_groups_are_but_no_texts(
    with_duty: Callable[[str], Visitor], handed_in: Class
) -> None:
    assistant = with_duty("assistant")

    listing = assistant.get("project/").text

    assert "waits for review" in listing
    assert "First try" not in listing
    assert assistant.get(f"project/groups/{handed_in.first}").status_code == 403


def test_the_list_and_the_home_tell_reviewers_what_waits(
    reviewer: Visitor, handed_in: Class
) -> None:
    listing = reviewer.get("project/").text

    assert listing.index("Group A") < listing.index("Group B")
    assert "1 hand-in waits for review" in reviewer.get().text


def test_a_review_never_changes(reviewer: Visitor, handed_in: Class) -> None:
    review(reviewer, handed_in, "accept", comment="Well done")

    with (
        pytest.raises(FrozenRowError),
        handed_in.database.transaction(handed_in.course_id) as session,
    ):
        session.scalars(select(Review)).one().comment = "Never said"


def test_a_lead_of_another_course_reads_and_decides_nothing(
    arrive: Callable[..., Visitor], handed_in: Class
) -> None:
    stranger = arrive("90", "Instructor", course="c2")

    assert stranger.get(f"project/groups/{handed_in.first}").status_code == 404
    assert review(stranger, handed_in, "accept").status_code == 404
    with handed_in.database.reading(handed_in.course_id) as session:
        assert records.standing_reviews(session) == {}
