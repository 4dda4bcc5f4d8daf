"""A course in which everything has happened, and the browsers of all who ask."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from flask import Flask
from flask import session as cookie
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool import keys
from lti_tool.app import create_app
from lti_tool.courses.models import Course, Enrolment, Person
from lti_tool.courses.service import set_duties
from lti_tool.persistence.base import Base, CourseScoped
from lti_tool.persistence.session import EVERYWHERE, Database, Session
from lti_tool.settings import Settings
from tests.conftest import DATA_KEY, _administer
from tests.functional.access.people import (
    ADDING,
    ASKERS,
    COLLEAGUE,
    COURSE,
    ENDED,
    LEAD,
    NOBODY,
    OTHER_COURSE,
    PREVIEW,
    Asker,
    secret,
)
from tests.functional.deep_linking.conftest import request_claims
from tests.signing_platform import CLAIM, SigningPlatform, Visitor, enter


@dataclass
class Browser:
    """One asker's browser, with the security code of its forms."""

    client: FlaskClient
    home: str
    code: str | None = None

    @property
    def launch(self) -> str:
        """The launch session that stands in the addresses of this browser's pages."""
        return self.home.split("/")[2]

    def get(self, url: str) -> TestResponse:
        return self.client.get(url)

    def post(self, url: str, form: dict[str, Any] | None = None) -> TestResponse:
        """Send a form with its security code, or none at all where there is none."""
        return self.client.post(
            url, data={"csrf_token": self.code, **(form or {})} if self.code else {}
        )


@dataclass
class World:
    """The tool under test with one course of ours and one of others."""

    app: Flask
    storage: "Storage"
    platform: SigningPlatform
    course_id: int = 0
    other_course_id: int = 0
    ids: dict[str, int] = field(default_factory=dict)
    """Person ids by asker."""
    samples: dict[str, Any] = field(default_factory=dict)
    """What stands in the URLs of Mia's things, by the name of the URL's argument."""
    browsers: dict[str, Browser] = field(default_factory=dict)
    untouched: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    """The rows of our course before anybody asks for anything."""

    @property
    def database(self) -> Database:
        found: Database = self.app.extensions["lti_tool"].database
        return found

    def arrive(self, key: str, role: str, *, elsewhere: bool) -> Browser:
        """Launch once more as an asker, in our course or in the other one."""
        asker = next(asker for asker in ASKERS if asker.key == key)
        course = OTHER_COURSE if elsewhere else COURSE
        visitor = _enter(self.platform, replace(asker, course=course), role)
        return Browser(visitor.client, visitor.home)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session of our course."""
        with self.database.transaction(self.course_id) as session:
            yield session

    def url(self, endpoint: str, arguments: dict[str, Any], *, launch: str) -> str:
        """Return the address of a page for Mia's things below somebody's launch session."""
        wanted = {
            name
            for rule in self.app.url_map.iter_rules(endpoint)
            for name in rule.arguments
        } - {"launch"}
        values = {name: self._value(arguments.get(name, name)) for name in wanted}
        missing = [name for name, value in values.items() if value == name]
        assert not missing, (
            f"World.samples in planted.py lacks {missing}, which stands in the address of {endpoint}"
        )
        with self.app.test_request_context():
            return self.app.url_for(endpoint, launch=launch, **values)

    def filled(self, form: dict[str, Any]) -> dict[str, Any]:
        """Return a form with the samples that it names."""
        return {name: self._value(value) for name, value in form.items()}

    def _value(self, name: Any) -> Any:
        """Return the sample of a name, or the thing itself."""
        return self.samples.get(name, name)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of our course as it is stored, to see whether something changed."""
        with self.database.engine.connect() as connection:
            return {
                table.name: [
                    tuple(row)
                    for row in connection.execute(_stored(table, self.course_id))
                ]
                for table in _tables_of_courses()
            }


def _tables_of_courses() -> list[sa.Table]:
    mappers = Base.registry.mappers
    return [
        cast("sa.Table", mapper.local_table)
        for mapper in sorted(mappers, key=lambda mapper: mapper.class_.__name__)
        if issubclass(mapper.class_, CourseScoped)
    ]


def _stored(table: sa.Table, course_id: int) -> sa.Select[Any]:
    # Without types, so that nothing is decrypted only to be compared.
    everything = sa.select(sa.literal_column("*")).select_from(table)
    return everything.where(table.c.course_id == course_id).order_by(table.c.id)


@dataclass
class Storage:
    """Where the database lies, and how it gets back to what it was."""

    server: str | None
    template: str
    folder: Path
    kept: str = ""

    @property
    def url(self) -> str:
        if self.server:
            return f"{self.server.rstrip('/')}/{self._name}"
        return f"sqlite:///{self._file}"

    @property
    def _name(self) -> str:
        return f"{self.template.rpartition('/')[2]}_access"

    @property
    def _file(self) -> Path:
        return self.folder / "tool.sqlite"

    def begin(self) -> None:
        """Make the database, empty but for its tables."""
        self._copy(
            self.template.rpartition("/")[2]
            if self.server
            else self.template.removeprefix("sqlite:///")
        )

    def keep(self, database: Database) -> None:
        """Remember what the database holds now."""
        database.close()
        if self.server:
            self.kept = f"{self._name}_kept"
            _administer(
                self.server,
                f"DROP DATABASE IF EXISTS {self.kept}",
                f"CREATE DATABASE {self.kept} TEMPLATE {self._name}",
            )
            return
        self.kept = str(self.folder / "kept.sqlite")
        shutil.copy(self._file, self.kept)

    def restore(self, database: Database) -> None:
        """Go back to what was kept."""
        database.close()
        self._copy(self.kept)

    def end(self) -> None:
        """Leave nothing behind on a server."""
        if self.server:
            for name in (self._name, self.kept):
                _administer(self.server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _copy(self, source: str) -> None:
        if self.server:
            _administer(
                self.server,
                f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)",
                f"CREATE DATABASE {self._name} TEMPLATE {source}",
            )
            return
        for leftover in ("-wal", "-shm"):
            Path(f"{self._file}{leftover}").unlink(missing_ok=True)
        shutil.copy(source, self._file)


def open_world(storage: Storage) -> World:
    """Start the tool and let everybody in; nothing has happened in the course yet."""
    storage.begin()
    settings = Settings.from_environ(
        {
            "LTI_TOOL_BASE_URL": "http://127.0.0.1:29998",
            "LTI_TOOL_INSTANCE": str(storage.folder / "instance"),
            "LTI_TOOL_DATABASE_URL": storage.url,
            "LTI_TOOL_SECRET_KEY": "secret-key-for-tests-only",
            "LTI_TOOL_DATA_KEY": DATA_KEY,
            "LTI_TOOL_KEYS": str(storage.folder / "keys"),
        }
    )
    app = create_app(settings)
    app.testing = False
    world = World(app, storage, SigningPlatform(app))
    _let_in(world)
    return world


def _let_in(world: World) -> None:
    platform = world.platform
    visitors = {asker.key: _enter(platform, asker, asker.role) for asker in ASKERS}
    visitors[PREVIEW] = _enter(platform, ASKERS[0], "Learner")
    visitors[ADDING] = _asked(platform, next(a for a in ASKERS if a.key == COLLEAGUE))
    with world.database.reading(EVERYWHERE) as reading:
        by_sub = {person.sub: person.id for person in reading.scalars(select(Person))}
        ids = {
            course.context_id: course.id for course in reading.scalars(select(Course))
        }
    world.course_id, world.other_course_id = ids[COURSE], ids[OTHER_COURSE]
    world.ids = {asker.key: by_sub[asker.sub] for asker in ASKERS}
    with world.writing() as session:
        for asker in ASKERS:
            if asker.duty is not None:
                set_duties(
                    session, world.ids[asker.key], [asker.duty], by=world.ids[LEAD]
                )
    for key, visitor in visitors.items():
        world.browsers[key] = Browser(
            visitor.client, visitor.home, _code(world.app, visitor.client)
        )
    world.browsers[NOBODY] = Browser(
        world.app.test_client(), world.browsers["mia"].home
    )


def _code(app: Flask, client: FlaskClient) -> str:
    """Return a security code that fits this browser, also where its pages carry no form."""
    with client.session_transaction() as kept:
        known = kept["csrf_token"]
    with app.test_request_context():
        cookie["csrf_token"] = known
        return str(generate_csrf())


def _enter(platform: SigningPlatform, asker: Asker, role: str) -> Visitor:
    return enter(platform, asker.sub, role, **_claims(asker))


def _asked(platform: SigningPlatform, asker: Asker) -> Visitor:
    """Let the platform ask somebody which activities to add."""
    # The key is there when a tool serves; making it while a page is open would wait for it.
    keys.ensure_active(platform.tool.database, platform.tool.key_folder)
    client = platform.app.test_client()
    claims = request_claims(platform, asker.sub, asker.role, **_claims(asker))
    answer = platform.launch(client, claims)
    return Visitor(client, answer.location.removesuffix("add/"))


def _claims(asker: Asker) -> dict[str, Any]:
    title = secret("course", "title") if asker.course == COURSE else "Another course"
    return {
        "name": asker.name,
        "email": asker.email,
        "course": asker.course,
        f"{CLAIM}context": {
            "id": asker.course,
            "title": title,
            "type": ["CourseSection"],
        },
    }


def end_memberships(world: World) -> None:
    """Take those off the list of members who left the course in the end."""
    with world.writing() as session:
        for place in session.scalars(select(Enrolment)):
            if place.person_id in {world.ids[key] for key in ENDED}:
                place.is_active = False
