"""The forms of project work."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from typing_extensions import override
from wtforms import (
    DateTimeLocalField,
    DecimalField,
    Field,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    AnyOf,
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)
from wtforms.widgets import CheckboxInput, ListWidget, URLInput

from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.i18n import ngettext
from lti_tool.projects.presentations import USUAL_MINUTES
from lti_tool.projects.records import Project, Terms
from lti_tool.projects.rules import (
    LONGEST_TEXT,
    LinkProblem,
    link_problem,
)
from lti_tool.web.incoming import usual_year

ACCEPT = "accept"
RETURN = "return"
_MOMENT = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
_LONGEST_COMMENT = 4_000


def _one_line_ends(value: str | None) -> str:
    # Browsers send CR LF; only LF is stored, so that equal texts are equal.
    return (value or "").replace("\r\n", "\n").strip()


class _OneOfBoth:
    """Takes "(optional)" away from the labels of fields of which one is needed."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __call__(self, form: FlaskForm, field: Field) -> None:
        """Let everything pass: the form itself looks at both."""


# Either may stay empty, so browsers must not insist on both.
_NOT_ALONE = {"required": False}


class HandInForm(FlaskForm):
    """What a group hands in: a text, a link or both."""

    seen = IntegerField(default=0, validators=[Optional()])
    """The newest version that the person knew when writing."""
    text = TextAreaField(
        _l("Text"),
        filters=[_one_line_ends],
        validators=[
            _OneOfBoth(),
            Length(
                max=LONGEST_TEXT,
                message=_l("This text is too long; 20,000 characters fit."),
            ),
        ],
        render_kw=_NOT_ALONE | {"rows": 10},
    )
    link = StringField(
        _l("Link"),
        description=_l(
            "For slides, videos and long documents. The link must start with https:// "
            "and open for everybody who reads the hand-in."
        ),
        filters=[_one_line_ends],
        validators=[_OneOfBoth()],
        widget=URLInput(),
        render_kw=_NOT_ALONE | {"placeholder": "https://", "inputmode": "url"},
    )

    def validate_link(self, field: Field) -> None:
        """Refuse a link that browsers should not be sent to."""
        problem = link_problem(field.data) if field.data else None
        if problem is not None:
            raise ValidationError(_why_no_link(problem))

    @override
    def validate(self, extra_validators: Any = None) -> bool:
        """Return whether something fit to hand in was entered."""
        fits: bool = super().validate(extra_validators)
        if fits and not self.text.data and not self.link.data:
            self.text.errors = [_("Please write a text, enter a link, or both.")]
            return False
        return fits


def hand_in_form(project: Project | None = None) -> HandInForm:
    """Return the form, begun with the newest version of the group."""
    newest = project.newest if project else None
    return HandInForm(
        data={"text": newest.text, "link": newest.link} if newest else None
    )


class ReviewForm(FlaskForm):
    """Accept or return one version."""

    version = IntegerField(validators=[InputRequired()])
    decision = StringField(validators=[AnyOf([ACCEPT, RETURN])])
    comment = TextAreaField(
        _l("Comment for the group"),
        description=_l(
            "Needed when you return the hand-in: what should the group change?"
        ),
        filters=[_one_line_ends],
        validators=[Length(max=_LONGEST_COMMENT)],
        render_kw={"rows": 5},
    )
    points = DecimalField(_l("Points"), places=None, validators=[Optional()])

    def validate_comment(self, field: Field) -> None:
        """Ask for a comment where the group has to change something."""
        if self.decision.data == RETURN and not field.data:
            raise ValidationError(_("Please write what the group should change."))

    @property
    def is_accepting(self) -> bool:
        """Tell which of the two buttons was pressed."""
        return bool(self.decision.data == ACCEPT)

    @property
    def given_points(self) -> float | None:
        """Return the points entered, None where they are switched off."""
        points = self.points.data if "points" in self else None
        return None if points is None else float(points)

    def ask_points(self, maximum: float) -> None:
        """Ask for points when accepting."""
        self.points.description = _(
            "0 to %(maximum)s; needed when you accept.", maximum=f"{maximum:g}"
        )
        self.points.render_kw = {"min": "0", "max": f"{maximum:g}", "step": "any"}
        message = _(
            "Please enter points from 0 to %(maximum)s.", maximum=f"{maximum:g}"
        )
        if self.is_accepting:
            self.points.validators = [
                InputRequired(message),
                NumberRange(0, maximum, message),
            ]


def review_form(terms: Terms) -> ReviewForm:
    """Return the form, with points where the lead switched them on."""
    form = ReviewForm()
    if terms.points is None:
        del form.points
    else:
        form.ask_points(terms.points)
    return form


class TakeBackForm(FlaskForm):
    """Undo a review, with a reason."""

    version = IntegerField(validators=[InputRequired()])
    reason = TextAreaField(
        _l("Why do you take it back?"),
        description=_l("The group reads this."),
        filters=[_one_line_ends],
        validators=[
            DataRequired(_l("Please write why you take the review back.")),
            Length(max=_LONGEST_COMMENT),
        ],
        render_kw={"rows": 3},
    )


class TermsForm(FlaskForm):
    """What the lead asks of all groups."""

    deadline = DateTimeLocalField(
        _l("Hand in until"),
        description=_l("Later hand-ins are marked as late, not refused."),
        format=_MOMENT,
        validators=[Optional(), usual_year],
    )
    points = IntegerField(
        _l("Most points of a review"),
        description=_l(
            "Empty: no points. An accepted project then counts as 1 of 1 in the gradebook."
        ),
        validators=[
            Optional(),
            NumberRange(1, 1000, _l("Please enter a whole number from 1 to 1000.")),
        ],
    )

    @property
    def most_points(self) -> float | None:
        """Return the most points, None for no points."""
        return None if self.points.data is None else float(self.points.data)


def terms_form(terms: Terms, zone: ZoneInfo) -> TermsForm:
    """Return the form, filled with what holds now."""
    points = None if terms.points is None else int(terms.points)
    return TermsForm(
        data={"deadline": wall_clock(terms.deadline, zone), "points": points}
    )


class SlotForm(FlaskForm):
    """When one group presents."""

    starts_at = DateTimeLocalField(
        _l("Presents at"),
        description=_l("Empty: no date yet."),
        format=_MOMENT,
        validators=[Optional(), usual_year],
    )
    minutes = IntegerField(
        _l("Minutes"),
        default=USUAL_MINUTES,
        validators=[
            InputRequired(_l("Please enter how many minutes the group has.")),
            NumberRange(1, 480, _l("Please enter 1 to 480 minutes.")),
        ],
    )


def slot_form(project: Project, zone: ZoneInfo, usual: datetime | None) -> SlotForm:
    """Return the form of a group's slot; without one it proposes the closing workshop."""
    slot = project.slot
    starts_at = slot.starts_at if slot else usual
    return SlotForm(
        prefix=f"slot-{project.group.id}-",
        data={
            "starts_at": wall_clock(starts_at, zone),
            "minutes": slot.minutes if slot else USUAL_MINUTES,
        },
    )


class RecordForm(FlaskForm):
    """Who of a group presented."""

    presented = SelectMultipleField(
        _l("Who presented?"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


def record_form(
    project: Project, names: dict[int, str], presented: Sequence[int]
) -> RecordForm:
    """Return the form with the members of a group."""
    form = RecordForm(
        prefix=f"record-{project.group.id}-", data={"presented": list(presented)}
    )
    form.presented.choices = [(i, names[i]) for i in project.group.member_ids]
    return form


def moment_in(value: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return the moment that a wall clock of the course shows so."""
    return None if value is None else value.replace(tzinfo=zone).astimezone(UTC)


def wall_clock(value: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return what the wall clock of the course shows at a moment."""
    return None if value is None else value.astimezone(zone).replace(tzinfo=None)


def _why_no_link(problem: LinkProblem) -> str:
    words: dict[LinkProblem, str] = {
        LinkProblem.TOO_LONG: _("This link is too long; 2,000 characters fit."),
        LinkProblem.NOT_HTTPS: _("The link must start with https://."),
        LinkProblem.NO_ADDRESS: _(
            "This is not a complete web address. Please copy it from your browser."
        ),
        LinkProblem.HAS_PASSWORD: _(
            "Please take the part before the @ out of the link: it looks like a password."
        ),
    }
    return words[problem]


def counted(people: int) -> str:
    """Return for how many people an acceptance counts, as a sentence."""
    text: str = ngettext(
        "Accepted. It counts for %(num)s member and goes to the gradebook.",
        "Accepted. It counts for %(num)s members and goes to the gradebook.",
        people,
    )
    return text


def taken_back(in_lms: int) -> str:
    """Return that a review was taken back, and how many grades only a person can remove."""
    said = str(_("Taken back. The hand-in waits for review again."))
    if not in_lms:
        return said
    left = ngettext(
        "The grade still stands in the learning platform; remove it there by hand if it should go.",
        "%(num)s grades still stand in the learning platform; remove them there by hand if they should go.",
        in_lms,
    )
    return f"{said} {left}"
