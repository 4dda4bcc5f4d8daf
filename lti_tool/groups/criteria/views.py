"""The pages on which leads say which rules groups keep, and see whether all can be kept."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.courses import service as courses
from lti_tool.errors import InvalidError, NotFoundError
from lti_tool.groups import posing, service
from lti_tool.groups import words as groups
from lti_tool.groups.criteria import checking, naming, rules, words
from lti_tool.groups.criteria import service as criteria
from lti_tool.groups.criteria.checking import Standing
from lti_tool.groups.criteria.forms import CardForm, PairForm, card_form
from lti_tool.groups.criteria.models import Criterion
from lti_tool.groups.criteria.rules import Card, Kind, Preset
from lti_tool.groups.criteria.searching import Outcome
from lti_tool.groups.criteria.talking import talk_of
from lti_tool.groups.criteria.words import Talk
from lti_tool.groups.models import Formation
from lti_tool.groups.pages import pages
from lti_tool.i18n import gettext as _
from lti_tool.web.access import Visit, Who
from lti_tool.web.notices import say

_LEAD = [Who.LEAD]


@pages.page("/<int:formation_id>/rules", allow=_LEAD)
def rule_cards(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Show the cards, the pairs, and whether all of it can be kept."""
    return _cards_page(visit, service.get_formation(visit.session, formation_id))


def _cards_page(
    visit: Visit, formation: Formation, pair_form: PairForm | None = None
) -> ResponseReturnValue:
    session = visit.session
    rows = criteria.criteria(session, formation)
    talk = talk_of(session, formation)
    return (
        render_template(
            "groups/rules/rules.html",
            formation=formation,
            cards=[(row, criteria.card_of(row)) for row in rows],
            pairs=criteria.pairs(session, formation),
            talk=talk,
            preset=rules.preset_of(criteria.stored_cards(session, formation)),
            presets=Preset,
            addable=[*_addable(rows, talk)],
            pair_form=pair_form or _pair_form(visit, formdata=False),
            words=words,
            **_known(visit, formation, checking.standing(session, formation)),
        ),
        422 if pair_form else 200,
    )


def _addable(rows: Sequence[Criterion], talk: Talk) -> Iterator[Kind]:
    there = {row.kind for row in rows}
    for kind in Kind:
        if kind == Kind.CAPACITY and not talk.topics:
            continue
        if kind != Kind.WISHES and (kind not in rules.ONCE or kind not in there):
            yield kind


# Whether all rules can be kept


def _known(visit: Visit, formation: Formation, standing: Standing) -> dict[str, Any]:
    """Return what the templates need to say what is known."""
    talk = talk_of(visit.session, formation)
    return {
        "standing": standing,
        "outcome": standing.answer.outcome if standing.answer else None,
        "outcomes": Outcome,
        "faults": [groups.sentence(finding) for finding in standing.findings],
        "torn": naming.torn(standing.problem, talk) if standing.findings else [],
        "conflict": naming.conflict(visit.session, formation, standing, talk),
    }


def _ask(
    visit: Visit, formation: Formation, drafted: Sequence[Card] | None = None
) -> Standing:
    """Return what is known, and have the worker find out the rest."""
    session = visit.session
    standing = checking.standing(session, formation, drafted)
    if standing.findings or standing.answer:
        return standing
    cards = criteria.stored_cards(session, formation) if drafted is None else drafted
    checking.ask(session, formation, cards, standing.input_hash)
    return checking.standing(session, formation, drafted)


@pages.action("/<int:formation_id>/rules/check", allow=_LEAD)
def check_rules(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Find out whether all cards can be kept: the stored ones, or with one as it is being edited."""
    formation = service.get_formation(visit.session, formation_id)
    if "kind" not in request.form:
        _ask(visit, formation)
        return _back(formation)
    row = _row(visit, formation, request.form.get("card", type=int))
    form = _form(visit, formation, _kind(request.form["kind"]))
    is_valid = form.validate()
    standing = (
        _ask(visit, formation, _drafted(visit, formation, form, row))
        if is_valid
        else None
    )
    if "live" not in request.form:
        return _card_page(visit, formation, form, row, standing)
    if standing is None:
        return "", 200
    return _fragment(visit, formation, standing)


@pages.page("/<int:formation_id>/rules/check", allow=_LEAD)
def rules_checked(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Show what is known of the cards that were asked about last."""
    formation = service.get_formation(visit.session, formation_id)
    asked = checking.newest(visit.session, formation)
    drafted = [checking.card_of(told) for told in asked.cards] if asked else None
    standing = checking.standing(visit.session, formation, drafted)
    return _fragment(visit, formation, standing)


def _fragment(
    visit: Visit, formation: Formation, standing: Standing
) -> ResponseReturnValue:
    known = _known(visit, formation, standing)
    return render_template("groups/rules/_known.html", formation=formation, **known)


def _drafted(
    visit: Visit, formation: Formation, form: CardForm, row: Criterion | None
) -> list[Card]:
    """Return the cards as they would be with what is being edited."""
    cards = criteria.stored_cards(visit.session, formation)
    if row is None:
        return [*cards, form.card()]
    return [form.card() if card.id == row.id else card for card in cards]


# Cards


@pages.action("/<int:formation_id>/rules/preset", allow=_LEAD)
def take_preset(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Weigh the wishes as a preset has it."""
    formation = service.get_formation(visit.session, formation_id)
    try:
        preset = Preset(request.form.get("preset", ""))
    except ValueError as error:
        raise InvalidError(_("Choose one of the three ways.")) from error
    criteria.take_preset(visit.session, formation, preset)
    say(_("From now on: %(preset)s.", preset=words.PRESETS[preset]))
    return _stored(visit, formation)


@pages.page("/<int:formation_id>/rules/new/<kind>", allow=_LEAD)
def new_card(visit: Visit, formation_id: int, kind: str) -> ResponseReturnValue:
    """Show the form of a new card."""
    formation = service.get_formation(visit.session, formation_id)
    return _card_page(visit, formation, _form(visit, formation, _kind(kind)))


@pages.action("/<int:formation_id>/rules/new/<kind>", allow=_LEAD)
def add_card(visit: Visit, formation_id: int, kind: str) -> ResponseReturnValue:
    """Add a card below the others."""
    formation = service.get_formation(visit.session, formation_id)
    form = _form(visit, formation, _kind(kind))
    if not form.validate():
        return _card_page(visit, formation, form, status=422)
    criteria.add(visit.session, formation, form.card())
    say(_("The rule is added. The higher it stands, the more it counts."))
    return _stored(visit, formation)


@pages.page("/<int:formation_id>/rules/<int:criterion_id>", allow=_LEAD)
def card(visit: Visit, formation_id: int, criterion_id: int) -> ResponseReturnValue:
    """Show the form that changes a card."""
    formation, row = _card(visit, formation_id, criterion_id)
    said = criteria.card_of(row)
    return _card_page(visit, formation, _form(visit, formation, said.kind, said), row)


@pages.action("/<int:formation_id>/rules/<int:criterion_id>", allow=_LEAD)
def change_card(
    visit: Visit, formation_id: int, criterion_id: int
) -> ResponseReturnValue:
    """Change a card."""
    formation, row = _card(visit, formation_id, criterion_id)
    form = _form(visit, formation, Kind(row.kind))
    if not form.validate():
        return _card_page(visit, formation, form, row, status=422)
    criteria.change(visit.session, formation, row, form.card(is_on=row.is_on))
    say(_("The rule is changed."))
    return _stored(visit, formation)


@pages.action("/<int:formation_id>/rules/<int:criterion_id>/switch", allow=_LEAD)
def switch_card(
    visit: Visit, formation_id: int, criterion_id: int
) -> ResponseReturnValue:
    """Switch a card on or off."""
    formation, row = _card(visit, formation_id, criterion_id)
    criteria.switch(visit.session, row, on=not row.is_on)
    say(_("The rule counts again.") if row.is_on else _switched_off())
    return _stored(visit, formation)


@pages.action("/<int:formation_id>/rules/<int:criterion_id>/move", allow=_LEAD)
def move_card(
    visit: Visit, formation_id: int, criterion_id: int
) -> ResponseReturnValue:
    """Let a card count more or less than its neighbour."""
    formation, row = _card(visit, formation_id, criterion_id)
    up = request.form.get("to") == "up"
    criteria.move(visit.session, formation, row, up=up)
    return redirect(f"{_url(formation)}#rule-{row.id}", 303)


@pages.action("/<int:formation_id>/rules/<int:criterion_id>/forget", allow=_LEAD)
def forget_card(
    visit: Visit, formation_id: int, criterion_id: int
) -> ResponseReturnValue:
    """Delete a card that is switched off."""
    formation, row = _card(visit, formation_id, criterion_id)
    criteria.forget(visit.session, row)
    say(_("The rule is deleted."))
    return _back(formation)


def _switched_off() -> str:
    return _(
        "The rule no longer counts. You find it below, and can switch it on again."
    )


# Pairs


@pages.action("/<int:formation_id>/pairs", allow=_LEAD)
def add_pair(visit: Visit, formation_id: int) -> ResponseReturnValue:
    """Keep two people apart or together."""
    formation = service.get_formation(visit.session, formation_id)
    form = _pair_form(visit)
    if not form.validate():
        return _cards_page(visit, formation, form)
    note = form.note.data or ""
    criteria.add_pair(
        visit.session, formation, form.pairing(), note, by=visit.person_id
    )
    say(_("The pair is stored."))
    problem = posing.problem_of(visit.session, formation)
    for sentence in naming.torn(problem, talk_of(visit.session, formation)):
        say(sentence)
    return _stored(visit, formation)


@pages.action("/<int:formation_id>/pairs/<int:pair_id>/switch", allow=_LEAD)
def switch_pair(visit: Visit, formation_id: int, pair_id: int) -> ResponseReturnValue:
    """Switch a pair on or off."""
    formation = service.get_formation(visit.session, formation_id)
    pair = criteria.get_pair(visit.session, formation, pair_id)
    criteria.switch(visit.session, pair, on=not pair.is_on)
    say(_("The rule counts again.") if pair.is_on else _switched_off())
    return _stored(visit, formation)


@pages.action("/<int:formation_id>/pairs/<int:pair_id>/forget", allow=_LEAD)
def forget_pair(visit: Visit, formation_id: int, pair_id: int) -> ResponseReturnValue:
    """Delete a pair that is switched off, with its note."""
    formation = service.get_formation(visit.session, formation_id)
    criteria.forget(visit.session, criteria.get_pair(visit.session, formation, pair_id))
    say(_("The pair and its note are deleted."))
    return _back(formation)


def _pair_form(visit: Visit, *, formdata: bool = True) -> PairForm:
    people = courses.participants(visit.session)
    return PairForm.among(people) if formdata else PairForm.among(people, formdata=None)


# What several pages need


def _card(
    visit: Visit, formation_id: int, criterion_id: int
) -> tuple[Formation, Criterion]:
    formation = service.get_formation(visit.session, formation_id)
    return formation, criteria.get_criterion(visit.session, formation, criterion_id)


def _row(
    visit: Visit, formation: Formation, criterion_id: int | None
) -> Criterion | None:
    if not criterion_id:
        return None
    return criteria.get_criterion(visit.session, formation, criterion_id)


def _kind(name: str) -> Kind:
    """Return the kind of a card that has a form of its own."""
    if name not in list(Kind) or name == Kind.WISHES:
        raise NotFoundError
    return Kind(name)


def _form(
    visit: Visit, formation: Formation, kind: Kind, said: Card | None = None
) -> CardForm:
    return card_form(kind, talk_of(visit.session, formation), said)


def _card_page(
    visit: Visit,
    formation: Formation,
    form: CardForm,
    row: Criterion | None = None,
    standing: Standing | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    known = _known(visit, formation, standing) if standing else {}
    return (
        render_template(
            "groups/rules/rule.html",
            formation=formation,
            form=form,
            kind=form.kind,
            row=row,
            words=words,
            **known,
        ),
        status,
    )


def _stored(visit: Visit, formation: Formation) -> ResponseReturnValue:
    _ask(visit, formation)
    return _back(formation)


def _back(formation: Formation) -> ResponseReturnValue:
    return redirect(_url(formation), 303)


def _url(formation: Formation) -> str:
    return url_for(".rule_cards", formation_id=formation.id)
