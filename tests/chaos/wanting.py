"""A course with as many participants as wanted, whose grades are wanted through the real service."""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import requests
import sqlalchemy as sa

from lti_tool.courses.models import Course, Enrolment, Person
from lti_tool.gradebook import service
from lti_tool.gradebook.models import Grade, LineItem
from lti_tool.gradebook.service import Column
from lti_tool.jobs import Jobs
from lti_tool.lti.models import Deployment, Registration
from lti_tool.operation import schema
from lti_tool.operation.serving import prepare
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.settings import Settings
from tests.commands import answers, free_port, wait_until

COLUMN = Column("worksheet", "start", "Arbeitsblatt: Beginn", 100.0)


class WantingCourse:
    """A fresh installation in a folder, one course, one column with a line item on the platform."""

    def __init__(
        self,
        place: Path,
        platform_url: str,
        participants: int,
        database_url: str = "",
    ) -> None:
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith("LTI_TOOL_")},
            "LTI_TOOL_BASE_URL": "http://127.0.0.1:29999",
            "LTI_TOOL_INSTANCE": str(place / "instance"),
            "LTI_TOOL_KEYS": str(place / "keys"),
            "LTI_TOOL_PRIVATE_PLATFORMS": "127.0.0.0/8",
            "LTI_TOOL_DATABASE_URL": database_url,
        }
        self.settings = Settings.from_environ(self.environ)
        self._jobs = Jobs(self.settings)
        self.database = Database(
            self.settings.database_url,
            self.settings.data_keys,
            ring=self._jobs.ring,
        )
        schema.upgrade(self.database)
        prepare(self.settings)
        self.people = self._people(platform_url, participants)

    def close(self) -> None:
        """Give the connections back."""
        self._jobs.close()
        self.database.close()

    def _people(self, url: str, count: int) -> dict[str, int]:
        with self.database.transaction(EVERYWHERE) as session:
            registration = Registration(
                name="Test",
                issuer=url,
                client_id="tool",
                provider={},
                auth_url=f"{url}/auth",
                token_url=f"{url}/token",
                jwks_url=f"{url}/jwks",
            )
            session.add(registration)
            session.flush()
            deployment = Deployment(registration_id=registration.id, deployment_id="1")
            session.add(deployment)
            session.flush()
            course = Course(
                deployment_id=deployment.id, context_id="c1", title="Course", options={}
            )
            session.add(course)
            people = [
                Person(registration_id=registration.id, sub=str(n))
                for n in range(count)
            ]
            session.add_all(people)
            session.flush()
            self.course_id = course.id
            session.add_all(
                Enrolment(
                    course_id=course.id,
                    person_id=p.id,
                    role="participant",
                    source="roster",
                )
                for p in people
            )
            session.add(
                LineItem(
                    course_id=course.id,
                    resource_id=COLUMN.activity,
                    tag=COLUMN.tag,
                    label=COLUMN.label,
                    maximum=COLUMN.maximum,
                    url=f"{url}/lineitems/1",
                    is_coupled=False,
                )
            )
            return {p.sub: p.id for p in people}

    def want(self, scores: Iterable[tuple[str, float]]) -> None:
        """Want a score for each person, as a feature does, in one transaction."""
        with self.database.transaction(self.course_id) as session:
            for sub, score in scores:
                service.want(session, COLUMN, self.people[sub], score)

    def waiting(self) -> int:
        """Return how many lanes are not yet where they should be."""
        with self.database.reading(EVERYWHERE) as session:
            unsent = sa.select(sa.func.count(Grade.id)).where(Grade.state != "sent")
            return session.scalar(unsent) or 0

    def start_worker(self) -> "subprocess.Popen[bytes]":
        """Start the worker that is shipped, as a process that can be killed."""
        return self._start("-P", "-m", "lti_tool", "worker")

    def start_web(self) -> "Web":
        """Start a web process and wait until it answers."""
        port = free_port(20100 + os.getpid() * 7 % 11000)
        begun = self.settings.instance / "begun"
        process = self._start(
            "-m", "tests.chaos.web", str(port), str(self.course_id), str(begun)
        )
        web = Web(process, f"http://127.0.0.1:{port}", self.people, begun)
        wait_until(lambda: answers(f"{web.url}/healthz"), 90)
        return web

    def delete_wake_ups(self) -> None:
        """Take huey's store away, while others work with it."""
        if self.settings.is_sqlite:
            for file in self.settings.instance.glob("jobs.sqlite*"):
                file.unlink()
            return
        with self.database.engine.begin() as connection:
            tables = [
                t for t in sa.inspect(connection).get_table_names() if "huey" in t
            ]
            for table in tables:
                connection.exec_driver_sql(f"DROP TABLE {table} CASCADE")

    def _start(self, *words: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, *words],
            env=self.environ,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


class Web:
    """A web process through which grades are wanted."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        url: str,
        people: dict[str, int],
        begun: Path,
    ) -> None:
        self.process, self.url, self.begun = process, url, begun
        self._people = people

    def want(self, scores: Sequence[tuple[str, float]]) -> bool:
        """Want scores in one request and tell whether it was acknowledged."""
        told = [(self._people[sub], score) for sub, score in scores]
        try:
            return requests.post(f"{self.url}/want", json=told, timeout=60).ok
        except requests.RequestException:
            return False
