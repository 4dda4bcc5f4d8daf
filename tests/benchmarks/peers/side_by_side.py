"""Ours, a plain person x slot MIP and Harvard Business School's `team-formation` in one run.

Both peers get the same seconds. All groups are scored by the second scorer of the tests. The
peer from Harvard knows no topics, capacities, pairs or minorities: its teams get the best topics
for them, and the groups that break a hard rule are counted beside the cost.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from lti_tool.groups.problem import Group, Problem
from tests.benchmarks import grouping
from tests.benchmarks.peers import hbs
from tests.unit.groups.oracle import cost_of, faults_of

NAMES = ("cohort-16-0", "cohort-20-0", "cohort-24-0", "cohort-40-0", "cohort-60-0")
SECONDS = 10.0


def compared() -> Mapping[str, Any]:
    """Return the fields of the benchmark's line."""
    hbs.HBS.ensure()
    table = {name: _row(name, grouping.classes()[name]) for name in NAMES}
    costs = [(row["ours"], row["hbs"]) for row in table.values()]
    return {
        "table": table,
        "seconds_of_peers": SECONDS,
        "ratio": max(theirs / ours for ours, theirs in costs),
        "load": round(os.getloadavg()[0], 1),
    }


def _row(name: str, problem: Problem) -> dict[str, Any]:
    own = grouping.ours(problem)
    plain = grouping.plain(problem, SECONDS)
    peer = hbs.form(grouping.COHORTS / f"{name}.json", problem, SECONDS)
    return {
        "ours": own.cost,
        "ours_is_proven": own.is_proven,
        "ours_seconds": round(own.seconds, 2),
        "plain": plain.cost,
        "plain_is_proven": plain.is_proven,
        "hbs": _cost(problem, peer.groups),
        "hbs_broken_groups": _broken(problem, peer.groups),
        "hbs_groups": len(peer.groups),
        "hbs_own_status": peer.status,
        "hbs_seconds": peer.seconds,
    }


def _cost(problem: Problem, groups: Sequence[Group]) -> int:
    return sum(cost_of(problem, g.topic, g.former, set(g.people)) for g in groups)


def _broken(problem: Problem, groups: Sequence[Group]) -> int:
    return sum(
        bool(faults_of(problem, g.topic, g.former, set(g.people))) for g in groups
    )
