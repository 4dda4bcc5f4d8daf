"""The phases of a course: which form it uses, when each is open, who stands where."""

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from lti_tool.courses.service import course_of, option, plan, set_option
from lti_tool.errors import ConflictError, InvalidError, NotFoundError
from lti_tool.i18n import gettext as _
from lti_tool.persistence.session import Session
from lti_tool.worksheet.instrument import FORMS, PHASES
from lti_tool.worksheet.models import Snapshot, Worksheet, WorksheetPhase
from lti_tool.worksheet.rules import PhaseState, Window, phase_state

FIRST_DAY = date.min
"""When the start opens unless a lead sets another day."""
FORM = "worksheet.form"


_TITLES = {
    "de": {
        "start": "Arbeitsblatt Start",
        "mid": "Arbeitsblatt Mitte",
        "end": "Arbeitsblatt Ende",
    },
    "en": {"start": "Worksheet start", "mid": "Worksheet mid", "end": "Worksheet end"},
}


def get_form(session: Session) -> str:
    """Return the form that the course uses, short unless a lead chose the full one."""
    form = option(session, FORM, "short")
    return form if form in FORMS else "short"


def set_form(session: Session, form: str) -> None:
    """Choose the short or the full form for every draft of the course."""
    if form not in FORMS:
        raise InvalidError
    set_option(session, FORM, form)


def get_windows(session: Session) -> Mapping[str, Window]:
    """Return the window of every phase."""
    windows = {phase: Window() for phase in PHASES} | {
        "start": Window(opens_on=FIRST_DAY)
    }
    for row in session.scalars(select(WorksheetPhase)):
        opens_on = row.opens_on or windows[row.phase].opens_on
        windows[row.phase] = Window(opens_on, row.closes_on)
    return windows


def set_window(session: Session, phase: str, window: Window) -> None:
    """Set the days of a phase, which from then on can be achieved in the course."""
    if window.opens_on and window.closes_on and window.closes_on < window.opens_on:
        raise InvalidError(
            _("A phase cannot close before it opens. Please check the dates.")
        )
    row = session.scalar(select(WorksheetPhase).where(WorksheetPhase.phase == phase))
    if row is None:
        row = WorksheetPhase(phase=phase)
        session.add(row)
    row.opens_on, row.closes_on = window.opens_on, window.closes_on
    session.flush()
    plan_phase(session, phase)


def plan_phase(session: Session, phase: str) -> None:
    """Say that the phase can be achieved in the course, and until when."""
    window, zone = get_windows(session)[phase], ZoneInfo(course_of(session).time_zone)
    ends = window.closes_on
    plan(
        session,
        "worksheet",
        phase,
        title=title_of(session, phase),
        ends_at=datetime.combine(ends, time.max, zone) if ends else None,
    )


def title_of(session: Session, phase: str) -> str:
    """Return the name of a phase in the language of the course, for what leaves the tool."""
    return _TITLES.get(course_of(session).language, _TITLES["en"])[phase]


def states(session: Session, person_id: int, today: date) -> Mapping[str, PhaseState]:
    """Return where the person stands in every phase."""
    handed_in = set(
        session.scalars(
            select(Snapshot.phase)
            .join(Worksheet, Worksheet.id == Snapshot.worksheet_id)
            .where(Worksheet.person_id == person_id)
        )
    )
    return {
        phase: phase_state(window, today, handed_in=phase in handed_in)
        for phase, window in get_windows(session).items()
    }


def require_open(session: Session, person_id: int, phase: str, today: date) -> None:
    """Raise unless the person may still work on this phase."""
    if phase not in PHASES:
        raise NotFoundError
    state = states(session, person_id, today)[phase]
    if state is PhaseState.HANDED_IN:
        raise ConflictError(
            _(
                "You have handed in this phase. What was handed in can be read, not changed."
            )
        )
    if state is not PhaseState.OPEN:
        raise ConflictError(
            _(
                "This phase is not open now. Its dates stand on the worksheet's first page."
            )
        )
