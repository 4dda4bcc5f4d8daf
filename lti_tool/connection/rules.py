"""What the facts about a connection mean: what works, what does not, what nobody has seen yet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

_KINDS: Mapping[str, tuple[str, ...]] = {
    "moodle": ("moodle",),
    "canvas": ("canvas",),
    "brightspace": ("desire2learn", "brightspace", "d2l"),
    "blackboard": ("blackboard",),
    "ilias": ("ilias",),
    "openolat": ("olat",),
    "sakai": ("sakai",),
}
_PASSING = frozenset(
    {
        "cookie_missing",
        "jwks_unreachable",
        "platform_access_denied",
        "platform_account_selection_required",
        "platform_consent_required",
        "platform_interaction_required",
        "platform_login_required",
        "platform_server_error",
        "platform_temporarily_unavailable",
        "review_of_other_person",
        "state_expired",
        "state_missing",
        "state_of_other_browser",
        "state_unknown",
        "state_used",
    }
)
"""Refusals by which one person was met, and no setting is wrong."""


class State(StrEnum):
    """How far something is known to work."""

    WORKS = "works"
    FAILS = "fails"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a course can have from its platform; ``reason`` says why it is so."""

    subject: str
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Roster:
    """The list of members."""

    is_offered: bool = False
    at: datetime | None = None
    """When it last came completely."""
    error: str | None = None
    """Why the last try failed."""
    active: int = 0


@dataclass(frozen=True, slots=True)
class Failing:
    """Why grades fail or wait just now, if it is a reason of the whole column or course."""

    code: str
    count: int
    is_of_column: bool
    at: datetime | None
    """When a grade was last refused so; None if none was, as where a column was found gone."""
    arrived_at: datetime | None
    """When a grade last arrived where the reason says that none can."""

    @property
    def stands(self) -> bool:
        """Tell whether nothing arrived there since."""
        if self.arrived_at is None:
            return True
        return self.at is not None and self.at > self.arrived_at


def trouble(failing: Iterable[Failing]) -> Failing | None:
    """Return why grades do not arrive just now: the reason that holds up the most of them."""
    standing = (each for each in failing if each.stands)
    return max(standing, key=lambda each: each.count, default=None)


@dataclass(frozen=True, slots=True)
class Grades:
    """The gradebook."""

    has_list: bool = False
    """The platform told where its line items are listed."""
    coupled: int = 0
    """Links that have a line item of their own."""
    scopes: frozenset[str] = frozenset()
    """The last part of each scope, such as ``score``."""
    delivered_at: datetime | None = None
    trouble: Failing | None = None
    """Why none arrives just now in the course, or in one column."""
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Names:
    """What the platform tells of the participants."""

    people: int = 0
    named: int = 0
    with_email: int = 0


@dataclass(frozen=True, slots=True)
class Launches:
    """What came through the doorway from this platform lately, by reason."""

    accepted: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def wrongly_set(self) -> int:
        """Return how many refusals point to a wrong setting, and not to one person's bad luck."""
        return sum(n for reason, n in self.refused.items() if reason not in _PASSING)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of the connection of one course."""

    kind: str = "other"
    roster: Roster = Roster()
    grades: Grades = Grades()
    names: Names = Names()
    launches: Launches = Launches()
    choosers: int = 0
    """How often the platform asked for activities to add (deep linking)."""
    chosen: int = 0
    """How often it was answered."""
    reviews: int = 0
    has_groups: bool = False
    knows_groups: bool = False
    """Somebody's groups in the platform are known."""
    is_copy: bool = False
    has_lms_url: bool = False
    keeps_cookies: bool | None = None
    """Whether the reader's browser keeps our cookie in the platform's frame."""


def kind_of(family: str | None) -> str:
    """Return which platform a product family code means, or ``other``."""
    said = (family or "").lower()
    for kind, names in _KINDS.items():
        if any(name in said for name in names):
            return kind
    return "other"


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Return what works and what does not, in the order in which people ask for it."""
    return tuple(_findings(facts))


def _findings(facts: Facts) -> Iterator[Finding]:
    yield _launches(facts.launches)
    yield _roster(facts.roster)
    yield _names(facts.names)
    yield _email(facts.names)
    yield _grades(facts.grades)
    yield _columns(facts.grades)
    yield _deep_linking(facts)
    yield _review(facts)
    yield _groups(facts)
    yield _copy(facts)
    yield _way_back(facts)
    if facts.keeps_cookies is not None:
        yield _cookies(keeps=facts.keeps_cookies)


def _launches(launches: Launches) -> Finding:
    if launches.wrongly_set > launches.accepted:
        return Finding("launches", State.FAILS, "launches_refused")
    if launches.wrongly_set:
        return Finding("launches", State.WORKS, "launches_some_wrong")
    if launches.refused:
        return Finding("launches", State.WORKS, "launches_some_refused")
    if launches.accepted:
        return Finding("launches", State.WORKS, "launches_accepted")
    return Finding("launches", State.UNSEEN, "launches_none")


def _roster(roster: Roster) -> Finding:
    if not roster.is_offered:
        return Finding("roster", State.FAILS, "roster_not_offered")
    if roster.error is not None:
        return Finding("roster", State.FAILS, "roster_failed")
    if roster.at is None:
        return Finding("roster", State.UNSEEN, "roster_not_fetched")
    return Finding("roster", State.WORKS, "roster_complete")


def _names(names: Names) -> Finding:
    if not names.people:
        return Finding("names", State.UNSEEN, "names_nobody")
    if not names.named:
        return Finding("names", State.FAILS, "names_never")
    known = "names_all" if names.named == names.people else "names_some"
    return Finding("names", State.WORKS, known)


def _email(names: Names) -> Finding:
    if names.with_email:
        return Finding("email", State.WORKS, "email_some")
    return Finding("email", State.UNSEEN, "email_none")


def _grades(grades: Grades) -> Finding:
    if not grades.has_list and not grades.coupled:
        return Finding("grades", State.FAILS, "grades_not_offered")
    if grades.scopes and "score" not in grades.scopes:
        return Finding("grades", State.FAILS, "grades_not_permitted")
    if grades.trouble is not None:
        is_partly = grades.trouble.is_of_column and grades.delivered_at is not None
        refused = "grades_column_refused" if is_partly else "grades_refused"
        return Finding("grades", State.FAILS, refused)
    if grades.delivered_at is not None:
        arrived = "grades_some_failed" if grades.failed else "grades_delivered"
        return Finding("grades", State.WORKS, arrived)
    unseen = "grades_first_failed" if grades.failed else "grades_none_arrived"
    return Finding("grades", State.UNSEEN, unseen)


def _columns(grades: Grades) -> Finding:
    if grades.has_list and "lineitem" in grades.scopes:
        return Finding("columns", State.WORKS, "columns_permitted")
    return Finding("columns", State.FAILS, "columns_not_permitted")


def _deep_linking(facts: Facts) -> Finding:
    if facts.chosen:
        return Finding("deep_linking", State.WORKS, "deep_linking_chosen")
    if facts.choosers:
        return Finding("deep_linking", State.WORKS, "deep_linking_asked")
    return Finding("deep_linking", State.UNSEEN, "deep_linking_not_seen")


def _review(facts: Facts) -> Finding:
    if facts.reviews:
        return Finding("review", State.WORKS, "review_seen")
    return Finding("review", State.UNSEEN, "review_not_seen")


def _groups(facts: Facts) -> Finding:
    if facts.has_groups:
        return Finding("groups", State.WORKS, "groups_service")
    if facts.knows_groups:
        return Finding("groups", State.WORKS, "groups_numbers")
    return Finding("groups", State.UNSEEN, "groups_not_seen")


def _copy(facts: Facts) -> Finding:
    if facts.is_copy:
        return Finding("copy", State.WORKS, "copy_found")
    return Finding("copy", State.UNSEEN, "copy_not_seen")


def _way_back(facts: Facts) -> Finding:
    if facts.has_lms_url:
        return Finding("way_back", State.WORKS, "way_back_known")
    return Finding("way_back", State.UNSEEN, "way_back_missing")


def _cookies(*, keeps: bool) -> Finding:
    if keeps:
        return Finding("cookies", State.WORKS, "cookies_kept")
    return Finding("cookies", State.FAILS, "cookies_blocked")


class Rule(StrEnum):
    """By which rule a line item of the platform serves something that is graded."""

    COUPLED = "coupled"
    """The platform's own, of a link that opens it."""
    OWN = "own"
    """One that this tool made."""
    WILL_COUPLE = "will_couple"
    WILL_MAKE = "will_make"
    NONE = "none"


def rule_of(
    *, url: str | None, is_coupled: bool, link: str | None, may_make: bool
) -> Rule:
    """Return which line item serves something: ``url`` is in use, ``link`` is coupled to a link."""
    if url is not None:
        return Rule.COUPLED if is_coupled else Rule.OWN
    if link is not None:
        return Rule.WILL_COUPLE
    return Rule.WILL_MAKE if may_make else Rule.NONE
