"""Failures that tests switch on, because a real platform has them too."""

from dataclasses import dataclass, replace
from threading import Lock

ANSWERS = ("refuse", "apply_then_fail", "delay")
ANY = "any"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with the next requests of one kind.

    `on` is score, results, line_item, line_items, memberships, token, jwks,
    openid_configuration, registration or any;
    `times` counts down, None stays until cleared; `user` limits scores to one person.
    """

    on: str = ANY
    answer: str = "refuse"
    status: int = 500
    retry_after: int | None = None
    seconds: float = 0.0
    times: int | None = 1
    user: str | None = None

    def __post_init__(self) -> None:
        if self.answer not in ANSWERS:
            message = f"answer must be one of {', '.join(ANSWERS)}"
            raise ValueError(message)

    def hits(self, kind: str, user: str | None) -> bool:
        """Return whether this request is meant."""
        return self.on in (ANY, kind) and self.user in (None, user)


class Faults:
    """The failures now switched on, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._turn = Lock()

    def add(self, fault: Fault) -> None:
        """Switch a failure on."""
        with self._turn:
            self._faults.append(fault)

    def clear(self) -> None:
        """Switch all failures off."""
        with self._turn:
            self._faults.clear()

    def all(self) -> tuple[Fault, ...]:
        """Return the failures that still wait for a request."""
        with self._turn:
            return tuple(self._faults)

    def take(self, kind: str, user: str | None = None) -> Fault | None:
        """Return the failure that this request meets, and count it."""
        with self._turn:
            for position, fault in enumerate(self._faults):
                if fault.hits(kind, user):
                    self._count_down(position)
                    return fault
        return None

    def _count_down(self, position: int) -> None:
        fault = self._faults[position]
        if fault.times is None:
            return
        if fault.times > 1:
            self._faults[position] = replace(fault, times=fault.times - 1)
        else:
            del self._faults[position]
