"""Which roles make staff, against a statement of its own."""

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.lti.roles import Role, role_of

BASE = "http://purl.imsglobal.org/vocab/lis/v2/"
STAFF = ["Instructor", "ContentDeveloper", "Administrator", "Manager", "Officer"]
OTHER = ["Learner", "Mentor", "Member", "", "instructor", "Learner#Instructor"]
PLACES = ["membership", "institution/person", "system/person", "membershipX", "unknown"]

ROLES = st.one_of(
    st.sampled_from(STAFF + OTHER),
    st.builds("{}{}#{}".format, st.just(BASE), st.sampled_from(PLACES), st.sampled_from(STAFF + OTHER)),
    st.builds("{}membership/{}#{}".format, st.just(BASE), st.sampled_from(STAFF + OTHER), st.text(max_size=5)),
    st.text(max_size=80),
)  # fmt: skip


def principal(role: str) -> str | None:
    """Name the context role of a URI, by spelling out every accepted form."""
    for name in [*STAFF, "Learner"]:
        whole = {name, f"{BASE}membership#{name}"}
        if role in whole or role.startswith(f"{BASE}membership/{name}#"):
            return name
    return None


@given(st.lists(ROLES, max_size=6))
def test_staff_is_who_has_a_staff_role_in_this_context(roles: list[str]) -> None:
    named = {principal(role) for role in roles}
    expected = (
        Role.STAFF
        if named & set(STAFF)
        else Role.PARTICIPANT
        if "Learner" in named
        else Role.NONE
    )

    assert role_of(roles) is expected


@given(st.lists(ROLES, max_size=6), st.randoms())
def test_the_order_of_roles_does_not_matter(roles: list[str], random: object) -> None:
    shuffled = list(roles)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert role_of(shuffled) is role_of(roles)
