"""The practice LMS as an application, with what tests may ask of it."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from flask import Flask, current_app

from lti_tool.practice_lms.added_links import AddedLinks
from lti_tool.practice_lms.addresses import Addresses
from lti_tool.practice_lms.assertions import AssertionCheck, ToolKeys
from lti_tool.practice_lms.claims import Launch, launch_claims
from lti_tool.practice_lms.database import Database
from lti_tool.practice_lms.deep_linking import ContentItem, Questions
from lti_tool.practice_lms.faults import Faults
from lti_tool.practice_lms.gradebook import Gradebook, LineItem
from lti_tool.practice_lms.keys import load_or_make_key
from lti_tool.practice_lms.languages import LanguageChoices
from lti_tool.practice_lms.platform_storage import PlatformStorage
from lti_tool.practice_lms.tickets import LaunchHint, Tickets
from lti_tool.practice_lms.tool_registry import ToolRegistry
from lti_tool.practice_lms.traffic import Traffic
from lti_tool.practice_lms.world import Course, Person, ResourceLink, Role, World

ABSENT: Final = object()


class PracticeLMS(Flask):
    """A running platform: its gradebook, its key, its faults, its clock."""

    platform_storage: PlatformStorage | None = None
    extra_hosts: frozenset[str] = frozenset()

    def __init__(self, addresses: Addresses, world: World, data: Path | str) -> None:
        super().__init__("lti_tool.practice_lms")
        self.addresses = addresses
        self.database = Database(data)
        self.key = load_or_make_key(self.database)
        self.gradebook = Gradebook(self.database)
        self.gradebook.seed(world)
        self._example = world
        self._added = AddedLinks(self.database, self.gradebook)
        self.world = self._added.into(world)
        self.questions = Questions(self.database)
        self.tickets = Tickets(self.database)
        self.tools = ToolRegistry(self.database)
        self.languages = LanguageChoices(self.database)
        self.traffic = Traffic(self.database)
        self.faults = Faults()
        self.tool_keys = ToolKeys(addresses.tool_jwks_url)
        self.assertions = AssertionCheck(addresses, self.tool_keys, self.tickets)
        self.clock: Callable[[], float] = time.time

    def registration(self) -> dict[str, str]:
        """Return what the tool must know of this LMS, named as in `platform add`."""
        return {
            "name": "Practice LMS",
            "issuer": self.addresses.issuer,
            "client_id": self.addresses.client_id,
            "auth_url": self.addresses.auth_url,
            "token_url": self.addresses.token_url,
            "jwks_url": self.addresses.jwks_url,
            "deployment_id": self.addresses.deployment_id,
        }

    def coupled_line_items(self, link: ResourceLink) -> list[LineItem]:
        """Return the line items of an activity: its own and those the tool added."""
        course = self.world.course_of(link)
        items = self.gradebook.line_items(course.context_id)
        return [item for item in items if item.link_id == link.id]

    def add_links(self, course: Course, items: Iterable[ContentItem]) -> None:
        """Add activities to a course."""
        self._added.add(course, items)
        self.world = self._added.into(self._example)

    def login_fields(
        self, person: Person, link: ResourceLink, target: str = "iframe"
    ) -> dict[str, str]:
        """Return the fields of a new login request; it can be answered once."""
        launch_id = self.tickets.issue_hint(LaunchHint(person.sub, link.id, target))
        hint = {"cmid": int(link.id) + 2, "launchid": launch_id}
        return self.login_to(
            link.url or self.addresses.tool_launch_url, person, hint, target
        )

    def login_to(
        self, url: str, person: Person, hint: Mapping[str, Any], target: str = "iframe"
    ) -> dict[str, str]:
        """Return the fields of a login request for an address of the tool."""
        storage = self.platform_storage
        return {
            "iss": self.addresses.issuer,
            "target_link_uri": url,
            "login_hint": person.sub,
            "lti_message_hint": json.dumps(hint, separators=(",", ":")),
            "client_id": self.addresses.client_id,
            "lti_deployment_id": self.addresses.deployment_id,
            **(storage.login_fields(target) if storage else {}),
        }

    def claims(
        self, person: Person, link: ResourceLink, nonce: str, target: str = "iframe"
    ) -> dict[str, Any]:
        """Return the claims of a launch now; strangers appear as learners."""
        course = self.world.course_of(link)
        launch = Launch(
            person=person,
            role=self.world.find_role(course, person) or Role.STUDENT,
            course=course,
            link=link,
            nonce=nonce,
            locale=self.languages.of(person),
            now=int(self.clock()),
            target=target,
        )
        return launch_claims(self.addresses, launch, self.coupled_line_items(link))

    def id_token(
        self, person: Person, link: ResourceLink, nonce: str, **overrides: object
    ) -> str:
        """Return a signed launch; overrides replace claims, ABSENT removes one."""
        claims = {**self.claims(person, link, nonce), **overrides}
        return self.sign(
            {name: value for name, value in claims.items() if value is not ABSENT}
        )

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return any claims, signed with the key of this LMS."""
        return self.key.sign(claims)

    def close(self) -> None:
        """Close the data file."""
        self.database.close()


def current_lms() -> PracticeLMS:
    """Return the LMS that answers the current request."""
    return cast("PracticeLMS", current_app)
