"""Groups from the learning platform or a file become a proposal, and groups go out as files."""

import csv
import io
import re

import pytest
from sqlalchemy import select

from lti_tool.courses import service as courses
from lti_tool.courses.models import Course, Enrolment, Person
from lti_tool.groups import service
from lti_tool.groups.exchange.models import GroupUpload
from lti_tool.groups.proposals import arrangement
from lti_tool.groups.proposals import service as proposals
from lti_tool.persistence.session import EVERYWHERE

pytestmark = pytest.mark.sqlite

A, B, C, D = (f"Teilnehmerin {letter}" for letter in "ABCD")


def tell(room, names, **groups):
    """Let the platform tell groups: names by id, and who is in which."""
    with room.database.transaction(1) as session:
        courses.course_of(session).platform_groups = names
        people = {p.name: p.person_id for p in courses.participants(session)}
        for enrolment in session.scalars(select(Enrolment)):
            enrolment.platform_groups = [
                group
                for group, members in groups.items()
                if enrolment.person_id in {people[m] for m in members}
            ]


def upload(room, text, name="groups.csv"):
    """Send a file as a browser does and return the page that follows."""
    content = text if isinstance(text, bytes) else text.encode()
    head = "--x\r\nContent-Disposition: form-data; name="
    parts = [
        f'{head}"csrf_token"\r\n\r\n{room.lead.code()}\r\n'.encode(),
        f'{head}"table"; filename="{name}"\r\n\r\n'.encode(),
        content,
        b"\r\n--x--\r\n",
    ]
    return room.lead.client.post(
        f"{room.lead.home}groups/take/file",
        data=b"".join(parts),
        content_type="multipart/form-data; boundary=x",
        follow_redirects=True,
    )


def confirm(room, **form):
    with room.database.reading(1) as session:
        upload_id = session.scalar(select(GroupUpload.id))
    return room.lead.post(f"groups/take/file/{upload_id}", form)


def teams(room):
    """Return who is in the group of each topic of the newest proposal."""
    with room.database.reading(1) as session:
        formation = service.formations(session)[0]
        newest = proposals.proposals(session, formation)[0]
        arranged = arrangement.arrange(session, formation, newest)
        return {t.topic: sorted(s.name for s in t.seats) for t in arranged.teams}


def nothing_was_made(room):
    with room.database.reading(1) as session:
        return service.formations(session) == []


def numbers(room):
    """Return person ids by name."""
    with room.database.reading(1) as session:
        return {p.name: p.person_id for p in courses.participants(session)}


def mail(room, **addresses):
    with room.database.transaction(EVERYWHERE) as session:
        for letter, address in addresses.items():
            person = session.scalars(
                select(Person).where(Person.name == f"Teilnehmerin {letter}")
            ).one()
            person.email = address


def rows(answer):
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


# From the learning platform


def test_groups_of_the_platform_are_shown_before_anything_is_stored(room):
    tell(room, {"n": "Nord", "s": "Süd"}, n=[A, B], s=[C])

    page = room.lead.get("groups/take/lms").text

    assert "Nord" in page
    assert "Süd" in page
    assert "In none of these groups" in page
    assert nothing_was_made(room)


def test_groups_of_the_platform_become_a_proposal_under_their_names(room):
    tell(room, {"n": "Nord", "s": "Süd"}, n=[A, B], s=[C])

    answer = room.lead.post("groups/take/lms", {"group": ["n", "s"]})

    assert "The groups are taken over" in answer.text
    assert teams(room) == {"Nord": [A, B], "Süd": [C]}


def test_a_topic_can_be_given_in_place_of_the_name(room):
    tell(room, {"n": "Nord", "s": "Süd"}, n=[A, B], s=[C])

    form = {"group": ["n", "s"], "topic-n": "Solarboote", "topic-s": "solarboote"}
    room.lead.post("groups/take/lms", form)

    with room.database.reading(1) as session:
        formation = service.formations(session)[0]
        topics = service.topics(session, formation)
    assert [(t.title, t.groups_max) for t in topics] == [("Solarboote", 2)]


def test_who_is_in_several_groups_goes_where_the_lead_says(room):
    tell(room, {"n": "Nord", "s": "Süd"}, n=[A, B], s=[B, C])
    page = room.lead.get("groups/take/lms").text
    assert "In several groups" in page
    person = re.search(r'name="person-(\d+)"', page)[1]

    room.lead.post("groups/take/lms", {"group": ["n", "s"], f"person-{person}": "s"})

    assert teams(room) == {"Nord": [A], "Süd": [B, C]}


def test_a_group_of_everybody_does_not_count_unless_the_lead_wants_it(room):
    everybody = [f"Teilnehmerin {letter}" for letter in "ABCDEFGHIJKLMNOP"]
    tell(room, {"a": "Alle", "n": "Nord"}, a=everybody, n=[A, B])

    page = room.lead.get("groups/take/lms").text
    assert "In several groups" not in page

    page = room.lead.get("groups/take/lms?group=a&group=n").text
    assert "In several groups" in page


def test_groups_can_go_into_a_formation_that_is_there(room):
    room.open()
    room.topics()
    tell(room, {"n": "Nord"}, n=[A, B])

    room.lead.post("groups/take/lms", {"group": "n", "into": "1"})

    with room.database.reading(1) as session:
        assert len(service.formations(session)) == 1
    assert teams(room) == {"Nord": [A, B]}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"group": []}, "No participant would be in a group"),
        ({"group": ["n"], "topic-n": " "}, "name a topic for every group"),
        ({"group": ["n"], "topic-n": "x" * 121}, "120 characters"),
    ],
    ids=["no group", "no topic", "long topic"],
)
def test_wrong_choices_say_what_to_change_and_store_nothing(room, form, said):
    tell(room, {"n": "Nord"}, n=[A, B])

    answer = room.lead.post("groups/take/lms", form)

    assert answer.status_code == 422
    assert said in answer.text
    assert nothing_was_made(room)


def test_what_was_typed_is_still_there_after_a_mistake(room):
    tell(room, {"n": "Nord", "s": "Süd"}, n=[A, B], s=[C])

    form = {"group": ["n", "s"], "topic-n": "Solarboote", "topic-s": ""}
    page = room.lead.post("groups/take/lms", form).text

    assert 'value="Solarboote"' in page


def test_without_groups_of_the_platform_a_file_is_suggested(room):
    assert "No groups are known" in room.lead.get("groups/take/lms").text


def test_moodle_is_said_to_tell_only_who_was_here(room):
    with room.database.transaction(EVERYWHERE) as session:
        session.get_one(Course, 1).platform_family = "moodle"

    assert "only when this person opens" in room.lead.get("groups/take").text


# From a file


@pytest.mark.parametrize(
    "content",
    [
        "Name;Gruppe;Thema\nTeilnehmerin A;Süd;Häfen\nTeilnehmerin B;Süd;\n".encode(),
        "Name;Gruppe;Thema\nTeilnehmerin A;Süd;Häfen\nTeilnehmerin B;Süd;\n".encode(
            "cp1252"
        ),
        '\ufeffFull name,Group,Topic\nTeilnehmerin A,Süd,Häfen\n"B, Teilnehmerin",Süd,\n'.encode(),
        "First name\tLast name\tGroup name\tTopic\nTeilnehmerin\tA\tSüd\tHäfen\nTeilnehmerin\tB\tSüd\t\n".encode(
            "utf-16"
        ),
    ],
    ids=["semicolons", "windows", "commas with a mark", "tabs in utf-16"],
)
def test_files_of_many_kinds_are_read(room, content):
    page = upload(room, content).text
    assert "found by name" in page
    assert nothing_was_made(room)

    people = numbers(room)
    confirm(room, **{"row-2": people[A], "row-3": people[B]})

    assert teams(room) == {"Häfen": [A, B]}


def test_an_email_or_the_platforms_id_finds_a_person_for_certain(room):
    mail(room, A="a@example.org")

    upload(room, "E-Mail,User ID,Group\nA@example.org,,Nord\n,11,Nord\n")
    confirm(room)

    assert teams(room) == {"Nord": [A, B]}


def test_people_who_cannot_be_found_are_listed_with_what_to_do(room):
    page = upload(room, "Name,Group\nNiemand Bekannt,Nord\nTeilnehmerin A,\n").text

    assert "nobody in this course" in page
    assert "once they have opened the course" in page
    assert "without a group: left out" in page


def test_of_two_rows_of_one_person_the_first_counts(room):
    mail(room, A="a@example.org")

    page = upload(
        room, "E-Mail,Name,Group\na@example.org,,Nord\n,Teilnehmerin A,Süd\n"
    ).text
    confirm(room)

    assert "another row is this person" in page
    assert teams(room) == {"Nord": [A]}


def test_two_rows_given_to_one_person_are_refused_and_the_choices_kept(room):
    with room.database.transaction(EVERYWHERE) as session:
        for person in session.scalars(select(Person).where(Person.name.in_([A, B]))):
            person.name = "Zwilling Muster"
    upload(room, "Name,Group\nZwilling Muster,Nord\nZwilling Muster,Süd\n")
    first = min(numbers(room).values())

    answer = confirm(room, **{"row-2": first, "row-3": first, "topic-1": "Boote"})

    assert answer.status_code == 422
    assert "Two rows were given to one person" in answer.text
    assert 'value="Boote"' in answer.text


def test_a_formula_is_no_group(room):
    page = upload(room, 'Name,Group\nTeilnehmerin A,"=HYPERLINK(1)"\n').text

    assert "is too long or a formula" in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no row with a person"),
        (b"Name;Farbe\nA;rot\n", "No row with headers was found"),
        (b"\x00\x01\x02", "no table that can be read"),
        (b"Name,Group\n" + b"x,y\n" * 2001, "more than 2000 rows"),
        (b"x" * 1_000_001, "larger than 1 MB"),
    ],
    ids=["empty", "no group column", "binary", "too many rows", "too large"],
)
def test_a_file_that_cannot_be_read_says_what_to_change(room, content, said):
    answer = upload(room, content)

    assert answer.status_code == 422
    assert said in answer.text


def test_a_dropped_upload_is_gone(room):
    upload(room, "Name,Group\nTeilnehmerin A,Nord\n")

    with room.database.reading(1) as session:
        upload_id = session.scalar(select(GroupUpload.id))
    room.lead.post(f"groups/take/file/{upload_id}/drop")

    assert confirm(room).status_code == 404
    assert nothing_was_made(room)


def test_what_is_in_an_upload_is_encrypted_until_it_is_confirmed(room):
    upload(room, "Name,Group\nNiemand Bekannt,Nord\n")

    with room.database.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT content FROM group_upload").scalar()
    assert b"Niemand" not in bytes(stored)


# Out to the platform


@pytest.fixture
def taken(room):
    """Two groups as a proposal: one with a name that a spreadsheet would calculate."""
    mail(room, A="a@example.org", C="c@example.org")
    tell(room, {"n": "Nord", "s": "Süd"}, n=[A, B], s=[C])
    form = {"group": ["n", "s"], "topic-n": "Häfen, Werften", "topic-s": "Süd"}
    room.lead.post("groups/take/lms", form)
    return room


def test_the_file_of_groups_has_the_headers_that_moodle_reads(taken):
    answer = taken.lead.get("groups/1/proposals/1/groups.csv")

    found = rows(answer)
    assert found[0] == ["groupname", "groupingname"]
    assert [row[0] for row in found[1:]] == [
        "Group 1: Häfen, Werften",
        "Group 2: Süd",
    ]


def test_the_file_of_members_names_the_course_and_leaves_out_who_has_no_mail(taken):
    answer = taken.lead.get("groups/1/proposals/1/members.csv?course=MINT-26")

    assert rows(answer) == [
        ["username", "email", "course1", "group1"],
        ["a@example.org", "a@example.org", "MINT-26", "Group 1: Häfen, Werften"],
        ["c@example.org", "c@example.org", "MINT-26", "Group 2: Süd"],
    ]


def test_no_cell_of_a_file_is_calculated(taken):
    answer = taken.lead.get("groups/1/proposals/1/members.csv?course=%3D1%2B1")

    assert rows(answer)[1][2] == "'=1+1"


def test_the_page_lists_group_by_group_whom_to_add(taken):
    page = taken.lead.get("groups/1/proposals/1/out").text

    assert page.index("Group 1") < page.index(A) < page.index("Group 2")
    assert "Add these people as members" in page


def test_the_page_says_where_to_click_in_moodle(taken):
    with taken.database.transaction(EVERYWHERE) as session:
        session.get_one(Course, 1).platform_family = "moodle"

    page = taken.lead.get("groups/1/proposals/1/out").text

    assert "Participants → Groups → Create group" in page
    assert f"not in the file: {B}" in page


def test_taken_groups_can_be_published(taken):
    taken.lead.post("groups/1/proposals/1/publish")

    assert "Häfen, Werften" in taken.people[A].get("groups/").text


@pytest.mark.parametrize("path", ["take", "take/lms", "1/proposals/1/out"])
def test_participants_see_nothing_of_it(taken, path):
    assert taken.people[A].get(f"groups/{path}").status_code == 403
