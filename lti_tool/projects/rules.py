"""What may follow what in a group's project work, and what of it counts for a person."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

LONGEST_TEXT = 20_000
LONGEST_LINK = 2_000


class State(StrEnum):
    """How far a group's project work has come."""

    OPEN = "open"
    """Nothing was handed in."""
    HANDED_IN = "handed_in"
    """The newest version waits for review."""
    RETURNED = "returned"
    """The newest version came back with a comment; a further one may follow."""
    ACCEPTED = "accepted"


class Decision(StrEnum):
    """What a review says of one version."""

    ACCEPTED = "accepted"
    RETURNED = "returned"
    TAKEN_BACK = "taken_back"
    """The review before it no longer holds: the version waits again."""


class Refusal(StrEnum):
    """Why a step is not possible now."""

    ACCEPTED_ALREADY = "accepted_already"
    NOTHING_HANDED_IN = "nothing_handed_in"
    NEWER_VERSION = "newer_version"
    REVIEWED_ALREADY = "reviewed_already"
    NOT_REVIEWED = "not_reviewed"


class LinkProblem(StrEnum):
    """Why a link cannot be taken."""

    TOO_LONG = "too_long"
    NOT_HTTPS = "not_https"
    NO_ADDRESS = "no_address"
    HAS_PASSWORD = "has_password"  # noqa: S105  # A reason, not a password.


_AFTER = {
    Decision.ACCEPTED: State.ACCEPTED,
    Decision.RETURNED: State.RETURNED,
    Decision.TAKEN_BACK: State.HANDED_IN,
}
_FIRST_TO_STAFF = (State.HANDED_IN, State.RETURNED, State.OPEN, State.ACCEPTED)


def state_of(versions: Sequence[Sequence[Decision]]) -> State:
    """Return the state of a project: per version, oldest first, what was decided of it."""
    if not versions:
        return State.OPEN
    decisions = versions[-1]
    return _AFTER[decisions[-1]] if decisions else State.HANDED_IN


def hand_in_refusal(state: State) -> Refusal | None:
    """Return why no further version can be handed in, or None.

    Until a review a version can be replaced, after a return it must be.
    """
    return Refusal.ACCEPTED_ALREADY if state is State.ACCEPTED else None


def review_refusal(state: State, newest: int, version: int) -> Refusal | None:
    """Return why this version cannot be accepted or returned, or None."""
    if not 1 <= version <= newest:
        return Refusal.NOTHING_HANDED_IN
    if version < newest:
        return Refusal.NEWER_VERSION
    return None if state is State.HANDED_IN else Refusal.REVIEWED_ALREADY


def take_back_refusal(state: State, newest: int, version: int) -> Refusal | None:
    """Return why the review of this version cannot be taken back, or None."""
    if not 1 <= version <= newest:
        return Refusal.NOTHING_HANDED_IN
    if version < newest:
        return Refusal.NEWER_VERSION
    return None if state in {State.ACCEPTED, State.RETURNED} else Refusal.NOT_REVIEWED


def late_versions(
    handed_in: Sequence[datetime],
    decisions: Sequence[Sequence[Decision]],
    deadline: datetime | None,
) -> list[bool]:
    """Return which versions, oldest first, came after the deadline.

    What answers a return is a revision that a reviewer asked for, and never late.
    """
    answers_return = False
    late: list[bool] = []
    for at, decided in zip(handed_in, decisions, strict=True):
        late.append(deadline is not None and at > deadline and not answers_return)
        answers_return = answers_return or state_of([decided]) is State.RETURNED
    return late


def personal_state(*, credited: bool, group: State, before: str | None) -> str | None:
    """Return what counts for one person, in the words of achievements; None for nothing.

    An acceptance stays with the people who were in the group at that moment. ``before``
    is what counted for them until now: it ends as returned where nothing else holds.
    """
    if credited:
        return State.ACCEPTED.value
    if group is State.HANDED_IN:
        return State.HANDED_IN.value
    if group is State.RETURNED or before == State.ACCEPTED.value:
        return State.RETURNED.value
    return before


def without_credit(
    state: State, members: Iterable[int], credited: Iterable[int]
) -> list[int]:
    """Return the members for whom an accepted project does not count: they joined later."""
    if state is not State.ACCEPTED:
        return []
    return sorted(set(members) - set(credited))


def score(points: float | None, maximum: float | None) -> float:
    """Return the score of an accepted project: its points, or 1 of 1 without any."""
    return 1.0 if maximum is None or points is None else points


def points_fit(points: float | None, maximum: float | None) -> bool:
    """Tell whether an acceptance carries the points that the course asks for."""
    if maximum is None:
        return points is None
    return points is not None and 0 <= points <= maximum


def rank_for_staff(state: State) -> int:
    """Return the place in the list of the staff: what waits for review comes first."""
    return _FIRST_TO_STAFF.index(state)


def link_problem(link: str) -> LinkProblem | None:
    """Return why a link cannot be taken, or None: https, a full host name, no password."""
    if len(link) > LONGEST_LINK:
        return LinkProblem.TOO_LONG
    if not link.lower().startswith("https://"):
        return LinkProblem.NOT_HTTPS
    if not link.isprintable() or " " in link or "\\" in link:
        return LinkProblem.NO_ADDRESS
    try:
        parts = urlsplit(link)
        port_fits = parts.port != 0
    except ValueError:
        return LinkProblem.NO_ADDRESS
    if "@" in parts.netloc:
        return LinkProblem.HAS_PASSWORD
    labels = (parts.hostname or "").split(".")
    fits = port_fits and len(labels) > 1 and all(labels)
    return None if fits else LinkProblem.NO_ADDRESS


def host_of(link: str) -> str:
    """Return where a link leads to, so that readers see it before they follow it."""
    return urlsplit(link).hostname or ""
