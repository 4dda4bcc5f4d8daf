"""What leads send about a proposal."""

from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # The stubs lack it.
from wtforms.validators import InputRequired, Length, Regexp

from lti_tool.groups.criteria.words import PRESETS
from lti_tool.groups.forms import LONGEST_TITLE
from lti_tool.groups.proposals.models import PINS
from lti_tool.i18n import lazy_gettext as _l

_STAY = {
    "0": _l("everybody else may change"),
    "3": _l("others rather stay where they are"),
    "10": _l("as few others as possible change"),
}


class AskForm(FlaskForm):
    """How wishes are weighed in one proposal."""

    preset = SelectField(
        _l("Weigh the wishes"),
        choices=[
            SelectChoice("", _l("as the rules say")),
            *(SelectChoice(preset, word) for preset, word in PRESETS.items()),
        ],
        default="",
    )


class MoveForm(FlaskForm):
    """Whom to put where: a group, 0 for none, or ``swap-`` and with whom to change places."""

    person = IntegerField(validators=[InputRequired()])
    group = StringField(validators=[InputRequired(), Regexp(r"^(swap-)?\d{1,18}$")])

    def way(self) -> tuple[bool, int]:
        """Return whether it is a swap, and the group or the other person."""
        kind, _dash, number = (self.group.data or "0").rpartition("-")
        return kind == "swap", int(number)


class PinForm(FlaskForm):
    """Whom to fix to what."""

    person = IntegerField(validators=[InputRequired()])
    pin = SelectField(choices=[SelectChoice(kind, kind) for kind in PINS])


class RestForm(FlaskForm):
    """How free the others are while the rest is computed around those who are fixed."""

    move_cost = SelectField(
        _l("How much may change besides?"),
        choices=[SelectChoice(cost, text) for cost, text in _STAY.items()],
    )


class PriceForm(FlaskForm):
    """For whom and which topic an exact price is asked."""

    person = IntegerField(validators=[InputRequired()])
    topic = IntegerField(validators=[InputRequired()])


class NameForm(FlaskForm):
    """The name of a proposal."""

    title = StringField(
        _l("Name of this proposal"),
        filters=[lambda text: (text or "").strip()],
        validators=[Length(max=LONGEST_TITLE)],
    )
