"""Classes solved by the tool, and by a plain person x slot model with the same seconds.

The plain model says for each person and each possible group whether the person is in
it, as one writes it first; HiGHS solves both. What either finds is scored by the
second scorer of the tests, which shares no code with the tool.
"""

import json
import os
import statistics
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highspy

from lti_tool.groups.problem import Group, Problem
from lti_tool.groups.solver import Status, cohort, solve
from tests.unit.groups.coming_and_going import FORBIDDINGLY, changes_of, moved
from tests.unit.groups.oracle import all_faults, judge, price_of

COHORTS = Path(__file__).resolve().parents[1] / "unit/groups/cohorts"


@dataclass
class Run:
    """What one way came to for one class."""

    cost: int | None
    is_proven: bool
    seconds: float
    cpu: float


def classes() -> dict[str, Problem]:
    """Return all classes whose best groups are known, up to 60 people."""
    known = json.loads((COHORTS / "known.json").read_text(encoding="utf-8"))
    files = {name: COHORTS / f"{name}.json" for name in known}
    return {
        name: cohort.read(file.read_bytes())
        for name, file in sorted(files.items())
        if int(name.split("-")[1]) <= 60
    }


def ours(problem: Problem) -> Run:
    """Solve a class as the tool does."""
    began, cpu = time.perf_counter(), time.process_time()
    solution = solve(problem)
    took = time.perf_counter() - began, time.process_time() - cpu
    assert judge(problem, solution.groups) == solution.cost
    return Run(solution.cost, solution.status is Status.OPTIMAL, *took)


def plain(problem: Problem, seconds: float) -> Run:
    """Solve a class with the plain model, for at least as long as the tool took."""
    began, cpu = time.perf_counter(), time.process_time()
    model = PersonBySlot(problem)
    groups = model.solved(max(seconds - (time.perf_counter() - began), 0.01))
    took = time.perf_counter() - began, time.process_time() - cpu
    if groups is None:
        return Run(None, False, *took)
    assert all_faults(problem, groups) == []
    return Run(judge(problem, groups), model.is_proven, *took)


class PersonBySlot:
    """Each topic has as many slots as groups may work on it; a person is in one of them."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.highs = highspy.Highs()
        self.highs.silent()
        self.highs.setOptionValue("threads", 1)
        self.slots = [t.id for t in problem.topics for _ in range(t.groups_max)]
        self.cost = 0
        self.is_open = [self._flag() for _ in self.slots]
        self.at = {
            person.id: [
                self._flag(price_of(problem, person.wishes, topic))
                for topic in self.slots
            ]
            for person in problem.people
        }
        for number in range(len(self.slots)):
            self._size(number)
            self._spread(number)
            self._minority(number)
            self._times(number)
        self._pairs()
        for places in self.at.values():
            self.highs.addConstr(sum(places) == 1)
        # Slots of one topic are alike; the first is opened first.
        for number in range(1, len(self.slots)):
            if self.slots[number] == self.slots[number - 1]:
                self.highs.addConstr(self.is_open[number] <= self.is_open[number - 1])
        self.highs.setMinimize()

    @property
    def is_proven(self) -> bool:
        """Whether the last answer is the best."""
        status = self.highs.getModelStatus()
        return bool(status == highspy.HighsModelStatus.kOptimal)

    def solved(self, seconds: float) -> list[Group] | None:
        """Return the groups found in so many seconds."""
        self.highs.setOptionValue("time_limit", seconds)
        self.highs.run()
        feasible = highspy.SolutionStatus.kSolutionStatusFeasible
        if self.highs.getInfo().primal_solution_status != feasible:
            return None
        values = self.highs.getSolution().col_value
        found = [
            Group(
                topic,
                tuple(p for p, at in self.at.items() if values[at[n].index] > 0.5),
            )
            for n, topic in enumerate(self.slots)
        ]
        return [group for group in found if group.people]

    def _flag(self, cost: int = 0) -> Any:
        return self.highs.addVariable(
            lb=0, ub=1, obj=cost, type=highspy.HighsVarType.kInteger
        )

    def _amount(self, cost: int) -> Any:
        return self.highs.addVariable(lb=0, obj=cost)

    def _there(self, number: int, people: Iterable[int]) -> Any:
        return sum((self.at[person][number] for person in people), self._nothing())

    def _nothing(self) -> Any:
        return highspy.highs_linear_expression()

    def _size(self, number: int) -> None:
        sizes, is_open = self.problem.sizes, self.is_open[number]
        there = self._there(number, self.at)
        off = self._amount(self.problem.weights.size)
        self.highs.addConstr(there >= sizes.smallest * is_open)
        self.highs.addConstr(there <= sizes.largest * is_open)
        self.highs.addConstr(off >= there - sizes.preferred * is_open)
        self.highs.addConstr(off >= sizes.preferred * is_open - there)

    def _spread(self, number: int) -> None:
        for spread in self.problem.spreads:
            for people in self._having(spread.attribute).values():
                again = self._amount(spread.cost)
                there = self._there(number, people)
                self.highs.addConstr(again >= there - self.is_open[number])

    def _minority(self, number: int) -> None:
        for rule in self.problem.not_alone:
            people = self._having(rule.attribute).get(rule.value, [])
            alone, some = self._amount(rule.cost or 0), self._flag()
            there = self._there(number, people)
            self.highs.addConstr(there <= self.problem.sizes.largest * some)
            self.highs.addConstr(alone >= 2 * some - there)

    def _times(self, number: int) -> None:
        times = self.problem.times
        if times is None:
            return
        told = [p for p in self.problem.people if p.available is not None]
        slots = sorted({slot for p in told for slot in p.available or ()})
        meets = {slot: self._flag() for slot in slots}
        for person in told:
            for slot in set(slots) - (person.available or frozenset()):
                self.highs.addConstr(meets[slot] + self.at[person.id][number] <= 1)
        common = sum(meets.values(), self._nothing())
        short = self._amount(times.cost)
        self.highs.addConstr(short >= times.wanted * self.is_open[number] - common)
        self.highs.addConstr(common >= times.at_least * self.is_open[number])

    def _pairs(self) -> None:
        for bond in self.problem.apart:
            for first, second in zip(
                self.at[bond.first], self.at[bond.second], strict=True
            ):
                self.highs.addConstr(first + second <= 1)
        for bond in self.problem.together:
            missed = self._amount(bond.cost or 0)
            for first, second in zip(
                self.at[bond.first], self.at[bond.second], strict=True
            ):
                if bond.cost is None:
                    self.highs.addConstr(first - second == 0)
                else:
                    self.highs.addConstr(missed >= first - second)

    def _having(self, attribute: int) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for person in self.problem.people:
            value = person.attributes[attribute]
            if value is not None:
                found.setdefault(value, []).append(person.id)
        return found


def compared() -> Mapping[str, Any]:
    """Return the fields of the benchmark's line."""
    pairs: dict[str, tuple[Run, Run]] = {}
    for name, problem in classes().items():
        run = ours(problem)
        pairs[name] = run, plain(problem, max(run.seconds, 5.0))
    forty = [run for name, (run, _) in pairs.items() if "-40-" in name]
    costs = [(run.cost, other.cost) for run, other in pairs.values()]
    ratios = [b / a for a, b in costs if a and b]
    share = sum(run.is_proven for run, _ in pairs.values()) / len(pairs)
    median = statistics.median(run.seconds for run in forty)
    return {
        "value": round(median, 3),
        "peer_value": sum(other.is_proven for _, other in pairs.values()) / len(pairs),
        "ratio": statistics.median(ratios) if ratios else None,
        "goal": 1.0,
        "met": share == 1 and median < 1,
        "moonshot": 0.3,
        "proven": share,
        "classes": len(pairs),
        "slowest_of_40": round(max(run.seconds for run in forty), 3),
        "cpu_of_40": round(statistics.median(run.cpu for run in forty), 3),
        "slowest": round(max(run.seconds for run, _ in pairs.values()), 3),
        "peer_without_groups": sum(other.cost is None for _, other in pairs.values()),
        "costs": {n: [a.cost, b.cost] for n, (a, b) in pairs.items()},
        "load": round(os.getloadavg()[0], 1),
    }


def changed() -> Mapping[str, Any]:
    """Return the fields of the line on people who come and go: every third leaves, one joins."""
    seconds, moves = [], []
    for name, problem in classes().items():
        if "-60-" in name:
            continue
        groups = solve(problem).groups
        for after in changes_of(problem, groups, 3):
            began = time.perf_counter()
            solution = solve(after)
            seconds.append(time.perf_counter() - began)
            moves.append(moved(after, solution.groups))
            # Moves cost more than all else, so the proof says that fewer is impossible.
            assert solution.status is Status.OPTIMAL
            assert moves[-1] == solution.cost // FORBIDDINGLY
    median = statistics.median(seconds)
    return {
        "value": round(median, 3),
        "met": median < 1,
        "slowest": round(max(seconds), 3),
        "changes": len(moves),
        "moved_median": statistics.median(moves),
        "moved_most": max(moves),
        "load": round(os.getloadavg()[0], 1),
    }
