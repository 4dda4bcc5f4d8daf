"""Groups of the learning platform: read where it has them, shown to leads, used for nothing."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug import Request, Response

from lti_tool.courses.models import Course, Enrolment, Group, Person
from lti_tool.courses.roster import fetch_due
from lti_tool.lti.models import Registration
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.serving import served
from tests.signing_platform import CLAIM, MEMBERSHIP, NRPS, SigningPlatform, Visitor

pytestmark = pytest.mark.sqlite

Arrive = Callable[..., Visitor]
CONTAINER = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"
GS = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
NAMES = {"1": "Nordgruppe", "2": "Südgruppe", "3": "Leergruppe"}


@dataclass
class Services:
    """Members and groups of a platform that really listens."""

    address: str = ""
    status: int = 200
    tells_enrollments: bool = False
    of: dict[str, list[Any]] = field(
        default_factory=lambda: {"7": [1], "8": [1, 2], "9": []}
    )
    asked: list[Request] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)

    @property
    def claims(self) -> dict[str, Any]:
        """What a launch says of both services."""
        return {
            NRPS: {"context_memberships_url": f"{self.address}/members"},
            GS: {
                "context_groups_url": f"{self.address}/groups?type_id=1",
                "scope": [SCOPE],
            },
        }

    @Request.application
    def answer(self, request: Request) -> Response:
        if request.path == "/token":
            self.scopes.append(request.form["scope"])
            token = {
                "access_token": "t",
                "expires_in": 3600,
                "scope": request.form["scope"],
            }
            return Response(json.dumps(token))
        if request.path == "/members":
            return Response(json.dumps({"members": [self._member(s) for s in self.of]}))
        self.asked.append(request)
        return self._groups(request)

    def _member(self, sub: str) -> dict[str, Any]:
        member = {"user_id": sub, "roles": [f"{MEMBERSHIP}Learner"], "name": f"P {sub}"}
        enrolled = [{"group_id": one} for one in self.of[sub]]
        return member | (
            {"group_enrollments": enrolled} if self.tells_enrollments else {}
        )

    def _groups(self, request: Request) -> Response:
        ids = list(NAMES)
        if "user_id" in request.args:
            ids = [str(one) for one in self.of[request.args["user_id"]]]
        start = request.args.get("from", 0, type=int)
        page = [{"id": int(one), "name": NAMES[one]} for one in ids[start : start + 2]]
        answer = Response(json.dumps({"id": request.url, "groups": page}), self.status)
        if len(ids) > start + 2:
            following = f"{self.address}/groups?type_id=1&from={start + 2}"
            answer.headers["Link"] = f'<{following}>; rel="next"'
        return answer


@pytest.fixture
def services(platform: SigningPlatform) -> Iterator[Services]:
    offered = Services()
    with served(offered.answer) as port:
        offered.address = f"http://127.0.0.1:{port}"
        with platform.tool.database.transaction(EVERYWHERE) as session:
            registration = session.get_one(Registration, platform.registration_id)
            registration.token_url = f"{offered.address}/token"
        yield offered


def fetch(platform: SigningPlatform) -> None:
    """Do what the worker does."""
    assert fetch_due(platform.tool.database, platform.tool.connector) == 1


def groups_of(database: Database) -> dict[str, list[str]]:
    with database.reading(EVERYWHERE) as session:
        rows = session.execute(
            select(Person.sub, Enrolment.platform_groups).join(
                Enrolment, Enrolment.person_id == Person.id
            )
        )
        return {row.sub: row.platform_groups for row in rows if row.platform_groups}


def names(database: Database) -> dict[str, str]:
    with database.reading(EVERYWHERE) as session:
        return session.scalars(select(Course.platform_groups)).one()


@pytest.fixture
def lead_there(services: Services, arrive: Arrive) -> Visitor:
    """The lead of a course whose platform offers its groups."""
    return arrive("1", "Instructor", name="Leonie Leitner", **services.claims)


# The service


def test_names_and_members_of_all_pages_are_taken_over(
    lead_there: Visitor,
    services: Services,
    platform: SigningPlatform,
    database: Database,
) -> None:
    fetch(platform)

    assert names(database) == NAMES
    assert groups_of(database) == {"7": ["1"], "8": ["1", "2"]}


def test_requests_say_what_they_want_and_carry_the_least_scope(
    lead_there: Visitor, services: Services, platform: SigningPlatform
) -> None:
    fetch(platform)

    assert {request.headers["Accept"] for request in services.asked} == {CONTAINER}
    assert SCOPE in services.scopes
    assert [r.args["user_id"] for r in services.asked if "user_id" in r.args] == [
        "7",
        "8",
        "9",
    ]
    assert {r.args["type_id"] for r in services.asked} == {"1"}


def test_a_list_of_members_that_tells_groups_spares_asking_for_each(
    lead_there: Visitor,
    services: Services,
    platform: SigningPlatform,
    database: Database,
) -> None:
    services.tells_enrollments = True

    fetch(platform)

    assert groups_of(database) == {"7": ["1"], "8": ["1", "2"]}
    assert not [r for r in services.asked if "user_id" in r.args]


def test_who_left_a_group_is_out_of_it_after_the_next_run(
    lead_there: Visitor,
    services: Services,
    platform: SigningPlatform,
    database: Database,
) -> None:
    fetch(platform)
    services.of["8"] = [2]
    lead_there.post("people/refresh")

    fetch(platform)

    assert groups_of(database) == {"7": ["1"], "8": ["2"]}


@pytest.mark.parametrize("status", [403, 500])
def test_a_refusal_costs_the_list_of_members_nothing(
    lead_there: Visitor,
    services: Services,
    platform: SigningPlatform,
    database: Database,
    status: int,
) -> None:
    fetch(platform)
    services.status = status
    lead_there.post("people/refresh")

    fetch(platform)

    assert groups_of(database) == {"7": ["1"], "8": ["1", "2"]}
    assert "P 9" in lead_there.get("people/").text


def test_no_token_goes_to_another_host(
    services: Services, arrive: Arrive, platform: SigningPlatform, database: Database
) -> None:
    elsewhere = {GS: {"context_groups_url": "http://127.0.0.2:9/groups"}}
    arrive("1", "Instructor", **{**services.claims, **elsewhere})

    fetch(platform)

    assert groups_of(database) == {}
    assert SCOPE not in services.scopes


# Moodle's parameter


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("1,2", ["1", "2"]),
        (" 5 ", ["5"]),
        ("", None),
        ("$Moodle.Person.userGroupIds", None),
    ],
)
def test_moodle_tells_the_groups_of_who_launches(
    arrive: Arrive, database: Database, told: str, kept: list[str] | None
) -> None:
    arrive("7", **{f"{CLAIM}custom": {"user_groups": told}})

    assert groups_of(database).get("7") == kept


def test_an_empty_text_takes_people_out_and_a_missing_one_leaves_them(
    arrive: Arrive, database: Database
) -> None:
    arrive("7", **{f"{CLAIM}custom": {"user_groups": "1"}})
    arrive("7")
    assert groups_of(database) == {"7": ["1"]}

    arrive("7", **{f"{CLAIM}custom": {"user_groups": ""}})

    assert groups_of(database) == {}


def test_where_there_is_a_service_it_knows_better(
    lead_there: Visitor,
    services: Services,
    arrive: Arrive,
    platform: SigningPlatform,
    database: Database,
) -> None:
    fetch(platform)

    arrive("7", **{f"{CLAIM}custom": {"user_groups": "99"}, **services.claims})

    assert groups_of(database)["7"] == ["1"]


# The page


def test_leads_see_a_column_and_a_filter(
    lead_there: Visitor, platform: SigningPlatform
) -> None:
    fetch(platform)

    page = lead_there.get("people/").text

    assert "Group in the learning platform" in page
    assert "Nordgruppe, Südgruppe" in page
    assert "Leergruppe" not in page


def test_the_filter_shows_one_group(
    lead_there: Visitor, platform: SigningPlatform
) -> None:
    fetch(platform)

    page = lead_there.get("people/", group="2").text

    assert "P 8" in page
    assert "P 7" not in page
    assert "P 9" in lead_there.get("people/", group="unknown").text


def test_saving_a_filtered_list_changes_nobody_who_is_not_shown(
    lead_there: Visitor, platform: SigningPlatform, database: Database
) -> None:
    fetch(platform)
    with database.reading(EVERYWHERE) as session:
        ids = dict(session.execute(select(Person.sub, Person.id)).all())
    lead_there.post("people/by-video", {"person": [ids["7"]]})

    page = lead_there.get("people/", group="2").text

    assert f'<input type="hidden" name="person" value="{ids["7"]}">' in page


def test_moodle_numbers_stand_without_names(lead: Visitor, arrive: Arrive) -> None:
    arrive("7", **{f"{CLAIM}custom": {"user_groups": "5"}})

    assert "Group 5" in lead.get("people/").text


def test_without_groups_there_is_no_column(lead: Visitor, arrive: Arrive) -> None:
    arrive("7")

    assert "Group in the learning platform" not in lead.get("people/").text


def test_nobody_but_leads_sees_them(
    lead_there: Visitor,
    services: Services,
    arrive: Arrive,
    platform: SigningPlatform,
    database: Database,
) -> None:
    fetch(platform)
    assistant = arrive("2", "Instructor", name="Asta Assistenz")
    with database.reading(EVERYWHERE) as session:
        person = session.scalars(select(Person.id).where(Person.sub == "2")).one()
    lead_there.post(f"people/{person}/duties", {"duties": "assistant"})

    assert assistant.get("people/").status_code == 200
    assert "Nordgruppe" not in assistant.get("people/").text
    participant = arrive("7", name="P 7")
    assert "Nordgruppe" not in participant.get("people/participants").text
    assert "Nordgruppe" not in participant.get("groups/").text


def test_no_project_group_comes_of_them(
    lead_there: Visitor, platform: SigningPlatform, database: Database
) -> None:
    fetch(platform)

    with database.reading(EVERYWHERE) as session:
        assert session.scalars(select(Group)).all() == []
