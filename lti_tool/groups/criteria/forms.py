"""The forms of rule cards and pairs; each kind of card has fields of its own."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # The stubs lack it.
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
)
from wtforms.widgets import CheckboxInput, ListWidget

from lti_tool.courses.service import Member
from lti_tool.groups import rules as groups
from lti_tool.groups.criteria import rules, words
from lti_tool.groups.criteria.rules import (
    Bonding,
    Card,
    Kind,
    Pairing,
    Preset,
    Strength,
)
from lti_tool.groups.criteria.words import Talk
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l

_BETWEEN = "|"
_LONGEST = 200
_LONGEST_NOTE = 2000
_MOST_GROUPS = 100
_number = [Optional(), NumberRange(0, groups.MOST_PEOPLE)]
_counted = [
    InputRequired(_l("Please give a number.")),
    NumberRange(1, groups.MOST_PEOPLE, _l("Please give a number of at least 1.")),
]


class CardForm(FlaskForm):
    """What a card says; made by ``card_form``."""

    kind: Kind

    def card(self, *, is_on: bool = True) -> Card:
        """Return what was entered."""
        told = {name: self[name].data for name in self._fields if name != "csrf_token"}
        if "about" in told:
            told["attribute"], _bar, value = told.pop("about").partition(_BETWEEN)
            told["value"] = value or None
        told["strength"] = Strength(
            told.get("strength") or rules.strengths(self.kind)[0]
        )
        told["topics"] = tuple(told.get("topics", ()))
        return Card(kind=self.kind, is_on=is_on, **told)

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse numbers that contradict each other."""
        if not super().validate(extra_validators):
            return False
        card = self.card()
        fault = _FAULTS.get(self.kind, lambda _card: None)(card)
        if fault:
            field, text = fault
            self[field].errors = [text]
        return not self.errors


def _sizes_fault(card: Card) -> tuple[str, str] | None:
    given = [n for n in (card.least, card.wanted, card.most) if n is not None]
    if given and len(given) < 3:  # noqa: PLR2004  # All three of them.
        return "most", _("Give all three sizes, or none.")
    if given != sorted(given):
        return "most", _("The sizes must go from smallest to largest.")
    return None


def _groups_fault(card: Card) -> tuple[str, str] | None:
    if (card.least or 0) > (card.most or 0):
        return "most", _("This must not be below the smallest number.")
    return None


def _spread_fault(card: Card) -> tuple[str, str] | None:
    if card.strength == Strength.MUST and not card.most:
        return "most", _("Say how many may be alike if this must be kept.")
    return None


def _times_fault(card: Card) -> tuple[str, str] | None:
    if (card.wanted or 0) < (card.least or 0):
        return "wanted", _("Wish for at least as many times as there must be.")
    return None


_FAULTS = {
    Kind.SIZES: _sizes_fault,
    Kind.GROUPS: _groups_fault,
    Kind.SPREAD: _spread_fault,
    Kind.TIMES: _times_fault,
}


def card_form(kind: Kind, talk: Talk, card: Card | None = None) -> CardForm:
    """Return the form of a kind of card, filled with what a card says."""
    fields = {**_FIELDS[kind](talk), **_strength(kind)}
    made: type[CardForm] = type("KindForm", (CardForm,), {**fields, "kind": kind})
    return made(data=_data(card) if card else None)


def _data(card: Card) -> dict[str, Any]:
    about = card.attribute or ""
    if card.value is not None:
        about += _BETWEEN + card.value
    return {
        "about": about,
        "attribute": card.attribute,
        "value": card.value,
        "least": card.least,
        "wanted": card.wanted,
        "most": card.most,
        "topics": list(card.topics),
        "purpose": card.purpose,
        "strength": card.strength,
    }


def _strength(kind: Kind) -> dict[str, Any]:
    offered = rules.strengths(kind)
    if len(offered) == 1:
        return {}
    return {
        "strength": RadioField(
            _l("How much does it count?"),
            choices=[SelectChoice(s, words.STRENGTHS[s]) for s in offered],
            default=Strength.IMPORTANT,
        )
    }


def _wishes(_talk: Talk) -> dict[str, Any]:
    return {
        "value": RadioField(
            _l("How do wishes count?"),
            choices=[SelectChoice(p, words.PRESETS[p]) for p in Preset],
            default=Preset.MIXED,
        )
    }


def _worst_wish(_talk: Talk) -> dict[str, Any]:
    return {
        "most": SelectField(
            _l("Nobody gets less than their …"),
            coerce=int,
            default=3,
            choices=[
                SelectChoice(n, words.wish(n)) for n in range(1, groups.MOST_WISHES + 1)
            ],
        )
    }


def _sizes(_talk: Talk) -> dict[str, Any]:
    return {
        "least": IntegerField(_l("Smallest group"), validators=_number),
        "wanted": IntegerField(_l("Preferred size"), validators=_number),
        "most": IntegerField(_l("Largest group"), validators=_number),
    }


def _groups(_talk: Talk) -> dict[str, Any]:
    return {
        "least": IntegerField(_l("At least so many groups"), validators=_counted),
        "most": IntegerField(_l("At most so many groups"), validators=_counted),
    }


def _capacity(talk: Talk) -> dict[str, Any]:
    return {
        "topics": SelectMultipleField(
            _l("These topics together"),
            description=_l("Such as topics that the same person accompanies."),
            coerce=int,
            choices=[SelectChoice(number, t) for number, t in talk.topics.items()],
            option_widget=CheckboxInput(),
            widget=ListWidget(prefix_label=False),
            validators=[DataRequired(_l("Please choose at least one topic."))],
        ),
        "most": IntegerField(_l("At most so many groups"), validators=_counted),
    }


def _spread(talk: Talk) -> dict[str, Any]:
    return {
        "attribute": SelectField(
            _l("People in a group should differ in …"),
            choices=[SelectChoice(a.key, a.label) for a in talk.attributes],
        ),
        "most": IntegerField(
            _l("At most so many of a group alike"),
            description=_l("Only needed if this must be kept."),
            validators=[Optional(), NumberRange(1, groups.MOST_PEOPLE)],
        ),
        **_purpose(_("So that different experiences meet in each group.")),
    }


def _not_alone(talk: Talk) -> dict[str, Any]:
    return {
        "about": SelectField(
            _l("Nobody should be the only one with …"), choices=_values(talk)
        ),
        **_purpose(_("So that nobody stands alone with their point of view.")),
    }


def _values(talk: Talk) -> list[Any]:
    """Return each attribute as a whole, followed by each of its values."""
    found = []
    for attribute in talk.attributes:
        any_value = _("%(attribute)s: every value", attribute=attribute.label)
        found.append(SelectChoice(attribute.key, any_value))
        for key, text in talk.values[attribute.key].items():
            found.append(
                SelectChoice(
                    f"{attribute.key}{_BETWEEN}{key}", f"{attribute.label}: {text}"
                )
            )
    return found


def _purpose(usual: str) -> dict[str, Any]:
    return {
        "purpose": StringField(
            _l("What for?"),
            description=_l("You must be able to tell participants why you use this."),
            default=usual,
            filters=[_stripped],
            validators=[
                DataRequired(_l("Please say what this is used for.")),
                Length(max=_LONGEST),
            ],
        )
    }


def _times(_talk: Talk) -> dict[str, Any]:
    return {
        "least": IntegerField(
            _l("Common times that each group must have"),
            description=_l("0 if it is only a wish."),
            default=1,
            validators=[InputRequired(), NumberRange(0, _MOST_GROUPS)],
        ),
        "wanted": IntegerField(
            _l("Common times that are wished for"),
            default=3,
            validators=[InputRequired(), NumberRange(1, _MOST_GROUPS)],
        ),
    }


def _people(_talk: Talk) -> dict[str, Any]:
    return {}


_FIELDS = {
    Kind.WISHES: _wishes,
    Kind.WORST_WISH: _worst_wish,
    Kind.SIZES: _sizes,
    Kind.GROUPS: _groups,
    Kind.CAPACITY: _capacity,
    Kind.SPREAD: _spread,
    Kind.NOT_ALONE: _not_alone,
    Kind.TIMES: _times,
    Kind.PEOPLE: _people,
}


def _stripped(text: str | None) -> str:
    return (text or "").strip()


class PairForm(FlaskForm):
    """Two people who shall be apart or together."""

    first = SelectField(_l("First person"), coerce=int)
    second = SelectField(_l("Second person"), coerce=int)
    bonding = RadioField(
        _l("What shall they be?"),
        choices=[SelectChoice(b, words.BONDINGS[b]) for b in Bonding],
        default=Bonding.APART,
    )
    strength = RadioField(
        _l("How much does it count?"),
        choices=[SelectChoice(s, words.STRENGTHS[s]) for s in Strength],
        default=Strength.MUST,
    )
    note = TextAreaField(
        _l("Private note"),
        description=_l(
            "It is stored encrypted, and only leads see it. Both people may ask to see "
            "this note, so write only what you could say to them."
        ),
        filters=[_stripped],
        validators=[Length(max=_LONGEST_NOTE)],
    )

    @classmethod
    def among(cls, people: Sequence[Member], **formdata: None) -> "PairForm":
        """Return the form with these people to choose from; empty with ``formdata=None``."""
        form = cls(**formdata)
        named = [SelectChoice(0, _("please choose"))]
        named += [SelectChoice(person.person_id, person.name) for person in people]
        form.first.choices = form.second.choices = named
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a pair of one."""
        if not super().validate(extra_validators):
            return False
        for field in (self.first, self.second):
            if not field.data:
                field.errors = [_("Please choose a person.")]
        if not self.errors and self.first.data == self.second.data:
            self.second.errors = [_("Choose two different people.")]
        return not self.errors

    def pairing(self) -> Pairing:
        """Return what was entered, without the note."""
        return Pairing(
            self.first.data,
            self.second.data,
            Bonding(self.bonding.data),
            Strength(self.strength.data),
        )
