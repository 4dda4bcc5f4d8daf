"""Participants who begin the same phase at the same moment."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from lti_tool.courses.models import Course, Opportunity
from lti_tool.persistence.session import EVERYWHERE, Database
from lti_tool.worksheet.phases import plan_phase
from tests.functional.worksheet.conftest import Writer
from tests.signing_platform import Visitor


def test_two_who_begin_a_phase_first_both_begin(
    database: Database, lead: Visitor, arrive: Callable[..., Visitor]
) -> None:
    writer = Writer(arrive("7", activity="worksheet"))
    with database.reading(EVERYWHERE) as session:
        course_id = session.scalars(select(Course.id)).one()

    with ThreadPoolExecutor() as beside:
        with database.transaction(course_id) as session:
            plan_phase(session, "start")
            begun = beside.submit(writer.begin)
            # The other one waits for this commit.
            time.sleep(1)
        begun.result(30)

    with database.reading(EVERYWHERE) as session:
        assert len(session.scalars(select(Opportunity)).all()) == 1
