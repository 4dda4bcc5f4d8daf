"""The form of the picker: which activities, under which titles, with which columns."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # The stubs lack it.
from wtforms.validators import DataRequired, Length

from lti_tool.entrance.deep_linking.rules import twice
from lti_tool.entrance.deep_linking.service import Choice, Pick
from lti_tool.entrance.deep_linking.words import words_of
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l

_LONGEST_TITLE = 200


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


class PickForm(FlaskForm):
    """Which activities are chosen; ``pick_form`` adds title and column of each."""

    choices: Sequence[Choice] = ()

    def picks(self) -> list[Pick]:
        """Return what was chosen, in the order of the page."""
        return [
            Pick(choice, self.title(choice).data, self._has_column(choice))
            for choice in self.choices
            if choice.offer.key in self.chosen_keys
        ]

    @property
    def chosen_keys(self) -> list[str]:
        """The keys of what is chosen now."""
        chosen = self["chosen"].data or []
        return [chosen] if isinstance(chosen, str) else chosen

    def title(self, choice: Choice) -> Any:
        """Return the field for the title of a choice."""
        return self[f"title_{choice.offer.key}"]

    def column(self, choice: Choice) -> Any:
        """Return the field that asks for a column in the gradebook; None where there can be none."""
        return self[f"column_{choice.offer.key}"] if choice.column else None

    def _has_column(self, choice: Choice) -> bool:
        field = self.column(choice)
        return field is not None and bool(field.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check what belongs to the chosen activities only, and that no column comes twice."""
        if not super().validate(extra_validators):
            return False
        picks = self.picks()
        for pick in picks:
            if not pick.title:
                self.title(pick.choice).errors = [_("Please enter a title.")]
        for titles in twice(
            (pick.title, pick.choice.column) for pick in picks if pick.with_column
        ):
            self.form_errors.append(
                _(
                    "These would bring the same column to the gradebook: %(titles)s. Let only one of them have it.",
                    titles=", ".join(titles),
                )
            )
        return not self.errors


def pick_form(
    found: Sequence[Choice], chosen: Sequence[str], *, several: bool
) -> PickForm:
    """Return the form for these choices; at first ``chosen`` are chosen."""
    fields: dict[str, Any] = {"choices": found}
    for choice in found:
        key = choice.offer.key
        fields[f"title_{key}"] = StringField(
            _(
                "Title in the course: %(activity)s",
                activity=words_of(choice.offer).title,
            ),
            default=choice.title,
            filters=[_one_line],
            validators=[Length(max=_LONGEST_TITLE)],
        )
        if choice.column is not None:
            fields[f"column_{key}"] = BooleanField(
                _l("With a column in the gradebook"), default=not choice.is_filled
            )
    fields["chosen"] = _chosen(found, chosen, several=several)
    form: PickForm = type("Form", (PickForm,), fields)()
    return form


def _chosen(found: Sequence[Choice], chosen: Sequence[str], *, several: bool) -> Any:
    kind = SelectMultipleField if several else RadioField
    return kind(
        _l("Activities"),
        choices=[SelectChoice(choice.offer.key, choice.title) for choice in found],
        default=list(chosen) if several else next(iter(chosen), None),
        validators=[DataRequired(_l("Choose an activity, or cancel."))],
    )
