"""Which line item a grade goes to: the link's own, one that is there already, or one made once."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from typing_extensions import override
from werkzeug.wrappers import Request, Response

from lti_tool.app import build_tool
from lti_tool.courses.models import Activity, Course, Enrolment, Person
from lti_tool.gradebook import delivery, lanes, posting, service
from lti_tool.gradebook.service import Column
from lti_tool.lti import grades
from lti_tool.lti.models import TokenCache
from lti_tool.persistence.session import EVERYWHERE
from lti_tool.practice_lms.example import MINT_2026
from tests.functional.gradebook.course import PROJECT, START, GradedCourse
from tests.functional.gradebook.scripted import COLUMN, ScriptedPlatform
from tests.serving import served
from tests.signing_platform import AGS

MID = Column("worksheet", "mid", "Worksheet, middle")
CERTIFICATE = Column("certificate", "certificate", "Certificate")
Wait = Callable[..., None]


class LineItems(ScriptedPlatform):
    """A platform that keeps line items, as the specification says, and counts what it made."""

    def __init__(self, tool_app: Flask) -> None:
        super().__init__(tool_app)
        self.items: list[dict[str, Any]] = []
        self.seconds = 0.0

    @override
    def _answer(self, request: Request) -> Response:
        if request.path != "/lineitems":
            return super()._answer(request)
        self.asked.append((request.path, request.headers["Authorization"]))
        if request.method == "GET":
            found = [dict(item) for item in self.items]
            time.sleep(self.seconds)
            return Response(json.dumps(found))
        made = request.get_json() | {"id": f"{self.url}/item/{len(self.items) + 1}"}
        self.items.append(made)
        return Response(json.dumps(made), 201)

    def link(self, target: str, url: str | None = None, name: str = "") -> None:
        """Add a resource link that opens an activity, with or without a line item."""
        with self.tool.database.transaction(self.course_id) as session:
            session.add(
                Activity(
                    resource_link_id=f"link-{name or target}",
                    target=target,
                    line_item_url=url,
                )
            )

    def is_a(self, family: str, *scopes: str) -> None:
        with self.tool.database.transaction(EVERYWHERE) as session:
            course = session.get_one(Course, self.course_id)
            course.platform_family, course.grade_scopes = family, list(scopes)

    def want_of(self, column: Column, people: int = 1) -> None:
        with self.tool.database.transaction(EVERYWHERE) as session:
            registration = session.scalars(select(Person.registration_id)).first()
            new = [
                Person(registration_id=registration, sub=f"x{n}", name="Example")
                for n in range(1, people)
            ]
            session.add_all(new)
            session.flush()
            facts = {"course_id": self.course_id, "role": "participant"}
            session.add_all(
                Enrolment(person_id=p.id, source="launch", **facts) for p in new
            )
        with self.tool.database.transaction(self.course_id) as session:
            for person in (self.person_id, *(person.id for person in new)):
                service.want(session, column, person, 1.0)


@pytest.fixture
def keeper(served_tool: Flask) -> Iterator[LineItems]:
    platform = LineItems(served_tool)
    with served(platform.app, platform.port):
        yield platform


def test_two_workers_at_once_make_one_line_item(keeper: LineItems, wait: Wait) -> None:
    keeper.is_a("canvas")
    keeper.want_of(COLUMN, people=6)
    keeper.seconds = 0.3
    other = build_tool(keeper.tool.settings, lambda _kind: None)
    begin = threading.Barrier(4)

    def work(database: Any, connector: Any) -> None:
        begin.wait()
        delivery.deliver_due(database, connector)

    workers = [
        threading.Thread(target=work, args=(tool.database, tool.connector))
        for tool in (keeper.tool, other, keeper.tool, other)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    wait(seconds=5)
    keeper.deliver()
    other.database.close()

    assert len(keeper.items) == 1
    assert keeper.count("/lineitems") == 2
    assert keeper.count("/item/1/scores") == 6


def test_a_search_that_was_overtaken_makes_nothing(
    keeper: LineItems, wait: Wait
) -> None:
    keeper.want_of(COLUMN)
    (platform,) = lanes.due_platforms(keeper.tool.database)
    (parcel,) = lanes.claim(keeper.tool.database, platform, 1)
    database, connector = keeper.tool.database, keeper.tool.connector
    turn = posting._begin_search(database, parcel)
    assert isinstance(turn, posting._Turn)
    # The first worker's list took longer than its lease; a second one came and begins anew.
    wait(minutes=5)
    second = posting._begin_search(database, parcel)
    assert isinstance(second, posting._Turn)
    with pytest.raises(posting._StoppedError):
        posting._renew(database, parcel, turn)
    posting._end_search(database, parcel, second, None)
    keeper.deliver()
    assert len(keeper.items) == 1

    with pytest.raises(posting._StoppedError):
        posting._renew(database, parcel, turn)
    # Its lane may be somebody else's by now, so it sends nothing either.
    assert posting.post(database, connector, parcel).judgement.code == "line_item_busy"
    assert len(keeper.items) == 1


def test_a_line_item_that_is_there_is_found_by_resource_and_tag(
    keeper: LineItems,
) -> None:
    course = keeper.course_id
    for resource, tag in [
        ("worksheet", "start"),
        (f"{course}-worksheet", "mid"),
        ("", ""),
    ]:
        keeper.items.append(
            {"id": f"{keeper.url}/no", "resourceId": resource, "tag": tag}
        )
    ours = {"resourceId": f"{course}-worksheet", "tag": "start"}
    keeper.items.append({"id": f"{keeper.url}/ours", **ours})
    keeper.want_of(COLUMN)

    keeper.deliver()

    assert (len(keeper.items), keeper.count("/ours/scores")) == (4, 1)


@pytest.mark.parametrize(
    ("family", "links", "column", "attached"),
    [
        ("canvas", [("worksheet", None)], COLUMN, "link-worksheet"),
        ("", [("worksheet", None)], COLUMN, "link-worksheet"),
        ("moodle", [("worksheet", None)], COLUMN, None),
        ("canvas", [("worksheet", None)], MID, None),
        ("canvas", [("home", None)], COLUMN, None),
        ("canvas", [("home", None)], CERTIFICATE, "link-home"),
        (
            "canvas",
            [("home", None), ("certificate", None)],
            CERTIFICATE,
            "link-certificate",
        ),
        ("canvas", [], COLUMN, None),
    ],
    ids=[
        "a link without one",
        "a platform that says nothing",
        "on Moodle never",
        "another phase",
        "home is not the worksheet's",
        "home is the certificate's",
        "its own link first",
        "no link",
    ],
)
def test_a_new_line_item_is_attached_to_a_link_that_has_none(
    keeper: LineItems,
    family: str,
    links: list[tuple[str, str | None]],
    column: Column,
    attached: str | None,
) -> None:
    keeper.is_a(family)
    for target, url in links:
        keeper.link(target, url)
    keeper.want_of(column)

    keeper.deliver()

    assert [item.get("resourceLinkId") for item in keeper.items] == [attached]


@pytest.mark.parametrize("family", ["canvas", "moodle"])
def test_a_link_with_a_line_item_gets_no_second_one(
    keeper: LineItems, family: str
) -> None:
    keeper.is_a(family)
    keeper.link("worksheet", name="bare")
    keeper.link("worksheet", f"{keeper.url}/own", name="graded")
    keeper.want_of(COLUMN)

    keeper.deliver()

    assert (keeper.items, keeper.count("/own/scores")) == ([], 1)


def test_a_line_item_of_a_link_is_made_in_the_list_that_its_launches_name(
    keeper: LineItems,
) -> None:
    keeper.link("worksheet")
    with keeper.tool.database.transaction(EVERYWHERE) as session:
        session.execute(
            update(Activity).values(lineitems_url=f"{keeper.url}/lineitems")
        )
        session.execute(update(Course).values(lineitems_url=f"{keeper.url}/other"))
    keeper.want_of(COLUMN)

    keeper.deliver()

    assert [item["resourceLinkId"] for item in keeper.items] == ["link-worksheet"]
    assert keeper.count("/other") == 0


def test_a_column_that_one_activity_fills_does_not_become_another_s(
    keeper: LineItems,
) -> None:
    keeper.link("worksheet", f"{keeper.url}/own")
    keeper.want_of(COLUMN)
    keeper.deliver()

    with keeper.tool.database.transaction(EVERYWHERE) as session:
        session.execute(update(Activity).values(target="certificate"))
    keeper.want_of(CERTIFICATE)
    keeper.deliver()

    assert keeper.count("/own/scores") == 1
    assert [item["tag"] for item in keeper.items] == ["certificate"]


def test_where_only_reading_is_permitted_no_line_item_is_made(
    keeper: LineItems,
) -> None:
    keeper.is_a("moodle", grades.SCORE_SCOPE, grades.LINE_ITEM_READ_SCOPE)
    keeper.want_of(COLUMN)

    keeper.deliver()

    with keeper.tool.database.reading(EVERYWHERE) as session:
        asked_for = session.scalars(select(TokenCache.scopes)).all()
    assert (keeper.row().state, keeper.row().answer) == ("failed", "line_item_refused")
    assert (keeper.items, asked_for) == ([], [grades.LINE_ITEM_READ_SCOPE])


def stored(course: GradedCourse) -> dict[str, str | None]:
    with course.tool.database.reading(EVERYWHERE) as session:
        found = session.execute(select(Activity.target, Activity.line_item_url))
        return {row.target: row.line_item_url for row in found}


def claim_of(course: GradedCourse, **changed: object) -> dict[str, Any]:
    person = course.lms.world.find_person("11")
    assert person is not None
    said = course.lms.claims(person, MINT_2026.links[0], "nonce")[AGS]
    without = {key: value for key, value in said.items() if key != "lineitem"}
    return {AGS: without | changed}


@pytest.mark.parametrize("said", [{}, {"lineitem": ""}, {"lineitem": None}], ids=str)
def test_a_claim_without_a_line_item_takes_none_away(
    course: GradedCourse, said: dict[str, object]
) -> None:
    course.enter("11")
    before = stored(course)["worksheet"]
    assert before

    course.enter("11", **claim_of(course, **said))

    assert stored(course)["worksheet"] == before


def test_each_launch_brings_the_line_item_up_to_date(course: GradedCourse) -> None:
    course.enter("11")
    new = f"{course.lms.addresses.issuer}/2/lineitems/99/lineitem?type_id=1"

    course.enter("11", **claim_of(course, lineitem=new))
    course.want("11")

    assert stored(course)["worksheet"] == new
    assert course.line_item().url == new


def test_a_link_that_never_had_one_is_no_fault(course: GradedCourse) -> None:
    course.enter("11", "project", **claim_of(course, lineitem=""))
    course.want("11", 50, column=PROJECT)

    course.deliver()

    assert stored(course) == {"project": None}
    item = course.line_item(PROJECT)
    assert (item.is_coupled, course.state("11", PROJECT)) == (
        False,
        ("sent", "delivered"),
    )


def test_a_home_link_s_line_item_is_the_certificate_s(course: GradedCourse) -> None:
    course.enter("11", "home")
    with course.tool.database.transaction(EVERYWHERE) as session:
        session.execute(
            update(Activity)
            .where(Activity.target == "home")
            .values(line_item_url="https://lms.example/home-item")
        )
    with course.tool.database.reading(course.course_id) as session:
        urls = [
            service.coupled_url(session, c.activity, c.tag)
            for c in (CERTIFICATE, START)
        ]
    assert urls == ["https://lms.example/home-item", None]
