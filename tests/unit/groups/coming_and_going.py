"""What happens to groups that exist: people leave, one by one, or somebody joins."""

from dataclasses import replace

from lti_tool.groups.problem import Group

FORBIDDINGLY = 100_000
"""No other rule costs so much, so that as few as possible move."""


def changes_of(problem, groups, every):
    """Return the problems that are left when every so many-th person leaves, and a joiner's."""
    leaving = [without(problem, groups, p.id) for p in problem.people[::every]]
    return [*leaving, with_one_more(problem, groups)]


def without(problem, groups, gone):
    """Return the problem that is left when somebody leaves groups that exist."""
    former = tuple(
        Group(group.topic, tuple(p for p in group.people if p != gone))
        for group in groups
    )
    people = tuple(p for p in problem.people if p.id != gone)
    return replace(problem, people=people, former=former, move_cost=FORBIDDINGLY)


def with_one_more(problem, groups):
    """Return the problem of groups that exist and somebody who joins late."""
    joiner = replace(problem.people[0], id=1 + max(p.id for p in problem.people))
    people = (*problem.people, joiner)
    return replace(problem, people=people, former=groups, move_cost=FORBIDDINGLY)


def moved(problem, groups):
    """Return how many people are not in the continuation of their group."""
    stay = sum(
        len(set(problem.former[group.former].people) & set(group.people))
        for group in groups
        if group.former is not None
    )
    return sum(len(group.people) for group in problem.former) - stay
