from hypothesis import given
from hypothesis import strategies as st

from lti_tool.courses import rules

# (enrolled as, launches as) -> (enrolled from now on, may do in this visit, looks on)
TRUTH = {
    (None, "staff"): ("staff", "staff", False),
    (None, "participant"): ("participant", "participant", False),
    (None, "none"): ("none", "none", False),
    ("none", "staff"): ("staff", "staff", False),
    ("none", "participant"): ("participant", "participant", False),
    ("none", "none"): ("none", "none", False),
    ("participant", "staff"): ("staff", "staff", False),
    ("participant", "participant"): ("participant", "participant", False),
    ("participant", "none"): ("participant", "none", False),
    ("staff", "staff"): ("staff", "staff", False),
    ("staff", "participant"): ("staff", "participant", True),
    ("staff", "none"): ("staff", "none", False),
}
ROLES = st.sampled_from(["staff", "participant", "none"])
ENROLLED = st.none() | ROLES


@given(enrolled=ENROLLED, launched=ROLES)
def test_a_place_is_what_the_truth_table_says(
    enrolled: str | None, launched: str
) -> None:
    place = rules.place(enrolled, launched)

    assert (place.role, place.launch_role, place.is_preview) == TRUTH[
        enrolled, launched
    ]


@given(launches=st.lists(ROLES, min_size=1))
def test_who_was_ever_staff_is_never_made_a_participant_by_launching(
    launches: list[str],
) -> None:
    enrolled: str | None = None
    for launched in launches:
        enrolled = rules.place(enrolled, launched).role

    assert (enrolled == "staff") == ("staff" in launches)


@given(enrolled=ENROLLED, launched=ROLES)
def test_nobody_gets_more_from_a_visit_than_the_launch_says(
    enrolled: str | None, launched: str
) -> None:
    assert rules.place(enrolled, launched).launch_role == launched


@given(
    enrolled=ENROLLED,
    launched=ROLES,
    before=st.sampled_from([None, "launch", "roster"]),
)
def test_a_launch_vouches_only_for_the_role_that_it_came_with(
    enrolled: str | None, launched: str, before: str | None
) -> None:
    place = rules.place(enrolled, launched)

    source = rules.source_after_launch(before, place)

    assert source == ("launch" if before is None or place.role == launched else before)


PLACES = st.tuples(ROLES, st.booleans())


@given(enrolled=PLACES, listed=PLACES, since=st.booleans())
def test_a_list_never_changes_the_role_that_a_launch_named(
    enrolled: tuple[str, bool], listed: tuple[str, bool], since: bool
) -> None:
    role, _ = rules.after_roster(enrolled, listed, by_launch=True, came_since=since)

    assert role == enrolled[0]


@given(enrolled=PLACES, listed=PLACES)
def test_a_list_decides_where_nobody_launched(
    enrolled: tuple[str, bool], listed: tuple[str, bool]
) -> None:
    after = rules.after_roster(enrolled, listed, by_launch=False, came_since=False)

    assert after == listed


@given(enrolled=PLACES, by_launch=st.booleans())
def test_who_is_not_listed_is_out_except_staff_who_launched(
    enrolled: tuple[str, bool], by_launch: bool
) -> None:
    after = rules.after_roster(enrolled, None, by_launch=by_launch, came_since=False)

    assert after == (enrolled[0], enrolled == ("staff", True) and by_launch)


@given(enrolled=PLACES, listed=PLACES | st.none(), by_launch=st.booleans())
def test_a_list_says_nothing_of_who_came_after_it_was_asked_for(
    enrolled: tuple[str, bool], listed: tuple[str, bool] | None, by_launch: bool
) -> None:
    after = rules.after_roster(enrolled, listed, by_launch=by_launch, came_since=True)

    assert after == enrolled


@given(leads=st.sets(st.integers(1, 4)), person=st.integers(1, 4))
def test_the_last_lead_is_whoever_leads_alone(leads: set[int], person: int) -> None:
    others = leads - {person}

    assert rules.last_lead_stays(leads, person) == (person in leads and not others)


def test_only_staff_may_take_a_duty() -> None:
    assert [r for r in ("staff", "participant", "none") if rules.may_take_duty(r)] == [
        "staff"
    ]


def test_the_first_leads_own_duty_is_no_first_step() -> None:
    steps = rules.first_steps(duties=1, profiles=0, meetings=2, groups=0, rules=True)

    assert [s.name for s in steps if s.is_done] == ["meetings", "rules"]
