"""Random problems of group formation, those without any grouping included."""

from hypothesis import strategies as st

from lti_tool.groups.problem import Person, Problem, Sizes, Topic


@st.composite
def problems(draw, fewest=0, most=9):
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
