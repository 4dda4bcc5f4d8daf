"""A list of members is read whole or not at all, as Moodle 4.5 sent it and as others might."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from lti_tool.lti.connector import Connector, Platform
from lti_tool.lti.http import Reply
from lti_tool.lti.roles import Role
from lti_tool.lti.roster import Membership, RosterRefusedError, members

RECORDED = Path(__file__).parents[2] / "recorded" / "moodle_4_5"
URL = "https://lms.example/mod/lti/services.php/CourseSection/2/bindings/1/memberships"
PLATFORM = Platform(
    1, "tool", "https://lms.example/token", "aud", ("https://lms.example",)
)


class Pages:
    """Stands for a connector; answers with one page after the other."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[str] = []

    def send(self, _platform: Platform, _method: str, url: str, **_more: Any) -> Reply:
        self.asked.append(url)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def members(self) -> list[Membership]:
        return members(cast("Connector", self), PLATFORM, URL)


def page(listed: Any, following: str | None = None, status: int = 200) -> Reply:
    body = json.dumps({"id": URL, "members": listed}).encode()
    return Reply(status, "", {}, body, {"next": following} if following else {})


def recorded(name: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads((RECORDED / f"{name}.json").read_text())[
        "members"
    ]
    return listed


def listed(*subs: str) -> Sequence[dict[str, Any]]:
    return [{"user_id": sub, "roles": ["Learner"]} for sub in subs]


def test_a_recorded_list_gives_everybody_with_name_and_role() -> None:
    found = Pages(page(recorded("nrps-members-all"))).members()

    assert len(found) == len({member.sub for member in found}) == 27
    assert {member.role for member in found} == {Role.STAFF, Role.PARTICIPANT}
    assert all(member.name and member.email and member.is_active for member in found)
    # A non-editing teacher launches as instructor, and is a learner in this list.
    assert next(m.role for m in found if m.sub == "5") is Role.PARTICIPANT


def test_with_privacy_never_there_are_no_names() -> None:
    found = Pages(page(recorded("nrps-members-privacy-never"))).members()

    assert found
    assert {(member.name, member.email) for member in found} == {(None, None)}


def test_pages_are_followed_and_the_case_of_their_address_is_kept() -> None:
    first, last = recorded("nrps-page1-limit10"), recorded("nrps-page3-limit10")
    pages = Pages(page(first, f"{URL}?limit=10&from=20"), page(last))

    assert len(pages.members()) == len(first) + len(last)
    assert pages.asked == [URL, f"{URL}?limit=10&from=20"]


def test_a_relative_next_page_is_followed() -> None:
    pages = Pages(page(listed("1"), "?from=A2"), page(listed("2")))

    assert [member.sub for member in pages.members()] == ["1", "2"]
    assert pages.asked[1] == f"{URL}?from=A2"


def test_who_is_listed_twice_counts_once() -> None:
    pages = Pages(page(listed("1", "2"), "?from=2"), page(listed("2", "3")))

    assert [member.sub for member in pages.members()] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "second",
    [
        page(listed("2"), status=500),
        page(listed("2"), status=401),
        page("nobody"),
        Reply(200, "", {}, b"<h1>Log in</h1>", {}),
        Reply(200, "", {}, b"[]", {}),
    ],
    ids=["fault", "unauthorized", "no list", "a page", "a list of nothing"],
)
def test_one_page_that_fails_makes_the_whole_list_fail(second: Reply) -> None:
    with pytest.raises(RosterRefusedError):
        Pages(page(listed("1"), "?from=2"), second).members()


def test_a_list_that_runs_in_a_circle_is_given_up() -> None:
    with pytest.raises(RosterRefusedError):
        Pages(page(listed("1"), URL)).members()


def test_a_list_without_end_is_given_up() -> None:
    class Endless(Pages):
        def send(self, platform: Platform, method: str, url: str, **more: Any) -> Reply:
            super().send(platform, method, url, **more)
            return page(listed("1"), f"?from={len(self.asked)}")

    endless = Endless(page([]))
    with pytest.raises(RosterRefusedError):
        endless.members()
    assert len(endless.asked) == 500


@pytest.mark.parametrize(
    "entry",
    [
        None,
        "7",
        [],
        {},
        {"user_id": 7},
        {"user_id": ""},
        {"user_id": "7\x00"},
        {"user_id": "7" * 300},
    ],
)
def test_an_entry_without_a_person_is_passed_over(entry: object) -> None:
    assert [m.sub for m in Pages(page([entry, *listed("1")])).members()] == ["1"]


@pytest.mark.parametrize(
    ("entry", "role", "is_active"),
    [
        ({"roles": ["Instructor"]}, Role.STAFF, True),
        (
            {"roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]},
            Role.PARTICIPANT,
            True,
        ),
        ({"roles": ["Learner"], "status": "Inactive"}, Role.PARTICIPANT, False),
        ({"roles": ["Learner"], "status": "Deleted"}, Role.PARTICIPANT, False),
        ({"roles": "Instructor"}, Role.NONE, True),
        ({"roles": [None, 7]}, Role.NONE, True),
        ({}, Role.NONE, True),
    ],
)
def test_roles_and_states_are_read(
    entry: dict[str, Any], role: Role, is_active: bool
) -> None:
    (found,) = Pages(page([{"user_id": "1", **entry}])).members()

    assert (found.role, found.is_active) == (role, is_active)


def test_control_characters_in_names_do_not_reach_the_database() -> None:
    (found,) = Pages(
        page([{"user_id": "1", "name": "Mia\x00\nMuster", "email": "\x00"}])
    ).members()

    assert (found.name, found.email) == ("Mia  Muster", None)
