"""A platform's services on the loopback, and people found in the database."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug import Request, Response

from lti_tool.courses.models import Course, Person
from lti_tool.courses.roster import fetch_due
from lti_tool.lti.models import Registration
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.serving import served
from tests.signing_platform import MEMBERSHIP, NRPS, SigningPlatform

Numbers = Callable[[str], int]


def profile(**said: str) -> dict[str, str]:
    """Return the profile form as a browser sends it."""
    empty = dict.fromkeys(
        (
            "network",
            "region",
            "network_kind",
            "employer_kind",
            "experience",
            "question",
        ),
        "",
    )
    return empty | said


@dataclass
class Services:
    """Token endpoint and list of members, which answer what a test wants."""

    address: str = ""
    status: int = 200
    members: list[dict[str, Any]] = field(default_factory=list)
    page: int = 10**6
    """How many members one page holds."""
    fails_from: int = 10**6
    """The first member whose page cannot be had."""
    meanwhile: Callable[[], object] = lambda: None
    """What happens while the list is on its way."""
    around: Callable[[str], object] = lambda _url: None
    """The same, told which list."""
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def other_claim(self, name: str) -> dict[str, Any]:
        """What a launch says of the list of members of another course."""
        return {NRPS: {"context_memberships_url": f"{self.address}/{name}"}}

    @property
    def claim(self) -> dict[str, Any]:
        """What a launch says of the list of members."""
        return {NRPS: {"context_memberships_url": f"{self.address}/members"}}

    def lists(self, *people: tuple[str, str, str]) -> None:
        """List these people as (sub, role, name)."""
        self.members = [
            {
                "user_id": sub,
                "roles": [f"{MEMBERSHIP}{role}"],
                "name": name,
                "status": "Active",
            }
            for sub, role, name in people
        ]

    @Request.application
    def answer(self, request: Request) -> Response:
        if request.path == "/token":
            return Response(
                json.dumps(
                    {"access_token": "t", "expires_in": 3600, "token_type": "bearer"}
                )
            )
        self.asked.append(request.url)
        start = request.args.get("from", 0, type=int)
        end = start + self.page
        self.meanwhile()
        self.around(request.base_url)
        answer = Response(
            json.dumps({"members": self.members[start:end]}), self.status, self.headers
        )
        if start >= self.fails_from:
            answer.status_code = 503
        if end < len(self.members):
            answer.headers["Link"] = f'<{request.base_url}?from={end}>; rel="next"'
        return answer


@pytest.fixture
def services(platform: SigningPlatform) -> Iterator[Services]:
    """The services of the signing platform, really listening."""
    offered = Services()
    with served(offered.answer) as port:
        offered.address = f"http://127.0.0.1:{port}"
        with platform.tool.database.transaction(EVERYWHERE) as session:
            registration = session.get_one(Registration, platform.registration_id)
            registration.token_url = f"{offered.address}/token"
        yield offered


@pytest.fixture
def fetch(platform: SigningPlatform) -> Callable[[], int]:
    """Do what the worker does about lists of members."""
    return lambda: fetch_due(platform.tool.database, platform.tool.connector)


@pytest.fixture
def number(database: Database) -> Numbers:
    """Person ids by the platform's user ids."""

    def of(sub: str) -> int:
        with database.reading(EVERYWHERE) as session:
            return session.scalars(select(Person.id).where(Person.sub == sub)).one()

    return of


@pytest.fixture
def course_id(database: Database) -> Callable[[], int]:
    """The id of course c1, once somebody has launched."""

    def find() -> int:
        with database.reading(EVERYWHERE) as session:
            return session.scalars(
                select(Course.id).where(Course.context_id == "c1")
            ).one()

    return find
