"""The example course as the fillers see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lti_tool.persistence.session import Database


@dataclass(frozen=True, slots=True)
class World:
    """A course whose people have all launched once."""

    database: Database
    course_id: int
    people: Mapping[str, int]
    """Person ids by the LMS's user id."""
    participants: tuple[int, ...]
    lead: int
    now: datetime

    def person(self, sub: str) -> int:
        """Return the person id of a user of the practice LMS."""
        return self.people[sub]
