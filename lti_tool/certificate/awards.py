"""How far a certificate has come by people's decisions, and which decision may follow."""

from enum import StrEnum


class Decision(StrEnum):
    """What a person decides; nothing but a person ever does."""

    CONFIRM = "confirm"
    COUNTERSIGN = "countersign"
    """The examiner of the chamber confirms too, where the course asks for it."""
    DENY = "deny"
    REVOKE = "revoke"


class Award(StrEnum):
    """Where a certificate stands."""

    NONE = "none"
    HALF = "half"
    """A lead confirmed; the examiner has yet to."""
    CONFIRMED = "confirmed"
    DENIED = "denied"
    REVOKED = "revoked"


NEEDS_REASON = frozenset({Decision.DENY, Decision.REVOKE})
NEEDS_MET = frozenset({Decision.CONFIRM, Decision.COUNTERSIGN})

_FOLLOWS = {
    Award.NONE: frozenset({Decision.CONFIRM, Decision.DENY}),
    Award.HALF: frozenset({Decision.COUNTERSIGN, Decision.DENY}),
    Award.CONFIRMED: frozenset({Decision.REVOKE}),
    Award.DENIED: frozenset({Decision.CONFIRM}),
    Award.REVOKED: frozenset({Decision.CONFIRM}),
}


def award(last: Decision | None, *, is_final: bool) -> Award:
    """Return where the newest decision leaves a certificate."""
    match last:
        case None:
            return Award.NONE
        case Decision.DENY:
            return Award.DENIED
        case Decision.REVOKE:
            return Award.REVOKED
        case _:
            return Award.CONFIRMED if is_final else Award.HALF


def may_follow(present: Award, decision: Decision) -> bool:
    """Tell whether this decision makes sense where the certificate stands."""
    return decision in _FOLLOWS[present]
