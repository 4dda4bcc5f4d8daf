"""What leads set up in a survey, and what participants fill in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from typing_extensions import override
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # The stubs lack it.
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from lti_tool import clock
from lti_tool.courses.people import Member
from lti_tool.courses.words import FIELDS
from lti_tool.groups import dates
from lti_tool.groups.forms import LONGEST_TITLE, WishesForm, wishes_form
from lti_tool.groups.models import Formation, Topic
from lti_tool.groups.survey import rules, service, words
from lti_tool.groups.survey.models import Question
from lti_tool.groups.survey.rules import PARTS, PROFILE_FIELDS, Company, Slot
from lti_tool.groups.survey.service import Answers
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.web.incoming import usual_year

_MOMENT = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
_LONGEST_PURPOSE = 300
_LONGEST_CHOICE = 80
_FEWEST_CHOICES = 2
_NO_PREFERENCE = 0


def _stripped(text: str | None) -> str:
    return (text or "").strip()


def _checkboxes(label: Any, **more: Any) -> SelectMultipleField:
    """Return a field of several choices, each a box to tick."""
    return SelectMultipleField(
        label,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        **more,
    )


def _codes(spans: Iterable[tuple[int, int]]) -> list[str]:
    return [f"{begins}-{ends}" for begins, ends in spans]


_HOURS = tuple((hour, hour + 1) for hour in range(7, 22))


class SurveyForm(FlaskForm):
    """When a survey opens and closes, and what it asks beside the topics."""

    opens_at = DateTimeLocalField(
        _l("Opens"),
        description=_l("Empty: you open it by hand."),
        format=_MOMENT,
        validators=[Optional(), usual_year],
    )
    closes_at = DateTimeLocalField(
        _l("Closes"),
        description=_l("Empty: you close it by hand."),
        format=_MOMENT,
        validators=[Optional(), usual_year],
    )
    profile = _checkboxes(
        _l("From the profile"),
        description=_l(
            "Nobody has to enter this again. Participants see what is used of it, and what for."
        ),
    )
    days = _checkboxes(_l("Days"), coerce=int)
    parts = _checkboxes(_l("Parts of the day"))
    hours = _checkboxes(_l("Or single hours"))
    asks_company = BooleanField(
        _l("Ask with whom people would like to work, and with whom not"),
        description=_l(
            "At most three names on each side. Only leads see them; people who are named may ask to see what was said of them."
        ),
    )

    def read_clock(self, zone: ZoneInfo, formation: Formation) -> None:
        """Know the zone of the dates, and the dates that stand there already."""
        self.zone, self.formation = zone, formation

    def moment(self, field: DateTimeLocalField) -> datetime | None:
        """Return the moment that a date of the course means."""
        return dates.moment_of(field.data, self.zone) if field.data else None

    @override
    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse hours that no clock shows, and dates that are over or out of order."""
        if not super().validate(extra_validators):
            return False
        for field in (self.opens_at, self.closes_at):
            if field.data and self.moment(field) is None:
                field.errors = [
                    _(
                        "Clocks skip this hour on that day: summer time begins. Choose another one."
                    )
                ]
        if not self.errors:
            self._compare_dates()
        if bool(self.days.data) != bool(self.parts.data or self.hours.data):
            self.days.errors = [_("Choose days and times, or neither.")]
        return not self.errors

    def _compare_dates(self) -> None:
        opens, closes = self.moment(self.opens_at), self.moment(self.closes_at)
        if closes is None:
            return
        if opens is not None and closes <= opens:
            self.closes_at.errors = [_("It must close after it opens.")]
        elif closes <= clock.now() and closes != self.formation.closes_at:
            self.closes_at.errors = [
                _("This moment is over. Choose a later one, or close by hand.")
            ]

    def slots(self) -> tuple[Slot, ...]:
        """Return the weekly slots that the chosen days and times make."""
        spans = [PARTS[part] for part in self.parts.data or ()]
        # An hour within a part of the day that is asked for anyway would be asked for twice.
        singles = [
            span
            for span in _HOURS
            if _codes([span])[0] in (self.hours.data or ())
            and not any(b <= span[0] < e for b, e in spans)
        ]
        return rules.week(self.days.data or (), [*spans, *singles])


def survey_form(
    formation: Formation, questions: Iterable[Question], zone: ZoneInfo
) -> SurveyForm:
    """Return the form, filled with what is set so far."""
    slots = service.slots_of(formation)
    spans = {(slot.begins, slot.ends) for slot in slots}
    form = SurveyForm(
        data={
            "opens_at": formation.opens_at and dates.shown_at(formation.opens_at, zone),
            "closes_at": formation.closes_at
            and dates.shown_at(formation.closes_at, zone),
            "profile": [q.profile_field for q in questions if q.profile_field],
            "days": sorted({slot.day for slot in slots}),
            "parts": [name for name, span in PARTS.items() if span in spans],
            "hours": _codes(span for span in spans if span in _HOURS),
            "asks_company": formation.asks_company,
        }
    )
    form.read_clock(zone, formation)
    form.profile.choices = [SelectChoice(f, FIELDS[f]) for f in PROFILE_FIELDS]
    form.days.choices = [SelectChoice(d, words.day_name(d)) for d in range(7)]
    form.parts.choices = [
        SelectChoice(name, f"{words.part_name(span)} ({words.hours(*span)})")
        for name, span in PARTS.items()
    ]
    form.hours.choices = [
        SelectChoice(f"{b}-{e}", words.hours(b, e)) for b, e in _HOURS
    ]
    return form


class QuestionForm(FlaskForm):
    """A question of a lead's own."""

    question_title = StringField(
        _l("Question"),
        description=_l("For example: Which part of project work do you like best?"),
        filters=[_stripped],
        validators=[
            DataRequired(_l("Please write the question.")),
            Length(max=LONGEST_TITLE),
        ],
    )
    choices = TextAreaField(
        _l("Choices"),
        description=_l("One a line, two to ten. “No preference” is added by itself."),
        filters=[_stripped],
        validators=[DataRequired(_l("Please write at least two choices."))],
        render_kw={"rows": 4},
    )
    purpose = StringField(
        _l("What is it for?"),
        description=_l(
            "Participants read this, such as: So that every group has both kinds."
        ),
        filters=[_stripped],
        validators=[
            DataRequired(_l("Please say what the answers are for.")),
            Length(max=_LONGEST_PURPOSE),
        ],
    )

    def lines(self) -> list[str]:
        """Return one choice a line, without empty ones."""
        given = (line.strip() for line in (self.choices.data or "").splitlines())
        return [line for line in given if line]

    def validate_choices(self, _field: Field) -> None:
        """Refuse too few, too many, too long or equal choices."""
        lines = self.lines()
        if not _FEWEST_CHOICES <= len(lines) <= rules.MOST_CHOICES:
            raise ValidationError(_("Please write two to ten choices."))
        if len({line.casefold() for line in lines}) < len(lines):
            raise ValidationError(_("Two choices are the same."))
        if max(map(len, lines)) > _LONGEST_CHOICE:
            raise ValidationError(_("A choice can have 80 characters at most."))


def question_form(question: Question) -> QuestionForm:
    """Return the form, filled with a question."""
    return QuestionForm(
        data={
            "question_title": question.title,
            "choices": "\n".join(question.choices),
            "purpose": question.purpose,
        }
    )


class AnswersForm(WishesForm):
    """All that a participant is asked; made by ``answers_form``."""

    person_id = 0
    present: frozenset[int] = frozenset()
    asked: Mapping[int, str] = {}
    """The name of the field of each question, by its id."""

    def questions(self) -> list[RadioField]:
        """Return the fields of the leads' own questions."""
        return [self[name] for name in self.asked.values()]

    def company(self, side: str) -> list[SelectField]:
        """Return the fields of one side of the wishes for people."""
        return [self[name] for name in self._fields if name.startswith(f"{side}_")]

    def named(self, side: str) -> tuple[int, ...]:
        """Return the people chosen on one side."""
        return tuple(field.data for field in self.company(side) if field.data)

    def answers(self) -> Answers:
        """Return what was chosen beside the topics."""
        chosen = {q: self[name].data for q, name in self.asked.items()}
        return Answers(
            choices={q: choice for q, choice in chosen.items() if choice},
            slots=rules.slots(self.slots.data or ()) if "slots" in self else (),
            wanted=self.named("with"),
            unwanted=self.named("without"),
        )

    def filled(self) -> tuple[bool, ...]:
        """Return for each part of the survey whether there is something in it."""
        return (
            bool(self.wished() or self.any_topic.data),
            *(field.data is not None for field in self.questions()),
            *([bool(self.slots.data)] if "slots" in self else []),
        )

    @override
    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse wishes for oneself, for strangers, and for one person twice."""
        if not super().validate(extra_validators):
            return False
        flaw = rules.company_flaw(
            self.person_id, self.named("with"), self.named("without"), self.present
        )
        if flaw is not None:
            self._wrong_person(flaw).errors = [service.company_words(flaw)]
        return not self.errors

    def _wrong_person(self, flaw: Company) -> SelectField:
        """Return the field at which something is wrong."""
        seen: set[int] = set()
        fields = [
            f for f in (*self.company("with"), *self.company("without")) if f.data
        ]
        for field in fields:
            wrong = {
                Company.ONESELF: field.data == self.person_id,
                Company.TWICE: field.data in seen,
                Company.UNKNOWN: field.data not in self.present,
            }
            if wrong.get(flaw):
                return field
            seen.add(field.data)
        return fields[0]


def answers_form(  # noqa: PLR0913  # All that makes a person's form, by keyword.
    formation: Formation,
    topics: Sequence[Topic],
    *,
    wished: Sequence[int],
    questions: Iterable[Question],
    people: Sequence[Member],
    person_id: int,
    answers: Answers,
    has_answered: bool,
) -> AnswersForm:
    """Return the form for all that a formation asks, filled with what was said so far."""
    own = [question for question in questions if question.profile_field is None]
    slots = service.slots_of(formation)
    fields: dict[str, Any] = {
        "any_topic": BooleanField(
            _l("Any topic suits me"), default=has_answered and not wished
        )
    }
    for question in own:
        fields[f"question_{question.id}"] = RadioField(
            question.title,
            coerce=int,
            choices=[
                *(SelectChoice(n, c) for n, c in enumerate(question.choices, start=1)),
                SelectChoice(_NO_PREFERENCE, _("No preference")),
            ],
            default=answers.choices.get(
                question.id, _NO_PREFERENCE if has_answered else None
            ),
            validators=[Optional()],
            description=question.purpose,
        )
    if slots:
        fields["slots"] = _checkboxes(
            _l("When can you meet?"),
            choices=[SelectChoice(s.code, words.slot_words(s)) for s in slots],
            default=[slot.code for slot in answers.slots],
        )
    if formation.asks_company:
        fields |= _company_fields("with", people, person_id, answers.wanted)
        fields |= _company_fields("without", people, person_id, answers.unwanted)
    facts = {
        "person_id": person_id,
        "present": frozenset(person.person_id for person in people),
        "asked": {question.id: f"question_{question.id}" for question in own},
    }
    form = wishes_form(AnswersForm, topics, wished, fields | facts)
    for field in form:
        # Two rounds may stand on one page.
        field.id = field.label.field_id = f"{field.id}-{formation.id}"
    return form


def _company_fields(
    side: str, people: Iterable[Member], person_id: int, named: Sequence[int]
) -> dict[str, SelectField]:
    choices = [
        SelectChoice(0, _("nobody named")),
        *(
            SelectChoice(p.person_id, p.name)
            for p in people
            if p.person_id != person_id
        ),
    ]
    labels = {
        "with": (_l("With"), _l("With, second person"), _l("With, third person")),
        "without": (
            _l("Not with"),
            _l("Not with, second person"),
            _l("Not with, third person"),
        ),
    }[side]
    return {
        f"{side}_{place}": SelectField(
            label,
            coerce=int,
            choices=choices,
            # The form itself says what is wrong with somebody who is not on the list.
            validate_choice=False,
            default=named[place] if place < len(named) else 0,
        )
        for place, label in enumerate(labels)
    }
