"""The forms of the worksheet, and how a page's fields become edits."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_wtf import FlaskForm
from typing_extensions import override
from werkzeug.datastructures import MultiDict
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
)

# The stubs are older than WTForms 3.3.
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp
from wtforms.widgets import HiddenInput

from lti_tool.errors import InvalidError
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.web.incoming import usual_year
from lti_tool.worksheet.answers import Field, Unfit
from lti_tool.worksheet.instrument import PHASES
from lti_tool.worksheet.models import Actor
from lti_tool.worksheet.network import LONGEST_LABEL, ActorFacts
from lti_tool.worksheet.rules import Window
from lti_tool.worksheet.service import Edit
from lti_tool.worksheet.sheet import Words

_UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class ActorForm(FlaskForm):
    """What the owner says about an organisation."""

    uuid = HiddenField(validators=[Regexp(_UUID)])
    version = IntegerField(widget=HiddenInput(), default=1)
    label = StringField(
        _l("Name of the organisation"),
        description=_l("An organisation or a function in it, not a private person."),
        validators=[
            DataRequired(_l("Please give the organisation a name.")),
            Length(max=LONGEST_LABEL),
        ],
    )
    type = SelectField(
        _l("Kind"), validators=[DataRequired(_l("Please choose what it is."))]
    )
    status = RadioField(
        _l("Is it part of your network?"),
        choices=[
            SelectChoice("known", _l("yes, it takes part")),
            SelectChoice("missing", _l("no, it is missing")),
            SelectChoice("left", _l("no longer, it has left")),
        ],
        default="known",
    )
    closeness = SelectField(_l("How close to the core?"))

    def facts(self) -> ActorFacts:
        """Return what was entered."""
        return ActorFacts(
            label=self.label.data or "",
            type=self.type.data,
            status=self.status.data,
            closeness=self.closeness.data or "",
        )


def actor_form(
    words: Words, actor: Actor | None = None, status: str = "known"
) -> ActorForm:
    """Return the form of an actor in the reader's language, filled with what is known of it."""
    form = ActorForm(obj=actor) if actor else ActorForm(data={"status": status})
    form.type.choices = [
        SelectChoice("", _("please choose")),
        *(
            SelectChoice(kind, words.actor_type(kind))
            for kind in words.instrument.actor_types
        ),
    ]
    form.closeness.choices = [
        SelectChoice("", _("not said yet")),
        *(
            SelectChoice(level, words.level("closeness", level))
            for level in words.instrument.scales["closeness"]
        ),
    ]
    return form


class TieForm(FlaskForm):
    """Two actors that work together without the owner."""

    one = SelectField(_l("Who"))
    other = SelectField(_l("With whom"))
    strength = SelectField(_l("How closely"), coerce=int, default=2)


def tie_form(words: Words, actors: Sequence[Actor]) -> TieForm:
    """Return the form of a tie between the actors of a network."""
    form = TieForm()
    names = [
        SelectChoice(actor.uuid, actor.label)
        for actor in actors
        if actor.status == "known"
    ]
    form.one.choices = form.other.choices = names
    if not form.is_submitted() and len(names) > 1:
        form.other.data = names[1].value
    form.strength.choices = [
        SelectChoice(int(level), words.level("strength", level))
        for level in words.instrument.scales["strength"]
    ]
    return form


_LATER = _l("Empty: not open yet.")
_NO_END = _l("Empty: no last day.")
_DAY = [Optional(), usual_year]


class SettingsForm(FlaskForm):
    """How the course uses the worksheet."""

    form = RadioField(
        _l("How many prompts?"),
        choices=[
            SelectChoice("short", _l("Short form: about 12 prompts, 25 minutes")),
            SelectChoice("full", _l("Full form: about 25 prompts, 45 minutes")),
        ],
        validators=[InputRequired()],
    )
    start_opens = DateField(
        _l("Opens on"),
        description=_l("Empty: open from the first day."),
        validators=_DAY,
    )
    start_closes = DateField(_l("Last day"), description=_NO_END, validators=_DAY)
    mid_opens = DateField(_l("Opens on"), description=_LATER, validators=_DAY)
    mid_closes = DateField(_l("Last day"), description=_NO_END, validators=_DAY)
    end_opens = DateField(_l("Opens on"), description=_LATER, validators=_DAY)
    end_closes = DateField(_l("Last day"), description=_NO_END, validators=_DAY)

    def windows(self) -> dict[str, Window]:
        """Return the window of every phase."""
        return {
            phase: Window(self[f"{phase}_opens"].data, self[f"{phase}_closes"].data)
            for phase in PHASES
        }

    @override
    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        for phase, window in self.windows().items():
            if (
                window.opens_on
                and window.closes_on
                and window.closes_on < window.opens_on
            ):
                self[f"{phase}_closes"].errors = [
                    _("A phase cannot close before it opens. Please check the dates.")
                ]
                is_valid = False
        return is_valid


def edits(form: MultiDict[str, str], fields: Iterable[Field]) -> list[Edit]:
    """Return the values of a page; a field without its revision was not on the page."""
    op = form.get("op", "")
    if not op:
        raise InvalidError
    return [
        Edit(
            path=field.path,
            value=",".join(form.getlist(field.path)),
            base=form.get(f"rev:{field.path}", 0, type=int),
            op_id=f"{op}:{field.path}",
        )
        for field in fields
        if f"rev:{field.path}" in form
    ]


def why_unfit(reason: Unfit) -> str:
    """Return in the reader's words why a value was not taken and what to do."""
    words: dict[Unfit, str] = {
        Unfit.TOO_LONG: _(
            "This text is too long; 4,000 characters fit. Please shorten it."
        ),
        Unfit.NO_OPTION: _("Please choose one of the answers shown."),
        Unfit.NO_POINTS: _("Please enter whole points from 0 to 10."),
        Unfit.NO_DATE: _("Please enter a date, such as 20.06.2026."),
        Unfit.NO_ACTOR: _("Please choose an actor from your list."),
    }
    return words[reason]
