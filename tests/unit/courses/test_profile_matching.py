from hypothesis import given
from hypothesis import strategies as st

from lti_tool.courses.profile_matching import Candidate, matches, may_take, swapped
from lti_tool.courses.profile_table import Entry

MIA = Candidate(1, "Mia Muster", "mia@example.org", {}, is_confirmed=False)
JANA = Candidate(
    2, "Jana Böhme", "jana1@example.org", {"region": "Harz"}, is_confirmed=False
)
OTHER_JANA = Candidate(3, "Jana Böhme", None, {}, is_confirmed=False)
SURE = Candidate(
    4, "Änne Sicher", "a@example.org", {"region": "Rhön"}, is_confirmed=True
)
PEOPLE = [MIA, JANA, OTHER_JANA, SURE]


def row(email: str = "", name: str = "", region: str = "Börde", line: int = 2) -> Entry:
    return Entry(line, email, name, {"region": region})


def states(*rows: Entry) -> list[str]:
    return [m.state for m in matches(rows, PEOPLE)]


def test_an_address_decides_whatever_the_name_says() -> None:
    match = matches([row("MIA@example.org ", "Jana Böhme")], PEOPLE)[0]

    assert (match.state, match.person_ids) == ("matched", (1,))


def test_a_name_that_one_person_bears_only_suggests() -> None:
    assert states(row(name="muster,  MIA")) == ["suggested"]


def test_a_name_that_two_bear_is_left_to_the_lead() -> None:
    match = matches([row(name="Jana Böhme")], PEOPLE)[0]

    assert (match.state, match.person_ids) == ("ambiguous", (2, 3))


def test_whoever_an_address_names_is_not_offered_for_a_name() -> None:
    found = matches([row("jana1@example.org"), row(name="Jana Böhme")], PEOPLE)

    assert [(m.state, m.person_ids) for m in found] == [
        ("matched", (2,)),
        ("ambiguous", (3,)),
    ]


def test_a_name_whose_bearer_an_address_names_is_not_called_unknown() -> None:
    assert states(row("mia@example.org"), row(name="Mia Muster")) == [
        "matched",
        "double",
    ]


def test_a_second_row_of_one_person_is_left_out() -> None:
    assert states(row("mia@example.org"), row("mia@example.org")) == [
        "matched",
        "double",
    ]


def test_what_a_person_confirmed_stays() -> None:
    assert states(row("a@example.org"), row(name="Nina Niemand")) == [
        "confirmed",
        "unknown",
    ]


def test_a_row_that_says_nothing_new_is_unchanged() -> None:
    assert states(row("jana1@example.org", region="Harz")) == ["unchanged"]


def test_family_name_first_is_turned_round() -> None:
    assert [swapped("Muster, Mia"), swapped("Mia Muster"), swapped("Muster,")] == [
        "Mia Muster",
        "Mia Muster",
        "Muster,",
    ]


ENTRIES = st.builds(
    Entry,
    line=st.integers(1, 9),
    email=st.sampled_from(["", *(p.email or "" for p in PEOPLE), "x@example.org"]),
    name=st.sampled_from(["", *(p.name for p in PEOPLE), "Nina Niemand"]),
    values=st.dictionaries(
        st.just("region"), st.sampled_from(["Harz", "Rhön", "Börde"])
    ),
)


@given(entries=st.lists(ENTRIES, max_size=8))
def test_no_two_rows_are_certain_of_one_person_and_nobody_confirmed_is_changed(
    entries: list[Entry],
) -> None:
    found = matches(entries, PEOPLE)

    certain = [m.person_ids[0] for m in found if m.state == "matched"]
    assert len(found) == len(entries)
    assert len(certain) == len(set(certain))
    assert not any(may_take(m, SURE.person_id) for m in found)
