"""Groups for many people: a start, annealing, then exact answers for a few groups at a time.

*Large-neighbourhood search* (Shaw 1998): some groups that could well exchange people
are a small problem, which the exact engine solves; its answer takes their place if it
is cheaper. How many groups there are at all matters as much as who is in them, so
several numbers are tried first. All work is counted: seconds are a safety stop only.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

import numpy as np

from lti_tool.groups.problem import Group, Problem
from lti_tool.groups.solver.arrays import Arrays
from lti_tool.groups.solver.bounds import cheap_bound, possible_numbers
from lti_tool.groups.solver.neighbourhood import part_around, taken_over
from lti_tool.groups.solver.result import Deadline, Limits, Solution, Status, Tell
from lti_tool.groups.solver.search import Draw, State, anneal
from lti_tool.groups.solver.start import first_state

_HOT, _COLD = 0.03, 0.007
"""Heats, in prices of a broken rule; found by trying."""
_TRIED = 5
_GRAIN = 1024
_NODES = 200
_NO_LIMIT = 1 << 40
_TELL_EVERY = 20


@dataclass(frozen=True, slots=True)
class Work:
    """How much is done; the usual amounts take half a minute of one core at most."""

    trial_steps: int = 4_000
    """Of each annealing that tries a number of groups."""
    steps: int = 50_000
    sweeps: int = 400
    """No unit chooses more often."""
    parts: int = 300
    rounds: int = 16
    """Of looking for prices that prove a higher bound."""
    sets: int = 1_000_000
    """So many partial groups of one kind are looked at for it at once."""
    columns: int = 2_000_000
    """Of the small problems: how many pairs of a group and a topic there may be."""


USUAL = Work()


def solve_large(
    problem: Problem,
    limits: Limits | None = None,
    on_progress: Tell | None = None,
    work: Work = USUAL,
) -> Solution:
    """Return good groups and a bound; without HiGHS they are found by annealing alone."""
    limits = limits or Limits()
    deadline = Deadline(limits.seconds, on_progress)
    arrays = Arrays(problem)
    run = _Run(arrays, limits, deadline, work)
    run.anneal()
    bound = cheap_bound(arrays)
    if find_spec("highspy"):
        run.mend_parts()
        bound = run.bound()
    return _solution(arrays, run.state.as_groups(), bound, stopped=deadline.is_over)


class _Run:
    """The groups so far."""

    def __init__(
        self, arrays: Arrays, limits: Limits, deadline: Deadline, work: Work
    ) -> None:
        self.arrays = arrays
        self.limits = limits
        self.deadline = deadline
        self.work = work
        self.draw = Draw(limits.seed)
        self.state = first_state(arrays, self.draw, self._best_number())

    def _best_number(self) -> int:
        """Return the number of groups with which a short annealing comes furthest."""
        numbers = possible_numbers(self.arrays.problem)
        tried = _spread(numbers, _TRIED)
        best = self._cheapest(tried)
        half = max((len(numbers) - 1) // (2 * (_TRIED - 1)), 1)
        nearby = {best - half, best, best + half}.intersection(numbers)
        return best if len(tried) == len(numbers) else self._cheapest(sorted(nearby))

    def _cheapest(self, numbers: list[int]) -> int:
        found = {number: self._tried(number) for number in numbers}
        return min(found, key=lambda number: (found[number], number))

    @cache  # noqa: B019 - lives as long as one solution is looked for.
    def _tried(self, number: int) -> int:
        draw = Draw(self.limits.seed)
        state = first_state(self.arrays, draw, number)
        self._cool(state, draw, self.work.trial_steps)
        return state.cost

    def anneal(self) -> None:
        """Let everybody choose, at falling heat."""
        self._cool(self.state, self.draw, self.work.steps)
        self.deadline.tell(0.5)

    def _cool(self, state: State, draw: Draw, steps: int) -> None:
        sweeps = min(max(steps // len(self.arrays.units), 2), self.work.sweeps)
        fall = np.linspace(0, 1, sweeps)
        heats = self.arrays.hard * _HOT * (_COLD / _HOT) ** fall
        whole = np.round(heats * _GRAIN) / _GRAIN
        anneal(state, draw, [*whole.tolist(), 0.0], lambda: not self.deadline.is_over)

    def mend_parts(self) -> None:
        """Take the exact answers to small parts as long as the work lasts."""
        # Imported here, for it needs HiGHS.
        from lti_tool.groups.solver.exact import solve_exactly  # noqa: PLC0415

        limits = Limits(seed=self.limits.seed, nodes=_NODES, columns=_NO_LIMIT)
        for turn in range(self.work.parts):
            if self.deadline.is_over:
                return
            seed = int(self.draw.numbers.integers(len(self.state.groups)))
            part = part_around(self.state, seed, self.draw, self.work.columns)
            answer = solve_exactly(part.problem, limits, part.answer)
            self.state = taken_over(self.state, part, answer.groups)
            if turn % _TELL_EVERY == 0:
                self.deadline.tell(0.5 + 0.2 * turn / self.work.parts)

    def bound(self) -> int:
        """Return a cost that no grouping is below."""
        # Imported here, for it needs HiGHS.
        from lti_tool.groups.solver.bounds_duals import (  # noqa: PLC0415
            Effort,
            dual_bound,
        )

        told = self.state.told(range(len(self.state.groups)))
        effort = Effort(self.work.rounds, self.work.sets)
        return dual_bound(self.arrays, told, self.deadline, effort)


def _spread(numbers: range, most: int) -> list[int]:
    """Return some numbers, evenly from the first to the last."""
    places = np.linspace(0, len(numbers) - 1, min(most, len(numbers)))
    return [numbers[round(place)] for place in places.tolist()]


def _solution(
    arrays: Arrays, groups: tuple[Group, ...], bound: int, *, stopped: bool
) -> Solution:
    scorer = arrays.scorer
    cost, broken = scorer.cost(groups).total, scorer.broken(groups)
    return Solution(
        groups,
        cost,
        bound if broken else min(bound, cost),
        _status(cost, bound, is_sound=not broken),
        stopped,
        scorer.ranks(groups),
        broken,
    )


def _status(cost: int, bound: int, *, is_sound: bool) -> Status:
    if not is_sound or not find_spec("highspy"):
        return Status.HEURISTIC
    return Status.OPTIMAL if bound >= cost else Status.BOUNDED
