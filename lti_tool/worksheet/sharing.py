"""Who may read which section of what was handed in, and who has read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from lti_tool.courses import service as courses
from lti_tool.errors import InvalidError, NotFoundError
from lti_tool.persistence.session import Session
from lti_tool.worksheet.instrument import PHASES
from lti_tool.worksheet.library import get_instrument
from lti_tool.worksheet.models import Opening, Share, Snapshot, Worksheet
from lti_tool.worksheet.rules import Audience, Circle, may_read, readers

TEAM_DUTIES = ("lead", "assistant")
"""The duties that make the course team to which sections can be shown."""


@dataclass(frozen=True, slots=True)
class SharedSection:
    """A section that its owner shows to the reader."""

    snapshot: Snapshot
    section: str
    owner_id: int
    owner: str


@dataclass(frozen=True, slots=True)
class HandIn:
    """A participant and the phases that they handed in."""

    person_id: int
    name: str
    handed_in: Mapping[str, datetime]


class Circles:
    """The people that each audience is made of, read once for the whole course."""

    def __init__(self, session: Session) -> None:
        self._team = frozenset(
            p.person_id for p in courses.holders(session, *TEAM_DUTIES)
        )
        self._course = frozenset(p.person_id for p in courses.participants(session))
        self._groups = [
            frozenset(group.member_ids) for group in courses.groups(session)
        ]

    def of(self, owner_id: int) -> Circle:
        """Return the audiences of one owner."""
        group = next(
            (people for people in self._groups if owner_id in people), frozenset()
        )
        return Circle(team=self._team, group=group, course=self._course)


def _shares(session: Session) -> Mapping[int, Mapping[str, Audience]]:
    """Return by owner and section whom it is shown to, where anybody chose."""
    found: dict[int, dict[str, Audience]] = {}
    rows = session.execute(
        select(Worksheet.person_id, Share.section, Share.audience).join(
            Worksheet, Worksheet.id == Share.worksheet_id
        )
    )
    for row in rows:
        found.setdefault(row.person_id, {})[row.section] = Audience(row.audience)
    return found


def audiences_of(session: Session, owner_id: int) -> Mapping[str, Audience]:
    """Return whom each section is shown to; nobody unless the owner chose otherwise."""
    chosen = _shares(session).get(owner_id, {})
    return {
        section.id: chosen.get(section.id, Audience.NOBODY)
        for section in get_instrument().sections
    }


def share(session: Session, worksheet: Worksheet, section: str, audience: str) -> None:
    """Show a section to an audience from now on, or to nobody any more."""
    if section not in {known.id for known in get_instrument().sections}:
        raise NotFoundError
    if audience not in set(Audience):
        raise InvalidError
    row = session.scalar(
        select(Share).where(
            Share.worksheet_id == worksheet.id, Share.section == section
        )
    )
    if row is None:
        row = Share(worksheet_id=worksheet.id, section=section)
        session.add(row)
    row.audience = audience
    session.flush()


def reader_names(
    session: Session, owner_id: int
) -> Mapping[str, Mapping[Audience, Sequence[str]]]:
    """Return by section and audience who else would read it, by name."""
    people, circle = courses.names(session), Circles(session).of(owner_id)
    by_audience = {
        audience: sorted(
            people[person]
            for person in readers(audience, owner_id, circle)
            if person != owner_id and person in people
        )
        for audience in Audience
    }
    return {section.id: by_audience for section in get_instrument().sections}


def _handed_in(session: Session) -> Sequence[tuple[Snapshot, int]]:
    """Return every snapshot of the course with its owner."""
    rows = session.execute(
        select(Snapshot, Worksheet.person_id)
        .join(Worksheet, Worksheet.id == Snapshot.worksheet_id)
        .order_by(Snapshot.id)
    )
    return [(row.Snapshot, row.person_id) for row in rows]


def shared_with(session: Session, reader_id: int) -> Sequence[SharedSection]:
    """Return every section of others that this person may read, by owner and phase."""
    people = {person.person_id: person.name for person in courses.participants(session)}
    shares, circles = _shares(session), Circles(session)
    found: list[SharedSection] = []
    for snapshot, owner in _handed_in(session):
        if owner == reader_id or owner not in people:
            continue
        found += [
            SharedSection(snapshot, section, owner, people[owner])
            for section, audience in shares.get(owner, {}).items()
            if may_read(reader_id, owner, audience, circles.of(owner))
        ]
    return sorted(
        found,
        key=lambda one: (one.owner, PHASES.index(one.snapshot.phase), one.section),
    )


def open_section(
    session: Session, reader_id: int, snapshot_id: int, section: str
) -> SharedSection:
    """Return a section that is shown to the reader, and note for its owner who opened it."""
    for shared in shared_with(session, reader_id):
        if (shared.snapshot.id, shared.section) == (snapshot_id, section):
            session.add(
                Opening(snapshot_id=snapshot_id, section=section, reader_id=reader_id)
            )
            session.flush()
            return shared
    raise NotFoundError


def openings_of(session: Session, owner_id: int) -> Sequence[Opening]:
    """Return who opened which section of this person, the newest first."""
    return list(
        session.scalars(
            select(Opening)
            .join(Snapshot, Snapshot.id == Opening.snapshot_id)
            .join(Worksheet, Worksheet.id == Snapshot.worksheet_id)
            .where(Worksheet.person_id == owner_id)
            .order_by(Opening.id.desc())
        )
    )


def hand_ins(session: Session) -> Sequence[HandIn]:
    """Return every participant with what they handed in and when, never what they wrote."""
    by_owner: dict[int, dict[str, datetime]] = {}
    for snapshot, owner in _handed_in(session):
        by_owner.setdefault(owner, {})[snapshot.phase] = snapshot.handed_in_at
    return [
        HandIn(person.person_id, person.name, by_owner.get(person.person_id, {}))
        for person in courses.participants(session)
    ]
