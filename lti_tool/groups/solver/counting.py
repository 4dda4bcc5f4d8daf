"""The best groups for a problem, and the proof that none are better.

The size of a group and the wishes of its members are all that costs, so the
groups of one topic need not be told apart: the model counts, for each topic, how
many groups work on it and who is there. For n people in g groups of one topic
the cheapest sizes are off the preferred size p by |n - g * p| in sum, and are
reached by sizes as equal as possible.
"""

from dataclasses import dataclass
from math import ceil, isfinite
from random import Random

import highspy
import numpy as np
from numpy.typing import NDArray

from lti_tool.groups import rules
from lti_tool.groups.problem import Group, Problem, standing_wishes
from lti_tool.groups.scoring import Scorer, preference_cost
from lti_tool.groups.solver.result import Limits, Solution, Status

_NOISE = 1000
_HALF = 0.5
_HAIR = 1e-6


def solve(problem: Problem, limits: Limits | None = None) -> Solution:
    """Return the best grouping, proven optimal unless a limit ends the work."""
    limits = limits or Limits()
    if any(finding.forbids for finding in rules.check(problem)):
        return Solution((), 0, 0, Status.INFEASIBLE)
    model = _Model(problem, limits)
    best = model.minimise()
    chosen = model.break_ties(best)
    groups = _groups(problem, chosen.values, limits.seed)
    scorer = Scorer(problem)
    cost = scorer.cost(groups).total
    bound = min(cost, ceil(best.bound - _HAIR))
    return Solution(
        groups,
        cost,
        bound,
        Status.OPTIMAL if bound == cost else Status.BOUNDED,
        best.stopped or chosen.stopped,
        scorer.ranks(groups),
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    values: NDArray[np.float64]
    objective: float
    bound: float
    stopped: bool


class _Model:
    """The integer programme: who is at which topic, and groups per topic.

    Columns: a person at a topic (people x topics, person by person), groups per
    topic, people off the preferred size per topic.
    """

    def __init__(self, problem: Problem, limits: Limits) -> None:
        self.problem = problem
        self.limits = limits
        self.people = len(problem.people)
        self.topics = len(problem.topics)
        self.seats = self.people * self.topics
        self.width = self.seats + 2 * self.topics
        self.wishes = [
            standing_wishes(person, problem.topics, len(problem.weights.ranks))
            for person in problem.people
        ]

    def costs(self) -> NDArray[np.float64]:
        """Return the cost of each column."""
        placed = [
            preference_cost(self.problem.weights, wishes, topic.id)
            for wishes in self.wishes
            for topic in self.problem.topics
        ]
        return np.array(
            placed + [0] * self.topics + [self.problem.weights.size] * self.topics,
            dtype=float,
        )

    def any_start(self) -> NDArray[np.float64]:
        """Return some grouping that keeps all sizes and capacities."""
        counts = rules.workable_counts(self.problem)
        open_groups = [
            topic
            for topic, offered in enumerate(self.problem.topics)
            for _ in range(offered.groups_max)
        ][: counts[0]]
        topic_of = [open_groups[i % len(open_groups)] for i in range(self.people)]
        values = np.zeros(self.width)
        values[np.arange(self.people) * self.topics + topic_of] = 1
        groups = np.bincount(open_groups, minlength=self.topics)
        there = np.bincount(topic_of, minlength=self.topics)
        values[self.seats : self.seats + self.topics] = groups
        values[self.seats + self.topics :] = abs(
            there - groups * self.problem.sizes.preferred
        )
        return values

    def minimise(self) -> _Answer:
        """Return the values of lowest cost, as far as the limits allow."""
        return self._run(self._loaded(self.costs()), self.any_start())

    def break_ties(self, best: _Answer) -> _Answer:
        """Return one of the groupings that cost as much as the best, by the seed.

        Without it the order of the list of people would decide who gets the
        better wish whenever two groupings are equally good.
        """
        draw = Random(self.limits.seed)  # noqa: S311 - fairness, no secret.
        noise = np.zeros(self.width)
        noise[: self.seats] = [draw.randrange(_NOISE) for _ in range(self.seats)]
        engine = self._loaded(noise)
        costs = self.costs()
        used = np.flatnonzero(costs).astype(np.int32)
        most = round(best.objective)
        engine.addRow(-highspy.kHighsInf, most, len(used), used, costs[used])
        return self._run(engine, best.values)

    def _loaded(self, costs: NDArray[np.float64]) -> highspy.Highs:
        engine = highspy.Highs()  # type: ignore[no-untyped-call]  # Its __init__ is bare.
        engine.silent()
        # HiGHS has one scheduler for the whole process: a second value would make
        # the next run return without an answer and without an error.
        engine.setOptionValue("threads", 1)
        engine.setOptionValue("random_seed", 0)
        engine.setOptionValue("mip_rel_gap", 0.0)
        engine.setOptionValue("mip_abs_gap", _HALF)
        engine.setOptionValue("mip_max_nodes", self.limits.nodes)
        engine.setOptionValue("time_limit", self.limits.seconds / 2)
        self._add_columns(engine, costs)
        self._add_rows(engine)
        return engine

    def _add_columns(self, engine: highspy.Highs, costs: NDArray[np.float64]) -> None:
        upper = np.ones(self.width)
        upper[self.seats : self.seats + self.topics] = [
            topic.groups_max for topic in self.problem.topics
        ]
        upper[self.seats + self.topics :] = highspy.kHighsInf
        empty = np.array([], dtype=np.int32)
        engine.addCols(
            self.width,
            costs,
            np.zeros(self.width),
            upper,
            0,
            empty,
            empty,
            np.array([], dtype=float),
        )
        whole = self.seats + self.topics
        engine.changeColsIntegrality(
            whole,
            np.arange(whole, dtype=np.int32),
            np.array([highspy.HighsVarType.kInteger] * whole),
        )

    def _add_rows(self, engine: highspy.Highs) -> None:
        for person in range(self.people):
            first = person * self.topics
            _row(engine, (1, 1), {first + topic: 1 for topic in range(self.topics)})
            for topic in range(self.topics):
                _row(
                    engine,
                    (-highspy.kHighsInf, 0),
                    {first + topic: 1, self.seats + topic: -1},
                )
        counts = rules.workable_counts(self.problem)
        _row(
            engine,
            (counts[0], counts[-1]),
            {self.seats + topic: 1 for topic in range(self.topics)},
        )
        for topic in range(self.topics):
            self._add_sizes(engine, topic)

    def _add_sizes(self, engine: highspy.Highs, topic: int) -> None:
        sizes = self.problem.sizes
        there = {p * self.topics + topic: 1 for p in range(self.people)}
        groups, off = self.seats + topic, self.seats + self.topics + topic
        no_limit = highspy.kHighsInf
        _row(engine, (0, no_limit), there | {groups: -sizes.smallest})
        _row(engine, (-no_limit, 0), there | {groups: -sizes.largest})
        _row(engine, (-no_limit, 0), there | {groups: -sizes.preferred, off: -1})
        _row(engine, (0, no_limit), there | {groups: -sizes.preferred, off: 1})

    def _run(self, engine: highspy.Highs, start: NDArray[np.float64]) -> _Answer:
        engine.setSolution(self.width, np.arange(self.width, dtype=np.int32), start)
        engine.run()
        stopped = engine.getModelStatus() == highspy.HighsModelStatus.kTimeLimit
        found = engine.getInfo()
        bound = found.mip_dual_bound if isfinite(found.mip_dual_bound) else 0.0
        feasible = highspy.SolutionStatus.kSolutionStatusFeasible
        if found.primal_solution_status != feasible:
            return _Answer(start, float(self.costs() @ start), bound, stopped)
        values = np.array(engine.getSolution().col_value)
        return _Answer(values, found.objective_function_value, bound, stopped)


def _row(
    engine: highspy.Highs, limits: tuple[float, float], terms: dict[int, int]
) -> None:
    engine.addRow(
        *limits,
        len(terms),
        np.fromiter(terms.keys(), dtype=np.int32),
        np.fromiter(terms.values(), dtype=float),
    )


def _groups(
    problem: Problem, values: NDArray[np.float64], seed: int
) -> tuple[Group, ...]:
    """Return the groups, those of one topic as equal in size as possible."""
    draw = Random(seed)  # noqa: S311 - no secret, only who joins whom.
    people, topics = len(problem.people), len(problem.topics)
    at = values[: people * topics].reshape(people, topics) > _HALF
    groups: list[Group] = []
    for index, topic in enumerate(problem.topics):
        there = [problem.people[i].id for i in np.flatnonzero(at[:, index])]
        count = round(values[people * topics + index])
        draw.shuffle(there)
        groups += [
            Group(topic.id, tuple(sorted(there[part::count]))) for part in range(count)
        ]
    return tuple(groups)
