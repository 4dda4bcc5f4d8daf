"""Rule cards and pairs of a formation, and what they add to its problem."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select

from lti_tool.courses import service as courses
from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.groups.criteria import rules
from lti_tool.groups.criteria.models import Criterion, Pair
from lti_tool.groups.criteria.rules import (
    Bonding,
    Card,
    Kind,
    Pairing,
    Preset,
    Strength,
)
from lti_tool.groups.models import Formation
from lti_tool.groups.problem import Problem
from lti_tool.groups.survey import service as survey
from lti_tool.groups.survey.rules import PROFILE_FIELDS
from lti_tool.groups.survey.service import Attribute
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session

_BY_WORDS = "region"
"""The attribute whose values have no lasting numbers."""
_QUESTION = "question of a lead: "
_COPIED = (
    "kind",
    "strength",
    "is_on",
    "attribute",
    "value",
    "least",
    "wanted",
    "most",
    "purpose",
)


def apply(
    session: Session,
    formation: Formation,
    problem: Problem,
    *,
    preset: Preset | None = None,
    drafted: Sequence[Card] | None = None,
) -> Problem:
    """Return the problem with what the cards and pairs say.

    ``preset`` weighs wishes and mix anew for this one problem; ``drafted`` are cards in place of
    the stored ones. The survey must have been applied before: cards weigh what it adds.
    """
    said = drafted if drafted is not None else stored_cards(session, formation)
    weighed = rules.with_preset(said, preset) if preset else said
    return rules.apply(
        problem, weighed, pairings(session, formation), known(session, formation)
    )


def known(session: Session, formation: Formation) -> tuple[rules.Attribute, ...]:
    """Return the attributes as rules know them, in the order of their numbers."""
    return tuple(
        rules.Attribute(
            attribute.key,
            {
                value_key(attribute, number): number
                for number, _word in attribute.values
            },
        )
        for attribute in survey.attributes(session, formation)
    )


def value_key(attribute: Attribute, number: int) -> str:
    """Return what a card stores of a value: something that lasts."""
    words = dict(attribute.values)
    return words[number] if attribute.key == _BY_WORDS else str(number)


# Cards


def criteria(session: Session, formation: Formation) -> list[Criterion]:
    """Return the cards, the most important first."""
    return list(
        session.scalars(
            select(Criterion)
            .where(Criterion.formation_id == formation.id)
            .order_by(Criterion.place, Criterion.id)
        )
    )


def get_criterion(
    session: Session, formation: Formation, criterion_id: int
) -> Criterion:
    """Return a card of this formation or raise NotFoundError."""
    found = session.scalar(
        select(Criterion).where(
            Criterion.id == criterion_id, Criterion.formation_id == formation.id
        )
    )
    if found is None:
        raise NotFoundError
    return found


def stored_cards(session: Session, formation: Formation) -> list[Card]:
    """Return what the stored cards say, the most important first."""
    return [card_of(row) for row in criteria(session, formation)]


def card_of(row: Criterion) -> Card:
    """Return what a stored card says."""
    return Card(
        Kind(row.kind),
        Strength(row.strength),
        row.is_on,
        row.attribute,
        row.value,
        row.least,
        row.wanted,
        row.most,
        tuple(row.topics),
        row.purpose,
        row.id,
    )


def add(session: Session, formation: Formation, card: Card) -> Criterion:
    """Add a card below the others; the first one below a card of the wishes."""
    if card.kind in rules.ONCE and any(
        row.kind == card.kind for row in criteria(session, formation)
    ):
        raise ConflictError(_("There is a card for this already. Change that one."))
    last = session.scalar(
        select(func.max(Criterion.place)).where(Criterion.formation_id == formation.id)
    )
    if last is None and card.kind != Kind.WISHES:
        # What counts more or less than the wishes has to stand above or below them.
        last = add(session, formation, Card(Kind.WISHES)).place
    row = Criterion(formation_id=formation.id, place=(last or 0) + 1)
    _say(row, card)
    session.add(row)
    session.flush()
    _tell_participants(session, formation, card)
    return row


def change(session: Session, formation: Formation, row: Criterion, card: Card) -> None:
    """Let a stored card say this."""
    _say(row, card)
    session.flush()
    _tell_participants(session, formation, card)


def _tell_participants(session: Session, formation: Formation, card: Card) -> None:
    """Let the survey say that groups are formed by what a card uses of the profile."""
    if card.attribute in PROFILE_FIELDS:
        asked = survey.questions(session, formation)
        shown = {q.profile_field for q in asked if q.profile_field is not None}
        survey.show_profile_fields(session, formation, {*shown, card.attribute})


def _say(row: Criterion, card: Card) -> None:
    if card.strength not in rules.strengths(card.kind):
        raise InvalidError
    row.kind, row.strength, row.is_on = card.kind, card.strength, card.is_on
    row.attribute, row.value, row.purpose = card.attribute, card.value, card.purpose
    row.least, row.wanted, row.most = card.least, card.wanted, card.most
    row.topics = list(card.topics)


def switch(session: Session, row: Criterion | Pair, *, on: bool) -> None:
    """Switch a card or a pair on or off; nothing of it is lost."""
    row.is_on = on
    session.flush()


def move(session: Session, formation: Formation, row: Criterion, *, up: bool) -> None:
    """Let a card change places with the next one above or below it; at the end nothing happens."""
    order = [r for r in criteria(session, formation) if r.is_on]
    if row not in order:
        raise ConflictError(
            _("This rule is switched off. Switch it on first, then move it.")
        )
    place = order.index(row)
    other = place - 1 if up else place + 1
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
    arrange(session, formation, [r.id for r in order])


def arrange(session: Session, formation: Formation, order: Sequence[int]) -> None:
    """Put the cards into this order; those that are not named follow as they were."""
    rows = criteria(session, formation)
    named = {criterion_id: place for place, criterion_id in enumerate(order)}
    rows.sort(key=lambda row: named.get(row.id, len(named)))
    for place, row in enumerate(rows, start=1):
        row.place = place
    session.flush()


def take_preset(session: Session, formation: Formation, preset: Preset) -> None:
    """Weigh the wishes as a preset has it."""
    rows = [r for r in criteria(session, formation) if r.kind == Kind.WISHES]
    if rows:
        rows[0].value, rows[0].is_on = preset, True
        session.flush()
    else:
        row = add(session, formation, Card(Kind.WISHES, value=preset))
        arrange(session, formation, [row.id])


# Pairs


def pairs(session: Session, formation: Formation) -> list[Pair]:
    """Return the pairs of which both still take part, the oldest first."""
    here = {member.person_id for member in courses.participants(session)}
    found = session.scalars(
        select(Pair).where(Pair.formation_id == formation.id).order_by(Pair.id)
    )
    return [pair for pair in found if {pair.first_id, pair.second_id} <= here]


def pairings(session: Session, formation: Formation) -> list[Pairing]:
    """Return what the pairs that are switched on say."""
    return [
        Pairing(
            pair.first_id,
            pair.second_id,
            Bonding(pair.bonding),
            Strength(pair.strength),
        )
        for pair in pairs(session, formation)
        if pair.is_on
    ]


def get_pair(session: Session, formation: Formation, pair_id: int) -> Pair:
    """Return a pair of this formation or raise NotFoundError."""
    found = next((p for p in pairs(session, formation) if p.id == pair_id), None)
    if found is None:
        raise NotFoundError
    return found


def add_pair(
    session: Session, formation: Formation, pairing: Pairing, note: str, *, by: int
) -> Pair:
    """Keep two people apart or together; where a pair says so already, it says this from now on."""
    if pairing.first == pairing.second:
        raise InvalidError(_("Choose two different people."))
    for person in (pairing.first, pairing.second):
        courses.get_participant(session, person)
    first, second = sorted((pairing.first, pairing.second))
    pair = session.scalar(
        select(Pair).where(
            Pair.formation_id == formation.id,
            Pair.first_id == first,
            Pair.second_id == second,
            Pair.bonding == pairing.bonding,
        )
    )
    if pair is None:
        pair = Pair(formation_id=formation.id, first_id=first, second_id=second)
        session.add(pair)
    pair.bonding, pair.strength = pairing.bonding, pairing.strength
    pair.note, pair.is_on, pair.added_by = note or None, True, by
    session.flush()
    return pair


def forget(session: Session, row: Criterion | Pair) -> None:
    """Delete a card or a pair that is switched off, with its note."""
    if row.is_on:
        raise ConflictError(_("Switch it off first; then it can be deleted for good."))
    session.delete(row)
    session.flush()


# What a copied course takes over


def for_copy(session: Session, formation: Formation) -> list[dict[str, Any]]:
    """Return the cards that mean something in another course; pairs and topics stay here."""
    # A question has another number there, and the same words.
    asked = {
        attribute.key: _QUESTION + attribute.label
        for attribute in survey.attributes(session, formation)
        if attribute.key not in PROFILE_FIELDS
    }
    return [
        {name: getattr(card, name) for name in _COPIED}
        | {"attribute": asked.get(card.attribute or "", card.attribute)}
        for card in stored_cards(session, formation)
        if card.kind != Kind.CAPACITY
    ]


def take_over(
    session: Session, formation: Formation, told: Iterable[dict[str, Any]]
) -> None:
    """Add the cards of an earlier course."""
    keys = {
        _QUESTION + attribute.label: attribute.key
        for attribute in survey.attributes(session, formation)
        if attribute.key not in PROFILE_FIELDS
    }
    for said in told:
        attribute = keys.get(said["attribute"], said["attribute"])
        words = {"kind": Kind(said["kind"]), "strength": Strength(said["strength"])}
        add(session, formation, Card(**{**said, **words, "attribute": attribute}))
