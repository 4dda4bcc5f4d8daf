"""Whether there are places for all: people and topics as numbers, groups only counted.

A relaxation: where it has no solution there is no grouping, and not the other
way round. Who must be together is one unit.
"""

from collections.abc import Iterator, Sequence

import highspy

from lti_tool.groups.problem import Problem, standing_wishes
from lti_tool.groups.scoring import value_of
from lti_tool.groups.solver.engine import NO_LIMIT, add_row, engine

_SECONDS = 0.5
_MOST_SEATS = 10_000
"""Units times topics; with more it would take too long."""
Terms = dict[int, float]
Row = tuple[tuple[float, float], Terms]


def apart(problem: Problem, together: Sequence[frozenset[int]]) -> set[frozenset[int]]:
    """Return which units must be apart, by their numbers; a single one contradicts itself."""
    unit_of = {
        person: number for number, unit in enumerate(together) for person in unit
    }
    return {
        frozenset((unit_of[bond.first], unit_of[bond.second]))
        for bond in problem.apart
        if bond.cost is None
    }


def are_missing(problem: Problem, together: Sequence[frozenset[int]]) -> bool:
    """Tell whether it is proven that not all people have a place they may have."""
    if len(together) * len(problem.topics) > _MOST_SEATS:
        return False
    model = _Model(problem, together)
    highs = engine()
    highs.setOptionValue("time_limit", _SECONDS)
    for most in model.bounds:
        highs.addVar(0, most)
    for column in range(len(model.bounds)):
        highs.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    for limits, terms in model.rows():
        add_row(highs, limits, terms)
    highs.run()
    return highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible


class _Model:
    """Columns: groups of each topic, then each unit at each topic where it may be."""

    def __init__(self, problem: Problem, together: Sequence[frozenset[int]]) -> None:
        self.problem = problem
        self.together = together
        self.number = {topic.id: n for n, topic in enumerate(problem.topics)}
        self.bounds = [topic.groups_max for topic in problem.topics]
        self.column: dict[tuple[int, int], int] = {}
        may_be = _may_be(problem)
        for unit, members in enumerate(together):
            for topic in frozenset.intersection(*(may_be[p] for p in members)):
                self.column[unit, self.number[topic]] = len(self.bounds)
                self.bounds.append(1)

    def rows(self) -> Iterator[Row]:
        """Yield the constraints."""
        problem = self.problem
        placed: list[Terms] = [{} for _unit in self.together]
        for (unit, _topic), column in self.column.items():
            placed[unit][column] = 1.0
        for terms in placed:
            yield (1, 1), terms
        yield (
            (problem.groups_min, problem.groups_max),
            dict.fromkeys(self.number.values(), 1.0),
        )
        for pool in problem.pools:
            inside = [self.number[t] for t in pool.topics if t in self.number]
            yield (0, pool.groups_max), dict.fromkeys(inside, 1.0)
        sizes = {unit: len(members) for unit, members in enumerate(self.together)}
        for terms in self._per_topic(sizes, problem.sizes.smallest):
            yield (0, NO_LIMIT), terms
        for counts, most in self._at_most():
            for terms in self._per_topic(counts, most):
                yield (-NO_LIMIT, 0), terms

    def _at_most(self) -> Iterator[tuple[dict[int, int], int]]:
        """Yield what units count, and how much of it a group takes."""
        problem = self.problem
        yield (
            {u: len(members) for u, members in enumerate(self.together)},
            problem.sizes.largest,
        )
        for both in apart(problem, self.together):
            yield dict.fromkeys(both, 1), 1
        for spread in problem.spreads:
            if spread.most is not None:
                for counts in self._alike(spread.attribute):
                    yield counts, spread.most

    def _alike(self, attribute: int) -> Iterator[dict[int, int]]:
        """Yield for each value how many of a unit have it."""
        values = {p.id: value_of(p, attribute) for p in self.problem.people}
        for value in {v for v in values.values() if v is not None}:
            yield {
                unit: sum(values[person] == value for person in members)
                for unit, members in enumerate(self.together)
            }

    def _per_topic(self, counts: dict[int, int], per_group: int) -> Iterator[Terms]:
        """Yield for each topic what its units count less what its groups take."""
        for topic in self.number.values():
            terms = {
                self.column[unit, topic]: float(count)
                for unit, count in counts.items()
                if count and (unit, topic) in self.column
            }
            yield {**terms, topic: -float(per_group)}


def _may_be(problem: Problem) -> dict[int, frozenset[int]]:
    """Return the topics at which each person may be."""
    everywhere = frozenset(topic.id for topic in problem.topics)
    worst, most = problem.worst_rank, len(problem.weights.ranks)
    allowed = {}
    for person in problem.people:
        wishes = standing_wishes(person, problem.topics, most)
        firm = worst is not None and bool(wishes)
        allowed[person.id] = frozenset(wishes[:worst]) if firm else everywhere
    for pin in problem.pins:
        topic = pin.topic
        if topic is None and pin.former is not None:
            topic = problem.former[pin.former].topic
        if topic is not None and pin.person in allowed:
            allowed[pin.person] &= {topic}
    return allowed
