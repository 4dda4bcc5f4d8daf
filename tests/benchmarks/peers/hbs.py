"""A cohort's groups by Harvard Business School's `team-formation`, made comparable with ours."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import highspy

from lti_tool.groups.problem import Group, Problem
from lti_tool.groups.scoring import Scorer
from tests.own_environment import ROOT, OwnEnvironment

HBS = OwnEnvironment(ROOT / ".venv-peers", Path(__file__).parent / "requirements.txt")


@dataclass(frozen=True)
class Outcome:
    """Groups with the best topics for them; what its own solver says of its own cost."""

    groups: tuple[Group, ...]
    status: str
    seconds: float


def form(cohort: Path, problem: Problem, seconds: float) -> Outcome:
    """Return the groups that it finds within so many seconds."""
    answer = subprocess.run(
        [
            str(HBS.python),
            str(Path(__file__).parent / "forming_teams.py"),
            str(seconds),
        ],
        input=cohort.read_text(),
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(answer.stdout.splitlines()[-1])
    return Outcome(
        _with_topics(problem, told["teams"]), told["status"], told["seconds"]
    )


def _with_topics(problem: Problem, teams: list[list[int]]) -> tuple[Group, ...]:
    """Give each team a topic: of all ways that the capacities allow the cheapest one."""
    scorer = Scorer(problem)
    engine = highspy.Highs()
    engine.silent()
    engine.setOptionValue("threads", 1)
    chosen = [
        [
            engine.addBinary(obj=scorer.cost_of(Group(topic.id, tuple(team))).total)
            for topic in problem.topics
        ]
        for team in teams
    ]
    for choice in chosen:
        engine.addConstr(sum(choice[1:], choice[0]) == 1)
    for number, topic in enumerate(problem.topics):
        there = [choice[number] for choice in chosen]
        engine.addConstr(sum(there[1:], there[0]) <= topic.groups_max)
    engine.minimize()
    return tuple(
        Group(topic.id, tuple(sorted(team)))
        for team, choice in zip(teams, chosen, strict=True)
        for topic, variable in zip(problem.topics, choice, strict=True)
        if engine.variableValue(variable) > 0.5
    )
