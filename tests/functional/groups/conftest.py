"""A class of sixteen with four topics, and the worker at hand."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lti_tool import clock
from lti_tool.courses import service as courses
from lti_tool.courses.models import Course
from lti_tool.groups import service
from lti_tool.groups.proposals import service as proposals
from lti_tool.lti.roles import Role
from lti_tool.lti.roster import Membership
from lti_tool.persistence.session import EVERYWHERE, Database
from tests.signing_platform import Visitor

TITLES = ("Lernorte im Hafen", "Elternabende", "Mädchen und Technik", "Werkstattbus")


class People(dict[str, Visitor]):
    """The listed people by name; each launches when first asked for."""

    def __init__(self, arrive: Callable[..., Visitor], subs: dict[str, str]) -> None:
        super().__init__()
        self.arrive, self.subs = arrive, subs

    def __missing__(self, name: str) -> Visitor:
        self[name] = self.arrive(self.subs[name], name=name)
        return self[name]


@dataclass
class Classroom:
    """A lead, their participants and a formation."""

    lead: Visitor
    database: Database
    people: People

    def open(self, **changes: str) -> None:
        """Open a formation as the lead."""
        form = {
            "title": "Project groups",
            "groups_wanted": "4",
            "may_propose": "y",
        } | changes
        assert self.lead.post("groups/new", form).status_code == 200

    def topics(self, *titles: str) -> None:
        """Write topics as the lead."""
        self.lead.post("groups/1/topics", {"titles": "\n".join(titles or TITLES)})

    def stage(self, stage: str) -> None:
        """Go to a stage as the lead."""
        self.lead.post("groups/1/stage", {"stage": stage})

    def rank(self, name: str, *topics: int) -> str:
        """Rank topics as a participant and return the page that follows."""
        wishes = {f"wish_{place}": topic for place, topic in enumerate(topics)}
        return self.people[name].post("groups/1/wishes", wishes).text

    def propose(self) -> str:
        """Ask for a proposal, let the worker compute it, and return its page."""
        asked = self.lead.post("groups/1/proposals", follow=False)
        assert asked.status_code == 303, asked.text
        assert proposals.compute_due(self.database) == 1
        return self.lead.get(asked.location).text

    def publish(self) -> str:
        """Publish the newest proposal."""
        return self.lead.post(f"groups/1/proposals/{self.newest()}/publish").text

    def newest(self) -> int:
        """Return the id of the newest proposal."""
        page = self.lead.get("groups/1").text
        return max(
            int(found) for found in re.findall(r"/groups/1/proposals/(\d+)", page)
        )


@pytest.fixture
def room(
    lead: Visitor, arrive: Callable[..., Visitor], database: Database
) -> Classroom:
    """A course with a lead and sixteen listed participants, without any formation."""
    subs = {f"Teilnehmerin {chr(55 + number)}": str(number) for number in range(10, 26)}
    listed = [
        Membership("1", "Leonie Leitner", None, Role.STAFF, is_active=True),
        *(
            Membership(sub, name, None, Role.PARTICIPANT, is_active=True)
            for name, sub in subs.items()
        ),
    ]
    with database.transaction(EVERYWHERE) as session:
        course, registration_id = session.get_one(Course, 1), 1
        courses.take_roster(session, course, registration_id, listed, clock.now())
    return Classroom(lead, database, People(arrive, subs))


@pytest.fixture
def ranked(room: Classroom) -> Classroom:
    """The room after all but the last have ranked: four friends for each topic."""
    with room.database.transaction(1) as session:
        formation = service.open_formation(
            session, service.Plan("Project groups"), by=1
        )
        topics = [
            topic.id for topic in service.add_topics(session, formation, TITLES, by=1)
        ]
        service.set_stage(session, formation, "wishes")
        for place, person in enumerate(courses.participants(session)[:-1]):
            wishes = [topics[place % 4], topics[(place + 1) % 4]]
            service.rank_topics(session, formation, person.person_id, wishes)
    return room
