"""Where a person stands in their worksheet, for the overview and the course home."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lti_tool.courses import service as courses
from lti_tool.gradebook.service import GradeRow, grade_of
from lti_tool.persistence.session import Session
from lti_tool.worksheet import phases, service, sharing, snapshots
from lti_tool.worksheet.instrument import PHASES
from lti_tool.worksheet.rules import Audience, PhaseState, Window
from lti_tool.worksheet.sheet import Sheet, make_sheet


@dataclass(frozen=True, slots=True)
class PhaseView:
    """One phase of a person."""

    phase: str
    state: PhaseState
    window: Window
    begun: bool
    sheet: Sheet
    handed_in_at: datetime | None
    grade: GradeRow | None

    @property
    def next_page(self) -> int:
        """The first page on which a prompt is still open."""
        for page in self.sheet.pages:
            if not all(self.sheet.is_answered(item) for item in page.items):
                return page.number
        return 1


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section and who reads it."""

    id: str
    audience: Audience
    readers: Sequence[str]
    by_audience: dict[Audience, Sequence[str]]


@dataclass(frozen=True, slots=True)
class OpeningView:
    """Somebody opened a section."""

    reader: str
    section: str
    phase: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """All that a person sees of their worksheet on its first page."""

    phases: Sequence[PhaseView]
    sections: Sequence[SectionView]
    openings: Sequence[OpeningView]
    shared_by_others: int
    has_group: bool

    @property
    def current(self) -> PhaseView | None:
        """The phase that can be worked on now, the earliest if there are several."""
        return next((one for one in self.phases if one.state is PhaseState.OPEN), None)


def phase_views(session: Session, person_id: int, today: date) -> list[PhaseView]:
    """Return every phase as this person stands in it."""
    windows = phases.get_windows(session)
    states = phases.states(session, person_id, today)
    found = []
    for phase in PHASES:
        draft = service.find_draft(session, person_id, phase)
        snapshot = service.find_snapshot(session, person_id, phase)
        column = snapshots.column(session, phase)
        found.append(
            PhaseView(
                phase=phase,
                state=states[phase],
                window=windows[phase],
                begun=draft is not None,
                sheet=make_sheet(session, phase, draft),
                handed_in_at=snapshot.handed_in_at if snapshot else None,
                grade=grade_of(session, column, person_id) if snapshot else None,
            )
        )
    return found


def section_views(session: Session, person_id: int) -> list[SectionView]:
    """Return every section with the names of those who read it."""
    names = sharing.reader_names(session, person_id)
    return [
        SectionView(section, audience, names[section][audience], dict(names[section]))
        for section, audience in sharing.audiences_of(session, person_id).items()
    ]


def overview_of(session: Session, person_id: int, today: date) -> Overview:
    """Return where a person stands, who reads what, and who has read it."""
    people = courses.names(session)
    phases_of = {
        snapshot.id: phase
        for phase in PHASES
        if (snapshot := service.find_snapshot(session, person_id, phase)) is not None
    }
    return Overview(
        phases=phase_views(session, person_id, today),
        sections=section_views(session, person_id),
        openings=[
            OpeningView(
                people.get(one.reader_id or 0, ""),
                one.section,
                phases_of[one.snapshot_id],
                one.created_at,
            )
            for one in sharing.openings_of(session, person_id)
        ],
        shared_by_others=len(sharing.shared_with(session, person_id)),
        has_group=courses.group_of(session, person_id) is not None,
    )
