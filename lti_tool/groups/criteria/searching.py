"""Whether all rules can be kept, and which few cannot: in a moment, or by searching.

Run as a program it reads a problem and writes the answer, in a process that may be
ended at any time.
"""

import json
import pickle
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lti_tool.groups import apart, solver
from lti_tool.groups.criteria import conflicts, quick
from lti_tool.groups.criteria.conflicts import Conflict
from lti_tool.groups.criteria.parts import Demand, Part, only, parts_of
from lti_tool.groups.problem import Group, Problem
from lti_tool.groups.scoring import Scorer
from lti_tool.groups.solver import Limits, Status

MOMENT = 0.8
"""So many seconds of computing a request may take; on a busy machine it waits longer."""
PATIENCE = 60.0
_ONE_QUESTION = Limits(seconds=10.0)
BASE = frozenset(
    {
        Demand.SMALLEST,
        Demand.LARGEST,
        Demand.GROUPS_MIN,
        Demand.GROUPS_MAX,
        Demand.TOPICS,
    }
)
"""Demands that a search leaves as they are: groups of any size are too many to go through."""
_WITHOUT_PLACE = frozenset({Demand.NOT_ALONE, Demand.TIMES})
"""Demands that play no part in whether there are places."""


class Outcome(StrEnum):
    """What is known."""

    FITS = "fits"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether all can be kept; of a conflict its parts."""

    outcome: Outcome
    parts: tuple[Part, ...] = ()
    is_smallest: bool = False
    is_within_sizes: bool = False
    """Whether sizes, numbers of groups and topics are presupposed."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "outcome": self.outcome,
            "parts": [[part.demand, part.place] for part in self.parts],
            "is_smallest": self.is_smallest,
            "is_within_sizes": self.is_within_sizes,
        }

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "Answer":
        """Return the answer that was stored."""
        return cls(
            Outcome(told["outcome"]),
            tuple(Part(Demand(demand), place) for demand, place in told["parts"]),
            told["is_smallest"],
            told["is_within_sizes"],
        )


class _TooLongError(Exception):
    """The time is over."""


def at_once(problem: Problem, seconds: float = MOMENT) -> Answer:
    """Return a conflict that can be counted within a moment; otherwise it is not known."""
    every = parts_of(problem)
    # Sizes and topics alone are counted exactly.
    otherwise = (
        Outcome.FITS if all(p.demand in BASE for p in every) else Outcome.UNKNOWN
    )
    counting = _Counting(problem, time.thread_time() + seconds)
    obvious = None
    try:
        obvious = conflicts.smallest(every, counting.is_consistent)
        return _told(conflicts.smallest(every, counting), otherwise)
    except _TooLongError:
        return _told(obvious, Outcome.UNKNOWN, sure=False)


class _Counting:
    """Counts whether rules can be kept, and remembers for which there were places."""

    def __init__(self, problem: Problem, end: float) -> None:
        self.problem, self.end = problem, end
        self.consistent: dict[frozenset[Part], bool] = {}
        self.places: dict[frozenset[Part], bool] = {}

    def is_consistent(self, parts: Sequence[Part]) -> bool:
        """Tell whether nothing contradicts itself, leaving places aside."""
        asked = frozenset(parts)
        if asked not in self.consistent:
            self._look_at_the_clock()
            found = quick.contradicts_itself(only(self.problem, asked))
            self.consistent[asked] = not found
        return self.consistent[asked]

    def __call__(self, parts: Sequence[Part]) -> bool:
        return self.is_consistent(parts) and self._has_places(
            frozenset(part for part in parts if part.demand not in _WITHOUT_PLACE)
        )

    def _has_places(self, asked: frozenset[Part]) -> bool:
        if asked not in self.places:
            self._look_at_the_clock()
            self.places[asked] = not quick.lacks_places(only(self.problem, asked))
        return self.places[asked]

    def _look_at_the_clock(self) -> None:
        if time.thread_time() > self.end:
            raise _TooLongError


def search(problem: Problem) -> Answer:
    """Return whether all rules can be kept; what stays open after a minute is unknown."""
    end = time.monotonic() + PATIENCE
    counted = at_once(problem, PATIENCE / 3)
    if counted.outcome != Outcome.UNKNOWN:
        return counted
    every = parts_of(problem)
    base = [part for part in every if part.demand in BASE]
    rules = [part for part in every if part.demand not in BASE]
    keeps = _Searching(problem, base, end)
    try:
        found = conflicts.smallest(rules, keeps)
    except _TooLongError:
        return Answer(Outcome.UNKNOWN)
    if found is None and keeps.doubts:
        return Answer(Outcome.UNKNOWN)
    return _told(found, Outcome.FITS, is_within_sizes=True, sure=not keeps.doubts)


class _Searching:
    """Asks the solver whether rules can be kept, and remembers all groups that it found."""

    def __init__(self, problem: Problem, base: Sequence[Part], end: float) -> None:
        self.problem, self.base, self.end = problem, base, end
        self.found: list[tuple[Group, ...]] = []
        self.doubts = False
        """Whether a question stayed open; it counts as kept, so no conflict is made up."""

    def __call__(self, rules: Sequence[Part]) -> bool:
        asked = only(self.problem, [*self.base, *rules])
        scorer = Scorer(asked)
        if any(not scorer.broken(groups) for groups in self.found):
            return True
        if quick.is_impossible(asked):
            return False
        if time.monotonic() > self.end:
            raise _TooLongError
        solution = solver.solve(asked, _ONE_QUESTION)
        if solution.status == Status.INFEASIBLE:
            return False
        if solution.groups and not scorer.broken(solution.groups):
            self.found.append(solution.groups)
        else:
            self.doubts = True
        return True


def _told(
    conflict: Conflict[Part] | None,
    otherwise: Outcome,
    *,
    is_within_sizes: bool = False,
    sure: bool = True,
) -> Answer:
    if conflict is None:
        return Answer(otherwise)
    is_smallest = conflict.is_smallest and sure
    return Answer(Outcome.CONFLICT, conflict.parts, is_smallest, is_within_sizes)


def search_apart(problem: Problem) -> Answer:
    """Search in a process of its own, which is ended when it takes too long."""
    command = [sys.executable, "-P", "-m", "lti_tool.groups.criteria.searching"]
    try:
        done = subprocess.run(  # noqa: S603  # Our own module.
            command,
            input=pickle.dumps(problem),
            capture_output=True,
            timeout=2 * PATIENCE,
            env=apart.environment(),
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return Answer(Outcome.UNKNOWN)
    return Answer.of_json(json.loads(done.stdout))


if __name__ == "__main__":
    apart.step_back()
    # What stands there was written by the process that started this one.
    _problem: Problem = pickle.load(sys.stdin.buffer)  # noqa: S301
    sys.stdout.write(json.dumps(search(_problem).as_json()))
