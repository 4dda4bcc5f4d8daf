"""What is known of each group's project work, put together for pages and services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from lti_tool.courses import service as courses
from lti_tool.courses.service import CourseGroup
from lti_tool.errors import NotFoundError
from lti_tool.persistence.session import Session
from lti_tool.projects import rules
from lti_tool.projects.models import Credit, HandIn, Review, Slot
from lti_tool.projects.rules import Decision, State

POINTS_OPTION = "projects.points"
DEADLINE_OPTION = "projects.deadline"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the lead asks of all groups."""

    points: float | None
    """The most points of a review; None where accepted is 1 of 1."""
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a hand-in with what was decided about it."""

    id: int
    number: int
    text: str | None
    link: str | None
    person_id: int | None
    at: datetime
    is_late: bool
    reviews: tuple[Review, ...]

    @property
    def host(self) -> str:
        """Return where its link leads to."""
        return rules.host_of(self.link or "")


@dataclass(frozen=True, slots=True)
class Project:
    """A group's work as it stands."""

    group: CourseGroup
    state: State
    versions: tuple[Version, ...]
    slot: Slot | None
    credited: frozenset[int]
    """For whom the present acceptance counts, also those who have left the group."""

    @property
    def newest(self) -> Version | None:
        """Return the version that counts, or None while there is none."""
        return self.versions[-1] if self.versions else None

    @property
    def newest_number(self) -> int:
        """Return the number of the newest version, 0 for none."""
        return len(self.versions)

    @property
    def last_review(self) -> Review | None:
        """Return the review that holds for the newest version, or None."""
        if self.newest is None or self.state is State.HANDED_IN:
            return None
        return self.newest.reviews[-1]

    @property
    def joined_later(self) -> list[int]:
        """Return the members for whom the acceptance does not count."""
        return rules.without_credit(self.state, self.group.member_ids, self.credited)


def terms(session: Session) -> Terms:
    """Return what the lead asks of all groups."""
    deadline = courses.option(session, DEADLINE_OPTION)
    return Terms(
        points=courses.option(session, POINTS_OPTION),
        deadline=datetime.fromisoformat(deadline) if deadline else None,
    )


def projects(session: Session) -> list[Project]:
    """Return the work of all groups: what waits for review first, the longest wait on top."""
    found = _projects(session, courses.groups(session))
    return sorted(found, key=_place_in_list)


def _place_in_list(project: Project) -> tuple[int, float, str]:
    since = project.newest.at.timestamp() if project.newest else 0.0
    return (rules.rank_for_staff(project.state), since, project.group.name)


def get_project(session: Session, group_id: int) -> Project:
    """Return the work of a group of this course or raise NotFoundError."""
    wanted = [g for g in courses.groups(session) if g.id == group_id]
    if not wanted:
        raise NotFoundError
    return _projects(session, wanted)[0]


def own_project(session: Session, person_id: int) -> Project | None:
    """Return the work of the person's own group, None for somebody in no group."""
    group = courses.group_of(session, person_id)
    return None if group is None else _projects(session, [group])[0]


def standing_reviews(session: Session) -> dict[int, Review]:
    """Return per person the newest acceptance that counts for them and was not taken back."""
    newest = select(func.max(Review.id)).group_by(Review.course_id, Review.hand_in_id)
    rows = session.execute(
        select(Credit.person_id, Review)
        .join(Review, Review.id == Credit.review_id)
        .where(Review.id.in_(newest), Review.decision == Decision.ACCEPTED)
        .order_by(Review.id)
    )
    return {row.person_id: row.Review for row in rows}


def _projects(session: Session, groups: Sequence[CourseGroup]) -> list[Project]:
    ids = [group.id for group in groups]
    hand_ins: dict[int, list[HandIn]] = {}
    for row in session.scalars(
        select(HandIn).where(HandIn.group_id.in_(ids)).order_by(HandIn.version)
    ):
        hand_ins.setdefault(row.group_id, []).append(row)
    reviews = _reviews(session, ids)
    slots = session.scalars(select(Slot).where(Slot.group_id.in_(ids)))
    slot_of = {slot.group_id: slot for slot in slots}
    deadline = terms(session).deadline
    credit = _credit(session)
    return [
        _project(
            group,
            _versions(hand_ins.get(group.id, ()), reviews, deadline),
            slot_of.get(group.id),
            credit,
        )
        for group in groups
    ]


def _reviews(session: Session, group_ids: Sequence[int]) -> dict[int, list[Review]]:
    found: dict[int, list[Review]] = {}
    for row in session.scalars(
        select(Review)
        .join(HandIn, HandIn.id == Review.hand_in_id)
        .where(HandIn.group_id.in_(group_ids))
        .order_by(Review.id)
    ):
        found.setdefault(row.hand_in_id, []).append(row)
    return found


def _credit(session: Session) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for row in session.scalars(select(Credit)):
        found.setdefault(row.review_id, set()).add(row.person_id)
    return found


def _decisions(reviews: Sequence[Review]) -> list[Decision]:
    return [Decision(review.decision) for review in reviews]


def _versions(
    hand_ins: Sequence[HandIn],
    reviews: dict[int, list[Review]],
    deadline: datetime | None,
) -> tuple[Version, ...]:
    late = rules.late_versions(
        [row.at for row in hand_ins],
        [_decisions(reviews.get(row.id, ())) for row in hand_ins],
        deadline,
    )
    return tuple(
        Version(
            id=row.id,
            number=row.version,
            text=row.text,
            link=row.link,
            person_id=row.person_id,
            at=row.at,
            is_late=is_late,
            reviews=tuple(reviews.get(row.id, ())),
        )
        for row, is_late in zip(hand_ins, late, strict=True)
    )


def _project(
    group: CourseGroup,
    versions: tuple[Version, ...],
    slot: Slot | None,
    credit: dict[int, set[int]],
) -> Project:
    state = rules.state_of([_decisions(version.reviews) for version in versions])
    accepted = versions[-1].reviews[-1].id if state is State.ACCEPTED else None
    people = credit.get(accepted, set()) if accepted is not None else set()
    return Project(group, state, versions, slot, frozenset(people))
