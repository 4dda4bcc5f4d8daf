"""The forms of the groups pages."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
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

from lti_tool.groups import rules
from lti_tool.groups.models import Topic
from lti_tool.groups.problem import Sizes
from lti_tool.groups.service import Plan
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l

LONGEST_TITLE = 120
LONGEST_TEXT = 2000
MOST_GROUPS = 100

_SIZE = [Optional(), NumberRange(1, rules.MOST_PEOPLE)]


def _stripped(text: str | None) -> str:
    return (text or "").strip()


class FormationForm(FlaskForm):
    """What a lead says when opening a formation."""

    title = StringField(
        _l("Name"),
        description=_l("For example: Project groups in spring"),
        filters=[_stripped],
        validators=[
            DataRequired(_l("Please give it a name.")),
            Length(max=LONGEST_TITLE),
        ],
    )
    groups_wanted = IntegerField(
        _l("How many groups?"),
        default=rules.USUAL_GROUPS,
        validators=[
            InputRequired(_l("Please say how many groups there shall be.")),
            NumberRange(1, MOST_GROUPS, _l("Between 1 and 100 groups are possible.")),
        ],
    )
    may_propose = BooleanField(_l("Participants propose topics, too"), default=True)
    note = TextAreaField(
        _l("Note to the participants"),
        description=_l("What should they know before they propose and rank topics?"),
        filters=[_stripped],
        validators=[Length(max=LONGEST_TEXT)],
    )
    size_min = IntegerField(_l("Smallest group"), validators=_SIZE)
    size_preferred = IntegerField(_l("Preferred size"), validators=_SIZE)
    size_max = IntegerField(_l("Largest group"), validators=_SIZE)

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse sizes that are given in part or out of order."""
        if not super().validate(extra_validators):
            return False
        given = self._sizes_given()
        if given and len(given) < len(self._size_fields()):
            self.size_max.errors = [_("Give all three sizes, or none.")]
        elif given != sorted(given):
            self.size_max.errors = [_("The sizes must go from smallest to largest.")]
        return not self.errors

    def _size_fields(self) -> tuple[IntegerField, ...]:
        return (self.size_min, self.size_preferred, self.size_max)

    def _sizes_given(self) -> list[int]:
        return [field.data for field in self._size_fields() if field.data is not None]

    def plan(self) -> Plan:
        """Return what was entered."""
        given = self._sizes_given()
        return Plan(
            title=self.title.data or "",
            note=self.note.data or "",
            may_propose=self.may_propose.data,
            groups_wanted=self.groups_wanted.data or rules.USUAL_GROUPS,
            sizes=Sizes(*given) if given else None,
        )


class TopicsForm(FlaskForm):
    """Several topics at once, as a lead writes them."""

    titles = TextAreaField(
        _l("Add topics"),
        description=_l("One topic a line."),
        validators=[DataRequired(_l("Please write at least one topic."))],
    )

    def validate_titles(self, _field: TextAreaField) -> None:
        """Refuse a line that is no title."""
        if any(len(title) > LONGEST_TITLE for title in self.lines()):
            raise ValidationError(
                _("A topic can have 120 characters at most; describe it later.")
            )

    def lines(self) -> list[str]:
        """Return one title a line, without empty ones."""
        return [
            line.strip()
            for line in (self.titles.data or "").splitlines()
            if line.strip()
        ]


class IdeaForm(FlaskForm):
    """A topic that a participant proposes."""

    title = StringField(
        _l("Topic"),
        filters=[_stripped],
        validators=[
            DataRequired(_l("Please name the topic.")),
            Length(max=LONGEST_TITLE),
        ],
    )
    text = TextAreaField(
        _l("What is it about?"),
        filters=[_stripped],
        validators=[Length(max=LONGEST_TEXT)],
    )


class TopicForm(IdeaForm):
    """A topic as a lead edits it."""

    groups_max = IntegerField(
        _l("How many groups may work on it?"),
        validators=[
            InputRequired(_l("Please give a number.")),
            NumberRange(1, MOST_GROUPS, _l("Between 1 and 100 groups are possible.")),
        ],
    )


class TopicChoiceForm(FlaskForm):
    """The topic into which another one is merged."""

    into = SelectField(_l("Merge into"), coerce=int)

    @classmethod
    def among(cls, others: Sequence[Topic]) -> "TopicChoiceForm":
        """Return the form with these topics to choose from."""
        form = cls()
        form.into.choices = [SelectChoice(topic.id, topic.title) for topic in others]
        return form


class MoveForm(FlaskForm):
    """Whom to put where; group 0 is no group."""

    person = IntegerField(validators=[InputRequired()])
    group = IntegerField(validators=[InputRequired()])


class WishesForm(FlaskForm):
    """A participant's favourite, second and further wishes; made by ``wishes_form``."""

    any_topic: BooleanField

    def places(self) -> list[SelectField]:
        """Return the fields in the order of the wishes."""
        return [self[name] for name in self._fields if name.startswith("wish_")]

    def wished(self) -> list[int]:
        """Return the chosen topics; places that were left open are skipped."""
        return [field.data for field in self.places() if field.data]

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse an empty list unless any topic suits, and a topic that was chosen twice."""
        if not super().validate(extra_validators):
            return False
        if not self.wished() and not self.any_topic.data:
            self.places()[0].errors = [
                _("Please choose at least your favourite, or say that any topic suits.")
            ]
        for place, field in enumerate(self.places()):
            if field.data and field.data in [f.data for f in self.places()[:place]]:
                field.errors = [_("This topic is chosen already. Choose another one.")]
        return not self.errors


_Form = TypeVar("_Form", bound=WishesForm)


def wishes_form(
    base: type[_Form],
    topics: Sequence[Topic],
    wished: Sequence[int],
    more: Mapping[str, Any],
) -> _Form:
    """Return the form for ranking these topics, filled with what was wished so far.

    ``more`` are further fields and facts of the form.
    """
    labels = (
        _l("Favourite"),
        _l("Second wish"),
        _l("Third wish"),
        _l("Fourth wish"),
        _l("Fifth wish"),
    )
    offered = [SelectChoice(topic.id, topic.title) for topic in topics]
    none = (_("please choose"), *(_("no further wish") for _label in labels))
    fields = {
        f"wish_{place}": SelectField(
            label,
            coerce=int,
            choices=[SelectChoice(0, none[place]), *offered],
            default=wished[place] if place < len(wished) else 0,
        )
        for place, label in enumerate(labels[: len(topics)])
    }
    made: _Form = type("RankingForm", (base,), {**fields, **more})()
    return made
