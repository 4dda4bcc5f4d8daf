"""Several proposals side by side."""

from dataclasses import dataclass

from lti_tool.courses import service as courses
from lti_tool.groups.models import Formation
from lti_tool.groups.proposals.arrangement import Seat
from lti_tool.groups.proposals.models import Proposal
from lti_tool.groups.proposals.pricing import moved
from lti_tool.groups.proposals.showing import Shown
from lti_tool.persistence.session import Session

MOST_COMPARED = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is in one proposal."""

    topic: str
    number: int
    seat: Seat


@dataclass(frozen=True, slots=True)
class Row:
    """A person and where they are in each proposal; None where they are in no group."""

    name: str
    places: tuple[Place | None, ...]
    elsewhere: tuple[bool, ...]
    """Whether they are elsewhere in it than in the first proposal."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Proposals in columns, people in rows."""

    columns: tuple[Shown, ...]
    elsewhere: tuple[int, ...]
    """How many of the rows are elsewhere than in the first proposal."""
    rows: tuple[Row, ...]


def compare(
    session: Session, formation: Formation, proposals: list[Proposal]
) -> Comparison:
    """Return finished proposals as they stand now, side by side."""
    columns = tuple(Shown(session, formation, proposal) for proposal in proposals)
    groupings = [shown.arranged.grouping for shown in columns]
    places = [_places(shown) for shown in columns]
    elsewhere = [
        moved(groupings[0], grouping) | (at.keys() - places[0].keys())
        for grouping, at in zip(groupings, places, strict=True)
    ]
    return Comparison(
        columns,
        tuple(map(len, elsewhere)),
        tuple(
            Row(
                person.name,
                tuple(at.get(person.person_id) for at in places),
                tuple(person.person_id in people for people in elsewhere),
            )
            for person in courses.participants(session)
        ),
    )


def _places(shown: Shown) -> dict[int, Place]:
    return {
        seat.person_id: Place(
            team.topic,
            team.number,
            seat,
        )
        for team in shown.arranged.teams
        for seat in team.seats
    }
