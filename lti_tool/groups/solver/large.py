"""Groups for many people: a start, annealing, then exact answers for a few groups at a time.

*Large-neighbourhood search* (Shaw 1998): some groups that could well exchange people
are a small problem, which the exact engine solves; its answer takes their place if it
is cheaper. How many groups there are at all matters as much as who is in them, so
several numbers are tried first. All work is counted: seconds are a safety stop only.
"""

from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec

import numpy as np

from lti_tool.groups.problem import Group, Problem
from lti_tool.groups.solver.arrays import Arrays
from lti_tool.groups.solver.bounds import cheap_bound, possible_numbers
from lti_tool.groups.solver.neighbourhood import Width, part_around, taken_over
from lti_tool.groups.solver.result import Deadline, Limits, Solution, Status, Tell
from lti_tool.groups.solver.search import Draw, State, anneal
from lti_tool.groups.solver.start import first_state

_HOT, _COLD = 0.03, 0.007
"""Heats, in prices of a broken rule; found by trying."""
_TRIED = 5
_SAMPLE = 600
"""So many people at most try how many groups there should be; the others follow them."""
_GRAIN = 1024
_NODES = 200
_NO_LIMIT = 1 << 40
_TELL_EVERY = 20
_NARROW, _WIDE = Width(9, 2_000_000), Width(14, 20_000_000)
"""Of parts; they are wide as soon as narrow ones do not help any more."""
_WIDE_COUNTS = 5
"""A wide part takes as long as so many narrow ones, or longer."""


@dataclass(frozen=True, slots=True)
class Work:
    """How much is done; the usual amounts take half a minute of one core at most."""

    trial_steps: int = 4_000
    """Of each annealing that tries a number of groups."""
    steps: int = 50_000
    sweeps: int = 400
    """No unit chooses more often."""
    parts: int = 300
    """So many narrow ones; wide ones count more."""
    hasty: int = 12
    """Rounds of looking for prices, as long as there are rounds that prove something."""
    rounds: int = 8
    """Of proving a bound by prices."""
    proofs: int = 6_000
    """Of units, in all rounds together: for very many only the cheap bound is told."""
    sets: int = 1_000_000
    """So many partial groups of one kind are looked at for it at once."""


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
        sample, step = _sample(self.arrays.problem)
        self.sample = self.arrays if step == 1 else Arrays(sample)
        possible = possible_numbers(self.arrays.problem)
        best = self._best_of(possible_numbers(sample))
        return min(max(best * step, possible[0]), possible[-1])

    def _best_of(self, numbers: range) -> int:
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
        state = first_state(self.sample, draw, number)
        self._cool(state, draw, self.work.trial_steps)
        return state.cost

    def anneal(self) -> None:
        """Let everybody choose, at falling heat."""
        self._cool(self.state, self.draw, self.work.steps)
        self._tell(0.5)

    def _tell(self, share: float) -> None:
        """Say how far it is, and what the groups cost where they keep all rules."""
        broken = self.arrays.scorer.broken(self.state.as_groups())
        self.deadline.tell(share, None if broken else self.state.cost)

    def _cool(self, state: State, draw: Draw, steps: int) -> None:
        arrays = state.arrays
        sweeps = min(max(steps // len(arrays.units), 2), self.work.sweeps)
        fall = np.linspace(0, 1, sweeps)
        heats = arrays.hard * _HOT * (_COLD / _HOT) ** fall
        whole = np.round(heats * _GRAIN) / _GRAIN
        anneal(state, draw, [*whole.tolist(), 0.0], lambda: not self.deadline.is_over)

    def mend_parts(self) -> None:
        """Take the exact answers to small parts as long as the work lasts."""
        # Imported here, for it needs HiGHS.
        from lti_tool.groups.solver.exact import solve_exactly  # noqa: PLC0415

        limits = Limits(seed=self.limits.seed, nodes=_NODES, columns=_NO_LIMIT)
        left, vain = self.work.parts, 0
        while left > 0 and not self.deadline.is_over:
            is_wide = vain >= len(self.state.groups)
            width = _WIDE if is_wide else _NARROW
            seed = int(self.draw.numbers.integers(len(self.state.groups)))
            part = part_around(self.state, seed, self.draw, width)
            answer = solve_exactly(part.problem, limits, part.answer)
            before = self.state.cost
            self.state = taken_over(self.state, part, answer.groups)
            vain = vain + 1 if is_wide or self.state.cost == before else 0
            left -= _WIDE_COUNTS if is_wide else 1
            if vain == 0 or left % _TELL_EVERY == 0:
                self._tell(0.7 - 0.2 * left / self.work.parts)
        self._tell(0.7)

    def bound(self) -> int:
        """Return a cost that no grouping is below."""
        # Imported here, for it needs HiGHS.
        from lti_tool.groups.solver.bounds_duals import (  # noqa: PLC0415
            Effort,
            dual_bound,
        )

        told = self.state.told(range(len(self.state.groups)))
        work = self.work
        rounds = min(work.rounds, work.proofs // len(self.arrays.units))
        effort = Effort(work.hasty if rounds else 0, rounds, work.sets)
        return dual_bound(self.arrays, told, self.deadline, effort)


def _sample(problem: Problem) -> tuple[Problem, int]:
    """Return a problem of the same kind for every n-th person only, and n."""
    step = -(-len(problem.people) // _SAMPLE)
    sample = replace(
        problem,
        people=problem.people[::step],
        topics=tuple(
            replace(topic, groups_max=-(-topic.groups_max // step))
            for topic in problem.topics
        ),
        pools=tuple(
            replace(pool, groups_max=-(-pool.groups_max // step))
            for pool in problem.pools
        ),
        groups_min=problem.groups_min // step,
        groups_max=-(-problem.groups_max // step),
        pins=(),
    )
    return sample, step


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
