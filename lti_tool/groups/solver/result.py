"""What a search may use up, what it tells on its way, and what it hands back."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from lti_tool.groups.problem import Group
from lti_tool.groups.scoring import Broken


class Status(StrEnum):
    """What is known about a solution.

    *Optimal*: proven, no better one exists. *Bounded*: none can be better than
    the bound. *Heuristic*: good groups were looked for, and nothing is known about
    better ones. *Infeasible*: proven, no grouping keeps all hard rules.
    """

    OPTIMAL = "optimal"
    BOUNDED = "bounded"
    HEURISTIC = "heuristic"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much work a solution may take.

    Nodes, steps and columns are counted, so the same limits give the same answer
    on any machine; seconds are a safety stop. The seed chooses among equally good
    groupings.
    """

    seed: int = 0
    seconds: float = 60.0
    nodes: int = 100_000
    """Of the search trees of one solution."""
    columns: int = 10_000_000
    """Pairs of a possible group and a topic that may be listed in full."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is."""

    share: float
    """A guess, from 0 to 1, that never falls."""
    cost: int | None = None
    """Of the best groups so far."""
    bound: int | None = None
    """No groups can cost less."""


Tell = Callable[[Progress], None]
"""Is told how far a search is; what it raises ends the search."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Groups, what they cost, and what is known about that cost."""

    groups: tuple[Group, ...]
    cost: int
    bound: int
    status: Status
    stopped: bool = False
    ranks: dict[int, int | None] = field(default_factory=dict)
    broken: tuple[Broken, ...] = ()
    """Hard rules that the groups break, where no groups were found that keep all."""


def infeasible() -> Solution:
    """Return that no grouping keeps all hard rules."""
    return Solution((), 0, 0, Status.INFEASIBLE)


class Deadline:
    """The safety stop, and the one to whom progress is told."""

    def __init__(self, seconds: float, tell: Tell | None = None) -> None:
        self._end = time.monotonic() + seconds
        self._tell = tell
        self._share = 0.0
        self.cost: int | None = None
        self.bound: int | None = None

    @property
    def left(self) -> float:
        """Seconds, never less than none."""
        return max(self._end - time.monotonic(), 0.0)

    @property
    def is_over(self) -> bool:
        """Whether the safety stop has come."""
        return time.monotonic() >= self._end

    def tell(
        self, share: float, cost: int | None = None, bound: int | None = None
    ) -> None:
        """Say how far the search is; what is left out is as it was."""
        self._share = max(self._share, share)
        self.cost = self.cost if cost is None else cost
        self.bound = self.bound if bound is None else bound
        if self._tell:
            self._tell(Progress(self._share, self.cost, self.bound))
