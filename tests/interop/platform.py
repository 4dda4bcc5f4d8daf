"""Open edX as tests use it: courses, members, blocks, and what its gradebook says."""

import json
import re
import time
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from typing import Any
from urllib.parse import quote

import requests

from tests.interop.browser import Answer, Browser

_PATIENCE = 40.0


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a course with a role that Open edX knows."""

    username: str
    name: str
    role: str

    def as_json(self) -> dict[str, str]:
        email = f"{self.username}@example.org"
        return {
            "username": self.username,
            "name": self.name,
            "role": self.role,
            "email": email,
        }


STAFF = Member("example_staff", "Leonie Leitner", "instructor")
STUDENT = Member("example_student", "Mia Muster", "student")
OTHER_STUDENT = Member("example_other", "Jonas Jedermann", "student")
CLASS = (STAFF, STUDENT, OTHER_STUDENT)


class Visitor:
    """A person inside the tool, where a launch led them."""

    def __init__(self, browser: Browser, arrived: Answer) -> None:
        assert arrived.status_code == 200, arrived.text
        self.browser, self.arrived = browser, arrived
        self.home = "/".join(arrived.url.split("/")[:5]) + "/"

    def get(self, path: str = "") -> Answer:
        return self.browser.send("GET", self.home + path)

    def post(self, path: str, fields: dict[str, Any] | None = None) -> Answer:
        """Send a form with a valid security code."""
        return self.browser.send(
            "POST", self.home + path, {"csrf_token": self._code, **(fields or {})}
        )

    @cached_property
    def _code(self) -> str:
        return self.get().text.split('name="csrf_token" value="')[1].split('"')[0]


@dataclass
class OpenEdX:
    """A running Open edX whose blocks all open the tool, with one key pair for all."""

    url: str
    tool: str
    passport: str = ""
    """The id of that key pair; without one each block gets a pair and a client id of its own."""
    courses: int = 0

    def course(self, *members: Member, shares_names: bool = True) -> "Course":
        """Make a course of its own."""
        self.courses += 1
        key = f"course-v1:Example+Networks{self.courses}+2026"
        made = Course(self, key, shares_names=shares_names)
        made.take(*(members or CLASS))
        return made

    def tell(self, path: str, **facts: Any) -> Any:
        answer = requests.post(f"{self.url}/lms/{path}", json=facts, timeout=30)
        assert answer.ok, answer.text
        return answer.json()


@dataclass
class Course:
    """A course with blocks that open the tool."""

    platform: OpenEdX
    key: str
    shares_names: bool
    blocks: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return f"Networks {self.key}"

    def take(self, *members: Member) -> None:
        """Have exactly these members from now on."""
        self.platform.tell(
            f"course/{quote(self.key)}",
            title=self.title,
            members=[m.as_json() for m in members],
            shares_names=self.shares_names,
        )

    def place(self, activity: str, **fields: Any) -> dict[str, Any]:
        """Place a block that opens an activity; return what Studio shows to enter in the tool."""
        run = self.key.removeprefix("course-v1:")
        location = f"block-v1:{run}+type@lti_consumer+block@{activity}"
        tool = self.platform.tool
        wanted = {
            "display_name": f"The activity {activity}",
            "lti_version": "lti_1p3",
            "lti_1p3_launch_url": f"{tool}/lti/launch",
            "lti_1p3_oidc_url": f"{tool}/lti/login",
            "lti_1p3_tool_key_mode": "keyset_url",
            "lti_1p3_tool_keyset_url": f"{tool}/lti/jwks",
            "lti_1p3_passport_id": self.platform.passport,
            "lti_1p3_enable_nrps": True,
            "has_score": True,
            "weight": 10.0,
            "ask_to_send_full_name": self.shares_names,
            "ask_to_send_email": self.shares_names,
            "custom_parameters": [f"activity={activity}"],
        }
        self.blocks[activity] = location
        facts: dict[str, Any] = self.platform.tell(
            f"block/{quote(location)}", **(wanted | fields)
        )
        return facts

    def open(
        self, member: Member, activity: str = "home", browser: Browser | None = None
    ) -> Answer:
        """Open a block as a member and return what the tool answered."""
        if activity not in self.blocks:
            self.place(activity)
        return (browser or Browser()).open(self._address(activity, member))

    def _address(self, activity: str, member: Member) -> str:
        block = quote(self.blocks[activity])
        return f"{self.platform.url}/lms/enter/{block}?as={member.username}"

    def choose(self, member: Member, activity: str, browser: Browser) -> Answer:
        """Have a member choose content for a block; return what the tool answered."""
        return browser.open(f"{self._address(activity, member)}&choose=content")

    def enter(self, member: Member, activity: str = "home") -> Visitor:
        """Open a block as a member who gets in."""
        browser = Browser()
        return Visitor(browser, self.open(member, activity, browser))

    def links(self, member: Member, activity: str, browser: Browser) -> list[str]:
        """Return what Open edX offers to open where several things were chosen for a block."""
        page = browser.send("GET", self._address(activity, member))
        return list(
            map(unescape, re.findall(r'<a href="([^"]+)" target="_blank">', page.text))
        )

    def state(self) -> dict[str, Any]:
        """Return what Open edX holds: grades, line items, scores, content items."""
        answer = requests.get(
            f"{self.platform.url}/lms/state/{quote(self.key)}", timeout=30
        )
        found: dict[str, Any] = json.loads(answer.content)
        return found

    def grades(self, member: Member) -> list[float]:
        """Return what the gradebook was told of a member, in order, as shares of the maximum."""
        return [
            grade["value"] / grade["max_value"]
            for grade in self.state()["grades"]
            if grade["user"] == member.username
        ]

    def wait_for_grades(self, member: Member, *wanted: float) -> None:
        """Wait until the gradebook was told exactly these, and fail where it is not."""
        deadline = time.monotonic() + _PATIENCE
        while self.grades(member) != list(wanted) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert self.grades(member) == list(wanted), self.state()
