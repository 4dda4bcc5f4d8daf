"""The forms of a room that are more than one press."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange, Optional

from lti_tool.groups import rules
from lti_tool.groups.forms import MOST_GROUPS
from lti_tool.groups.problem import Sizes
from lti_tool.i18n import lazy_gettext as _l

_SIZE = [Optional(), NumberRange(1, rules.MOST_PEOPLE)]


class ResizeForm(FlaskForm):
    """How many groups there shall be, and how large."""

    groups = IntegerField(
        _l("Groups"), validators=[InputRequired(), NumberRange(1, MOST_GROUPS)]
    )
    smallest = IntegerField(_l("at least"), validators=_SIZE)
    largest = IntegerField(_l("at most"), validators=_SIZE)

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse sizes out of order, or only one of the two."""
        if not super().validate(extra_validators):
            return False
        low, high = self.smallest.data, self.largest.data
        return (low is None) == (high is None) and (low or 0) <= (high or 0)

    def sizes(self, people: int) -> Sizes | None:
        """Return the sizes that were given, at best as equal as possible; None for none."""
        low, high = self.smallest.data, self.largest.data
        if low is None or high is None:
            return None
        equal = round(people / (self.groups.data or 1))
        return Sizes(low, min(max(equal, low), high), high)
