"""The forms for choosing groups."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from flask_wtf import FlaskForm
from typing_extensions import override
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # The stubs lack it.
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
)

from lti_tool.groups import dates
from lti_tool.groups.choosing import rules
from lti_tool.groups.choosing.leading import Settings
from lti_tool.groups.choosing.rules import Shortage
from lti_tool.groups.choosing.words import shortage_sentence
from lti_tool.groups.forms import LONGEST_TEXT, LONGEST_TITLE, TopicsForm
from lti_tool.groups.models import Choice, Topic
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.web.incoming import usual_year

MOST_PLACES = 100
_MOMENT = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


def _stripped(text: str | None) -> str:
    return (text or "").strip()


class ChoiceForm(FlaskForm):
    """How participants choose."""

    places = IntegerField(
        _l("How many people can be in a group?"),
        validators=[
            InputRequired(_l("Please say how many people a group takes.")),
            NumberRange(1, MOST_PLACES, _l("Between 1 and 100 people are possible.")),
        ],
    )
    may_found = BooleanField(
        _l("Participants may found groups of their own"),
        description=_l("They get a code; who types it comes into their group."),
    )
    closes_at = DateTimeLocalField(
        _l("Until when?"),
        description=_l("Empty: until you close it."),
        format=_MOMENT,
        validators=[Optional(), usual_year],
    )

    def __init__(self, zone: tzinfo, choice: Choice | None = None) -> None:
        now = (
            {
                "places": choice.places,
                "may_found": choice.may_found,
                "closes_at": choice.closes_at
                and choice.closes_at.astimezone(zone).replace(tzinfo=None),
            }
            if choice
            else {}
        )
        super().__init__(data=now)
        self.zone = zone

    def validate_closes_at(self, field: DateTimeLocalField) -> None:
        """Refuse a time that no clock of the course will show."""
        if self._moment() is None and field.data is not None:
            raise ValidationError(
                _("This time does not exist: clocks go forward then. Choose another.")
            )

    def _moment(self) -> datetime | None:
        shown = self.closes_at.data
        return None if shown is None else dates.moment_of(shown, self.zone)

    def settings(self) -> Settings:
        """Return what was entered."""
        return Settings(
            self.places.data or 1, bool(self.may_found.data), self._moment()
        )


class BeginForm(ChoiceForm):
    """How participants shall choose, and among what, when it begins."""

    open_groups = BooleanField(
        _l("Offer a group on every topic, open to all"), default=True
    )
    few_places = BooleanField(
        _l("Begin all the same: not everybody is to find a place")
    )

    def __init__(
        self, zone: tzinfo, *, people: int, groups: int = 0, may_propose: bool = True
    ) -> None:
        super().__init__(zone)
        self.people, self.groups, self.may_propose = people, groups, may_propose

    def shortage(self) -> Shortage | None:
        """Return why not all find a place, as far as that is known."""
        endless = self.may_found.data and self.may_propose
        if endless or not self.places.data or self.places.data < 1:
            return None
        return rules.shortage(self.people, self.places.data, (), self.known_groups())

    def known_groups(self) -> int:
        """Return how many groups there can be."""
        return self.groups

    def validate_places(self, _field: IntegerField) -> None:
        """Refuse too few places for all, unless that is meant."""
        found = self.shortage()
        if found and not self.few_places.data:
            raise ValidationError(shortage_sentence(found))

    def validate_open_groups(self, field: BooleanField) -> None:
        """Refuse a choice in which there is nothing to choose."""
        if not field.data and not self.may_found.data:
            raise ValidationError(
                _(
                    "Offer groups, or let participants found their own; else there is nothing to choose."
                )
            )


class NewChoiceForm(BeginForm, TopicsForm):
    """A formation in which participants choose from the beginning."""

    title = StringField(
        _l("Name"),
        filters=[_stripped],
        validators=[
            DataRequired(_l("Please give it a name.")),
            Length(max=LONGEST_TITLE),
        ],
    )
    titles = TextAreaField(
        _l("Topics"),
        description=_l("One topic a line."),
        validators=[DataRequired(_l("Please write at least one topic."))],
    )
    note = TextAreaField(
        _l("Note to the participants"),
        filters=[_stripped],
        validators=[Length(max=LONGEST_TEXT)],
    )

    @override
    def known_groups(self) -> int:
        return len(self.lines())


class CodeForm(FlaskForm):
    """The code of a group."""

    code = StringField(
        _l("Code of a group"),
        filters=[_stripped],
        render_kw={"autocomplete": "off", "autocapitalize": "characters"},
        validators=[
            DataRequired(_l("Please type the code that you were given.")),
            Length(max=40),
        ],
    )


class FoundForm(FlaskForm):
    """The topic of a group that somebody founds."""

    topic = SelectField(_l("Topic"), coerce=int)
    title = StringField(
        _l("Or a topic of your own"),
        filters=[_stripped],
        validators=[Length(max=LONGEST_TITLE)],
    )

    @classmethod
    def among(cls, topics: Sequence[Topic], *, may_propose: bool) -> "FoundForm":
        """Return the form with these topics to choose from."""
        form = cls()
        none = [SelectChoice(0, _("please choose"))]
        form.topic.choices = none + [SelectChoice(t.id, t.title) for t in topics]
        if not topics:
            del form.topic
            form.title.label.text = _("A topic of your own")
            form.title.validators = [
                DataRequired(_l("Please write a topic.")),
                *form.title.validators,
            ]
            form.title.flags.required = True
        if not may_propose:
            del form.title
        return form

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a group without topic."""
        if not super().validate(extra_validators):
            return False
        if not self.topic_id() and not self.own_title():
            self.form_errors.append(_("Please choose a topic, or write one."))
        return not self.errors

    def topic_id(self) -> int:
        """Return the chosen topic, 0 for none."""
        return int(self.topic.data or 0) if "topic" in self else 0

    def own_title(self) -> str:
        """Return the topic that was written, if it may be."""
        return (self.title.data or "") if "title" in self else ""


class TopicOfGroupForm(FlaskForm):
    """The topic on which a lead adds a group."""

    topic = SelectField(_l("Topic"), coerce=int)

    @classmethod
    def among(cls, topics: Sequence[Topic]) -> "TopicOfGroupForm":
        """Return the form with these topics to choose from."""
        form = cls()
        form.topic.choices = [SelectChoice(topic.id, topic.title) for topic in topics]
        return form


class PutForm(FlaskForm):
    """Whom to put where; group 0 is no group."""

    person = IntegerField(validators=[InputRequired()])
    group = IntegerField(validators=[InputRequired()])
