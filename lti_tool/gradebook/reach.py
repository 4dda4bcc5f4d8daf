"""Of how much a reason tells that grades do not arrive: one grade, a column or the whole course."""

from collections.abc import Mapping
from enum import StrEnum


class Reach(StrEnum):
    """Where no grade arrives until somebody changes something."""

    GRADE = "grade"
    """Nowhere but here, or it passes in a moment."""
    COLUMN = "column"
    COURSE = "course"


_CODES: Mapping[Reach, tuple[str, ...]] = {
    Reach.GRADE: (
        "attempts_used",
        "delivered",
        "fails_alone",
        "line_item_busy",
        "locked",
        "newer_in_lms",
        "not_gradable",
        "refused",
        "refused_silently",
        "slow_down",
        "too_long",
        "tool_error",
    ),
    Reach.COLUMN: (
        "address_of_other_host",
        "forbidden",
        "line_item_gone",
        "line_item_refused",
        "no_line_item",
        "not_published",
        "not_supported",
        "unauthorized",
    ),
    Reach.COURSE: (
        "address_not_permitted",
        "cannot_sign",
        "clock_ahead",
        "clocks_differ",
        "course_over",
        "page_instead",
        "platform_error",
        "redirected",
        "scope_not_granted",
        "token_refused",
        "unreachable_connection",
        "unreachable_dns",
        "unreachable_timeout",
        "unreachable_tls",
        "unreachable_too_large",
    ),
}
REACH: Mapping[str, Reach] = {
    code: reach for reach, codes in _CODES.items() for code in codes
}


def reach_of(code: str) -> Reach:
    """Return of how much a reason code tells; from an unknown one nothing is concluded."""
    return REACH.get(code, Reach.GRADE)
