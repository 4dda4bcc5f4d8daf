"""The linear and the integer programme over possible groups.

Set partitioning: every unit is in exactly one chosen group, and no set of places
takes more groups than it has room for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import highspy
import numpy as np
from numpy.typing import NDArray

from lti_tool.groups.solver.columns import Columns
from lti_tool.groups.solver.engine import NO_LIMIT, engine
from lti_tool.groups.solver.model import Floats, Model, Whole
from lti_tool.groups.solver.pricing import grained

_HALF = 0.5
_NOT_NEEDED = (
    "mip_allow_restart",
    "mip_heuristic_run_rins",
    "mip_heuristic_run_rens",
    "mip_heuristic_run_root_reduced_cost",
)
_HAIR = 1e-7


@dataclass(frozen=True)
class Prices:
    """What the rows of the linear programme are worth."""

    units: Floats
    places: Floats
    """Of a group at each place: the sum of all limits that it counts for."""
    fixed: float
    """What all units and all limits are worth: a bound if no column's reduced cost is negative."""


class Rows:
    """The rows of a model, and the entries of columns in them."""

    def __init__(self, model: Model) -> None:
        self.units = len(model.units)
        self.scarcities = model.scarcities
        self.count = self.units + len(self.scarcities)
        self.of_place = [
            [
                self.units + number
                for number, scarcity in enumerate(self.scarcities)
                if place in scarcity.places
            ]
            for place in range(len(model.places))
        ]
        self.lower = np.array([1.0] * self.units + [s.least for s in self.scarcities])
        self.upper = np.array([1.0] * self.units + [s.most for s in self.scarcities])

    def entries(self, columns: Columns) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return where the entries of each column begin, and their rows; all are 1."""
        wide = max(map(len, self.of_place), default=0)
        extra = np.full((len(self.of_place), wide), -1)
        for place, rows in enumerate(self.of_place):
            extra[place, : len(rows)] = rows
        units = columns.rows.astype(np.int32)
        units[units == self.units] = -1
        entries = np.hstack([units, extra[columns.places].astype(np.int32)])
        used = entries >= 0
        lengths = used.sum(axis=1)
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int32)
        return starts, entries[used].astype(np.int32)

    def prices(self, duals: Floats) -> Prices:
        """Return the prices that duals imply, of the sign that a bound allows."""
        exact = grained(duals)
        limits = exact[self.units :]
        places = np.array(
            [sum(exact[row] for row in rows) for rows in self.of_place], dtype=float
        )
        least = self.lower[self.units :]
        most = self.upper[self.units :]
        fixed = np.where(limits > 0, limits * least, limits * most).sum()
        fixed += exact[: self.units].sum()
        return Prices(exact[: self.units], places, float(fixed))


class Master:
    """The linear programme over the columns found so far.

    A unit that no column covers yet is covered at a price that no group costs.
    """

    def __init__(self, model: Model, penalty: float) -> None:
        self.rows = Rows(model)
        self._highs = engine()
        self._highs.setOptionValue("presolve", "off")
        self._highs.setOptionValue("simplex_strategy", 4)
        count = self.rows.count
        none = np.array([], dtype=np.int32)
        self._highs.addRows(
            count,
            self.rows.lower,
            self.rows.upper,
            0,
            none,
            none,
            np.array([], dtype=float),
        )
        # The last row may need groups before there are any.
        covered = np.array([*range(self.rows.units), count - 1], dtype=np.int32)
        self.artificial = len(covered)
        self._add(np.full(len(covered), penalty), np.arange(len(covered)), covered)

    def add(self, columns: Columns) -> None:
        """Let more columns be chosen."""
        self._add(columns.costs, *self.rows.entries(columns))

    def solve(self) -> tuple[float, Prices]:
        """Return the cost of the best mixture of columns, and its prices."""
        self._highs.run()
        duals = np.array(self._highs.getSolution().row_dual)
        return self._highs.getInfo().objective_function_value, self.rows.prices(duals)

    @property
    def covers(self) -> bool:
        """Whether the last mixture covers everything with columns alone."""
        values = np.array(self._highs.getSolution().col_value)
        return bool(values[: self.artificial].max(initial=0.0) < _HAIR)

    def _add(
        self,
        costs: Floats,
        starts: NDArray[np.intp] | NDArray[np.int32],
        rows: NDArray[np.int32],
    ) -> None:
        number = len(costs)
        self._highs.addCols(
            number,
            costs,
            np.zeros(number),
            np.full(number, NO_LIMIT),
            len(rows),
            starts.astype(np.int32),
            rows,
            np.ones(len(rows)),
        )


@dataclass(frozen=True)
class Chosen:
    """What the integer programme found: the best choice of columns, and what is proven."""

    columns: Whole | None
    cost: float
    bound: float
    nodes: int
    is_complete: bool
    """Whether nothing better can be chosen from these columns."""


def choose(
    rows: Rows, columns: Columns, start: Sequence[int], nodes: int, seconds: float
) -> Chosen:
    """Return the cheapest columns that keep all rows, beginning with a choice that does."""
    highs = engine()
    highs.setOptionValue("mip_max_nodes", max(nodes, 0))
    highs.setOptionValue("time_limit", seconds)
    # Columns are fixed here already. What HiGHS tries besides, to fix more and to
    # begin again, took a third of the time of classes of 40 and found nothing.
    for option in _NOT_NEEDED:
        highs.setOptionValue(option, "off")
    starts, entries = rows.entries(columns)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(columns), rows.count
    lp.col_cost_ = columns.costs
    lp.col_lower_ = np.zeros(len(columns))
    lp.col_upper_ = np.ones(len(columns))
    lp.row_lower_, lp.row_upper_ = rows.lower, rows.upper
    lp.integrality_ = [highspy.HighsVarType.kInteger] * len(columns)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.append(starts, len(entries)).astype(np.int32)
    lp.a_matrix_.index_ = entries
    lp.a_matrix_.value_ = np.ones(len(entries))
    highs.passModel(lp)
    if start:
        values = np.zeros(len(columns))
        values[list(start)] = 1
        highs.setSolution(len(columns), np.arange(len(columns), dtype=np.int32), values)
    highs.run()
    return _chosen(highs)


def _chosen(highs: highspy.Highs) -> Chosen:
    status, info = highs.getModelStatus(), highs.getInfo()
    ended = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)
    bound = info.mip_dual_bound if isfinite(info.mip_dual_bound) else -np.inf
    feasible = highspy.SolutionStatus.kSolutionStatusFeasible
    found = None
    if info.primal_solution_status == feasible:
        values = np.array(highs.getSolution().col_value)
        found = np.flatnonzero(values > _HALF)
    return Chosen(
        found,
        round(info.objective_function_value) if found is not None else np.inf,
        bound,
        max(int(info.mip_node_count), 0),
        status in ended,
    )
