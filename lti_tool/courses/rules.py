"""What makes a person's part in a course, from roles, duties and the roster."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote


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
