"""The best profiles of ranks, on a real year of a real department."""

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.groups.problem import Person, Pool, Problem, Sizes, Topic, Weights
from lti_tool.groups.solver import Status
from lti_tool.groups.solver.profiles import solve_by_profile

YEAR = "00038-00000008"


@pytest.fixture
def preflib():
    """Students, projects and supervisors of Glasgow (PrefLib 00038, by D. Manlove)."""
    folder = Path(os.environ["PREFLIB_DIR"])
    rows = (folder / f"{YEAR}.dat").read_text().splitlines()[1:]
    supervisors = [row.split(",") for row in rows if row.strip()]
    # Projects are counted from 0 there, and from 1 in the votes.
    pools = tuple(
        Pool(tuple(int(p) + 1 for p in projects.split()), int(capacity))
        for _, capacity, projects in supervisors
    )
    votes = (folder / f"{YEAR}.soi").read_text().splitlines()
    wishes = [
        tuple(int(project) for project in vote.split(":")[1].split(","))
        for vote in votes
        if vote.strip() and not vote.startswith("#")
        for _ in range(int(vote.split(":")[0]))
    ]
    return single_places(wishes, pools)


def single_places(wishes, pools):
    """Return a problem in which everybody works alone."""
    topics = sorted({topic for pool in pools for topic in pool.topics})
    return Problem(
        tuple(Topic(topic) for topic in topics),
        tuple(Person(number, wanted) for number, wanted in enumerate(wishes)),
        Sizes(1, 1, 1),
        len(wishes),
        len(wishes),
        weights=Weights(ranks=(0, 1, 2, 3, 4, 5)),
        pools=pools,
    )


def profile_of(solution):
    counts = Counter(solution.ranks.values())
    return tuple(counts[rank] for rank in range(1, 7)), counts[None]


@pytest.mark.parametrize(
    ("kind", "profile"),
    [("greedy", (30, 7, 1, 5, 5, 3)), ("generous", (16, 16, 9, 6, 4, 0))],
)
def test_students_of_glasgow_get_the_best_profile(preflib, kind, profile):
    solution = solve_by_profile(preflib, kind)

    assert solution.status == Status.OPTIMAL
    assert profile_of(solution) == (profile, 0)


def profiles(wishes, pools, taken=()):
    """Return the profile of every way to give each person a project of their own."""
    if len(taken) == len(wishes):
        ranks = [
            w.index(t) + 1 if t in w else None
            for w, t in zip(wishes, taken, strict=True)
        ]
        yield tuple(ranks.count(rank) for rank in (1, 2, 3)), ranks.count(None)
        return
    for pool in pools:
        for topic in pool.topics:
            used = sum(other in pool.topics for other in taken)
            if topic not in taken and used < pool.groups_max:
                yield from profiles(wishes, pools, (*taken, topic))


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.lists(st.integers(1, 6), unique=True, min_size=1, max_size=3).map(tuple),
        min_size=2,
        max_size=4,
    )
)
def test_no_way_has_a_better_profile(wishes):
    pools = (Pool((1, 2), 1), Pool((3, 4), 2), Pool((5, 6), 2))
    ways = list(profiles(wishes, pools))
    fewest = min(unwished for _, unwished in ways)
    reachable = [profile for profile, unwished in ways if unwished == fewest]

    found = {
        kind: profile_of(solve_by_profile(single_places(wishes, pools), kind))
        for kind in ("greedy", "generous")
    }

    assert found["greedy"] == ((*max(reachable), 0, 0, 0), fewest)
    generous = min(reachable, key=lambda profile: profile[::-1])
    assert found["generous"] == ((*generous, 0, 0, 0), fewest)
