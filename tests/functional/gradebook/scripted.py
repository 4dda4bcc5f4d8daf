"""A platform whose answers a test writes, for what the practice LMS would never say."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Flask
from werkzeug.wrappers import Request, Response

from lti_tool.courses.models import Activity, Course, Enrolment, Person
from lti_tool.gradebook import service
from lti_tool.gradebook.delivery import deliver_due
from lti_tool.gradebook.service import Column, GradeRow
from lti_tool.lti.models import Deployment, Registration
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.web.tool import Tool
from tests.commands import free_port

COLUMN = Column("worksheet", "start", "Worksheet")


@dataclass
class Reply:
    """One answer."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class ScriptedPlatform:
    """Answers ``score``, ``token``, ``line_items`` and ``results`` as told.

    The last reply of a kind stays.
    """

    def __init__(self, tool_app: Flask) -> None:
        self.tool: Tool = tool_app.extensions["lti_tool"]
        base = int(self.tool.settings.base_url.rpartition(":")[2])
        self.port = free_port(base + 2)
        self.url = f"http://127.0.0.1:{self.port}"
        self.score = [Reply()]
        self.token = [
            Reply(body=json.dumps({"access_token": "t-1", "expires_in": 3600}))
        ]
        self.line_items = [Reply(body="[]")]
        self.results = [Reply(body="[]")]
        self.asked: list[tuple[str, str]] = []
        self.before_results: Callable[[], object] = lambda: None
        """Done when results are asked for, before the answer."""
        self.before_token: Callable[[], object] = lambda: None
        """Done when a token is asked for, before the answer."""
        self.take_score: Callable[[Request], Response] | None = None
        """Answers scores in place of ``score``."""
        self.course_id, self.person_id = self._enrol()

    def _enrol(self) -> tuple[int, int]:
        with self.tool.database.transaction(EVERYWHERE) as session:
            registration = Registration(
                name="Scripted",
                issuer=self.url,
                client_id="scripted",
                auth_url=f"{self.url}/auth",
                token_url=f"{self.url}/token",
                jwks_url=f"{self.url}/jwks",
                provider={},
            )
            session.add(registration)
            session.flush()
            deployment = Deployment(registration_id=registration.id, deployment_id="1")
            person = Person(registration_id=registration.id, sub="7", name="Mia Muster")
            session.add_all([deployment, person])
            session.flush()
            course = Course(
                deployment_id=deployment.id,
                context_id="c1",
                title="Course",
                lineitems_url=f"{self.url}/lineitems",
                options={},
                grade_scopes=[],
            )
            session.add(course)
            session.flush()
            session.add(
                Enrolment(
                    course_id=course.id,
                    person_id=person.id,
                    role="participant",
                    source="launch",
                )
            )
            return course.id, person.id

    def couple(self, url: str) -> None:
        """Let the worksheet's link have this coupled line item."""
        with self.tool.database.transaction(self.course_id) as session:
            session.add(
                Activity(resource_link_id="w", target="worksheet", line_item_url=url)
            )

    def add_people(self, count: int) -> list[int]:
        """Enrol as many participants and return their ids."""
        with self.tool.database.transaction(EVERYWHERE) as session:
            registration = session.get_one(Person, self.person_id).registration_id
            people = [
                Person(registration_id=registration, sub=f"p{n}") for n in range(count)
            ]
            session.add_all(people)
            session.flush()
            session.add_all(
                Enrolment(
                    course_id=self.course_id,
                    person_id=person.id,
                    role="participant",
                    source="roster",
                )
                for person in people
            )
            return [person.id for person in people]

    def want(self, score: float = 1.0, *people: int) -> None:
        with self.tool.database.transaction(self.course_id) as session:
            for person_id in people or (self.person_id,):
                service.want(session, COLUMN, person_id, score)

    def deliver(self, at_once: int = 2) -> int:
        return deliver_due(
            self.tool.database, self.tool.connector, per_platform=at_once
        )

    def states(self) -> Counter[str]:
        """Count the grades of each state."""
        with self.tool.database.reading(self.course_id) as session:
            return Counter(row.state for row in service.rows(session))

    def withdraw(self) -> None:
        with self.tool.database.transaction(self.course_id) as session:
            service.withdraw(session, COLUMN, self.person_id)

    def find_row(self) -> GradeRow | None:
        with self.tool.database.reading(self.course_id) as session:
            return service.grade_of(session, COLUMN, self.person_id)

    def row(self) -> GradeRow:
        row = self.find_row()
        assert row is not None
        return row

    def count(self, path: str) -> int:
        """Return how often a path was asked for."""
        return sum(asked == path for asked, _ in self.asked)

    @property
    def app(self) -> "Request.application":
        return Request.application(self._answer)

    def _answer(self, request: Request) -> Response:
        self.asked.append((request.path, request.headers.get("Authorization", "")))
        if self.take_score is not None and request.path.endswith("/scores"):
            return self.take_score(request)
        kind = request.path.strip("/").replace("lineitems", "line_items")
        if kind == "token":
            self.before_token()
        if kind.endswith("/results"):
            kind = "results"
            self.before_results()
        replies = {
            "token": self.token,
            "line_items": self.line_items,
            "results": self.results,
        }.get(kind, self.score)
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        body = request.get_data() and reply.body
        return Response(body or reply.body, reply.status, dict(reply.headers))
