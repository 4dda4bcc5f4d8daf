"""Cohorts of a seed: invented people, topics and pairs, of the kind that real classes have.

People prefer some topics over others all alike, live in few regions, are free at some
hours, and know somebody. No two seeds give the same cohort.
"""

import json
from random import Random

SLOTS = 21
VALUES = (5, 4, 5, 3)


def cohort(people, seed):
    """Return a cohort as its file says it."""
    draw = Random(f"{people} people, seed {seed}")  # noqa: S311 - invented people.
    topics = max(5, people // 5)
    fame = [draw.expovariate(1.0) + 0.2 for _ in range(topics)]
    pairs = [draw.sample(range(people), 2) for _ in range(people // 12 + people // 20)]
    told = {
        "size": {"min": 3, "preferred": 4, "max": 5},
        "slots": SLOTS,
        "topics": [{"id": topic, "groups_max": 2} for topic in range(topics)],
        "people": [person(draw, number, fame) for number in range(people)],
        "apart": pairs[: people // 12],
        "together": [
            pair
            for pair in pairs[people // 12 :]
            if sorted(pair) not in [sorted(p) for p in pairs[: people // 12]]
        ],
        "with_wishes": [
            [who, draw.choice([p for p in range(people) if p != who])]
            for who in range(people)
            if draw.random() < 0.4
        ],
    }
    return json.dumps(told)


def person(draw, number, fame):
    """Return one invented person."""
    liked = sorted(
        range(len(fame)), key=lambda topic: -(draw.random() ** (1 / fame[topic]))
    )
    often = draw.uniform(0.4, 0.8)
    return {
        "id": number,
        "wishes": [] if draw.random() < 0.05 else liked[: draw.randint(3, 5)],
        "attributes": [
            min(draw.randrange(count), draw.randrange(count)) for count in VALUES
        ],
        "minority": draw.random() < 0.15,
        "available": [slot for slot in range(SLOTS) if draw.random() < often],
    }
