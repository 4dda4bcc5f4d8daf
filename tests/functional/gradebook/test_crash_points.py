"""Wherever a process dies that wants or delivers grades: none is lost, doubled or out of order."""

import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest

from lti_tool.settings import Settings
from tests.functional.gradebook.crash_runs import SHAPES, Bench, Place, Plan, bench

PROFILE = hypothesis.settings.get_current_profile_name()
ALL = 1000
CRASHES, HANGS = (ALL, ALL // 5) if PROFILE == "deep" else (60, 10)
MOST_WRONG = 3
"""So many are enough to look at."""
WANTING = ("feature", "projects.", "courses.", "gradebook.service.")
NOTING = ("gradebook.lanes.",)
"""Claiming and finishing."""
SENDING = ("gradebook.posting.", "lti.")
SCORES = ("gradebook.posting._post: POST scores: ",)
PARTS = (WANTING, NOTING, SENDING)


@pytest.fixture
def crashes(settings: Settings, tmp_path: Path) -> Iterator[Bench]:
    with bench(settings, tmp_path) as found:
        yield found


def seeds(count: int) -> Sequence[int]:
    """Return so many at random, or those that ``CRASH_SEEDS`` names to look at them again."""
    named = os.environ.get("CRASH_SEEDS", "").split()
    return [int(seed) for seed in named] or random.sample(range(ALL), count)


def place_of(
    rng: random.Random, reached: dict[str, int], part: tuple[str, ...]
) -> Place:
    """Choose a boundary of a part, all being equally likely, and the how-manieth time it is reached."""
    name = rng.choice(sorted(name for name in reached if name.startswith(part)))
    return name, rng.randint(1, reached[name])


def test_nothing_is_lost_wherever_a_process_dies(
    crashes: Bench, record_property: Callable[[str, object], None]
) -> None:
    places, wrong, lost, died = set[str](), [], 0, 0
    for seed in seeds(CRASHES):
        rng = random.Random(seed)  # noqa: S311  # Repeatable.
        plan = Plan.of(rng)
        place = place_of(rng, crashes.boundaries(plan), rng.choice(PARTS))
        verdict = crashes.run(plan, place)
        died += verdict.broken_at is not None
        places |= {verdict.broken_at} - {None}
        lost += verdict.lost
        if verdict.wrong:
            wrong.append(f"seed {seed}: {plan}, died at {place}: {verdict.wrong}")
        if len(wrong) == MOST_WRONG:
            break

    record_property(
        "summary",
        f"crash points: {len(places)} of {len(crashes.known)} distinct boundaries reached "
        f"in {died} crashes on {crashes.name}, {lost} lost",
    )
    assert wrong == []
    if "CRASH_SEEDS" not in os.environ:
        assert {part for part in PARTS for p in places if p.startswith(part)} == {
            *PARTS
        }


def test_a_process_that_stands_still_for_longer_than_its_lease_spoils_nothing(
    crashes: Bench, record_property: Callable[[str, object], None]
) -> None:
    wrong, hung = [], 0
    for seed in seeds(HANGS):
        rng = random.Random(seed)  # noqa: S311  # Repeatable.
        plan = replace(Plan.of(rng, SHAPES[:4]), has_line_item=True)
        place = place_of(rng, crashes.boundaries(plan), SCORES)
        verdict = crashes.hang(plan, place, is_changed=rng.random() < 0.5)
        hung += verdict.broken_at is not None
        if verdict.wrong:
            wrong.append(f"seed {seed}: {plan}, hung at {place}: {verdict.wrong}")
        if len(wrong) == MOST_WRONG:
            break

    record_property(
        "summary",
        f"requests that hung for longer than their lease on {crashes.name}: {hung}, 0 wrong",
    )
    assert wrong == []
