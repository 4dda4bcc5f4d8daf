"""What is known of the participants, from the plan and the achievements of the course."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from lti_tool.certificate.choices import PRESENTATION, PROJECT, WORKSHEET
from lti_tool.certificate.rules import Facts, Meeting, Piece, PieceState, Presence
from lti_tool.courses import service as courses
from lti_tool.courses.models import Achievement, Opportunity
from lti_tool.persistence.session import Session

MEETING = "meeting"
CANCELLED = "cancelled"

_PRESENCE = {
    "on_site": Presence.ATTENDED,
    "by_video": Presence.ATTENDED,
    "made_up": Presence.ATTENDED,
    "excused": Presence.EXCUSED,
    "absent": Presence.ABSENT,
}
_DONE = {WORKSHEET: "handed_in", PROJECT: "accepted", PRESENTATION: "held"}

Known = Mapping[tuple[str, str], Achievement]


def facts_of(session: Session, person_id: int, now: datetime) -> Facts:
    """Return what is known of one participant."""
    known = {(a.kind, a.reference): a for a in courses.achievements(session, person_id)}
    return _facts(courses.opportunities(session), known, now)


def facts_of_all(
    session: Session, people: Iterable[int], now: datetime
) -> dict[int, Facts]:
    """Return what is known of each of these participants."""
    known: dict[int, dict[tuple[str, str], Achievement]] = {
        person: {} for person in people
    }
    for one in courses.achievements(session):
        if one.person_id in known:
            known[one.person_id][one.kind, one.reference] = one
    plan = courses.opportunities(session)
    return {person: _facts(plan, achieved, now) for person, achieved in known.items()}


def titles(session: Session) -> dict[tuple[str, str], str]:
    """Return the name of everything that can be achieved, by kind and reference."""
    return {(o.kind, o.reference): o.title for o in courses.opportunities(session)}


def _facts(plan: Iterable[Opportunity], known: Known, now: datetime) -> Facts:
    possible = [o for o in plan if o.state != CANCELLED]
    pieces: dict[tuple[str, str], Opportunity | None] = {
        (o.kind, o.reference): o for o in possible if o.kind != MEETING
    }
    # What was achieved counts, also where nobody planned it.
    pieces |= {
        about: None for about in known if about[0] != MEETING and about not in pieces
    }
    return Facts(
        tuple(
            _meeting(o, known.get((MEETING, o.reference)))
            for o in possible
            if o.kind == MEETING
        ),
        tuple(
            _piece(about, planned, known.get(about), now)
            for about, planned in pieces.items()
        ),
    )


def _meeting(planned: Opportunity, achieved: Achievement | None) -> Meeting:
    kind = next((tag for tag in planned.tags if tag != "mandatory"), "")
    presence, credited = Presence.OPEN, 0
    if achieved is not None:
        presence = _PRESENCE.get(achieved.state, Presence.OPEN)
        credited = planned.minutes if achieved.minutes is None else achieved.minutes
    return Meeting(
        reference=planned.reference,
        kind=kind,
        minutes=planned.minutes,
        starts_at=planned.starts_at or datetime.max.replace(tzinfo=UTC),
        mandatory="mandatory" in planned.tags,
        presence=presence,
        credited=credited if presence is Presence.ATTENDED else 0,
    )


def _piece(
    about: tuple[str, str],
    planned: Opportunity | None,
    achieved: Achievement | None,
    now: datetime,
) -> Piece:
    kind, reference = about
    due = planned.ends_at if planned is not None else None
    at = planned.starts_at if planned is not None and kind == PRESENTATION else None
    if achieved is not None and achieved.state == _DONE.get(kind):
        return Piece(kind, reference, PieceState.DONE, due, at)
    is_over = due is not None and due < now
    return Piece(
        kind, reference, PieceState.CLOSED if is_over else PieceState.OPEN, due, at
    )
