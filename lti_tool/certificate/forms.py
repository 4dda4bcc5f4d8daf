"""The form of the usual rule set."""

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # The stubs lack it.
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from lti_tool.certificate.choices import PRESENTATION, PROJECT, Choices
from lti_tool.certificate.explain import PHASES, SELECTED
from lti_tool.certificate.requirements import Excused, Select
from lti_tool.i18n import lazy_gettext as _l

_CHECK_BOXES: Mapping[str, Any] = {
    "widget": ListWidget(prefix_label=False),
    "option_widget": CheckboxInput(),
}


class RulesForm(FlaskForm):
    """What the certificate asks for."""

    min_pct = IntegerField(
        _l("Least share of the planned units, in per cent"),
        [
            InputRequired(_l("Enter a number from 1 to 100.")),
            NumberRange(1, 100, _l("Enter a number from 1 to 100.")),
        ],
    )
    excused = SelectField(
        _l("Excused absence"),
        choices=[
            SelectChoice(str(Excused.ABSENT), _l("counts like absence")),
            SelectChoice(str(Excused.DROP), _l("leaves the total of the person")),
            SelectChoice(str(Excused.COUNT), _l("counts as attended")),
        ],
    )
    mandatory = SelectMultipleField(
        _l("Meetings nobody may miss"),
        choices=[SelectChoice(str(name), word) for name, word in SELECTED.items()],
        **_CHECK_BOXES,
    )
    phases = SelectMultipleField(
        _l("Worksheets to hand in"),
        choices=[SelectChoice(name, word) for name, word in PHASES.items()],
        **_CHECK_BOXES,
    )
    passed = SelectMultipleField(
        _l("Project work"),
        choices=[
            SelectChoice(PROJECT, _l("the project is accepted")),
            SelectChoice(PRESENTATION, _l("the project is presented")),
        ],
        **_CHECK_BOXES,
    )
    course_units = IntegerField(
        _l("Least length of the course in units"),
        [Optional(), NumberRange(0, 2000, _l("Enter a number from 0 to 2000."))],
        description=_l("Empty or 0 leaves this requirement out."),
    )
    second = BooleanField(
        _l("The IHK confirms second"),
        description=_l(
            "After a lead, the examiner has to confirm before the certificate reaches the gradebook."
        ),
    )

    def read(self) -> Choices:
        """Return what was chosen."""
        return Choices(
            min_pct=self.min_pct.data or 0,
            excused=Excused(self.excused.data),
            mandatory=tuple(Select(name) for name in self.mandatory.data or ()),
            phases=tuple(self.phases.data or ()),
            passed=tuple(self.passed.data or ()),
            course_units=self.course_units.data or 0,
        )


def shown(choices: Choices, *, second: bool) -> Mapping[str, object]:
    """Return what the form shows of choices."""
    return {
        "min_pct": choices.min_pct,
        "excused": str(choices.excused),
        "mandatory": [str(name) for name in choices.mandatory],
        "phases": list(choices.phases),
        "passed": list(choices.passed),
        "course_units": choices.course_units,
        "second": second,
    }
