"""The forms of meetings and attendance lists."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # The stubs lack it.
from wtforms.validators import (
    URL,
    InputRequired,
    Length,
    NumberRange,
    Optional,
)
from wtforms.widgets import CheckboxInput, ListWidget

from lti_tool.attendance.models import Meeting, MeetingKind
from lti_tool.attendance.rules import State
from lti_tool.attendance.service import Draft, Wish
from lti_tool.attendance.setup import ends
from lti_tool.attendance.words import KINDS
from lti_tool.courses.service import Member
from lti_tool.errors import InvalidError
from lti_tool.i18n import gettext as _
from lti_tool.i18n import lazy_gettext as _l
from lti_tool.web.incoming import LARGEST_ID, usual_year

DAY_MINUTES = 24 * 60
MOST_SPEAKERS = 10
_MOST_DIGITS = 12


class MeetingForm(FlaskForm):
    """A dated part of the course; times are wall-clock times of the course's zone."""

    kind = SelectField(
        _l("Kind"),
        choices=[SelectChoice(str(kind), word) for kind, word in KINDS.items()],
    )
    theme = StringField(
        _l("Theme"), [InputRequired(_l("Give the meeting a theme.")), Length(max=200)]
    )
    day = DateField(_l("Date"), [InputRequired(_l("Choose the date.")), usual_year])
    starts = TimeField(_l("Begins at"), [InputRequired(_l("Enter when it begins."))])
    ends = TimeField(_l("Ends at"), [InputRequired(_l("Enter when it ends."))])
    minutes = IntegerField(
        _l("Teaching time in minutes"),
        [Optional(), NumberRange(1, DAY_MINUTES, _l("Enter 1 to 1440 minutes."))],
        description=_l(
            "Without breaks. 45 minutes are one unit (UE); empty means from begin to end."
        ),
    )
    place = StringField(_l("Place"), [Length(max=300)])
    video_url = StringField(
        _l("Video link"),
        [
            Optional(),
            Length(max=500),
            URL(message=_l("Enter a full address, beginning with https://")),
        ],
    )
    material = StringField(
        _l("Material"),
        [Length(max=500)],
        description=_l("What to bring or to read, or a link."),
    )
    mandatory = BooleanField(
        _l("Mandatory"),
        description=_l("The rules of the certificate may ask for attendance."),
    )
    speaker_ids = SelectMultipleField(
        _l("Speakers of the course team"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=_l(
            "Those you tick can record the attendance of this meeting and sign it off."
        ),
    )
    speaker_names = StringField(
        _l("Other speakers"),
        [Length(max=300)],
        description=_l("Names, separated by commas."),
    )

    def offer(self, staff: Collection[Member]) -> None:
        """Offer these people as speakers."""
        self.speaker_ids.choices = [
            SelectChoice(str(person.person_id), person.name) for person in staff
        ]

    def validate_ends(self, field: TimeField) -> None:
        """Refuse an end that does not come after the begin."""
        if (
            self.starts.data is not None
            and field.data is not None
            and field.data <= self.starts.data
        ):
            raise ValidationError(_("It must end after it begins, on the same day."))

    def draft(self, zone: ZoneInfo) -> Draft:
        """Return the meeting that was entered."""
        day, starts, ends = self.day.data, self.starts.data, self.ends.data
        if day is None or starts is None or ends is None:
            raise InvalidError
        starts_at = datetime.combine(day, starts, zone)
        ends_at = datetime.combine(day, ends, zone)
        # Wall-clock times of one zone would be subtracted without the change of the clock.
        lasts = int(ends_at.timestamp() - starts_at.timestamp()) // 60
        names = [name.strip() for name in (self.speaker_names.data or "").split(",")]
        return Draft(
            kind=MeetingKind(self.kind.data),
            theme=(self.theme.data or "").strip(),
            starts_at=starts_at,
            ends_at=ends_at,
            minutes=self.minutes.data or lasts,
            place=self.place.data or "",
            video_url=self.video_url.data or "",
            material=self.material.data or "",
            mandatory=self.mandatory.data,
            speaker_ids=tuple(self.speaker_ids.data or ()),
            speaker_names=tuple(dict.fromkeys(n for n in names if n))[:MOST_SPEAKERS],
        )


class DateForm(FlaskForm):
    """When a meeting that was taken over from an earlier course takes place this time."""

    class Meta:
        csrf = False  # One code protects all rows of the page.

    day = DateField(_l("Date"), [Optional(), usual_year])
    begins = TimeField(_l("Begins at"), [Optional()])
    leave_out = BooleanField(_l("Leave out"))

    def fits(self, meeting: dict[str, Any], zone: ZoneInfo) -> bool:
        """Tell whether the meeting can be planned as entered, or waits on."""
        if not self.validate():
            return False
        day, begins = self.day.data, self.begins.data
        if day is None or self.leave_out.data:
            return True
        if begins is None:
            self.begins.errors = [_("Enter when it begins.")]
        elif ends(meeting, day, begins, zone).date() != day:
            self.begins.errors = [_("It must end after it begins, on the same day.")]
        return not self.begins.errors


def filled(meeting: Meeting, zone: ZoneInfo) -> Mapping[str, object]:
    """Return what the form shows of a meeting."""
    starts, ends = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    return {
        "kind": meeting.kind,
        "theme": meeting.theme,
        "day": starts.date(),
        "starts": starts.time(),
        "ends": ends.time(),
        "minutes": meeting.minutes,
        "place": meeting.place,
        "video_url": meeting.video_url,
        "material": meeting.material,
        "mandatory": meeting.mandatory,
        "speaker_ids": [
            s.person_id for s in meeting.speakers if s.person_id is not None
        ],
        "speaker_names": ", ".join(
            s.name for s in meeting.speakers if s.person_id is None
        ),
    }


def list_wishes(
    sent: MultiDict[str, str], people: Collection[int], meeting: Meeting
) -> dict[int, Wish]:
    """Return what was entered in the list of one meeting; ``fill`` answers what is still open."""
    fill = sent.get("fill", "")
    wishes: dict[int, Wish] = {}
    for person_id in people:
        state = sent.get(f"state-{person_id}")
        if state is None:
            continue
        if fill and state == State.OPEN:
            state = fill
        stayed = _whole(sent.get(f"minutes-{person_id}", ""), meeting.minutes)
        wishes[person_id] = Wish(_state(state), stayed)
    return wishes


def matrix_wishes(
    sent: MultiDict[str, str], people: Collection[int], meetings: Collection[Meeting]
) -> dict[int, dict[int, Wish]]:
    """Return what was entered in the matrix, by meeting and person."""
    return {
        meeting.id: {
            person_id: Wish(
                _state(sent[f"m{meeting.id}-p{person_id}"]), keeps_minutes=True
            )
            for person_id in people
            if f"m{meeting.id}-p{person_id}" in sent
        }
        for meeting in meetings
    }


def seen(sent: MultiDict[str, str]) -> int:
    """Return the newest entry that the page had seen."""
    return _whole(sent.get("seen", "0"), LARGEST_ID) or 0


def _state(value: str) -> State:
    try:
        return State(value)
    except ValueError:
        raise InvalidError from None


def _whole(value: str, most: int) -> int | None:
    if not value.strip():
        return None
    if not value.strip().isdecimal():
        raise InvalidError(_("Minutes are a whole number, such as 60."))
    # Python refuses to read a number of thousands of digits.
    return min(int(value.strip()[:_MOST_DIGITS]), most)
