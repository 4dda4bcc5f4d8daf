"""Teams by Harvard Business School's `team-formation`; runs in that package's own environment.

Reads a cohort as JSON from standard input and writes {"teams": [[person, ...]], "status",
"seconds"}. It knows neither topics nor pairs: wishes and slots are told as lists that a team
should share, attributes as what a team should mix; the weights are those of the cohort's cost.
"""

import json
import sys
import time

import pandas as pd
from team_formation.team_assignment import TeamAssignment

ATTRIBUTES = ("a0", "a1", "a2", "a3")


def main(seconds: float) -> None:
    cohort = json.load(sys.stdin)
    everything = [topic["id"] for topic in cohort["topics"]]
    rows = [
        {
            "id": person["id"],
            **dict(zip(ATTRIBUTES, map(str, person["attributes"]), strict=True)),
            "topic": person["wishes"][:2] or everything,
            "slot": person["available"] or list(range(cohort["slots"])),
        }
        for person in cohort["people"]
    ]
    rules = [
        *({"attribute": a, "type": "diversify", "weight": 3} for a in ATTRIBUTES),
        {"attribute": "topic", "type": "cluster", "weight": 8},
        {"attribute": "slot", "type": "cluster", "weight": 5},
    ]
    began = time.monotonic()
    forming = TeamAssignment(
        pd.DataFrame(rows), pd.DataFrame(rules), cohort["size"]["preferred"]
    )
    forming.solve(max_time_in_seconds=seconds)
    teams: dict[int, list[int]] = {}
    if forming.solution_found:
        for row in forming.participants.itertuples():
            teams.setdefault(int(row.team_num), []).append(int(row.id))
    found = {
        "teams": list(teams.values()),
        "status": forming.solver.status_name(forming.status),
        "seconds": round(time.monotonic() - began, 2),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(float(sys.argv[1]))
