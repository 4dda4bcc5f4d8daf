"""HiGHS, set up the same way for everything that this package asks it."""

import highspy
import numpy as np

NO_LIMIT = highspy.kHighsInf
GAP = 0.9
"""Costs are whole numbers, so less than one apart is equal."""


def engine() -> highspy.Highs:
    """Return a silent, empty engine that gives the same answer every time."""
    highs = highspy.Highs()  # type: ignore[no-untyped-call]  # Its __init__ is bare.
    highs.silent()
    # HiGHS has one scheduler for the whole process: a second value would make
    # the next run return without an answer and without an error.
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", 0)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", GAP)
    return highs


def add_row(
    highs: highspy.Highs, limits: tuple[float, float], terms: dict[int, float]
) -> None:
    """Add a constraint on a sum of columns."""
    highs.addRow(
        *limits,
        len(terms),
        np.fromiter(terms.keys(), dtype=np.int32),
        np.fromiter(terms.values(), dtype=float),
    )
