"""A person's worksheet: its phases, drafts and answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy import select

from lti_tool.courses.models import Enrolment
from lti_tool.errors import InvalidError, NotFoundError
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session
from lti_tool.worksheet.answers import (
    Field,
    Kind,
    Unfit,
    UnfitError,
    clean,
    fields_by_path,
)
from lti_tool.worksheet.instrument import Answers
from lti_tool.worksheet.library import get_instrument
from lti_tool.worksheet.models import (
    Actor,
    Draft,
    Revision,
    Snapshot,
    Tie,
    Worksheet,
)
from lti_tool.worksheet.phases import plan_phase, require_open
from lti_tool.worksheet.rules import (
    Verdict,
    both_texts,
    carried_forward,
    earlier_phases,
    verdict,
)


@dataclass(frozen=True, slots=True)
class Edit:
    """A value that a page sends, and the revision it was typed over."""

    path: str
    value: str
    base: int
    op_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an edit, and what the field holds now."""

    path: str
    verdict: Verdict
    value: str
    number: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What a field holds, and the number of the revision that says so."""

    value: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """Two versions of one field, between which the owner has to choose."""

    field: Field
    here: str
    aside: str
    number: int


def find_worksheet(session: Session, person_id: int) -> Worksheet | None:
    """Return the person's worksheet in this course, if they began one."""
    return session.scalar(select(Worksheet).where(Worksheet.person_id == person_id))


def ensure_worksheet(session: Session, person_id: int) -> Worksheet:
    """Return the person's worksheet in this course, a new one if they had none."""
    worksheet = find_worksheet(session, person_id)
    if worksheet is None:
        worksheet = Worksheet(person_id=person_id)
        session.add(worksheet)
        session.flush()
    return worksheet


def find_draft(session: Session, person_id: int, phase: str) -> Draft | None:
    """Return what the person works on in a phase, if they began."""
    return session.scalar(
        select(Draft)
        .join(Worksheet, Worksheet.id == Draft.worksheet_id)
        .where(Worksheet.person_id == person_id, Draft.phase == phase)
    )


def find_snapshot(session: Session, person_id: int, phase: str) -> Snapshot | None:
    """Return what the person handed in for a phase, if they did."""
    return session.scalar(
        select(Snapshot)
        .join(Worksheet, Worksheet.id == Snapshot.worksheet_id)
        .where(Worksheet.person_id == person_id, Snapshot.phase == phase)
    )


def open_draft(session: Session, person_id: int, phase: str, today: date) -> Draft:
    """Return the draft for editing; raise if there is none or the phase is not open."""
    draft = find_draft(session, person_id, phase)
    if draft is not None:
        # Two tabs that save or hand in at the same moment take turns here.
        session.execute(select(Draft.id).where(Draft.id == draft.id).with_for_update())
    require_open(session, person_id, phase, today)
    if draft is None:
        raise NotFoundError
    return draft


def begin(session: Session, person_id: int, phase: str, today: date) -> Draft:
    """Return the draft of an open phase; a new one begins as a copy of the phase before."""
    own_place = select(Enrolment.id).where(Enrolment.person_id == person_id)
    session.execute(own_place.with_for_update())
    require_open(session, person_id, phase, today)
    if (draft := find_draft(session, person_id, phase)) is not None:
        return draft
    worksheet = ensure_worksheet(session, person_id)
    draft = Draft(worksheet_id=worksheet.id, phase=phase)
    session.add(draft)
    session.flush()
    plan_phase(session, phase)
    for earlier in earlier_phases(phase):
        if (source := find_draft(session, person_id, earlier)) is not None:
            _copy(session, source, draft)
            break
    return draft


def _copy(session: Session, source: Draft, draft: Draft) -> None:
    values = values_of(answers_of(session, source))
    for path, value in carried_forward(get_instrument(), draft.phase, values).items():
        session.add(
            Revision(
                draft_id=draft.id,
                path=path,
                number=1,
                op_id=f"copy:{path}",
                value=value,
            )
        )
    _copy_network(session, source, draft)
    session.flush()


def _copy_network(session: Session, source: Draft, draft: Draft) -> None:
    kept = ("uuid", "type", "number", "label", "status", "closeness")
    living: set[str] = set()
    for actor in session.scalars(
        select(Actor).where(Actor.draft_id == source.id, Actor.removed_at.is_(None))
    ):
        living.add(actor.uuid)
        session.add(
            Actor(draft_id=draft.id, **{name: getattr(actor, name) for name in kept})
        )
    session.flush()
    for tie in session.scalars(
        select(Tie).where(Tie.draft_id == source.id, Tie.removed_at.is_(None))
    ):
        if {tie.a, tie.b} <= living:
            session.add(Tie(draft_id=draft.id, a=tie.a, b=tie.b, strength=tie.strength))


def answers_of(session: Session, draft: Draft) -> Mapping[str, Kept]:
    """Return what every field of the draft holds now."""
    newest = (
        select(Revision.path, sa.func.max(Revision.number).label("number"))
        .where(Revision.draft_id == draft.id, Revision.aside.is_(False))
        .group_by(Revision.path)
        .subquery()
    )
    rows = session.scalars(
        select(Revision)
        .join(
            newest,
            sa.and_(Revision.path == newest.c.path, Revision.number == newest.c.number),
        )
        .where(Revision.draft_id == draft.id)
    )
    return {row.path: Kept(row.value, row.number) for row in rows}


def values_of(kept: Mapping[str, Kept]) -> Answers:
    """Return the answers without their revision numbers, empty ones left out."""
    return {path: one.value for path, one in kept.items() if one.value}


def _history(session: Session, draft: Draft, path: str) -> list[Revision]:
    return list(
        session.scalars(
            select(Revision)
            .where(Revision.draft_id == draft.id, Revision.path == path)
            .order_by(Revision.number)
        )
    )


def _current(history: Iterable[Revision]) -> Kept:
    accepted = [row for row in history if not row.aside]
    return Kept(accepted[-1].value, accepted[-1].number) if accepted else Kept()


def save(session: Session, draft: Draft, edit: Edit) -> Outcome:
    """Keep a value, or set it aside where its field changed meanwhile; safe to repeat.

    Raises UnfitError if the value does not fit into its field.
    """
    field = fields_by_path(get_instrument(), draft.phase).get(edit.path)
    if field is None:
        raise NotFoundError(path=edit.path)
    value = clean(field, edit.value)
    _require_own_actor(session, draft, field, value)
    history = _history(session, draft, edit.path)
    current = _current(history)
    if (seen := _seen_before(history, current, edit, value)) is not None:
        return Outcome(edit.path, *seen)
    said = verdict(
        base=edit.base,
        current=current.number,
        sent=value,
        at_base=next((row.value for row in history if row.number == edit.base), ""),
        now=current.value,
    )
    if said is not Verdict.SAME:
        row = _add(session, draft, edit, value, said)
        current = Kept(value, row.number) if said is Verdict.ACCEPTED else current
    elif value != current.value:
        # The page does not know the newer text, so it must not build on it either.
        return Outcome(edit.path, said, value, edit.base)
    return Outcome(edit.path, said, current.value, current.number)


def _seen_before(
    history: Sequence[Revision], current: Kept, edit: Edit, value: str
) -> tuple[Verdict, str, int] | None:
    for row in history:
        # A page that was told of a conflict sends the same text again with its own button.
        told = row.aside and row.value == value and edit.base != current.number
        if told or (row.op_id == edit.op_id and row.aside):
            return Verdict.ASIDE, current.value, current.number
        if row.op_id == edit.op_id:
            return Verdict.SAME, row.value, row.number
    return None


def _add(
    session: Session,
    draft: Draft,
    edit: Edit,
    value: str,
    said: Verdict,
) -> Revision:
    row = Revision(
        draft_id=draft.id,
        path=edit.path,
        number=len(_history(session, draft, edit.path)) + 1,
        op_id=edit.op_id,
        value=value,
        aside=said is Verdict.ASIDE,
    )
    session.add(row)
    session.flush()
    return row


def _require_own_actor(
    session: Session, draft: Draft, field: Field, value: str
) -> None:
    if field.kind is not Kind.ACTOR or not value:
        return
    own = select(Actor.id).where(Actor.draft_id == draft.id, Actor.uuid == value)
    if session.scalar(own) is None:
        raise UnfitError(Unfit.NO_ACTOR)


def choices_to_make(session: Session, draft: Draft) -> list[Choice]:
    """Return every value that was set aside and about which nobody has decided yet."""
    rows = session.scalars(
        select(Revision)
        .where(
            Revision.draft_id == draft.id,
            sa.or_(Revision.aside.is_(True), Revision.settles.is_not(None)),
        )
        .order_by(Revision.id)
    ).all()
    settled = {(row.path, row.settles) for row in rows}
    kept = answers_of(session, draft)
    known = fields_by_path(get_instrument(), draft.phase)
    return [
        Choice(known[row.path], kept.get(row.path, Kept()).value, row.value, row.number)
        for row in rows
        if row.aside and (row.path, row.number) not in settled and row.path in known
    ]


def settle(session: Session, draft: Draft, path: str, number: int, keep: str) -> None:
    """Decide about a value set aside: keep ``here``, ``aside`` or ``both`` of a text."""
    waiting = {
        (choice.field.path, choice.number): choice
        for choice in choices_to_make(session, draft)
    }
    choice = waiting.get((path, number))
    if choice is None:
        return
    values = {"here": choice.here, "aside": choice.aside}
    if choice.field.is_prose:
        values["both"] = both_texts(choice.here, choice.aside)
    if keep not in values:
        raise InvalidError
    try:
        value = clean(choice.field, values[keep])
    except UnfitError as error:
        raise InvalidError(
            _(
                "Both texts together are too long for this field. Please keep one of them."
            )
        ) from error
    history = _history(session, draft, path)
    session.add(
        Revision(
            draft_id=draft.id,
            path=path,
            number=len(history) + 1,
            op_id=f"settle:{path}:{number}",
            value=value,
            settles=number,
        )
    )
    session.flush()
