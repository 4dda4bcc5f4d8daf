"""A course of the practice LMS, as its people enter it and its grades are wanted."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask, Response, request
from sqlalchemy import select

from lti_tool.courses.models import Course, Enrolment, Person
from lti_tool.gradebook import service
from lti_tool.gradebook.delivery import deliver_due
from lti_tool.gradebook.models import Attempt, Grade, LineItem
from lti_tool.gradebook.service import Column, GradeRow
from lti_tool.lti.models import Registration
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.practice_lms.example import MINT_2026
from lti_tool.practice_lms.gradebook import ReceivedScore
from lti_tool.practice_lms.lms import PracticeLMS
from lti_tool.web.tool import Tool

START = Column("worksheet", "start", "Arbeitsblatt: Beginn")
MID = Column("worksheet", "mid", "Arbeitsblatt: Mitte")
PROJECT = Column("project", "project", "Projektarbeit", 100.0)


class GradedCourse:
    """What a feature, the worker and the LMS see of the grades of one course."""

    def __init__(self, app: Flask, lms: PracticeLMS) -> None:
        self.app, self.lms = app, lms
        self.tool: Tool = app.extensions["lti_tool"]
        facts = lms.registration()
        with self.tool.database.transaction(EVERYWHERE) as session:
            session.add(
                Registration(
                    provider={},
                    **{k: v for k, v in facts.items() if k != "deployment_id"},
                )
            )

    def enter(self, sub: str, activity: str = "worksheet", **claims: Any) -> None:
        """Launch an activity as somebody."""
        person = self.lms.world.find_person(sub)
        link = MINT_2026.find_link(activity)
        assert person is not None
        assert link is not None
        client = self.app.test_client()
        login = client.post("/lti/login", data=self.lms.login_fields(person, link))
        query = parse_qs(urlsplit(login.location).query)
        token = self.lms.id_token(person, link, query["nonce"][0], **claims)
        answer = client.post(
            "/lti/launch", data={"state": query["state"][0], "id_token": token}
        )
        assert answer.status_code == 303, answer.text

    def enable(self, enabled: bool) -> None:
        with self.tool.database.transaction(EVERYWHERE) as session:
            session.scalars(select(Registration)).one().enabled = enabled

    @property
    def course_id(self) -> int:
        with self.tool.database.reading(EVERYWHERE) as session:
            found = session.scalar(select(Course.id))
            assert found is not None
            return found

    def person(self, sub: str) -> int:
        with self.tool.database.reading(EVERYWHERE) as session:
            found = session.scalar(select(Person.id).where(Person.sub == sub))
            assert found is not None
            return found

    def want(
        self,
        sub: str,
        score: float = 1.0,
        comment: str | None = None,
        *,
        column: Column = START,
    ) -> None:
        with self.tool.database.transaction(self.course_id) as session:
            service.want(session, column, self.person(sub), score, comment)

    def withdraw(self, sub: str, column: Column = START) -> None:
        with self.tool.database.transaction(self.course_id) as session:
            service.withdraw(session, column, self.person(sub))

    def send_again(self, sub: str, column: Column = START) -> None:
        row = self.row(sub, column)
        assert row is not None
        with self.tool.database.transaction(self.course_id) as session:
            service.send_again(session, row.id)

    def deliver(self, at_once: int = 2) -> int:
        """Do the worker's work and return how many grades were tried."""
        return deliver_due(
            self.tool.database, self.tool.connector, per_platform=at_once
        )

    def row(self, sub: str, column: Column = START) -> GradeRow | None:
        with self.tool.database.reading(self.course_id) as session:
            return service.grade_of(session, column, self.person(sub))

    def state(self, sub: str, column: Column = START) -> tuple[str, str | None] | None:
        """Return state and reason code of a grade."""
        row = self.row(sub, column)
        return None if row is None else (row.state, row.answer)

    def lane(self, sub: str) -> Grade:
        with self.tool.database.reading(EVERYWHERE) as session:
            return session.scalars(
                select(Grade).where(Grade.person_id == self.person(sub))
            ).one()

    def attempts(self) -> Sequence[str]:
        with self.tool.database.reading(EVERYWHERE) as session:
            return session.scalars(select(Attempt.answer).order_by(Attempt.id)).all()

    def line_item(self, column: Column = START) -> LineItem:
        with self.tool.database.reading(self.course_id) as session:
            return session.scalars(
                select(LineItem).where(
                    LineItem.resource_id == column.activity, LineItem.tag == column.tag
                )
            ).one()

    def lms_item_id(self, column: Column = START) -> int:
        """Return the id of a column's line item in the LMS."""
        url = self.line_item(column).url
        assert url is not None
        return int(urlsplit(url).path.split("/")[-2])

    def lms_grade(self, sub: str, column: Column = START) -> float | None:
        return self.lms.gradebook.grade(self.lms_item_id(column), sub).final

    def during_results(self, act: Callable[[], object]) -> None:
        """Do something while the LMS has written its next list of results and not sent it."""
        once = [act]

        def after(response: Response) -> Response:
            if request.path.endswith("/results") and once:
                once.pop()()
            return response

        self.lms.after_request_funcs.setdefault(None, []).append(after)

    def leave_course(self, sub: str) -> None:
        """Let somebody be no longer a member."""
        with self.tool.database.transaction(self.course_id) as session:
            session.scalars(
                select(Enrolment).where(Enrolment.person_id == self.person(sub))
            ).one().is_active = False

    def scores(self, sub: str | None = None) -> list[ReceivedScore]:
        """Return every score that the LMS received."""
        return self.lms.gradebook.scores(sub=sub)
