"""What makes a person's part in a course, from roles, duties and the roster."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from urllib.parse import unquote

_ROSTER_KEEPS = timedelta(days=1)
"""A launch has the list of members fetched again when it is older."""
_NIGHT_BEGINS = time(1)
_NIGHT = timedelta(hours=4)
_OPENED_WITHIN = timedelta(weeks=8)
_STAYS_AFTER_END = timedelta(weeks=4)
"""Who takes part still changes while certificates are decided."""
_FIRST_WAIT = timedelta(minutes=15)
_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
_MOST_FAILURES = 5
_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True, slots=True)
class Place:
    """A person's place in a course as a launch leaves it."""

    role: str
    """What the enrolment says from now on."""
    launch_role: str
    """What this launch may do."""
    is_preview: bool


def place(enrolled: str | None, launched: str) -> Place:
    """Return the place of a person who is enrolled as one role and launches with another.

    A launch as staff makes staff of anybody. Staff who launch as learner have switched their
    role to look on: they stay staff, and the visit changes nothing. A launch without any role of
    the course takes nobody's place away.
    """
    if enrolled == "staff" and launched == "participant":
        return Place(role="staff", launch_role="participant", is_preview=True)
    if enrolled in {"staff", "participant"} and launched == "none":
        return Place(role=enrolled, launch_role="none", is_preview=False)
    return Place(role=launched, launch_role=launched, is_preview=False)


def source_after_launch(before: str | None, place: Place) -> str:
    """Return who vouches for the role: the launch, unless it came with another one."""
    return "launch" if before is None or place.role == place.launch_role else before


def after_roster(
    enrolled: tuple[str, bool],
    listed: tuple[str, bool] | None,
    *,
    by_launch: bool,
    came_since: bool,
) -> tuple[str, bool]:
    """Return role and whether active, as a complete list of members leaves an enrolment.

    A list never changes the role that a launch named: Moodle lists non-editing teachers as
    learners although they launch as instructors. An administrator of the platform launches as
    staff and is in no list. Who launched after the list was asked for knows better than it.
    """
    role, was_active = enrolled
    if came_since:
        return role, was_active
    if listed is None:
        return role, was_active and by_launch and role == "staff"
    listed_role, is_active = listed
    return role if by_launch else listed_role, is_active


def is_list_old(now: datetime, fetched_at: datetime | None) -> bool:
    """Tell whether a launch should have the list of members fetched."""
    return fetched_at is None or now - fetched_at > _ROSTER_KEEPS


def next_night(after: datetime, zone: tzinfo, share: float) -> datetime:
    """Return the first moment after ``after`` at which a course has its turn by night.

    Then its list of members is fetched and the gradebook of its platform is looked at. Courses are spread over the small hours of their own zone; ``share`` in [0, 1) is the place
    of one among them, so that its nights lie a day apart.
    """
    today = after.astimezone(zone).date()
    for days in (0, 1, 2):
        begins = datetime.combine(today + timedelta(days), _NIGHT_BEGINS, zone)
        moment = (begins + share * _NIGHT).astimezone(after.tzinfo)
        if moment > after:
            return moment
    raise AssertionError("a day later it is later")


def next_night_of(course_id: int, after: datetime, zone: tzinfo) -> datetime:
    """Return the first moment after ``after`` at which this course has its turn by night."""
    return next_night(after, zone, share_of(course_id))


def is_kept_up(
    now: datetime, opened_at: datetime | None, ends_at: datetime | None
) -> bool:
    """Tell whether a course's list is fetched every night.

    It is while somebody opened the course in the last weeks and it is not over; ``ends_at`` is
    the end of its last meeting, None where that is not known.
    """
    if opened_at is None or now - opened_at > _OPENED_WITHIN:
        return False
    return ends_at is None or now - ends_at <= _STAYS_AFTER_END


def share_of(number: int) -> float:
    """Return the place in [0, 1) of one among many: any that follow each other lie well apart."""
    return number * _GOLDEN % 1


def pause_for_lists(asked: timedelta | None) -> timedelta:
    """Return how long a platform is asked for no list after it failed or asked for a pause."""
    return min(max(asked or _SHORTEST_PAUSE, _SHORTEST_PAUSE), _LONGEST_PAUSE)


def wait_for_list(failures: int, asked: timedelta | None) -> timedelta | None:
    """Return how long to wait after so many failures in a row; None to leave it to the night."""
    if asked is not None:
        return pause_for_lists(asked)
    if failures > _MOST_FAILURES:
        return None
    doubled: timedelta = _FIRST_WAIT * 2 ** (failures - 1)
    return doubled


def may_take_duty(enrolled: str) -> bool:
    """Tell whether somebody can be given a duty: staff only."""
    return enrolled == "staff"


def last_lead_stays(leads: Iterable[int], person_id: int) -> bool:
    """Tell whether taking the lead from this person would leave the course without one."""
    return set(leads) == {person_id}


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps in an empty course."""

    name: str
    is_done: bool


def first_steps(
    *,
    duties: int,
    profiles: int,
    meetings: int,
    groups: int,
    rules: bool,
) -> list[Step]:
    """Return what a lead does first, in order; the first lead's own duty does not count."""
    return [
        Step("people", duties > 1),
        Step("profiles", profiles > 0),
        Step("meetings", meetings > 0),
        Step("groups", groups > 0),
        Step("rules", rules),
    ]


def ids_of_history(value: str) -> list[str]:
    """Return the ids of a history such as ``$Context.id.history``: a list with commas, URL-encoded."""
    ids = (unquote(one.strip()) for one in value.split(","))
    return list(dict.fromkeys(one for one in ids if one))


def nearest_origin(
    listed: Sequence[str], histories: Mapping[str, Collection[str]]
) -> str | None:
    """Return the nearest of the contexts from which one was copied, of those that are known.

    ``histories`` are the known contexts with what they were copied from themselves. The
    specification lists the newest first, but not every platform keeps to it.
    """
    known = [one for one in listed if one in histories]
    older = {origin for one in known for origin in histories[one]}
    return next((one for one in known if one not in older), next(iter(known), None))
