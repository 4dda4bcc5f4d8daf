"""Out of a gradebook, a submission review leads straight to one person's work."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool import clock
from lti_tool.attendance import service as attendance
from lti_tool.attendance.models import MeetingKind
from lti_tool.attendance.service import Draft
from lti_tool.courses import service as courses
from lti_tool.gradebook.models import LineItem
from lti_tool.persistence.session import Database
from tests.functional.copies.conftest import Courses
from tests.signing_platform import AGS, CLAIM, SigningPlatform, Visitor

pytestmark = pytest.mark.sqlite

Arrive = Callable[..., Visitor]
Review = Callable[..., tuple[FlaskClient, TestResponse]]
MIA = "7"


@pytest.fixture
def known(database: Database) -> Courses:
    return Courses(database)


@pytest.fixture(autouse=True)
def class_room(lead: Visitor, arrive: Arrive, known: Courses) -> None:
    """Mia in a group, Ben in none, a meeting, and a colleague for each duty."""
    arrive(MIA, name="Mia Muster")
    arrive("8", name="Ben Beispiel")
    arrive("2", "Instructor", name="Kolja Kollege")
    with known.writing("c1") as session:
        courses.put_groups(
            session, "formation:1", [("Nord", "Hafen", [known.person(MIA)])]
        )
        starts_at = clock.now() - timedelta(days=1)
        ends_at = starts_at + timedelta(minutes=90)
        draft = Draft(MeetingKind.WEBINAR, "Auftakt", starts_at, ends_at, 90)
        attendance.add_meeting(session, draft)


@pytest.fixture
def review(platform: SigningPlatform) -> Review:
    """Launch a submission review in a fresh browser and follow where it leads."""

    def launching(
        whose: str | None,
        sub: str = "1",
        role: str = "Instructor",
        activity: str = "certificate",
        line_item: str = "7",
    ) -> tuple[FlaskClient, TestResponse]:
        client = platform.app.test_client()
        claims = platform.claims(
            sub=sub,
            role=role,
            name=None,
            activity=activity,
            **{
                f"{CLAIM}message_type": "LtiSubmissionReviewRequest",
                AGS: {
                    "lineitem": f"https://lms.example/items/{line_item}",
                    "scope": [],
                },
                f"{CLAIM}for_user": {} if whose is None else {"user_id": whose},
            },
        )
        answer = platform.launch(client, claims)
        if answer.status_code == 303:
            answer = client.get(answer.location, follow_redirects=True)
        return client, answer

    return launching


def path(answer: TestResponse) -> str:
    """Return the part of the address below the launch session."""
    return answer.request.path.split("/", 3)[3]


@pytest.mark.parametrize("activity", ["certificate", "home"])
def test_the_certificate_opens_with_the_standing_of_the_person(
    review: Review, known: Courses, activity: str
) -> None:
    _client, answer = review(MIA, activity=activity)

    assert path(answer) == f"certificate/people/{known.person(MIA)}"
    assert "Mia Muster" in answer.text


def test_the_project_opens_with_the_group_of_the_person(review: Review) -> None:
    _client, answer = review(MIA, activity="project")

    assert path(answer).startswith("project/groups/")
    assert "Hafen" in answer.text


def test_for_somebody_in_no_group_the_list_of_groups_opens(review: Review) -> None:
    _client, answer = review("8", activity="project")

    assert path(answer) == "project/"


@pytest.mark.parametrize(
    ("activity", "page"),
    [("worksheet", "worksheet/course"), ("attendance", "attendance/matrix")],
)
def test_lists_open_at_the_row_of_the_person(
    platform: SigningPlatform, known: Courses, review: Review, activity: str, page: str
) -> None:
    _client, answer = review(MIA, activity=activity)

    assert path(answer) == page
    assert f'id="person-{known.person(MIA)}"' in answer.text


def test_the_column_that_was_clicked_counts_before_the_link(
    review: Review, known: Courses
) -> None:
    url = "https://lms.example/items/9"
    with known.writing("c1") as session:
        session.add(
            LineItem(
                resource_id="project", tag="project", label="P", maximum=1, url=url
            )
        )

    _client, answer = review(MIA, activity="home", line_item="9")

    assert path(answer).startswith("project/groups/")


@pytest.mark.parametrize(
    ("activity", "page"),
    [
        ("certificate", "certificate/"),
        ("home", "certificate/"),
        ("project", "project/"),
        ("worksheet", "worksheet/"),
        ("attendance", "attendance/"),
    ],
)
def test_participants_see_their_own_work(
    review: Review, activity: str, page: str
) -> None:
    _client, answer = review(MIA, sub=MIA, role="Learner", activity=activity)

    assert (answer.status_code, path(answer)) == (200, page)


@pytest.mark.parametrize(
    "activity", ["certificate", "project", "worksheet", "attendance"]
)
def test_staff_without_the_duty_are_refused(review: Review, activity: str) -> None:
    _client, answer = review(MIA, sub="2", activity=activity)

    assert answer.status_code == 403
    assert "This page is not for you" in answer.text
    assert "Mia" not in answer.text


@pytest.mark.parametrize(
    ("duty", "activity", "status"),
    [
        ("reviewer", "project", 200),
        ("reviewer", "certificate", 403),
        ("examiner", "certificate", 200),
        ("assistant", "worksheet", 200),
        ("speaker", "attendance", 403),
    ],
)
def test_the_duty_decides(
    review: Review, known: Courses, duty: str, activity: str, status: int
) -> None:
    with known.writing("c1") as session:
        courses.set_duties(session, known.person("2"), [duty], by=known.person("1"))

    _client, answer = review(MIA, sub="2", activity=activity)

    assert answer.status_code == status


@pytest.mark.parametrize("whose", ["nobody", "1", "2"])
def test_for_somebody_who_takes_no_part_a_page_says_so(
    review: Review, whose: str
) -> None:
    _client, answer = review(whose)

    assert answer.status_code == 200
    assert "This person does not take part here" in answer.text


def test_somebody_of_another_course_takes_no_part_here(
    review: Review, arrive: Arrive
) -> None:
    arrive("30", name="Nina Nachbarin", course="c2")

    _client, answer = review("30")

    assert "This person does not take part here" in answer.text
    assert "Nina" not in answer.text


def test_without_a_person_a_page_explains(review: Review) -> None:
    _client, answer = review(None)

    assert answer.status_code == 400
    assert "Wessen Arbeit soll gezeigt werden?" in answer.text


@pytest.mark.parametrize(("sub", "role"), [("8", "Learner"), ("1", "Instructor")])
def test_a_plain_launch_ignores_whom_it_names(
    platform: SigningPlatform, sub: str, role: str
) -> None:
    """Moodle lets a student forge it; only a review is checked for it, so only there it counts."""
    client = platform.app.test_client()
    claims = platform.claims(
        sub=sub,
        role=role,
        activity="certificate",
        **{f"{CLAIM}for_user": {"user_id": MIA}},
    )

    page = client.get(platform.launch(client, claims).location)

    assert path(page) == "certificate/"


@pytest.mark.parametrize("offered", [None, {}, {"scope": []}])
def test_a_review_without_a_line_item_opens_too(
    platform: SigningPlatform, offered: dict[str, object] | None
) -> None:
    """Moodle leaves it out once a link has two line items."""
    client = platform.app.test_client()
    claims = platform.claims(
        sub="1",
        role="Instructor",
        activity="certificate",
        **{
            f"{CLAIM}message_type": "LtiSubmissionReviewRequest",
            f"{CLAIM}for_user": {"user_id": MIA},
        },
    )

    answer = platform.launch(client, {**claims, AGS: offered})

    assert answer.status_code == 303
    assert "Mia Muster" in client.get(answer.location).text
