"""The forms of course, people and profile."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    URLField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # The stubs lack it.
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from lti_tool.courses import words
from lti_tool.courses.course import lms_address
from lti_tool.courses.profile_table import FIELDS
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l

_EVERYBODY = _l("Everybody in this course sees it.")
_FORMING = _l("Only leads and assistants see it; it helps to form groups.")


def _strip(text: str | None) -> str:
    return (text or "").strip()


def _choices(field: str) -> list[Any]:
    known = [SelectChoice(value, word) for value, word in words.choices(field)]
    return [SelectChoice("", _l("not said")), *known]


class ProfileForm(FlaskForm):
    """What participants say of themselves; all of it is voluntary."""

    network = StringField(
        words.FIELDS["network"],
        description=_EVERYBODY,
        filters=[_strip],
        validators=[Length(max=200)],
    )
    region = StringField(
        words.FIELDS["region"],
        description=_EVERYBODY,
        filters=[_strip],
        validators=[Length(max=200)],
    )
    network_kind = SelectField(
        words.FIELDS["network_kind"],
        description=_FORMING,
        choices=_choices("network_kind"),
    )
    employer_kind = SelectField(
        words.FIELDS["employer_kind"],
        description=_FORMING,
        choices=_choices("employer_kind"),
    )
    experience = SelectField(
        words.FIELDS["experience"],
        description=_FORMING,
        choices=_choices("experience"),
    )
    question = TextAreaField(
        words.FIELDS["question"],
        description=_l(
            "What do you want to take home? The course team and the speakers see it, with your name."
        ),
        filters=[_strip],
        validators=[Length(max=2000)],
    )

    def values(self) -> dict[str, Any]:
        """Return what was entered, by field of the profile."""
        return {name: self[name].data for name in FIELDS}


class DutiesForm(FlaskForm):
    """Which duties a member of staff has."""

    duties = SelectMultipleField(
        _l("Duties"),
        choices=[SelectChoice(duty, word) for duty, word in words.DUTIES.items()],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )


class CourseForm(FlaskForm):
    """What a lead sets for the whole course."""

    time_zone = SelectField(
        _l("Time zone"),
        description=_l("All dates of this course are shown in it."),
        validators=[DataRequired()],
    )
    language = SelectField(
        _l("Language of what leaves the tool"),
        description=_l(
            "Names of columns in the gradebook, for example. Everybody chooses the language of the pages for themselves."
        ),
        choices=[SelectChoice("de", "Deutsch"), SelectChoice("en", "English")],
    )

    lms_url = URLField(
        _l("Address of the course in the learning platform"),
        description=_l(
            "Pages that have to send people back link to it. Copy it from the address bar while the course is open there."
        ),
        filters=[_strip],
        validators=[Length(max=1000)],
    )
    places: Sequence[str] = ()

    def offer(self, zones: Sequence[str], places: Sequence[str]) -> None:
        """Offer these time zones, and addresses on these servers."""
        self.time_zone.choices = [SelectChoice(zone, zone) for zone in zones]
        self.places = places

    def validate_lms_url(self, field: URLField) -> None:
        """Take an address of the course's own platform only."""
        if not field.data:
            return
        address = lms_address(field.data, self.places)
        if address is None:
            raise ValidationError(
                _(
                    "This is no address of your learning platform: it has to begin with %(places)s.",
                    places=_(" or ").join(f"{place}/" for place in self.places),
                )
            )
        field.data = address
