"""Runs that are broken off at a boundary, and what a seed makes of them."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from lti_tool.courses import service as courses
from lti_tool.courses.models import Activity, Course, Enrolment, Person
from lti_tool.lti.models import Deployment, Registration
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.projects import service as projects
from lti_tool.settings import Settings
from tests.functional.gradebook.crash_judge import Judge, World, steps
from tests.functional.gradebook.crash_platform import (
    CUT,
    DENIED,
    FAULT,
    FINE,
    GONE,
    SLOW_DOWN,
    TOKEN,
    Book,
    CrashPlatform,
)
from tests.functional.gradebook.crashing import DIED, NAME

ROOT = Path(__file__).resolve().parents[3]
Turns = Sequence[Sequence[str]]
Place = tuple[str, int]
"""A boundary, and the how-manieth time that it is reached."""

_HAND_IN, _SEND, _BACK = ("hand_in",), ("deliver",), ("take_back",)
_FIRST, _SECOND = ("accept 11",), ("accept 22",)
SHAPES: Sequence[Turns] = (
    (_HAND_IN, _FIRST, _SEND, _SEND),
    (_HAND_IN, _FIRST, _SEND, _BACK, _SECOND, _SEND),
    (_HAND_IN, _FIRST, _SEND, _BACK, _SEND),
    (_HAND_IN, _FIRST, _BACK, _SEND, _SECOND, _SEND),
    (_HAND_IN, _FIRST, ("deliver", "take_back", "accept 22"), _SEND),
    (_HAND_IN, _FIRST, ("deliver", "take_back"), _SECOND, _SEND),
)
_CHANGE: Turns = (_BACK, ("accept 33",))
_ANSWERS: Sequence[tuple[str, ...]] = (
    (),
    (SLOW_DOWN, FINE, DENIED),
    (FAULT, FAULT, FAULT),
    (DENIED, CUT),
    (GONE, DENIED),
    (TOKEN, FINE, CUT),
)
_PEOPLE = 3


@dataclass(frozen=True)
class Plan:
    """What is done by how many senders, and what the platform answers."""

    turns: Turns
    senders: int
    has_line_item: bool
    answers: tuple[str, ...] = ()

    @classmethod
    def of(cls, rng: random.Random, shapes: Sequence[Turns] = SHAPES) -> "Plan":
        turns, answers = rng.choice(shapes), rng.choice(_ANSWERS)
        return cls(
            turns,
            rng.choice((1, 2)),
            has_line_item=GONE in answers or bool(SHAPES.index(turns) % 2),
            answers=answers,
        )

    @property
    def item_answers(self) -> tuple[str, ...]:
        """What the platform answers to who makes a line item."""
        return self.answers if set(self.answers) <= {FAULT, DENIED, CUT} else ()


@dataclass
class Verdict:
    """What came of a run; ``wrong`` says in words what must not be."""

    trace: list[str]
    wrong: list[str]
    lost: int

    @property
    def reached(self) -> Counter[str]:
        return Counter(line for line in self.trace if not line.startswith("= "))

    @property
    def broken_at(self) -> str | None:
        ends = [line for line in self.trace if line.startswith(("= died", "= hangs"))]
        return ends[0].partition(" at ")[2] if ends else None


@dataclass
class Bench:
    """The database, the platform, and the process that forks those who die."""

    settings: Settings
    folder: Path
    platform: CrashPlatform
    database: Database
    _server: "subprocess.Popen[str]" = field(init=False)
    _log: Any = field(init=False)
    _runs: int = 0
    _ended: dict[int, int] = field(default_factory=dict)
    _known: dict[Plan, Counter[str]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._log = (self.folder / "log").open("w")
        self._server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.functional.gradebook.crashing",
                *self._place(),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            bufsize=1,
        )
        _, order = self._prepare(Plan(SHAPES[1], 1, has_line_item=False))
        self._tell({**order, "do": "warm up", "turns": SHAPES[1]})
        return self

    def _place(self) -> list[str]:
        mark = "" if self.settings.is_sqlite else f"?application_name={NAME}"
        return [f"{self.settings.database_url}{mark}", *self.settings.data_keys]

    def __exit__(self, *_error: object) -> None:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(30)
        self._server.stdout.close()
        self._log.close()

    @property
    def name(self) -> str:
        return "SQLite" if self.settings.is_sqlite else "PostgreSQL"

    @property
    def known(self) -> set[str]:
        """All boundaries that runs reached that were not broken off."""
        return {name for reached in self._known.values() for name in reached}

    def boundaries(self, plan: Plan) -> Counter[str]:
        """Return what a run reaches that is not broken off, and how often."""
        same = replace(plan, senders=2)
        if same not in self._known:
            verdict = self.run(same)
            assert verdict.wrong == [], verdict.wrong
            self._known[same] = verdict.reached
        return self._known[same]

    def run(self, plan: Plan, die: Place | None = None) -> Verdict:
        """Run a plan, broken off at a place, let somebody else deliver the rest, and judge."""
        world, order = self._prepare(plan)
        pid = self._tell({**order, "do": "run", "turns": plan.turns, "die": die})
        status = self._wait(pid)
        assert status in {0, DIED}, self.log()
        self.platform.settle()
        self._rescue(order)
        return self._judge(world, plan, _lines(order))

    def hang(self, plan: Plan, place: Place, *, is_changed: bool) -> Verdict:
        """Run a plan in which one request stands still until others have done all it wanted."""
        world, order = self._prepare(plan)
        pid = self._tell({**order, "do": "run", "turns": plan.turns, "hang": place})
        turns: Turns = ()
        if self._hangs(pid, order["trace"]):
            is_accepted = steps(_lines(order), "acknowledged")[-1] in {
                *_FIRST,
                *_SECOND,
            }
            turns = _CHANGE if is_changed and is_accepted else ()
            self._rescue(order, turns, lives=True)
        Path(order["resume"]).touch()
        assert self._wait(pid) == 0, self.log()
        self.platform.settle()
        self._rescue(order)
        return self._judge(world, plan, _lines(order))

    def log(self) -> str:
        self._log.flush()
        return (self.folder / "log").read_text()[-3000:]

    def _tell(self, order: dict[str, Any]) -> Any:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(f"{json.dumps(order)}\n")
        answer = self._server.stdout.readline()
        assert answer, self.log()
        return json.loads(answer)

    def _wait(self, pid: int) -> int:
        if pid in self._ended:
            return self._ended.pop(pid)
        status: int = self._tell({"do": "wait", "pid": pid, "long": True})
        return status

    def _hangs(self, pid: int, trace: str) -> bool:
        """Wait until the process hangs or ends, and tell whether it hangs."""
        while "\n= hangs" not in Path(trace).read_text():
            status = self._tell({"do": "wait", "pid": pid, "long": False})
            if status is not None:
                self._ended[pid] = status
                return False
            time.sleep(0.005)
        return True

    def _rescue(
        self, order: dict[str, Any], turns: Turns = (), *, lives: bool = False
    ) -> None:
        pid = self._tell({**order, "do": "rescue", "turns": turns, "lives": lives})
        assert self._wait(pid) == 0, self.log()

    def _prepare(self, plan: Plan) -> tuple[World, dict[str, Any]]:
        self._runs += 1
        name = f"w{self._runs}"
        world = self._make_world(name, f"{self.platform.url}/{name}", plan)
        trace = self.folder / f"{name}.trace"
        trace.touch()
        return world, {
            "world": {
                "course": world.course,
                "group": world.group,
                "lead": world.lead,
                "people": world.people,
            },
            "senders": plan.senders,
            "trace": str(trace),
            "resume": str(self.folder / f"{name}.resume"),
        }

    def _make_world(self, name: str, url: str, plan: Plan) -> World:
        book = Book(
            answers=list(plan.answers),
            item_answers=list(plan.item_answers),
            latency=0.02 if any(len(turn) > 1 for turn in plan.turns) else 0.0,
        )
        self.platform.books[name] = book
        with self.database.transaction(EVERYWHERE) as session:
            registration = Registration(
                name=name,
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
            people = [
                Person(registration_id=registration.id, sub=f"p{n}")
                for n in range(_PEOPLE + 1)
            ]
            session.add_all([deployment, *people])
            session.flush()
            course = Course(
                deployment_id=deployment.id,
                context_id="c1",
                title="Course",
                lineitems_url=f"{url}/lineitems",
            )
            session.add(course)
            session.flush()
            session.add_all(
                Enrolment(
                    course_id=course.id,
                    person_id=person.id,
                    role="participant" if n else "staff",
                    source="launch",
                )
                for n, person in enumerate(people)
            )
            course_id, (lead, *members) = course.id, [p.id for p in people]
        with self.database.transaction(course_id) as session:
            (group,) = courses.put_groups(
                session, "formation:1", [("Group A", "Apprentice fair", members)]
            )
            projects.set_terms(session, None, 100.0)
            if plan.has_line_item:
                _couple(session, book, f"{url}/lineitems/1", course_id)
        return World(book, course_id, group, lead, members)

    def _judge(self, world: World, plan: Plan, trace: list[str]) -> Verdict:
        judge = Judge(world, plan.senders, trace)
        with self.database.reading(EVERYWHERE) as session:
            judge.look_at_rows(session)
        judge.look_at_platform()
        return Verdict(trace, judge.wrong, judge.lost)


def _lines(order: dict[str, Any]) -> list[str]:
    return Path(order["trace"]).read_text().splitlines()


def _couple(session: Any, book: Book, url: str, course_id: int) -> None:
    item = {"id": url, "resourceId": f"{course_id}-project", "tag": "project"}
    book.items.append(item)
    session.add(Activity(resource_link_id="p", target="project", line_item_url=url))


@contextmanager
def bench(settings: Settings, folder: Path) -> Iterator[Bench]:
    """Give a bench on a database with all tables."""
    database = Database(settings.database_url, settings.data_keys)
    with CrashPlatform() as platform, Bench(settings, folder, platform, database) as it:
        yield it
    database.close()
