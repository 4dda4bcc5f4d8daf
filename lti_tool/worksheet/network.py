"""The actors and ties of a draft."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from lti_tool import clock
from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session
from lti_tool.worksheet import answers
from lti_tool.worksheet.library import get_instrument
from lti_tool.worksheet.models import Actor, Draft, Tie
from lti_tool.worksheet.rules import (
    MOST_ACTORS,
    STRENGTHS,
    may_add_actor,
    next_number,
    tie_pair,
)

STATUSES = ("known", "missing", "left")
LONGEST_LABEL = 120


@dataclass(frozen=True, slots=True)
class ActorFacts:
    """What the owner says about an organisation."""

    label: str
    type: str
    status: str = "known"
    closeness: str = ""


def actors_of(session: Session, draft: Draft) -> list[Actor]:
    """Return the actors of the draft in the order in which they were added."""
    return list(
        session.scalars(
            select(Actor)
            .where(Actor.draft_id == draft.id, Actor.removed_at.is_(None))
            .order_by(Actor.id)
        )
    )


def ties_of(session: Session, draft: Draft) -> list[Tie]:
    """Return the ties between actors that are still there."""
    living = {actor.uuid for actor in actors_of(session, draft)}
    rows = session.scalars(
        select(Tie)
        .where(Tie.draft_id == draft.id, Tie.removed_at.is_(None))
        .order_by(Tie.id)
    )
    return [tie for tie in rows if {tie.a, tie.b} <= living]


def network_of(session: Session, draft: Draft) -> answers.Network:
    """Return actors and ties as the pure modules know them."""
    return answers.Network(
        actors=tuple(
            answers.Actor(row.uuid, row.type, row.status, row.closeness)
            for row in actors_of(session, draft)
        ),
        ties=tuple(
            answers.Tie(row.a, row.b, row.strength) for row in ties_of(session, draft)
        ),
    )


def labels_of(session: Session, draft: Draft) -> Mapping[str, str]:
    """Return the names that the owner gave, by actor."""
    return {actor.uuid: actor.label for actor in actors_of(session, draft)}


def get_actor(session: Session, draft: Draft, uuid: str) -> Actor:
    """Return an actor of this draft, removed or not."""
    actor = session.scalar(
        select(Actor).where(Actor.draft_id == draft.id, Actor.uuid == uuid)
    )
    if actor is None:
        raise NotFoundError
    return actor


def _checked(facts: ActorFacts) -> ActorFacts:
    label = " ".join(facts.label.split())[:LONGEST_LABEL]
    levels = get_instrument().scales["closeness"]
    if not label:
        raise InvalidError(_("Please give the organisation a name."))
    if facts.type not in get_instrument().actor_types or facts.status not in STATUSES:
        raise InvalidError
    # Only who takes part already can be near or far.
    closeness = facts.closeness if facts.status == "known" else ""
    if closeness and closeness not in levels:
        raise InvalidError
    return ActorFacts(label, facts.type, facts.status, closeness)


def add_actor(session: Session, draft: Draft, uuid: str, facts: ActorFacts) -> Actor:
    """Add an actor under the uuid that its page made; adding it twice changes nothing."""
    checked = _checked(facts)
    known = session.scalar(
        select(Actor).where(Actor.draft_id == draft.id, Actor.uuid == uuid)
    )
    if known is not None:
        return known
    _require_room(session, draft)
    actor = Actor(
        draft_id=draft.id,
        uuid=uuid,
        type=checked.type,
        number=_free_number(session, draft, checked.type),
        label=checked.label,
        status=checked.status,
        closeness=checked.closeness,
    )
    session.add(actor)
    session.flush()
    return actor


def _require_room(session: Session, draft: Draft) -> None:
    if not may_add_actor(len(actors_of(session, draft))):
        raise InvalidError(
            _(
                "There is room for %(most)d actors. Remove one that matters less before you add another.",
                most=MOST_ACTORS,
            )
        )


def _free_number(session: Session, draft: Draft, kind: str) -> int:
    """Return a number that no actor of this type has had in any phase of the worksheet."""
    taken = session.scalars(
        select(Actor.number)
        .join(Draft, Draft.id == Actor.draft_id)
        .where(Draft.worksheet_id == draft.worksheet_id, Actor.type == kind)
    )
    return next_number(taken)


def change_actor(
    session: Session, draft: Draft, uuid: str, facts: ActorFacts, base: int
) -> None:
    """Change an actor; raise ConflictError if it was changed since the page was made."""
    actor = get_actor(session, draft, uuid)
    checked = _checked(facts)
    same = (actor.label, actor.type, actor.status, actor.closeness) == (
        checked.label,
        checked.type,
        checked.status,
        checked.closeness,
    )
    if same:
        return
    if actor.version != base or actor.removed_at is not None:
        raise ConflictError
    if actor.type != checked.type:
        actor.number = _free_number(session, draft, checked.type)
    actor.label, actor.type = checked.label, checked.type
    actor.status, actor.closeness = checked.status, checked.closeness
    actor.version += 1
    session.flush()


def set_closeness(session: Session, draft: Draft, uuid: str, closeness: str) -> None:
    """Say how close an actor of the network is to its core."""
    actor = get_actor(session, draft, uuid)
    if closeness not in get_instrument().scales["closeness"] or actor.status != "known":
        raise InvalidError
    if actor.closeness != closeness:
        actor.closeness = closeness
        actor.version += 1
        session.flush()


def remove_actor(session: Session, draft: Draft, uuid: str) -> Actor:
    """Take an actor off the list; its ties go with it and come back with it."""
    actor = get_actor(session, draft, uuid)
    actor.removed_at = actor.removed_at or clock.now()
    session.flush()
    return actor


def restore_actor(session: Session, draft: Draft, uuid: str) -> Actor:
    """Put a removed actor back."""
    actor = get_actor(session, draft, uuid)
    if actor.removed_at is not None:
        _require_room(session, draft)
        actor.removed_at = None
        session.flush()
    return actor


def set_tie(session: Session, draft: Draft, one: str, other: str, strength: int) -> Tie:
    """Say that two actors work together, or how closely if that was said before."""
    living = {actor.uuid for actor in actors_of(session, draft)}
    if one == other:
        raise InvalidError(
            _("A tie needs two different actors. Please choose another partner.")
        )
    if not {one, other} <= living or strength not in STRENGTHS:
        raise InvalidError
    a, b = tie_pair(one, other)
    tie = session.scalar(
        select(Tie).where(Tie.draft_id == draft.id, Tie.a == a, Tie.b == b)
    )
    if tie is None:
        tie = Tie(draft_id=draft.id, a=a, b=b, strength=strength)
        session.add(tie)
    tie.strength, tie.removed_at = strength, None
    session.flush()
    return tie


def _get_tie(session: Session, draft: Draft, tie_id: int) -> Tie:
    tie = session.scalar(select(Tie).where(Tie.draft_id == draft.id, Tie.id == tie_id))
    if tie is None:
        raise NotFoundError
    return tie


def remove_tie(session: Session, draft: Draft, tie_id: int) -> Tie:
    """Take a tie off the list."""
    tie = _get_tie(session, draft, tie_id)
    tie.removed_at = tie.removed_at or clock.now()
    session.flush()
    return tie


def restore_tie(session: Session, draft: Draft, tie_id: int) -> Tie:
    """Put a removed tie back."""
    tie = _get_tie(session, draft, tie_id)
    tie.removed_at = None
    session.flush()
    return tie
