"""The recorded member lists, given out here as by Moodle 4.5.6."""

import json
import re
from typing import Any

import pytest

from lti_tool.practice_lms import example
from lti_tool.practice_lms.claims import SCORE
from lti_tool.practice_lms.lms import PracticeLMS
from lti_tool.practice_lms.memberships import MEMBERSHIPS
from tests.unit.practice_lms.moodle import Tool, ours, recorded

MEMBERS = "/services/CourseSection/2/bindings/1/memberships"


def _wanted(name: str) -> Any:
    return json.loads(ours(json.dumps(recorded(name))))


def _without_launch_handles(value: Any) -> Any:
    text = re.sub(r'launchid\\":\d+', 'launchid\\":0', json.dumps(value))
    return json.loads(re.sub(r'hash\\":\\"[0-9a-f]+', 'hash\\":\\"', text))


@pytest.mark.parametrize(
    ("query", "recording"),
    [
        ("", "nrps-members-all"),
        ("?limit=10", "nrps-page1-limit10"),
        ("?limit=10&from=20", "nrps-page3-limit10"),
        ("?rlid=1", "nrps-members-rlid1"),
    ],
)
def test_a_member_list_is_moodles(
    moodle: PracticeLMS, query: str, recording: str
) -> None:
    response = Tool(moodle).ask("GET", f"{MEMBERS}{query}", Accept=MEMBERSHIPS)

    assert response.headers["Content-Type"] == f"{MEMBERSHIPS}; charset=utf-8"
    wanted = _without_launch_handles(_wanted(recording))
    assert _without_launch_handles(response.json) == wanted


@pytest.mark.parametrize(
    ("query", "next_page"),
    [
        ("", None),
        ("?limit=10", "?limit=10&from=10"),
        ("?limit=10&from=10", "?limit=10&from=20"),
        ("?limit=10&from=20", None),
        ("?role=Learner&limit=10", "?limit=10&from=10"),
    ],
    ids=["unasked", "first", "second", "last", "role is lost"],
)
def test_pages_are_linked_when_asked_for(
    moodle: PracticeLMS, query: str, next_page: str | None
) -> None:
    link = Tool(moodle).ask("GET", f"{MEMBERS}{query}").headers.get("Link")

    address = f"http://127.0.0.1:8080{MEMBERS}{next_page}"
    assert link == (f'<{address}>; rel="next"' if next_page else None)


@pytest.mark.parametrize(
    ("role", "count"),
    [
        ("Instructor", 2),
        ("Learner", 25),
        ("http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor", 2),
        ("Mentor", 27),
    ],
)
def test_the_role_filter_knows_two_roles(
    moodle: PracticeLMS, role: str, count: int
) -> None:
    response = Tool(moodle).client.get(
        MEMBERS,
        query_string={"role": role},
        base_url="http://127.0.0.1:8080",
        headers=_bearer(moodle),
    )

    assert response.json is not None
    assert len(response.json["members"]) == count


def _bearer(lms: PracticeLMS) -> dict[str, str]:
    scope = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
    return {"Authorization": f"Bearer {lms.tickets.issue_token([scope], lms.clock())}"}


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        (MEMBERS, "*/*", 200),
        (MEMBERS, "application/json", 400),
        (MEMBERS, f"{MEMBERSHIPS}, application/json", 400),
        (MEMBERS.replace("bindings/1", "bindings/7"), "*/*", 401),
        (MEMBERS.replace("Section/2", "Section/77"), "*/*", 404),
        (MEMBERS.lower(), "*/*", 404),
    ],
)
def test_only_the_exact_request_is_answered(
    moodle: PracticeLMS, path: str, accept: str, status: int
) -> None:
    assert Tool(moodle).ask("GET", path, Accept=accept).status_code == status


def test_members_need_their_own_scope(moodle: PracticeLMS) -> None:
    response = Tool(moodle).ask("GET", MEMBERS, scopes=frozenset({SCORE}))

    assert response.status_code == 401


def test_the_example_lists_one_without_email_and_nobody_suspended(tool: Tool) -> None:
    answer = tool.ask("GET", MEMBERS).json

    assert answer is not None
    members = {member["user_id"]: member for member in answer["members"]}
    assert "email" not in members[example.WITHOUT_EMAIL.sub]
    assert example.SUSPENDED.sub not in members
    assert members[example.ASSISTANT.sub]["roles"] == ["Learner"]
    assert len(members) == 22
