"""The example course looks like week 8 of 12."""

from collections.abc import Callable

from sqlalchemy import func, select

from lti_tool import clock
from lti_tool.courses.models import Course, Person
from lti_tool.example_course import worksheet
from lti_tool.example_course.world import World
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.worksheet import snapshots
from lti_tool.worksheet.models import Snapshot
from tests.signing_platform import Visitor


def test_the_example_has_worksheets_at_every_stage(
    lead: Visitor, arrive: Callable[..., Visitor], database: Database
) -> None:
    for number in range(16):
        arrive(str(11 + number), name=f"Person {number}")
    with database.reading(EVERYWHERE) as session:
        people = {person.sub: person.id for person in session.scalars(select(Person))}
        course_id = session.scalars(select(Course.id)).one()
    participants = tuple(people[str(11 + number)] for number in range(16))

    worksheet.fill(
        World(database, course_id, people, participants, people["1"], clock.now())
    )

    with database.reading(course_id) as session:
        counts = dict(
            session.execute(
                select(Snapshot.phase, func.count()).group_by(Snapshot.phase)
            ).all()
        )
        assert counts == {"start": 14, "mid": 3}
        assert all(
            snapshots.is_intact(session, one)
            for one in session.scalars(select(Snapshot))
        )
    assert "Person 0" in lead.get("worksheet/course").text
