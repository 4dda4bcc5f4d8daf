"""A list of 10,000 members synced by the tool, and stored as quickly as the driver can.

Run as a program it is a platform that gives out lists in pages, each with other people.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import sqlalchemy as sa
from typing_extensions import override

from lti_tool import clock
from lti_tool.app import build_tool
from lti_tool.courses.listed import take_roster
from lti_tool.courses.models import Course, Enrolment, Person
from lti_tool.courses.roster import fetch_due
from lti_tool.lti.models import Deployment, Registration
from lti_tool.lti.roles import Role
from lti_tool.lti.roster import Membership
from lti_tool.persistence.session import EVERYWHERE
from tests.chaos.wanting import WantingCourse

MEMBERS = 10_000
_PAGE = 200
_TOKEN = {"access_token": "t", "token_type": "Bearer", "expires_in": 3600}


def entry(course: str, number: int) -> dict[str, Any]:
    """Return one member as a platform lists it."""
    return {
        "user_id": f"{course}-{number}",
        "name": f"Person {number} of the example",
        "email": f"person{number}@example.org",
        "roles": ["Learner"],
        "status": "Active",
    }


@dataclass(frozen=True, slots=True)
class Place:
    """A course without people."""

    registration_id: int
    id: int
    name: str
    url: str


class Rosters:
    """Both ways to store a list, on one database."""

    def __init__(self, installation: WantingCourse, url: str) -> None:
        self._tool = build_tool(installation.settings, lambda _kind: None)
        self._database, self._url = installation.database, url
        self._courses = 0

    def synced(self) -> float:
        """Return the seconds from a list that is due to one that is taken over."""
        place = self._course()
        began = time.perf_counter()
        assert fetch_due(self._database, self._tool.connector) == 1
        return self._checked(place, time.perf_counter() - began)

    def fetched_and_stored(self) -> float:
        """Return the seconds of the plainest way to the same rows."""
        place, first = self._course(is_due=False), self._first()
        began = time.perf_counter()
        members: list[dict[str, Any]] = []
        with requests.Session() as session:
            session.trust_env = False
            session.post(f"{self._url}/token", timeout=30)
            following: str | None = place.url
            while following:
                answer = session.get(following, timeout=30)
                members += answer.json()["members"]
                following = answer.links.get("next", {}).get("url")
        self._store(place, first, members)
        return self._checked(place, time.perf_counter() - began)

    def taken_over(self) -> float:
        """Return the seconds to take a list over that was read before."""
        place = self._course(is_due=False)
        listed = [
            Membership(m["user_id"], m["name"], m["email"], Role.PARTICIPANT, True)
            for m in (entry(place.name, n) for n in range(MEMBERS))
        ]
        began = time.perf_counter()
        with self._database.transaction(EVERYWHERE) as session:
            course = session.get_one(Course, place.id)
            take_roster(session, course, place.registration_id, listed, clock.now())
        return self._checked(place, time.perf_counter() - began)

    def stored(self) -> float:
        """Return the seconds in which the driver stores the same rows."""
        place, first = self._course(is_due=False), self._first()
        members = [entry(place.name, n) for n in range(MEMBERS)]
        began = time.perf_counter()
        self._store(place, first, members)
        return self._checked(place, time.perf_counter() - began)

    def close(self) -> None:
        """Give the connections back."""
        self._tool.database.close()

    def _course(self, *, is_due: bool = True) -> Place:
        self._courses += 1
        name = f"list{self._courses}"
        url = f"{self._url}/members?course={name}"
        with self._database.transaction(EVERYWHERE) as session:
            registration_id = session.scalars(sa.select(Registration.id)).one()
            course = Course(
                deployment_id=session.scalars(sa.select(Deployment.id)).one(),
                context_id=name,
                title=name,
                options={},
                memberships_url=url,
                roster_due_at=clock.now() if is_due else None,
            )
            session.add(course)
            session.flush()
            return Place(registration_id, course.id, name, url)

    def _first(self) -> int:
        with self._database.reading(EVERYWHERE) as session:
            return (session.scalar(sa.select(sa.func.max(Person.id))) or 0) + 1

    def _store(
        self, place: Place, first: int, members: Sequence[dict[str, Any]]
    ) -> None:
        """Hand all rows to the driver, their ids with them, in one transaction."""
        now: Any = datetime.now(UTC)
        if self._database.is_sqlite:
            now = now.replace(tzinfo=None).isoformat(" ")
        people = [
            (first + n, place.registration_id, m["user_id"], m["name"], m["email"])
            for n, m in enumerate(members)
        ]
        places = [
            (place.id, first + n, "participant", True, "roster", False, "[]")
            for n in range(len(members))
        ]
        connection = self._database.engine.raw_connection()
        try:
            cursor = connection.cursor()
            if self._database.is_sqlite:
                cursor.execute("BEGIN IMMEDIATE")
            self._insert(
                cursor, "person", "id, registration_id, sub, name, email", people, now
            )
            self._insert(
                cursor,
                "enrolment",
                "course_id, person_id, role, is_active, source, joins_by_video, platform_groups",
                places,
                now,
            )
            if not self._database.is_sqlite:
                cursor.execute(f"SELECT setval('person_id_seq', {first + MEMBERS})")
            connection.commit()
        finally:
            connection.close()

    def _insert(
        self,
        cursor: Any,
        table: str,
        columns: str,
        rows: Sequence[tuple[Any, ...]],
        now: Any,
    ) -> None:
        mark = "?" if self._database.is_sqlite else "%s"
        marks = ", ".join([mark] * (len(rows[0]) + 2))
        cursor.executemany(
            f"INSERT INTO {table} ({columns}, created_at, updated_at) VALUES ({marks})",  # noqa: S608  # Constants.
            [(*row, now, now) for row in rows],
        )

    def _checked(self, place: Place, seconds: float) -> float:
        with self._database.reading(EVERYWHERE) as session:
            count = session.scalar(
                sa.select(sa.func.count(Enrolment.id)).where(
                    Enrolment.course_id == place.id, Enrolment.is_active
                )
            )
        assert count == MEMBERS, count
        return seconds


class _Platform(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet: the second one would wait for the first one's receipt.
    wbufsize = 1 << 20

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(_TOKEN)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        course, start = query.get("course", "none"), int(query.get("from", 0))
        end = min(start + _PAGE, MEMBERS)
        page = {"members": [entry(course, n) for n in range(start, end)]}
        host = self.headers["Host"]
        following = f"http://{host}/members?course={course}&from={end}"
        self._answer(page, f'<{following}>; rel="next"' if end < MEMBERS else None)

    def _answer(self, body: object, link: str | None = None) -> None:
        sent = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(sent)))
        if link:
            self.send_header("Link", link)
        self.end_headers()
        self.wfile.write(sent)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the last line of a benchmark is its result."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Platform).serve_forever()
