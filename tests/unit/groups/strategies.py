"""Random problems of group formation, those without any grouping included."""

from dataclasses import replace

from hypothesis import strategies as st

from lti_tool.groups.problem import (
    Bond,
    Group,
    NotAlone,
    Person,
    Pin,
    Pool,
    Problem,
    Sizes,
    Spread,
    Times,
    Topic,
    Weights,
)


@st.composite
def problems(draw, fewest=0, most=9):
    """Return problems of wishes and sizes alone."""
    topics = tuple(
        Topic(10 + number, draw(st.integers(1, 3)))
        for number in range(draw(st.integers(2, 4) | st.integers(0, 4)))
    )
    wish = st.integers(10, 14)
    people = tuple(
        Person(number, tuple(draw(st.lists(wish, unique=True, max_size=5))))
        for number in range(draw(st.integers(fewest, most)))
    )
    groups_min = draw(st.integers(1, 4))
    share = max(len(people) // groups_min, 1)
    smallest = draw(st.integers(1, share) | st.integers(1, 5))
    preferred = max(smallest, share - draw(st.integers(0, 2)))
    sizes = Sizes(smallest, preferred, preferred + draw(st.integers(0, 3)))
    groups_max = groups_min + draw(st.integers(0, 2))
    return Problem(topics, people, sizes, groups_min, groups_max)


TOPICS = st.integers(0, 3)
COSTS = st.sampled_from((None, 1, 4, 9, 30))
SLOTS = st.none() | st.frozensets(st.integers(0, 9), min_size=4, max_size=9)
VALUES = st.tuples(
    st.integers(0, 1), st.none() | st.integers(0, 2), st.none() | st.integers(0, 9)
)


@st.composite
def mixed_problems(draw):
    """Return problems of six to ten people in which any rule may hold."""
    count = draw(st.integers(6, 10))
    topics = tuple(Topic(n, draw(st.integers(1, 3))) for n in range(4))
    people = tuple(
        Person(
            number,
            tuple(draw(st.lists(st.integers(0, 5), unique=True, max_size=4))),
            draw(VALUES | st.just(())),
            draw(SLOTS),
        )
        for number in range(count)
    )
    smallest = draw(st.sampled_from((2, 2, 3, 1)))
    sizes = Sizes(smallest, smallest + 1, smallest + draw(st.integers(1, 3)))
    groups_min = draw(st.sampled_from((1, 1, 1, 2, 3)))
    plain = Problem(topics, people, sizes, groups_min, draw(st.integers(3, 6)))
    if draw(st.booleans()):
        plain = replace(plain, weights=Weights((0, 1, 5), 9, 2, 3))
    ruled = replace(plain, **draw(rules_of_company(count)))
    return replace(ruled, **draw(rules_of_places(count)))


@st.composite
def rules_of_company(draw, count):
    """Return rules about who is together."""
    pair = st.lists(st.integers(0, count - 1), min_size=2, max_size=2, unique=True)
    bond = st.builds(lambda two, cost: Bond(*two, cost), pair, COSTS)
    most = st.sampled_from((None, None, None, 2, 3, 4))
    return {
        "spreads": draw(
            st.lists(st.builds(Spread, st.integers(0, 3), st.integers(0, 5), most))
            .map(tuple)
            .filter(lambda found: len(found) < 4)
        ),
        "not_alone": tuple(
            draw(
                st.lists(
                    st.builds(NotAlone, st.integers(0, 2), st.integers(0, 1), COSTS),
                    max_size=2,
                )
            )
        ),
        "times": draw(
            st.none()
            | st.builds(Times, st.integers(0, 1), st.integers(0, 4), st.integers(0, 6))
        ),
        "apart": tuple(draw(st.lists(bond, max_size=3))),
        "together": tuple(draw(st.lists(bond, max_size=3))),
    }


@st.composite
def rules_of_places(draw, count):
    """Return rules about who may be where."""
    former = draw(former_groups(count))
    numbers = st.none() | st.integers(0, len(former) - 1) if former else st.none()
    pin = st.builds(Pin, st.integers(0, count - 1), st.none() | TOPICS, numbers)
    pool = st.builds(Pool, st.sets(TOPICS, min_size=1).map(tuple), st.integers(0, 4))
    return {
        "worst_rank": draw(st.sampled_from((None, None, None, 1, 2, 3, 4))),
        "pools": tuple(draw(st.lists(pool, max_size=2))),
        "pins": tuple(draw(st.just([]) | st.lists(pin, max_size=2))),
        "former": former,
        "move_cost": draw(st.sampled_from((0, 3, 10, 1000))),
    }


@st.composite
def former_groups(draw, count):
    """Return groups that exist; some of their people may be gone."""
    free = list(range(count + 2))
    found = []
    for _ in range(draw(st.integers(0, 3))):
        size = draw(st.integers(0, 4))
        found.append(Group(draw(st.integers(0, 4)), tuple(free[:size])))
        free = free[size:]
    return tuple(found)
